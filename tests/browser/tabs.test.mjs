// The parts of the widget behind its tabs: fetched when a visitor comes near, and with a way on where they do not come.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { file, opened, UNAVAILABLE, uncaught, withPart } from './parts.mjs';
import { assertQuiet, launchChromium, launchFirefox, page, startProxy, startSite, tag } from './product.mjs';

/** The tab of this name. */
const tabNamed = (tab, name) => tab.getByRole('tab', { name, exact: true });

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

/** The ways in which a part is not there. */
const MISSING = {
  'is not found': (route) => route.fulfill({ status: 404, body: '' }),
  'is cut off': (route) => route.abort(),
  'is a web page': (route) => route.fulfill({ status: 200, contentType: 'text/html', body: '<!doctype html><p>Welcome' }),
};

describe('A tab’s part', { concurrency: 2 }, () => {
  for (const [name, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
    // One test at a time: Firefox gives the focus to one window only, and a tab of the chat that gets it fetches its part.
    describe(`in ${name}`, { concurrency: 1 }, () => {
      let proxy, site, browser;
      before(async () => {
        proxy = await startProxy({ CANDOR_ALLOWED_ORIGINS: '*' });
        site = await startSite({ '/': page(tag(proxy)) });
        browser = await launch();
      });
      after(async () => {
        await browser?.close();
        await site?.stop();
        await proxy?.stop();
      });

      for (const [tabName, part] of [['History', 'history'], ['Diagnostics', 'diagnostics']]) {
        test(`${tabName} is fetched once its tab is pointed at, and only once`, async () => {
          const { tab, chat, said, counts, close } = await opened(browser, site.origin);
          await chat.ask('hello');
          await chat.answers('Hello, and welcome.');
          assert.equal(counts[part], undefined, 'nobody has asked for it');
          const request = tab.waitForRequest(file(part));
          await tabNamed(tab, tabName).hover();
          await request;
          assert.equal(await tabNamed(tab, 'Chat').getAttribute('aria-selected'), 'true');
          for (const name of [tabName, 'Chat', tabName]) await chat.show(name);
          await tab.getByText('Loading…').waitFor({ state: 'detached' });
          assert.equal(counts[part], 1);
          assertQuiet(said);
          await close();
        });

        test(`${tabName} is fetched once its tab is focused, before it is opened`, async () => {
          const { tab, said, counts, close } = await opened(browser, site.origin);
          assert.equal(counts[part], undefined, 'nobody has asked for it');
          const request = tab.waitForRequest(file(part));
          // As assistive technology does, which moves the focus without a key.
          await tabNamed(tab, tabName).focus();
          await request;
          assert.equal(await tabNamed(tab, 'Chat').getAttribute('aria-selected'), 'true');
          assertQuiet(said);
          await close();
        });

        test(`${tabName} is reached and fetched by keyboard alone`, async () => {
          const { tab, chat, said, counts, close } = await opened(browser, site.origin);
          assert.equal(counts[part], undefined, 'nobody has asked for it');
          const request = tab.waitForRequest(file(part));
          await tabTo(tab, 'Chat');
          await tab.keyboard.press(tabName === 'History' ? 'ArrowRight' : 'ArrowLeft');
          await request;
          assert.equal(await tabNamed(tab, tabName).getAttribute('aria-selected'), 'true');
          assert.equal(await focused(tab), tabName);
          await inside(chat, tabName).waitFor();
          assert.equal(counts[part], 1);
          assertQuiet(said);
          await close();
        });

        for (const [how, answer] of Object.entries(MISSING)) {
          test(`${tabName} that ${how} says so, the chat goes on, and it can be tried again`, async () => {
            const { chat, said, restore, again, close } = await withPart(browser, site.origin, part, answer);
            await chat.show(tabName);
            await chat.says(UNAVAILABLE);
            await chat.show('Chat');
            await chat.ask('hello');
            await chat.answers('Hello, and welcome.');
            await chat.log.getByText('hello', { exact: true }).waitFor();
            await chat.show(tabName);
            await chat.says(UNAVAILABLE);
            await restore();
            await again.click();
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
          const { chat, said, close } = await withPart(browser, site.origin, part, async (route) => {
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
    });
  }
});
