/* Speaking in place of typing. */

import { INPUT } from './elements.js';
import { makeIcon } from './icon.js';
import { say } from './words.js';

const MICROPHONE = 'M12 3.5a2.8 2.8 0 0 1 2.8 2.8v5a2.8 2.8 0 0 1-5.6 0v-5A2.8 2.8 0 0 1 12 3.5zM6.5 11a5.5 5.5 0 0 0 11 0M12 16.5v4';

/** What kept the browser from listening, by its names: https://webaudio.github.io/web-speech-api/#speechrecognitionerrorevent. Of others
    there is nothing to say: somebody was silent, or has ended it. */
const ERRORS = {
  'audio-capture': 'no_microphone',
  'language-not-supported': 'dictation_failed',
  network: 'dictation_failed',
  'not-allowed': 'microphone_refused',
  'service-not-allowed': 'microphone_refused',
};

/** Languages that put no space between words. */
const WITHOUT_SPACES = /^(ja|zh)/;

/** The words of all results. Chrome on Android gives each anew with what has been said until then: what begins with the words before
    it takes their place. */
const wordsOf = (results, joint) =>
  [...results]
    .map(([{ transcript }]) => transcript.trim())
    .filter(Boolean)
    .reduce((before, next) => (next.startsWith(before) ? next : before + joint + next), '');

/** Offers to write down what is said, by the browser's own recognition, where it has one and the page does not forbid it. While it
    listens, the button and a line below the input say so. `onBegin` is told before. Gives what ends it. */
export const dictateOnDemand = (panel, announce, onBegin, signal) => {
  const Recognition = self.SpeechRecognition ?? self.webkitSpeechRecognition;
  if (!Recognition || panel.getRootNode().host.dataset.dictation == 'off') return () => {};
  const finger = matchMedia('(pointer: coarse)');
  const button = document.createElement('button');
  button.type = 'button';
  button.className = 'plain dictate';
  button.append(makeIcon(MICROPHONE).svg);
  const line = document.createElement('p');
  line.className = 'listening';
  /** What listens, the words before what it hears, and all of them as they were written last. */
  let listening;

  const show = (sentence = '') => {
    const isOn = Boolean(listening);
    button.ariaLabel = button.title = say(panel, 'dictate');
    button.setAttribute('aria-pressed', isOn);
    line.textContent = isOn ? say(panel, 'listening') : sentence;
    line.toggleAttribute('data-on', isOn);
    if (line.textContent) announce(line.textContent);
  };
  const stop = (sentence) => {
    if (!listening) return;
    const { recognition } = listening;
    listening = undefined;
    recognition.abort();
    show(sentence);
  };
  signal.addEventListener('abort', () => {
    stop();
    button.remove();
    line.remove();
  });

  const write = ({ results }) => {
    const input = panel.querySelector(INPUT);
    const words = wordsOf(results, WITHOUT_SPACES.test(panel.lang) ? '' : ' ');
    const { before } = listening;
    input.value = listening.written = before && words && !/\s$/.test(before) ? `${before} ${words}` : before + words;
    input.dispatchEvent(new Event('input', { bubbles: true }));
    input.scrollTop = input.scrollHeight;
  };
  const begin = () => {
    onBegin();
    const { value } = panel.querySelector(INPUT);
    const recognition = new Recognition();
    const own = { recognition, before: value, written: value };
    // An English panel hears English as the visitor's browser has it.
    recognition.lang = navigator.language.startsWith(panel.lang) ? navigator.language : panel.lang;
    recognition.continuous = recognition.interimResults = true;
    recognition.onresult = (event) => listening == own && write(event);
    recognition.onerror = ({ error }) => listening == own && stop(ERRORS[error] && say(panel, ERRORS[error]));
    recognition.onend = () => listening == own && stop();
    listening = own;
    show();
    try {
      recognition.start();
    } catch {
      stop(say(panel, 'dictation_failed'));
    }
  };
  const onClick = () => {
    // What was said last is heard still.
    if (listening) listening.recognition.stop();
    else begin();
    // A finger that speaks wants no keyboard to come.
    if (!finger.matches) panel.querySelector(INPUT)?.focus();
  };
  button.addEventListener('click', onClick, { signal });
  // The innermost thing ends first.
  const onKey = (event) => {
    if (event.key != 'Escape' || !listening) return;
    event.preventDefault();
    stop();
  };
  panel.addEventListener('keydown', onKey, { capture: true, signal });
  // Whoever types or sends meanwhile goes on by hand.
  const onInput = ({ target }) => {
    if (!target.matches(INPUT) || target.value == listening?.written) return;
    if (listening) stop();
    else line.textContent = '';
  };
  panel.addEventListener('input', onInput, { signal });

  const place = () => {
    const composer = panel.querySelector('.composer');
    const input = composer?.querySelector('textarea');
    if (listening && input?.value != listening.written) stop();
    if (!composer) return line.remove();
    if (button.parentElement == composer && line.previousElementSibling == composer) return;
    composer.firstElementChild.after(button);
    composer.after(line);
    show();
  };
  const observer = new MutationObserver(place);
  observer.observe(panel, { subtree: true, childList: true });
  signal.addEventListener('abort', () => observer.disconnect());
  place();
  return stop;
};
