// What a visitor reads, tab by tab, has no word that only those know who build such things.

import { after, before, describe, test } from 'node:test';
import { assertPlain, words } from './jargon.mjs';
import { Diagnostics, launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

describe('No jargon', () => {
  let browser;
  before(async () => (browser = await launchChromium()));
  after(() => browser?.close());

  /** A tour through everything that a visitor can open. */
  async function tour({ tab, chat, close }, message) {
    await chat.open();
    assertPlain('an empty chat', await words(tab));
    await chat.ask(message);
    await chat.explain.waitFor();
    assertPlain('a failure', await words(tab));
    await chat.explain.click();
    const seen = new Diagnostics({ tab, chat, close });
    await seen.errors.getByRole('listitem').first().waitFor();
    assertPlain('Diagnostics with a failure', await words(tab));
    await tab.getByRole('button', { name: 'Try as a new visitor' }).click();
    await tab.getByText('It fails the same way').waitFor();
    await seen.check();
    for (const more of await tab.getByText('What to do', { exact: true }).all()) await more.click();
    assertPlain('Diagnostics with checks', await words(tab));
    await chat.show('History');
    await tab.getByRole('list', { name: 'Conversations' }).waitFor();
    assertPlain('History', await words(tab));
  }

  test('in a chat with a proxy', async () => {
    const proxy = await startProxy({
      CANDOR_DIAGNOSTICS: 'reference',
      // The demo’s own words are for who sets it up.
      CANDOR_TITLE: 'Ask us',
      CANDOR_GREETING: 'Good day.',
      CANDOR_SUGGESTIONS: 'When are you open?',
      CANDOR_LINKING: 'true',
      CANDOR_CONTACT: 'help@shop.example',
    });
    const site = await startSite({ '/': page(tag(proxy)) });
    await tour(await visit(browser, site.origin), 'fail: invalid key');
    await site.stop();
    await proxy.stop();
  });

  test('in a chat whose proxy cannot be reached', async () => {
    const proxy = await startProxy({ CANDOR_DIAGNOSTICS: 'reference' });
    const site = await startSite({ '/': page(tag(proxy)) });
    const { tab, chat, close } = await visit(browser);
    await tab.route('**/candor/v1/**', (route) => route.abort('connectionrefused'));
    await tab.goto(site.origin);
    await chat.open();
    await chat.ask('hello');
    assertPlain('a failure', await words(tab));
    await chat.explain.click();
    await new Diagnostics({ tab, chat }).ended();
    assertPlain('Diagnostics', await words(tab));
    await close();
    await site.stop();
    await proxy.stop();
  });

  test('in a chat with a gateway', async () => {
    const proxy = await startProxy();
    const attributes = `data-transport="openai" data-model="llama" data-endpoint="${proxy.origin}/nothing/v1" data-diagnostics="reference"`;
    const site = await startSite({ '/': page(tag(proxy, attributes)) });
    await tour(await visit(browser, site.origin), 'hello');
    await site.stop();
    await proxy.stop();
  });
});
