// The parts of the widget that are fetched when they are wanted: once, and with a way on where they do not come.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit } from './product.mjs';

const UNAVAILABLE = 'This part of the chat can’t be loaded.';

/** Where a message goes. */
const CONVERSATIONS = '**/candor/v1/conversations**';

/** WordPress in the proxy's place, while it is updated: `wp-maintenance-html-503` of `tests/replies`. */
const maintenance = (route) =>
  route.request().method() === 'OPTIONS'
    ? route.continue()
    : route.fulfill({
        status: 503,
        contentType: 'text/html; charset=utf-8',
        headers: { 'access-control-allow-origin': '*' },
        body: '<!DOCTYPE html><title>Maintenance</title><h1>Briefly unavailable for scheduled maintenance. Check back in a minute.</h1>',
      });
const MAINTENANCE = 'This site is being updated.';

/** The file of this part, as a route finds it. */
const file = (part) => new RegExp(`/candor-[0-9a-f]+-${part}\\.wasm$`);

/** How often a part has been asked for from now on, by its name. */
function fetches(tab) {
  const counts = {};
  tab.on('request', (request) => {
    const part = new URL(request.url()).pathname.match(/\/candor-[0-9a-f]+-([a-z]+)\.wasm$/)?.[1];
    if (part) counts[part] = (counts[part] ?? 0) + 1;
  });
  return counts;
}

/** What stands in a tab once its part is there. */
const inside = ({ panel }, tabName) =>
  tabName === 'History'
    ? panel.getByRole('list', { name: 'Conversations' }).or(panel.getByText('No conversations yet')).first()
    : panel.getByRole('button', { name: 'Run checks' });

/** The words of what has the focus in the chat. */
const focused = (tab) => tab.evaluate(() => document.querySelector('candor-chat').shadowRoot.activeElement?.textContent);

/** Goes back from the input by the Tab key, until the tab of this name has the focus. */
async function tabTo(tab, name) {
  for (let presses = 0; presses < 20 && (await focused(tab)) !== name; presses += 1) await tab.keyboard.press('Shift+Tab');
  assert.equal(await focused(tab), name);
}

/** The errors that nobody caught. Firefox reports its own line on a failed request of another origin among them. */
const uncaught = (said) => said.filter((line) => line.startsWith('uncaught') && !line.includes('Same Origin Policy'));

/** The ways in which a part is not there. */
const MISSING = {
  'is not found': (route) => route.fulfill({ status: 404, body: '' }),
  'is cut off': (route) => route.abort(),
  'is a web page': (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<!doctype html><p>Welcome' }),
};

for (const [name, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  describe(`A part of the widget in ${name}`, { concurrency: 2 }, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy({ CANDOR_ALLOWED_ORIGINS: '*' });
      site = await startSite({
        '/': page(tag(proxy)),
        '/two': page(tag(proxy), '<candor-chat id="one" data-mode="embedded"></candor-chat><candor-chat id="two" data-mode="embedded"></candor-chat>'),
      });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    /** A visitor with the chat open, and how often each part has been asked for from the start. */
    async function opened() {
      const visitor = await visit(browser);
      const counts = fetches(visitor.tab);
      await visitor.tab.goto(site.origin);
      await visitor.chat.open();
      return { ...visitor, counts, tabNamed: (name) => visitor.tab.getByRole('tab', { name, exact: true }) };
    }

    /** A visitor in whose tab the file of a part is answered so, and what takes that away again. */
    async function withPart(part, answer) {
      const visitor = await visit(browser);
      await visitor.tab.route(file(part), answer);
      await visitor.tab.goto(site.origin);
      await visitor.chat.open();
      const restore = () => visitor.tab.unroute(file(part));
      const again = visitor.tab.getByRole('button', { name: 'Try again' });
      /** Has the part fetched by the button alone: a tab that is focused fetches by itself when its window is. */
      const tryAgain = async () => {
        await again.focus();
        await restore();
        await again.click();
      };
      return { ...visitor, restore, tryAgain, again };
    }

    for (const [tabName, part] of [['History', 'history'], ['Diagnostics', 'diagnostics']]) {
      test(`${tabName} is fetched once its tab is pointed at, and only once`, async () => {
        const { tab, chat, said, counts, tabNamed, close } = await opened();
        await chat.ask('hello');
        await chat.answers('Hello, and welcome.');
        assert.equal(counts[part], undefined, 'nobody has asked for it');
        const request = tab.waitForRequest(file(part));
        await tabNamed(tabName).hover();
        await request;
        assert.equal(await tabNamed('Chat').getAttribute('aria-selected'), 'true');
        for (const name of [tabName, 'Chat', tabName]) await chat.show(name);
        await tab.getByText('Loading…').waitFor({ state: 'detached' });
        assert.equal(counts[part], 1);
        assertQuiet(said);
        await close();
      });

      test(`${tabName} is fetched once its tab is focused, before it is opened`, async () => {
        const { tab, said, counts, tabNamed, close } = await opened();
        assert.equal(counts[part], undefined, 'nobody has asked for it');
        const request = tab.waitForRequest(file(part));
        // As assistive technology does, which moves the focus without a key.
        await tabNamed(tabName).focus();
        await request;
        assert.equal(await tabNamed('Chat').getAttribute('aria-selected'), 'true');
        assertQuiet(said);
        await close();
      });

      test(`${tabName} is reached and fetched by keyboard alone`, async () => {
        const { tab, chat, said, counts, tabNamed, close } = await opened();
        assert.equal(counts[part], undefined, 'nobody has asked for it');
        const request = tab.waitForRequest(file(part));
        await tabTo(tab, 'Chat');
        await tab.keyboard.press(tabName === 'History' ? 'ArrowRight' : 'ArrowLeft');
        await request;
        assert.equal(await tabNamed(tabName).getAttribute('aria-selected'), 'true');
        assert.equal(await focused(tab), tabName);
        await inside(chat, tabName).waitFor();
        assert.equal(counts[part], 1);
        assertQuiet(said);
        await close();
      });

      for (const [how, answer] of Object.entries(MISSING)) {
        test(`${tabName} that ${how} says so, the chat goes on, and it can be tried again`, async () => {
          const { chat, said, again, tryAgain, close } = await withPart(part, answer);
          await chat.show(tabName);
          await chat.says(UNAVAILABLE);
          await chat.show('Chat');
          await chat.ask('hello');
          await chat.answers('Hello, and welcome.');
          await chat.log.getByText('hello', { exact: true }).waitFor();
          await chat.show(tabName);
          await chat.says(UNAVAILABLE);
          await tryAgain();
          await inside(chat, tabName).waitFor();
          if (tabName === 'History') await inside(chat, tabName).getByText('hello').first().waitFor();
          assert.equal(await again.count(), 0);
          assert.deepEqual(uncaught(said), []);
          await close();
        });
      }

      test(`${tabName} that is late is waited for`, async () => {
        let release;
        const released = new Promise((resolve) => (release = resolve));
        const { chat, said, close } = await withPart(part, async (route) => {
          await released;
          await route.continue();
        });
        await chat.show(tabName);
        await chat.panel.getByText('Loading…').waitFor();
        await chat.show('Chat');
        await chat.ask('hello');
        await chat.answers('Hello, and welcome.');
        await chat.show(tabName);
        await chat.panel.getByText('Loading…').waitFor();
        release();
        await inside(chat, tabName).waitFor();
        assertQuiet(said);
        await close();
      });
    }

    test('is fetched once for two chats of a page', async () => {
      const { tab, said, close } = await visit(browser);
      const counts = fetches(tab);
      await tab.goto(`${site.origin}/two`);
      for (const id of ['one', 'two']) {
        const element = tab.locator(`#${id}`);
        await element.getByRole('tab', { name: 'History', exact: true }).click();
        await element.getByRole('tabpanel').getByText('No conversations yet').or(element.getByRole('searchbox')).first().waitFor();
      }
      assert.equal(counts.history, 1);
      assertQuiet(said);
      await close();
    });

    test('that renders answers is fetched with the first question, and only once', async () => {
      const { chat, said, counts, close } = await opened();
      assert.equal(counts.markdown, undefined, 'nobody has asked anything');
      for (const nth of [0, 1]) {
        await chat.ask('Do you fit child seats on a Brompton?');
        await chat.replies.nth(nth).locator('strong').getByText('Pere').waitFor();
      }
      assert.equal(counts.markdown, 1);
      assertQuiet(said);
      await close();
    });

    test('that renders answers is missing: they are read as written, and rendered once it can be fetched', async () => {
      const { chat, said, restore, close } = await withPart('markdown', (route) => route.abort());
      await chat.ask('Do you fit child seats on a Brompton?');
      await chat.answers('Fitting takes 20 minutes and costs £15.');
      assert.match(await chat.replies.last().textContent(), /\*\*Pere\*\*/);
      await restore();
      await chat.ask('Do you fit child seats on a Brompton?');
      await chat.replies.nth(1).locator('strong').first().waitFor();
      assert.equal(await chat.replies.first().locator('strong').first().textContent(), 'Pere');
      assert.deepEqual(uncaught(said), []);
      await close();
    });

    test('that explains failures is missing: Diagnostics says the failure in its own words', async () => {
      const { tab, chat, said, tryAgain, close } = await withPart('diagnostics', (route) => route.abort());
      await chat.ask('fail: missing scopes');
      await chat.answers('The assistant can’t answer right now.');
      await chat.explain.click();
      await chat.says(UNAVAILABLE);
      await chat.says('insufficient permissions');
      await tryAgain();
      await tab.getByRole('list', { name: 'Errors', exact: true }).getByText('insufficient permissions').first().waitFor();
      assert.deepEqual(uncaught(said), []);
      await close();
    });

    test('that reads strange answers is fetched with the first of them, and only once', async () => {
      const { tab, chat, said, counts, close } = await opened();
      await chat.ask('hello');
      await chat.answers('Hello, and welcome.');
      assert.equal(counts.reader, undefined, 'nothing strange has come');
      await tab.route(CONVERSATIONS, maintenance);
      for (const act of [() => chat.ask('hello'), () => chat.retry.click()]) {
        await Promise.all([tab.waitForResponse(CONVERSATIONS), act()]);
        await chat.replies.last().getByRole('alert').getByText(MAINTENANCE).waitFor();
      }
      assert.equal(counts.reader, 1);
      assert.deepEqual(uncaught(said), []);
      await close();
    });

    test('that reads strange answers is missing: that something else answered is told, and what it said once the part is there', async () => {
      const { tab, chat, said, restore, close } = await withPart('reader', (route) => route.abort());
      await tab.route(CONVERSATIONS, maintenance);
      await chat.ask('hello');
      const failure = chat.log.getByRole('alert');
      await failure.getByText('The chat service can’t be reached.', { exact: true }).waitFor();
      const unread = 'Your message is kept. Something between this page and the chat service answered in its place.';
      await failure.getByText(unread, { exact: true }).waitFor();
      assert.equal(await chat.log.getByText('hello', { exact: true }).count(), 1);
      await restore();
      await chat.retry.click();
      await failure.getByText(MAINTENANCE).waitFor();
      assert.equal(await failure.getByText(unread).count(), 0);
      await tab.unroute(CONVERSATIONS);
      await chat.retry.click();
      await chat.answers('Hello, and welcome.');
      assert.equal(await failure.count(), 0);
      assert.equal(await chat.log.getByText('hello', { exact: true }).count(), 1);
      assert.deepEqual(uncaught(said), []);
      await close();
    });
  });
}
