// A proxy for the way out, as wp-config.php names it: the owner reads that it was asked, and how an address is exempted.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mountWordPress } from '../conformance/wordpress.mjs';
import { KEY } from './provider.mjs';

// Port 1 is TCPMUX's, which no system serves.
const constants = { CANDOR_API_KEY: KEY, WP_PROXY_HOST: '127.0.0.1', WP_PROXY_PORT: '1' };
const NAMED = /which WP_PROXY_HOST names; WP_PROXY_BYPASS_HOSTS exempts addresses from it/;

async function checked(settings) {
  const proxy = await mountWordPress({ diagnostics: 'full', ...settings }, { constants });
  try {
    const stream = await (await (await proxy.client.visitor()).open('POST', '/diagnostics/checks')).end();
    return stream.events.filter(({ name }) => name === 'check').map(({ data }) => data);
  } finally {
    await proxy.stop();
  }
}

test('A provider that a proxy keeps from being reached is told with the proxy', async () => {
  const [settings, , chat] = await checked({ base_url: 'http://ai.internal/v1' });
  assert.match(settings.evidence, NAMED);
  assert.equal(chat.problem.cause, 'unreachable_provider');
  assert.match(chat.problem.upstream.message, NAMED);
});

test('A provider on this machine is asked directly', async () => {
  const [settings, models, chat] = await checked({});
  assert.doesNotMatch(settings.evidence, /WP_PROXY_HOST/);
  assert.deepEqual([models.outcome, chat.outcome], ['pass', 'pass']);
});
