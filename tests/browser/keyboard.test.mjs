// What a phone leaves of its screen: its keyboard covers nothing of the chat, and nothing of it stands in notch and bar.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium, launchFirefox, page, startProxy, startSite, tag, visit } from './product.mjs';

const PHONE = { width: 390, height: 780 };
const LYING = { width: 844, height: 390 };
const TABLET = { width: 820, height: 1100 };

/** No driver opens a keyboard on the screen. What a page sees of one is a visual viewport that is smaller than the window
    (https://drafts.csswg.org/cssom-view/#visualViewport). */
const fakeKeyboard = () => {
  const seen = new EventTarget();
  let covered = 0;
  Object.defineProperties(seen, {
    width: { get: () => innerWidth },
    height: { get: () => innerHeight - covered },
    offsetLeft: { value: 0 },
    offsetTop: { get: () => Math.min(covered, 40) },
    scale: { value: 1 },
  });
  Object.defineProperty(window, 'visualViewport', { value: seen });
  window.cover = (height) => {
    covered = height;
    seen.dispatchEvent(new Event('resize'));
    seen.dispatchEvent(new Event('scroll'));
  };
};

/** Where the chat's parts are, and how far the log is from its end. */
const places = (tab) =>
  tab.evaluate(() => {
    const root = document.querySelector('candor-chat').shadowRoot;
    const [panel, header, composer] = ['.panel', '.header', '.composer'].map((name) => {
      const { top, bottom, left, right } = root.querySelector(name).getBoundingClientRect();
      return { top, bottom, left, right };
    });
    const log = root.querySelector('.log');
    return { panel, header, composer, left: log.scrollHeight - log.clientHeight - log.scrollTop, top: log.scrollTop };
  });

/** Waits until what is beyond the panel is there. */
const attended = (tab) => tab.waitForFunction(() => document.querySelector('candor-chat').shadowRoot.querySelector('.panel + [role=status]'));

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  describe(`A keyboard on the screen in ${engine}`, { concurrency: 2 }, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      const head = `<meta name="viewport" content="width=device-width">${tag(proxy)}`;
      site = await startSite({ '/': page(head, '<div style="height: 3000px">A shop</div>') });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    /** A visitor with a conversation that is longer than the screen, who writes. */
    async function writing(viewport) {
      const visitor = await visit(browser, undefined, { viewport, reducedMotion: 'reduce' });
      const { tab, chat } = visitor;
      await tab.addInitScript(fakeKeyboard);
      await tab.goto(site.origin);
      await chat.open();
      await attended(tab);
      for (const words of ['Do you fit child seats on a Brompton?', 'How do I embed this chat?', 'Tell me about markdown']) await chat.ask(words);
      await chat.input.click();
      return visitor;
    }

    for (const [name, viewport, covered] of [
      ['an upright phone', PHONE, 340],
      ['a phone that lies on its side', LYING, 200],
      ['a tablet', TABLET, 400],
    ]) {
      test(`covers nothing of the input, and the log shows its end: ${name}`, async () => {
        const { tab, chat, close } = await writing(viewport);
        const before = await places(tab);
        assert.ok(before.left <= 2 && before.top > 0, JSON.stringify(before));
        await tab.evaluate((covered) => cover(covered), covered);
        const { panel, composer, header, left } = await places(tab);
        const end = viewport.height - covered + 40;
        assert.ok(composer.bottom <= end && composer.top >= 40, `${composer.top} to ${composer.bottom} of ${end}`);
        assert.ok(panel.bottom <= end && panel.top >= 40, `${panel.top} to ${panel.bottom} of ${end}`);
        assert.ok(left <= 2, `${left} pixels of the log are below`);
        if (viewport != LYING) assert.ok(header.top >= 40, `the header at ${header.top}`);
        await chat.input.fill('A draft');
        await tab.evaluate(() => cover(0));
        const after = await places(tab);
        assert.deepEqual([after.panel, after.composer, after.left <= 2], [before.panel, before.composer, true]);
        await close();
      });
    }

    test('a window that gets lower, and a draft of many lines, leave the end of the log in sight', async () => {
      const { tab, chat, close } = await writing(TABLET);
      const isAtEnd = () => tab.waitForFunction(() => {
        const log = document.querySelector('candor-chat').shadowRoot.querySelector('.log');
        return log.scrollTop > 0 && log.scrollHeight - log.clientHeight - log.scrollTop <= 2;
      }, undefined, { timeout: 5_000 });
      await tab.setViewportSize({ ...TABLET, height: 420 });
      await isAtEnd();
      await chat.show('History');
      await chat.show('Chat');
      await chat.input.fill('One line\n'.repeat(9));
      await isAtEnd();
      await close();
    });

    test('leaves a visitor who reads what was said before at that place', async () => {
      const { tab, chat, close } = await writing(PHONE);
      await chat.log.evaluate((log) => new Promise((resolve) => {
        log.addEventListener('scroll', resolve, { once: true });
        log.scrollTop = 10;
      }));
      await tab.evaluate(() => cover(340));
      assert.equal((await places(tab)).top, 10);
      await close();
    });
  });
}

describe('Notch and bar of a phone', { concurrency: 2 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy();
    const viewport = '<meta name="viewport" content="width=device-width, viewport-fit=cover">';
    site = await startSite({
      '/': page(viewport + tag(proxy)),
      '/left': page(viewport + tag(proxy, 'data-position="left"')),
      '/embedded': page(viewport + tag(proxy, 'data-manual'), '<candor-chat data-mode="embedded"></candor-chat>'),
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  /** A visitor whose phone keeps so much of its edges to itself. */
  async function notched(path, viewport, insets) {
    const visitor = await visit(browser, undefined, { viewport, hasTouch: true, isMobile: true, reducedMotion: 'reduce' });
    const devtools = await visitor.context.newCDPSession(visitor.tab);
    await devtools.send('Emulation.setSafeAreaInsetsOverride', { insets });
    await visitor.tab.goto(site.origin + path);
    return visitor;
  }

  for (const [name, path, viewport, insets] of [
    ['upright', '/', PHONE, { top: 47, right: 0, bottom: 34, left: 0 }],
    ['on its side', '/', LYING, { top: 0, right: 47, bottom: 21, left: 47 }],
    ['on its side, the chat on the left', '/left', LYING, { top: 0, right: 47, bottom: 21, left: 47 }],
  ]) {
    test(`have nothing of the launcher or the chat in them: ${name}`, async () => {
      const { tab, chat, close } = await notched(path, viewport, insets);
      const isClear = ({ top, bottom, left, right }) =>
        top >= insets.top && bottom <= viewport.height - insets.bottom && left >= insets.left && right <= viewport.width - insets.right;
      const launcher = await chat.launcher.evaluate((button) => button.getBoundingClientRect().toJSON());
      assert.ok(isClear(launcher), JSON.stringify(launcher));
      await chat.launcher.tap();
      await chat.input.waitFor();
      await attended(tab);
      const { panel, header, composer } = await places(tab);
      for (const [part, place] of Object.entries({ header, composer })) assert.ok(isClear(place), `${part} ${JSON.stringify(place)}`);
      // Upright it covers all of the screen, and only what is in it stays clear.
      if (viewport == PHONE) assert.deepEqual([panel.top, panel.bottom, panel.left, panel.right], [0, PHONE.height, 0, PHONE.width]);
      else assert.ok(isClear(panel), `panel ${JSON.stringify(panel)}`);
      await close();
    });
  }

  test('are the page’s to attend to where the chat is a part of it', async () => {
    const { tab, chat, close } = await notched('/embedded', PHONE, { top: 47, right: 0, bottom: 34, left: 0 });
    await chat.input.waitFor();
    await attended(tab);
    const [padding, margin] = await chat.panel.evaluate((panel) => [getComputedStyle(panel).paddingTop, getComputedStyle(panel).marginBottom]);
    assert.deepEqual([padding, margin], ['0px', '0px']);
    await close();
  });
});
