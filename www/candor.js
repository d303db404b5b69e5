/* Candor's loader paints the launcher, and fetches the chat once somebody means to use it. A classic script, since such a
   script knows its own address. Written to be read: the build makes it small, and fills in the double braces. */
(() => {
  // The script is on the page twice.
  if (customElements.get('candor-chat')) return;

  const LAUNCHER_ICON = 'M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z';
  const STYLE = `{{style}}`;
  const GLUE = '{{glue}}';
  const WASM = '{{wasm}}';
  const STYLESHEET = '{{stylesheet}}';

  /** How long a browser may take to tell of a policy's violation after what the violation has caused. */
  const VIOLATION_MS = 50;

  const OUR_NAME = /\/candor[^/]*\.js/;

  // An optimiser may have made a module of this script, which knows no current one.
  const script = document.currentScript || [...document.scripts].find(({ src }) => OUR_NAME.test(src));

  // The server has written before this script where it has our files, and what it does not show.
  const written = self.Candor || {};

  /** Where our files are, once there is a chat. */
  let base;

  /** Finds our files: where the page says, beside this script, or where the server says. */
  const findFiles = (said) => {
    const src = script?.src || '';
    const place = said?.replace(/\/?$/, '/') || (OUR_NAME.test(src) ? '.' : written.base);
    base = new URL(place || '.', src || document.baseURI).href;
  };

  /** What is said here. Those of another language take the place of these once they are here (`language.js`). */
  const words = {
    answered: 'The server answered {status} for {name}. Reload the page. If candor.js was moved, set data-base.',
    close: 'Close chat',
    damaged: '{name} is damaged.',
    loading: 'Loading…',
    not_fetched: '{name} can’t be fetched. The connection or an extension is in the way.',
    not_loaded: 'The chat can’t be loaded.',
    not_started: 'The chat can’t start.',
    open: 'Open chat',
    refused: 'The page’s Content Security Policy refuses {what}. Its owner can allow it.',
    retry: 'Retry',
  };

  const make = (name, attributes, ...children) => {
    const element = document.createElement(name);
    for (const attribute in attributes) element.setAttribute(attribute, attributes[attribute]);
    element.append(...children);
    return element;
  };

  const makeIcon = () => {
    const [svg, path] = ['svg', 'path'].map((name) => document.createElementNS('http://www.w3.org/2000/svg', name));
    path.setAttribute('d', LAUNCHER_ICON);
    svg.append(path);
    return svg;
  };

  /** Adds a stylesheet to a shadow root, past a page's policy where the browser knows constructed ones. */
  const adopt = (root, css) => {
    try {
      const sheet = new CSSStyleSheet();
      sheet.replaceSync(css);
      root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
    } catch {
      root.append(make('style', {}, css));
    }
  };

  // What is thrown, and shown in the chat's place: a sentence of `words`, with what stands in it.
  const unloaded = (word, values) => ({ word, ...values });

  /** What the page's policy has refused of ours; Diagnostics reads it too. */
  const violations = [];
  addEventListener('securitypolicyviolation', (event) => {
    if (base && event.blockedURI.startsWith(base)) violations.push(event);
  });

  const get = async (name) => {
    const response = await fetch(base + name, { credentials: 'omit' }).catch(() => {
      throw unloaded('not_fetched', { name });
    });
    if (!response.ok) throw unloaded('answered', { name, status: response.status });
    return response;
  };

  let imports = 0;
  const importGlue = () => {
    // A module that has failed stays so for the page's life; under another address it is fresh.
    const query = imports++ ? `?${imports}` : '';
    // An import does not tell why it failed, a fetch does.
    return import(base + GLUE + query).catch(() => get(GLUE).then(() => { throw unloaded('damaged', { name: GLUE }) }));
  };

  const start = async () => {
    const [module, css, wasm] = await Promise.all([
      importGlue(),
      get(STYLESHEET).then((response) => response.text()),
      get(WASM),
    ]);
    await module.default({ module_or_path: wasm }).catch(async () => {
      throw (await module.explain(words)) ?? unloaded('damaged', { name: WASM });
    });
    return { module, css };
  };

  /** A copy of this script may have kept its name and not its place: then the files are where the server says. */
  const startElsewhere = (error) => {
    const place = new URL(written.base || '.', base).href;
    if (place == base) throw error;
    base = place;
    return start();
  };

  /** Where a violation explains a failure, the violation. */
  const explain = async (error) => {
    await new Promise((resolve) => setTimeout(resolve, VIOLATION_MS));
    const [violation] = violations;
    return violation ? unloaded('refused', { what: `${violation.blockedURI} by ${violation.effectiveDirective}` }) : error;
  };

  let loading;
  /** Fetches and starts the chat, once for all elements; what failed is tried afresh when asked again. */
  const load = () => {
    loading ||= start().catch(startElsewhere).catch(async (error) => {
      loading = 0;
      throw await explain(error);
    });
    return loading;
  };

  /** Keeps for this tab whether the chat is open, where it is said; what is kept, which is a word or nothing. */
  const keptOpen = (isOpen) => {
    try {
      if (isOpen) sessionStorage.candorOpen = isOpen;
      return sessionStorage.candorOpen;
    } catch {}
  };

  class CandorChat extends HTMLElement {
    connectedCallback() {
      if (!this.panel) {
        findFiles(this.dataset.base || script?.dataset.base);
        this.embedded = this.dataset.mode == 'embedded';
        this.paint();
        this.speak();
        this.listen();
      }
      if (this.embedded) {
        if (!this.widget) this.openInView();
        return;
      }
      // Above all, and in the window's corner, whatever the page does to what the element stands in.
      for (const part of [this.launcher, this.panel]) part.showPopover?.();
      // What was open stays so, but covers no page of a phone unasked.
      const kept = keptOpen();
      const isMeant = kept ? kept == 'yes' && !matchMedia('(max-width: 480px)').matches : 'open' in this.dataset;
      if (isMeant && !this.widget) this.show();
    }

    disconnectedCallback() {
      // An element that is only moved is connected again before this runs.
      queueMicrotask(() => this.isConnected || this.end());
    }

    /** Leaves nothing that runs; what is shown again begins with what this tab has kept. */
    end() {
      this.widget?.destroy();
      this.release();
      this.hide();
    }

    paint() {
      const root = this.attachShadow({ mode: 'open' });
      adopt(root, STYLE);
      this.launcher = make('button', { class: 'launcher', part: 'launcher', 'aria-label': words.open }, makeIcon());
      this.panel = make('div', {
        class: 'panel',
        part: 'panel',
        role: 'dialog',
        'aria-labelledby': 'candor-title',
        tabindex: -1,
        hidden: '',
      });
      if (!this.embedded) this.launcher.popover = this.panel.popover = 'manual';
      root.append(this.launcher, this.panel);
    }

    /** Where page or browser ask for another language than English, what speaks it is fetched while nobody waits. What this makes
        fetches the chat's words: none in English, or where they cannot be had. */
    speak() {
      const asked = this.dataset.lang || document.documentElement.lang || navigator.language;
      const language =
        /^en/i.test(asked) || import(base + GLUE.replace('.', '-language.')).then(({ speak }) => speak(this, words)).catch(() => 0);
      this.fetchWords = () => language.then?.((fetch) => fetch && fetch());
    }

    listen() {
      // Whoever comes near may click next. A failure is told once the panel is open.
      const prepare = () => load().catch(() => 0) && this.fetchWords();
      const { launcher, panel } = this;
      launcher.onpointerenter = launcher.onfocus = prepare;
      launcher.onclick = () => this.open();
      panel.onkeydown = ({ key, defaultPrevented }) => {
        if (key == 'Escape' && !defaultPrevented) this.close();
      };
      panel.addEventListener('candor-close', () => this.close());
    }

    /** Shows a chat that is part of the page when it is scrolled to. */
    openInView() {
      new IntersectionObserver(([{ isIntersecting }], observer) => {
        if (!isIntersecting) return;
        observer.disconnect();
        this.show();
      }).observe(this);
    }

    /** Somebody opens the chat, and so the focus goes into it. */
    open() {
      this.hasFocus = !this.embedded;
      keptOpen('yes');
      this.show();
    }

    close() {
      if (this.embedded) return;
      keptOpen('no');
      this.hide();
      this.launcher.focus();
    }

    show() {
      this.launcher.hidden = true;
      this.panel.hidden = false;
      if (!this.widget) this.mount();
      else if (this.hasFocus) this.widget.shown();
    }

    hide() {
      this.hasFocus = false;
      this.panel.hidden = true;
      this.launcher.hidden = false;
    }

    async mount() {
      this.tell('status', words.loading);
      const fetching = this.fetchWords();
      try {
        const { module, css } = await load();
        const locale = await fetching;
        if (this.widget || !this.isConnected) return;
        this.panel.replaceChildren();
        if (!this.css) adopt(this.shadowRoot, (this.css = css));
        // What the script is not to show, no element shows that is silent about it, and what the server is not, none.
        const settings = { endpoint: base + 'candor/v1', diagnostics: script?.dataset.diagnostics, ...this.dataset, ...written };
        this.widget = module.mount(this.panel, JSON.stringify(settings), locale);
        this.leave = module.settle(this.panel);
        if (this.hasFocus) this.widget.shown();
      } catch (error) {
        await fetching;
        this.fail(error);
      }
    }

    /** Lets go of the widget, and gives the page its events back. */
    release() {
      this.widget = this.leave?.();
    }

    /** Tells of what was thrown: a sentence of ours, or whatever the widget says. What comes next begins with a fresh module. */
    fail(error, title = words[error.word ? 'not_loaded' : 'not_started']) {
      loading = 0;
      this.release();
      const sentence = words[error.word]?.replace(/{(\w+)}/g, (_, name) => error[name]) ?? error;
      console.error(`Candor: ${title} ${sentence}`);
      this.tell('alert', title, sentence);
    }

    /** Says something in the chat's place; with a sentence it is a failure, which can be tried again. */
    tell(role, title, sentence) {
      const button = (words, onclick) => Object.assign(make('button', {}, words), { onclick });
      const note = make('div', { class: 'note', role }, make('h2', { id: 'candor-title' }, title));
      if (sentence) note.append(make('p', {}, sentence), button(words.retry, () => this.mount()), ' ');
      this.panel.replaceChildren(note);
      if (this.embedded) return;
      const close = button(words.close, () => this.close());
      note.append(close);
      if (this.hasFocus) close.focus();
    }
  }

  const chats = () => document.querySelectorAll('candor-chat');
  const firstChat = () => chats()[0];

  /** A page that comes back from the browser's memory is as old as it was when it was left, and what it listened to is dead. */
  const beginAnew = ({ persisted }) => {
    if (!persisted) return;
    for (const chat of chats()) {
      chat.end();
      chat.replaceWith(chat);
    }
  };

  /** Adds a chat with the script tag's settings, unless the page has placed one by itself. */
  const embed = () => {
    if (firstChat() || !script || 'manual' in script.dataset) return;
    const element = make('candor-chat');
    Object.assign(element.dataset, script.dataset);
    // Beside the body, which some ways to the next page put another in the place of.
    document.documentElement.append(element);
  };

  customElements.define('candor-chat', CandorChat);
  addEventListener('pageshow', beginAnew);
  self.Candor = {
    version: '{{version}}',
    violations,
    open: () => firstChat()?.open(),
    close: () => firstChat()?.close(),
  };
  if (document.readyState == 'loading') addEventListener('DOMContentLoaded', embed);
  else embed();
})();
