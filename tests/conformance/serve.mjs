// `candor serve` for the suite, with its built-in provider.

import { startProxy } from '../browser/product.mjs';
import { Client } from './wire.mjs';

const OWNER = 'only-the-owner';

/** Brings `candor serve` up with these settings. */
export async function mountServe(settings) {
  const variables = Object.entries(settings).map(([name, value]) => [`CANDOR_${name.toUpperCase()}`, value]);
  // A stall is not to end before its first comment has come.
  const proxy = await startProxy({ ...Object.fromEntries(variables), CANDOR_OWNER_TOKEN: OWNER, CANDOR_STALL_TIMEOUT: '60' });
  return {
    client: new Client(`${proxy.origin}/candor/v1`),
    owner: { authorization: `Bearer ${OWNER}` },
    failure: 'fail: missing scopes',
    names: ['demo'],
    reads: true,
    stop: proxy.stop,
  };
}
