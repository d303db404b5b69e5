// The parts of the widget that are fetched when they are wanted: once, and with a way on where they do not come.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit } from './product.mjs';

const UNAVAILABLE = 'This part of the chat can’t be loaded.';

/** The file of this part, as a route finds it. */
const file = (part) => new RegExp(`/candor-[0-9a-f]+-${part}\\.wasm`);

/** How often a part has been asked for from now on, by its name. */
function fetches(tab) {
  const counts = {};
  tab.on('request', (request) => {
    const part = new URL(request.url()).pathname.match(/\/candor-[0-9a-f]+-([a-z]+)\.wasm/)?.[1];
    if (part) counts[part] = (counts[part] ?? 0) + 1;
  });
  return counts;
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

    /** A visitor in whose tab the file of a part is answered so; gives what takes that away again. */
    async function withPart(part, answer) {
      const visitor = await visit(browser);
      await visitor.tab.route(file(part), answer);
      await visitor.tab.goto(site.origin);
      await visitor.chat.open();
      return { ...visitor, restore: () => visitor.tab.unroute(file(part)) };
    }

    // What follows is the same in every browser but for how it tells of a file; of Firefox one tab is enough.
    const tabs = name === 'Firefox' ? [['History', 'history']] : [['History', 'history'], ['Diagnostics', 'diagnostics']];
    for (const [tabName, part] of tabs) {
      test(`${tabName} is fetched once its tab is pointed at, and only once`, async () => {
        const { tab, chat, said, close } = await visit(browser);
        const counts = fetches(tab);
        await tab.goto(site.origin);
        await chat.open();
        await chat.ask('hello');
        await chat.answers('Hello, and welcome.');
        assert.equal(counts[part], undefined, 'nobody has asked for it');
        const request = tab.waitForRequest(file(part));
        await tab.getByRole('tab', { name: tabName, exact: true }).hover();
        await request;
        assert.equal(await tab.getByRole('tab', { name: 'Chat', exact: true }).getAttribute('aria-selected'), 'true');
        for (const name of [tabName, 'Chat', tabName]) await chat.show(name);
        await tab.getByText('Loading…').waitFor({ state: 'detached' });
        assert.equal(counts[part], 1);
        assertQuiet(said);
        await close();
      });

      for (const [how, answer] of Object.entries(MISSING)) {
        test(`${tabName} that ${how} says so, the chat goes on, and it can be tried again`, async () => {
          const { tab, chat, said, restore, close } = await withPart(part, answer);
          await chat.show(tabName);
          await chat.says(UNAVAILABLE);
          await chat.show('Chat');
          await chat.ask('hello');
          await chat.answers('Hello, and welcome.');
          await chat.log.getByText('hello', { exact: true }).waitFor();
          await chat.show(tabName);
          await chat.says(UNAVAILABLE);
          await restore();
          await tab.getByRole('button', { name: 'Try again' }).click();
          if (tabName === 'History') await tab.getByRole('list', { name: 'Conversations' }).getByText('hello').first().waitFor();
          else await tab.getByRole('button', { name: 'Run checks' }).waitFor();
          assert.equal(await tab.getByRole('button', { name: 'Try again' }).count(), 0);
          assert.deepEqual(uncaught(said), []);
          await close();
        });
      }

      test(`${tabName} that is late is waited for`, async () => {
        let release;
        const released = new Promise((resolve) => (release = resolve));
        const { tab, chat, said, close } = await withPart(part, async (route) => {
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
        const wanted = tabName === 'History' ? tab.getByRole('list', { name: 'Conversations' }) : tab.getByRole('button', { name: 'Run checks' });
        await wanted.waitFor();
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
      const { tab, chat, said, restore, close } = await withPart('diagnostics', (route) => route.abort());
      await chat.ask('fail: missing scopes');
      await chat.answers('The assistant can’t answer right now.');
      await chat.explain.click();
      await chat.says(UNAVAILABLE);
      await chat.says('insufficient permissions');
      await restore();
      await tab.getByRole('button', { name: 'Try again' }).click();
      await tab.getByRole('list', { name: 'Errors', exact: true }).getByText('insufficient permissions').first().waitFor();
      assert.deepEqual(uncaught(said), []);
      await close();
    });

    test('that reads strange answers is missing: a web page in the proxy’s place is still told as a failure', async () => {
      const { tab, chat, said, restore, close } = await withPart('reader', (route) => route.abort());
      const strange = (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<!doctype html><title>Welcome</title>' });
      await tab.route('**/candor/v1/conversations**', strange);
      await chat.ask('hello');
      const failure = chat.panel.getByRole('alert').or(chat.replies.last().locator('.failure')).first();
      await failure.waitFor();
      assert.match(await failure.textContent(), /[a-z]{3,}.*\./);
      await chat.log.getByText('hello', { exact: true }).waitFor();
      await tab.unroute('**/candor/v1/conversations**', strange);
      await restore();
      await chat.retry.click();
      await chat.answers('Hello, and welcome.');
      assert.deepEqual(uncaught(said), []);
      await close();
    });
  });
}
