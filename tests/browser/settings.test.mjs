// What a browser's own settings and extensions do to the chat: told of where it disturbs, named where it breaks.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import {
  Diagnostics, launchChromiumWith, launchFirefox, openDiagnostics, page, startProxy, startSite, tag, visit,
} from './product.mjs';

describe('A browser’s settings', { concurrency: 2 }, () => {
  let proxy, site;
  before(async () => {
    proxy = await startProxy();
    site = await startSite({ '/': page(tag(proxy)) });
  });
  after(async () => {
    await site?.stop();
    await proxy?.stop();
  });

  /** Each check that the settings of a Firefox disturb, and its words. */
  const FIREFOX = [
    ['a private window', { 'browser.privatebrowsing.autostart': true }, 'browser’s storage', 'as long as this private window is open'],
    ['cookies and site data denied', { 'network.cookie.cookieBehavior': 2 }, 'browser’s storage', 'the browser denies storage'],
    ['cookies denied', { 'network.cookie.cookieBehavior': 2 }, 'Set a cookie', 'did not come back'],
    ['local storage switched off', { 'dom.storage.enabled': false }, 'browser’s storage', 'denies storage'],
  ];
  for (const [what, settings, tried, words] of FIREFOX) {
    test(`${what} in Firefox is told of, and the chat works`, async () => {
      const browser = await launchFirefox(settings);
      const visitor = await visit(browser, site.origin);
      await visitor.chat.open();
      await visitor.chat.show('Diagnostics');
      await new Diagnostics(visitor).assertWarned(tried, words);
      await visitor.chat.show('Chat');
      await visitor.chat.ask('hello');
      await visitor.chat.answers('Hello, and welcome.');
      await browser.close();
    });
  }

  test('WebAssembly switched off in Firefox is told of by the loader', async () => {
    const browser = await launchFirefox({ 'javascript.options.wasm': false });
    const { chat } = await visit(browser, site.origin);
    await chat.launcher.click();
    await chat.says('WebAssembly');
    await browser.close();
  });

  test('a device that is offline is named in Firefox', async () => {
    const browser = await launchFirefox();
    const seen = await openDiagnostics(browser, site.origin);
    await seen.tab.context().setOffline(true);
    await seen.assertBroken('This device has no connection to the internet.', 'Browser');
    await browser.close();
  });

  test('a content blocker in Chromium is named', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'candor-blocker-'));
    await writeFile(join(folder, 'manifest.json'), JSON.stringify({
      manifest_version: 3,
      name: 'A blocker',
      version: '1',
      permissions: ['declarativeNetRequest'],
      host_permissions: ['<all_urls>'],
      declarative_net_request: { rule_resources: [{ id: 'list', enabled: true, path: 'list.json' }] },
    }));
    // As a filter list has it: a word in the address.
    await writeFile(join(folder, 'list.json'), JSON.stringify([
      { id: 1, action: { type: 'block' }, condition: { urlFilter: '/candor/v1/' } },
    ]));
    const browser = await launchChromiumWith(folder);
    const seen = await openDiagnostics(browser, site.origin);
    await seen.assertBroken('Something in this browser', 'Browser');
    await browser.close();
    await rm(folder, { recursive: true });
  });
});
