// PHP’s workers: the chat holds a share of them, and the site’s pages have the others, whatever visitors follow.

import assert from 'node:assert/strict';
import { setMaxListeners } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { grown, launchChromium, visit } from '../browser/product.mjs';
import { lifted } from '../conformance/lifted.mjs';
import { Client, eventually, replyTo } from '../conformance/wire.mjs';
import { inPackage } from './packaged.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';

const LIFTED = { ...(await lifted()), max_streams: 0 };
const WORKERS = 10;
const VISITORS = 50;

const median = (numbers) => numbers.sort((a, b) => a - b)[Math.floor(numbers.length / 2)];

/** How long a page takes, in milliseconds: of so many, one behind the other, the one in the middle. */
async function pageTime(address, count = 15) {
  const times = [];
  for (let made = 0; made < count; made += 1) {
    const begun = performance.now();
    const response = await fetch(address);
    await response.text();
    assert.equal(response.status, 200);
    times.push(performance.now() - begun);
  }
  return median(times);
}

describe('PHP’s workers', () => {
  let provider, slow, browser;
  before(async () => {
    [provider, slow, browser] = await Promise.all([startProvider({ pause: 250 }), startProvider({ pause: 700 }), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop(), slow?.stop()]));

  async function shop(context, options = {}, more = {}, of = provider) {
    const site = await openShop(of, { options: { ...LIFTED, ...options }, workers: WORKERS, ...more });
    context.after(() => site.stop());
    return { site, client: new Client(site.wire) };
  }

  /** What one is told that there is no worker for. */
  function isBusy(answer, seconds = '10') {
    const problem = answer.refused(429, 'too_many_at_once');
    assert.equal(answer.header('retry-after'), seconds);
    assert.equal(problem.upstream.retry_after, Number(seconds));
    assert.equal(problem.retryable, true);
  }

  /** Begins an answer; a stream, or the refusal as text. */
  const begin = async (visitor, conversation) => visitor.say(conversation, 'Tell me a long story').catch(({ message }) => message);

  test('A page answers within twice its time while fifty visitors follow answers on ten workers', async (context) => {
    const { site, client } = await shop(context);
    await pageTime(site.address);
    const idle = await pageTime(site.address);
    const visitors = await Promise.all(Array.from({ length: VISITORS }, () => client.visitor()));
    const conversations = await Promise.all(visitors.map((visitor) => visitor.conversation()));
    const begun = await Promise.all(visitors.map((visitor, at) => begin(visitor, conversations[at])));
    const writing = begun.flatMap((stream, at) => (typeof stream === 'string' ? [] : [{ stream, visitor: visitors[at], conversation: conversations[at] }]));
    assert.equal(writing.length, WORKERS / 2, 'half of the workers write answers');
    for (const refusal of begun.filter((answer) => typeof answer === 'string')) assert.match(refusal, /429.*too_many_at_once/s);
    const paths = await Promise.all(writing.map(async ({ stream, conversation }) => replyTo(conversation, await stream.until(({ events }) => events.length > 0))));
    /** How many times its usual time a page takes while everybody follows. */
    const slowdown = async () => {
      // Visitors who are refused come back when they were told to, as the widget does.
      const over = new AbortController();
      setMaxListeners(VISITORS, over.signal);
      let tries = 0;
      const followers = Array.from({ length: VISITORS - writing.length }, async (_, at) => {
        const { visitor } = writing[at % writing.length];
        for (const pause of [0, ...Array(10).fill(10_000)]) {
          await sleep(pause, undefined, { signal: over.signal }).catch(() => {});
          if (over.signal.aborted) return;
          tries += 1;
          isBusy(await visitor.get(paths[at % writing.length], { accept: 'text/event-stream' }));
        }
      });
      // At first all of them are refused; then they wait.
      const [first, busy] = [await pageTime(site.address, 15), await pageTime(site.address, 25)];
      over.abort();
      await Promise.all(followers);
      context.diagnostic(`a page took ${idle.toFixed(0)} ms, and ${first.toFixed(0)} and ${busy.toFixed(0)} ms meanwhile; ${tries} tries of ${followers.length} visitors were refused`);
      return Math.max(first, busy) / idle;
    };
    // Whatever else runs on the machine may take its processors for a while, and not each time.
    const rounds = [];
    do rounds.push(await slowdown()); while (rounds.at(-1) >= 2 && rounds.length < 3);
    assert.ok(rounds.at(-1) < 2, `times its usual time: ${rounds}`);
    const statuses = await Promise.all(writing.map(async ({ visitor, conversation }) => (await visitor.messages(conversation)).at(-1).status));
    assert.ok(statuses.every((status) => status === 'streaming'), `all this while answers were written: ${statuses}`);
    for (const { stream } of writing) stream.cut();
    assert.deepEqual(site.complaints(), []);
  });

  test('Followers, stops, checks and answers that nobody keeps are told at once, and a message is kept until there is a worker', async (context) => {
    const { site, client } = await shop(context, { max_workers: 1 });
    const [one, other] = await Promise.all([client.visitor(), client.visitor()]);
    const [first, second] = [await one.conversation(), await other.conversation()];
    const stream = await one.say(first, 'Tell me a long story', { 'idempotency-key': 'one' });
    await stream.until(({ text }) => text.length > 10);
    const message = { 'idempotency-key': 'two', accept: 'application/json' };
    isBusy(await other.post(`${second}/messages`, { content: 'hello' }, message));
    assert.deepEqual(await other.messages(second), []);
    isBusy(await one.get(replyTo(first, stream)));
    isBusy(await one.get(replyTo(first, stream), { accept: 'application/json' }));
    isBusy(await one.post(`${first}/messages`, { content: 'Tell me a long story' }, { 'idempotency-key': 'one' }));
    isBusy(await other.post('/diagnostics/checks'));
    assert.equal((await client.with(await site.signIn()).post('/diagnostics/checks')).status, 200, 'the owner finds out why');
    // It stops all the same.
    isBusy(await one.delete(replyTo(first, stream)), '1');
    await stream.end();
    assert.equal(stream.last.data.reply.status, 'stopped');
    (await other.post(`${second}/messages`, { content: 'hello' }, message)).expect(200);
    assert.equal((await other.messages(second)).length, 2);
    assert.match((await one.get(replyTo(first, stream))).events.at(-1).data.reply.content, /^On day 1 /);
    assert.deepEqual(site.complaints(), []);
  });

  test('Who could not follow an answer reads it when they try again, and nobody pays for another', async (context) => {
    const { client } = await shop(context, { max_workers: 1 });
    const visitor = await client.visitor();
    const conversation = await visitor.conversation();
    const stream = await visitor.say(conversation, 'hello');
    await stream.until(({ text }) => text.length > 10);
    const asked = provider.requests.length;
    stream.cut();
    isBusy(await visitor.get(replyTo(conversation, stream)));
    const [, { id, content }] = await eventually(() => visitor.messages(conversation), (messages) => messages.at(-1).status === 'complete');
    const again = await (await visitor.open('POST', replyTo(conversation, stream))).end();
    assert.deepEqual([again.last.data.reply.id, again.text], [id, content]);
    assert.equal(provider.requests.length, asked);
    // Once it was read, another is what it says.
    (await visitor.patch(conversation, { unread: false })).expect(200);
    const other = await (await visitor.open('POST', replyTo(conversation, stream))).end();
    assert.notEqual(other.last.data.reply.id, id);
  });

  test('A visitor whom no worker is left for loses neither their words nor an answer', async (context) => {
    const { site, client } = await shop(context, { max_workers: 1 }, {}, slow);
    const other = await client.visitor();
    const conversation = await other.conversation();
    const stream = await other.say(conversation, 'Tell me a long story');
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.ask('hello');
    await chat.says('Many answers are being written right now.');
    await chat.says('Your message is kept.');
    await other.delete(replyTo(conversation, await stream.until(({ events }) => events.length > 0)));
    await stream.end();
    await chat.retry.click();
    await grown(tab, 10);
    // Its own answer has the one worker now, so that nobody can follow it on the page that is loaded anew.
    const asked = slow.requests.length;
    let followed = 0;
    tab.on('request', (request) => {
      if (request.method() === 'GET' && request.url().includes('/reply')) followed += 1;
    });
    await tab.reload();
    await chat.open();
    await chat.says('Many answers are being written right now.');
    assert.equal(followed, 1, 'who is refused does not ask again at once');
    const written = () => site.php("return (int) $GLOBALS['wpdb']->get_var( \"SELECT COUNT(*) FROM {$GLOBALS['wpdb']->prefix}candor_messages WHERE under_way = 1\" );");
    await eventually(written, (count) => count === 0, 60);
    await chat.retry.click();
    await chat.answers('Hello, and welcome.');
    await chat.answers('Ask me for a long story, or for child seats.');
    assert.equal(slow.requests.length, asked, 'it is the answer that was being written');
    await close();
    assert.deepEqual(site.complaints(), []);
  });

  test('Where nothing is kept, an answer that there is no worker for has not begun', async (context) => {
    const { client } = await shop(context, { max_workers: 1, keep_days: 0 });
    const visitor = await client.visitor();
    const ask = (content, key) => ({ body: { messages: [{ role: 'user', content }] }, headers: { 'idempotency-key': key } });
    const long = ask('Tell me a long story', 'one');
    const stream = await visitor.open('POST', '/replies', long.body, long.headers);
    await stream.until(({ text }) => text.length > 10);
    const reply = `/replies/${stream.events[0].data.reply.id}`;
    const short = ask('hello', 'two');
    isBusy(await visitor.post('/replies', short.body, { ...short.headers, accept: 'application/json' }));
    isBusy(await visitor.get(reply));
    isBusy(await visitor.delete(reply), '1');
    await stream.end();
    (await visitor.post('/replies', short.body, { ...short.headers, accept: 'application/json' })).expect(200);
  });

  test('A worker that is killed gives its place back', async (context) => {
    const { site, client } = await shop(context, { max_workers: 1 }, {
      mustUse: { 'process.php': "<?php add_filter( 'rest_pre_serve_request', function ( $served ) { header( 'X-Process: ' . getmypid() ); return $served; }, 1 );" },
    });
    const visitor = await client.visitor();
    const conversation = await visitor.conversation();
    const stream = await visitor.say(conversation, 'Tell me a long story');
    await stream.until(({ text }) => text.length > 10);
    isBusy(await visitor.post('/diagnostics/checks'));
    process.kill(Number(stream.headers.get('x-process')), 'SIGKILL');
    await eventually(() => visitor.post('/diagnostics/checks'), ({ status }) => status === 200);
    assert.deepEqual(site.complaints(), []);
  });

  test('Site Health says how many there are, and where the chat may hold all of them', async (context) => {
    const { site } = await shop(context, { max_workers: null });
    const headers = await site.signIn();
    const health = async () => {
      const page = await (await fetch(`${site.origin}/wp-admin/site-health.php`, { headers })).text();
      return JSON.parse(page.match(/var SiteHealth = (\{.*\});/)[1]).site_status.direct.find(({ test: name }) => name === 'candor_workers');
    };
    const { status, description } = await health();
    assert.equal(status, 'good', description);
    assert.match(description, /The chat holds 5 at a time\..*This server has 10\./s);
    await site.must("update_option( 'candor', array( 'max_workers' => 0 ) + get_option( 'candor' ) ); return true;");
    assert.equal((await health()).status, 'recommended');
  });

  test('As many workers are assumed as PHP-FPM has by itself, until it tells of more', async (context) => {
    const pool = (manager, total, active = 1, reached = 0) => ({ 'process-manager': manager, 'total-processes': total, 'max-active-processes': active, 'max-children-reached': reached });
    const pools = [pool('static', 10), pool('static', 1), pool('dynamic', 2), pool('ondemand', 1, 4), pool('dynamic', 12, 20), pool('dynamic', 3, 8, 2)];
    const told = await inPackage(context, `array_map(function ($pool) {
      $workers = Candor\\Workers::ofPool($pool);
      return [$workers->count, $workers->isKnown, $workers->share()];
    }, $input)`, pools);
    assert.deepEqual(told, [[10, true, 5], [1, true, 1], [5, false, 2], [5, false, 2], [20, false, 10], [8, true, 4]]);
  });
});
