// A site with the plugin, set up in short: the tests' provider behind it, and a page with the shortcode.

import assert from 'node:assert/strict';
import { KEY, MODEL } from './provider.mjs';
import { startWordPress } from './site.mjs';

/** What the owner has set where a test says nothing else. */
export const settings = (provider) => ({ provider: 'openai', base_url: provider.url, model: MODEL, diagnostics: 'full' });

/** Brings up a site before this provider; `address` is its page with the chat. `more` is for `startWordPress`. */
export async function openShop(provider, { options = {}, constants = {}, shortcode = '[candor]', ...more } = {}) {
  const site = await startWordPress({ constants: { CANDOR_API_KEY: KEY, ...constants }, ...more });
  await site.setOption('candor', { ...settings(provider), ...options });
  return { ...site, address: await site.page('Ask us', `<!-- wp:shortcode -->${shortcode}<!-- /wp:shortcode -->`) };
}

/** Asks, and holds that the answer comes word by word. */
export async function isAnswered(chat) {
  await chat.say('Do you fit child seats on a Brompton?');
  await chat.stop.waitFor();
  const lengths = new Set();
  const latest = Date.now() + 60_000;
  while (await chat.stop.isVisible()) {
    lengths.add((await chat.replies.last().textContent()).length);
    assert.ok(Date.now() < latest, `the answer does not end: ${await chat.log.textContent()}`);
  }
  await chat.answers('Fitting takes 20 minutes and costs £15.');
  assert.ok(lengths.size >= 3, `word by word: ${[...lengths]}`);
}
