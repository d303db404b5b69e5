// `candor serve` for the suite: with its built-in provider, or before one that speaks OpenAI's API.

import { startProxy } from '../browser/product.mjs';
import { KEY, MODEL, startProvider } from '../wordpress/provider.mjs';
import { lifted } from './lifted.mjs';
import { Client } from './wire.mjs';

const OWNER = 'only-the-owner';

/** Every limit is lifted, since one address asks for everything here, but for those that the suite looks at. */
const LIFTED = variables(await lifted(['answers_visitor_at_once']));

/** Brings `candor serve` up with these settings. */
export async function mountServe(settings, more = {}) {
  const proxy = await startProxy({
    ...more,
    ...variables(settings),
    CANDOR_OWNER_TOKEN: OWNER,
    // A stall is not to end before its first comment has come.
    CANDOR_STALL_TIMEOUT: '60',
  });
  return {
    client: new Client(`${proxy.origin}/candor/v1`),
    owner: { authorization: `Bearer ${OWNER}` },
    failure: 'fail: missing scopes',
    names: ['demo'],
    reads: true,
    stop: proxy.stop,
  };
}

/** The same before the provider that WordPress is tested with. */
export async function mountServeBefore(settings) {
  const provider = await startProvider();
  const more = { CANDOR_PROVIDER: 'openai', CANDOR_BASE_URL: settings.base_url ?? provider.url, CANDOR_API_KEY: KEY, CANDOR_MODEL: settings.model ?? MODEL, ...LIFTED };
  const proxy = await mountServe(settings, more);
  return { ...proxy, names: [MODEL], requests: provider.requests, moderations: provider.moderations, stop: () => Promise.all([proxy.stop(), provider.stop()]) };
}

/** Settings as variables of the environment. */
function variables(settings) {
  return Object.fromEntries(Object.entries(settings).map(([name, value]) => [`CANDOR_${name.toUpperCase()}`, String(value)]));
}
