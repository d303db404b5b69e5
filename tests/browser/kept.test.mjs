// What a visitor wrote, and what they were told, is still there: after a reload, a crash, a killed proxy, in a second tab.

import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, Chat, grown, launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

const STORY = 'Tell me a long story';

/** The text of the last reply, as it is shown. */
const shown = async (chat) => (await chat.replies.last().innerText()).replace(/\s+/g, ' ').trim();

/** The paths of the wire that a tab asks for from now on, with their methods. */
function requests(tab) {
  const seen = [];
  tab.on('request', (request) => {
    const path = new URL(request.url()).pathname.split('/candor/v1')[1];
    if (path) seen.push(`${request.method()} ${path}`);
  });
  return seen;
}

/** Another tab of the same visitor. */
async function another(context, url) {
  const tab = await context.newPage();
  await tab.goto(url);
  const chat = new Chat(tab);
  await chat.open();
  return { tab, chat };
}

describe('A visitor', { concurrency: 2 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy();
    site = await startSite({ '/': page(tag(proxy)) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  test('who reloads in the middle of an answer reads it to its end', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.say(STORY);
    await grown(tab, 100);
    await tab.reload();
    await chat.open();
    await grown(tab, 100);
    await chat.send.waitFor({ timeout: 60_000 });
    const whole = await shown(chat);
    await tab.reload();
    await chat.open();
    await chat.replies.last().waitFor();
    assert.equal(await shown(chat), whole, 'as the proxy has kept it');
    assertQuiet(said);
    await close();
  });

  test('whose browser ends before the proxy has a message finds it sent the next time, once', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await tab.route('**/messages', () => {}); // Never leaves the browser.
    await chat.say('hello');
    await chat.log.getByText('hello', { exact: true }).waitFor();
    await tab.unroute('**/messages');
    await tab.reload();
    await chat.open();
    await chat.answers('Hello, and welcome.');
    await tab.reload();
    await chat.open();
    await chat.answers('Hello, and welcome.');
    assert.equal(await chat.log.getByText('hello', { exact: true }).count(), 1);
    await chat.show('History');
    const rows = tab.getByRole('list', { name: 'Conversations' }).getByRole('listitem');
    await rows.first().waitFor();
    assert.equal(await rows.count(), 1);
    await close();
  });

  /** What waits to be sent has waited for so many hours. */
  const waited = (tab, hours) => tab.evaluate((ms) => {
    const key = Object.keys(localStorage).find((name) => name.startsWith('candor:outbox:'));
    const aged = JSON.parse(localStorage.getItem(key)).map((pending) => ({ ...pending, time: pending.time - ms }));
    localStorage.setItem(key, JSON.stringify(aged));
  }, hours * 3_600_000);

  test('whose message waited for more than a day decides anew: it stands in the input, before what was begun since', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    let isHeld = true;
    await tab.route('**/messages', (route) => (isHeld && route.request().method() === 'POST' ? undefined : route.continue()));
    await chat.say('hello from yesterday');
    await chat.log.getByText('hello from yesterday', { exact: true }).waitFor();
    await chat.input.fill('And what of today?');
    await waited(tab, 25);
    const asked = requests(tab);
    await tab.reload();
    await chat.open();
    await tab.waitForFunction(() => document.querySelector('candor-chat').shadowRoot.querySelector('textarea').value === 'hello from yesterday\n\nAnd what of today?');
    assert.deepEqual(asked.filter((request) => /^POST .*messages$/.test(request)), []);
    isHeld = false;
    await chat.send.click();
    await chat.answers('I am the built-in demo');
    await close();
  });

  test('whose message got through more than a day ago, without a word of that, does not find it in the input as well', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await tab.route('**/messages', async (route) => {
      if (route.request().method() === 'POST') await route.fetch();
      await route.abort('connectionreset');
    });
    await chat.ask('hello');
    await chat.retry.waitFor();
    await tab.unroute('**/messages');
    await waited(tab, 25);
    // The proxy has had it for as long.
    await tab.route('**/messages', async (route) => {
      const response = await route.fetch();
      const body = await response.json();
      for (const message of body.messages) message.created_at -= 25 * 3_600_000;
      await route.fulfill({ response, json: body });
    });
    await tab.reload();
    await chat.open();
    await chat.answers('Hello, and welcome.');
    await tab.waitForFunction(() => !Object.keys(localStorage).some((name) => name.startsWith('candor:outbox:')));
    assert.equal(await chat.input.inputValue(), '');
    assert.equal(await chat.log.getByText('hello', { exact: true }).count(), 1);
    await close();
  });

  test('whose message met a limit finds it sent by itself once there is room again', async () => {
    const { tab, chat, close } = await visit(browser);
    await tab.clock.install();
    await tab.goto(site.origin);
    let refused = 0;
    await tab.route('**/messages', async (route) => {
      if (route.request().method() !== 'POST' || refused > 0) return route.continue();
      refused += 1;
      // With the headers by which the page may read it.
      const response = await route.fetch({ method: 'GET', postData: '' });
      const problem = {
        type: 'urn:candor:problem:visitor_limit', title: 'The limit is reached', status: 429, detail: 'Your message is kept.', cause: 'visitor_limit',
        link: 'proxy', retryable: true, reference: 'CR-00000000', time: Date.now(), upstream: { status: 429, retry_after: 30 },
      };
      return route.fulfill({ response, status: 429, headers: { ...response.headers(), 'content-type': 'application/problem+json' }, body: JSON.stringify(problem) });
    });
    const asked = requests(tab);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('It is sent by itself then, while this page is open.');
    await tab.clock.fastForward(20_000);
    assert.equal(asked.filter((request) => /^POST .*messages$/.test(request)).length, 1, 'not before its time');
    await tab.clock.fastForward(20_000);
    await chat.answers('Hello, and welcome.');
    assert.equal(await chat.log.getByText('hello', { exact: true }).count(), 1);
    assert.equal(asked.filter((request) => /^POST .*messages$/.test(request)).length, 2);
    await close();
  });

  test('whose message got through without a word of it coming back finds it answered, once', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await tab.route('**/messages', async (route) => {
      await route.fetch();
      await route.abort('connectionreset');
    });
    await chat.ask('hello');
    await chat.retry.waitFor();
    await tab.unroute('**/messages');
    await chat.retry.click();
    await chat.answers('Hello, and welcome.');
    assert.equal(await chat.log.getByText('hello', { exact: true }).count(), 1);
    await tab.reload();
    await chat.open();
    await chat.answers('Hello, and welcome.');
    assert.equal(await chat.replies.count(), 1);
    await close();
  });

  for (const [what, comes] of [['comes late', (route) => route.continue()], ['cannot be had', (route) => route.abort()]]) {
    test(`who writes on before the conversation is open loses nothing where it ${what}`, async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('hello');
      await chat.answers('Hello, and welcome.');
      const opening = new Promise((asked) => {
        tab.route('**/messages', (route) => (route.request().method() === 'GET' ? asked(route) : route.fallback()));
      });
      await tab.reload();
      await chat.open();
      const late = await opening;
      await chat.ask('hello again');
      await chat.replies.last().getByText('welcome').waitFor();
      await comes(late);
      await tab.unroute('**/messages');
      if (what === 'cannot be had') {
        await tab.getByRole('button', { name: 'Show earlier messages' }).click();
      }
      await chat.log.getByText('hello', { exact: true }).waitFor();
      const questions = chat.log.getByText(/^hello( again)?$/);
      assert.deepEqual(await questions.allTextContents(), ['hello', 'hello again']);
      assert.equal(await chat.replies.count(), 2);
      await close();
    });
  }

  test('who writes for the first time in two tabs at once is one visitor', async () => {
    const one = await visit(browser, site.origin);
    await one.chat.open();
    const two = await another(one.context, site.origin);
    const asking = [];
    await one.context.route('**/visitors', async (route) => {
      const response = await route.fetch();
      await new Promise((go) => {
        asking.push(go);
        if (asking.length === 2) asking[0]();
      });
      await route.fulfill({ response });
    });
    await Promise.all([one.chat.say('hello from one'), two.chat.say('hello from two')]);
    // The second visitor comes when the other tab’s is kept, which each browser tells its tabs in its own time.
    for (const { tab } of [one, two]) {
      await tab.waitForFunction(() => Object.keys(localStorage).some((key) => key.startsWith('candor:token:')));
    }
    assert.equal(asking.length, 2, 'both had been asked for before the first had come');
    asking[1]();
    await Promise.all([one, two].map(({ chat }) => chat.answers('Hello, and welcome.')));
    for (const { tab, chat } of [one, two]) {
      await chat.show('History');
      const rows = tab.getByRole('list', { name: 'Conversations' }).getByRole('listitem');
      for (const words of ['hello from one', 'hello from two']) await rows.filter({ hasText: words }).waitFor();
    }
    await one.close();
  });

  test('sees in a second tab what the first is told, by one stream', async () => {
    const one = await visit(browser, site.origin);
    await one.chat.open();
    await one.chat.ask('hello');
    const two = await another(one.context, site.origin);
    await two.chat.answers('Hello, and welcome.');
    const asked = requests(two.tab);
    await one.chat.say(STORY);
    await two.chat.log.getByText(STORY).waitFor();
    await grown(two.tab, 150);
    assert.ok(await two.chat.stop.isVisible(), 'it is under way there too');
    await one.chat.send.waitFor({ timeout: 60_000 });
    await two.chat.send.waitFor();
    assert.equal(await shown(two.chat), await shown(one.chat));
    assert.deepEqual(asked, [], 'the second tab asked the proxy for nothing');
    await one.close();
  });

  test('who closes the tab that holds the stream reads on in the other', async () => {
    const one = await visit(browser, site.origin);
    await one.chat.open();
    await one.chat.ask('hello');
    const two = await another(one.context, site.origin);
    await two.chat.answers('Hello, and welcome.');
    await one.chat.say(STORY);
    // Else the first answer would count for the second.
    await two.chat.replies.nth(1).waitFor();
    await grown(two.tab, 50);
    await one.tab.close();
    await two.chat.send.waitFor({ timeout: 60_000 });
    const whole = await shown(two.chat);
    await two.tab.reload();
    await two.chat.open();
    await two.chat.replies.nth(1).waitFor();
    assert.equal(await shown(two.chat), whole, 'as the proxy has kept it');
    await one.close();
  });

  test('who opens a second tab in the middle of an answer follows it there without a second stream', async () => {
    const one = await visit(browser, site.origin);
    await one.chat.open();
    await one.chat.say(STORY);
    await grown(one.tab, 50);
    const tab = await one.context.newPage();
    const asked = requests(tab);
    await tab.goto(site.origin);
    const chat = new Chat(tab);
    await chat.open();
    await grown(tab, 100);
    await one.chat.send.waitFor({ timeout: 60_000 });
    await chat.send.waitFor();
    assert.equal(await shown(chat), await shown(one.chat));
    assert.ok(!asked.some((request) => request.endsWith('/reply')), asked.join('\n'));
    await one.close();
  });

  test('who has three tabs, of which two hold a stream, reads no word twice in the third', async () => {
    const one = await visit(browser, site.origin);
    await one.chat.open();
    await one.chat.ask('hello');
    const third = await another(one.context, site.origin);
    await third.chat.answers('Hello, and welcome.');
    // A tab that hears nobody takes a stream of its own.
    const deaf = await one.context.newPage();
    await deaf.addInitScript(() => {
      BroadcastChannel.prototype.addEventListener = () => {};
      Object.defineProperty(BroadcastChannel.prototype, 'onmessage', { set: () => {}, get: () => null });
    });
    await third.tab.evaluate(() => {
      const words = () => document.querySelector('candor-chat').shadowRoot.querySelector('.log').textContent;
      window.seen = [];
      setInterval(() => window.seen.push(words()), 10);
    });
    await one.chat.say(STORY);
    await grown(one.tab, 50);
    await deaf.goto(site.origin);
    const second = new Chat(deaf);
    await second.open();
    await grown(deaf, 100);
    await third.chat.send.waitFor({ timeout: 60_000 });
    // Markdown that is not whole yet shows its signs.
    const letters = (text) => text.replace('Waiting for the answer', '').replace(/[^a-z]/gi, '');
    const whole = letters(await third.chat.log.evaluate((log) => log.textContent));
    const seen = (await third.tab.evaluate(() => window.seen)).map(letters);
    assert.ok(new Set(seen).size > 20, 'it was looked at while it grew');
    const strange = seen.filter((text) => !whole.startsWith(text));
    assert.deepEqual(strange.slice(0, 1), [], 'at every moment it was the start of the whole');
    await one.close();
  });

  test('who deletes a conversation in one tab has it in none', async () => {
    const one = await visit(browser, site.origin);
    await one.chat.open();
    await one.chat.ask('hello');
    const two = await another(one.context, site.origin);
    await two.chat.answers('Hello, and welcome.');
    await one.chat.show('History');
    await one.tab.getByRole('button', { name: 'Delete hello' }).click();
    await one.tab.getByRole('button', { name: 'Delete', exact: true }).click();
    await two.chat.log.getByText('Hello, and welcome.').waitFor({ state: 'detached' });
    await two.chat.show('History');
    await two.tab.getByText('No conversations yet.').waitFor();
    await one.close();
  });

  test('whose search had no time to find anything sees it go on by itself, and decides in the end', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('hello');
    await tab.getByRole('button', { name: 'New conversation' }).click();
    await chat.ask('What can you do?');
    await chat.show('History');
    const rows = tab.getByRole('list', { name: 'Conversations' }).getByRole('listitem');
    await rows.nth(1).waitFor();
    let [empty, asked] = [3, []];
    await tab.route(/[?&]search=/, (route) => {
      asked.push(new URL(route.request().url()).searchParams.get('before'));
      if (asked.length > empty) return route.continue();
      return route.fulfill({ headers: { 'access-control-allow-origin': '*' }, json: { conversations: [], next: String(10n ** 18n - BigInt(asked.length)) } });
    });
    await tab.getByRole('searchbox').fill('welcome');
    await rows.nth(1).waitFor({ state: 'detached' });
    assert.match(await rows.textContent(), /Hello, and welcome/);
    assert.deepEqual(asked, [null, ...[1n, 2n, 3n].map((page) => String(10n ** 18n - page))]);
    [empty, asked] = [Infinity, []];
    await tab.getByRole('searchbox').fill('welcome back');
    await tab.getByText('None of the latest conversations has these words.').waitFor();
    assert.ok(asked.length < 30, `${asked.length} requests`);
    empty = asked.length;
    await tab.getByRole('button', { name: 'Show earlier ones' }).click();
    await tab.getByText('No conversation has these words').waitFor();
    await tab.getByRole('searchbox').fill('welcome');
    await rows.filter({ hasText: 'Hello, and welcome' }).waitFor();
    assertQuiet(said);
    await close();
  });

  test('finds words in old messages, takes everything along, and deletes it all', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin, { acceptDownloads: true });
    await chat.open();
    for (const question of ['hello', 'What can you do?']) {
      await chat.ask(question);
      await tab.getByRole('button', { name: 'New conversation' }).click();
    }
    await chat.show('History');
    const rows = tab.getByRole('list', { name: 'Conversations' }).getByRole('listitem');
    await rows.nth(1).waitFor();
    await tab.getByRole('searchbox').fill('AND WELCOME');
    await rows.nth(1).waitFor({ state: 'detached' });
    assert.match(await rows.textContent(), /hello.*Hello, and welcome/s);
    await tab.getByRole('searchbox').fill('no such words');
    await tab.getByText('No conversation has these words').waitFor();
    await tab.getByRole('searchbox').fill('');
    await rows.nth(1).waitFor();

    const download = async (name) => {
      const [file] = await Promise.all([tab.waitForEvent('download'), tab.getByRole('button', { name }).click()]);
      return readFile(await file.path(), 'utf8');
    };
    assert.match(await download('Download as text'), /> What can you do\?.*> hello\n\n## You\n\n> hello\n\n## Assistant\n\n> Hello, and welcome/s);
    assert.equal(JSON.parse(await download('Download as JSON')).length, 2);

    await tab.getByRole('button', { name: 'Delete everything' }).click();
    await tab.getByText('Delete all your conversations for good?').waitFor();
    await tab.getByRole('button', { name: 'Delete everything' }).click();
    await tab.getByText('No conversations yet.').waitFor();
    const left = await tab.evaluate(() => JSON.stringify({ ...localStorage, ...sessionStorage }));
    assert.ok(!left.includes('ct_') && !left.includes('c_'), left);
    await chat.show('Chat');
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    assertQuiet(said);
    await close();
  });
});

test('A proxy that is killed in the middle of an answer keeps what had arrived, and the answer can go on', async (context) => {
  const folder = await mkdtemp(join(tmpdir(), 'candor-kept-'));
  context.after(() => rm(folder, { recursive: true }));
  const settings = { CANDOR_DATABASE_URL: `sqlite://${join(folder, 'candor.db')}` };
  let proxy = await startProxy(settings);
  context.after(() => proxy.stop());
  const address = new URL(proxy.origin).host;
  const shop = await startSite({ '/': page(tag(proxy)) });
  context.after(() => shop.stop());
  const browser = await launchChromium();
  context.after(() => browser.close());
  const { tab, chat } = await visit(browser, shop.origin);
  await chat.open();
  await chat.say(STORY);
  await grown(tab, 200);
  await proxy.kill();
  await chat.explain.waitFor({ timeout: 30_000 });
  await chat.input.fill('hello');
  proxy = await startProxy(settings, address);
  await chat.retry.click();
  await chat.answers('The answer was interrupted.');
  assert.ok((await shown(chat)).length > 100, 'what had arrived is there');
  await tab.getByRole('button', { name: 'Continue' }).waitFor();
  await chat.retry.click();
  await chat.stop.waitFor();
  await grown(tab, 50);
  assert.equal(await chat.input.inputValue(), 'hello', 'what was being typed is kept');
  await chat.stop.click();
  await chat.send.waitFor();
  await tab.reload();
  await chat.open();
  await chat.log.getByText(STORY).waitFor();
  assert.equal(await chat.replies.count(), 1);
});
