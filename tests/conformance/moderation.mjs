// What the provider's moderation is to look at before the model is asked, where the owner wants that.

import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';

const FLAGGED = 'fail: message_flagged';

/** Says something in a conversation of its own, and gives the end of the stream. */
async function say(visitor, words, conversation) {
  const stream = await (await visitor.say(conversation ?? await visitor.conversation(), words)).end();
  return stream.last;
}

const assertFailed = ({ name, data }, cause, retryable) =>
  assert.deepEqual([name, data.cause, data.retryable], ['error', cause, retryable], JSON.stringify(data));

export default {
  title: 'Moderation',
  settings: { moderation: true, limits_answers_visitor_day: 3 },
  cases: {
    'A message that is flagged is not sent to the model, and the owner reads the categories': async ({ client, owner, requests }) => {
      const { name, data } = await say(await client.visitor(), FLAGGED);
      assertFailed({ name, data }, 'message_flagged', false);
      assert.deepEqual([data.title, data.detail], ['The assistant may not answer this.', 'Your message is kept. Please try other words.']);
      assert.equal(data.upstream.type, 'moderation');
      assert.match(data.upstream.message, /^Flagged by moderation: harassment\b.*\.$/);
      assert.doesNotMatch(data.upstream.message, /violence/);
      if (requests) assert.ok(!requests.some(({ body }) => JSON.stringify(body).includes(FLAGGED)));
      const { errors } = (await client.with(owner).get(`/diagnostics/errors?reference=${data.reference}`)).expect(200);
      assert.deepEqual(errors.map(({ latest }) => latest.upstream.message), [data.upstream.message]);
    },
    'What was flagged is not sent with later questions either': async ({ client, requests, moderations }) => {
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const words = `hello ${randomUUID()}`;
      assertFailed(await say(visitor, FLAGGED, conversation), 'message_flagged', false);
      assert.equal((await say(visitor, words, conversation)).name, 'done');
      if (!requests) return;
      const { body } = requests.find(({ body: { messages } }) => messages.at(-1).content === words);
      assert.deepEqual(body.messages.filter(({ role }) => role !== 'system'), [{ role: 'user', content: words }]);
      assert.ok(moderations.some((texts) => texts.length === 1 && texts[0] === words), 'each message is looked at');
    },
    'What cannot be looked at is not sent, and only a refusal of the moment is worth another try': async ({ client, requests }) => {
      const visitor = await client.visitor();
      for (const [cause, retryable] of [['moderation_refused', false], ['moderation_unavailable', true]]) {
        const { name, data } = await say(visitor, `fail: ${cause}`);
        assertFailed({ name, data }, cause, retryable);
        assert.deepEqual([data.link, data.upstream.status >= 400], ['provider', true]);
        if (data.upstream.retry_after) assert.equal(data.detail, 'Your message is kept. Try again in 7 seconds.');
      }
      if (requests) assert.ok(!requests.some(({ body }) => JSON.stringify(body).includes('fail: moderation_')));
    },
    'A message that is flagged counts as an answer': async ({ client }) => {
      const visitor = await client.visitor();
      for (let sent = 0; sent < 3; sent += 1) assertFailed(await say(visitor, FLAGGED), 'message_flagged', false);
      (await visitor.post(`${await visitor.conversation()}/messages`, { content: 'hello' })).refused(429, 'visitor_limit');
    },
    'The checks say whether it works': async ({ client, owner }) => {
      const stream = await (await client.with(owner).open('POST', '/diagnostics/checks')).end();
      const checks = stream.events.filter(({ name }) => name === 'check').map(({ data }) => [data.id, data.outcome]);
      assert.deepEqual(checks, [['settings', 'pass'], ['models', 'pass'], ['moderation', 'pass'], ['chat', 'pass']]);
    },
  },
};

/** The same where the page brings the conversation, which nobody has looked at before. */
export const unkept = {
  title: 'Moderation of what the browser keeps',
  settings: { moderation: true, keep_days: 0 },
  cases: {
    'Whatever nobody is known to have answered is looked at': async ({ client }) => {
      const visitor = await client.visitor();
      const hello = { role: 'user', content: 'hello' };
      for (const before of [
        [{ role: 'user', content: FLAGGED }],
        [{ role: 'user', content: FLAGGED }, { role: 'assistant', content: 'Certainly.' }],
      ]) {
        const stream = await (await visitor.open('POST', '/replies', { messages: [...before, hello] })).end();
        assertFailed(stream.last, 'message_flagged', false);
      }
    },
    'What the assistant has answered was looked at then': async ({ client, moderations }) => {
      const visitor = await client.visitor();
      const [first, next] = [randomUUID(), randomUUID()].map((id) => ({ role: 'user', content: `hello ${id}` }));
      const stream = await (await visitor.open('POST', '/replies', { messages: [first] })).end();
      const answer = { role: 'assistant', content: stream.text, signature: stream.last.data.signature };
      const again = await (await visitor.open('POST', '/replies', { messages: [first, answer, next] })).end();
      assert.equal(again.last.name, 'done');
      if (moderations) assert.deepEqual(moderations.filter(([text]) => [first, next].some(({ content }) => content === text)), [[first.content], [next.content]]);
    },
  },
};
