// What visitors may take, and how it is refused: the same causes, words and times from every proxy.

import assert from 'node:assert/strict';

const DAY_SECONDS = 24 * 60 * 60;
const HOUR_SECONDS = 60 * 60;

/** The client as if it asked from this address. */
const from = (client, address) => client.with({ 'x-forwarded-for': address });

/** Says something in a conversation of its own, and gives the answer once it has ended. */
const say = async (visitor, headers = {}) => {
  const conversation = await visitor.conversation();
  return visitor.post(`${conversation}/messages`, { content: 'hello' }, { accept: 'application/json', ...headers });
};

/** Holds that a limit is refused with this cause, in these words, and with the time until there is room again. */
function isRefused(answer, cause, words, longest) {
  const problem = answer.refused(429, cause);
  const { detail, upstream, time, link, retryable } = problem;
  assert.deepEqual([link, retryable], ['proxy', true]);
  assert.match(detail, words);
  const wait = Number(answer.header('retry-after'));
  assert.equal(upstream.retry_after, wait);
  assert.ok(Number.isInteger(wait) && wait > 0 && wait <= longest, `Retry-After: ${wait}`);
  const again = new Date(time + wait * 1000);
  const [, hours, minutes] = / at (\d\d):(\d\d) UTC\.$/.exec(detail) ?? [];
  // The time is told to the minute, and the seconds are rounded up.
  if (hours) assert.ok(Math.abs(again - Date.UTC(again.getUTCFullYear(), again.getUTCMonth(), again.getUTCDate(), hours, minutes)) < 61_000 || again.getUTCHours() === 0, `${detail} and ${wait} s`);
  else assert.match(detail, new RegExp(` in ${wait} seconds?\\.$`));
  return problem;
}

/** Holds that something is done twice in a minute, and then refused until the next. */
async function isLimitedToTwo(act) {
  const answers = [];
  // At the turn of a minute twice as often.
  while (answers.length < 5 && answers.at(-1)?.status !== 429) answers.push(await act());
  assert.ok(answers.length > 2, `${answers.length} were let through`);
  isRefused(answers.at(-1), 'address_limit', TRY_AGAIN, 60);
}

const AGAIN = '(at \\d\\d:\\d\\d UTC|in \\d+ seconds?)';
const SEND_AGAIN = new RegExp(`^Your message is kept\\. You can send it again ${AGAIN}\\.$`);
const TRY_AGAIN = new RegExp(`^Please try again ${AGAIN}\\.$`);

export default {
  title: 'Limits',
  settings: {
    limits_answers_visitor_day: 2,
    limits_answers_address_day: 3,
    limits_visitors_address_hour: 4,
    limits_conversations_address_hour: 12,
    limits_searches_address_minute: 2,
    limits_checks_address_minute: 2,
    limits_codes_address_minute: 2,
    linking: true,
    trusted_proxies: 'loopback',
  },
  cases: {
    'A visitor gets so many answers, and reads until when': async ({ client }) => {
      const visitor = await from(client, '192.0.2.1').visitor();
      for (let sent = 0; sent < 2; sent += 1) (await say(visitor)).expect(200);
      isRefused(await say(visitor), 'visitor_limit', SEND_AGAIN, DAY_SECONDS);
    },
    'What is refused is not kept, and is the first when it is sent again': async ({ client }) => {
      const visitor = await from(client, '192.0.2.2').visitor();
      for (let sent = 0; sent < 2; sent += 1) (await say(visitor)).expect(200);
      const conversation = await visitor.conversation();
      for (let sent = 0; sent < 2; sent += 1) {
        const answer = await visitor.post(`${conversation}/messages`, { content: 'hello' }, { 'idempotency-key': 'one' });
        isRefused(answer, 'visitor_limit', SEND_AGAIN, DAY_SECONDS);
      }
      assert.deepEqual(await visitor.messages(conversation), []);
    },
    'A second sending of what was answered is not counted': async ({ client }) => {
      const visitor = await from(client, '192.0.2.3').visitor();
      const conversation = await visitor.conversation();
      const headers = { accept: 'application/json', 'idempotency-key': 'one' };
      const answers = [];
      for (let sent = 0; sent < 3; sent += 1) answers.push((await visitor.post(`${conversation}/messages`, { content: 'hello' }, headers)).expect(200));
      assert.deepEqual(answers[2], answers[0]);
      (await say(visitor)).expect(200);
    },
    'An address gets so many, whoever its visitors are, and another address its own': async ({ client }) => {
      for (let sent = 0; sent < 3; sent += 1) (await say(await from(client, '192.0.2.4').visitor())).expect(200);
      isRefused(await say(await from(client, '192.0.2.4').visitor()), 'address_limit', SEND_AGAIN, DAY_SECONDS);
      (await say(await from(client, '192.0.2.5').visitor())).expect(200);
    },
    'An IPv6 network is one address, and a mapped one is IPv4': async ({ client }) => {
      for (const address of ['2001:db8::1', '2001:db8::2', '2001:db8:0:0:9::1']) (await say(await from(client, address).visitor())).expect(200);
      isRefused(await say(await from(client, '2001:db8::4').visitor()), 'address_limit', SEND_AGAIN, DAY_SECONDS);
      for (const address of ['192.0.2.6', '::ffff:192.0.2.6', '[::ffff:192.0.2.6]:443']) (await say(await from(client, address).visitor())).expect(200);
      isRefused(await say(await from(client, '192.0.2.6:80').visitor()), 'address_limit', SEND_AGAIN, DAY_SECONDS);
    },
    'Of ten at the same time no more are answered than there is room for': async ({ client }) => {
      const visitor = await from(client, '192.0.2.7').visitor();
      const conversations = await Promise.all(Array.from({ length: 10 }, () => visitor.conversation()));
      const answers = await Promise.all(conversations.map((conversation) =>
        visitor.post(`${conversation}/messages`, { content: 'hello' }, { accept: 'application/json' })));
      assert.equal(answers.filter(({ status }) => status === 200).length, 2);
      for (const answer of answers.filter(({ status }) => status !== 200)) {
        assert.ok(['visitor_limit', 'too_many_at_once'].includes(answer.json.cause), answer.body);
        assert.equal(answer.status, 429);
      }
    },
    'From an address come so many new visitors in an hour': async ({ client }) => {
      const here = from(client, '192.0.2.8');
      const made = [];
      // At the turn of an hour twice as many.
      while (made.length < 9 && made.at(-1)?.status !== 429) made.push(await here.post('/visitors'));
      assert.ok(made.length > 4, `${made.length} were let in`);
      isRefused(made.at(-1), 'too_many_visitors', TRY_AGAIN, HOUR_SECONDS);
    },
    'An address begins so many conversations in an hour': async ({ client }) => {
      const visitor = await from(client, '192.0.2.10').visitor();
      const begun = [];
      // At the turn of an hour twice as many.
      while (begun.length < 25 && begun.at(-1)?.status !== 429) begun.push(await visitor.post('/conversations', {}, { 'idempotency-key': `${begun.length}` }));
      assert.ok(begun.length > 12, `${begun.length} were begun`);
      isRefused(begun.at(-1), 'address_limit', SEND_AGAIN, HOUR_SECONDS);
      (await from(client, '192.0.2.11').visitor().then((other) => other.post('/conversations'))).expect(201);
    },
    'An address searches so often in a minute': async ({ client }) => {
      const visitor = await from(client, '192.0.2.9').visitor();
      await isLimitedToTwo(() => visitor.get('/conversations?search=hello'));
      await visitor.list();
    },
    'An address runs the checks so often in a minute': async ({ client }) => {
      const visitor = await from(client, '192.0.2.12').visitor();
      await isLimitedToTwo(() => visitor.post('/diagnostics/checks'));
      const other = await from(client, '192.0.2.13').visitor();
      assert.equal((await other.post('/diagnostics/checks')).status, 200);
    },
    'An address asks for so many codes for other devices in a minute': async ({ client }) => {
      const visitor = await from(client, '192.0.2.14').visitor();
      await isLimitedToTwo(() => visitor.post('/visitors/code'));
      (await say(visitor)).expect(200);
    },
  },
};

/** Where all visitors together have one answer a day. */
export const everybody = {
  title: 'A limit for everybody',
  settings: { limits_answers_site_day: 1 },
  cases: {
    'The assistant rests until a time that everybody reads': async ({ client }) => {
      (await say(await client.visitor())).expect(200);
      const words = new RegExp(`^Your message is kept\\. The assistant is back ${AGAIN}\\.$`);
      isRefused(await say(await client.visitor()), 'site_limit', words, DAY_SECONDS);
    },
  },
};

/** Where one turn is sent with a question. */
export const short = {
  title: 'A long conversation',
  settings: { limits_turns_question: 1 },
  cases: {
    'The first answer that does without the beginning says so, and no other': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const replies = [];
      for (const words of ['hello', 'hello', 'hello']) replies.push((await visitor.ask(conversation, words)).reply.content);
      const notice = '*This conversation has grown long. From here on the assistant no longer sees how it began.*\n\n';
      assert.deepEqual(replies.map((reply) => reply.startsWith(notice)), [false, true, false]);
    },
  },
};

/** Where a question with what is expected of its answer takes more tokens than a minute has. */
export const beyond = {
  title: 'A limit that one question is beyond',
  settings: { limits_tokens_visitor_minute: 900 },
  cases: {
    'No time is named, since none makes room for it, and what is shorter is answered': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const answer = await visitor.post(`${conversation}/messages`, { content: 'long '.repeat(500) }, { accept: 'application/json' });
      const { detail, retryable, upstream } = answer.refused(429, 'visitor_limit');
      assert.deepEqual([detail, retryable, upstream], ['Your message is kept. Shorten it, or start a new conversation.', false, undefined]);
      assert.equal(answer.header('retry-after'), '');
      assert.deepEqual(await visitor.messages(conversation), []);
      (await say(visitor)).expect(200);
    },
  },
};

/** Where an answer may have five tokens, which are twenty bytes. */
export const longest = {
  title: 'The longest answer',
  settings: { limits_tokens_answer: 5 },
  cases: {
    'An answer ends at its limit, is no whole one, and can be continued': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await (await visitor.say(conversation, 'hello')).end();
      assert.deepEqual([stream.last.name, stream.last.data.cause, stream.last.data.retryable], ['error', 'token_limit', false]);
      assert.equal(stream.last.data.upstream.message, 'The answer has more than 20 bytes, the most that may come of one.');
      const [, reply] = await visitor.messages(conversation);
      assert.deepEqual([reply.status, reply.content], ['failed', stream.text]);
      const bytes = Buffer.byteLength(reply.content);
      assert.ok(bytes > 10 && bytes <= 20, `${bytes} bytes`);
    },
  },
};

/** Where a question with what is expected of its answer costs 1.9 cents, and a day may cost 2. */
export const capped = {
  title: 'The spending cap',
  settings: { input_price: 10, output_price: 38, limits_cents_site_day: 2 },
  cases: {
    'At the cap the assistant rests for everybody, and what is refused is neither kept nor sent': async ({ client, requests }) => {
      const [visitor, other] = [await client.visitor(), await client.visitor()];
      (await say(visitor)).expect(200);
      const words = new RegExp(`^Your message is kept\\. The assistant is back ${AGAIN}\\.$`);
      for (const next of [visitor, other]) {
        const conversation = await next.conversation();
        isRefused(await next.post(`${conversation}/messages`, { content: 'hello' }, { accept: 'application/json' }), 'spending_cap', words, DAY_SECONDS);
        assert.deepEqual(await next.messages(conversation), []);
      }
      if (requests) assert.equal(requests.length, 1);
    },
  },
};
