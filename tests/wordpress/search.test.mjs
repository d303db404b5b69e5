// The search in a visitor's conversations on each database: it ends within its time, and the next pages go on where it did.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';

/** More conversations than are looked through at first. */
const MANY = 40;

for (const [databaseName, startDatabase] of [['SQLite', async () => undefined], ['MariaDB', startMariaDb]]) {
  describe(`The search on ${databaseName}`, () => {
    let provider, database;
    before(async () => {
      [provider, database] = await Promise.all([startProvider({ pause: 0 }), startDatabase()]);
    });
    after(() => Promise.all([provider?.stop(), database?.stop()]));

    test('that has no time left looks through some conversations a page, and finds all of them once', async (context) => {
      const site = await openShop(provider, { database });
      context.after(() => site.stop());
      const [visitor, other] = await Promise.all([new Client(site.wire).visitor(), new Client(site.wire).visitor()]);
      const said = await visitor.conversation();
      await visitor.ask(said, 'hello');
      await visitor.conversation({ title: 'The returns' });
      for (let made = 0; made < MANY; made += 1) await visitor.conversation({ title: `talk ${made}` });
      await other.conversation({ title: 'Returns of another' });
      /** The titles on each page of a search that may take so many seconds. */
      const pages = (words, seconds, limit = 50) => site.php(`
        global $wpdb;
        $visitor = $wpdb->get_var( "SELECT visitor_id FROM {$wpdb->prefix}candor_conversations WHERE title = 'The returns'" );
        $search = new Candor\\Store\\ConversationSearch( Candor\\Store\\Database::site(), $visitor, 'main', ${seconds} );
        $pages = array();
        $before = PHP_INT_MAX;
        do {
          list( $rows, $next ) = $search->page( $before, ${limit}, '${words}' );
          $pages[] = array_column( $rows, 'title' );
          $before = (int) $next;
        } while ( null !== $next && count( $pages ) < 100 );
        return $pages;`);
      const all = Array.from({ length: MANY }, (_, made) => `talk ${made}`).reverse();
      assert.deepEqual(await pages('TALK', 60), [all], 'with time it is one page');
      const hurried = await pages('talk', 0);
      assert.ok(hurried.length > 1 && hurried.length <= MANY, `${hurried.length} pages`);
      assert.deepEqual(hurried.flat(), all, 'without gap, and nothing twice');
      assert.deepEqual((await pages('talk', 60, 7)).map(({ length }) => length), [7, 7, 7, 7, 7, 5]);
      assert.deepEqual((await pages('returns', 0)).flat(), ['The returns'], 'and nothing of another’s');
      assert.deepEqual((await pages('and welcome', 0)).flat(), ['hello'], 'in a reply');
      assert.deepEqual((await pages('nowhere', 0)).flat(), []);
      const { conversations, next } = await visitor.list('?search=and%20welcome');
      if (!next) assert.match(conversations[0].preview, /and welcome/);
      assert.deepEqual(site.complaints(), []);
    });
  });
}
