// From a failure to its cause: each cause is provoked for real, and the verdict names it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

const OWNER = 'only-the-owner';
const HOUR = 60 * 60 * 1000;

/** The Diagnostics tab by roles and names. */
class Tab {
  constructor({ tab, chat }) {
    this.tab = tab;
    this.chat = chat;
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

  /** What the chain says of each link, such as `Provider: broken`. */
  async links() {
    const links = await this.chain.getByRole('listitem').allTextContents();
    return Object.fromEntries(links.map((link) => link.split(': ')));
  }

  /** The line of the check that was tried so. */
  line(tried) {
    return this.checks.getByRole('listitem').filter({ hasText: tried });
  }
}

describe('A missing scope', () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy({ CANDOR_DIAGNOSTICS: 'reference', CANDOR_OWNER_TOKEN: OWNER });
    site = await startSite({ '/': page(tag(proxy)) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  test('is told four ways: to a visitor, to the owner, in the report, in a terminal', async () => {
    const visitor = await visit(browser, site.origin);
    await visitor.chat.open();
    await visitor.chat.ask('fail: missing scopes');
    await visitor.chat.answers('Only the site’s owner can put this right.');
    await visitor.chat.explain.click();
    const seen = new Tab(visitor);
    const card = await seen.errors.textContent();
    const [reference] = card.match(/CR-\w{8}/);
    assert.ok(!card.includes('model.request') && !card.includes('Who can fix it'), card);
    assertQuiet(visitor.said);
    await visitor.close();

    const owner = await visit(browser, site.origin, { acceptDownloads: true });
    await owner.chat.open();
    await owner.chat.show('Diagnostics');
    await owner.tab.getByText('Are you the site’s owner?').click();
    await owner.tab.getByLabel('Owner token').fill(OWNER);
    await owner.tab.getByRole('button', { name: 'Sign in' }).click();
    const log = owner.tab.getByRole('list', { name: 'Errors of all visitors' });
    const logged = log.getByRole('listitem').filter({ hasText: reference });
    await logged.waitFor();
    const words = await logged.textContent();
    for (const fact of ['Missing scopes: model.request.', 'the site’s owner', 'allow “model.request”']) {
      assert.ok(words.includes(fact), `${fact} is missing in: ${words}`);
    }
    assertQuiet(owner.said);
    await owner.close();

    const full = await startProxy();
    const again = await visit(browser, full.origin, { acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'] });
    await again.chat.open();
    await again.chat.ask('fail: missing scopes');
    await again.chat.explain.click();
    await again.tab.getByRole('button', { name: 'Copy report' }).click();
    await again.tab.getByText('Copied', { exact: true }).waitFor();
    const copied = await again.tab.evaluate(() => navigator.clipboard.readText());
    for (const fact of ['The site’s API key lacks a permission.', 'Provider: broken', 'Missing scopes: model.request.']) {
      assert.ok(copied.includes(fact), `${fact} is missing in: ${copied}`);
    }
    assert.ok(!copied.includes('fail: missing scopes'), 'the visitor’s words are not in the report');
    const [download] = await Promise.all([
      again.tab.waitForEvent('download'),
      again.tab.getByRole('button', { name: 'Download report' }).click(),
    ]);
    const report = JSON.parse(await readFile(await download.path(), 'utf8'));
    assert.deepEqual([report.cause, report.errors[0].status], ['missing_scope', '403']);
    await again.close();
    await full.stop();

    const [pasted] = copied.split('\n').filter((line) => line.startsWith('API Error Type:'));
    const explained = spawnSync(process.env.CANDOR_BIN, ['explain', '--json'], { input: pasted, encoding: 'utf8' });
    assert.equal(JSON.parse(explained.stdout).cause, 'missing_scope', explained.stderr);
  });

  test('is not blamed on stored state: the same request without it fails the same way', async () => {
    const visitor = await visit(browser, site.origin);
    await visitor.chat.open();
    await visitor.chat.ask('fail: missing scopes');
    await visitor.chat.explain.click();
    const seen = new Tab(visitor);
    assert.deepEqual(await seen.links(), {
      Browser: 'fine',
      Page: 'fine',
      Proxy: 'fine',
      Provider: 'broken',
      Model: 'not reached',
    });
    const sent = [];
    visitor.tab.on('request', (request) => sent.push(request));
    await visitor.tab.getByRole('button', { name: 'Try without stored state' }).click();
    await visitor.tab.getByText('neither cookies nor stored data are the cause').waitFor();
    const token = await visitor.tab.evaluate(() => Object.entries(localStorage).find(([key]) => key.includes('token'))[1]);
    const headers = await Promise.all(sent.map((request) => request.allHeaders()));
    assert.ok(headers.length > 2 && headers.every((all) => !all.cookie && !all.authorization?.includes(token)));
    await visitor.chat.show('History');
    await visitor.tab.getByRole('button', { name: /fail: missing scopes/ }).first().waitFor();
    assertQuiet(visitor.said);
    await visitor.close();
  });

  test('five wrong owner tokens close the door for a while', async () => {
    const guesser = await visit(browser, site.origin);
    await guesser.chat.open();
    await guesser.chat.show('Diagnostics');
    await guesser.tab.getByText('Are you the site’s owner?').click();
    for (let tries = 0; tries < 6; tries += 1) {
      await guesser.tab.getByLabel('Owner token').fill(`guess-${tries}`);
      const [answer] = await Promise.all([
        guesser.tab.waitForResponse((response) => response.url().endsWith('/diagnostics/errors')),
        guesser.tab.getByRole('button', { name: 'Sign in' }).click(),
      ]);
      assert.equal(answer.status(), tries < 5 ? 401 : 429);
      await guesser.tab.getByRole('alert').waitFor();
    }
    await guesser.chat.says('There were too many wrong tries.');
    await guesser.close();
  });
});

describe('The checks', { concurrency: 2 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy();
    const loader = await (await fetch(`${proxy.origin}/candor.js`)).text();
    const files = [...new Set(loader.match(/candor-[0-9a-f]+(_bg)?\.(js|wasm|css)/g))].map((name) => `${proxy.origin}/${name}`);
    const sandboxed = `<iframe sandbox="allow-scripts" title="shop" style="width:900px;height:700px" src="/"></iframe>`;
    const refuse = '<!doctype html><title>Forbidden</title><h1>Sorry, you have been blocked</h1>';
    site = await startSite({
      '/': page(tag(proxy)),
      '/sandboxed': page('', sandboxed),
      '/csp': page(tag(proxy), undefined, {
        'content-security-policy': `script-src ${proxy.origin} 'wasm-unsafe-eval'; connect-src ${files.join(' ')}`,
      }),
      '/old': page(tag(proxy), undefined, { date: new Date(Date.now() - 50 * HOUR).toUTCString() }),
      '/firewall': page(tag(proxy, 'data-endpoint="/walled/v1"')),
      '/walled/v1/config': { status: 403, body: refuse },
      '/worker': page(tag(proxy)),
      '/worker.js': { body: 'self.addEventListener("fetch", () => {});', headers: { 'content-type': 'text/javascript' } },
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  const open = async (path, options) => {
    const visitor = await visit(browser, site.origin + path, options);
    await visitor.chat.open();
    await visitor.chat.show('Diagnostics');
    return new Tab(visitor);
  };

  test('find every link whole where nothing is wrong', async () => {
    const seen = await open('/');
    await seen.check();
    await seen.verdict.getByText('Every link holds.').waitFor();
    assert.deepEqual(await seen.links(), { Browser: 'fine', Page: 'fine', Proxy: 'fine', Provider: 'fine', Model: 'fine' });
    for (const tried of ['Wrote into the browser’s storage', 'Measured when the pieces of a stream arrive', 'Asked the model for one word']) {
      assert.match(await seen.line(tried).textContent(), /^pass/, tried);
    }
    await seen.tab.context().close();
  });

  test('can be stopped', async () => {
    const seen = await open('/');
    await seen.tab.route('**/diagnostics/checks', () => {}); // Never answered.
    await seen.tab.getByRole('button', { name: 'Run checks' }).click();
    await seen.line('Compared the versions').waitFor();
    await seen.tab.getByRole('button', { name: 'Stop checks' }).click();
    await seen.tab.getByRole('button', { name: 'Run checks' }).waitFor();
    await seen.tab.context().close();
  });

  /** What is broken: where, how it comes about, the verdict, and the link that is named. */
  const BROKEN = [
    ['a device that is offline', '/', (tab) => tab.context().setOffline(true), 'This device has no connection to the internet.', 'Browser'],
    ['a content blocker', '/', (tab) => tab.route('**/candor/v1/**', (route) => route.abort('blockedbyclient')), 'Something in this browser', 'Browser'],
    ['a policy without the chat’s address', '/csp', undefined, 'The page’s Content Security Policy stops the chat.', 'Page'],
    ['a firewall before the chat service', '/firewall', undefined, 'A firewall in front of the chat’s address', 'Page'],
    ['a proxy that is not there', '/', async (tab) => tab.route(/127\.0\.0\.1/, (route) => route.abort('connectionrefused')), 'The browser is online, and the chat service does not answer.', 'Page'],
  ];
  for (const [what, path, provoke, sentence, link] of BROKEN) {
    test(`name ${what}`, async () => {
      const seen = await open(path);
      await provoke?.(seen.tab);
      await seen.check();
      await seen.verdict.getByText(sentence).waitFor();
      const links = await seen.links();
      assert.equal(links[link], 'broken', JSON.stringify(links));
      assert.notEqual(links.Provider, 'broken', 'the provider is not blamed');
      await seen.tab.context().close();
    });
  }

  /** What disturbs without breaking: where, how it comes about, the check that says so, and its words. */
  const WARNED = [
    ['an old page from a cache', '/old', undefined, 'Looked how old this page is', 'hours old'],
    ['a service worker', '/worker', async (tab) => {
      await tab.evaluate(async () => {
        await navigator.serviceWorker.register('/worker.js');
        await navigator.serviceWorker.ready;
      });
      await tab.reload();
      await tab.getByRole('button', { name: 'Open chat' }).click();
      await tab.getByRole('tab', { name: 'Diagnostics' }).click();
    }, 'Looked for a service worker', 'handles this page’s requests'],
    ['a clock that is wrong', '/', (tab) => changeConfig(tab, (config) => ({ ...config, time: config.time - 3.01 * HOUR })), 'Compared this device’s clock', '180 minutes'],
    ['a proxy of another version', '/', (tab) => changeConfig(tab, (config) => ({ ...config, version: '9.9.9' })), 'Compared the versions', 'proxy 9.9.9'],
  ];
  const changeConfig = (tab, change) =>
    tab.route('**/candor/v1/config', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: change(await response.json()) });
    });
  for (const [what, path, provoke, tried, words] of WARNED) {
    test(`tell of ${what}`, async () => {
      const seen = await open(path);
      await provoke?.(seen.tab);
      await seen.check();
      const line = await seen.line(tried).textContent();
      assert.ok(line.startsWith('warning') && line.includes(words), line);
      await seen.verdict.getByText('The chat works all the same.').waitFor();
      await seen.tab.context().close();
    });
  }

  test('tell of storage that is denied, while the chat works', async () => {
    const visitor = await visit(browser, `${site.origin}/sandboxed`);
    const frame = visitor.tab.frameLocator('iframe');
    await frame.getByRole('button', { name: 'Open chat' }).click();
    await frame.getByRole('tab', { name: 'Diagnostics' }).click();
    await frame.getByRole('button', { name: 'Run checks' }).click();
    const line = frame.getByRole('region', { name: 'Checks' }).getByRole('listitem').filter({ hasText: 'browser’s storage' });
    await line.waitFor();
    assert.match(await line.textContent(), /^warning.*the browser denies storage/);
    await frame.getByText('The chat works all the same.').waitFor();
    await frame.getByRole('tab', { name: 'Chat' }).click();
    await frame.getByRole('textbox', { name: 'Message', exact: true }).fill('hello');
    await frame.getByRole('button', { name: 'Send' }).click();
    await frame.getByText('Hello, and welcome.').waitFor();
    await visitor.close();
  });
});

describe('An answer that broke off', () => {
  test('is kept, and can go on', async () => {
    const proxy = await startProxy({ CANDOR_STALL_TIMEOUT: '2' });
    const browser = await launchChromium();
    const { tab, chat, close } = await visit(browser, proxy.origin);
    await chat.open();
    await chat.ask('fail: broken stream');
    await chat.answers('The answer broke off.');
    await tab.getByRole('button', { name: 'Continue' }).click();
    await chat.log.getByText('Please go on where you stopped.').waitFor();
    await chat.log.getByText('Here is the start of an answer').waitFor();
    await close();
    await browser.close();
    await proxy.stop();
  });
});
