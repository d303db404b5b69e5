// The main path, in both browsers, on a page of another origin than the proxy's.

import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { assertQuiet, grown, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit } from './product.mjs';

const MISSING_SCOPE =
  'API Error Type: invalid_request_error Message: You have insufficient permissions for this operation. Missing scopes: ' +
  'model.request. Check that you have the correct role in your organization (Reader, Writer, Owner) and project (Member, ' +
  "Owner), and if you're using a restricted API key, that it has the necessary scopes.";

for (const [name, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  test(`The main path in ${name}`, async (t) => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      site = await startSite({ '/': page(tag(proxy, 'data-title="Harbour Cycles"')) });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    await t.test('a visitor opens the chat, asks, and is answered word by word', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      assert.equal(await chat.panel.getAttribute('aria-labelledby'), 'candor-title');
      await tab.getByRole('dialog', { name: 'Harbour Cycles' }).waitFor();
      const focused = () => document.querySelector('candor-chat').shadowRoot.activeElement?.getAttribute('aria-label');
      await tab.waitForFunction(focused);
      assert.equal(await tab.evaluate(focused), 'Message');
      await chat.say('Do you fit child seats on a Brompton?');
      await chat.stop.waitFor();
      // The text grows while it is written: at least three lengths are seen before the end.
      const lengths = new Set();
      while (await chat.stop.isVisible()) lengths.add((await chat.replies.last().textContent()).length);
      assert.ok(lengths.size >= 3, `lengths seen: ${[...lengths]}`);
      await chat.answers('Fitting takes 20 minutes and costs £15.');
      assert.equal(await chat.replies.last().getByRole('listitem').count(), 2);
      assert.equal(await chat.replies.last().locator('strong').first().textContent(), 'Pere');
      assertQuiet(said);
      await close();
    });

    await t.test('a long answer is stopped; what had come stays, and the chat goes on', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.say('Tell me a long story');
      await grown(tab, 10);
      await chat.stop.click();
      await chat.send.waitFor();
      await chat.answers('Stopped.');
      const kept = await chat.replies.last().textContent();
      assert.ok(kept.length > 'Stopped.Retry'.length, kept);
      await chat.ask('hello');
      await chat.answers('Hello, and welcome.');
      assert.equal(await chat.replies.first().textContent(), kept.replace('Retry', ''));
      assertQuiet(said);
      await close();
    });

    await t.test('a missing scope is a sentence in the chat, and stands in Diagnostics word for word', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('fail: missing scopes');
      await chat.answers('The assistant can’t answer right now.');
      assert.ok(!(await chat.log.textContent()).includes('insufficient permissions'), 'a visitor is told in plain words');
      await chat.explain.click();
      await chat.says(MISSING_SCOPE);
      const error = tab.getByRole('list', { name: 'Errors' }).getByRole('listitem').first();
      for (const fact of ['Key lacks a permission', '403', 'req_', 'CR-']) assert.ok((await error.textContent()).includes(fact), fact);
      assertQuiet(said);
      await close();
    });

    await t.test('conversations are listed, opened, renamed, deleted and begun', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('hello from the first');
      await tab.getByRole('button', { name: 'New conversation' }).click();
      await chat.ask('hello from the second');
      await chat.show('History');
      const rows = tab.getByRole('list', { name: 'Conversations' }).getByRole('listitem');
      await rows.nth(1).waitFor();
      assert.match(await rows.nth(0).textContent(), /hello from the second/);
      assert.match(await rows.nth(1).textContent(), /hello from the first/);

      await tab.getByRole('button', { name: 'Rename hello from the first' }).click();
      await tab.getByRole('textbox', { name: 'Title' }).fill('The first');
      await tab.getByRole('button', { name: 'Save' }).click();
      await tab.getByRole('button', { name: 'Open The first' }).click();
      await chat.log.getByText('hello from the first').waitFor();

      await chat.show('History');
      await tab.getByRole('button', { name: 'Delete The first' }).click();
      await tab.getByRole('button', { name: 'Delete', exact: true }).click();
      await rows.nth(1).waitFor({ state: 'detached' });
      assert.match(await rows.nth(0).textContent(), /hello from the second/);

      await tab.getByRole('button', { name: 'New conversation' }).click();
      await chat.says('Ask me anything');
      assertQuiet(said);
      await close();
    });
  });
}
