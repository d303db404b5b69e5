// Conversations: made, listed, found, renamed, marked, deleted, and nobody else's.

import assert from 'node:assert/strict';
import { eventually, replyTo } from './wire.mjs';

const titles = ({ conversations }) => conversations.map(({ title }) => title);

export default {
  title: 'Conversations',
  cases: {
    'A new conversation is empty, read, and has its id and its times': async ({ client }) => {
      const visitor = await client.visitor();
      const made = (await visitor.post('/conversations')).expect(201);
      assert.match(made.id, /^c_\w{20,}$/);
      assert.deepEqual([made.title, made.preview, made.unread], ['', '', false]);
      for (const field of ['created_at', 'updated_at']) assert.ok(Math.abs(made[field] - Date.now()) < 60_000, field);
      assert.deepEqual((await visitor.get(`/conversations/${made.id}`)).expect(200), made);
      assert.deepEqual(await visitor.messages(`/conversations/${made.id}`), []);
    },
    'A conversation may be given its title at once': async ({ client }) => {
      const visitor = await client.visitor();
      assert.equal((await visitor.post('/conversations', { title: '  Seats ' })).expect(201).title, 'Seats');
      assert.equal((await visitor.post('/conversations', {})).expect(201).title, '');
      (await visitor.post('/conversations', { title: '' })).refused(422, 'invalid_request');
      const { detail } = (await visitor.post('/conversations', { name: 'Seats' })).refused(422, 'invalid_request');
      assert.match(detail, /\bname\b/);
    },
    'The same key makes one conversation, also at the same time, and each visitor has keys of their own': async ({ client }) => {
      const [visitor, other] = [await client.visitor(), await client.visitor()];
      const make = async (who) => (await who.post('/conversations', {}, { 'idempotency-key': 'key-1' })).expect(201).id;
      const [one, two] = await Promise.all([make(visitor), make(visitor)]);
      assert.equal(one, two);
      assert.equal(await make(visitor), one);
      assert.notEqual(await make(other), one);
      assert.equal((await visitor.list()).conversations.length, 1);
    },
    'The title is the start of the first message’s first line, until the visitor gives another': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      await visitor.ask(conversation, 'hello there\nand a second line');
      await visitor.ask(conversation, 'hello again');
      assert.equal((await visitor.get(conversation)).expect(200).title, 'hello there');
      assert.equal((await visitor.patch(conversation, { title: 'Greetings' })).expect(200).title, 'Greetings');
      await visitor.ask(conversation, 'hello once more');
      const { title, preview, created_at: created, updated_at: updated } = (await visitor.get(conversation)).expect(200);
      assert.equal(title, 'Greetings');
      assert.match(preview, /^Hello, and welcome\./, 'the start of the latest message');
      assert.ok(updated > created);
    },
    'A title is one line of 1 to 120 characters, whatever bytes they take': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const longest = '\u{1F6B2}'.repeat(120);
      assert.equal((await visitor.patch(conversation, { title: longest })).expect(200).title, longest);
      for (const title of [`${longest}x`, '', '   ', 'two\nlines', 5, null]) {
        (await visitor.patch(conversation, { title })).refused(422, 'invalid_request');
      }
      assert.equal((await visitor.get(conversation)).expect(200).title, longest, 'what is refused changes nothing');
    },
    'A change names a title or the mark of what is unread, and nothing else': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation({ title: 'Seats' });
      (await visitor.patch(conversation, {})).refused(422, 'invalid_request');
      (await visitor.patch(conversation, { unread: 1 })).refused(422, 'invalid_request');
      const { detail } = (await visitor.patch(conversation, { title: 'Helmets', colour: 'red' })).refused(422, 'invalid_request');
      assert.match(detail, /\bcolour\b/);
      const both = (await visitor.patch(conversation, { title: 'Bells', unread: true })).expect(200);
      assert.deepEqual([both.title, both.unread], ['Bells', true]);
      assert.equal((await visitor.patch(conversation, { unread: false })).expect(200).unread, false);
    },
    'A reply that nobody followed to its end is unread until the visitor says otherwise': async ({ client }) => {
      const visitor = await client.visitor();
      const [seen, missed] = [await visitor.conversation(), await visitor.conversation()];
      await (await visitor.say(seen, 'hello')).end();
      const stream = await visitor.say(missed, 'hello');
      await stream.until(({ text }) => text);
      stream.cut();
      await eventually(() => visitor.messages(missed), ([, reply]) => reply.status === 'complete');
      const marks = (await visitor.list()).conversations.map(({ id, unread }) => [`/conversations/${id}`, unread]);
      assert.deepEqual(marks, [[missed, true], [seen, false]]);
      assert.equal((await visitor.patch(missed, { unread: false })).expect(200).unread, false);
      assert.equal((await visitor.get(missed)).expect(200).unread, false);
    },
    'The list has the latest first, each as it is told alone': async ({ client }) => {
      const visitor = await client.visitor();
      const first = await visitor.conversation({ title: 'first' });
      await visitor.conversation({ title: 'second' });
      await visitor.ask(first, 'hello');
      const list = await visitor.list();
      assert.deepEqual(titles(list), ['first', 'second']);
      assert.deepEqual(list.conversations[0], (await visitor.get(first)).expect(200));
      assert.ok(!list.next, 'there are no more');
    },
    'The list is paged without a gap and with nothing twice, whatever is written meanwhile': async ({ client }) => {
      const visitor = await client.visitor();
      const made = [];
      for (let number = 0; number < 11; number += 1) made.push(await visitor.conversation({ title: `number ${number}` }));
      const seen = [];
      let next;
      for (let page = 0; page < 10; page += 1) {
        const list = await visitor.list(`?limit=3${next ? `&before=${encodeURIComponent(next)}` : ''}`);
        assert.ok(list.conversations.length <= 3);
        seen.push(...titles(list));
        next = list.next;
        if (!next) break;
        // Meanwhile another begins, and one that was shown already comes to the top.
        await visitor.conversation({ title: `meanwhile ${page}` });
        await visitor.patch(made[10], { title: 'number 10' });
      }
      assert.deepEqual(seen, made.map((_, number) => `number ${number}`).reverse());
    },
    'A page has 50, or 1 to 100 as asked for': async ({ client }) => {
      const visitor = await client.visitor();
      for (let made = 0; made < 52; made += 4) {
        await Promise.all(Array.from({ length: 4 }, () => visitor.conversation()));
      }
      const page = await visitor.list();
      assert.equal(page.conversations.length, 50);
      assert.equal((await visitor.list(`?before=${encodeURIComponent(page.next)}`)).conversations.length, 2);
      assert.equal((await visitor.list('?limit=1')).conversations.length, 1);
      assert.equal((await visitor.list('?limit=100')).conversations.length, 52);
      for (const limit of ['0', '101', '-1', 'ten', '']) (await visitor.get(`/conversations?limit=${limit}`)).refused(422, 'invalid_request');
      (await visitor.get('/conversations?before=nothing-that-a-page-gave')).refused(422, 'invalid_request');
    },
    'The search looks into titles and messages, whatever their case, and shows the place': async ({ client }) => {
      const [visitor, other] = [await client.visitor(), await client.visitor()];
      await visitor.ask(await visitor.conversation({ title: 'Greeting' }), 'hello');
      await visitor.conversation({ title: 'Über 50%_off' });
      await other.ask(await other.conversation({ title: 'Greeting of another' }), 'hello');
      const search = (words) => visitor.list(`?search=${encodeURIComponent(words)}`);
      const found = await search('AND WELCOME');
      assert.deepEqual(titles(found), ['Greeting'], 'in a reply, and in none of another visitor’s');
      assert.match(found.conversations[0].preview, /and welcome/);
      assert.deepEqual(titles(await search('über')), ['Über 50%_off'], 'in a title');
      assert.deepEqual(titles(await search('50%_')), ['Über 50%_off']);
      assert.deepEqual(titles(await search('50x_')), [], 'a sign of a pattern is only itself');
      assert.deepEqual(titles(await search('50%x')), []);
      assert.equal((await search(' ')).conversations.length, 2, 'no words are all');
      (await visitor.get(`/conversations?search=${'x'.repeat(201)}`)).refused(422, 'invalid_request');
      assert.deepEqual(titles(await search('ü'.repeat(200))), [], '200 characters are allowed');
    },
    'A search is paged as the list is': async ({ client }) => {
      const visitor = await client.visitor();
      for (const title of ['bell 1', 'horn', 'bell 2', 'bell 3']) await visitor.conversation({ title });
      const page = await visitor.list('?search=bell&limit=2');
      assert.deepEqual(titles(page), ['bell 3', 'bell 2']);
      const rest = await visitor.list(`?search=bell&limit=2&before=${encodeURIComponent(page.next)}`);
      assert.deepEqual([titles(rest), rest.next ?? null], [['bell 1'], null]);
    },
    'What is deleted is gone, with its messages': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      await visitor.ask(conversation, 'hello');
      (await visitor.delete(conversation)).expect(204);
      (await visitor.get(conversation)).refused(404, 'not_found');
      (await visitor.get(`${conversation}/messages`)).refused(404, 'not_found');
      (await visitor.delete(conversation)).refused(404, 'not_found');
      assert.deepEqual(titles(await visitor.list()), []);
      assert.deepEqual(titles(await visitor.list('?search=hello')), []);
    },
    'Deleting a conversation ends a reply that is under way in it': async ({ client }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const stream = await visitor.say(conversation, 'Tell me a long story');
      await stream.until(({ text }) => text);
      (await visitor.delete(conversation)).expect(204);
      await stream.end();
      assert.match(stream.last.name, /^(done|error)$/);
      assert.deepEqual(titles(await visitor.list()), []);
    },
    'Another visitor’s conversation is answered everywhere as one that does not exist': async ({ client }) => {
      const [visitor, other] = [await client.visitor(), await client.visitor()];
      const conversation = await visitor.conversation({ title: 'Mine' });
      const stream = await (await visitor.say(conversation, 'hello')).end();
      const before = await visitor.messages(conversation);
      const nowhere = `/conversations/c_${'0'.repeat(32)}`;
      for (const [method, path, body] of [
        ['GET', ''], ['PATCH', '', { title: 'Theirs' }], ['DELETE', ''], ['GET', '/messages'], ['POST', '/messages', { content: 'hello' }],
        ['GET', '/reply'], ['POST', '/reply'], ['DELETE', '/reply'],
      ]) {
        const at = (base) => (path === '/reply' ? replyTo(base, stream) : base + path);
        const theirs = (await other.send(method, at(conversation), body)).refused(404, 'not_found');
        const none = (await other.send(method, at(nowhere), body)).refused(404, 'not_found');
        const told = ({ reference, time, ...rest }) => rest;
        assert.deepEqual(told(theirs), told(none), `${method} ${path} tells no difference`);
      }
      assert.deepEqual(titles(await other.list()), []);
      assert.deepEqual(await visitor.messages(conversation), before, 'and nothing was changed');
    },
  },
};
