// What a model thinks beside its answers is kept for the model alone, and sent back to those that miss it, by both proxies.

import assert from 'node:assert/strict';
import { after, describe, test } from 'node:test';
import { CONTRARY_MODEL, HELLO, REASONING_MODEL, THOUGHT } from '../wordpress/provider.mjs';
import { mountServeBefore } from './serve.mjs';
import { SETTINGS } from './suite.mjs';
import { mountWordPress } from './wordpress.mjs';

/** How many tokens words are taken to have, and a message beside its words. */
const tokens = (words) => Math.ceil(Buffer.byteLength(words) / 4);
const MESSAGE = 4;

const answersIn = ({ body }) => body.messages.filter(({ role }) => role === 'assistant');

for (const [proxyName, mount] of [['candor serve', mountServeBefore], ['WordPress', mountWordPress]]) {
  describe(`A model that thinks before ${proxyName}`, () => {
    let proxy;
    const mounted = async (model, settings = {}) => {
      proxy = await mount({ ...SETTINGS, model, ...settings });
      return proxy;
    };
    after(() => proxy?.stop());

    test('has older turns left out for them where it gets them back', async () => {
      const asked = ['hello', 'and again', 'and once more'];
      const said = [...asked, HELLO, HELLO].reduce((sum, words) => sum + MESSAGE + tokens(words), 0);
      // Room for all that was said, and for one of two thoughts.
      const { client, requests } = await mounted(REASONING_MODEL, { limits_tokens_question: said + tokens(THOUGHT) });
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      for (const words of asked) assert.equal((await (await visitor.say(conversation, words)).end()).last.name, 'done');
      assert.deepEqual(answersIn(requests[2]).map((answer) => answer.reasoning_content), [THOUGHT], 'it misses them');
      assert.deepEqual(requests[3].body.messages.map(({ content }) => content).slice(-3), ['and again', HELLO, 'and once more']);
      assert.equal(answersIn(requests[3]).length, 1);
      await proxy.stop();
      proxy = undefined;
    });

    test('has its thoughts back where it misses them, and nobody else sees them', async () => {
      const { client, requests } = await mounted(REASONING_MODEL);
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      const seen = [];
      for (const [message, asked] of [['hello', 1], ['and again', 3], ['and once more', 4]]) {
        const stream = await (await visitor.say(conversation, message)).end();
        assert.equal(stream.last.name, 'done', JSON.stringify(stream.last));
        assert.equal(requests.length, asked, 'a refusal is met once');
        seen.push(stream.events);
      }
      assert.deepEqual(answersIn(requests[1]).map((answer) => answer.reasoning_content), [undefined], 'nobody is sent them unasked');
      assert.deepEqual(answersIn(requests[2]).map((answer) => answer.reasoning_content), [THOUGHT]);
      assert.deepEqual(answersIn(requests[3]).map((answer) => answer.reasoning_content), [THOUGHT, THOUGHT]);
      seen.push(await visitor.messages(conversation));
      assert.doesNotMatch(JSON.stringify(seen), /greet back/);
      await proxy.stop();
      proxy = undefined;
    });

    test('is not asked for ever where it refuses what it misses', async () => {
      const { client, requests } = await mounted(CONTRARY_MODEL);
      const visitor = await client.visitor();
      const conversation = await visitor.conversation();
      assert.equal((await (await visitor.say(conversation, 'hello')).end()).last.name, 'done');
      assert.equal((await (await visitor.say(conversation, 'and again')).end()).last.name, 'error');
      assert.equal(requests.length, 4, 'without, with, and without once more');
    });
  });
}
