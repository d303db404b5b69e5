// Replies: streamed as they are written, taken up again, stopped, asked for again, failed.

import assert from 'node:assert/strict';
import { assertProblem, bytes, eventually, replyTo, textOf } from './wire.mjs';

const STORY = 'Tell me a long story';
/** Its answer has letters of more than one byte. */
const WIDE = 'Do you fit child seats on a Brompton?';

/** Begins a long reply and waits for its first words. */
async function begin(visitor) {
  const conversation = await visitor.conversation();
  const stream = await visitor.say(conversation, STORY);
  await stream.until(({ text }) => text);
  return { conversation, stream, reply: replyTo(conversation, stream) };
}

/** The least time that a reply to "hello" takes, in milliseconds: its words come one by one. */
const LEAST = 300;

export default {
  title: 'Replies',
  cases: {
    'A reply is streamed: start, deltas, done, each with its id': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await (await visitor.say(conversation, 'hello')).end();
      const [start, ...rest] = stream.events;
      const done = rest.pop();
      assert.equal(start.name, 'start');
      const { message, reply } = start.data;
      assert.deepEqual([message.role, message.content, message.status], ['user', 'hello', 'complete']);
      assert.deepEqual([reply.role, reply.content, reply.status], ['assistant', '', 'streaming']);
      assert.ok(rest.length > 5 && rest.every(({ name }) => name === 'delta'), `word by word: ${rest.length} deltas`);
      assert.equal(done.name, 'done');
      assert.deepEqual(done.data.reply, { ...reply, content: textOf(rest), status: 'complete' });
      assert.match(stream.text, /^Hello, and welcome\./);
      assert.deepEqual(await visitor.messages(conversation), [message, done.data.reply], 'and kept just so');
    },
    'A stream may not be kept, changed or held back on the way': async ({ client }) => {
      const visitor = await client.visitor();
      const stream = await visitor.say(await visitor.conversation(), 'hello');
      stream.cut();
      const { headers } = stream;
      assert.match(headers.get('cache-control'), /no-store/);
      assert.match(headers.get('cache-control'), /no-transform/);
      assert.equal(headers.get('x-accel-buffering'), 'no');
      assert.equal(headers.get('content-encoding'), null);
    },
    'The words arrive while the reply is written': async ({ client }) => {
      const visitor = await client.visitor();
      const { conversation, stream, reply } = await begin(visitor);
      const [, written] = await visitor.messages(conversation);
      assert.equal(written.status, 'streaming', 'it is not at its end');
      const soFar = stream.text.length;
      await stream.until(({ text }) => text.length > soFar + 20);
      (await visitor.delete(reply)).expect(204);
      await stream.end();
    },
    'What has arrived of a reply under way is in the list of messages': async ({ client }) => {
      const visitor = await client.visitor();
      const { conversation, stream, reply } = await begin(visitor);
      const [, written] = await eventually(() => visitor.messages(conversation), ([, { content }]) => content.length > 20);
      assert.equal(written.status, 'streaming');
      (await visitor.delete(reply)).expect(204);
      await stream.end();
      assert.ok(stream.text.startsWith(written.content), written.content);
    },
    'An event’s id is the reply’s and the bytes of content so far': async ({ client }) => {
      const visitor = await client.visitor();
      const stream = await (await visitor.say(await visitor.conversation(), WIDE)).end();
      assert.ok(bytes(stream.text) > stream.text.length, 'there are letters of more than one byte');
      const { id } = stream.events[0].data.reply;
      let text = '';
      for (const event of stream.events) {
        if (event.name === 'delta') text += event.data.content;
        assert.equal(event.id, `${id}:${bytes(text)}`);
      }
    },
    'A reply is taken up again behind any event without a byte lost or doubled': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const whole = await (await visitor.say(conversation, WIDE)).end();
      const reply = replyTo(conversation, whole);
      let before = '';
      for (const event of whole.events) {
        if (event.name === 'delta') before += event.data.content;
        const rest = await (await visitor.open('GET', reply, undefined, { 'last-event-id': event.id })).end();
        assert.equal(before + rest.text, whole.text, `behind ${event.id}`);
        assert.deepEqual(rest.last, whole.last);
        assert.notEqual(rest.events[0].name, 'start', 'what was seen stays valid');
      }
    },
    'An id of another reply, or of no place in this one, brings the whole reply': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const whole = await (await visitor.say(conversation, WIDE)).end();
      const { id } = whole.events[0].data.reply;
      // The byte behind the first of a letter of two.
      const within = bytes(whole.text.slice(0, whole.text.indexOf('£'))) + 1;
      for (const last of [undefined, '', 'x', 'm_0:3', `${id}:999999`, `${id}:-1`, `${id}:`, `${id}:1x`, `${id}:${within}`]) {
        const again = await (await visitor.open('GET', replyTo(conversation, whole), undefined, { 'last-event-id': last })).end();
        assert.deepEqual([again.events[0].name, again.text, again.last], ['start', whole.text, whole.last], `${last}`);
      }
    },
    'A reply goes on when the connection is cut, and is taken up where it was': async ({ client }) => {
      const visitor = await client.visitor();
      const { conversation, stream, reply } = await begin(visitor);
      const seen = [...stream.events];
      stream.cut();
      const rest = await visitor.open('GET', reply, undefined, { 'last-event-id': seen.at(-1).id });
      await rest.until(({ text }) => text.length > 40);
      (await visitor.delete(reply)).expect(204);
      await rest.end();
      assert.notEqual(rest.events[0].name, 'start');
      assert.equal(rest.last.data.reply.content, textOf(seen) + rest.text);
      assert.deepEqual((await visitor.messages(conversation))[1], rest.last.data.reply);
    },
    'A reply that nobody listens to comes to its end': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await visitor.say(conversation, 'hello');
      await stream.until(({ events }) => events.length);
      stream.cut();
      const [, reply] = await eventually(() => visitor.messages(conversation), ([, { status }]) => status !== 'streaming');
      assert.equal(reply.status, 'complete');
      const other = await visitor.ask(await visitor.conversation(), 'hello');
      assert.equal(reply.content, other.reply.content, 'whole');
    },
    'Two who follow one reply read the same': async ({ client }) => {
      const visitor = await client.visitor();
      const { stream, reply } = await begin(visitor);
      const second = await visitor.open('GET', reply);
      await second.until(({ text }) => text.length > 60);
      (await visitor.delete(reply)).expect(204);
      await Promise.all([stream.end(), second.end()]);
      assert.deepEqual([second.events[0].name, second.text, second.last], ['start', stream.text, stream.last]);
    },
    'Who accepts only JSON can wait for a reply that is under way': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await visitor.say(conversation, 'hello');
      await stream.until(({ events }) => events.length);
      const waited = (await visitor.get(replyTo(conversation, stream), { accept: 'application/json' })).expect(200);
      assert.deepEqual(waited.reply, (await stream.end()).last.data.reply);
    },
    'A comment comes in a pause of 15 seconds': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await visitor.say(conversation, 'fail: stalled stream');
      await stream.until(({ comments, last }) => comments || last?.name === 'error');
      assert.equal(stream.comments, 1, `${stream.last.name} came instead`);
      (await visitor.delete(replyTo(conversation, stream))).expect(204);
      await stream.end();
    },
    'A reply that is stopped keeps what had arrived': async ({ client }) => {
      const visitor = await client.visitor();
      const { conversation, stream, reply } = await begin(visitor);
      (await visitor.delete(reply)).expect(204);
      await stream.end();
      assert.equal(stream.last.name, 'done');
      assert.deepEqual([stream.last.data.reply.status, stream.last.data.reply.content], ['stopped', stream.text]);
      assert.ok(stream.text.length > 0);
      assert.deepEqual((await visitor.messages(conversation))[1], stream.last.data.reply);
    },
    'When the answer to Stop comes, the reply has stopped': async ({ client }) => {
      const visitor = await client.visitor();
      const { conversation, stream, reply } = await begin(visitor);
      (await visitor.delete(reply)).expect(204);
      const [, stopped] = await visitor.messages(conversation);
      assert.equal(stopped.status, 'stopped');
      await stream.end();
      assert.equal(stream.text, stopped.content);
    },
    'Stopping a reply that has ended changes nothing': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await (await visitor.say(conversation, 'hello')).end();
      (await visitor.delete(replyTo(conversation, stream))).expect(204);
      assert.deepEqual((await visitor.messages(conversation))[1], stream.last.data.reply);
    },
    'A conversation has one reply under way at a time': async ({ client }) => {
      const visitor = await client.visitor();
      const { conversation, stream, reply } = await begin(visitor);
      (await visitor.post(`${conversation}/messages`, { content: 'hello' })).refused(409, 'conflict');
      (await visitor.post(reply)).refused(409, 'conflict');
      (await visitor.delete(reply)).expect(204);
      await stream.end();
      await visitor.ask(conversation, 'hello');
      assert.equal((await visitor.messages(conversation)).length, 4);
    },
    'Of two messages at the same time one is refused': async ({ client }) => {
      const visitor = await client.visitor();
      for (let attempt = 0; attempt < 5; attempt += 1) {
        const conversation = await visitor.conversation();
        const send = () => visitor.post(`${conversation}/messages`, { content: 'hello' });
        const answers = await Promise.all([send(), send()]);
        const [answered, other] = answers.sort((one, two) => one.status - two.status);
        assert.equal(answered.events.at(-1).name, 'done');
        const messages = await visitor.messages(conversation);
        if (other.status !== 200) {
          other.refused(409, 'conflict');
          assert.equal(messages.length, 2);
          return;
        }
        // A server of few workers can let one wait for the other to end. Then the second began when the first was over.
        const [first, , second] = messages;
        assert.ok(second.created_at - first.created_at >= LEAST, `both were accepted at once: ${JSON.stringify(messages)}`);
      }
    },
    'A visitor has at most 3 replies under way': async ({ client }) => {
      const visitor = await client.visitor();
      const under = await Promise.all([begin(visitor), begin(visitor), begin(visitor)]);
      const fourth = await visitor.conversation();
      (await visitor.post(`${fourth}/messages`, { content: 'hello' })).refused(429, 'too_many_at_once');
      for (const { reply, stream } of under) {
        (await visitor.delete(reply)).expect(204);
        await stream.end();
      }
      await visitor.ask(fourth, 'hello');
    },
    'A new reply comes in the place of the last one, to the same message': async ({ client, failure }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const failed = await (await visitor.say(conversation, failure)).end();
      assert.equal(failed.last.name, 'error');
      const again = await (await visitor.open('POST', replyTo(conversation, failed))).end();
      assert.deepEqual(again.events[0].data.message, failed.events[0].data.message);
      assert.notEqual(again.events[0].data.reply.id, failed.events[0].data.reply.id);
      const messages = await visitor.messages(conversation);
      assert.deepEqual(messages.map(({ id }) => id), [again.events[0].data.message.id, again.events[0].data.reply.id]);
      const latest = await (await visitor.open('GET', replyTo(conversation, failed), undefined, { 'last-event-id': failed.last.id })).end();
      assert.deepEqual([latest.events[0].name, latest.events[0].data.reply.id], ['start', messages[1].id], 'the old one’s id brings the new one');
    },
    'A whole reply that nobody has read is told where a new one is asked for, until it is read': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await visitor.say(conversation, 'hello');
      await stream.until(({ text }) => text);
      stream.cut();
      const [, whole] = await eventually(() => visitor.messages(conversation), ([, reply]) => reply.status === 'complete');
      const retry = async () => (await visitor.open('POST', replyTo(conversation, stream))).end();
      assert.deepEqual((await retry()).last.data.reply, whole, 'it is not paid for twice');
      (await visitor.patch(conversation, { unread: false })).expect(200);
      const again = (await retry()).last.data.reply;
      assert.notEqual(again.id, whole.id);
      assert.deepEqual((await visitor.messages(conversation))[1], again);
    },
    'A reply belongs to a message of the visitor’s': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const { reply } = await visitor.ask(conversation, 'hello');
      for (const message of [reply.id, `m_${'0'.repeat(32)}`]) {
        for (const method of ['GET', 'POST', 'DELETE']) {
          (await visitor.send(method, `${conversation}/messages/${message}/reply`)).refused(404, 'not_found');
        }
      }
    },
    'A provider’s refusal is an error event with the provider’s own words, and the message is kept': async ({ client, failure, reads }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await (await visitor.say(conversation, failure)).end();
      assert.deepEqual(stream.events.map(({ name }) => name), ['start', 'error']);
      const problem = stream.last.data;
      assertProblem(problem, 502, reads ? 'missing_scope' : 'unread');
      const { status, type, message, content_type: kind } = problem.upstream;
      assert.deepEqual([problem.link, status, type, kind], ['provider', 403, 'invalid_request_error', 'application/json']);
      assert.match(message, /^You have insufficient permissions for this operation\. Missing scopes: model\.request\. Check .* necessary scopes\.$/);
      const [kept, reply] = await visitor.messages(conversation);
      assert.deepEqual([kept.content, kept.status, reply.status, reply.content], [failure, 'complete', 'failed', '']);
      assert.deepEqual(reply.error, problem, 'the same object in a stream and in a message');
    },
    'A provider’s refusal is a problem with its own status, where only JSON is accepted': async ({ client, failure, reads }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const answer = await visitor.post(`${conversation}/messages`, { content: failure }, { accept: 'application/json' });
      const problem = answer.refused(502, reads ? 'missing_scope' : 'unread');
      assert.deepEqual((await visitor.messages(conversation))[1].error, problem);
    },
    'A provider’s rate limit is told with its status and its time to wait': async ({ client, reads }) => {
      const visitor = await client.visitor();
      const stream = await (await visitor.say(await visitor.conversation(), 'fail: rate limit')).end();
      assert.deepEqual([stream.last.name, stream.last.data.status, stream.last.data.upstream.retry_after], ['error', 429, 20]);
      assert.equal(stream.last.data.cause, reads ? 'rate_limit' : 'unread');
    },
    'A provider’s organisation and key are replaced before anybody sees them': async ({ client }) => {
      const visitor = await client.visitor();
      for (const [words, secret, rest] of [['fail: rate limit', 'org-demo', 'Rate limit reached'], ['fail: invalid key', '7890', 'Incorrect API key provided']]) {
        const conversation = await visitor.conversation();
        const stream = await (await visitor.say(conversation, words)).end();
        const told = JSON.stringify([stream.events, await visitor.messages(conversation)]).replaceAll(words, '');
        assert.ok(told.includes(rest), told);
        assert.ok(!told.includes(secret), told);
      }
    },
    'An answer that is no JSON is told by its first text': async ({ client }) => {
      const visitor = await client.visitor();
      const stream = await (await visitor.say(await visitor.conversation(), 'fail: firewall')).end();
      const { status, upstream } = stream.last.data;
      assert.deepEqual([status, upstream.status], [502, 403]);
      assert.match(upstream.content_type, /^text\/html/);
      assert.match(upstream.text, /Sorry, you have been blocked/);
      assert.ok(upstream.text.length <= 300 && !upstream.text.includes('<'), upstream.text);
    },
    'What had arrived before a stream broke off is kept': async ({ client }) => {
      const visitor = await client.visitor();
      for (const words of ['fail: broken stream', 'fail: error in stream']) {
        const conversation = await visitor.conversation();
        const stream = await (await visitor.say(conversation, words)).end();
        assert.equal(stream.last.name, 'error');
        assert.match(stream.text, /^Here is the start of an answer/);
        const [, reply] = await visitor.messages(conversation);
        assert.deepEqual([reply.status, reply.content, reply.error], ['failed', stream.text, stream.last.data], words);
      }
    },
    'A failed reply can be taken up again too': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const whole = await (await visitor.say(conversation, 'fail: broken stream')).end();
      const middle = whole.events[3];
      const rest = await (await visitor.open('GET', replyTo(conversation, whole), undefined, { 'last-event-id': middle.id })).end();
      assert.equal(textOf(whole.events.slice(0, 4)) + rest.text, whole.text);
      assert.deepEqual(rest.last, whole.last);
    },
  },
};
