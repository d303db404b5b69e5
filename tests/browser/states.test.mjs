// What axe finds in each state of the chat that is not its plain one, light and dark, on a phone and beside a page.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { faults, SIZES } from './axe.mjs';
import { launchChromium, visit } from './product.mjs';
import { STATES, startStates } from './states.mjs';

describe('What axe finds in a chat with', { concurrency: 2 }, () => {
  let site, browser;
  before(async () => {
    site = await startStates();
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
  });

  for (const { name, path, reach } of STATES) {
    test(`${name}: nothing`, async () => {
      const visitor = await visit(browser, site.origin + path, { reducedMotion: 'reduce' });
      const { tab, close } = visitor;
      await reach(visitor);
      for (const [size, viewport] of SIZES) {
        await tab.setViewportSize(viewport);
        for (const colorScheme of ['light', 'dark']) {
          await tab.emulateMedia({ colorScheme });
          assert.deepEqual(await faults(tab, 'candor-chat'), [], `${size}, ${colorScheme}`);
        }
      }
      await close();
    });
  }
});
