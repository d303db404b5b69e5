// Whatever a provider sends, an answer is shown whole or told as broken, by both proxies.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { TRIALS } from '../streams/trials.mjs';
import { SETTINGS } from './suite.mjs';
import { mountServeBefore } from './serve.mjs';
import { textOf } from './wire.mjs';
import { mountWordPress } from './wordpress.mjs';

/** What an answer must not take longer for than its own pauses, in milliseconds. */
const SOON_MS = 3_000;

const pauses = ({ parts }) => parts.reduce((sum, { pause_ms: pause }) => sum + pause, 0);

for (const [proxyName, mount] of [['candor serve', mountServeBefore], ['WordPress', mountWordPress]]) {
  describe(`A stream before ${proxyName}`, { concurrency: 4 }, () => {
    let proxy;
    before(async () => {
      proxy = await mount(SETTINGS);
    });
    after(() => proxy?.stop());

    for (const trial of TRIALS) {
      const { name, why, expected } = trial;
      test(`${name}: ${why}`, async () => {
        const visitor = await proxy.client.visitor();
        const conversation = await visitor.conversation();
        const begun = Date.now();
        const stream = await visitor.say(conversation, `play: ${name}`);
        await stream.until(({ text }) => text);
        const silence = Date.now() - begun;
        await stream.end();
        const taken = Date.now() - begun;
        const [, reply] = await visitor.messages(conversation);
        assert.deepEqual([reply.status, reply.content], [expected.status, expected.content]);
        assert.equal(textOf(stream.events), expected.content, 'and the same was streamed');
        assert.equal(stream.last.name, expected.status === 'complete' ? 'done' : 'error');
        assert.ok(taken < pauses(trial) + SOON_MS, `told as soon as it is over, not after ${taken} ms`);
        const thinks = stream.events.filter(({ name }) => name === 'thinking').length;
        if (stream.events.filter(({ name }) => name === 'start').length === 1) {
          // Of thoughts that come with the answer's first words, a proxy may say so or not.
          const allowed = { think: [1], reasoning: [1], thinkcut: [0, 1] }[name] ?? [0];
          assert.ok(allowed.includes(thinks), `that the model thinks is told: ${thinks}`);
        } else {
          assert.match(name, /^unopened/, 'nothing else is taken back');
        }
        if (name === 'singlenl') assert.ok(silence < pauses(trial) / 2, `the first words came after ${silence} ms`);
        if (expected.status === 'failed') {
          assert.ok(reply.error.upstream, 'the owner reads what the provider said');
          const { cause, upstream } = reply.error;
          // By its cause, or by the code that the provider has for it.
          if (proxy.reads && expected.causes) assert.ok(expected.causes.some((one) => [cause, upstream.code].includes(one)), cause);
        }
        if (name === 'lengthempty') {
          assert.equal(reply.error.retryable, false, 'trying again does not help');
          assert.doesNotMatch(reply.error.detail, /go on/, 'there is nothing to go on from');
          assert.match(reply.error.upstream.message, /before the first word/);
        }
        if (name === 'ownstatus') assert.equal(reply.error.upstream.status, 502);
        // A conversation goes on after it.
        const next = await (await visitor.say(conversation, 'hello')).end();
        assert.equal(next.last.name, 'done');
      });
    }
  });
}
