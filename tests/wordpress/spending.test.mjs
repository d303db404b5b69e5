// The spending cap in WordPress, before a provider that says what it has counted, lies about it, or says nothing.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { lifted } from '../conformance/lifted.mjs';
import { Client } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { inPackage } from './packaged.mjs';
import { MODEL } from './provider.mjs';
import { openShop } from './shop.mjs';

const WORDS = 400;
const ANSWER = 'word '.repeat(WORDS);
/** Dollars a million tokens, which are millionths of a dollar a token. */
const PRICES = { input_price: '10', output_price: '20' };
const LIFTED = { ...(await lifted()), max_streams: 0, max_workers: 0, ...PRICES };
/** What the answer costs by its length, in millionths of a dollar, the question left out. */
const LEAST = (ANSWER.length / 4) * 20;

/**
 * A provider that answers so many `times` the same, and says `usage` of it; `breaksOff` or `stalls` in the middle, `fails` before the
 * first word, and `refuses` to be asked for usage. It `thinks` as much beside its answers as it says in them, and `misses` its thoughts
 * where an answer comes back without them.
 */
async function startCountingProvider({ usage, times = 1, thinks = false, misses = false, fails = false, breaksOff = false, stalls = false, refuses = false } = {}) {
  const requests = [];
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    if (incoming.method === 'GET') return outgoing.end('{"object":"list","data":[]}');
    const body = JSON.parse(Buffer.concat(chunks));
    requests.push(body);
    if (refuses && body.stream_options) {
      outgoing.writeHead(400, { 'content-type': 'application/json' });
      return outgoing.end(JSON.stringify({ error: { message: "Unknown parameter: 'stream_options'.", type: 'invalid_request_error' } }));
    }
    if (misses && body.messages.some(({ role, reasoning_content }) => role === 'assistant' && reasoning_content === undefined)) {
      outgoing.writeHead(400, { 'content-type': 'application/json' });
      return outgoing.end(JSON.stringify({ error: { message: 'The `reasoning_content` in the thinking mode must be passed back to the API.', type: 'invalid_request_error' } }));
    }
    outgoing.writeHead(200, { 'content-type': 'text/event-stream' });
    const send = (data) => outgoing.write(`data: ${JSON.stringify(data)}\n\n`);
    if (thinks) send({ choices: [{ delta: { reasoning_content: ANSWER } }] });
    if (fails) {
      if (usage) send({ choices: [], usage });
      send({ error: { message: 'Provider returned error', status: 503 } });
      return outgoing.end();
    }
    for (let said = 0; said < times; said += 1) send({ choices: [{ delta: { content: ANSWER } }] });
    if (stalls) return undefined;
    if (breaksOff) return outgoing.end();
    send({ choices: [{ delta: {}, finish_reason: 'stop' }] });
    if (usage && body.stream_options?.include_usage) send({ choices: [], usage });
    return outgoing.end('data: [DONE]\n\n');
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/v1`, requests, stop: () => new Promise((resolve) => { server.closeAllConnections(); server.close(resolve); }) };
}

/** Does what is scheduled, and gives the mails that it would have sent. */
const MAILS = `
  $mails = array();
  add_filter( 'pre_wp_mail', function ( $_, $mail ) use ( &$mails ) {
    $mails[] = array( $mail['to'], $mail['subject'], $mail['message'] );
    return true;
  }, 10, 2 );
  foreach ( _get_cron_array() as $hooks ) {
    foreach ( $hooks['candor_near_limit'] ?? array() as $event ) {
      do_action_ref_array( 'candor_near_limit', $event['args'] );
    }
  }
  return $mails;`;

const say = async (visitor) => visitor.post(`${await visitor.conversation()}/messages`, { content: 'hello' }, { accept: 'application/json' });

for (const [databaseName, startDatabase] of [['SQLite', async () => undefined], ['MariaDB', startMariaDb]]) {
  describe(`Spending on ${databaseName}`, { concurrency: 2 }, () => {
    let database;
    before(async () => {
      database = await startDatabase();
    });
    after(() => database?.stop());

    async function shop(context, manner, options = {}, more = {}) {
      const provider = await startCountingProvider(manner);
      context.after(() => provider.stop());
      const site = await openShop(provider, { options: { ...LIFTED, ...options }, database, workers: 24, ...more });
      context.after(() => site.stop());
      const spent = () => site.php(`
        global $wpdb;
        return (int) $wpdb->get_var( "SELECT amount FROM {$wpdb->prefix}candor_counters WHERE name LIKE 'cents_site_day%'" );`);
      return { site, provider, client: new Client(site.wire), spent };
    }

    for (const [where, usage] of [
      ['for which it is asked', { prompt_tokens: 7, completion_tokens: 300 }],
      ['also where it leaves thoughts to the total', { prompt_tokens: 7, completion_tokens: 10, total_tokens: 307 }],
    ]) {
      test(`is what the provider says of its tokens, ${where}`, async (context) => {
        const { provider, client, spent } = await shop(context, { usage }, { limits_cents_site_day: 1000 });
        (await say(await client.visitor())).expect(200);
        assert.deepEqual(provider.requests.at(-1).stream_options, { include_usage: true });
        assert.equal(await spent(), 7 * 10 + 300 * 20);
      });
    }

    for (const [before, manner, isCost] of [
      ['nothing has come', {}, (cost) => cost === 0],
      ['the model has thought', { thinks: true }, (cost) => cost >= LEAST && cost < LEAST + 500],
      ['the provider has said what it costs', { usage: { prompt_tokens: 7, completion_tokens: 300 } }, (cost) => cost === 7 * 10 + 300 * 20],
    ]) {
      test(`of an error amid a stream is what had come until then: ${before}`, async (context) => {
        const { client, spent } = await shop(context, { ...manner, fails: true }, { limits_cents_site_day: 1000 });
        assert.ok((await say(await client.visitor())).status >= 500);
        const cost = await spent();
        assert.ok(isCost(cost), `${cost}`);
      });
    }

    test('is of what the model gets back of its thoughts too, which is taken before', async (context) => {
      // In tokens: 2 and 1,000, then 1,003 and 1,000, of which half of what was sent was thought. Of the third 2,526 are expected.
      const { provider, client } = await shop(context, { thinks: true, misses: true }, { limits_tokens_site_day: 5300 });
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      for (const requests of [1, 3]) {
        await visitor.ask(conversation, 'hello');
        assert.equal(provider.requests.length, requests);
      }
      const third = await visitor.post(`${conversation}/messages`, { content: 'hello' }, { accept: 'application/json' });
      third.refused(429, 'site_limit');
    });

    for (const [manner, how] of [
      ['says nothing', {}],
      ['says that it was nothing', { usage: { prompt_tokens: 0, completion_tokens: 0 } }],
      ['says what cannot be', { usage: { prompt_tokens: 7, completion_tokens: 9_000_000_000 } }],
      ['breaks off', { breaksOff: true }],
      ['does not know the question for it', { refuses: true, usage: { prompt_tokens: 7, completion_tokens: 1 } }],
    ]) {
      test(`is estimated where the provider ${manner}`, async (context) => {
        const { provider, client, spent } = await shop(context, how, { limits_cents_site_day: 1000 });
        const visitor = await client.visitor();
        const conversation = await visitor.conversation();
        await visitor.post(`${conversation}/messages`, { content: 'hello' }, { accept: 'application/json' });
        const first = await spent();
        assert.ok(first >= LEAST && first < LEAST + 500, `${first} after an answer of ${LEAST}`);
        if (how.refuses) {
          assert.equal(provider.requests.length, 2, 'asked, refused, and asked without it');
          await visitor.ask(conversation, 'and again');
          assert.equal(provider.requests.length, 3, 'and that is remembered');
        }
      });
    }

    test('is of an answer that PHP ends what had come of it', async (context) => {
      const ends = `add_filter( 'query', function ( $query ) {
        static $isOver = false;
        if ( ! $isOver && strpos( $query, 'candor_messages SET content' ) && strlen( $query ) > ${3 * ANSWER.length} ) {
          $isOver = true;
          exit;
        }
        return $query;
      } );`;
      const { client, spent } = await shop(context, { times: 4, stalls: true }, { limits_cents_site_day: 1000 }, { mustUse: { 'ends.php': `<?php ${ends}` } });
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      await visitor.post(`${conversation}/messages`, { content: 'hello' });
      const [, { status, content }] = await visitor.messages(conversation);
      assert.deepEqual([status, content.length], ['failed', 4 * ANSWER.length]);
      const after = await spent();
      assert.ok(after >= 4 * LEAST && after < 4 * LEAST + 500, `${after} after ${4 * LEAST}`);
    });

    test('is of the checks too, which nobody runs any more at the cap', async (context) => {
      const { provider, client, spent } = await shop(context, {}, { limits_cents_site_day: 1 });
      const visitor = await client.visitor();
      assert.equal((await visitor.post('/diagnostics/checks')).status, 200);
      const first = await spent();
      assert.ok(first >= LEAST && first < LEAST + 500, `${first} after a check that was answered with ${LEAST}`);
      (await visitor.post('/diagnostics/checks')).refused(429, 'spending_cap');
      assert.equal(await spent(), first);
      assert.equal(provider.requests.length, 1);
    });

    test('ends at the cap, of which the owner is told by mail before', async (context) => {
      // An answer takes 10,070 millionths before, about a cent, and costs as much.
      const usage = { prompt_tokens: 7, completion_tokens: 499 };
      const { site, provider, client, spent } = await shop(context, { usage }, { limits_cents_site_day: 5 });
      const visitors = await Promise.all(Array.from({ length: 20 }, () => client.visitor()));
      const answers = await Promise.all(visitors.map(say));
      const answered = answers.filter(({ status }) => status === 200).length;
      assert.equal(answered, 4);
      assert.equal(provider.requests.length, 4);
      assert.equal(await spent(), 4 * (7 * 10 + 499 * 20));
      const { detail, title } = answers.find(({ status }) => status !== 200).refused(429, 'spending_cap');
      assert.equal(title, 'The assistant rests.');
      assert.match(detail, /^Your message is kept\. The assistant is back (at \d\d:\d\d UTC|in \d+ seconds?)\.$/);
      const mails = await site.php(MAILS);
      assert.equal(mails.length, 1, 'once, however many came');
      const [to, subject, words] = mails[0];
      assert.equal(to, 'owner@shop.example');
      assert.equal(subject, '[A shop] The chat has nearly used up a limit');
      // What is under way counts as it is expected.
      assert.match(words, /cents_site_day, [34] of 5 are used up/);
      assert.match(words, /admin\.php\?page=candor&tab=limits/);
      assert.deepEqual(site.complaints(), []);
    });
  });
}

test('The package knows the price of a model by its name, whoever passes it on', async (context) => {
  const mini = ['gpt-4o-mini', 'openai/gpt-4o-mini', 'GPT-4o-mini-2024-07-18', 'gpt-4o-mini-latest'];
  const unknown = ['gpt-4o-audio-preview', 'gpt-4', 'my-deployment', '', 'gpt-5.99', 'gpt-5-1', MODEL];
  const expression = `array_map(function ($case) {
    $settings = new Candor\\Settings(['provider' => 'openai', 'base_url' => $case[0]] + ($case[2] ?? []));
    $price = Candor\\Price::of($settings, $case[1]);
    return $price === null ? null : [$price->source, $price->input, $price->output, $price->cost(1000000, 1000000), $price->cost(1, 0)];
  }, $input)`;
  const at = (url) => (model) => [url, model];
  const far = 'https://api.openai.com/v1';
  const near = ['http://127.0.0.1:11434/v1', 'http://[::1]/v1', 'http://ollama:11434/v1', 'http://10.1.2.3/v1', 'http://models.local/v1'];
  const prices = await inPackage(context, expression, [...mini.map(at(far)), ...unknown.map(at(far))]);
  for (const price of prices.slice(0, mini.length)) assert.deepEqual(price, ['known', 0.15, 0.6, 750_000, 1]);
  const dearest = prices[mini.length];
  for (const price of prices.slice(mini.length)) assert.deepEqual(price, dearest);
  assert.equal(dearest[0], 'unknown');
  assert.ok(dearest[2] >= 75, `${dearest}`);
  // A gateway may stand near the site, before a provider that is paid.
  assert.deepEqual(await inPackage(context, expression, near.map((url) => [url, MODEL])), near.map(() => null));
  for (const model of mini) {
    for (const price of await inPackage(context, expression, near.map((url) => [url, model]))) assert.deepEqual(price, ['near', 0.15, 0.6, 750_000, 1]);
  }
  const nothing = { input_price: '0', output_price: '0' };
  assert.deepEqual(await inPackage(context, expression, [[near[0], mini[1], nothing], [near[0], MODEL, PRICES]]), [['own', 0, 0, 0, 0], ['own', 10, 20, 30_000_000, 10]]);
});
