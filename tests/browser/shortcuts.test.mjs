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
      const { tab, chat, said, close: leave } = await answered();
      const list = tab.getByRole('dialog', { name: 'Keyboard shortcuts' });
      await chat.log.focus();
      await tab.keyboard.press('?');
      await list.waitFor();
      const rows = await list.locator('dt').evaluateAll((keys) => keys.map((key) => [key.textContent, key.nextElementSibling.textContent]));
      assert.deepEqual(rows.find(([key]) => key === 'ShiftEnter'), ['ShiftEnter', 'New line']);
      assert.equal(rows.length, 6);
      const close = list.getByRole('button', { name: 'Close' });
      assert.ok(await close.evaluate((button) => button.matches(':focus')));
      await tab.keyboard.press('Tab');
      await tab.keyboard.press('Shift+Tab');
      assert.ok(await close.evaluate((button) => button.matches(':focus')), 'it keeps the focus');
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
      await leave();
    });

    test('lead to the input, and no letter does anything', async () => {
      const { tab, chat, close } = await answered();
      await chat.log.focus();
      await tab.keyboard.press('n');
      await tab.keyboard.press('c');
      // The browser's or the page's, whatever it is.
      await tab.keyboard.press('Alt+/');
      assert.ok(await chat.log.evaluate((log) => log.matches(':focus')));
      await tab.keyboard.press('/');
      await tab.waitForFunction((input) => input.matches(':focus'), await chat.input.elementHandle());
      assert.equal(await chat.replies.count(), 1);
      assert.equal(await chat.replies.last().getByRole('button', { name: 'Copied' }).count(), 0);
      assert.equal(await chat.input.inputValue(), '', 'the key itself is not typed');
      await close();
    });

    test('are words where something is typed, and go with the chat', async () => {
      const { tab, chat, close } = await answered();
      const list = tab.getByRole('dialog', { name: 'Keyboard shortcuts' });
      await chat.input.focus();
      await tab.keyboard.type('?/');
      await tab.waitForFunction((input) => input.value === '?/', await chat.input.elementHandle());
      assert.equal(await list.count(), 0);
      await chat.log.focus();
      await tab.keyboard.press('?');
      await list.waitFor();
      await tab.evaluate(() => window.Candor.close());
      await chat.open();
      assert.equal(await list.count(), 0);
      await close();
    });
  });
}
