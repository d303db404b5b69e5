// The tables of an older version are brought up to date by the first request, and what is in them stays.

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Client } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { startWordPress } from './site.mjs';

/** Makes the tables as the version before had them. */
const AGE = `
  global $wpdb;
  $wpdb->query( "ALTER TABLE {$wpdb->prefix}candor_messages DROP COLUMN reasoning" );
  update_option( 'candor_schema', 1 );
  return $wpdb->last_error;`;

const COLUMNS = 'global $wpdb; return array( $wpdb->get_col( "SHOW COLUMNS FROM {$wpdb->prefix}candor_messages" ), get_option( "candor_schema" ) );';

for (const [name, start] of [['SQLite', async () => undefined], ['MariaDB', startMariaDb]]) {
  test(`Messages of an older version on ${name} get the column of what a model thought`, async (context) => {
    const database = await start();
    if (database) context.after(() => database.stop());
    const site = await startWordPress({ database });
    context.after(() => site.stop());
    await site.setOption('candor', { provider: 'demo', visitor_day: 0, address_day: 0 });
    const visitor = await new Client(site.wire).visitor();
    const conversation = await visitor.conversation();
    await (await visitor.say(conversation, 'hello')).end();
    assert.equal(await site.php(AGE), '');
    const stream = await (await visitor.say(conversation, 'and again')).end();
    assert.equal(stream.last.name, 'done', JSON.stringify(stream.last));
    assert.equal((await visitor.messages(conversation)).length, 4);
    const [columns, version] = await site.php(COLUMNS);
    assert.ok(columns.includes('reasoning'), columns.join());
    assert.equal(Number(version), 2);
  });
}
