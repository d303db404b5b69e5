// The product as tests meet it: the proxy as a process, a customer's page from another origin, and real browsers.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { chromium, firefox } from 'playwright-core';
import { database, record, recordAnswers } from '../emitted.mjs';

const CHROMIUM_FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** Starts `candor serve` with these variables and resolves once it listens. `address` keeps a port over a restart. */
export async function startProxy(variables = {}, address = '127.0.0.1:0') {
  const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CANDOR_'));
  const env = { ...Object.fromEntries(inherited), CANDOR_ADDR: address, CANDOR_DATABASE_URL: database(), ...variables };
  const child = spawn(process.env.CANDOR_BIN, ['serve'], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  const lines = [];
  const origin = await new Promise((resolve, reject) => {
    const read = (line) => {
      lines.push(line);
      record('proxies', line);
      const listening = line.match(/listens on (http:\/\/[\d.:]+)/);
      if (listening) resolve(listening[1]);
    };
    createInterface({ input: child.stdout }).on('line', read);
    createInterface({ input: child.stderr }).on('line', read);
    child.once('exit', (code) => reject(new Error(`candor serve ended with ${code}:\n${lines.join('\n')}`)));
  });
  const end = async (signal) => {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill(signal);
      await once(child, 'exit');
    }
  };
  return { origin, lines, stop: () => end('SIGTERM'), kill: () => end('SIGKILL') };
}

/** Serves a customer's pages: `{path: {body, headers, status}}`, from an origin that is not the proxy's. */
export async function startSite(pages) {
  const server = createServer((request, response) => {
    const page = pages[new URL(request.url, 'http://site').pathname];
    response.writeHead(page?.status ?? (page ? 200 : 404), { 'content-type': 'text/html; charset=utf-8', ...page?.headers });
    response.end(page?.body ?? '');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

/** A customer's page with this head and body. */
export function page(head, body = '<h1>A shop</h1>', headers = {}) {
  const title = '<meta charset="utf-8"><title>A shop</title><link rel="icon" href="data:,">';
  return { body: `<!doctype html><html lang="en"><head>${title}${head}</head><body>${body}</body></html>`, headers };
}

/** A page, and the other one behind its link “Next”, at the same path with `-2` behind it. `body` puts the chat beside them. */
export const pair = (path, head, body) => ({
  [path]: page(head, body(`<h1>A page</h1><a href="${path}-2">Next</a>`)),
  [`${path}-2`]: page(head, body('<p>The other page</p>')),
});

/** The script tag, as a customer pastes it. */
export const tag = (proxy, attributes = '') => `<script src="${proxy.origin}/candor.js" async ${attributes}></script>`;

/** Debian's Chromium, with these flags besides those that every test needs. */
export const launchChromium = (...flags) =>
  chromium.launch({ executablePath: process.env.CHROMIUM, args: [...CHROMIUM_FLAGS, ...flags] });

/** The same with its back/forward cache, which Playwright turns off. */
export const launchChromiumWithBfcache = () =>
  chromium.launch({
    executablePath: process.env.CHROMIUM,
    args: CHROMIUM_FLAGS,
    ignoreDefaultArgs: ['--disable-back-forward-cache'],
  });

/** Debian's Chromium with an extension, the folder of which is given. Extensions need a profile that is kept. */
export async function launchChromiumWith(extension) {
  const profile = await mkdtemp(join(tmpdir(), 'candor-profile-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM,
    headless: true,
    args: [...CHROMIUM_FLAGS, `--disable-extensions-except=${extension}`, `--load-extension=${extension}`],
  });
  return {
    newContext: async () => context,
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true });
    },
  };
}

/** Debian's Firefox, over WebDriver BiDi, with these settings as about:config has them. */
export const launchFirefox = (firefoxUserPrefs = {}) =>
  firefox.launch({ channel: 'moz-firefox', executablePath: process.env.FIREFOX, firefoxUserPrefs });

/** A tab of its own visitor, which notes whatever the console says. */
export async function visit(browser, url, options = {}) {
  const context = await browser.newContext(options);
  recordAnswers(context);
  const tab = await context.newPage();
  const said = [];
  tab.on('console', (message) => said.push(`${message.type()}: ${message.text()}`));
  tab.on('pageerror', (error) => said.push(`uncaught: ${error.message}`));
  if (url) await tab.goto(url);
  return { context, tab, said, chat: new Chat(tab), close: () => context.close() };
}

/** Waits until the last reply has more letters than that. */
export const grown = (tab, letters) =>
  tab.waitForFunction(
    (letters) => [...document.querySelector('candor-chat').shadowRoot.querySelectorAll('.markdown')].at(-1)?.textContent.length > letters,
    letters,
  );

/** Collects the text of every answer of the wire. Answers then come whole, not streamed. */
export async function overhear(tab) {
  const bodies = [];
  await tab.route('**/candor/v1/**', async (route) => {
    const response = await route.fetch();
    bodies.push(await response.text());
    await route.fulfill({ response });
  });
  return bodies;
}

/** Fails where the console said anything but the browser's own line on a failed request, or what is expected. */
export function assertQuiet(said, ...expected) {
  const strange = said.filter(
    (line) => !/Failed to load resource|NetworkError|net::ERR_/.test(line) && !expected.some((words) => line.includes(words)),
  );
  assert.deepEqual(strange, []);
}

/** What the widget is found by, under the keys of its locales. */
const ENGLISH = {
  'loader.open': 'Open chat',
  'core.messages': 'Messages',
  'core.message': 'Message',
  'core.send': 'Send',
  'core.stop': 'Stop',
  'core.retry': 'Retry',
  'core.assistant': 'Assistant',
  'conversation.what_happened': 'What happened?',
};

/** The words of another language, by their keys. */
export const wordsOf = async (language) => JSON.parse(await readFile(new URL(`../../www/locales/${language}.json`, import.meta.url), 'utf8'));

/** The widget by roles and names, as a visitor or a screen reader finds it. */
export class Chat {
  constructor(tab, words = ENGLISH) {
    this.tab = tab;
    this.launcher = tab.getByRole('button', { name: words['loader.open'] });
    this.panel = tab.getByRole('dialog');
    this.log = tab.getByRole('log', { name: words['core.messages'] });
    this.input = tab.getByRole('textbox', { name: words['core.message'], exact: true });
    this.send = tab.getByRole('button', { name: words['core.send'] });
    this.stop = tab.getByRole('button', { name: words['core.stop'] });
    this.retry = tab.getByRole('button', { name: words['core.retry'] });
    this.explain = tab.getByRole('button', { name: words['conversation.what_happened'] });
    this.replies = this.log.getByRole('article', { name: words['core.assistant'] });
  }

  /** Opens the chat, unless it is open still, as it is on the way to another page. */
  async open() {
    await this.launcher.or(this.panel).first().waitFor();
    if (await this.launcher.isVisible()) await this.launcher.click();
    await this.input.waitFor();
  }

  /** Sends a message and does not wait for the answer. */
  async say(words) {
    await this.input.fill(words);
    await this.send.click();
  }

  /** Sends a message and waits until the answer has come or failed. */
  async ask(words) {
    await this.say(words);
    await this.send.waitFor();
  }

  show(name) {
    return this.tab.getByRole('tab', { name, exact: true }).click();
  }

  /** Waits until these words are in the last reply. */
  async answers(words) {
    try {
      await this.replies.last().filter({ hasText: words }).waitFor();
    } catch (error) {
      error.message += `\nThe panel says:\n${(await this.panel.allInnerTexts()).join('\n')}`;
      throw error;
    }
  }

  /** Waits until these words are anywhere in the panel. */
  async says(words) {
    await this.panel.getByText(words, { exact: false }).first().waitFor();
  }
}

/** The Diagnostics tab by roles and names, of what `visit` gives. */
export class Diagnostics {
  constructor({ tab, chat, close }) {
    this.tab = tab;
    this.close = close;
    this.verdict = chat.panel.getByRole('status').first();
    this.chain = tab.getByRole('list', { name: 'The chain' });
    this.checks = tab.getByRole('region', { name: 'Checks' });
    this.errors = tab.getByRole('list', { name: 'Errors', exact: true });
  }

  /** Runs the checks and waits for the last one. */
  async check() {
    await this.tab.getByRole('button', { name: 'Run checks' }).click();
    await this.ended();
  }

  async ended() {
    await this.checks.getByRole('listitem').first().waitFor();
    await this.tab.getByText('Checking…').waitFor({ state: 'detached' });
  }

  /** What the chain says of each link, such as `AI service: broken`. */
  async links() {
    const links = await this.chain.getByRole('listitem').allTextContents();
    return Object.fromEntries(links.map((link) => link.split(': ')));
  }

  /** The line of the check that was tried so. */
  line(tried) {
    return this.checks.getByRole('listitem').filter({ hasText: tried });
  }

  /** Runs the checks, and holds the verdict and the broken link against what is expected. */
  async assertBroken(sentence, link) {
    await this.check();
    await this.verdict.getByText(sentence).waitFor();
    const links = await this.links();
    assert.equal(links[link], 'broken', JSON.stringify(links));
    assert.notEqual(links['AI service'], 'broken', 'the AI service is not blamed');
  }

  /** Runs the checks, and holds the line of one against what is expected where something disturbs and does not break. */
  async assertWarned(tried, words) {
    await this.check();
    const line = await this.line(tried).textContent();
    assert.ok(line.startsWith('warning') && line.includes(words), line);
    await this.verdict.getByText('The chat works all the same.').waitFor();
  }
}

/** Opens the chat of a page, and its Diagnostics. */
export async function openDiagnostics(browser, url, options) {
  const visitor = await visit(browser, url, options);
  await visitor.chat.open();
  await visitor.chat.show('Diagnostics');
  // It is a part that is fetched: whoever goes offline next is to have it.
  await visitor.tab.getByRole('button', { name: 'Run checks' }).waitFor();
  return new Diagnostics(visitor);
}
