/* What new visitors solve before their first message is sent, where the site’s owner asks for it: by ALTCHA’s own widget, which
   comes from our own files, or by that of Turnstile or hCaptcha, which come from theirs. Fetched once somebody has to solve it. */

/** What ALTCHA’s challenges are solved with. */
const ALGORITHM = 'PBKDF2/SHA-256';

/** How many keys are derived at the same time, beside the page. */
const AT_ONCE = 2;

/** Nothing has failed, and so the card is none of a failure; and ALTCHA’s widget in the chat’s own colours. */
const STYLE = `
.panel .failure:has(.challenge) { border-color: var(--candor-line); background: var(--candor-code) }
.challenge {
  --altcha-border-color: var(--candor-line);
  --altcha-border-radius: 10px;
  --altcha-color-base: var(--candor-surface);
  --altcha-color-base-content: var(--candor-ink);
  --altcha-color-error: var(--candor-bad);
  --altcha-color-error-content: var(--candor-surface);
  --altcha-color-neutral: var(--candor-line);
  --altcha-color-success: var(--candor-accent);
  --altcha-color-success-content: var(--candor-on-accent);
  --altcha-checkbox-border-color: var(--candor-muted);
  --altcha-checkbox-size: 24px;
  --altcha-input-background-color: var(--candor-surface);
  --altcha-max-width: 100%;
  --altcha-spinner-color: var(--candor-ink);
  margin-top: 12px;
}
.panel .challenge input { min-height: 0 }
.challenge svg { pointer-events: none }
.challenge label { flex: 1; padding: 8px 0; cursor: pointer }
`;

/** The services, by the wire’s names: where their scripts are, and what these define. */
const SERVICES = {
  turnstile: ['https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit', () => self.turnstile],
  hcaptcha: ['https://js.hcaptcha.com/1/api.js?render=explicit', () => self.hcaptcha],
};

/** The widget lies beside this script: all files of a build are called by its hash. What was put behind the address so that the
    browser fetches it anew is put behind this one too. */
const WIDGET = import.meta.url.replace('-challenge.js', '-altcha.js');

/** Shows in this place what is to be solved, in this language, and hands the solution on as the event “candor-solved”. `say` gives
    words of ours. Gives what takes it away. */
export const show = async (place, language, say) => {
  const address = place.dataset.address;
  adopt(place.getRootNode(), STYLE);
  const response = await fetch(address, { credentials: 'omit' });
  if (!response.ok) throw new Error(`the challenge’s address answers ${response.status}`);
  const { kind, site_key } = await response.json();
  const solved = (detail) => place.dispatchEvent(new CustomEvent('candor-solved', { bubbles: true, detail }));
  // The owner has just switched it off.
  if (kind == 'off') return solved(''), () => {};
  return kind == 'altcha' ? showAltcha(place, address, solved, language, say) : showService(place, SERVICES[kind], site_key, solved, language);
};

const showAltcha = async (place, address, solved, language, say) => {
  const isOurs = !self.$altcha;
  const { default: css } = await import(WIDGET);
  const { algorithms, i18n } = self.$altcha;
  // Where the page has a widget of its own, its words are the page’s.
  const words = { label: say('label'), verifying: say('solving'), verified: say('solved'), error: say('solve_error') };
  if (isOurs || !i18n.has?.(language)) i18n.set(language, { ...i18n.get('en'), ...words });
  if (!algorithms.has(ALGORITHM)) algorithms.set(ALGORITHM, () => new Solver());
  // What it says of the page’s root, it says of ours.
  adopt(place.getRootNode(), css.replaceAll(':root', ':host'));

  const widget = document.createElement('altcha-widget');
  const configuration = {
    credentials: 'omit',
    hideFooter: true,
    hideLogo: true,
    // How somebody moves is nobody’s business.
    humanInteractionSignature: false,
    workers: AT_ONCE,
  };
  const attributes = { challenge: address, language, configuration: JSON.stringify(configuration) };
  for (const name in attributes) widget.setAttribute(name, attributes[name]);
  widget.addEventListener('verified', ({ detail }) => solved(detail.payload));
  place.append(widget);
  return () => widget.remove();
};

/** Stands for a worker of ALTCHA’s: those are scripts of the page’s own origin, or of a blob, and a page’s policy may allow neither.
    The browser derives keys beside the page in any case. */
class Solver extends EventTarget {
  postMessage({ type, challenge, counterStart, counterStep }) {
    if (type == 'abort') return this.terminate();
    const say = (data) => this.dispatchEvent(new MessageEvent('message', { data }));
    solve(challenge.parameters, counterStart, counterStep, () => this.isOver).then(say, (error) => say({ error }));
  }

  terminate() {
    this.isOver = true;
  }
}

/** Looks for the counter behind the nonce that gives a key which begins as it should; null where it is no longer wanted. */
const solve = async ({ cost, keyLength, keyPrefix, nonce, salt }, start, step, isOver) => {
  const { subtle } = crypto;
  const deriving = { name: 'PBKDF2', hash: 'SHA-256', salt: bytes(salt), iterations: cost };
  const password = new Uint8Array([...bytes(nonce), 0, 0, 0, 0]);
  const counterView = new DataView(password.buffer, password.length - 4);
  for (let counter = start; !isOver(); counter += step) {
    counterView.setUint32(0, counter);
    const key = await subtle.importKey('raw', password, 'PBKDF2', false, ['deriveBits']);
    const derivedKey = hex(new Uint8Array(await subtle.deriveBits(deriving, key, keyLength * 8)));
    if (derivedKey.startsWith(keyPrefix)) return { counter, derivedKey };
  }
  return null;
};

const bytes = (hex) => Uint8Array.from(hex.match(/../g), (pair) => parseInt(pair, 16));
const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, '0')).join('');

/** Adds a stylesheet to the chat’s root, once; ours, which is more exact, holds against ALTCHA’s behind it. */
const adopt = (root, css) => {
  const adopted = (root.candorChallenge ??= new Set());
  if (adopted.has(css)) return;
  adopted.add(css);
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(css);
  root.adoptedStyleSheets = [...root.adoptedStyleSheets, sheet];
};

/** These look for themselves in the page: what they show lies there, and is seen in the chat through a slot. */
const showService = async (place, [address, service], sitekey, solved, language) => {
  if (!service()) await fetchScript(address);
  const { host } = place.getRootNode();
  const box = document.createElement('div');
  const slot = document.createElement('slot');
  box.slot = slot.name = 'candor-challenge';
  host.append(box);
  place.append(slot);
  const theme = getComputedStyle(host).colorScheme == 'dark' ? 'dark' : 'light';
  service().render(box, { sitekey, theme, size: innerWidth < 400 ? 'compact' : 'normal', callback: solved, language, hl: language });
  return () => box.remove();
};

const fetchScript = (address) =>
  new Promise((resolve, reject) => {
    const script = document.createElement('script');
    script.src = address;
    script.onload = resolve;
    script.onerror = () => {
      script.remove();
      reject(new Error(`${address} can’t be fetched`));
    };
    document.head.append(script);
  });
