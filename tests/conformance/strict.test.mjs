// A model that refuses what others take is served by what it does take, found once and remembered, by both proxies.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { STRICT_MODEL } from '../wordpress/provider.mjs';
import { mountServeBefore } from './serve.mjs';
import { SETTINGS } from './suite.mjs';
import { mountWordPress } from './wordpress.mjs';

const PROMPT = 'You are kind.';

for (const [proxyName, mount, prompt] of [
  ['candor serve', mountServeBefore, { system_prompt: PROMPT }],
  ['WordPress', mountWordPress, { assistants: { main: { instructions: PROMPT } } }],
]) {
  describe(`A strict model before ${proxyName}`, () => {
    let proxy;
    before(async () => {
      proxy = await mount({ ...SETTINGS, ...prompt, model: STRICT_MODEL, max_output_tokens: 500 });
    });
    after(() => proxy?.stop());

    test('is asked anew without each part that it refuses, and at once in that form the next time', async () => {
      const visitor = await proxy.client.visitor();
      const conversation = await visitor.conversation();
      const stream = await (await visitor.say(conversation, 'hello')).end();
      assert.equal(stream.last.name, 'done', JSON.stringify(stream.last));
      assert.match(stream.text, /^Hello, and welcome/);
      assert.equal(proxy.requests.length, 4, 'three refusals, and the answer');
      const { body } = proxy.requests.at(-1);
      assert.deepEqual([body.stream, body.max_tokens, body.max_completion_tokens], [false, undefined, 500]);
      assert.deepEqual(body.messages, [{ role: 'user', content: `${PROMPT}\n\nhello` }]);
      await (await visitor.say(conversation, 'and again')).end();
      assert.equal(proxy.requests.length, 5);
    });

    test('is never sent two turns of one role in a row, nor for ever what has failed', async () => {
      const visitor = await proxy.client.visitor();
      const conversation = await visitor.conversation();
      const failed = await (await visitor.say(conversation, 'fail: overloaded')).end();
      assert.equal(failed.last.name, 'error');
      const blocked = await (await visitor.say(conversation, 'play: cf')).end();
      assert.equal(blocked.last.name, 'error');
      const last = await (await visitor.say(conversation, 'hello')).end();
      assert.equal(last.last.name, 'done');
      const turns = proxy.requests.at(-1).body.messages;
      assert.deepEqual(turns.map(({ role }) => role), ['user', 'assistant', 'user']);
      assert.deepEqual(turns[0].content, `${PROMPT}\n\nplay: cf`, 'a question without a word of an answer is left out');
      assert.equal(turns[1].content, 'First you take the');
      assert.equal(turns[2].content, 'hello');
    });
  });
}
