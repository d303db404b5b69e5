// Each cause that lies in the page or on its way to the proxy is provoked for real, and Diagnostics names it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { Chat, Diagnostics, launchChromium, openDiagnostics, page, startProxy, startSite, tag, visit } from './product.mjs';

const HOUR = 60 * 60 * 1000;
const HERE = new URL('../replies/', import.meta.url);

/** The reply of this id in the corpus, as a page of the site. */
async function reply(file, id) {
  const lines = (await readFile(new URL(file, HERE), 'utf8')).trim().split('\n');
  const { http_status: status, content_type: type, headers, body } = lines.map(JSON.parse).find((line) => line.id === id);
  return { status, body, headers: { 'content-type': type, ...headers } };
}

describe('A cause', { concurrency: 2 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy();
    const loader = await (await fetch(`${proxy.origin}/candor.js`)).text();
    const named = [...new Set(loader.match(/candor-[0-9a-f]+(_bg)?\.(js|wasm|css)/g))];
    const glue = named.find((name) => name.endsWith('.js'));
    // The glue names the parts: it has a list of chunks for each.
    const script = await (await fetch(`${proxy.origin}/${glue}`)).text();
    const chunks = [...new Set(script.match(/(?<=")(shared-\d+|conversation|diagnostics|history|local|markdown|reader)(?=")/g))];
    assert.ok(chunks.includes('diagnostics'), 'the parts are found');
    const parts = chunks.map((chunk) => glue.replace('.js', `-${chunk}.wasm`));
    const files = [...named, ...parts].map((name) => `${proxy.origin}/${name}`);
    const at = (name) => page(tag(proxy, `data-endpoint="/${name}/v1"`));
    const answers = {
      blocked: await reply('boxes.jsonl', 'box-cf-attention-required'),
      challenge: await reply('boxes.jsonl', 'box-cf-challenge-managed'),
      html: await reply('wordpress.jsonl', 'wp-html-200-pageok'),
      nonce: await reply('wordpress.jsonl', 'wp-nonce-403-en'),
      route: await reply('wordpress.jsonl', 'wp-no-route-404-ar'),
      rest: await reply('wordpress.jsonl', 'wp-rest-forbidden-401'),
      wordfence: await reply('wordpress.jsonl', 'wp-wordfence-403'),
      maintenance: await reply('wordpress.jsonl', 'wp-maintenance-html-503'),
      php: await reply('wordpress.jsonl', 'wp-critical-error-html-500'),
      login: { status: 302, headers: { location: '/wp-login.php?redirect_to=%2Flogin%2Fv1%2Fconfig' } },
    };
    site = await startSite({
      '/': page(tag(proxy)),
      '/sandboxed': page('', '<iframe sandbox="allow-scripts" title="shop" style="width:900px;height:700px" src="/"></iframe>'),
      '/csp': page(tag(proxy), undefined, {
        'content-security-policy': `script-src ${proxy.origin} 'wasm-unsafe-eval'; connect-src ${files.join(' ')}`,
      }),
      '/old': page(tag(proxy), undefined, { date: new Date(Date.now() - 50 * HOUR).toUTCString() }),
      '/worker.js': { body: 'self.addEventListener("fetch", () => {});', headers: { 'content-type': 'text/javascript' } },
      '/wp-login.php': {
        body: '<!DOCTYPE html><html><head><title>Log In &lsaquo; A shop &#8212; WordPress</title></head><body class="login">'
          + '<form id="loginform" action="/wp-login.php" method="post"><label>Username or Email Address</label></form>'
          + '<p><a href="/wp-login.php?action=lostpassword">Lost your password?</a></p></body></html>',
      },
      ...Object.fromEntries(Object.entries(answers).flatMap(([name, answer]) => [
        [`/${name}`, at(name)],
        [`/${name}/v1/config`, answer],
      ])),
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  test('every link holds where nothing is wrong', async () => {
    const seen = await openDiagnostics(browser, site.origin);
    await seen.check();
    await seen.verdict.getByText('Every link holds.').waitFor();
    assert.deepEqual(await seen.links(), { Browser: 'fine', Page: 'fine', 'Chat server': 'fine', 'AI service': 'fine', Model: 'fine' });
    for (const tried of ['Wrote into the browser’s storage', 'Measured when the pieces of a stream arrive', 'Asked the model for one word']) {
      assert.match(await seen.line(tried).textContent(), /^pass/, tried);
    }
    await seen.close();
  });

  test('the checks can be stopped', async () => {
    const seen = await openDiagnostics(browser, site.origin);
    await seen.tab.route('**/diagnostics/checks', () => {}); // Never answered.
    await seen.tab.getByRole('button', { name: 'Run checks' }).click();
    await seen.line('Compared the versions').waitFor();
    await seen.tab.getByRole('button', { name: 'Stop checks' }).click();
    await seen.tab.getByRole('button', { name: 'Run checks' }).waitFor();
    await seen.close();
  });

  const WALLED = 'A firewall in front of the chat’s address';
  const REST = 'closes its REST API to visitors';
  /** What is broken: where, how it comes about, the verdict, and the link that is named. */
  const BROKEN = [
    ['a device that is offline', '/', (tab) => tab.context().setOffline(true), 'This device has no connection to the internet.', 'Browser'],
    ['a proxy that is not there', '/', (tab) => tab.route(/127\.0\.0\.1/, (route) => route.abort('connectionrefused')), 'The browser is online, and the chat service does not answer.', 'Page'],
    ['a policy without the chat’s address', '/csp', undefined, 'The page’s Content Security Policy stops the chat.', 'Page'],
    ['a firewall’s block', '/blocked', undefined, WALLED, 'Page'],
    ['a firewall’s puzzle', '/challenge', undefined, WALLED, 'Page'],
    ['a web page under status 200', '/html', undefined, 'is not the chat server', 'Page'],
    ['a log-in page that a redirect leads to', '/login', undefined, 'sends the chat’s requests to its log-in page', 'Page'],
    ['a stale nonce', '/nonce', undefined, 'an old security code', 'Page'],
    ['an address that WordPress does not know', '/route', undefined, 'does not know the chat’s address', 'Page'],
    ['a REST API that is closed', '/rest', undefined, REST, 'Page'],
    ['Wordfence', '/wordfence', undefined, REST, 'Page'],
    ['a site in maintenance', '/maintenance', undefined, 'is in maintenance mode', 'Page'],
    ['a PHP error', '/php', undefined, 'A PHP error on the site', 'Page'],
  ];
  for (const [what, path, provoke, sentence, link] of BROKEN) {
    test(`${what} is named`, async () => {
      const seen = await openDiagnostics(browser, site.origin + path);
      await provoke?.(seen.tab);
      await seen.assertBroken(sentence, link);
      await seen.close();
    });
  }

  const changeConfig = (tab, change) =>
    tab.route('**/candor/v1/config', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, json: change(await response.json()) });
    });
  /** What disturbs without breaking: where, how it comes about, the check that says so, and its words. */
  const WARNED = [
    ['an old page from a cache', '/old', undefined, 'Looked how old this page is', 'hours old'],
    ['a service worker', '/', async (tab) => {
      await tab.evaluate(async () => {
        await navigator.serviceWorker.register('/worker.js');
        await navigator.serviceWorker.ready;
      });
      await tab.reload();
      const chat = new Chat(tab);
      await chat.open();
      await chat.show('Diagnostics');
    }, 'Looked for a service worker', 'handles this page’s requests'],
    ['a clock that is wrong', '/', (tab) => changeConfig(tab, (config) => ({ ...config, time: config.time - 3.01 * HOUR })), 'Compared this device’s clock', '180 minutes'],
    ['a proxy of another version', '/', (tab) => changeConfig(tab, (config) => ({ ...config, version: '9.9.9' })), 'Compared the versions', 'chat server 9.9.9'],
    ['a browser without part of what the chat needs', '/', (tab) => tab.evaluate(() => { delete window.ReadableStream; }), 'Looked for what the chat needs', 'ReadableStream is missing'],
  ];
  for (const [what, path, provoke, tried, words] of WARNED) {
    test(`${what} is told of`, async () => {
      const seen = await openDiagnostics(browser, site.origin + path);
      await provoke?.(seen.tab);
      await seen.assertWarned(tried, words);
      await seen.close();
    });
  }

  test('storage that a sandboxed frame denies is told of, while the chat works', async () => {
    const visitor = await visit(browser, `${site.origin}/sandboxed`);
    const frame = visitor.tab.frameLocator('iframe');
    const chat = new Chat(frame);
    await chat.open();
    await chat.show('Diagnostics');
    await new Diagnostics({ tab: frame, chat }).assertWarned('browser’s storage', 'the browser denies storage');
    await chat.show('Chat');
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await visitor.close();
  });

  test('a frame of another site is told of', async () => {
    const outer = await startSite({ '/': page('', `<iframe title="shop" style="width:900px;height:700px" src="${site.origin}"></iframe>`) });
    // Another name is another site; the port makes none.
    const visitor = await visit(browser, outer.origin.replace('127.0.0.1', 'localhost'));
    const frame = visitor.tab.frameLocator('iframe');
    const chat = new Chat(frame);
    await chat.open();
    await chat.show('Diagnostics');
    await new Diagnostics({ tab: frame, chat }).assertWarned('Looked whether the page', 'a frame of another site');
    await visitor.close();
    await outer.stop();
  });

  test('a page on https that asks a chat service on http is named', async () => {
    // Loopback is exempt, a name is not.
    const named = await launchChromium('--host-resolver-rules=MAP chat.example 127.0.0.1');
    const { tab, chat, close } = await visit(named);
    const port = new URL(proxy.origin).port;
    const files = '<script src="/candor.js" async data-endpoint="http://chat.example:' + port + '/candor/v1"></script>';
    await tab.route('https://shop.example/**', async (route) => {
      const path = new URL(route.request().url()).pathname;
      if (path === '/') return route.fulfill({ contentType: 'text/html', body: page(files).body });
      return route.fulfill({ response: await route.fetch({ url: proxy.origin + path }) });
    });
    await tab.goto('https://shop.example/');
    await chat.open();
    await chat.show('Diagnostics');
    await new Diagnostics({ tab, chat }).assertBroken('A page on https may not talk to a chat service on http.', 'Page');
    await close();
    await named.close();
  });
});
