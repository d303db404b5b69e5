/* Candor's loader paints the launcher, and fetches the chat once somebody means to use it. A classic script, which
   knows its own address. The build fills in the double braces. */
(() => {
  if (customElements.get('candor-chat')) return; // Twice.

  const script = document.currentScript || [...document.scripts].find((other) => /\/candor\.js\b/.test(other.src));
  const base = new URL('.', script ? script.src : location).href;
  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const attribute in attributes) element.setAttribute(attribute, attributes[attribute]);
    element.append(...children);
    return element;
  };

  const style = `{{style}}`;

  const unloaded = (message) => ({ title: 'The chat can’t be loaded.', message });
  const refused = (what) => unloaded(`The page’s Content Security Policy refuses ${what}. Its owner can allow it.`);

  // Diagnostics reads these.
  const violations = [];
  addEventListener('securitypolicyviolation', (event) => {
    if (event.blockedURI.startsWith(base)) violations.push(event);
  });

  const get = async (name) => {
    const response = await fetch(base + name, { credentials: 'omit' }).catch(() => {
      throw unloaded(`${name} can’t be fetched. The connection or an extension is in the way.`);
    });
    if (!response.ok) throw unloaded(`The server answered ${response.status} for ${name}.`);
    return response;
  };

  let tries = 0;
  const start = async () => {
    try {
      // The smallest module tells.
      new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0));
    } catch {
      throw self.WebAssembly
        ? refused('WebAssembly: script-src lacks ‘wasm-unsafe-eval’')
        : unloaded('This browser has no WebAssembly. Please update it.');
    }
    const strange = (name) => () => {
      throw unloaded(`${name} is damaged.`);
    };
    // A failed module stays so; another address is fresh.
    const glue = import(base + '{{glue}}' + (tries++ ? '?' + tries : '')).catch(() => get('{{glue}}').then(strange('{{glue}}')));
    const sheet = get('{{stylesheet}}').then((response) => response.text());
    const [module, css, wasm] = await Promise.all([glue, sheet, get('{{wasm}}')]);
    await module.default({ module_or_path: wasm }).catch(strange('{{wasm}}'));
    return { module, css };
  };

  let loading;
  const load = () =>
    (loading ||= start().catch(async (error) => {
      loading = 0;
      // A violation is told after what it caused.
      await new Promise((resolve) => setTimeout(resolve, 50));
      const [event] = violations;
      throw event ? refused(`${event.blockedURI} by ${event.effectiveDirective}`) : error;
    }));

  const adopt = (root, css) => {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    } catch {
      root.append(make('style', {}, css));
    }
  };

  class CandorChat extends HTMLElement {
    connectedCallback() {
      if (this.panel) return;
      const root = this.attachShadow({ mode: 'open' });
      adopt(root, style);
      const [svg, path] = ['svg', 'path'].map((name) => document.createElementNS('http://www.w3.org/2000/svg', name));
      path.setAttribute('d', 'M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z');
      svg.append(path);
      this.launcher = make('button', { class: 'launcher', part: 'launcher', 'aria-label': 'Open chat' }, svg);
      this.panel = make('div', { class: 'panel', part: 'panel', role: 'dialog', 'aria-labelledby': 'candor-title', hidden: '' });
      root.append(this.launcher, this.panel);
      const listen = (target, event, listener) => target.addEventListener(event, listener, { passive: true });
      // Told once the panel is open.
      for (const intent of ['pointerenter', 'focus', 'touchstart']) listen(this.launcher, intent, () => load().catch(() => 0));
      listen(this.launcher, 'click', () => this.open());
      listen(this.panel, 'candor-close', () => this.close());
      listen(this.panel, 'keydown', ({ key }) => key == 'Escape' && this.close());
      this.embedded = this.dataset.mode == 'embedded';
      if (this.embedded)
        new IntersectionObserver(([{ isIntersecting }], observer) => {
          if (!isIntersecting) return;
          observer.disconnect();
          this.open();
        }).observe(this);
      else if ('open' in this.dataset) this.open();
    }

    disconnectedCallback() {
      // A moved element is back before this runs.
      queueMicrotask(() => {
        if (this.isConnected) return;
        this.widget?.destroy();
        this.widget = 0;
        this.close();
      });
    }

    open() {
      this.panel.hidden = !(this.launcher.hidden = true);
      if (this.widget) this.widget.shown();
      else this.mount();
    }

    close() {
      if (this.embedded) return;
      this.panel.hidden = !(this.launcher.hidden = false);
      this.launcher.focus();
    }

    async mount() {
      this.tell('status', 'Loading…');
      try {
        const { module, css } = await load();
        if (this.widget || !this.isConnected) return;
        this.panel.replaceChildren();
        if (!this.css) adopt(this.shadowRoot, (this.css = css));
        this.widget = module.mount(this.panel, JSON.stringify({ endpoint: base + 'candor/v1', ...this.dataset }));
        // Part of a page it leaves the focus where it is.
        if (!this.panel.hidden && !this.embedded) this.widget.shown();
      } catch (error) {
        this.fail(error);
      }
    }

    fail(error) {
      this.widget = 0;
      const { title = 'The chat can’t start.', message = error } = error;
      console.error(`Candor: ${title} ${message}`);
      this.tell('alert', title, message);
    }

    tell(role, title, sentence) {
      const button = (words, onclick) => Object.assign(make('button', {}, words), { onclick });
      const close = button('Close chat', () => this.close());
      const note = make('div', { class: 'note', role }, make('h2', { id: 'candor-title' }, title));
      if (sentence) note.append(make('p', {}, sentence), button('Retry', () => this.mount()), ' ');
      this.panel.replaceChildren(note);
      if (this.embedded) return;
      note.append(close);
      close.focus();
    }
  }
  customElements.define('candor-chat', CandorChat);

  // A crash leaves nothing of the module to tell of it.
  const crashed = ({ error, reason = error }) => {
    if (reason?.name != 'RuntimeError' || !reason.stack.includes(base)) return;
    loading = 0;
    for (const chat of document.querySelectorAll('candor-chat'))
      if (chat.widget) chat.fail({ title: 'The chat has stopped.', message: 'Your messages are kept.' });
  };
  addEventListener('error', crashed);
  addEventListener('unhandledrejection', crashed);

  const chat = () => document.querySelector('candor-chat');
  self.Candor = { version: '{{version}}', violations, open: () => chat()?.open(), close: () => chat()?.close() };

  const embed = () => {
    if (chat() || !script || 'manual' in script.dataset) return;
    const element = make('candor-chat');
    Object.assign(element.dataset, script.dataset);
    document.body.append(element);
  };
  if (document.readyState == 'loading') addEventListener('DOMContentLoaded', embed);
  else embed();
})();
