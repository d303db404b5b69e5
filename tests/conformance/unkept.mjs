// Replies in conversations that the browser keeps, where the owner keeps nothing.

import assert from 'node:assert/strict';

const HELLO = [{ role: 'user', content: 'hello' }];
const STORY = [{ role: 'user', content: 'Tell me a long story' }];

const begin = (visitor, messages, headers) => visitor.open('POST', '/replies', { messages }, headers);
const addressOf = (stream) => `/replies/${stream.events[0].data.reply.id}`;

export default {
  title: 'Where the browser keeps',
  settings: { keep_days: 0 },
  cases: {
    'Config says that the browser keeps, and no conversation is begun': async ({ client }) => {
      assert.equal((await client.get('/config')).expect(200).keeps, 'browser');
      (await (await client.visitor()).post('/conversations')).refused(409, 'not_kept');
    },
    'A reply is streamed as any other, to the last of what was said': async ({ client }) => {
      const visitor = await client.visitor();
      const stream = await (await begin(visitor, HELLO)).end();
      const [start, ...rest] = stream.events;
      assert.deepEqual([start.name, start.data.message.content, start.data.reply.status], ['start', 'hello', 'streaming']);
      assert.ok(rest.filter(({ name }) => name === 'delta').length > 5, 'word by word');
      assert.deepEqual(stream.last.data.reply, { ...start.data.reply, content: stream.text, status: 'complete' });
      const waited = (await visitor.post('/replies', { messages: HELLO }, { accept: 'application/json' })).expect(200);
      assert.equal(waited.reply.content, stream.text);
    },
    'What was said before reaches the model, and its refusal comes as an error event': async ({ client, failure }) => {
      const messages = [...HELLO, { role: 'assistant', content: 'Hello.' }, { role: 'user', content: failure }];
      const stream = await (await begin(await client.visitor(), messages)).end();
      assert.equal(stream.last.name, 'error');
      assert.match(stream.last.data.upstream.message, /Missing scopes: model\.request/);
    },
    'A second sending is the same reply, and the same key with other words is refused': async ({ client }) => {
      const visitor = await client.visitor();
      const key = { 'idempotency-key': 'key-1' };
      const send = async () => (await begin(visitor, HELLO, key)).end();
      const [one, two] = await Promise.all([send(), send()]);
      assert.deepEqual([two.events[0], two.text, two.last], [one.events[0], one.text, one.last]);
      (await visitor.post('/replies', { messages: STORY }, key)).refused(422, 'invalid_request');
    },
    'A stream that is cut is taken up without a byte lost or doubled': async ({ client }) => {
      const visitor = await client.visitor();
      const stream = await begin(visitor, HELLO);
      await stream.until(({ text }) => text);
      const [seen, last] = [stream.text, stream.last.id];
      stream.cut();
      const rest = await (await visitor.open('GET', addressOf(stream), undefined, { 'last-event-id': last })).end();
      assert.notEqual(rest.events[0].name, 'start');
      assert.deepEqual([rest.last.data.reply.status, rest.last.data.reply.content], ['complete', seen + rest.text]);
      const whole = await (await visitor.open('GET', addressOf(stream))).end();
      assert.deepEqual([whole.events[0].name, whole.text], ['start', seen + rest.text]);
    },
    'A reply is stopped': async ({ client }) => {
      const visitor = await client.visitor();
      const stream = await begin(visitor, STORY);
      await stream.until(({ text }) => text);
      (await visitor.delete(addressOf(stream))).expect(204);
      await stream.end();
      assert.deepEqual([stream.last.data.reply.status, stream.last.data.reply.content], ['stopped', stream.text]);
    },
    'A visitor who deletes everything ends a reply that is under way and kept by nobody': async ({ client }) => {
      const visitor = await client.visitor();
      const stream = await begin(visitor, STORY);
      await stream.until(({ text }) => text);
      (await visitor.delete('/visitors')).expect(204);
      await stream.end();
      assert.match(stream.last.name, /^(done|error)$/);
    },
    'A reply that nobody keeps is its visitor’s alone': async ({ client }) => {
      const [visitor, other] = [await client.visitor(), await client.visitor()];
      const stream = await (await begin(visitor, HELLO)).end();
      for (const method of ['GET', 'DELETE']) (await other.send(method, addressOf(stream))).refused(404, 'not_found');
      (await visitor.get(`/replies/m_${'0'.repeat(32)}`)).refused(404, 'not_found');
      (await client.post('/replies', { messages: HELLO })).refused(401, 'unauthorized');
    },
    'What is no conversation is refused': async ({ client }) => {
      const visitor = await client.visitor();
      const { message_chars: most } = (await client.get('/config')).expect(200);
      const user = (content, more) => ({ role: 'user', content, ...more });
      for (const messages of [[], {}, 'hello', ['hello'], [{ role: 'assistant', content: 'x' }], [{ role: 'system', content: 'x' }, user('x')], [user(' ')], [user(5)], [user('x', { name: 'y' })], [{ content: 'x' }]]) {
        (await visitor.post('/replies', { messages })).refused(422, 'invalid_request');
      }
      (await visitor.post('/replies', { messages: HELLO, model: 'x' })).refused(422, 'invalid_request');
      (await visitor.post('/replies', {})).refused(422, 'invalid_request');
      (await visitor.post('/replies', { messages: [user('x'.repeat(most + 1))] })).refused(413, 'body_too_large');
      (await visitor.post('/replies', { messages: Array(401).fill(user('x')) })).refused(429, 'too_many');
    },
  },
};
