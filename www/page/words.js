/* What is said beyond the panel, in its language. */

/** What is said here and in `challenge.js`, in English. */
const WORDS = {
  again: 'Try again',
  close_list: 'Close',
  copied: 'Copied',
  copy: 'Copy',
  copy_refused: 'This browser does not let pages copy.',
  dictate: 'Dictate',
  dictation_failed: 'This browser can’t write down what is said at the moment.',
  enlarge: 'Make the chat as large as the window',
  kept: 'Your messages are kept.',
  key_close: 'Close the chat',
  key_line: 'New line',
  key_list: 'This list',
  key_send: 'Send',
  key_tabs: 'Switch tabs, from their row',
  key_write: 'Write a message',
  label: 'I’m not a robot',
  latest: 'Jump to latest',
  listening: 'Listening…',
  microphone_refused: 'The microphone is not allowed here. You can allow it in the browser’s settings for this page.',
  new: 'one:{count} new message|other:{count} new messages',
  no_microphone: 'No microphone was found.',
  open_with: 'Open chat, {new}',
  quote: 'Quote',
  read_aloud: 'Read aloud',
  reduce: 'Make the chat smaller',
  resize: 'Change the chat’s size with the arrow keys',
  shortcuts: 'Keyboard shortcuts',
  solve_error: 'That did not work. Please try again.',
  solve_unloaded: 'What is to be solved could not be loaded.',
  solved: 'Done',
  solving: 'One moment…',
  stop_reading: 'Stop reading',
  stopped: 'The chat has stopped.',
};

/** A word in the panel’s language; of one with a number, the form that it has for it. */
export const say = (panel, word, count) => {
  const { locale } = panel;
  const words = locale?.page[word] ?? WORDS[word];
  if (count === undefined) return words;
  const forms = new Map(words.split('|').map((form) => form.split(/:(.*)/s)));
  const form = forms.get(locale ? locale.plural(count) : count == 1 ? 'one' : 'other') ?? forms.get('other');
  return form.replace('{count}', locale ? locale.number(count) : count);
};
