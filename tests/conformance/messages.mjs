// Messages: what is accepted, what is refused and how, and that sending twice makes one.

import assert from 'node:assert/strict';

export default {
  title: 'Messages',
  cases: {
    'A message and its reply are kept, the oldest first': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      await visitor.ask(conversation, '  hello\nwith \u{1F6B2} <b>tags</b> & "quotes" \\ ');
      await visitor.ask(conversation, 'hello again');
      const messages = await visitor.messages(conversation);
      assert.deepEqual(messages.map(({ role, status }) => [role, status]), [
        ['user', 'complete'], ['assistant', 'complete'], ['user', 'complete'], ['assistant', 'complete'],
      ]);
      assert.equal(messages[0].content, '  hello\nwith \u{1F6B2} <b>tags</b> & "quotes" \\ ', 'just as it was written');
      assert.equal(messages[2].content, 'hello again');
      assert.equal(new Set(messages.map(({ id }) => id)).size, 4);
      for (const { id, created_at: created } of messages) {
        assert.match(id, /^m_\w{20,}$/);
        assert.ok(Math.abs(created - Date.now()) < 60_000);
      }
    },
    'Who accepts only JSON gets the message and the whole reply': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const { message, reply } = await visitor.ask(conversation, 'hello');
      assert.deepEqual([message.role, message.content, reply.role, reply.status], ['user', 'hello', 'assistant', 'complete']);
      assert.deepEqual(await visitor.messages(conversation), [message, reply]);
    },
    'Who accepts streams as well gets a stream': async ({ client }) => {
      const visitor = await client.visitor();
      for (const accept of ['application/json, text/event-stream', '*/*']) {
        const stream = await visitor.say(await visitor.conversation(), 'hello', { accept });
        assert.equal((await stream.end()).last.name, 'done');
      }
    },
    'The same key makes one message, also at the same time, and is answered by the same reply': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const say = async () => (await visitor.say(conversation, 'hello', { 'idempotency-key': 'key-1' })).end();
      const [one, two] = await Promise.all([say(), say()]);
      const three = await say();
      for (const again of [two, three]) {
        assert.deepEqual(again.events[0].data.message, one.events[0].data.message);
        assert.deepEqual([again.text, again.last], [one.text, one.last]);
      }
      assert.equal((await visitor.messages(conversation)).length, 2);
    },
    'The same key with other words is refused': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const key = { 'idempotency-key': 'key-1' };
      await visitor.ask(conversation, 'hello', key);
      (await visitor.post(`${conversation}/messages`, { content: 'hello!' }, key)).refused(422, 'invalid_request');
      assert.equal((await visitor.messages(conversation)).length, 2);
    },
    'A key is a conversation’s own': async ({ client }) => {
      const visitor = await client.visitor();
      const key = { 'idempotency-key': 'key-1' };
      const one = await visitor.ask(await visitor.conversation(), 'hello', key);
      const two = await visitor.ask(await visitor.conversation(), 'hello again', key);
      assert.notEqual(one.message.id, two.message.id);
    },
    'A key has 1 to 200 ASCII characters': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      for (const key of ['', 'k'.repeat(201), 'schlüssel']) {
        (await visitor.post(`${conversation}/messages`, { content: 'hello' }, { 'idempotency-key': key })).refused(422, 'invalid_request');
        (await visitor.post('/conversations', {}, { 'idempotency-key': key })).refused(422, 'invalid_request');
      }
      assert.deepEqual(await visitor.messages(conversation), []);
      await visitor.ask(conversation, 'hello', { 'idempotency-key': 'k'.repeat(200) });
    },
    'A body that is not JSON is refused': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      for (const body of ['{', '{"content":"hello"', 'hello', '{"content":"hello",}', '{"content":"\xff']) {
        (await visitor.post(`${conversation}/messages`, body)).refused(400, 'invalid_json');
      }
      (await visitor.patch(conversation, '{')).refused(400, 'invalid_json');
      assert.deepEqual(await visitor.messages(conversation), [], 'nothing is kept of it');
    },
    'A body that is not called JSON is refused': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x', undefined]) {
        (await visitor.post(`${conversation}/messages`, '{"content":"hello"}', { 'content-type': type })).refused(415, 'invalid_request');
      }
      assert.deepEqual(await visitor.messages(conversation), []);
      const charset = { 'content-type': 'application/json; charset=utf-8', accept: 'application/json' };
      (await visitor.post(`${conversation}/messages`, '{"content":"hello"}', charset)).expect(200);
    },
    'A body that is no object, or whose content is none, is refused': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      for (const body of ['[]', '"hello"', 'null', '{}', '{"content":5}', '{"content":null}', '{"content":["hello"]}', '{"content":""}', '{"content":" \\n\\t "}']) {
        (await visitor.post(`${conversation}/messages`, body)).refused(422, 'invalid_request');
      }
      (await visitor.post(`${conversation}/messages`)).refused(422, 'invalid_request');
      assert.deepEqual(await visitor.messages(conversation), []);
    },
    'A field that is not known is refused, and named': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      for (const field of ['model', 'system', 'temperature', 'contents']) {
        const { detail } = (await visitor.post(`${conversation}/messages`, { content: 'hello', [field]: 'x' })).refused(422, 'invalid_request');
        assert.ok(detail.includes(field), detail);
      }
      assert.deepEqual(await visitor.messages(conversation), []);
    },
    'A visitor writes as user and as nobody else': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      for (const role of ['system', 'assistant', 'developer', '']) {
        (await visitor.post(`${conversation}/messages`, { content: 'hello', role })).refused(400, 'invalid_request');
      }
      assert.deepEqual(await visitor.messages(conversation), []);
      (await visitor.post(`${conversation}/messages`, { content: 'hello', role: 'user' }, { accept: 'application/json' })).expect(200);
    },
    'U+0000 is left out of what is written': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      await visitor.ask(conversation, 'hel\0lo');
      assert.equal((await visitor.messages(conversation))[0].content, 'hello');
    },
    'A message has at most the characters that config names, whatever bytes they take': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const { message_chars: most } = (await client.get('/config')).expect(200);
      const { detail } = (await visitor.post(`${conversation}/messages`, { content: 'x'.repeat(most + 1) })).refused(413, 'body_too_large');
      assert.ok(detail.includes(String(most)), detail);
      const longest = `hello ${'\u{1F6B2}'.repeat(most - 6)}`;
      await visitor.ask(conversation, longest);
      assert.equal((await visitor.messages(conversation))[0].content, longest);
    },
    'A body has at most 256 KiB': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      (await visitor.post(`${conversation}/messages`, { content: 'x'.repeat(257 * 1024) })).refused(413, 'body_too_large');
      assert.deepEqual(await visitor.messages(conversation), []);
    },
    'A conversation has at most 200 messages of the visitor’s': async ({ client, failure }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const send = () => visitor.post(`${conversation}/messages`, { content: failure }, { accept: 'application/json' });
      for (let sent = 0; sent < 200; sent += 1) assert.equal((await send()).status, 502);
      (await send()).refused(429, 'too_many');
      assert.equal((await visitor.messages(conversation)).length, 400);
      const [usual, most] = [await visitor.page(conversation), await visitor.page(conversation, '?limit=200')];
      assert.deepEqual([usual.messages.length, most.messages.length], [50, 200], 'a page has 50, or up to 200 as asked for');
      assert.deepEqual(usual.messages, most.messages.slice(150), 'the latest');
    },
    'The messages are paged from the latest on, without a gap and with nothing twice, whatever is written meanwhile': async ({ client, failure }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const send = async (content) => assert.equal((await visitor.post(`${conversation}/messages`, { content }, { accept: 'application/json' })).status, 502);
      for (let number = 0; number < 4; number += 1) await send(failure);
      const whole = await visitor.messages(conversation);
      assert.equal(whole.length, 8);
      const seen = [];
      let next;
      for (let page = 0; page < 8; page += 1) {
        const older = await visitor.page(conversation, `?limit=3${next ? `&before=${encodeURIComponent(next)}` : ''}`);
        assert.ok(older.messages.length <= 3);
        seen.unshift(...older.messages);
        next = older.next;
        if (!next) break;
        await send(failure);
      }
      assert.deepEqual(seen, whole);
    },
    'A page of messages has 1 to 200, and begins where another page said': async ({ client, failure }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      assert.deepEqual(await visitor.page(conversation), { messages: [] });
      await visitor.post(`${conversation}/messages`, { content: failure }, { accept: 'application/json' });
      assert.equal((await visitor.page(conversation, '?limit=1')).messages[0].role, 'assistant');
      assert.equal((await visitor.page(conversation, '?limit=2')).next, undefined, 'a full last page is the last');
      for (const limit of ['0', '201', '-1', 'ten', '']) (await visitor.get(`${conversation}/messages?limit=${limit}`)).refused(422, 'invalid_request');
      (await visitor.get(`${conversation}/messages?before=nothing-that-a-page-gave`)).refused(422, 'invalid_request');
    },
  },
};
