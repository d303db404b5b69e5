/* Formulas, as MathML by Temml, which is fetched with the first of them. */

import { forEachInAnswers } from './answers.js';
import { besidePage } from './elements.js';

/** The longest formula that is set, in characters: what is longer stands as it was written. */
const MAX_CHARS = 5000;

/** How large what a formula asks for may be: in em, and in points. */
const MAX_SIZES = [20, 300];

/** What marks a formula, and whether it stands by itself. */
const DELIMITERS = [
  ['$$', '$$', true],
  ['\\[', '\\]', true],
  ['\\(', '\\)', false],
  ['$', '$', false],
];

/** What formulas stand in. */
const BLOCKS = 'p, li, td, th, h3, h4, h5, blockquote, .markdown';

const STYLE = `
.display { display: block; overflow: auto hidden; padding: 2px 0 }
`;

/** The words of a formula between its marks. */
const formulaOf = (text) => {
  for (const [begin, end, isDisplayed] of DELIMITERS) {
    const isMarked = text.length > begin.length + end.length && text.startsWith(begin) && text.endsWith(end);
    if (isMarked) return { words: text.slice(begin.length, -end.length), isDisplayed };
  }
};

/** Sets the formulas of whole answers. Each gets a shadow root, so that what the widget has written stays as it is below, for whoever
    copies the answer or quotes of it; one that Temml does not understand stands as it was written. `onSet` is called whenever the log may have become higher. */
export const setFormulas = (panel, pageUrl, onSet, signal) => {
  let sheet;
  const set = async (element) => {
    const { textContent: text } = element;
    const formula = formulaOf(text);
    if (!formula || text.length > MAX_CHARS) return;
    try {
      const { default: temml, css } = await import(besidePage(pageUrl, 'temml.js'));
      const place = document.createElement('span');
      place.className = formula.isDisplayed ? 'display' : '';
      temml.render(formula.words, place, { displayMode: formula.isDisplayed, throwOnError: true, maxSize: MAX_SIZES });
      if (signal.aborted || !element.isConnected) return;
      const root = element.attachShadow({ mode: 'open' });
      if (!sheet) {
        sheet = new CSSStyleSheet();
        // Its font would be looked for beside the page; the system’s does.
        sheet.replaceSync(css.replace(/@font-face\s*{[^}]*}/g, '') + STYLE);
      }
      root.adoptedStyleSheets = [sheet];
      root.append(place);
      // What is wider than its line is scrolled by itself, also by keyboard.
      if (place.getBoundingClientRect().width > element.closest(BLOCKS).clientWidth) place.className = 'display';
      if (place.scrollWidth > place.clientWidth && place.className) place.tabIndex = 0;
      onSet();
    } catch {
      // It stands as it was written.
    }
  };
  forEachInAnswers(panel, '.math', signal, set);
};
