// The parts of the widget that a conversation brings: fetched once, when they are wanted, and what is seen without them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { fetches, opened, UNAVAILABLE, uncaught, withPart } from './parts.mjs';
import { assertQuiet, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit } from './product.mjs';

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
      const { chat, said, counts, close } = await opened(browser, site.origin);
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
      const { chat, said, restore, close } = await withPart(browser, site.origin, 'markdown', (route) => route.abort());
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
      const { tab, chat, said, counts, restore, again, close } = await withPart(browser, site.origin, 'diagnostics', (route) => route.abort());
      await chat.ask('fail: missing scopes');
      await chat.answers('The assistant can’t answer right now.');
      await chat.explain.click();
      await chat.says(UNAVAILABLE);
      await chat.says('insufficient permissions');
      await restore();
      await again.click();
      await tab.getByRole('list', { name: 'Errors', exact: true }).getByText('insufficient permissions').first().waitFor();
      assert.equal(counts.diagnostics, 3, 'once for the failure, and with each click');
      assert.deepEqual(uncaught(said), []);
      await close();
    });

    test('that reads strange answers is fetched with the first of them, and only once', async () => {
      const { tab, chat, said, counts, close } = await opened(browser, site.origin);
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

    test('that makes a file of everything is missing: that is said, and asking again makes it', async () => {
      const { tab, chat, said, restore, close } = await withPart(browser, site.origin, 'export', (route) => route.abort());
      await chat.ask('hello');
      await chat.show('History');
      const download = tab.getByRole('button', { name: 'Download as text' });
      await download.click();
      const failed = tab.getByRole('alert').getByText('The file can’t be made at the moment.');
      await failed.waitFor();
      await restore();
      // The page offers the file at an address of its own; Firefox’s driver tells of no download.
      await tab.evaluate(() => {
        const offer = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
          window.offered = blob.text();
          return offer.call(URL, blob);
        };
      });
      await download.click();
      await tab.waitForFunction(() => window.offered);
      assert.match(await tab.evaluate(() => window.offered), /## You\n\n> hello\n\n## Assistant/);
      assert.equal(await failed.count(), 0);
      assert.deepEqual(uncaught(said), []);
      await close();
    });

    test('that reads strange answers is missing: that something else answered is told, and what it said once the part is there', async () => {
      const { tab, chat, said, restore, close } = await withPart(browser, site.origin, 'reader', (route) => route.abort());
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
