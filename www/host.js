/* Keeps what happens in the chat from the page: hotkeys, focus traps, drag handlers and scrollers of a page listen to the whole
   document, and would take for theirs what is typed into a field that they cannot see. The glue brings it. */

/** What a page may take for its own, by the names of its handlers. */
const OF_PEOPLE = /^on(key|click|dbl|aux|context|copy|cut|paste|(mouse|pointer)[dmou]|touch|wheel|dr|focus|blur|.*input)/;

/** What our own listeners wait for. */
const HEARD = /^(keydown|click|input|focus)/;

/** What they ask of a key. */
const OF_KEYS = ['key', 'keyCode', 'shiftKey', 'altKey', 'ctrlKey', 'metaKey', 'isComposing'];

/** Ends each event of the panel's shadow root before the page's listeners, until the function is called that this
    gives. Listeners within get a copy that does not leave the root; what the browser itself does at an event, it does all the
    same. Whoever needs the event itself, as of a pointer, has it by the panel's `onEvent` (`page/size.js`). */
const isolate = (panel) => {
  const root = panel.getRootNode();
  const life = new AbortController();

  const end = (event) => {
    const [target] = event.composedPath();
    const { type, key, bubbles, cancelable, composed } = event;
    // Escape is for what the page has open, where the chat is not.
    if (!composed || target.getRootNode?.() != root || (key == 'Escape' && panel.hidden)) return;
    event.stopImmediatePropagation();
    panel.onEvent?.(event);
    if (!HEARD.test(type)) return;
    // A mere event of that name: a second MouseEvent would follow a link twice, and Firefox lets every KeyboardEvent out.
    const copy = new Event(type, { bubbles, cancelable });
    if (key) {
      Object.setPrototypeOf(copy, KeyboardEvent.prototype);
      for (const name of OF_KEYS) Object.defineProperty(copy, name, { value: event[name] });
    }
    if (!target.dispatchEvent(copy)) event.preventDefault();
  };

  const names = ['onfocusin', 'onfocusout'];
  for (const name in HTMLElement.prototype) if (OF_PEOPLE.test(name)) names.push(name);
  for (const name of names) addEventListener(name.slice(2), end, { capture: true, signal: life.signal });
  return () => life.abort();
};

/** What is beyond the panel. All files of a build are called by its hash: beside `candor-0a1b.js` lies `candor-0a1b-page.js`. */
const page = () => import(import.meta.url.replace(/\.js([?#].*)?$/, '-page.js'));

/** Why WebAssembly does not run here: one of the loader's words, with what stands in it. Nothing where it runs. */
export const explain = (words) => page().then((page) => page.explain(words));

/** Sets the panel into the page, until the function is called that this gives. What is beyond the panel comes a moment later. */
export const settle = (panel) => {
  const ends = [isolate(panel)];
  page()
    .then(({ attend }) => ends.length && ends.push(attend(panel)))
    .catch((error) => console.error(`Candor: ${error.message}.`));
  return () => ends.splice(0).forEach((end) => end());
};
