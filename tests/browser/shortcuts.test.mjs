// What keys do in the panel where nothing is typed, and their list.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit } from './product.mjs';

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  describe(`Keys in ${engine}`, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      site = await startSite({ '/': page(tag(proxy)) });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    async function answered() {
      const visitor = await visit(browser, site.origin);
      await visitor.chat.open();
      await visitor.chat.ask('hello');
      await visitor.chat.replies.last().getByRole('button', { name: 'Copy answer' }).waitFor();
      return visitor;
    }

    test('are listed at "?", and the list gives the focus back where it was', async () => {
      const { tab, chat, said, close } = await answered();
      const list = tab.getByRole('dialog', { name: 'Keyboard shortcuts' });
      await chat.log.focus();
      await tab.keyboard.press('?');
      await list.waitFor();
      const rows = await list.locator('dt').evaluateAll((keys) => keys.map((key) => [key.textContent, key.nextElementSibling.textContent]));
      assert.deepEqual(rows.find(([key]) => key === 'ShiftEnter'), ['ShiftEnter', 'New line']);
      assert.equal(rows.length, 7);
      assert.ok(await list.getByRole('button', { name: 'Close' }).evaluate((button) => button.matches(':focus')));
      await tab.keyboard.press('Tab');
      assert.ok(await list.getByRole('button', { name: 'Close' }).evaluate((button) => button.matches(':focus')), 'it keeps the focus');
      await tab.keyboard.press('Escape');
      await list.waitFor({ state: 'detached' });
      assert.ok(await chat.log.evaluate((log) => log.matches(':focus')));
      assert.ok(await chat.log.isVisible(), 'the chat is open still');

      await tab.keyboard.press('?');
      await list.getByRole('button', { name: 'Close' }).press('Enter');
      await list.waitFor({ state: 'detached' });
      await tab.keyboard.press('?');
      await list.waitFor();
      await tab.getByRole('tab', { name: 'Chat', exact: true }).click();
      await list.waitFor({ state: 'detached' });
      assertQuiet(said);
      await close();
    });

    test('lead to the input, copy the latest answer, and begin a new conversation', async () => {
      const { tab, chat, close } = await answered();
      await chat.log.focus();
      await tab.keyboard.press('c');
      await chat.replies.last().getByRole('button', { name: 'Copied' }).waitFor();
      await chat.log.focus();
      await tab.keyboard.press('/');
      assert.ok(await chat.input.evaluate((input) => input.matches(':focus')));
      assert.equal(await chat.input.inputValue(), '', 'the key itself is not typed');
      await chat.log.focus();
      await tab.keyboard.press('n');
      await chat.replies.last().waitFor({ state: 'detached' });
      await close();
    });

    test('are words where something is typed, and the browser’s with Ctrl', async () => {
      const { tab, chat, close } = await answered();
      await chat.input.focus();
      await tab.keyboard.type('?/cn');
      assert.equal(await chat.input.inputValue(), '?/cn');
      await chat.log.focus();
      await tab.keyboard.press('Control+c');
      assert.equal(await tab.getByRole('dialog', { name: 'Keyboard shortcuts' }).count(), 0);
      assert.equal(await chat.replies.count(), 1);
      assert.equal(await chat.replies.last().getByRole('button', { name: 'Copied' }).count(), 0);
      await close();
    });
  });
}
