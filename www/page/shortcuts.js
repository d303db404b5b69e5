/* What keys do where nothing is typed. */

import { INPUT } from './elements.js';
import { say } from './words.js';

/** What is typed into. */
const FIELDS = 'input, textarea, select';

/** What is listed: each key with its word. */
const LISTED = [
  [['Enter'], 'key_send'],
  [['Shift', 'Enter'], 'key_line'],
  [['/'], 'key_write'],
  [['←', '→'], 'key_tabs'],
  [['Esc'], 'key_close'],
  [['?'], 'key_list'],
];

const make = (name, className, ...children) => {
  const element = document.createElement(name);
  if (className) element.className = className;
  element.append(...children);
  return element;
};

/** Hears keys in the panel, outside of fields, and lists them at "?". No letter does anything: whoever begins to type loses nothing
    by it. Gives what closes the list. */
export const listenToKeys = (panel, signal) => {
  let list;
  /** What had the focus before the list. */
  let before;

  const hide = () => {
    if (!list) return;
    const hadFocus = list.contains(panel.getRootNode().activeElement);
    list.remove();
    list = undefined;
    if (hadFocus) before?.focus();
  };
  signal.addEventListener('abort', hide);
  const show = () => {
    before = panel.getRootNode().activeElement;
    const close = make('button', 'button', say(panel, 'close_list'));
    close.type = 'button';
    close.onclick = hide;
    const canClose = panel.getRootNode().host.dataset.mode != 'embedded';
    const rows = LISTED.filter(([, word]) => canClose || word != 'key_close').flatMap(([keys, word]) => [
      make('dt', '', ...keys.map((key) => make('kbd', '', key))),
      make('dd', '', say(panel, word)),
    ]);
    const title = make('h3', '', say(panel, 'shortcuts'));
    title.id = 'candor-shortcuts';
    list = make('div', 'shortcuts', title, make('dl', '', ...rows), close);
    list.setAttribute('role', 'dialog');
    list.setAttribute('aria-modal', 'true');
    list.setAttribute('aria-labelledby', title.id);
    panel.append(list);
    close.focus();
  };

  const onKey = (event) => {
    const { key, target, altKey, ctrlKey, metaKey } = event;
    if (list && key == 'Escape') {
      event.preventDefault();
      return hide();
    }
    // There is one thing to be at in it.
    if (list?.contains(target) && key == 'Tab') return event.preventDefault();
    if (altKey || ctrlKey || metaKey || event.defaultPrevented || target.matches(FIELDS)) return;
    if (key == '?') {
      event.preventDefault();
      if (list) hide();
      else show();
    }
    if (key == '/' && !list) {
      event.preventDefault();
      panel.querySelector(INPUT)?.focus();
    }
  };
  panel.addEventListener('keydown', onKey, { capture: true, signal });
  const onClick = ({ target }) => list && !list.contains(target) && hide();
  panel.addEventListener('click', onClick, { signal });
  return hide;
};
