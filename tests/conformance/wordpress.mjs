// The plugin's own proxy on a real WordPress, for the suite.

import { lifted } from './lifted.mjs';
import { KEY, MODEL, startProvider } from '../wordpress/provider.mjs';
import { startWordPress } from '../wordpress/site.mjs';
import { Client } from './wire.mjs';

/** What the owner has set: the usual limits would end the suite's visitors before the suite, since one address asks for everything. */
const LIFTED = { ...(await lifted(['answers_visitor_at_once'])), max_streams: 0, max_workers: 0, stall_timeout: 60 };

/** Settings that are a list. */
const LISTS = ['allowed_origins', 'trusted_proxies'];

/** Brings a site up with these settings, before the tests' provider. `more` is for `startWordPress`. */
export async function mountWordPress(settings, more = {}) {
  const provider = await startProvider();
  const site = await startWordPress({ workers: 24, constants: { CANDOR_API_KEY: KEY }, ...more });
  await site.setOption('candor', {
    provider: 'openai',
    base_url: provider.url,
    model: MODEL,
    ...LIFTED,
    ...settings,
    ...Object.fromEntries(LISTS.filter((name) => settings[name]).map((name) => [name, settings[name].split(',')])),
  });
  return {
    client: new Client(site.wire),
    owner: await site.signIn(),
    failure: 'fail: missing scopes',
    names: [MODEL],
    reads: false,
    requests: provider.requests,
    moderations: provider.moderations,
    stop: () => Promise.all([site.stop(), provider.stop()]),
  };
}

/** The same with the plugin's own demo in the provider's place. */
export async function mountWordPressDemo(settings, more) {
  const proxy = await mountWordPress({ ...settings, provider: 'demo' }, more);
  return { ...proxy, names: ['demo'], requests: undefined, moderations: undefined };
}
