// The example page's own convenience: each line to try can be copied by a press, and the chat opens beside it.
const status = document.querySelector('[data-copied]');

for (const code of document.querySelectorAll('.lines code')) {
  const button = document.createElement('button');
  button.type = 'button';
  code.replaceWith(button);
  button.append(code);
  button.addEventListener('click', async () => {
    window.Candor?.open();
    try {
      await navigator.clipboard.writeText(code.textContent);
      status.textContent = `“${code.textContent}” is copied. Paste it into the chat.`;
    } catch {
      status.textContent = `Type “${code.textContent}” into the chat.`;
    }
  });
}

const open = document.querySelector('[data-open]');
open.hidden = false;
open.addEventListener('click', () => window.Candor?.open());

document.querySelector('[data-loader]').textContent = new URL('candor.js', location.href).href;
