// The model that everybody asks: one source of tokens, told in the wire of each competitor.
//
// - `/v1/chat/completions`: OpenAI's streaming chat completions, which `candor serve` asks.
// - `/deep-chat`: server-sent events of `{"text"}`, as deep-chat's documentation of `connect.stream` has them.
// - `/n8n`: lines of JSON, as n8n's Chat Trigger answers with streaming on (`@n8n/chat`, src/api/message.ts).
// - `/api/v1/…`: Flowise's prediction API with streaming (`flowise-embed`, src/components/Bot.tsx).

import { createServer } from 'node:http';
import { once } from 'node:events';
import { GREETING, answer } from './words.mjs';

export const TOKENS_PER_SECOND = 200;

const json = (value) => JSON.stringify(value);

/** The tokens that a question asks for: `Write 4000 tokens` is answered by so many, anything else by a greeting. */
const tokensFor = (question) => {
  const count = question.match(/Write (\d+) tokens/)?.[1];
  return count ? answer(Number(count)) : GREETING;
};

/** Each wire: the path it is asked at, the question in its body, and what it sends before, for each token and after. */
const WIRES = [
  {
    path: '/v1/chat/completions',
    type: 'text/event-stream',
    question: ({ messages }) => messages.at(-1).content,
    token: (content) => `data: ${json({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content }, finish_reason: null }] })}\n\n`,
    end: `data: ${json({ id: 'x', object: 'chat.completion.chunk', choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] })}\n\ndata: [DONE]\n\n`,
  },
  {
    path: '/deep-chat',
    type: 'text/event-stream',
    question: ({ messages }) => messages.at(-1).text,
    token: (text) => `data: ${json({ text })}\n\n`,
    end: '',
  },
  {
    path: '/n8n',
    type: 'application/json; charset=utf-8',
    question: ({ chatInput }) => chatInput,
    begin: `${json({ type: 'begin', metadata: n8nNode() })}\n`,
    token: (content) => `${json({ type: 'item', content, metadata: n8nNode() })}\n`,
    end: `${json({ type: 'end', metadata: n8nNode() })}\n`,
  },
  {
    path: '/api/v1/prediction/bench',
    type: 'text/event-stream',
    question: ({ question }) => question,
    begin: flowiseEvent('start', ''),
    token: (text) => flowiseEvent('token', text),
    end: flowiseEvent('metadata', { chatId: 'bench', sessionId: 'bench' }) + flowiseEvent('end', '[DONE]'),
  },
];

function n8nNode() {
  return { nodeId: '7d1c4f1e-5c3b-4b5e-9d0a-2f6a3c8e1b90', nodeName: 'AI Agent', itemIndex: 0, runIndex: 0, timestamp: 0 };
}

function flowiseEvent(event, data) {
  return `message:\ndata:${json({ event, data })}\n\n`;
}

/** What Flowise's widget asks as it starts. */
const FLOWISE_CONFIG = {
  '/api/v1/chatflows-streaming/bench': { isStreaming: true },
  '/api/v1/public-chatbotConfig/bench': { uploads: { isSpeechToTextEnabled: false, isImageUploadAllowed: false, isRAGFileUploadAllowed: false } },
};

const CORS = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*', 'access-control-allow-methods': '*', 'access-control-max-age': '600' };

async function bodyOf(request) {
  const chunks = [];
  for await (const chunk of request) chunks.push(chunk);
  return JSON.parse(Buffer.concat(chunks).toString() || '{}');
}

/** Milliseconds of the clock that Chromium's traces have too (CLOCK_MONOTONIC). */
export const clock = () => Number(process.hrtime.bigint()) / 1e6;

/** Starts it. `last()` tells of the latest answer: when each token was sent, by `clock`. */
export async function startUpstream() {
  let latest = { sent: [], ended: Promise.resolve() };
  const server = createServer(async (request, response) => {
    const { pathname } = new URL(request.url, 'http://upstream');
    if (request.method === 'OPTIONS') return response.writeHead(204, CORS).end();
    if (FLOWISE_CONFIG[pathname]) {
      return response.writeHead(200, { ...CORS, 'content-type': 'application/json' }).end(json(FLOWISE_CONFIG[pathname]));
    }
    const wire = WIRES.find(({ path }) => path === pathname);
    if (!wire) return response.writeHead(404, CORS).end();
    const body = await bodyOf(request);
    // What n8n's widget asks as it starts.
    if (body.action === 'loadPreviousSession') {
      return response.writeHead(200, { ...CORS, 'content-type': 'application/json' }).end(json({ data: [] }));
    }
    const tokens = tokensFor(wire.question(body));
    response.writeHead(200, { ...CORS, 'content-type': wire.type, 'cache-control': 'no-store' });
    response.socket.setNoDelay(true);
    if (wire.begin) response.write(wire.begin);
    const told = { sent: [] };
    told.ended = tell(tokens, wire, response, told.sent);
    latest = told;
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    last: () => latest,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

/** Sends each token when it is due, as an event of its own; timers that come late do not make the answer later. */
function tell(tokens, wire, response, sent) {
  const begun = clock();
  return new Promise((resolve) => {
    const send = () => {
      const due = Math.min(tokens.length, 1 + Math.floor(((clock() - begun) * TOKENS_PER_SECOND) / 1000));
      while (sent.length < due) {
        response.write(wire.token(tokens[sent.length]));
        sent.push(clock());
      }
      if (response.destroyed || sent.length === tokens.length) {
        response.end(wire.end);
        resolve();
      } else setTimeout(send, 1000 / TOKENS_PER_SECOND);
    };
    send();
  });
}
