/* Answers aloud. */

import { say } from './words.js';

/** The sentences of a text, line by line: a browser may fall silent in the middle of what is longer. */
const sentencesOf = (text, language) => {
  const lines = text.split('\n');
  const segmenter = Intl.Segmenter && new Intl.Segmenter(language, { granularity: 'sentence' });
  const sentences = segmenter ? lines.flatMap((line) => [...segmenter.segment(line)].map(({ segment }) => segment)) : lines;
  return sentences.map((sentence) => sentence.trim()).filter(Boolean);
};

/** Reads an answer aloud, by the browser's own speech, where it has a voice for the panel's language. `onBegin` is told before. */
export const readAloudOnDemand = (panel, onBegin, signal) => {
  const { speechSynthesis: speech } = self;
  if (!speech?.getVoices) return { stop: () => {}, disconnect: () => {} };
  /** What is being read, by its button. What an earlier reading ends with comes late, and is not of this one. */
  let reading;

  const stop = () => {
    if (!reading) return;
    reading.button.textContent = say(panel, 'read_aloud');
    reading = undefined;
    speech.cancel();
  };
  signal.addEventListener('abort', stop);
  const read = (button) => {
    const shown = button.closest('.message').querySelector('.markdown').cloneNode(true);
    // Nobody wants to hear a program.
    for (const element of shown.querySelectorAll('pre, button')) element.remove();
    for (const block of shown.querySelectorAll('p, li, h2, h3, h4, h5, td, th')) block.append('\n');
    const sentences = sentencesOf(shown.textContent, panel.lang);
    const own = { button };
    reading = own;
    button.textContent = say(panel, 'stop_reading');
    sentences.forEach((sentence, at) => {
      const utterance = new SpeechSynthesisUtterance(sentence);
      utterance.lang = panel.lang;
      const onEnd = () => reading == own && stop();
      utterance.onerror = onEnd;
      if (at == sentences.length - 1) utterance.onend = onEnd;
      speech.speak(utterance);
    });
    if (!sentences.length) stop();
  };
  const onClick = ({ target }) => {
    if (target.className != 'link speak') return;
    const isRead = target == reading?.button;
    stop();
    if (isRead) return;
    onBegin();
    read(target);
  };
  panel.addEventListener('click', onClick, { signal });

  const equip = () => {
    if (reading?.button.isConnected == false) stop();
    const isNew = (row) => !row.querySelector('.speak') && row.closest('.message')?.querySelector('.markdown');
    const rows = [...panel.querySelectorAll('.below')].filter(isNew);
    const language = panel.lang.split('-')[0];
    if (!rows.length || !speech.getVoices().some(({ lang }) => lang.split(/[-_]/)[0] == language)) return;
    for (const row of rows) {
      const button = document.createElement('button');
      button.type = 'button';
      button.className = 'link speak';
      button.textContent = say(panel, 'read_aloud');
      row.append(button);
    }
  };
  // They may come late.
  speech.addEventListener?.('voiceschanged', equip, { signal });
  const observer = new MutationObserver(equip);
  observer.observe(panel, { subtree: true, childList: true });
  equip();
  return { stop, disconnect: () => observer.disconnect() };
};
