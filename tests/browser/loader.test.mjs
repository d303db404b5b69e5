// The loader on pages of every kind: what it fetches and when, and what it says where it cannot.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { keepFormerLoader } from './parts.mjs';
import { assertQuiet, launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

const HOSTILE = `<style>
  * { all: unset !important; font: 40px serif !important; color: red !important; letter-spacing: 9px !important; text-transform: uppercase !important; }
  button, div, dialog { display: none !important; }
</style>`;

describe('The loader', { concurrency: 3 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy();
    const policy = (rules) => ({ 'content-security-policy': rules });
    const own = proxy.origin;
    site = await startSite({
      '/': page(tag(proxy)),
      '/body': page('', `<h1>A shop</h1>${tag(proxy).replace('async ', '')}`),
      '/twice': page(tag(proxy) + tag(proxy), `<h1>A shop</h1>${tag(proxy)}`),
      '/hostile': page(tag(proxy) + HOSTILE),
      '/manual': page(tag(proxy, 'data-manual'), '<candor-chat data-title="By hand"></candor-chat>'),
      '/open': page(tag(proxy, 'data-open data-theme="dark" data-position="left"')),
      '/csp': page(tag(proxy), undefined, policy(`default-src 'self'; script-src ${own}; connect-src ${own}; img-src data:`)),
      '/csp-good': page(
        tag(proxy),
        undefined,
        policy(`default-src 'none'; script-src ${own} 'wasm-unsafe-eval'; connect-src ${own}; img-src data:`),
      ),
      '/csp-connect': page(tag(proxy), undefined, policy(`script-src ${own} 'wasm-unsafe-eval'; connect-src 'self'`)),
      '/trusted': page(tag(proxy), undefined, policy("require-trusted-types-for 'script'; trusted-types 'none'")),
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  /** The WebAssembly that this tab asks for from now on, in this order: `_bg` is the module, the others are parts. */
  const modules = (tab) => {
    const names = [];
    tab.on('request', (request) => {
      const name = new URL(request.url()).pathname.match(/([^/]+)\.wasm$/)?.[1];
      // What several parts share comes with the first of them.
      if (name && !/-shared-\d+$/.test(name)) names.push(name.replace(/^candor-[0-9a-f]+-?/, ''));
    });
    return names;
  };

  test('fetches nothing of the widget before somebody means to use it, and no part but the conversation’s before a question', async () => {
    const { tab, chat, said, close } = await visit(browser);
    const fetched = [];
    tab.on('request', (request) => fetched.push(new URL(request.url()).pathname));
    const wasm = modules(tab);
    await tab.goto(site.origin);
    await chat.launcher.waitFor();
    await tab.waitForLoadState('networkidle');
    assert.deepEqual(fetched, ['/', '/candor.js']);
    const module = tab.waitForResponse(/_bg\.wasm$/);
    await chat.launcher.hover();
    await (await module).finished();
    assert.deepEqual(wasm, ['_bg'], 'a part is fetched before the chat is opened');
    const conversation = tab.waitForResponse(/-conversation\.wasm$/);
    await chat.open();
    await (await conversation).finished();
    assert.deepEqual(wasm, ['_bg', 'conversation']);
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    // By now whatever the start had fetched too late for the line above has been asked for as well.
    assert.deepEqual(wasm, ['_bg', 'conversation', 'markdown']);
    assertQuiet(said);
    await close();
  });

  test('fetches besides what renders a conversation where one is open still, and nothing else', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    const wasm = modules(tab);
    await tab.reload();
    await chat.open();
    await chat.answers('Hello, and welcome.');
    assert.deepEqual(wasm.toSorted(), ['_bg', 'conversation', 'markdown']);
    assertQuiet(said);
    await close();
  });

  test('weighs at most 3,000 bytes as it is served, the server’s own address in it', async () => {
    const response = await fetch(`${proxy.origin}/candor.js`, { headers: { 'accept-encoding': 'br' } });
    assert.equal(response.headers.get('content-encoding'), 'br');
    assert.ok(Number(response.headers.get('content-length')) <= 3000, response.headers.get('content-length'));
    assert.ok((await response.text()).startsWith('self.Candor??={base:"//127.0.0.1:'));
  });

  test('closes by button and by Escape, and gives the focus back', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin);
    const launcherHasFocus = () => document.querySelector('candor-chat').shadowRoot.activeElement?.ariaLabel === 'Open chat';
    await chat.open();
    await tab.getByRole('button', { name: 'Close chat' }).click();
    await chat.panel.waitFor({ state: 'hidden' });
    await tab.waitForFunction(launcherHasFocus);
    await chat.open();
    await chat.input.press('Escape');
    await chat.panel.waitFor({ state: 'hidden' });
    await tab.waitForFunction(launcherHasFocus);
    assertQuiet(said);
    await close();
  });

  for (const path of ['/', '/body', '/twice', '/hostile', '/csp-good', '/trusted']) {
    test(`works on ${path}, with one launcher`, async () => {
      const { chat, said, close } = await visit(browser, site.origin + path);
      await chat.open();
      await chat.ask('hello');
      await chat.answers('Hello, and welcome.');
      assert.equal(await chat.tab.locator('candor-chat').count(), 1);
      assertQuiet(said);
      await close();
    });
  }

  test('lets no style of the page in', async () => {
    const looks = async (path) => {
      const { chat, close } = await visit(browser, site.origin + path);
      await chat.open();
      await chat.panel.locator('.notice').waitFor();
      const look = await chat.input.evaluate((input) => {
        const { fontSize, color, display } = getComputedStyle(input);
        const { width, height } = input.getBoundingClientRect();
        const { letterSpacing, textTransform } = getComputedStyle(input.getRootNode().querySelector('.notice'));
        return { fontSize, color, display, width, height, letterSpacing, textTransform };
      });
      await close();
      return look;
    };
    assert.deepEqual(await looks('/hostile'), await looks('/'));
  });

  test('serves an element that is placed by hand', async () => {
    const { tab, chat, said, close } = await visit(browser, `${site.origin}/manual`);
    await chat.open();
    await tab.getByRole('dialog', { name: 'By hand' }).waitFor();
    assert.equal(await tab.locator('candor-chat').count(), 1);
    assertQuiet(said);
    await close();
  });

  test('opens with the page, dark and to the left, where its attributes say so', async () => {
    const { chat, said, close } = await visit(browser, `${site.origin}/open`);
    await chat.input.waitFor();
    const { x } = await chat.panel.boundingBox();
    assert.ok(x < 40, `x is ${x}`);
    const background = await chat.panel.evaluate((panel) => getComputedStyle(panel).backgroundColor);
    assert.equal(background, 'rgb(20, 28, 28)');
    assertQuiet(said);
    await close();
  });

  test('survives being moved, removed and put back', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('hello');
    await tab.evaluate(() => document.body.prepend(document.querySelector('candor-chat')));
    await chat.answers('Hello, and welcome.');
    await tab.evaluate(() => {
      window.kept = document.querySelector('candor-chat');
      window.kept.remove();
    });
    await tab.evaluate(() => document.body.append(window.kept));
    await chat.open();
    await chat.answers('Hello, and welcome.');
    assert.equal(await chat.panel.count(), 1);
    assertQuiet(said);
    await close();
  });

  test('says so where the page’s policy refuses WebAssembly', async () => {
    const { chat, said, close } = await visit(browser, `${site.origin}/csp`);
    await chat.launcher.click();
    await chat.says('wasm-unsafe-eval');
    assert.ok(said.some((line) => line.startsWith('error: Candor:') && line.includes('wasm-unsafe-eval')), said.join('\n'));
    await close();
  });

  test('says so where the page’s policy refuses the files', async () => {
    const { chat, close } = await visit(browser, `${site.origin}/csp-connect`);
    await chat.launcher.click();
    await chat.says('by connect-src');
    await close();
  });

  for (const [name, refuse, words] of [
    ['is not found', (route) => route.fulfill({ status: 404, body: '' }), 'The server answered 404 for candor-'],
    ['cannot be fetched', (route) => route.abort(), 'can’t be fetched'],
    ['is a web page', (route) => route.fulfill({ contentType: 'text/html', body: '<title>Log in</title>' }), 'is damaged'],
  ]) {
    test(`says so where the module ${name}, and Retry mends it`, async () => {
      const { tab, chat, said, close } = await visit(browser);
      await tab.route(/_bg\.wasm$/, refuse);
      await tab.goto(site.origin);
      await chat.launcher.click();
      await chat.says(words);
      await tab.unroute(/_bg\.wasm$/);
      await chat.retry.click();
      await chat.ask('hello');
      await chat.answers('Hello, and welcome.');
      assertQuiet(said, 'Candor: The chat can’t be loaded.', 'WebAssembly.instantiateStreaming');
      await close();
    });
  }

  test('of an earlier release, which a cache has kept, starts the chat of this one', async () => {
    const { tab, chat, said, close } = await visit(browser);
    await keepFormerLoader(tab);
    await tab.goto(site.origin);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await chat.show('History');
    await tab.getByRole('list', { name: 'Conversations' }).waitFor();
    assertQuiet(said);
    await close();
  });

  test('says so where the module crashes, and Retry starts it afresh', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('hello');
    // A trap, as the browser reports one that happens in our files.
    await tab.evaluate((origin) => {
      const error = new WebAssembly.RuntimeError('unreachable');
      error.stack = `RuntimeError: unreachable at ${origin}/candor-0_bg.wasm:wasm-function[1]`;
      window.dispatchEvent(new ErrorEvent('error', { error }));
    }, proxy.origin);
    await chat.says('The chat has stopped.');
    await chat.retry.click();
    await chat.answers('Hello, and welcome.');
    await close();
  });

  test('leaves no trace of the visitor in the page, and needs no cookie', async () => {
    const { context, tab, chat, close } = await visit(browser);
    const cookies = [];
    tab.on('response', async (response) => cookies.push((await response.allHeaders())['set-cookie']));
    tab.on('request', async (request) => cookies.push((await request.allHeaders()).cookie));
    await tab.goto(site.origin);
    await chat.open();
    await chat.ask('hello');
    const token = await tab.evaluate(() => Object.values(localStorage).find((value) => value.startsWith('ct_')));
    assert.match(token, /^ct_[0-9a-f]{64}$/);
    assert.ok(!(await tab.content()).includes(token));
    assert.ok(!(await chat.panel.innerHTML()).includes(token));
    assert.deepEqual(await context.cookies(), []);
    assert.ok(cookies.length > 5, 'headers were looked at');
    assert.deepEqual(cookies.filter(Boolean), []);
    await close();
  });

  test('chats where storage is denied, and says where things are kept', async () => {
    const { tab, chat, said, close } = await visit(browser);
    await tab.addInitScript(() => {
      const deny = { get: () => { throw new DOMException('denied', 'SecurityError'); } };
      Object.defineProperty(window, 'localStorage', deny);
      Object.defineProperty(window, 'sessionStorage', deny);
    });
    await tab.goto(site.origin);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await chat.show('Diagnostics');
    await chat.says('this page alone, since the browser denies storage');
    assertQuiet(said);
    await close();
  });
});
