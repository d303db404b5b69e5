/* The colours of code, by highlight.js, which is fetched with the first block that names its language. Code is words here as
   everywhere: the browser paints them by the CSS Custom Highlight API, and no element is made of them. */

import { forEachInAnswers } from './answers.js';
import { besidePage } from './elements.js';

/** The most characters of a block that is coloured: a thousand take about a millisecond. */
const MAX_CHARS = 50_000;

/** What has a colour, by the scopes of the library: https://highlightjs.readthedocs.io/en/stable/css-classes-reference.html. */
const KINDS = {
  comment: ['comment', 'quote', 'doctag', 'meta'],
  keyword: ['keyword', 'operator', 'selector-tag', 'name', 'section', 'deletion'],
  string: ['string', 'regexp', 'char', 'addition', 'link', 'code'],
  number: ['number', 'literal', 'symbol', 'bullet', 'variable', 'template-variable'],
  title: ['title', 'type', 'built_in', 'class', 'attr', 'attribute', 'property', 'selector-class', 'selector-id', 'selector-attr'],
};

const KIND_OF = new Map(Object.entries(KINDS).flatMap(([kind, scopes]) => scopes.map((scope) => [scope, kind])));

/** Light and dark; each has a contrast of 4.5 to 1 and more with what code stands on. */
const COLOURS = {
  comment: ['#5b6b69', '#9fb0ae'],
  keyword: ['#8a2580', '#e5a3ea'],
  string: ['#1b6b34', '#8fd6a0'],
  number: ['#8f4700', '#f0b27a'],
  title: ['#1f5aa0', '#8ec5ff'],
};

const rules = (at, host) =>
  Object.entries(COLOURS).map(([kind, colours]) => `${host}::highlight(candor-${kind}) { color: ${colours[at]} }`).join('\n');

const STYLE = `
${rules(0, '')}
${rules(1, ':host([data-theme="dark"]) ')}
@media (prefers-color-scheme: dark) { ${rules(1, ':host(:not([data-theme="light"])) ')} }
`;

/** What the library tells of a program, in place of the HTML that it would make: which stretches are of which kind. The methods are
    the library's: https://github.com/highlightjs/highlight.js/blob/main/src/lib/token_tree.js. */
class Stretches {
  found = [];
  length = 0;
  #open = [];

  addText(text) {
    const kind = this.#open.at(-1);
    if (kind) this.found.push({ kind, from: this.length, to: this.length + text.length });
    this.length += text.length;
  }

  startScope(scope) {
    // What stands in a word stands as it does: `title.function`.
    this.#open.push(KIND_OF.get(scope.split('.')[0]));
  }

  endScope() {
    this.#open.pop();
  }

  openNode(scope) {
    this.startScope(scope);
  }

  closeNode() {
    this.endScope();
  }

  __addSublanguage({ found, length }) {
    for (const { kind, from, to } of found) this.found.push({ kind, from: from + this.length, to: to + this.length });
    this.length += length;
  }

  finalize() {}

  toHTML() {
    return '';
  }
}

/** Where the words of a block stand: each text node, with how many characters are before it. */
const nodesOf = (block) => {
  const walker = document.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  const nodes = [];
  for (let node, before = 0; (node = walker.nextNode()); before += node.length) nodes.push({ node, before });
  return nodes;
};

/** Colours the code of whole answers, as far as the browser can. */
export const colourCode = (panel, pageUrl, signal) => {
  if (!self.Highlight || !CSS.highlights) return;
  /** What was painted of a block, to be let go of with it. */
  const painted = new Map();
  let isStyled = false;

  const style = () => {
    if (isStyled) return;
    isStyled = true;
    const root = panel.getRootNode();
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);
    root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    signal.addEventListener('abort', () => {
      root.adoptedStyleSheets = root.adoptedStyleSheets.filter((other) => other != sheet);
    });
  };
  const paint = (block, stretches) => {
    const nodes = nodesOf(block);
    const ranges = [];
    for (const { kind, from, to } of stretches) {
      for (const { node, before } of nodes) {
        const [start, end] = [Math.max(from - before, 0), Math.min(to - before, node.length)];
        if (start >= end) continue;
        const range = new StaticRange({ startContainer: node, startOffset: start, endContainer: node, endOffset: end });
        ranges.push({ kind, range });
        const name = `candor-${kind}`;
        if (!CSS.highlights.has(name)) CSS.highlights.set(name, new Highlight());
        CSS.highlights.get(name).add(range);
      }
    }
    painted.set(block, ranges);
  };
  const unpaint = (ranges) => {
    for (const { kind, range } of ranges) {
      const highlight = CSS.highlights.get(`candor-${kind}`);
      highlight?.delete(range);
      if (!highlight?.size) CSS.highlights.delete(`candor-${kind}`);
    }
  };
  const tidy = () => {
    for (const [block, ranges] of painted) {
      if (block.isConnected) continue;
      painted.delete(block);
      unpaint(ranges);
    }
  };
  const observer = new MutationObserver(tidy);
  const colour = async (block) => {
    const library = await import(besidePage(pageUrl, 'highlight.js')).catch(() => undefined);
    const { language } = block.dataset;
    const code = block.textContent;
    // Without its colours code can be read all the same.
    if (!library?.default.getLanguage(language) || code.length > MAX_CHARS || !block.isConnected || signal.aborted) return;
    library.default.configure({ __emitter: Stretches });
    const { _emitter: emitter } = library.default.highlight(code, { language, ignoreIllegals: true });
    style();
    paint(block, emitter.found);
    // What is painted is let go of with its block.
    observer.observe(panel, { subtree: true, childList: true });
  };
  forEachInAnswers(panel, 'pre[data-language]', signal, colour);
  signal.addEventListener('abort', () => {
    observer.disconnect();
    painted.forEach(unpaint);
  });
};
