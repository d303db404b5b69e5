// The process that writes an answer or runs checks is killed, paused, or kept waiting: who waits is told soon, and nobody too soon.

import assert from 'node:assert/strict';
import { readFile, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Client, eventually, replyTo } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import * as mustUse from './mustuse.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';

/** What a visitor waits at most where the process itself is seen, and where its lease must run out, in milliseconds. */
const [AT_ONCE, LEASE] = [8000, 25_000];
/** A pause that is longer than the lease. */
const LONG = 15_000;

const wait = (milliseconds) => new Promise((resolve) => setTimeout(resolve, milliseconds));

describe('A process in the middle of an answer', { concurrency: 3 }, () => {
  let database;
  before(async () => {
    database = await startMariaDb();
  });
  after(() => database?.stop());

  /** A visitor of a site of its own, and what can be done to the process that writes their answer. */
  async function shop(context, { provider: patience, ...more } = {}) {
    const provider = await startProvider(patience);
    const site = await openShop(provider, { mustUse: { 'process.php': mustUse.NAMED_PROCESS }, ...more });
    context.after(() => Promise.all([site.stop(), provider.stop()]));
    const scratch = join(site.content, 'temp');
    const locks = async () => {
      const [folder] = (await readdir(scratch)).filter((name) => /^candor-[0-9a-f]{16}$/.test(name));
      const files = folder ? await readdir(join(scratch, folder)) : [];
      return files.filter((name) => /^[0-9a-f]{64}$/.test(name)).map((name) => join(scratch, folder, name));
    };
    return {
      client: new Client(site.wire),
      visitor: await new Client(site.wire).visitor(),
      asked: () => provider.requests.length,
      /** The process that was asked last. */
      latest: async () => Number(await readFile(join(site.content, 'process'), 'utf8')),
      locks,
      /** As another machine of the same site sees it: without the files of this one. */
      unseen: async () => {
        for (const lock of await eventually(locks, (found) => found.length > 0)) await rm(lock);
      },
    };
  }

  /** Follows a reply from a place, and holds that it is told as interrupted within that time, with what had arrived. */
  async function isTold(visitor, address, words, most) {
    const begun = performance.now();
    const stream = await (await visitor.open('GET', address)).end();
    const took = performance.now() - begun;
    assert.deepEqual([stream.last.name, stream.last.data.cause], ['error', 'reply_interrupted']);
    assert.match(stream.text, words);
    assert.ok(took < most, `told after ${took} ms`);
  }

  test('is killed: its visitor is told at once, and may write again', async (context) => {
    const { visitor, latest } = await shop(context);
    const conversation = await visitor.conversation();
    const stream = await visitor.say(conversation, 'Tell me a long story');
    await stream.until(({ text }) => text.length > 200);
    process.kill(await latest(), 'SIGKILL');
    await isTold(visitor, replyTo(conversation, stream), /^On day 1 the bicycle/, AT_ONCE);
    await visitor.ask(conversation, 'hello');
  });

  test('is killed where the browser keeps conversations: its visitor is told at once', async (context) => {
    const { visitor, latest } = await shop(context, { options: { keep_days: 0 } });
    const stream = await visitor.open('POST', '/replies', { messages: [{ role: 'user', content: 'Tell me a long story' }] });
    await stream.until(({ text }) => text.length > 200);
    process.kill(await latest(), 'SIGKILL');
    await isTold(visitor, `/replies/${stream.events[0].data.reply.id}`, /^On day 1 the bicycle/, AT_ONCE);
  });

  test('is killed on another machine: its visitor is told within seconds', async (context) => {
    const { visitor, latest, unseen } = await shop(context, { database });
    const conversation = await visitor.conversation();
    const stream = await visitor.say(conversation, 'Tell me a long story');
    await stream.until(({ text }) => text.length > 200);
    await unseen();
    process.kill(await latest(), 'SIGKILL');
    await isTold(visitor, replyTo(conversation, stream), /^On day 1 the bicycle/, LEASE);
  });

  test('is paused by the host for longer than its lease: the answer comes whole', async (context) => {
    const { visitor, latest, locks } = await shop(context);
    const conversation = await visitor.conversation();
    const stream = await visitor.say(conversation, 'Tell me a long story');
    await stream.until(({ text }) => text.length > 200);
    const paused = await latest();
    process.kill(paused, 'SIGSTOP');
    const follower = visitor.open('GET', replyTo(conversation, stream)).then((opened) => opened.end());
    await wait(LONG);
    process.kill(paused, 'SIGCONT');
    const followed = await follower;
    assert.deepEqual([followed.last.name, followed.last.data.reply?.status], ['done', 'complete']);
    assert.match(followed.text, /^On day 1 .* than the last\.$/s);
    assert.deepEqual((await visitor.messages(conversation)).map(({ status }) => status), ['complete', 'complete']);
    assert.deepEqual(await locks(), [], 'nothing is left behind');
  });

  test('waits for a silent provider on another machine: the answer comes whole', async (context) => {
    const { visitor, unseen } = await shop(context, { provider: { silence: LONG } });
    const conversation = await visitor.conversation();
    const stream = await visitor.say(conversation, 'hello');
    await stream.until(({ events }) => events.length > 0);
    await unseen();
    const followed = await (await visitor.open('GET', replyTo(conversation, stream))).end();
    assert.deepEqual([followed.last.name, followed.last.data.reply?.status], ['done', 'complete']);
    assert.match(followed.text, /^Hello, and welcome\./);
  });

  test('is killed in the middle of checks: whoever waits for them runs them', async (context) => {
    const { client, visitor, latest, asked } = await shop(context, { provider: { silence: 5000 } });
    const first = visitor.open('POST', '/diagnostics/checks').then((stream) => stream.end()).catch(() => undefined);
    await eventually(asked, (times) => times === 1);
    const killed = await latest();
    const checks = (await client.visitor()).open('POST', '/diagnostics/checks').then((stream) => stream.end());
    await wait(1500);
    assert.equal(asked(), 1, 'the other one waits');
    const begun = performance.now();
    process.kill(killed, 'SIGKILL');
    await first;
    const { events, last } = await checks;
    assert.equal(last.name, 'done');
    assert.deepEqual(events.filter(({ name }) => name === 'check').map(({ data }) => data.outcome), ['pass', 'pass', 'pass']);
    assert.equal(asked(), 2);
    assert.ok(performance.now() - begun < LEASE + 15_000, `waited ${performance.now() - begun} ms`);
  });
});
