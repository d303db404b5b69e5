// The way to the next page without a reload: conversation, draft, and whether the chat is open, live through it. What goes
// there is real: Turbo, htmx, Barba, WordPress' Interactivity router, View Transitions.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { modules, script } from './npm.mjs';
import { assertQuiet, grown, launchChromium, launchFirefox, pair, startProxy, startSite, tag, visit } from './product.mjs';

const PLACED = '<candor-chat></candor-chat>';

/** Puts the other page's body in the place of this one's, as a site's own router may. */
const ROUTER = `<script>
  addEventListener('click', async (event) => {
    if (event.target.textContent != 'Next') return;
    event.preventDefault();
    const { href } = event.target;
    const text = await (await fetch(href)).text();
    const { body } = new DOMParser().parseFromString(text, 'text/html');
    const go = () => document.body.replaceWith(document.adoptNode(body));
    history.pushState(null, '', href);
    if (!document.startViewTransition) return go();
    await document.startViewTransition(go).finished;
    window.hasTransition = true;
  });
</script>`;

const BARBA = '<script src="/barba.js"></script><script>addEventListener("DOMContentLoaded", () => barba.init({ prevent: () => false }))</script>';
const inContainer = (body) => `<div data-barba="wrapper"><main data-barba="container" data-barba-namespace="page">${body}</main></div>`;

const INTERACTIVITY = `<script type="importmap">{"imports": {
  "@wordpress/interactivity": "/npm/@wordpress/interactivity/build-module/index.mjs",
  "@wordpress/interactivity-router": "/npm/@wordpress/interactivity-router/build-module/index.mjs",
  "@preact/signals": "/npm/signals.js",
  "@preact/signals-core": "/npm/signals-core.js",
  "preact": "/npm/preact.js",
  "preact/hooks": "/npm/hooks.js",
  "es-module-lexer": "/npm/lexer.js"
}}</script>
<script type="module">
  import { store } from '@wordpress/interactivity';
  const router = import('@wordpress/interactivity-router');
  store('shop', {
    actions: {
      navigate(event) {
        event.preventDefault();
        return router.then(({ actions }) => actions.navigate(event.target.href, { screenReaderAnnouncement: false }));
      },
    },
  });
</script>`;
const inRegion = (body) =>
  `<div data-wp-interactive="shop" data-wp-router-region="main">${body.replace('<a ', '<a data-wp-on--click="actions.navigate" ')}</div>`;

const interactivity = async () => ({
  ...(await modules('@wordpress/interactivity', 'build-module')),
  ...(await modules('@wordpress/interactivity-router', 'build-module')),
  '/npm/signals.js': await script('@preact/signals', 'dist/signals.mjs'),
  '/npm/signals-core.js': await script('@preact/signals-core', 'dist/signals-core.mjs'),
  '/npm/preact.js': await script('preact', 'dist/preact.mjs'),
  '/npm/hooks.js': await script('preact', 'hooks/dist/hooks.mjs'),
  '/npm/lexer.js': await script('es-module-lexer', 'dist/lexer.js'),
});

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  describe(`On the way to another page without a reload, in ${engine}`, { concurrency: 2 }, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      const manual = tag(proxy, 'data-manual');
      const turbo = '<script src="/turbo.js"></script>';
      const htmx = '<script src="/htmx.js"></script>';
      const asIs = (body) => body;
      const after = (more) => (body) => body + more;
      site = await startSite({
        ...pair('/turbo-head', turbo + tag(proxy), asIs),
        ...pair('/turbo-body', turbo, after(tag(proxy))),
        ...pair('/turbo-placed', turbo + manual, after(PLACED)),
        ...pair('/boost', htmx, (body) => body.replace('<a ', '<a hx-boost="true" ') + tag(proxy)),
        ...pair('/barba-head', BARBA + tag(proxy), inContainer),
        ...pair('/barba-placed', BARBA + manual, (body) => inContainer(body + PLACED)),
        ...pair('/transition-head', ROUTER + tag(proxy), asIs),
        ...pair('/transition-placed', ROUTER + manual, after(PLACED)),
        ...pair('/interactivity-head', INTERACTIVITY + tag(proxy), inRegion),
        ...pair('/interactivity-placed', INTERACTIVITY + manual, (body) => inRegion(body + PLACED)),
        '/turbo.js': await script('@hotwired/turbo', 'dist/turbo.es2017-umd.js'),
        '/htmx.js': await script('htmx.org', 'dist/htmx.min.js'),
        '/barba.js': await script('@barba/core', 'dist/barba.umd.js'),
        ...(await interactivity()),
      });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    for (const [name, path] of [
      ['Turbo, the script in the head', '/turbo-head'],
      ['Turbo, the script in the body', '/turbo-body'],
      ['Turbo, the element placed by hand', '/turbo-placed'],
      ['htmx’s boost', '/boost'],
      ['Barba, the script in the head', '/barba-head'],
      ['Barba, the element placed by hand', '/barba-placed'],
      ['a View Transition that puts another body there', '/transition-head'],
      ['a View Transition, the element placed by hand', '/transition-placed'],
      ['WordPress’ Interactivity router', '/interactivity-head'],
      ['WordPress’ Interactivity router, the element in its region', '/interactivity-placed'],
    ]) {
      // What the loader does is the same in both.
      if (engine == 'Firefox' && path.includes('turbo')) continue;
      test(`by ${name} the chat stays open, with its conversation and draft`, async () => {
        const { tab, chat, said, close } = await visit(browser, site.origin + path);
        await tab.evaluate(() => (window.isSamePage = true));
        await chat.open();
        await chat.ask('hello');
        await chat.input.fill('A draft');
        await tab.getByRole('link', { name: 'Next' }).click();
        await tab.getByText('The other page').waitFor();
        await tab.waitForFunction(() => document.querySelectorAll('candor-chat').length == 1);
        assert.ok(await tab.evaluate(() => window.isSamePage), 'no reload');
        await chat.answers('Hello, and welcome.');
        assert.equal(await chat.input.inputValue(), 'A draft');
        await chat.ask('hello');
        assert.equal(await chat.replies.count(), 2);
        assertQuiet(said);
        await close();
      });
    }

    test('by a View Transition an answer that is being written goes on', async () => {
      const { tab, chat, said, close } = await visit(browser, `${site.origin}/transition-placed`);
      await chat.open();
      await chat.say('Tell me a long story');
      await grown(tab, 100);
      await tab.getByRole('link', { name: 'Next' }).click();
      await tab.getByText('The other page').waitFor();
      await grown(tab, 400);
      await chat.stop.click();
      await chat.answers('Stopped.');
      if (engine == 'Chromium') assert.ok(await tab.evaluate(() => window.hasTransition));
      assertQuiet(said);
      await close();
    });
  });
}
