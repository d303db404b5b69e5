// What a visitor thinks of an answer: kept with it, gone with it, and read by the owner.

import assert from 'node:assert/strict';

/** A visitor with an answer, and the address of what they think of it. */
async function answered(client) {
  const visitor = await client.visitor();
  const conversation = await visitor.conversation();
  const stream = await (await visitor.say(conversation, 'hello')).end();
  const { reply } = stream.last.data;
  const [message] = await visitor.messages(conversation);
  return { visitor, conversation, message, reply, path: of(conversation, reply) };
}

/** Where it is told what a visitor thinks of a message. */
const of = (conversation, { id }) => `${conversation}/messages/${id}/feedback`;

const ratingsOf = async (visitor, conversation) => (await visitor.messages(conversation)).map(({ rating }) => rating);

/** What the owner reads of an answer. */
async function readBy(client, owner, { id }) {
  const { feedback } = (await client.with(owner).get('/diagnostics/feedback')).expect(200);
  return feedback.filter(({ message }) => message === id);
}

export default {
  title: 'Feedback',
  cases: {
    'Config says that visitors are asked': async ({ client }) => {
      assert.equal((await client.get('/config')).expect(200).feedback, true);
    },
    'A rating is kept with its answer, with a word on it, until another one takes its place': async ({ client, owner }) => {
      const { visitor, conversation, reply, path } = await answered(client);
      assert.deepEqual(await ratingsOf(visitor, conversation), [undefined, undefined]);
      (await visitor.put(path, { rating: 'up' })).expect(204);
      assert.deepEqual(await ratingsOf(visitor, conversation), [undefined, 'up']);
      const before = Date.now();
      (await visitor.put(path, { rating: 'down', comment: '  The price is <b>wrong</b>. \n' })).expect(204);
      assert.deepEqual(await ratingsOf(visitor, conversation), [undefined, 'down']);
      const [{ time, model, ...read }, ...others] = await readBy(client, owner, reply);
      assert.deepEqual(others, []);
      assert.deepEqual(read, { conversation: conversation.split('/').at(-1), message: reply.id, rating: 'down', comment: 'The price is <b>wrong</b>.', question: 'hello', answer: reply.content });
      assert.ok(Math.abs(time - before) < 60_000);
      assert.match(model, /\w/);
    },
    'The latest is read first, and of a long answer its beginning': async ({ client, owner }) => {
      const [first, second] = [await answered(client), await answered(client)];
      (await second.visitor.put(second.path, { rating: 'up' })).expect(204);
      (await first.visitor.put(first.path, { rating: 'up' })).expect(204);
      const long = await (await first.visitor.say(first.conversation, 'x'.repeat(3_000))).end();
      (await first.visitor.put(of(first.conversation, long.last.data.reply), { rating: 'up' })).expect(204);
      const { feedback } = (await client.with(owner).get('/diagnostics/feedback')).expect(200);
      const places = [long.last.data.reply, first.reply, second.reply].map(({ id }) => feedback.findIndex(({ message }) => message === id));
      assert.ok(places[0] >= 0 && places[0] < places[1] && places[1] < places[2], `${places}`);
      assert.equal(feedback[places[0]].question, 'x'.repeat(2_000));
    },
    'It is taken back, once or twice': async ({ client, owner }) => {
      const { visitor, conversation, reply, path } = await answered(client);
      (await visitor.put(path, { rating: 'up', comment: 'Good.' })).expect(204);
      for (let times = 0; times < 2; times += 1) (await visitor.delete(path)).expect(204);
      assert.deepEqual(await ratingsOf(visitor, conversation), [undefined, undefined]);
      assert.deepEqual(await readBy(client, owner, reply), []);
    },
    'It goes with the answer that another one takes the place of': async ({ client, owner }) => {
      const { visitor, conversation, message, reply, path } = await answered(client);
      (await visitor.put(path, { rating: 'down' })).expect(204);
      const again = await (await visitor.open('POST', `${conversation}/messages/${message.id}/reply`)).end();
      assert.equal(again.last.name, 'done');
      assert.deepEqual(await ratingsOf(visitor, conversation), [undefined, undefined]);
      (await visitor.put(path, { rating: 'down' })).refused(404, 'not_found');
      assert.deepEqual(await readBy(client, owner, reply), []);
    },
    'It goes with its conversation': async ({ client, owner }) => {
      const { visitor, conversation, reply, path } = await answered(client);
      (await visitor.put(path, { rating: 'down' })).expect(204);
      (await visitor.delete(conversation)).expect(204);
      (await visitor.put(path, { rating: 'up' })).refused(404, 'not_found');
      assert.deepEqual(await readBy(client, owner, reply), []);
    },
    'It goes with its visitor': async ({ client, owner }) => {
      const { visitor, reply, path } = await answered(client);
      (await visitor.put(path, { rating: 'down' })).expect(204);
      (await visitor.delete('/visitors')).expect(204);
      assert.deepEqual(await readBy(client, owner, reply), []);
    },
    'Only an answer has it, only its visitor gives it, and only once it has ended': async ({ client }) => {
      const { visitor, conversation, message, path } = await answered(client);
      (await client.put(path, { rating: 'up' })).refused(401, 'unauthorized');
      const other = await client.visitor();
      (await other.put(path, { rating: 'up' })).refused(404, 'not_found');
      (await other.delete(path)).refused(404, 'not_found');
      (await visitor.put(of(conversation, message), { rating: 'up' })).refused(404, 'not_found');
      (await visitor.put(of(conversation, { id: 'm_none' }), { rating: 'up' })).refused(404, 'not_found');
      const stream = await visitor.say(conversation, 'a long story');
      await stream.until(({ text }) => text);
      const { reply } = stream.events[0].data;
      (await visitor.put(of(conversation, reply), { rating: 'up' })).refused(409, 'conflict');
      stream.cut();
    },
    'It is up or down, and a word on it is a text of a thousand characters at most': async ({ client }) => {
      const { visitor, conversation, path } = await answered(client);
      const wrong = [
        {}, { rating: 'good' }, { rating: 1 }, { comment: 'x' }, { rating: 'up', comment: 5 }, { rating: 'up', comment: ' \n ' },
        { rating: 'up', comment: '🚲'.repeat(1_001) }, { rating: 'up', score: 5 },
      ];
      for (const body of wrong) (await visitor.put(path, body)).refused(422, 'invalid_request');
      assert.deepEqual(await ratingsOf(visitor, conversation), [undefined, undefined]);
      (await visitor.put(path, { rating: 'up', comment: ` ${'🚲'.repeat(1_000)} ` })).expect(204);
    },
    'What visitors think is the owner’s to read alone': async ({ client }) => {
      (await client.get('/diagnostics/feedback')).refused(401, 'owner_unauthorized');
      (await (await client.visitor()).get('/diagnostics/feedback')).refused(401, 'owner_unauthorized');
    },
  },
};

/** Where the owner does not ask. */
export const unasked = {
  title: 'No feedback',
  settings: { feedback: false },
  cases: {
    'Nobody is asked, and nothing is taken': async ({ client }) => {
      assert.equal((await client.get('/config')).expect(200).feedback ?? false, false);
      const { visitor, path } = await answered(client);
      (await visitor.put(path, { rating: 'up' })).refused(404, 'no_route');
      (await visitor.delete(path)).refused(404, 'no_route');
    },
  },
};
