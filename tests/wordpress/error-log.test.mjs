// The owner's log of errors: counted by cause and words, so that what somebody breaks on purpose pushes no other error out.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { startWordPress } from './site.mjs';

for (const [name, start] of [['SQLite', async () => undefined], ['MariaDB', startMariaDb]]) {
  test(`Errors that somebody provokes push no other out on ${name}`, async (context) => {
    const database = await start();
    if (database) context.after(() => database.stop());
    const site = await startWordPress({ database });
    context.after(() => site.stop());
    await site.setOption('candor', { provider: 'demo' });
    const client = new Client(site.wire);
    const owner = client.with(await site.signIn());
    const errors = async (query = '') => (await owner.get(`/diagnostics/errors${query}`)).expect(200).errors;
    const visitor = await client.visitor();
    const conversation = await visitor.conversation();
    const real = (await visitor.post(`${conversation}/messages`, { content: 'fail: missing scopes' }, { accept: 'application/json' })).json.reference;
    await site.must(`
      $log = new Candor\\Store\\ErrorLog( Candor\\Store\\Database::site() );
      $upstream = static function ( string $words ): array { return array( 'message' => $words ); };
      for ( $number = 0; $number < 150; $number++ ) {
        foreach ( array( "$number is not allowed", 'always the same' ) as $words ) {
          $log->keep( Candor\\Wire\\Problem::of( Candor\\Wire\\Cause::of( 'invalid_request' ), 400, null, $upstream( $words ) ) );
        }
      }
      return true;`);
    const [latest] = await errors();
    assert.equal((await errors()).length, 51, 'fifty kinds of one cause, and what was there before');
    assert.ok((await errors()).some(({ references }) => references.includes(real)));
    const provoked = (await errors()).find(({ latest: { upstream } }) => upstream.message === 'always the same');
    assert.deepEqual([provoked.count, provoked.references.length], [150, 20]);
    assert.ok(latest.last >= provoked.first);
    await site.must("do_action( 'candor_upkeep' ); return true;");
    const [found, ...others] = await errors(`?reference=${real.toLowerCase()}`);
    assert.deepEqual([found.latest.reference, found.count, others.length], [real, 1, 0]);
    const kept = await site.php('global $wpdb; return (int) $wpdb->get_var( "SELECT MAX(number) FROM (SELECT COUNT(*) AS number FROM {$wpdb->prefix}candor_errors GROUP BY kind) AS kinds" );');
    // Those of one millisecond go together.
    assert.ok(kept >= 100 && kept < 130, `of one kind so many can be found by their reference: ${kept}`);
    assert.deepEqual(site.complaints(), []);
  });
}
