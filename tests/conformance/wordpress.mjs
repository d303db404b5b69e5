// The plugin's own proxy on a real WordPress, for the suite.

import { KEY, MODEL, startProvider } from '../wordpress/provider.mjs';
import { startWordPress } from '../wordpress/site.mjs';
import { Client } from './wire.mjs';

/** What the owner has set: the limits of a day would end the suite's visitors before the suite. */
const UNLIMITED = { visitor_day: 0, address_day: 0, replies_at_once: 0, stall_timeout: 60 };

/** Brings a site up with these settings, before the tests' provider. `more` is for `startWordPress`. */
export async function mountWordPress(settings, more = {}) {
  const provider = await startProvider();
  const site = await startWordPress({ workers: 24, constants: { CANDOR_API_KEY: KEY }, ...more });
  await site.setOption('candor', {
    provider: 'openai',
    base_url: provider.url,
    model: MODEL,
    ...UNLIMITED,
    ...settings,
    allowed_origins: [settings.allowed_origins],
  });
  return {
    client: new Client(site.wire),
    owner: await site.signIn(),
    failure: 'fail: missing scopes',
    names: [MODEL],
    reads: false,
    requests: provider.requests,
    stop: () => Promise.all([site.stop(), provider.stop()]),
  };
}

/** The same with the plugin's own demo in the provider's place. */
export async function mountWordPressDemo(settings, more) {
  const proxy = await mountWordPress({ ...settings, provider: 'demo' }, more);
  return { ...proxy, names: ['demo'] };
}
