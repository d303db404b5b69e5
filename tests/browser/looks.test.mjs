// How it looks and reads: phone and desktop, light and dark, and what axe says of it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { faults, SIZES } from './axe.mjs';
import { assertQuiet, launchChromium, startProxy, visit } from './product.mjs';

describe('The example page and the widget', { concurrency: 2 }, () => {
  let proxy, browser;
  before(async () => {
    proxy = await startProxy();
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await proxy?.stop();
  });

  for (const colorScheme of ['light', 'dark']) {
    for (const [size, viewport] of SIZES) {
      test(`have no fault that axe knows, ${colorScheme}, at ${size} width`, async () => {
        const options = { colorScheme, viewport, reducedMotion: 'reduce' };
        const { tab, chat, said, close } = await visit(browser, proxy.origin, options);
        await chat.launcher.waitFor();
        assert.deepEqual(await faults(tab), []);
        await chat.open();
        await chat.ask('helmet sizes');
        await chat.ask('fail: missing scopes');
        assert.deepEqual(await faults(tab, 'candor-chat'), [], 'Chat');
        await chat.show('History');
        await tab.getByRole('list', { name: 'Conversations' }).waitFor();
        assert.deepEqual(await faults(tab, 'candor-chat'), [], 'History');
        await chat.show('Diagnostics');
        await tab.getByRole('list', { name: 'Errors' }).waitFor();
        assert.deepEqual(await faults(tab, 'candor-chat'), [], 'Diagnostics');
        const box = await chat.panel.boundingBox();
        if (size === 'phone') assert.deepEqual(box, { x: 0, y: 0, ...viewport });
        else assert.deepEqual([box.width, box.height], [400, 680]);
        assert.equal(await tab.evaluate(() => document.documentElement.scrollWidth > innerWidth), false, 'nothing sticks out');
        assertQuiet(said);
        await close();
      });
    }
  }

  test('explain what to try and how to embed', async () => {
    const { tab, chat, said, close } = await visit(browser, proxy.origin);
    for (const line of ['fail: missing scopes', 'fail: timeout']) await tab.getByText(line, { exact: true }).waitFor();
    await tab.getByText(`<script src="${proxy.origin}/candor.js" async></script>`).waitFor();
    await tab.getByRole('button', { name: 'Open the chat' }).click();
    await chat.input.waitFor();
    assertQuiet(said);
    await close();
  });

  test('do not move where motion is unwelcome', async () => {
    const { chat, close } = await visit(browser, proxy.origin, { reducedMotion: 'reduce' });
    await chat.open();
    await chat.ask('hello');
    const moving = await chat.panel.evaluate((panel) =>
      [panel, ...panel.querySelectorAll('*')].filter((element) => getComputedStyle(element).animationName !== 'none').length,
    );
    assert.equal(moving, 0);
    await close();
  });
});
