// A guest on any page: what the page listens to, how it is built, and what a cache makes of the script.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { script } from './npm.mjs';
import { assertQuiet, grown, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit } from './product.mjs';

const STORY = 'Tell me a long story';

/** A page that takes keys for its own unless an input is their target, and notes whatever it hears of the chat. Those of
    PostHog/posthog#45615, and what else hotkeys, drag handlers and scrollers listen to. */
const LISTENING = `<script>
  var heard = [];
  var NAMES = ['keydown', 'keyup', 'keypress', 'pointerdown', 'pointerup', 'mousedown', 'mouseup', 'click', 'wheel', 'focusin', 'focusout', 'input', 'beforeinput', 'paste', 'copy'];
  NAMES.forEach(function (name) {
    [true, false].forEach(function (captures) {
      document.addEventListener(name, function (event) {
        if (event.target.localName == 'candor-chat') heard.push(name);
        var isField = /^(INPUT|TEXTAREA)$/.test(event.target.tagName);
        if (name == 'keydown' && !isField && /^[sk/?]$/.test(event.key)) event.preventDefault();
      }, captures);
    });
  });
  window.addEventListener('wheel', function (event) { event.preventDefault(); }, { passive: false });
</script>`;

const isOpen = (tab) =>
  tab.evaluate(() => {
    const chat = document.querySelector('candor-chat');
    return Boolean(chat) && !chat.shadowRoot.querySelector('.panel').hidden;
  });

const focusIsInside = (tab) => tab.evaluate(() => Boolean(document.querySelector('candor-chat').shadowRoot.activeElement));

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  describe(`A page in ${engine} that listens to everything`, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      site = await startSite({
        '/': page(LISTENING + tag(proxy)),
        '/order': page(tag(proxy), '<button>One</button><button>Two</button>'),
        '/trap': page(
          `<script src="/tabbable.js"></script><script src="/focus-trap.js"></script>${tag(proxy)}`,
          '<div id="box"><button>One</button><button>Two</button></div>',
        ),
        '/tabbable.js': await script('tabbable', 'dist/index.umd.js'),
        '/focus-trap.js': await script('focus-trap', 'dist/focus-trap.umd.js'),
      });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    test('hears no key, click, wheel or focus of the chat, and what is typed is typed', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await tab.evaluate(() => (heard.length = 0));
      await chat.input.click();
      await tab.keyboard.type('ask/skis?');
      assert.equal(await chat.input.inputValue(), 'ask/skis?');
      await chat.input.press('Enter');
      await chat.replies.first().waitFor();
      await chat.send.waitFor();
      await chat.show('History');
      await chat.show('Chat');
      await tab.keyboard.press('Tab');
      assert.deepEqual(await tab.evaluate(() => heard), []);
      await chat.input.press('Escape');
      assert.equal(await isOpen(tab), false, 'Escape closes the chat');
      assertQuiet(said);
      await close();
    });

    test('keeps what it does itself: a link of an answer is followed once, and the log scrolls', async () => {
      const { context, tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.say(STORY);
      await grown(tab, 1200);
      await tab.getByRole('button', { name: 'Stop' }).click();
      await chat.send.waitFor();
      await chat.log.evaluate((log) => log.scrollTo(0, 0));
      await chat.log.hover();
      await tab.mouse.wheel(0, 120);
      await tab.waitForFunction(() => document.querySelector('candor-chat').shadowRoot.querySelector('.log').scrollTop > 0);
      const pages = [];
      context.on('page', (opened) => pages.push(opened));
      await chat.log.evaluate((log) => {
        const link = Object.assign(document.createElement('a'), { href: location.origin, target: '_blank', textContent: 'A link' });
        log.append(link);
      });
      await Promise.all([context.waitForEvent('page'), chat.log.getByText('A link').click()]);
      await tab.waitForLoadState();
      assert.equal(pages.length, 1);
      await close();
    });

    test('keeps its own order of Tab, with the chat in it and no trap', async () => {
      const { tab, chat, close } = await visit(browser, `${site.origin}/order`);
      await chat.launcher.waitFor();
      const focused = () => tab.evaluate(() => document.activeElement.textContent || document.activeElement.localName);
      await tab.getByRole('button', { name: 'One' }).focus();
      await tab.keyboard.press('Tab');
      assert.equal(await focused(), 'Two');
      await tab.keyboard.press('Tab');
      assert.equal(await focused(), 'candor-chat');
      await tab.keyboard.press('Enter');
      await chat.input.waitFor();
      await tab.waitForFunction(() => document.querySelector('candor-chat').shadowRoot.activeElement?.localName == 'textarea');
      const seen = [];
      for (let presses = 0; presses < 20 && seen.at(-1) != 'Two'; presses++) {
        await tab.keyboard.press('Shift+Tab');
        seen.push(await focused());
      }
      assert.equal(seen.at(-1), 'Two', `Shift and Tab lead back to the page: ${seen}`);
      await close();
    });

    test('that traps the focus does not get it from the chat', async () => {
      const { tab, chat, close } = await visit(browser, `${site.origin}/trap`);
      await chat.open();
      await tab.evaluate(() => focusTrap.createFocusTrap('#box', { returnFocusOnDeactivate: false }).activate());
      await chat.input.click();
      await tab.keyboard.type('hello');
      assert.equal(await chat.input.inputValue(), 'hello');
      assert.ok(await focusIsInside(tab));
      await close();
    });
  });
}

describe('A page', { concurrency: 2 }, () => {
  let proxy, site, browser, inlined;
  before(async () => {
    proxy = await startProxy();
    inlined = await (await fetch(`${proxy.origin}/candor.js`)).text();
    const manual = tag(proxy, 'data-manual');
    const tall = (style) => page(`<style>body { ${style} }</style>${tag(proxy)}`, '<div style="height: 4000px">A shop</div>');
    const js = (body) => ({ body, headers: { 'content-type': 'text/javascript' } });
    const kept = inlined.replace(/^self\.Candor.*\n/, '');
    site = await startSite({
      '/': page(tag(proxy), '<h1>A page</h1>'),
      '/open': page(tag(proxy, 'data-open')),
      '/embedded': page(manual, '<candor-chat data-mode="embedded"></candor-chat>'),
      '/transform': tall('transform: translateZ(0)'),
      '/filter': tall('filter: blur(0)'),
      '/contain': tall('contain: layout paint'),
      '/combined': page('<script src="/cache/all.js"></script>'),
      '/cache/all.js': js(`var theme = 1;\n${inlined}\nvar more = 2;`),
      '/inlined': page(`<script>${inlined}</script>`),
      '/lost': page('<script src="/cache/lost.js"></script>'),
      '/cache/lost.js': js(kept),
      '/said': page(`<script src="/cache/lost.js" data-base="${proxy.origin}"></script>`),
      '/said-inline': page(`<script data-manual>${kept}</script>`, `<candor-chat data-base="${proxy.origin}/"></candor-chat>`),
      '/moved': page('<script src="/cache/candor.min.3f2a.js"></script>'),
      '/cache/candor.min.3f2a.js': js(inlined),
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  for (const how of ['transform', 'filter', 'contain']) {
    test(`whose body has ${how} has the launcher, and the panel, in the window's corner`, async () => {
      const { tab, chat, close } = await visit(browser, `${site.origin}/${how}`, { viewport: { width: 1000, height: 700 }, reducedMotion: 'reduce' });
      const corner = ({ x, y, width, height }) => [x + width, y + height];
      assert.deepEqual(corner(await chat.launcher.boundingBox()), [980, 680]);
      await tab.evaluate(() => scrollTo(0, 900));
      assert.deepEqual(corner(await chat.launcher.boundingBox()), [980, 680]);
      await chat.open();
      assert.deepEqual(corner(await chat.panel.boundingBox()), [980, 680]);
      await close();
    });
  }

  test('in a browser without a top layer has the chat in the corner all the same', async () => {
    const { tab, chat, close } = await visit(browser, undefined, { viewport: { width: 1000, height: 700 }, reducedMotion: 'reduce' });
    await tab.addInitScript(() => {
      delete HTMLElement.prototype.popover;
      delete HTMLElement.prototype.showPopover;
    });
    await tab.goto(`${site.origin}/transform`);
    await tab.evaluate(() => scrollTo(0, 900));
    await chat.open();
    const { x, y, width, height } = await chat.panel.boundingBox();
    assert.deepEqual([x + width, y + height], [980, 680]);
    await close();
  });

  test('with something above everything has the chat above it', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await tab.evaluate(() => {
      const cover = document.createElement('div');
      cover.style = 'position: fixed; inset: 0; z-index: 2147483647; background: #fff';
      document.body.append(cover);
      document.documentElement.append(cover.cloneNode());
    });
    await chat.launcher.click({ timeout: 5000 });
    await chat.input.waitFor();
    await close();
  });

  for (const [mode, path] of [['floating', '/'], ['floating, open', '/open'], ['embedded', '/embedded']]) {
    test(`that removes a chat (${mode}) and adds it again has it again`, async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin + path);
      if (path == '/') await chat.open();
      await chat.input.waitFor();
      await chat.ask('hello');
      await tab.evaluate(async () => {
        const element = document.querySelector('candor-chat');
        const parent = element.parentElement;
        element.remove();
        await new Promise((resolve) => setTimeout(resolve, 500));
        parent.append(element);
      });
      await chat.answers('Hello, and welcome.');
      await chat.ask('hello');
      assertQuiet(said);
      await close();
    });
  }

  for (const [name, path] of [
    ['put together with others', '/combined'],
    ['put into the page', '/inlined'],
    ['moved under a name like its own', '/moved'],
    ['moved, and data-base says from where', '/said'],
    ['put into the page, and the element says from where', '/said-inline'],
  ]) {
    test(`whose script was ${name} finds its files`, async () => {
      const { chat, said, close } = await visit(browser, site.origin + path);
      await chat.open();
      await chat.ask('hello');
      await chat.answers('Hello, and welcome.');
      assertQuiet(said);
      await close();
    });
  }

  test('whose script was moved, and that does not say from where, is told what to set, in the panel and the console', async () => {
    const { chat, said, close } = await visit(browser, `${site.origin}/lost`);
    await chat.launcher.click();
    await chat.says('If candor.js was moved, set data-base.');
    assert.ok(said.some((line) => line.includes('set data-base')));
    await close();
  });

  test('is printed without the chat, and the conversation by its own command alone', async () => {
    const { context, tab, chat, close } = await visit(browser);
    await context.addInitScript(() => {
      window.print = () => {
        top.printed = [document.title, document.body.innerText];
        dispatchEvent(new Event('afterprint'));
      };
    });
    await tab.goto(site.origin);
    await tab.emulateMedia({ media: 'print' });
    assert.equal(await chat.launcher.isVisible(), false);
    await tab.emulateMedia({ media: null });
    await chat.open();
    await chat.ask('hello');
    await tab.emulateMedia({ media: 'print' });
    assert.equal(await chat.panel.isVisible(), false);
    await tab.emulateMedia({ media: null });
    await tab.getByRole('button', { name: 'Print conversation' }).click();
    const [title, text] = await tab.evaluate(() => window.printed);
    assert.match(text, /^You\s+hello\s+Assistant\s+Hello, and welcome\./);
    assert.ok(!text.includes('A page'));
    assert.ok(title);
    assert.equal(await chat.panel.locator('xpath=..').locator('iframe').count(), 0, 'the frame is gone');
    await close();
  });

  test('whose service worker answers from its cache first shows every message', async () => {
    // The widget's own origin, where a worker of the site serves its wire too.
    const { context, tab, chat, close } = await visit(browser);
    await context.route('**/sw.js', (route) =>
      route.fulfill({
        contentType: 'text/javascript',
        body: `self.addEventListener('install', () => self.skipWaiting());
          self.addEventListener('activate', (event) => event.waitUntil(clients.claim()));
          self.addEventListener('fetch', (event) => {
            if (event.request.method != 'GET') return;
            event.respondWith(caches.open('all').then(async (cache) => {
              const known = await cache.match(event.request);
              if (known) return known;
              const fresh = await fetch(event.request);
              cache.put(event.request, fresh.clone());
              return fresh;
            }));
          });`,
      }),
    );
    await tab.goto(proxy.origin);
    await tab.evaluate(async () => {
      const claimed = new Promise((resolve) => navigator.serviceWorker.addEventListener('controllerchange', resolve));
      await navigator.serviceWorker.register('/sw.js');
      await claimed;
    });
    await chat.open();
    await chat.ask('hello');
    await tab.reload();
    await chat.answers('Hello, and welcome.');
    await chat.ask('Tell me about seats');
    await tab.reload();
    await chat.replies.nth(1).waitFor();
    assert.equal(await chat.log.getByRole('article').count(), 4);
    await close();
  });
});
