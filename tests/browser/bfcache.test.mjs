// The way to another page by a reload, and back out of the browser's own cache (https://web.dev/articles/bfcache), as old as it
// was when it was left: conversation, draft, and whether the chat is open, live through both. With View Transitions, too.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { assertQuiet, grown, launchChromiumWithBfcache, launchFirefox, pair, startProxy, startSite, tag, visit } from './product.mjs';

const LOOK_MS = 500;

const isOpen = (tab) => tab.evaluate(() => !document.querySelector('candor-chat').shadowRoot.querySelector('.panel').hidden);

for (const [engine, launch] of [['Chromium', launchChromiumWithBfcache], ['Firefox', launchFirefox]]) {
  describe(`On the way to another page by a reload, in ${engine}`, { concurrency: 2 }, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      // A page tells whether it was kept, and whether it came by a transition.
      const head = `<style>@view-transition { navigation: auto }</style><script>
        addEventListener('pageshow', ({ persisted }) => { window.isFromCache = persisted; });
        addEventListener('pagereveal', ({ viewTransition }) => { window.hasTransition = Boolean(viewTransition); });
      </script>`;
      const embedded = '<candor-chat data-mode="embedded"></candor-chat>';
      site = await startSite({
        ...pair('/page', head + tag(proxy), (body) => body),
        ...pair('/embedded', head + tag(proxy, 'data-manual'), (body) => body + embedded),
        '/nothing': { status: 204 },
      });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    const goOn = async (tab) => {
      await tab.getByRole('link', { name: 'Next' }).click();
      await tab.getByText('The other page').waitFor();
    };
    // Playwright waits for what a page from the cache does not do.
    /** Waits until this holds in the page. Firefox tells Playwright of no end of the way back, and so nothing else can wait. */
    const until = async (tab, holds, given) => {
      // What is asked while one page goes and the other comes may never be answered.
      const look = () => Promise.race([tab.evaluate(holds, given).catch(() => false), setTimeout(LOOK_MS)]);
      while (!(await look()));
    };

    /** Goes back, waits until the last answer has so many letters, and gives whether the page comes from the cache. */
    const goBack = async (tab, letters = 0) => {
      await tab.evaluate(() => setTimeout(() => history.back()));
      await until(tab, () => !location.pathname.endsWith('-2') && 'isFromCache' in window);
      await until(
        tab,
        (letters) => [...document.querySelector('candor-chat').shadowRoot.querySelectorAll('.markdown'), ''].at(-2)?.textContent.length > letters || !letters,
        letters,
      );
      // A way to nowhere has an end, and ends the other with it.
      if (engine == 'Firefox') await tab.evaluate(() => location.assign('/nothing'));
      await tab.getByRole('link', { name: 'Next' }).waitFor();
      return tab.evaluate(() => window.isFromCache);
    };

    test('conversation, draft, and whether the chat is open stay, there and back', async () => {
      const { tab, chat, said, close } = await visit(browser, `${site.origin}/page`);
      await chat.open();
      await chat.ask('hello');
      await chat.input.fill('A draft');
      await goOn(tab);
      await chat.answers('Hello, and welcome.');
      assert.equal(await chat.input.inputValue(), 'A draft');
      assert.equal(await tab.evaluate(() => document.activeElement == document.body), true, 'the focus is the page’s');
      if (engine == 'Chromium') assert.equal(await tab.evaluate(() => window.hasTransition), true, 'a transition');
      assert.ok(await goBack(tab, 10));
      await chat.answers('Hello, and welcome.');
      assert.equal(await chat.input.inputValue(), 'A draft');
      assertQuiet(said);
      await close();
    });

    // Firefox gives a page from its cache the session storage as it was when the page was left.
    if (engine == 'Chromium') {
      test('a page from the cache has what was done on the other one: the chat is closed, and the draft another', async () => {
        const { tab, chat, said, close } = await visit(browser, `${site.origin}/page`);
        await chat.open();
        await chat.input.fill('A draft');
        await goOn(tab);
        await chat.input.fill('Another draft');
        await tab.getByRole('button', { name: 'Close chat' }).click();
        await chat.launcher.waitFor();
        assert.ok(await goBack(tab));
        await chat.launcher.waitFor();
        assert.equal(await isOpen(tab), false);
        await chat.open();
        assert.equal(await chat.input.inputValue(), 'Another draft');
        assertQuiet(said);
        await close();
      });

      test('a page from the cache, on which nobody had opened the chat, has it open where it was opened on the other one', async () => {
        const { tab, chat, close } = await visit(browser, `${site.origin}/page`);
        await chat.launcher.waitFor();
        await goOn(tab);
        await chat.open();
        await chat.input.fill('A draft');
        assert.ok(await goBack(tab));
        await chat.input.waitFor();
        assert.equal(await chat.input.inputValue(), 'A draft');
        await close();
      });
    }

    for (const path of ['/page', '/embedded']) {
      test(`the chat of a page from the cache answers, and hears the other tabs: ${path}`, async () => {
        const { context, tab, chat, said, close } = await visit(browser, site.origin + path);
        await chat.input.or(chat.launcher).first().waitFor();
        if (path == '/page') await chat.open();
        await chat.ask('hello');
        await goOn(tab);
        await chat.answers('Hello, and welcome.');
        assert.ok(await goBack(tab, 10));
        await chat.answers('Hello, and welcome.');
        await chat.ask('Do you fit child seats on a Brompton?');
        await chat.answers('Fitting takes 20 minutes');
        assert.equal(await chat.replies.count(), 2);
        const other = await context.newPage();
        await other.goto(site.origin + path);
        const second = new chat.constructor(other);
        if (path == '/page') await second.open();
        await second.input.waitFor();
        await second.ask('hello');
        await chat.replies.nth(2).waitFor();
        assertQuiet(said);
        await close();
      });
    }

    test('an answer that was being written when the page was left is there when it comes back', async () => {
      const { tab, chat, said, close } = await visit(browser, `${site.origin}/page`);
      await chat.open();
      await chat.say('Tell me a long story');
      await grown(tab, 100);
      await goOn(tab);
      await grown(tab, 300);
      await goBack(tab, 600);
      assert.equal(await chat.replies.count(), 1);
      assertQuiet(said);
      await close();
    });
  });
}
