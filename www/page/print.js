/* The conversation on paper. */

/** What a printed conversation looks like. */
const PAPER = `
body { margin: 0; font: 11pt/1.5 system-ui, sans-serif; overflow-wrap: break-word }
h2 { margin: 14pt 0 2pt; color: #555; font-size: 9pt; break-after: avoid }
h3, h4, h5 { margin: 8pt 0 2pt; font-size: 11pt; break-after: avoid }
p, ul, ol, pre, table, blockquote { margin: 4pt 0 }
.user p { white-space: pre-wrap }
pre { padding: 6pt 8pt; border: 1px solid #ccc; font-size: 9pt; white-space: pre-wrap }
table { border-collapse: collapse }
th, td { padding: 2pt 8pt 2pt 0; border-bottom: 1px solid #ccc; text-align: start }
a { color: inherit }
button, .dots { display: none }
`;

/** Prints the messages by themselves, in a frame of their own: a page prints all that is on it, but no chat. */
export const printOnDemand = (panel, signal) => {
  const print = () => {
    const frame = document.createElement('iframe');
    frame.className = 'hidden';
    panel.after(frame);
    const { contentWindow, contentDocument } = frame;
    const sheet = new contentWindow.CSSStyleSheet();
    sheet.replaceSync(PAPER);
    contentDocument.adoptedStyleSheets = [sheet];
    contentDocument.documentElement.lang = panel.lang;
    contentDocument.documentElement.dir = panel.dir;
    contentDocument.title = panel.querySelector('h2').textContent;
    for (const message of panel.querySelectorAll('.log > .message')) {
      const name = document.createElement('h2');
      name.textContent = message.ariaLabel;
      const printed = contentDocument.importNode(message, true);
      const formulas = [...message.querySelectorAll('.math')];
      printed.querySelectorAll('.math').forEach((formula, at) => {
        const { shadowRoot: set } = formulas[at];
        if (set) formula.replaceChildren(...[...set.childNodes].map((node) => contentDocument.importNode(node, true)));
      });
      contentDocument.body.append(name, printed);
    }
    contentWindow.addEventListener('afterprint', () => frame.remove());
    contentWindow.print();
  };
  const onClick = ({ target }) => target.closest('.print') && print();
  panel.addEventListener('click', onClick, { signal });
};
