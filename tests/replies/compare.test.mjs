// The reader beside the client libraries that owners' servers use: who finds type, code and message in more of the corpus.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { after, before, test } from 'node:test';
import Anthropic from '@anthropic-ai/sdk';
import { createOpenAICompatible } from '@ai-sdk/openai-compatible';
import OpenAI from 'openai';

const KEY = 'a-key';
const MESSAGES = [{ role: 'user', content: 'hello' }];

async function corpus() {
  const files = (await readdir(new URL('.', import.meta.url))).filter((name) => name.endsWith('.jsonl')).sort();
  const texts = await Promise.all(files.map((name) => readFile(new URL(name, import.meta.url), 'utf8')));
  return texts.flatMap((text) => text.trim().split('\n').map(JSON.parse));
}

const headersOf = (reply) => ({ ...(reply.content_type && { 'content-type': reply.content_type }), ...reply.headers });

/** What `candor explain` finds, reply by reply. */
function candor(replies) {
  const lines = replies.map((reply) => JSON.stringify({ status: reply.http_status, headers: headersOf(reply), body: reply.body }));
  const { stdout, stderr } = spawnSync(process.env.CANDOR_BIN, ['explain', '--json'], { input: lines.join('\n'), encoding: 'utf8' });
  const found = stdout.trim().split('\n').map(JSON.parse);
  assert.equal(found.length, replies.length, stderr);
  return found;
}

/** Each library's way to ask for a streamed answer, and where its documentation says that an error's parts are found. */
const LIBRARIES = {
  openai: {
    ask: async (origin) => {
      const client = new OpenAI({ apiKey: KEY, baseURL: `${origin}/v1`, maxRetries: 0 });
      for await (const chunk of await client.chat.completions.create({ model: 'm', messages: MESSAGES, stream: true })) assert.ok(chunk);
    },
    // https://github.com/openai/openai-node#handling-errors
    read: ({ error, type, code, message }) => ({ type: type ?? error?.type, code: code ?? error?.code, message: error?.message ?? message }),
  },
  '@anthropic-ai/sdk': {
    ask: async (origin) => {
      const client = new Anthropic({ apiKey: KEY, baseURL: origin, maxRetries: 0 });
      for await (const event of await client.messages.create({ model: 'm', max_tokens: 1, messages: MESSAGES, stream: true })) assert.ok(event);
    },
    // https://github.com/anthropics/anthropic-sdk-typescript#handling-errors
    read: ({ error, message }) => {
      const inner = error?.error ?? error;
      return { type: inner?.type, code: inner?.code, message: inner?.message ?? message };
    },
  },
  '@ai-sdk/openai-compatible': {
    ask: async (origin) => {
      const model = createOpenAICompatible({ name: 'p', apiKey: KEY, baseURL: `${origin}/v1` })('m');
      const { stream } = await model.doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'hello' }] }] });
      for await (const part of stream) if (part.type === 'error') throw part.error;
    },
    // https://ai-sdk.dev/docs/reference/ai-sdk-errors/ai-api-call-error
    read: (error) => {
      const inner = error?.data?.error ?? error?.error ?? error;
      return { type: inner?.type, code: inner?.code, message: typeof inner === 'string' ? inner : inner?.message ?? error?.message };
    },
  },
};

/** The message as it is, and without the status that some libraries set before it. */
const forms = (message) => (typeof message === 'string' ? [message, message.replace(/^\d{3} /, '')].map((form) => form.trim()) : []);

/** Whether the words are those, but for what redaction has put in brackets. */
function sameWords(found, wanted) {
  const parts = found.split(/\[(?:key|organisation|email|address|path)\]/);
  if (parts.length === 1) return found === wanted;
  const pattern = parts.map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')).join('.+?');
  return new RegExp(`^${pattern}$`, 's').test(wanted);
}

/** Whether type, code and message are right. Where there is no message to find, any is let pass. */
function isRight(reply, found) {
  const same = (part, wanted) => String(part ?? '') === String(wanted ?? '');
  const wanted = (reply.expected_message ?? '').trim();
  return same(found.type, reply.expected_type) && same(found.code, reply.expected_code)
    && (wanted === '' || forms(found.message).some((form) => sameWords(form, wanted)));
}

let server, origin, current;
before(async () => {
  server = createServer((_, response) => {
    response.writeHead(current.http_status, headersOf(current));
    response.end(current.body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  origin = `http://127.0.0.1:${server.address().port}`;
});
after(() => {
  server.closeAllConnections();
  server.close();
});

test('the reader is right on more replies than any library', async (context) => {
  const replies = await corpus();
  const found = candor(replies);
  const right = { candor: replies.filter((reply, at) => isRight(reply, found[at])).length };
  for (const [name, library] of Object.entries(LIBRARIES)) {
    right[name] = 0;
    for (current of replies) {
      // A library that takes a failure for an answer has found nothing.
      const error = await library.ask(origin).then(() => ({}), (error) => error);
      if (isRight(current, library.read(error))) right[name] += 1;
    }
    context.diagnostic(`${name}: ${right[name]} of ${replies.length}`);
    assert.ok(right[name] > replies.length / 10, `${name} was asked and read as it is meant to be`);
    assert.ok(right.candor > right[name], JSON.stringify(right));
  }
  assert.equal(right.candor, replies.length);
});
