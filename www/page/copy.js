/* The clipboard. */

import { forEachInAnswers } from './answers.js';
import { say } from './words.js';

/** How long a button says what came of it, in milliseconds. */
const OUTCOME_MS = 2000;

/** Copies an answer, with its formatting and as Markdown, and blocks of code, each of which has a button once the answer is there. */
export const copyOnDemand = (panel, announce, signal) => {
  /** What gives a button its name back. */
  const timers = new Map();
  signal.addEventListener('abort', () => timers.forEach(clearTimeout));
  const copy = async (button, ...what) => {
    const outcome = say(panel, (await toClipboard(...what)) ? 'copied' : 'copy_refused');
    const name = button.dataset.name ?? button.getAttribute('aria-label');
    // The stylesheet shows the name. Few screen readers say one that changes.
    button.dataset.name = name;
    button.setAttribute('aria-label', outcome);
    announce(outcome);
    clearTimeout(timers.get(button));
    const restore = () => {
      timers.delete(button);
      button.setAttribute('aria-label', name);
    };
    timers.set(button, setTimeout(restore, OUTCOME_MS));
  };
  const onAnswer = ({ target, detail }) => {
    const shown = target.closest('.message').querySelector('.markdown');
    const answer = shown.cloneNode(true);
    for (const button of answer.querySelectorAll('button')) button.remove();
    copy(target, shown, detail, answer.innerHTML);
  };
  const onClick = ({ target }) => {
    const block = target.closest('.copy')?.closest('pre');
    if (block) copy(target, block, block.textContent);
  };
  panel.addEventListener('candor-copy', onAnswer, { signal });
  panel.addEventListener('click', onClick, { signal });

  const equip = (block) => {
    const button = document.createElement('button');
    button.type = 'button';
    button.className = 'copy';
    button.setAttribute('aria-label', say(panel, 'copy'));
    // What the widget adds to a block comes at its end.
    block.prepend(button);
  };
  forEachInAnswers(panel, 'pre', signal, equip);
};

/** Whether the clipboard has it now. Where pages have none, as without https, the browser copies what is shown, by its command. */
const toClipboard = async (shown, words, formatted) => {
  const forms = { 'text/plain': words, ...(formatted && { 'text/html': formatted }) };
  try {
    const blobs = Object.entries(forms).map(([type, text]) => [type, new Blob([text], { type })]);
    await navigator.clipboard.write([new ClipboardItem(Object.fromEntries(blobs))]);
    return true;
  } catch {}
  const selection = getSelection();
  selection.removeAllRanges();
  selection.selectAllChildren(shown);
  const isDone = document.execCommand('copy');
  selection.removeAllRanges();
  return isDone;
};
