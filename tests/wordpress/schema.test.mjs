// The tables of an older version are brought up to date by the first request, and what is in them stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { startWordPress } from './site.mjs';

/** Makes the tables as the version before had them. */
const AGE = `
  global $wpdb;
  foreach ( array( 'reasoning', 'address' ) as $column ) {
    $wpdb->query( "ALTER TABLE {$wpdb->prefix}candor_messages DROP COLUMN $column" );
  }
  $wpdb->query( "DROP TABLE {$wpdb->prefix}candor_error_groups" );
  $wpdb->query( "DROP TABLE {$wpdb->prefix}candor_feedback" );
  $wpdb->query( "ALTER TABLE {$wpdb->prefix}candor_errors DROP KEY by_kind" );
  $wpdb->query( "ALTER TABLE {$wpdb->prefix}candor_errors DROP COLUMN kind" );
  $wpdb->insert( "{$wpdb->prefix}candor_counters", array( 'name' => 'messages ' . gmdate( 'Y-m' ), 'amount' => 7, 'expires_at' => time() + 99 ) );
  update_option( 'candor_schema', 1 );
  return $wpdb->last_error;`;

const COLUMNS = 'global $wpdb; return array( $wpdb->get_col( "SHOW COLUMNS FROM {$wpdb->prefix}candor_messages" ), get_option( "candor_schema" ) );';

for (const [name, start] of [['SQLite', async () => undefined], ['MariaDB', startMariaDb]]) {
  test(`Messages of an older version on ${name} get the columns of what a model thought and of who asks`, async (context) => {
    const database = await start();
    if (database) context.after(() => database.stop());
    const site = await startWordPress({ database });
    context.after(() => site.stop());
    await site.setOption('candor', { provider: 'demo' });
    const visitor = await new Client(site.wire).visitor();
    const conversation = await visitor.conversation();
    await (await visitor.say(conversation, 'hello')).end();
    for (const words of ['fail: overloaded', 'fail: missing scopes', 'fail: overloaded']) await (await visitor.say(conversation, words)).end();
    assert.equal(await site.php(AGE), '');
    const stream = await (await visitor.say(conversation, 'and again')).end();
    assert.equal(stream.last.name, 'done', JSON.stringify(stream.last));
    assert.equal((await visitor.messages(conversation)).length, 10);
    const [columns, version] = await site.php(COLUMNS);
    for (const column of ['reasoning', 'address']) assert.ok(columns.includes(column), columns.join());
    assert.equal(Number(version), 5);
    (await visitor.put(`${conversation}/messages/${stream.last.data.reply.id}/feedback`, { rating: 'up' })).expect(204);
    assert.equal((await visitor.messages(conversation)).at(-1).rating, 'up', 'answers can be rated');
    const { errors } = (await new Client(site.wire).with(await site.signIn()).get('/diagnostics/errors')).expect(200);
    assert.deepEqual(errors.map(({ count }) => count), [2, 1], 'what had failed is counted');
    const used = 'global $wpdb; return (int) $wpdb->get_var( "SELECT amount FROM {$wpdb->prefix}candor_counters WHERE name LIKE \'answers_site_month %\'" );';
    assert.equal(await site.php(used), 7, 'what the month has used is not forgotten');
  });
}
