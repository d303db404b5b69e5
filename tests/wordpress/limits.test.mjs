// What visitors may take of the owner's money, on each database: exact however many ask at the same time.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { lifted } from '../conformance/lifted.mjs';
import { Client } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { KEY, startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';

const LIFTED = { ...(await lifted()), max_streams: 0, max_workers: 0 };
const DAY_SECONDS = 24 * 60 * 60;

/** Says something in a conversation of its own, and gives the answer once it has ended. */
const say = async (visitor, words = 'hello') => {
  const conversation = await visitor.conversation();
  return visitor.post(`${conversation}/messages`, { content: words }, { accept: 'application/json' });
};

/** How many of these answers there are of each status. */
const statuses = (answers) => answers.reduce((counts, { status }) => ({ ...counts, [status]: (counts[status] ?? 0) + 1 }), {});

/** The counters whose names begin so. */
const counters = (site, start) => site.php(`
  global $wpdb;
  return $wpdb->get_results( "SELECT name, amount + 0 AS amount FROM {$wpdb->prefix}candor_counters WHERE name LIKE '${start}%' ORDER BY name" );`);

for (const [databaseName, startDatabase] of [['SQLite', async () => undefined], ['MariaDB', startMariaDb]]) {
  describe(`Limits on ${databaseName}`, { concurrency: 2 }, () => {
    let provider, slow, database;
    before(async () => {
      [provider, slow, database] = await Promise.all([startProvider({ pause: 0 }), startProvider({ pause: 200 }), startDatabase()]);
    });
    after(() => Promise.all([provider?.stop(), slow?.stop(), database?.stop()]));

    /** A site for one test, where these limits are the only ones. */
    async function shop(context, options = {}, of = provider, more = {}) {
      const site = await openShop(of, { options: { ...LIFTED, ...options }, database, workers: 24, ...more });
      context.after(() => site.stop());
      return { site, client: new Client(site.wire) };
    }

    /** How often the provider was asked for an answer to this. */
    const timesAsked = (words) => provider.requests.filter(({ body }) => body.messages.at(-1).content === words).length;

    test('a hundred messages at the same time at a limit of ten are ten answers', async (context) => {
      const { site, client } = await shop(context, { limits_answers_site_day: 10 });
      const visitors = await Promise.all(Array.from({ length: 100 }, () => client.visitor()));
      const conversations = await Promise.all(visitors.map((visitor) => visitor.conversation()));
      const mark = `hello ${Math.random()}`;
      const begun = Date.now();
      const answers = await Promise.all(visitors.map((visitor, at) =>
        visitor.post(`${conversations[at]}/messages`, { content: mark }, { accept: 'application/json' })));
      context.diagnostic(`100 messages took ${Date.now() - begun} ms`);
      assert.deepEqual(statuses(answers), { 200: 10, 429: 90 });
      assert.equal(timesAsked(mark), 10, 'the provider was asked for no more');
      for (const answer of answers.filter(({ status }) => status === 429)) {
        const { detail, upstream } = answer.refused(429, 'site_limit');
        assert.match(detail, /^Your message is kept\. The assistant is back (at \d\d:\d\d UTC|in \d+ seconds?)\.$/);
        assert.equal(Number(answer.header('retry-after')), upstream.retry_after);
        assert.ok(upstream.retry_after > 0 && upstream.retry_after <= DAY_SECONDS, upstream.retry_after);
      }
      const logged = site.said().split('\n').filter((line) => line.includes('the limit answers_site_day is reached'));
      assert.equal(logged.length, 1, 'the owner reads once which limit it is');
      assert.deepEqual((await counters(site, 'answers_site_day')).map(({ amount }) => Number(amount)), [10]);
      const kept = await Promise.all(visitors.map((visitor, at) => visitor.messages(conversations[at])));
      assert.equal(kept.filter((messages) => messages.length > 0).length, 10, 'what is refused is not kept');
      assert.deepEqual(site.complaints(), []);
    });

    test('of one visitor’s thirty at the same time no more begin than may be under way', async (context) => {
      const { client } = await shop(context, { limits_answers_visitor_at_once: 3 }, slow);
      const visitor = await client.visitor();
      const conversations = await Promise.all(Array.from({ length: 30 }, () => visitor.conversation()));
      const answers = await Promise.all(conversations.map((conversation) => visitor.post(`${conversation}/messages`, { content: 'hello' })));
      assert.deepEqual(statuses(answers), { 200: 3, 429: 27 });
      for (const answer of answers.filter(({ status }) => status === 429)) {
        answer.refused(429, 'too_many_at_once');
        assert.equal(answer.header('retry-after'), '10');
      }
    });

    test('of an address, and of everybody, no more begin than may be under way', async (context) => {
      const { client } = await shop(context, { limits_answers_address_at_once: 2, max_streams: 3, trusted_proxies: ['loopback'] }, slow);
      const from = (address) => client.with({ 'x-forwarded-for': address });
      const visitors = await Promise.all(Array.from({ length: 16 }, (_, at) => from(at < 8 ? '192.0.2.1' : `198.51.100.${at}`).visitor()));
      const first = await Promise.all(visitors.slice(0, 8).map(async (visitor) => {
        const conversation = await visitor.conversation();
        return visitor.open('POST', `${conversation}/messages`, { content: 'a long story' }).catch((refusal) => refusal.message);
      }));
      const streams = first.filter((answer) => typeof answer !== 'string');
      assert.equal(streams.length, 2, first.join('\n'));
      for (const refusal of first.filter((answer) => typeof answer === 'string')) assert.match(refusal, /429.*too_many_at_once/s);
      const others = await Promise.all(visitors.slice(8).map((visitor) => say(visitor)));
      assert.deepEqual(statuses(others), { 200: 1, 429: 7 });
      for (const stream of streams) stream.cut();
    });

    test('where nothing is kept, no more begin than may be under way, and a place is free behind an answer', async (context) => {
      const { client } = await shop(context, { keep_days: 0, limits_answers_visitor_at_once: 3, limits_answers_address_at_once: 5 }, slow);
      const send = (visitor, headers = {}) => visitor.post('/replies', { messages: [{ role: 'user', content: 'hello' }] }, { accept: 'application/json', ...headers });
      const [one, other] = await Promise.all([client.visitor(), client.visitor()]);
      const answers = await Promise.all([one, other].flatMap((visitor) => Array.from({ length: 10 }, () => send(visitor))));
      assert.deepEqual(statuses(answers), { 200: 5, 429: 15 });
      assert.ok(answers.slice(0, 10).filter(({ status }) => status === 200).length <= 3, 'of one visitor');
      answers.find(({ status }) => status === 429).refused(429, 'too_many_at_once');
      (await send(one)).expect(200);
    });

    test('a refusal takes nothing of the other limits', async (context) => {
      const { site, client } = await shop(context, { limits_answers_visitor_day: 2, limits_answers_address_day: 100, limits_answers_site_day: 3, limits_tokens_site_day: 100_000 });
      const [one, other, third] = await Promise.all([client.visitor(), client.visitor(), client.visitor()]);
      const answers = await Promise.all(Array.from({ length: 12 }, () => say(one)));
      assert.deepEqual(statuses(answers), { 200: 2, 429: 10 });
      (await say(one)).refused(429, 'visitor_limit');
      const [{ amount: tokens }] = await counters(site, 'tokens_site_day');
      (await say(other)).expect(200);
      (await say(third)).refused(429, 'site_limit');
      const amounts = async (name) => (await counters(site, name)).map(({ amount }) => Number(amount));
      assert.deepEqual(await amounts('answers_address_day'), [3]);
      assert.deepEqual(await amounts('answers_site_day'), [3]);
      assert.deepEqual((await amounts('answers_visitor_day')).sort(), [0, 1, 2], 'the third visitor has taken none');
      const [after] = await amounts('tokens_site_day');
      assert.ok(Number(tokens) > 0 && after < 1.6 * Number(tokens), `${tokens} tokens for two answers, ${after} for three`);
    });

    test('tokens are taken before an answer, and put right behind it', async (context) => {
      const { site, client } = await shop(context, { limits_tokens_site_day: 900 });
      const visitor = await client.visitor();
      const amount = async () => Number((await counters(site, 'tokens_site_day'))[0].amount);
      (await say(visitor)).expect(200);
      const used = await amount();
      assert.ok(used > 20 && used < 300, `${used} tokens`);
      // The provider refuses this one, which costs nothing.
      assert.equal((await say(visitor, 'fail: missing scopes')).status, 502);
      assert.equal(await amount(), used);
      // So long a question has no room, though nobody knows yet how long its answer were.
      (await say(visitor, 'long '.repeat(500))).refused(429, 'site_limit');
      assert.equal(await amount(), used);
    });

    test('so many tokens a minute are for a visitor, an address and everybody, and more in the next', async (context) => {
      const { site, client } = await shop(context);
      for (const [whom, cause] of [['visitor', 'visitor_limit'], ['address', 'address_limit'], ['site', 'site_limit']]) {
        const figures = ['visitor', 'address', 'site'].map((each) => `'limits_tokens_${each}_minute' => ${each === whom ? 900 : 0}`);
        await site.must(`update_option( 'candor', array( ${figures.join(', ')} ) + get_option( 'candor' ) ); return true;`);
        const visitor = await client.visitor();
        (await say(visitor)).expect(200);
        // With what is expected of an answer there is no room for so long a question, in whichever minute: no time is named.
        const never = await say(visitor, 'long '.repeat(500));
        const { detail, retryable } = never.refused(429, cause);
        assert.deepEqual([detail, retryable, never.header('retry-after')], ['Your message is kept. Shorten it, or start a new conversation.', false, '']);
        const taken = (await counters(site, `tokens_${whom}_minute`)).map(({ amount }) => Number(amount));
        assert.ok(taken.some((tokens) => tokens > 20 && tokens < 300), `${whom}: ${taken}`);
        // A shorter one has room, until some have taken what is there.
        for (let answers = 0; ; answers += 1) {
          const refused = await say(visitor, 'long '.repeat(60));
          if (refused.status === 200 && answers < 20) continue;
          assert.ok(refused.refused(429, cause).retryable);
          assert.ok(Number(refused.header('retry-after')) <= 60, `${whom}: ${refused.header('retry-after')}`);
          break;
        }
      }
    });

    test('a second sending of what was answered is not counted, and one that was refused is the first', async (context) => {
      const { site, client } = await shop(context, { limits_answers_visitor_day: 1 });
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const send = (key) => visitor.post(`${conversation}/messages`, { content: 'hello' }, { accept: 'application/json', 'idempotency-key': key });
      const first = (await send('one')).expect(200);
      assert.deepEqual((await send('one')).expect(200), first);
      (await send('two')).refused(429, 'visitor_limit');
      await site.must("update_option( 'candor', array( 'limits_answers_visitor_day' => 2 ) + get_option( 'candor' ) ); return true;");
      (await send('two')).expect(200);
      assert.equal((await visitor.messages(conversation)).length, 4);
    });

    test('where nothing is kept, a hundred at the same time are ten answers too', async (context) => {
      const { client } = await shop(context, { keep_days: 0, limits_answers_site_day: 10 });
      const visitors = await Promise.all(Array.from({ length: 100 }, () => client.visitor()));
      const send = (visitor, key) => visitor.post('/replies', { messages: [{ role: 'user', content: 'hello' }] }, { accept: 'application/json', 'idempotency-key': key });
      const answers = await Promise.all(visitors.map((visitor, at) => send(visitor, `key ${at}`)));
      assert.deepEqual(statuses(answers), { 200: 10, 429: 90 });
      const refused = answers.findIndex(({ status }) => status === 429);
      (await send(visitors[refused], `key ${refused}`)).refused(429, 'site_limit');
      const answered = answers.findIndex(({ status }) => status === 200);
      assert.deepEqual((await send(visitors[answered], `key ${answered}`)).expect(200), answers[answered].json);
    });

    test('where nothing is kept, a key leads to its reply for as long as that is there, and then begins another', async (context) => {
      const { site, client } = await shop(context, { keep_days: 0 });
      const visitor = await client.visitor();
      const send = () => visitor.post('/replies', { messages: [{ role: 'user', content: 'hello' }] }, { accept: 'application/json', 'idempotency-key': 'one' });
      const first = (await send()).expect(200);
      assert.deepEqual((await send()).expect(200), first);
      await site.must("foreach ( glob( dirname( Candor\\Store\\TemporaryFile::path( '' ) ) . '/*' ) as $file ) { touch( $file, time() - 301 ); } return true;");
      const again = (await send()).expect(200);
      assert.notEqual(again.reply.id, first.reply.id);
    });

    test('new visitors, searches, checks and codes are counted by address', async (context) => {
      const limits = { limits_visitors_address_hour: 3, limits_searches_address_minute: 1000, limits_checks_address_minute: 1000, limits_codes_address_minute: 1000 };
      const { site, client } = await shop(context, { ...limits, linking: true, trusted_proxies: ['loopback'] });
      const from = (address) => client.with({ 'x-forwarded-for': address });
      const made = await Promise.all(Array.from({ length: 20 }, () => from('192.0.2.1').post('/visitors')));
      assert.deepEqual(statuses(made), { 201: 3, 429: 17 });
      made.find(({ status }) => status === 429).refused(429, 'too_many_visitors');
      const visitor = await from('192.0.2.2').visitor();
      (await visitor.get('/conversations')).expect(200);
      (await visitor.get('/conversations?search=hello')).expect(200);
      assert.equal((await visitor.post('/diagnostics/checks')).status, 200);
      (await visitor.post('/visitors/code')).expect(201);
      (await client.with({ ...(await site.signIn()) }).post('/diagnostics/checks'));
      for (const what of ['searches', 'checks', 'codes']) {
        assert.deepEqual((await counters(site, `${what}_address_minute`)).map(({ amount }) => Number(amount)), [1], what);
      }
    });

    test('without its counters nobody is answered', async (context) => {
      const { site, client } = await shop(context, { limits_answers_site_day: 10 });
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const mark = `hello ${Math.random()}`;
      await site.php('global $wpdb; return $wpdb->query( "DROP TABLE {$wpdb->prefix}candor_counters" );');
      const away = await visitor.post(`${conversation}/messages`, { content: mark });
      away.refused(503, 'database_unavailable');
      assert.equal(away.header('retry-after'), '5');
      await site.must("delete_option( 'candor_schema' ); Candor\\Schema::ensure(); return Candor\\Schema::isReady();");
      assert.deepEqual(await visitor.messages(conversation), []);
      assert.equal(timesAsked(mark), 0);
      await visitor.ask(conversation, 'hello');
    });

    test('of an owner’s wrong tokens five are tried, however many come at the same time, and count for their address alone', async (context) => {
      const token = 'only-the-owner-has-this';
      const { site, client } = await shop(context, { trusted_proxies: ['loopback'] }, provider, { constants: { CANDOR_OWNER_TOKEN: token, CANDOR_API_KEY: KEY } });
      const ask = (address, bearer) => client.with({ 'x-forwarded-for': address, authorization: `Bearer ${bearer}` }).get('/diagnostics/errors');
      const wrong = await Promise.all(Array.from({ length: 20 }, () => ask('192.0.2.1', 'a-wrong-one')));
      assert.deepEqual(statuses(wrong), { 401: 5, 429: 15 });
      for (const answer of wrong) answer.refused(answer.status, 'owner_unauthorized');
      (await ask('::ffff:192.0.2.1', token)).refused(429, 'owner_unauthorized');
      const right = await Promise.all(Array.from({ length: 20 }, () => ask('192.0.2.2', token)));
      assert.deepEqual(statuses(right), { 200: 20 }, 'right ones at the same time are in nobody’s way');
      const { entries } = right[0].expect(200) && (await client.with({ authorization: `Bearer ${token}` }).get('/diagnostics/audit')).expect(200);
      const lockedOut = entries.filter(({ action }) => action === 'locked_out');
      assert.deepEqual(lockedOut.map(({ address, owner }) => [address, owner]), [['192.0.2.1', undefined]]);
      assert.deepEqual(site.complaints(), []);
    });

    test('a token of an owner that a script would guess lets nobody in', async (context) => {
      for (const token of ['short', 'aaaaaaaaaaaaaaaaaaaa']) {
        const { client } = await shop(context, {}, provider, { constants: { CANDOR_OWNER_TOKEN: token, CANDOR_API_KEY: KEY } });
        const { detail } = (await client.with({ authorization: `Bearer ${token}` }).get('/diagnostics/errors')).refused(401, 'owner_unauthorized');
        assert.match(detail, /too easy to guess.*at least 12 signs, 6 of them different/);
      }
    });

    test('what no window counts any more is deleted', async (context) => {
      const { site, client } = await shop(context, { limits_answers_site_day: 10, limits_answers_visitor_minute: 10 });
      await say(await client.visitor());
      await site.php('global $wpdb; return $wpdb->query( "UPDATE {$wpdb->prefix}candor_counters SET expires_at = 1 WHERE name LIKE \'answers_visitor_minute%\'" );');
      await site.must("do_action( 'candor_upkeep' ); return true;");
      assert.deepEqual((await counters(site, 'answers_')).map(({ name }) => name.split(' ')[0]), ['answers_site_day']);
    });

    test('an IPv6 network of 64 bits is one address, and a mapped IPv4 address is what it is', async (context) => {
      const { client } = await shop(context, { limits_answers_address_day: 1, trusted_proxies: ['loopback', 'cloudflare'] });
      const from = async (headers) => say((await client.visitor()).with(headers));
      const forwarded = (address) => from({ 'x-forwarded-for': address });
      (await forwarded('2001:db8:1:2::1')).expect(200);
      (await forwarded('2001:db8:1:2:ffff::9')).refused(429, 'address_limit');
      (await forwarded('2001:db8:1:3::1')).expect(200);
      (await forwarded('192.0.2.1')).expect(200);
      for (const address of ['::ffff:192.0.2.1', '::ffff:c000:201', '[::ffff:192.0.2.1]:443', '192.0.2.1:80']) {
        (await forwarded(address)).refused(429, 'address_limit');
      }
      (await forwarded('::ffff:192.0.2.2')).expect(200);
      // Cloudflare tells who asked it in a header of its own; whoever goes past it has written both.
      const cloudflare = (peer) => from({ 'x-forwarded-for': `192.0.2.66, ${peer}`, 'cf-connecting-ip': '192.0.2.3' });
      (await cloudflare('172.64.0.9')).expect(200);
      (await cloudflare('::ffff:172.64.0.10')).refused(429, 'address_limit');
      (await cloudflare('203.0.113.9')).expect(200);
      (await forwarded('203.0.113.9')).refused(429, 'address_limit');
    });

    test('a conversation that is long is sent without its beginning, and both sides are told once', async (context) => {
      const { client } = await shop(context, { limits_turns_question: 2 });
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const replies = [];
      for (const words of ['one', 'two', 'three', 'four']) replies.push((await visitor.ask(conversation, words)).reply.content);
      assert.deepEqual(replies.map((reply) => reply.startsWith('*This conversation has grown long.')), [false, false, true, false]);
      const { messages } = provider.requests.findLast(({ body }) => body.messages.at(-1).content === 'four').body;
      assert.deepEqual(messages.filter(({ role }) => role === 'user').map(({ content }) => content), ['three', 'four']);
      assert.match(messages[0].content, /The beginning of this conversation is left out/);
      assert.ok(messages.slice(1).every(({ content }) => !content.includes('grown long')), 'what stands before an answer is not the model’s');
    });

    test('Site Health tells of a proxy that was not named, until it is', async (context) => {
      const { site, client } = await shop(context, { limits_answers_site_day: 10 });
      const health = () => site.php('$tests = apply_filters( "site_status_tests", array() ); return call_user_func( $tests["direct"]["candor_proxy"]["test"] );');
      await say(await client.visitor());
      assert.equal((await health()).status, 'good');
      // The web server itself may have put the visitor's address in the peer's place.
      await say((await client.visitor()).with({ 'x-forwarded-for': '127.0.0.1' }));
      assert.equal((await health()).status, 'good');
      await say((await client.visitor()).with({ 'x-forwarded-for': '192.0.2.1' }));
      const told = await health();
      assert.equal(told.status, 'recommended');
      assert.match(told.description, /Trusted proxies/);
      assert.match(told.actions, /tab=limits/);
      await site.must("update_option( 'candor', array( 'trusted_proxies' => array( 'loopback' ) ) + get_option( 'candor' ) ); return true;");
      await say((await client.visitor()).with({ 'x-forwarded-for': '192.0.2.1' }));
      assert.equal((await health()).status, 'good');
    });
  });
}

describe('The table of limits', { concurrency: 2 }, () => {
  let provider;
  before(async () => {
    provider = await startProvider({ pause: 0 });
  });
  after(() => provider?.stop());

  const figures = (site) => site.php('Candor\\Settings::forget(); return (new Candor\\Limits(Candor\\Settings::get()))->figures();');

  test('is on with a provider that costs money, and off at the owner’s word', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const all = await figures(site);
    assert.deepEqual([all.answers_visitor_minute, all.answers_site_day, all.answers_address_month], [12, 5000, undefined]);
    assert.deepEqual([all.tokens_visitor_minute, all.tokens_address_minute, all.tokens_site_minute], [100_000, 500_000, 2_500_000]);
    assert.deepEqual([all.tokens_question, all.tokens_answer], [16_000, 16_000]);
    await site.setOption('candor', { provider: 'demo' });
    assert.deepEqual(await figures(site), { answers_visitor_at_once: 3 });
    const health = async () => (await site.php('Candor\\Settings::forget(); return Candor\\SiteHealth::limits();')).status;
    assert.equal(await health(), 'good');
    await site.setOption('candor', { provider: 'openai', limits: 'off', limits_answers_site_day: 5 });
    assert.deepEqual(await figures(site), []);
    assert.equal(await health(), 'recommended', 'the owner is warned');
    await site.setOption('candor', { provider: 'openai', limits_answers_site_day: 5, limits_answers_visitor_day: 0 });
    const own = await figures(site);
    assert.deepEqual([own.answers_site_day, own.answers_visitor_day, own.answers_visitor_minute], [5, undefined, 12]);
  });

  test('is not this site’s to tell of where a Candor server answers', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const health = () => site.php(`
      Candor\\Settings::forget();
      $tests = apply_filters( 'site_status_tests', array( 'direct' => array(), 'async' => array() ) );
      $info = apply_filters( 'debug_information', array() );
      return array( array_keys( $tests['direct'] + $tests['async'] ), array_keys( $info['candor']['fields'] ) );`);
    const [tests, fields] = await health();
    assert.deepEqual(tests, ['storage', 'key', 'limits', 'workers', 'proxy', 'provider', 'stream'].map((name) => `candor_${name}`));
    assert.ok(fields.includes('limits') && !fields.includes('remote_url'), `${fields}`);
    await site.setOption('candor', { mode: 'remote', remote_url: 'https://chat.shop.example' });
    assert.deepEqual(await health(), [['candor_provider'], ['version', 'mode', 'remote_url']]);
  });

  test('says of a model near the site that it is taken to cost nothing, or at which price it counts', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const told = async (options) => {
      await site.setOption('candor', { provider: 'openai', ...options });
      return site.php(`
        Candor\\Settings::forget();
        $shown = static function ( array $fields, string $name ): string {
          ob_start();
          array_column( $fields, null, 'name' )[ $name ]->render( '' );
          return ob_get_clean();
        };
        return array(
          $shown( Candor\\Admin\\Fields::model(), 'input_price' ),
          $shown( Candor\\Admin\\Fields::limits(), 'limits_cents_site_day' ),
          Candor\\SiteHealth::limits()['description'],
        );`);
    };
    const free = /A model near this site is taken to cost nothing\. If its address leads to a provider that is paid, name its prices under Connection\./;
    for (const words of await told({ base_url: 'http://litellm:4000', model: 'llama3.2' })) assert.match(words, free);
    const gateway = await told({ base_url: 'http://litellm:4000', model: 'openai/gpt-4o' });
    assert.match(gateway[0], /a gateway may pass on to a provider that is paid, so that it counts at the table’s price\. If nobody is paid, name 0 for both prices\./);
    assert.match(gateway[1], /A day that uses the limits up costs at most 10\.00 US dollars/);
    for (const words of gateway) assert.doesNotMatch(words, free);
    // One of several assistants is enough.
    const [, , health] = await told({ base_url: 'http://litellm:4000', model: 'openai/gpt-4o', assistants: { main: {}, sales: { model: 'llama3.2' } } });
    assert.match(health, free);
    for (const options of [{ provider: 'demo' }, { model: 'llama3.2' }, { base_url: 'http://litellm:4000', model: 'llama3.2', input_price: '0', output_price: '0' }]) {
      for (const words of await told(options)) assert.doesNotMatch(words, free);
    }
  });

  test('tells what a day costs in which the limits are used up', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const costs = async (own) => {
      await site.setOption('candor', { provider: 'openai', input_price: '1', output_price: '4', ...own });
      return site.php(`
        Candor\\Settings::forget();
        $settings = Candor\\Settings::get();
        $limits = new Candor\\Limits( $settings );
        $price = Candor\\Price::of( $settings, 'm' );
        return array( $limits->fullDayCost( 'site', $price ), $limits->fullDayCost( 'visitor', $price ) );`);
    };
    // By the usual figures: 500,000 tokens of a visitor at 4 dollars a million, and the cap of 10 dollars.
    assert.deepEqual(await costs({}), [10_000_000, 2_000_000]);
    assert.deepEqual(await costs({ limits_cents_site_day: 0 }), [40_000_000, 2_000_000]);
    assert.deepEqual(await costs({ limits_cents_site_day: 0, limits_tokens_site_day: 0, limits_tokens_visitor_day: 0 }), [null, null]);
  });

  test('has what an owner had set before it had these names', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    await site.setOption('candor', { provider: 'openai', visitor_day: 7, address_day: 0, month_messages: 70, month_tokens: 0, replies_at_once: 4, proxies: ['192.0.2.0/24'] });
    const { answers_visitor_day, answers_address_day, answers_site_month, tokens_site_month } = await figures(site);
    // A month without a limit of tokens was nobody's decision.
    assert.deepEqual([answers_visitor_day, answers_address_day, answers_site_month, tokens_site_month], [7, undefined, 70, 100_000_000]);
    const settings = () => site.php("$settings = Candor\\Settings::get(); return array( $settings->number( 'max_streams' ), $settings->texts( 'trusted_proxies' ) );");
    assert.deepEqual(await settings(), [4, ['192.0.2.0/24']]);
    // What is saved under the new names stays, whatever stood there before.
    await site.must("update_option( 'candor', Candor\\Settings::get()->all() ); return true;");
    assert.ok(!('visitor_day' in await site.php("return get_option( 'candor' );")));
    assert.equal((await figures(site)).answers_visitor_day, 7);
    assert.deepEqual(await settings(), [4, ['192.0.2.0/24']]);
  });
});
