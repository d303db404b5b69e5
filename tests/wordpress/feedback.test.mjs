// What visitors think of answers: kept with the answer, gone with it, and read by the owner.

import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client, eventually } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { MODEL, startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { tabOf } from './site.mjs';

const SCRIPT = '<script>alert("of a visitor")</script> & Übrigens';

/** Asks, reads the answer to its end, and gives the ids of the question and of the answer. */
async function ask(visitor, conversation, words = 'hello') {
  const { events, last } = await (await visitor.say(conversation, words)).end();
  return { question: events[0].data.message.id, reply: last.data.reply.id };
}

const rate = (visitor, conversation, reply, body) => visitor.put(`${conversation}/messages/${reply}/feedback`, body);
const ratings = async (visitor, conversation) => (await visitor.messages(conversation)).map(({ rating }) => rating);

/** What the table has, by the answers' ids. */
const kept = (site) => site.php(`
  global $wpdb;
  return (object) array_column( $wpdb->get_results( "SELECT message_id, CONCAT( rating, ' ', COALESCE( comment, '–' ), ' ', model ) AS said FROM {$wpdb->prefix}candor_feedback", ARRAY_A ), 'said', 'message_id' );`);

describe('What visitors think of answers', { concurrency: 2 }, () => {
  let provider, database;
  before(async () => {
    [provider, database] = await Promise.all([startProvider({ pause: 2 }), startMariaDb()]);
  });
  after(() => Promise.all([provider?.stop(), database?.stop()]));

  async function shop(context, options) {
    const site = await openShop(provider, options);
    context.after(() => site.stop());
    return { site, client: new Client(site.wire) };
  }

  for (const [what, options] of [['SQLite', () => ({})], ['MariaDB', () => ({ database })]]) {
    test(`is kept once for each, with the model of its time, and goes with the answer, on ${what}`, async (context) => {
      const { site, client } = await shop(context, { ...options(), options: { linking: true } });
      const [visitor, other] = [await client.visitor(), await client.visitor()];
      const [conversation, theirs] = [await visitor.conversation(), await other.conversation()];
      const [{ question, reply }, unrated, stays] = [await ask(visitor, conversation), await ask(visitor, conversation, 'hello again'), await ask(other, theirs)];
      (await rate(other, theirs, stays.reply, { rating: 'up' })).expect(204);
      (await rate(visitor, conversation, reply, { rating: 'up' })).expect(204);
      (await rate(visitor, conversation, reply, { rating: 'down', comment: ' \u00a0The \u{1F6B2} costs\u0000 £5.\n' })).expect(204);
      assert.deepEqual(await kept(site), { [stays.reply]: `up – ${MODEL}`, [reply]: `down The \u{1F6B2} costs £5. ${MODEL}` });
      assert.deepEqual(await ratings(visitor, conversation), [undefined, 'down', undefined, undefined]);

      await site.must("return update_option( 'candor', array( 'model' => 'another-model' ) + get_option( 'candor' ) );");
      (await rate(visitor, conversation, reply, { rating: 'up' })).expect(204);
      assert.equal((await kept(site))[reply], 'up – another-model', 'the comment of before is gone too');
      (await visitor.delete(`${conversation}/messages/${reply}/feedback`)).expect(204);
      (await visitor.delete(`${conversation}/messages/${unrated.reply}/feedback`)).expect(204);
      assert.deepEqual([Object.keys(await kept(site)), await ratings(visitor, conversation)], [[stays.reply], [undefined, undefined, undefined, undefined]]);

      // Another answer comes in its place.
      (await rate(visitor, conversation, unrated.reply, { rating: 'down' })).expect(204);
      const again = await (await visitor.open('POST', `${conversation}/messages/${unrated.question}/reply`)).end();
      assert.deepEqual([Object.keys(await kept(site)), again.last.data.reply.rating], [[stays.reply], undefined]);
      (await rate(visitor, conversation, unrated.reply, { rating: 'down' })).refused(404, 'not_found');
      (await rate(visitor, conversation, question, { rating: 'down' })).refused(404, 'not_found');
      (await rate(other, conversation, reply, { rating: 'down' })).refused(404, 'not_found');
      (await rate(other, theirs, reply, { rating: 'down' })).refused(404, 'not_found');
      for (const body of [{}, { rating: 'sideways' }, { rating: 'up', comment: '\u3000' }, { rating: 'up', comment: 'x'.repeat(1001) }, { rating: 'up', more: 1 }]) {
        (await rate(visitor, conversation, reply, body)).refused(422, 'invalid_request');
      }
      assert.deepEqual(Object.keys(await kept(site)), [stays.reply]);

      // On another device it is there as well; the conversation, and the visitor, take it along.
      const { code } = (await other.post('/visitors/code')).expect(201);
      (await rate(visitor, conversation, reply, { rating: 'up', comment: `${'\u{1F6B2}'.repeat(1000)} ` })).expect(204);
      const { token } = (await visitor.post('/visitors', { code })).expect(201);
      const device = client.with({ authorization: `Bearer ${token}` });
      assert.deepEqual([(await ratings(device, conversation))[1], (await ratings(device, theirs))[1]], ['up', 'up']);
      (await device.delete(conversation)).expect(204);
      assert.deepEqual(Object.keys(await kept(site)), [stays.reply]);
      const third = await client.visitor();
      const [thirds, old] = [await third.conversation(), await third.conversation()];
      const [last, aged] = [await ask(third, thirds), await ask(third, old)];
      for (const [where, rated] of [[thirds, last], [old, aged]]) (await rate(third, where, rated.reply, { rating: 'up' })).expect(204);
      (await device.delete('/visitors')).expect(204);
      assert.deepEqual(Object.keys(await kept(site)).sort(), [last.reply, aged.reply].sort());

      // The time is over for which conversations are kept.
      await site.must(`
        global $wpdb;
        update_option( 'candor', array( 'keep_days' => 5 ) + get_option( 'candor' ) );
        $wpdb->query( "UPDATE {$wpdb->prefix}candor_conversations SET updated_at = updated_at - 6 * 86400000 WHERE id = '${old.split('/').at(-1)}'" );
        do_action( 'candor_upkeep' );
        return true;`);
      assert.deepEqual(Object.keys(await kept(site)), [last.reply]);
      assert.deepEqual(site.complaints(), []);
    });
  }

  test('is refused while the answer is being written', async (context) => {
    const { site, client } = await shop(context);
    const visitor = await client.visitor();
    const conversation = await visitor.conversation();
    const stream = await visitor.say(conversation, 'Tell me a long story.');
    await stream.until(({ events }) => events.length > 0);
    const { reply } = stream.events[0].data;
    (await rate(visitor, conversation, reply.id, { rating: 'up' })).refused(409, 'conflict');
    (await visitor.delete(`${conversation}/messages/${reply.id}/feedback`)).refused(409, 'conflict');
    assert.deepEqual(await kept(site), {});
    await visitor.delete(`${conversation}/messages/${stream.events[0].data.message.id}/reply`);
    await stream.end();
    (await rate(visitor, conversation, reply.id, { rating: 'up' })).expect(204);
    assert.deepEqual(await ratings(visitor, conversation), [undefined, 'up']);
    const { events, last } = await (await visitor.open('GET', `${conversation}/messages/${stream.events[0].data.message.id}/reply`)).end();
    assert.deepEqual([events[0].data.reply.rating, last.data.reply.rating], [undefined, 'up'], 'told at the end, and of no word before it');
  });

  test('is not kept of an answer in whose place another one comes just then', async (context) => {
    const { site, client } = await shop(context, { database });
    const visitor = await client.visitor();
    const conversation = await visitor.conversation();
    const { reply } = await ask(visitor, conversation);
    const held = join(site.content, 'temp/held');
    // Has the conversation to itself, as whoever replaces a reply has, until somebody waits for it.
    const replacing = site.php(`
      global $wpdb;
      return Candor\\Store\\Database::site()->transaction( function () use ( $wpdb ) {
        $id = '${conversation.split('/').at(-1)}';
        $wpdb->query( "UPDATE {$wpdb->prefix}candor_conversations SET locks = locks + 1 WHERE id = '$id'" );
        $wpdb->query( "DELETE FROM {$wpdb->prefix}candor_messages WHERE id = '${reply}'" );
        touch( '${held}' );
        // MariaDB looks anew only where nobody has looked for 0.1 s.
        for ( $until = microtime( true ) + 5; microtime( true ) < $until; usleep( 150000 ) ) {
          if ( $wpdb->get_var( "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'" ) > 0 ) {
            return true;
          }
        }
        return false;
      } );`);
    await eventually(() => access(held).then(() => true, () => false), (isHeld) => isHeld);
    const rated = rate(visitor, conversation, reply, { rating: 'up' });
    assert.equal(await replacing, true, 'the rating waits');
    (await rated).refused(404, 'not_found');
    assert.deepEqual(await kept(site), {});
  });

  test('is read by the owner alone: in wp-admin, in the export, and over the wire with question, answer and model', async (context) => {
    const { site, client } = await shop(context);
    const visitor = await client.visitor();
    const conversation = await visitor.conversation({ title: 'Seats' });
    const long = 'é'.repeat(2500);
    const [first, second] = [await ask(visitor, conversation, long), await ask(visitor, conversation, 'Do you fit child seats?')];
    (await rate(visitor, conversation, second.reply, { rating: 'down', comment: SCRIPT })).expect(204);
    (await rate(visitor, conversation, first.reply, { rating: 'up' })).expect(204);

    (await client.get('/diagnostics/feedback')).refused(401, 'owner_unauthorized');
    (await visitor.get('/diagnostics/feedback')).refused(401, 'owner_unauthorized');
    const signedIn = await site.signIn();
    const { feedback } = (await client.with(signedIn).get('/diagnostics/feedback')).expect(200);
    const of = { conversation: conversation.split('/').at(-1), model: MODEL };
    const [hello, seats] = (await visitor.messages(conversation)).filter(({ role }) => role === 'assistant').map(({ content }) => content);
    for (const { time } of feedback) assert.ok(Math.abs(time - Date.now()) < 60_000, String(time));
    assert.deepEqual(feedback.map(({ time, ...rest }) => rest), [
      { ...of, message: first.reply, rating: 'up', question: long.slice(0, 2000), answer: hello },
      { ...of, message: second.reply, rating: 'down', comment: SCRIPT, question: 'Do you fit child seats?', answer: seats },
    ]);

    const page = async (address) => (await fetch(address, { headers: { cookie: signedIn.cookie } })).text();
    const shown = await page(`${tabOf(site, 'conversations')}&conversation=${of.conversation}`);
    assert.ok(!shown.includes('<script>alert('), 'nothing of a comment becomes a part of the page');
    const told = [...shown.matchAll(/<div class="candor-rating"><strong>Rating<\/strong> <em>([^<]*)<\/em><div dir="auto">([^<]*)<\/div><\/div>/g)].map(([, ...words]) => words);
    assert.deepEqual(told, [['helpful', ''], ['not helpful', '&lt;script&gt;alert(&quot;of a visitor&quot;)&lt;/script&gt; &amp; Übrigens']]);
    const found = await page(`${tabOf(site, 'conversations')}&s=${encodeURIComponent('ÜBRIGENS')}`);
    assert.ok(found.includes(of.conversation), 'a comment is searched as well');
    const [, link] = found.match(/href="([^"]*candor_export[^"]*)"/);
    const csv = (await page(link.replaceAll('&#038;', '&').replaceAll('&amp;', '&'))).split('\r\n');
    assert.ok(csv[0].endsWith('"error","rating","comment"'), csv[0]);
    assert.ok(csv.find((line) => line.includes(first.question)).endsWith(',"","",""'), csv.join('\n'));
    assert.ok(csv.find((line) => line.includes(first.reply)).endsWith(',"","up",""'), csv.join('\n'));
    assert.ok(csv.find((line) => line.includes(second.reply)).endsWith(`,"","down","${SCRIPT.replaceAll('"', '""')}"`), csv.join('\n'));

    const list = await page(tabOf(site, 'conversations'));
    const [, erase] = list.match(/href="([^"]*action=delete[^"]*)"/);
    await page(erase.replaceAll('&#038;', '&').replaceAll('&amp;', '&'));
    assert.deepEqual(await kept(site), {}, 'it goes with what the owner deletes');
    assert.deepEqual((await client.with(signedIn).get('/diagnostics/feedback')).expect(200), { feedback: [] });
    assert.deepEqual(site.complaints(), []);
  });

  test('stands in the list two hundred times at most', async (context) => {
    const { site, client } = await shop(context);
    await site.must(`
      global $wpdb;
      for ( $made = 0; $made < 205; $made++ ) {
        $id = sprintf( 'm_%032x', $made );
        $wpdb->insert( "{$wpdb->prefix}candor_messages", array( 'id' => $id, 'conversation_id' => 'c', 'number' => 2 * $made + 1, 'role' => 'assistant', 'content' => 'x', 'folded' => 'x', 'status' => 'complete', 'created_at' => 1, 'stop' => 0 ) );
        $wpdb->insert( "{$wpdb->prefix}candor_feedback", array( 'message_id' => $id, 'conversation_id' => 'c', 'rating' => 'up', 'created_at' => intdiv( $made, 2 ), 'model' => 'x' ) );
      }
      return '' === $wpdb->last_error;`);
    const { feedback } = (await client.with(await site.signIn()).get('/diagnostics/feedback')).expect(200);
    const number = ({ message }) => Number.parseInt(message.slice(2), 16);
    assert.deepEqual([feedback.length, ...feedback.slice(0, 3).map(number), ...feedback.slice(-1).map(number)], [200, 204, 202, 203, 4]);
  });

  test('is not asked for where the owner has unticked it, or the browser keeps', async (context) => {
    const { site, client } = await shop(context);
    const visitor = await client.visitor();
    const conversation = await visitor.conversation();
    const { reply } = await ask(visitor, conversation);
    (await rate(visitor, conversation, reply, { rating: 'up' })).expect(204);
    const isAsked = async () => (await client.get('/config')).expect(200).feedback;
    assert.equal(await isAsked(), true, 'it is usual');
    const { cookie } = await site.signIn();
    const form = await (await fetch(tabOf(site, 'privacy'), { headers: { cookie } })).text();
    assert.match(form, /<input type="checkbox" id="candor-feedback" name="candor\[feedback\]" value="1" checked='checked'>/);
    const [, nonce] = form.match(/name="_wpnonce" value="(\w+)"/);
    const refused = async () => {
      assert.equal(await isAsked(), undefined);
      (await rate(visitor, conversation, reply, { rating: 'down' })).refused(404, 'no_route');
      (await visitor.delete(`${conversation}/messages/${reply}/feedback`)).refused(404, 'no_route');
    };
    const body = new URLSearchParams({ option_page: 'candor', action: 'update', _wpnonce: nonce, 'candor[tab]': 'privacy', 'candor[feedback]': '' });
    assert.equal((await fetch(`${site.origin}/wp-admin/options.php`, { method: 'POST', redirect: 'manual', headers: { cookie }, body })).status, 302);
    await refused();
    await site.must("return update_option( 'candor', array( 'feedback' => true, 'keep_days' => 0 ) + get_option( 'candor' ) );");
    await refused();
    await site.must("return update_option( 'candor', array( 'keep_days' => null ) + get_option( 'candor' ) );");
    assert.equal(await isAsked(), true);
    assert.deepEqual(await ratings(visitor, conversation), [undefined, 'up'], 'what was said before stays');
    assert.deepEqual(site.complaints(), []);
  });
});
