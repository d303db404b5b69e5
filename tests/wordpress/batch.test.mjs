// WordPress's own route for many requests in one, `batch/v1`: none of the wire's checks could hold there, so nothing is answered.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { OLDEST } from './site.mjs';

for (const [what, options, startDatabase] of [['The newest WordPress', {}, async () => undefined], ['WordPress 6.1 on MariaDB', { wordpress: OLDEST }, startMariaDb]]) {
  describe(what, () => {
    let provider, database;
    before(async () => {
      [provider, database] = await Promise.all([startProvider(), startDatabase()]);
    });
    after(() => Promise.all([provider?.stop(), database?.stop()]));

    test('A batch gets nothing of the chat, whatever it says of its pages and addresses', async (context) => {
      const site = await openShop(provider, { options: { trusted_proxies: ['loopback'] }, database, ...options });
      context.after(() => site.stop());
      const visitor = await new Client(site.wire).visitor();
      const conversation = await visitor.conversation();
      const kept = () => site.php(`
        global $wpdb;
        return array_map( fn( $table ) => (int) $wpdb->get_var( "SELECT COUNT(*) FROM {$wpdb->prefix}candor_$table" ), array( 'visitors', 'conversations', 'messages', 'counters' ) );`);
      const before = await kept();
      const { authorization } = visitor.headers;
      const requests = [
        ['POST', '/candor/v1/visitors', { origin: 'https://elsewhere.example' }],
        ['POST', '/candor/v1/visitors', { 'x-forwarded-for': '192.0.2.7' }],
        ['POST', '/candor/v1/assistants/main/visitors', {}],
        ['POST', `/candor/v1${conversation}/messages`, { authorization, 'content-type': 'application/json' }],
        ['DELETE', `/candor/v1${conversation}`, { authorization }],
        ['POST', '/candor/v1/diagnostics/checks', { authorization }],
      ].map(([method, path, headers]) => ({ method, path, headers, body: { content: 'hello' } }));
      const answer = await fetch(site.wire.replace('/candor/v1', '/batch/v1'), {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ requests }),
      });
      assert.equal(answer.status, 207);
      const { responses } = await answer.json();
      assert.equal(responses.length, requests.length);
      for (const { status, body } of responses) {
        assert.deepEqual([status, body.cause], [400, 'invalid_request'], JSON.stringify(body));
        assert.match(body.detail, /not in a batch/);
      }
      assert.deepEqual(await kept(), before);
      (await visitor.get(conversation)).expect(200);
      assert.equal(provider.requests.length, 0);
      assert.deepEqual(site.complaints(), []);
    });
  });
}
