// Hosts as they are: they buffer, compress, end PHP early, and put a site into a subfolder.

import assert from 'node:assert/strict';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Chat, Diagnostics, assertQuiet, grown, launchChromium, openDiagnostics, visit } from '../browser/product.mjs';
import { keepFormerLoader } from '../browser/parts.mjs';
import { eventually } from '../conformance/wire.mjs';
import * as mustUse from './mustuse.mjs';
import { startProvider } from './provider.mjs';
import { isAnswered, openShop } from './shop.mjs';

describe('On a host of its own ways', { concurrency: 2 }, () => {
  let provider, browser;
  before(async () => {
    [provider, browser] = await Promise.all([startProvider(), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop()]));

  /** Brings a site up for one test and takes it down behind it. */
  async function shop(context, options) {
    const site = await openShop(provider, options);
    context.after(() => site.stop());
    return site;
  }

  for (const [what, server, directives] of [['PHP’s own server', 'php'], ['Apache', 'apache'], ['php-fpm behind nginx, which buffers and compresses too', 'nginx', 'gzip_types *;']]) {
    test(`PHP’s output buffer and its compression hold no stream back, with ${what}`, async (context) => {
      const settings = { output_buffering: '4096', 'zlib.output_compression': '1', implicit_flush: '0' };
      const site = await shop(context, { settings, server, directives });
      const page = await fetch(site.address, { headers: { 'accept-encoding': 'gzip' } });
      assert.equal(page.headers.get('content-encoding'), 'gzip', 'pages are compressed');
      const seen = await openDiagnostics(browser, site.address);
      await seen.check();
      await seen.verdict.getByText('Every link holds.').waitFor();
      await seen.close();
      const { chat, close } = await visit(browser, site.address);
      await chat.open();
      await isAnswered(chat);
      await close();
    });
  }

  for (const server of ['php', 'apache', 'nginx']) {
    test(`a candor.js that a cache has kept over an update starts the chat that is there now, with ${server}`, async (context) => {
      const site = await shop(context, { server, path: '/shop' });
      const { tab, chat, close } = await visit(browser);
      await keepFormerLoader(tab);
      await tab.goto(site.address);
      await chat.open();
      await isAnswered(chat);
      await close();
      assert.deepEqual(site.complaints(), []);
    });
  }

  test('where the web server does not ask WordPress for what is missing, such a candor.js says to load the page anew', async (context) => {
    const site = await shop(context, { server: 'apache', permalinks: '' });
    await rm(join(site.folder, '.htaccess'));
    const { tab, chat, close } = await visit(browser);
    await keepFormerLoader(tab);
    await tab.goto(site.address);
    await chat.launcher.click();
    await tab.getByRole('alert').getByText(/^The server answered 404 for candor-0123456789abcdef\S+ Reload the page\. If candor\.js was moved, set data-base\.$/).waitFor();
    await tab.unroute(/\/candor\.js(\?|$)/);
    await tab.reload();
    await chat.open();
    await isAnswered(chat);
    await close();
  });

  /** What Site Health says of streams, as its page asks for it. */
  async function streams(site) {
    const headers = await site.signIn();
    const answer = await fetch(`${site.wire.replace('candor/v1', 'candor-health/v1')}/stream`, { headers });
    const { status, label, description } = await answer.json();
    return { status, words: `${label} ${description}` };
  }

  test('Site Health has no fault to find with one that passes everything on', async (context) => {
    const site = await shop(context);
    assert.equal((await streams(site)).status, 'good');
    assert.equal(await site.php('return Candor\\SiteHealth::storage()["status"];'), 'good');
  });

  test('a web server that holds answers back is named in Site Health and in Diagnostics, and they come all the same', async (context) => {
    const site = await shop(context, { directives: 'fastcgi_ignore_headers X-Accel-Buffering;' });
    const { status, words } = await streams(site);
    assert.equal(status, 'recommended');
    assert.match(words, /held back on the way/);
    const seen = await openDiagnostics(browser, site.address);
    await seen.assertWarned('Measured when the pieces of a stream arrive', 'pieces, sent over');
    await seen.close();
    const { chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.ask('Do you fit child seats on a Brompton?');
    await chat.answers('Fitting takes 20 minutes and costs £15.');
    await close();
  });

  test('one that keeps the header Authorization from PHP has a chat that knows its visitors, and Site Health says how to spare the detour', async (context) => {
    const site = await shop(context, { directives: 'fastcgi_param HTTP_AUTHORIZATION "" if_not_empty;' });
    const { status, words } = await streams(site);
    assert.equal(status, 'recommended');
    assert.match(words, /The header Authorization does not reach PHP\./);
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await isAnswered(chat);
    await tab.reload();
    await chat.open();
    await chat.answers('Fitting takes 20 minutes and costs £15.');
    await chat.show('Diagnostics');
    const seen = new Diagnostics({ tab, chat });
    await seen.check();
    await seen.verdict.getByText('Every link holds.').waitFor();
    await close();
  });

  // PHP counts the time in which it works, not the time in which it waits: whoever waits by asking again and again is ended.
  for (const [what, disabled] of [['', ''], [' that may not be changed', 'set_time_limit,ignore_user_abort']]) {
    test(`an answer that takes longer than PHP’s time limit${what} comes to its end`, async (context) => {
      const slow = await startProvider({ pause: 200 });
      context.after(() => slow.stop());
      const site = await openShop(slow, { settings: { max_execution_time: '1', disable_functions: disabled } });
      context.after(() => site.stop());
      const { chat, close } = await visit(browser, site.address);
      await chat.open();
      const begun = Date.now();
      await isAnswered(chat);
      assert.ok(Date.now() - begun > 4000, 'four times as long as the limit');
      await close();
      assert.deepEqual(site.complaints(), []);
    });
  }

  test('a host that ends PHP in the middle of an answer loses no word, and the answer can go on', async (context) => {
    const site = await shop(context, { mustUse: { 'process.php': mustUse.NAMED_PROCESS } });
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.say('Tell me a long story');
    await grown(tab, 200);
    process.kill(Number(await readFile(join(site.content, 'process'), 'utf8')), 'SIGKILL');
    await chat.explain.waitFor({ timeout: 60_000 });
    await chat.answers('On day 1 the bicycle crossed one more bridge');
    await tab.reload();
    await chat.open();
    await chat.log.getByText('Tell me a long story').waitFor();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await close();
  });

  test('a visitor who leaves in the middle of an answer finds it whole', async (context) => {
    const site = await shop(context);
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.say('Do you fit child seats on a Brompton?');
    await grown(tab, 10);
    await tab.goto('about:blank');
    await eventually(
      () => site.php("return $GLOBALS['wpdb']->get_col( \"SELECT status FROM {$GLOBALS['wpdb']->prefix}candor_messages\" );"),
      (statuses) => statuses.length === 2 && statuses.every((status) => status === 'complete'),
    );
    await tab.goto(site.address);
    const again = new Chat(tab);
    await again.open();
    await again.answers('Fitting takes 20 minutes and costs £15.');
    await close();
  });

  for (const [what, options] of [
    ['plain permalinks', { permalinks: '' }],
    ['a subfolder', { path: '/shop' }],
    ['a subfolder with plain permalinks', { path: '/shop', permalinks: '' }],
    ['a permalink structure with index.php', { permalinks: '/index.php/%postname%/' }],
  ]) {
    test(`a site with ${what} has a chat whose every link holds, and whose every part is found`, async (context) => {
      const site = await shop(context, options);
      const { tab, chat, said, close } = await visit(browser);
      const parts = [];
      tab.on('response', (response) => {
        const part = response.url().match(/\/candor-[0-9a-f]+-(\w+)\.wasm$/)?.[1];
        if (part) parts.push([part, new URL('.', response.url()).href, response.status(), response.headers()['content-type']]);
      });
      await tab.goto(site.address);
      await chat.open();
      await isAnswered(chat);
      await chat.show('History');
      await tab.getByRole('list', { name: 'Conversations' }).getByText('Do you fit child seats').first().waitFor();
      await chat.show('Diagnostics');
      const seen = new Diagnostics({ tab, chat });
      await seen.check();
      await seen.verdict.getByText('Every link holds.').waitFor();
      for (const part of ['markdown', 'history', 'diagnostics']) {
        const found = parts.filter(([name]) => name === part);
        assert.deepEqual(found, [[part, `${site.origin}/wp-content/plugins/candor/widget/`, 200, 'application/wasm']]);
      }
      assertQuiet(said);
      await close();
      assert.deepEqual(site.complaints(), []);
    });
  }
});
