// A success with an error inside is none, for each of the checks and before both proxies.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { mountServeBefore } from './serve.mjs';
import { SETTINGS } from './suite.mjs';
import { mountWordPress } from './wordpress.mjs';

const JSON_TYPE = { 'content-type': 'application/json' };
const LIST = JSON.stringify({ object: 'list', data: [{ id: 'm', object: 'model' }] });
const ANSWER = [
  { choices: [{ index: 0, delta: { content: 'Yes.' } }] },
  { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
].map((chunk) => `data: ${JSON.stringify(chunk)}\n\n`).join('');
const ERROR = { error: { message: 'Incorrect API key provided.', type: 'invalid_request_error', code: 'invalid_api_key' } };

/** What is answered with 200, by its name: `models` to the list, `chat` to the chat, each with the outcome and the cause of its check. */
const KINDS = {
  good: { models: [LIST], chat: [ANSWER], outcomes: ['pass', 'pass'], causes: [undefined, undefined] },
  // https://github.com/lmstudio-ai/lmstudio-bug-tracker/issues/618
  unexpected: {
    models: ['{"error":"Unexpected endpoint or method. (GET /models)"}'],
    chat: ['{"error":"Unexpected endpoint or method. (POST /chat/completions)"}', JSON_TYPE],
    outcomes: ['warning', 'failure'], causes: ['wrong_base_url', 'wrong_base_url'],
  },
  noList: { models: ['{"status":"ok"}'], chat: [ANSWER], outcomes: ['warning', 'pass'], causes: ['wrong_base_url', undefined] },
  page: {
    models: ['<!doctype html><html><head><title>Log In</title></head><body></body></html>', { 'content-type': 'text/html' }],
    chat: ['<!doctype html><html><head><title>Log In</title></head><body></body></html>', { 'content-type': 'text/html' }],
    outcomes: ['warning', 'failure'], causes: [],
  },
  stream: { models: [LIST], chat: [`data: ${JSON.stringify(ERROR)}\n\n`], outcomes: ['pass', 'failure'], causes: [undefined, 'invalid_key'] },
  behindAWord: {
    models: [LIST], chat: [`data: {"choices":[{"index":0,"delta":{"content":"Yes"}}]}\n\ndata: ${JSON.stringify(ERROR)}\n\n`],
    outcomes: ['pass', 'failure'], causes: [undefined, 'invalid_key'],
  },
  whole: { models: [LIST], chat: [JSON.stringify(ERROR), JSON_TYPE], outcomes: ['pass', 'failure'], causes: [undefined, 'invalid_key'] },
  nothing: { models: [''], chat: [''], outcomes: ['warning', 'failure'], causes: [] },
};

describe('Checks before a provider that answers everything with 200', { concurrency: 4 }, () => {
  let provider;
  before(async () => {
    provider = createServer(async (incoming, outgoing) => {
      for await (const _ of incoming);
      const [, kind, last] = /^\/(\w+)\/v1\/(?:chat\/)?(\w+)$/.exec(incoming.url);
      const [body, headers] = KINDS[kind][last === 'models' ? 'models' : 'chat'];
      outgoing.writeHead(200, headers ?? { 'content-type': last === 'models' ? 'application/json' : 'text/event-stream' }).end(body);
    }).listen(0, '127.0.0.1');
    await once(provider, 'listening');
  });
  after(() => provider.close());

  for (const [proxyName, mount] of [['candor serve', mountServeBefore], ['WordPress', mountWordPress]]) {
    for (const [kind, { outcomes, causes }] of Object.entries(KINDS)) {
      test(`${proxyName}: ${kind}`, async () => {
        const proxy = await mount({ ...SETTINGS, base_url: `http://127.0.0.1:${provider.address().port}/${kind}/v1` });
        try {
          const stream = await (await (await proxy.client.visitor()).open('POST', '/diagnostics/checks')).end();
          const checks = stream.events.filter(({ name }) => name === 'check').map(({ data }) => data).filter(({ id }) => id !== 'settings');
          assert.deepEqual(checks.map(({ id }) => id), ['models', 'chat']);
          assert.deepEqual(checks.map(({ outcome }) => outcome), outcomes, JSON.stringify(checks));
          for (const [index, { problem }] of checks.entries()) {
            if (proxy.reads && causes[index]) assert.equal(problem.cause, causes[index]);
            if (outcomes[index] === 'pass') assert.equal(problem, undefined);
          }
        } finally {
          await proxy.stop();
        }
      });
    }
  }
});
