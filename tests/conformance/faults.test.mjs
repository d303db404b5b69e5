// The suite can fail: each of these faults is seen by the case that is there for it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startFaulty } from './faulty.mjs';
import { mountServe } from './serve.mjs';
import { SETTINGS, TOPICS } from './suite.mjs';
import { Client } from './wire.mjs';

const isReply = ({ method, url }) => method === 'DELETE' && url.endsWith('/reply');

async function* whole(chunks) {
  let all = '';
  for await (const chunk of chunks) all += chunk;
  yield all;
}

/** Rewrites a whole body. */
const rewritten = (change) => async function* (chunks, request) {
  for await (const all of whole(chunks)) yield change(all, request);
};

/** Rewrites the content of what a visitor sends. */
const sent = (change) => (request) => {
  if (request.method === 'POST' && request.url.endsWith('/messages')) {
    request.body = request.body.replace(/"content":"((?:[^"\\]|\\.)*)"/, (_, content) => `"content":"${change(content)}"`);
  }
};

const FAULTS = [
  ['sets a cookie', { answer: ({ headers }) => { headers['set-cookie'] = 'session=1'; } },
    'No answer sets a cookie, and none may be kept by a cache'],
  ['lets a cache keep refusals', { answer: (answer) => { if (answer.status >= 400) delete answer.headers['cache-control']; } },
    'No answer sets a cookie, and none may be kept by a cache'],
  ['takes everybody for the same visitor', (() => {
    let first;
    return { request: ({ headers }) => { if (headers.authorization) headers.authorization = first ??= headers.authorization; } };
  })(), 'Another visitor’s conversation is answered everywhere as one that does not exist'],
  ['says nothing of how to sign in', { answer: ({ headers }) => { delete headers['www-authenticate']; } },
    'Without a token nothing is told, and the answer says how one is sent'],
  ['tells seconds for milliseconds', { body: rewritten((body) => body.replace(/"time":(\d+)\d{3}/, '"time":$1')) },
    'Config tells the proxy’s clock in milliseconds'],
  ['calls a problem JSON', { answer: ({ headers }) => { headers['content-type'] = headers['content-type']?.replace('problem+', ''); } },
    'An address or a method that is not known is told as such'],
  ['answers an unknown method as an unknown address', { answer: (answer) => { if (answer.status === 405) answer.status = 404; } },
    'An address or a method that is not known is told as such'],
  ['loses the key', { request: ({ headers }) => { delete headers['idempotency-key']; } },
    'The same key makes one message, also at the same time, and is answered by the same reply'],
  ['loses the key of a conversation', { request: ({ url, headers }) => { if (url.endsWith('/conversations')) delete headers['idempotency-key']; } },
    'The same key makes one conversation, also at the same time, and each visitor has keys of their own'],
  ['trims what is written', { request: sent((content) => content.trim()) }, 'A message and its reply are kept, the oldest first'],
  ['escapes what is written', { request: sent((content) => content.replaceAll('&', '&amp;')) }, 'A message and its reply are kept, the oldest first'],
  ['counts bytes for characters', { instead: ({ body }) => Buffer.byteLength(body) > 9000 && { status: 413 } },
    'A message has at most the characters that config names, whatever bytes they take'],
  ['gives any page the first one', { request: (request) => { request.url = request.url.replace(/&before=[^&]*/, ''); } },
    'The list is paged without a gap and with nothing twice, whatever is written meanwhile'],
  ['gives any page 50', { request: (request) => { request.url = request.url.replace(/limit=\d+/, 'limit=50'); } },
    'A page has 50, or 1 to 100 as asked for'],
  ['searches in one case', { request: (request) => { request.url = request.url.replace('search=%C3%BC', 'search=x'); } },
    'The search looks into titles and messages, whatever their case, and shows the place'],
  ['holds a stream back', { body: whole }, 'The words arrive while the reply is written'],
  ['counts letters for bytes', {
    body: rewritten((body) => {
      let letters = 0;
      return body.replace(/id: (m_\w+):\d+\nevent: (\w+)\ndata: (.*)/g, (_, id, event, data) => {
        if (event === 'delta') letters += JSON.parse(data).content.length;
        return `id: ${id}:${letters}\nevent: ${event}\ndata: ${data}`;
      });
    }),
  }, 'An event’s id is the reply’s and the bytes of content so far'],
  ['begins again whatever was seen', { request: ({ headers }) => { delete headers['last-event-id']; } },
    'A reply is taken up again behind any event without a byte lost or doubled'],
  ['goes on from the byte before', {
    request: ({ headers }) => {
      const last = headers['last-event-id'];
      if (last) headers['last-event-id'] = last.replace(/\d+$/, (bytes) => Math.max(0, bytes - 1));
    },
  }, 'A reply is taken up again behind any event without a byte lost or doubled'],
  ['answers Stop and does nothing', { instead: (request) => isReply(request) && { status: 204 } }, 'When the answer to Stop comes, the reply has stopped'],
  ['ends a reply with its connection', (() => {
    // As a proxy does whose program ends when its reader has left: nothing more is told of that reply.
    const left = new Set();
    return {
      async* body(chunks, { method, url }) {
        let ended = false;
        try {
          yield* chunks;
          ended = true;
        } finally {
          if (method === 'POST' && !ended) left.add(url);
        }
      },
      // The list of messages has a query that the message did not have.
      answer: (answer, { method, url }) => { if (method === 'GET' && left.has(url.split('?')[0])) answer.status = 500; },
    };
  })(), 'A reply that nobody listens to comes to its end'],
  ['knows no JSON for a reply', { request: ({ headers }) => { headers.accept = 'text/event-stream'; } }, 'Who accepts only JSON gets the message and the whole reply'],
  ['apologises in the provider’s place', { body: rewritten((body) => body.replace(/"message":"You have insufficient[^"]*"/, '"message":"Sorry."')) },
    'A provider’s refusal is an error event with the provider’s own words, and the message is kept'],
  ['collects the pieces of the checks', { body: (chunks, { url }) => (url.endsWith('/checks') ? whole(chunks) : chunks) }, 'The pieces arrive as they are sent'],
  ['refuses preflights', { instead: ({ method }) => method === 'OPTIONS' && { status: 403 } }, 'Every preflight is granted, also for pages that are not allowed'],
  ['asks for credentials', { answer: ({ headers }) => { headers['access-control-allow-credentials'] = 'true'; } },
    'A page that is allowed reads the answer, without credentials'],
  ['lets every page in', { request: ({ headers }) => { delete headers.origin; } },
    'A page that is not allowed is refused, and can read which origin is missing in which setting'],
];

describe('A fault is seen: a proxy that', { concurrency: 4 }, () => {
  const cases = Object.assign({}, ...TOPICS.map((topic) => topic.cases));
  let proxy;
  before(async () => {
    proxy = await mountServe(SETTINGS);
  });
  after(() => proxy?.stop());

  for (const [what, fault, sentence] of FAULTS) {
    test(what, async () => {
      const { origin, pathname } = new URL(proxy.client.base);
      const faulty = await startFaulty(origin, fault);
      try {
        await assert.rejects(cases[sentence]({ ...proxy, client: new Client(faulty.origin + pathname) }), assert.AssertionError, sentence);
      } finally {
        await faulty.stop();
      }
    });
  }

  test('has none passes the same cases', async () => {
    const { origin, pathname } = new URL(proxy.client.base);
    const faultless = await startFaulty(origin, {});
    try {
      const client = new Client(faultless.origin + pathname);
      for (const sentence of new Set(FAULTS.map(([, , sentence]) => sentence))) await cases[sentence]({ ...proxy, client });
    } finally {
      await faultless.stop();
    }
  });
});
