// The size of the panel, which is the visitor's, and a tone for what comes while it is closed.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit } from './product.mjs';

const PHONE = { width: 390, height: 780 };

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  // Firefox has one pointer for all its tabs, and so one visitor at a time.
  describe(`The size of the panel in ${engine}`, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      site = await startSite({
        '/': page(tag(proxy)),
        '/left': page(tag(proxy, 'data-position="left"')),
        '/embedded': page(tag(proxy, 'data-mode="embedded"')),
        '/wide': page(`<style>candor-chat { --candor-width: 520px }</style>${tag(proxy)}`),
        '/sound': page(tag(proxy, 'data-sound')),
      });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    const corner = (tab) => tab.getByRole('button', { name: 'Change the chat’s size with the arrow keys' });
    const enlarge = (tab) => tab.getByRole('button', { name: 'Make the chat as large as the window' });

    /** Draws the corner so far, in pixels. */
    async function draw(tab, x, y) {
      const box = await corner(tab).boundingBox();
      const from = { x: box.x + box.width / 2, y: box.y + box.height / 2 };
      await tab.mouse.move(from.x, from.y);
      await tab.mouse.down();
      await tab.mouse.move(from.x + x, from.y + y, { steps: 4 });
      await tab.mouse.up();
    }

    const sizeOf = async (chat) => {
      const { width, height } = await chat.panel.boundingBox();
      return [width, height];
    };

    /** Waits until the panel is so wide and high: what a pointer does arrives behind what moved it. */
    async function isSized({ tab, panel }, ...size) {
      try {
        await tab.waitForFunction(([panel, size]) => String([panel.offsetWidth, panel.offsetHeight]) === String(size), [await panel.elementHandle(), size]);
      } catch {
        assert.deepEqual(await sizeOf({ panel }), size);
      }
    }

    test('is drawn by its corner, kept over a reload, and never beyond the window', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await corner(tab).waitFor();
      const [width, height] = await sizeOf(chat);
      const { x, y } = await chat.panel.boundingBox();
      await draw(tab, -120, 100);
      await isSized(chat, width + 120, height - 100);
      const moved = await chat.panel.boundingBox();
      assert.deepEqual([moved.x, moved.y], [x - 120, y + 100], 'the other corner stays');
      await tab.waitForFunction(() => localStorage.getItem('candor-size'));

      await tab.reload();
      await chat.open();
      await corner(tab).waitFor();
      await isSized(chat, width + 120, height - 100);

      const { width: most, height: highest } = tab.viewportSize();
      await draw(tab, 30 - moved.x, 30 - moved.y);
      await isSized(chat, most - 50, highest - 50);
      for (const key of ['ArrowLeft', 'ArrowUp']) await corner(tab).press(key);
      await isSized(chat, most - 40, highest - 40);
      await tab.setViewportSize({ width: 900, height: 600 });
      await isSized(chat, 860, 560);
      assertQuiet(said);
      await close();
    });

    test('is changed by arrow keys, from whichever side it stands at', async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      await corner(tab).waitFor();
      const [width, height] = await sizeOf(chat);
      for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowDown']) await corner(tab).press(key);
      await isSized(chat, width + 80, height - 40);
      await tab.goto(`${site.origin}/left`);
      await chat.open();
      await corner(tab).waitFor();
      await corner(tab).press('ArrowLeft');
      await isSized(chat, width + 40, height - 40);
      await draw(tab, 100, 0);
      await isSized(chat, width + 140, height - 40);
      await close();
    });

    test('is not drawn by another button of the mouse', async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      await corner(tab).waitFor();
      const usual = await sizeOf(chat);
      const { x, y } = await corner(tab).boundingBox();
      await tab.mouse.move(x + 10, y + 10);
      await tab.mouse.down({ button: 'right' });
      await tab.mouse.move(x - 100, y + 10, { steps: 4 });
      await tab.mouse.up({ button: 'right' });
      await corner(tab).press('ArrowDown');
      await isSized(chat, usual[0], usual[1] - 40);
      await close();
    });

    test('is that of the window by a button, and back, on this page alone', async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('Tell me a long story');
      const usual = await sizeOf(chat);
      await enlarge(tab).click();
      const { width, height } = tab.viewportSize();
      await isSized(chat, width - 40, height - 40);
      const lines = await chat.replies.last().boundingBox();
      assert.ok(lines.width <= 760, 'lines are no longer than they are read with ease');
      await chat.show('History');
      await chat.show('Chat');
      await tab.getByRole('button', { name: 'Make the chat smaller' }).click();
      await isSized(chat, ...usual);
      await tab.waitForFunction((log) => log.scrollHeight - log.clientHeight - log.scrollTop < 1, await chat.log.elementHandle());
      assert.equal(await tab.getByRole('button', { name: 'Jump to latest' }).count(), 0, 'who was at the end still is');
      await enlarge(tab).click();
      await isSized(chat, width - 40, height - 40);
      await tab.reload();
      await chat.open();
      await corner(tab).waitFor();
      await isSized(chat, ...usual);
      await close();
    });

    test('is the page’s on a phone, where the chat is a part of it, and where the page says so', async () => {
      const phone = await visit(browser, site.origin, { viewport: PHONE });
      await phone.chat.open();
      await phone.chat.ask('hello');
      await phone.chat.replies.last().getByRole('button', { name: 'Copy answer' }).waitFor();
      assert.equal(await corner(phone.tab).count() + await enlarge(phone.tab).count(), 0);
      await isSized(phone.chat, PHONE.width, PHONE.height);
      await phone.close();

      const embedded = await visit(browser, `${site.origin}/embedded`);
      await embedded.chat.input.waitFor();
      await embedded.chat.ask('hello');
      await embedded.chat.replies.last().getByRole('button', { name: 'Copy answer' }).waitFor();
      assert.equal(await corner(embedded.tab).count() + await enlarge(embedded.tab).count(), 0);
      await embedded.close();

      const wide = await visit(browser, `${site.origin}/wide`);
      await wide.chat.open();
      await corner(wide.tab).waitFor();
      assert.equal((await sizeOf(wide.chat))[0], 520);
      await wide.close();
    });

    // Where no loudspeaker is, Firefox lets nothing sound at all.
    if (engine === 'Chromium') {
      test('a tone tells of an answer that comes while the chat is closed, where the page wants that', async () => {
        const played = async (path) => {
          const { tab, chat, close } = await visit(browser);
          await tab.addInitScript(() => {
            window.played = [];
            const { start } = OscillatorNode.prototype;
            OscillatorNode.prototype.start = function (...when) {
              window.played.push(this.frequency.value);
              return start.apply(this, when);
            };
          });
          await tab.goto(site.origin + path);
          await chat.open();
          await chat.ask('hello');
          await chat.say('Tell me a long story');
          await chat.stop.waitFor();
          await tab.getByRole('button', { name: 'Close chat' }).click();
          await tab.getByRole('button', { name: 'Open chat, 1 new message' }).waitFor({ timeout: 60_000 });
          const tones = await tab.evaluate(() => window.played);
          await close();
          return tones;
        };
        assert.deepEqual(await played('/sound'), [660, 880]);
        assert.deepEqual(await played('/'), []);
      });
    }
  });
}
