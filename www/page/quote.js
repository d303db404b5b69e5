/* Quotations. */

import { INPUT } from './elements.js';
import { say } from './words.js';

/** How long a selection is left alone before it counts as made, in milliseconds. */
const SELECTED_MS = 250;

/** How far the button is from what is selected, and from the log's edges, in pixels. */
const QUOTE_GAP_PX = 6;

/** Puts what somebody has selected in a message into the input, as a quotation, by a button beside it. */
export const quoteOnDemand = (panel, signal) => {
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'button quote';
  let words;
  let timer;
  signal.addEventListener('abort', () => {
    clearTimeout(timer);
    button.remove();
  });

  const show = () => {
    const selected = selectedIn(panel);
    // Where a press on the button ends the selection, what it would quote is known all the same.
    if (!selected) return button.matches(':hover, :focus') || button.remove();
    words = selected.words;
    button.textContent = say(panel, 'quote');
    const { log, range } = selected;
    // In front: what stands below the last message is in sight.
    if (log.firstChild != button) log.prepend(button);
    const within = log.getBoundingClientRect();
    const lines = [...range.getClientRects()];
    const [first, last] = [lines.at(0) ?? within, lines.at(-1) ?? within];
    const { offsetWidth: width, offsetHeight: height } = button;
    const left = (last.left + last.right - width) / 2 - within.left;
    const isBelow = last.bottom + height + 2 * QUOTE_GAP_PX < within.bottom;
    const top = isBelow ? last.bottom + QUOTE_GAP_PX : Math.max(first.top - height - QUOTE_GAP_PX, within.top + QUOTE_GAP_PX);
    button.style.left = `${Math.max(QUOTE_GAP_PX, Math.min(left, log.clientWidth - width - QUOTE_GAP_PX))}px`;
    button.style.top = `${top - within.top + log.scrollTop}px`;
  };
  const onSelection = () => {
    clearTimeout(timer);
    timer = setTimeout(show, SELECTED_MS);
  };
  document.addEventListener('selectionchange', onSelection, { signal });

  const onClick = () => {
    const input = panel.querySelector(INPUT);
    const quotation = words.replace(/^/gm, '> ').replace(/^> $/gm, '>');
    const before = input.value.trimEnd();
    input.value = `${before && `${before}\n\n`}${quotation}\n\n`;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.focus();
    input.setSelectionRange(input.value.length, input.value.length);
    input.scrollTop = input.scrollHeight;
    button.remove();
  };
  button.addEventListener('click', onClick, { signal });
};

/** What a browser says of a selection leaves formulas out, which stand below a shadow root of theirs. */
const wordsIn = (selection, range) => {
  const selected = range.cloneContents();
  if (!selected.querySelector('.math')) return selection.toString() || range.toString();
  for (const block of selected.querySelectorAll('p, li, h3, h4, h5, td, th, pre')) block.append('\n');
  return selected.textContent;
};

/** What is selected within one message while there is an input: its words, where they stand, and the log. Browsers differ in how
    they tell of a selection within a shadow root. */
const selectedIn = (panel) => {
  const root = panel.getRootNode();
  const selection = root.getSelection?.() ?? getSelection();
  if (!selection || !panel.querySelector(INPUT)) return;
  let [range] = selection.getComposedRanges?.({ shadowRoots: [root] }) ?? [];
  range ??= selection.rangeCount ? selection.getRangeAt(0) : undefined;
  if (!range || range.collapsed || range.startContainer.getRootNode() != root) return;
  const lasting = new Range();
  lasting.setStart(range.startContainer, range.startOffset);
  lasting.setEnd(range.endContainer, range.endOffset);
  const within = lasting.commonAncestorContainer;
  const message = (within.closest ? within : within.parentElement)?.closest('.log > .message');
  const words = wordsIn(selection, lasting).trim().replace(/\n{3,}/g, '\n\n');
  return message && words && { words, range: lasting, log: message.parentElement };
};
