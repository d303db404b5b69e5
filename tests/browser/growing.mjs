// An answer of sixty paragraphs, the upstream that gives it in small deltas, and a proxy that asks there.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { startProxy } from './product.mjs';

const PARAGRAPHS = 60;
const PACE_MS = 12;
const DELTA_LENGTH = 40;

/** The words of a paragraph, each of which says where it belongs. */
export const words = (number) =>
  `Paragraph ${number} tells of saddles, spokes and lamps, and of the way along the harbour; it ends with words of its own, end${number}.`;

const BLOCKS = Array.from({ length: PARAGRAPHS }, (_, at) => words(at + 1));
BLOCKS[1] += ' See [the shop](https://shop.example/seats).';
BLOCKS.splice(20, 0, '- one seat\n- another seat\n- a third seat');
BLOCKS.splice(30, 0, '| Seat | Price |\n| --- | --- |\n| Pere | £15 |\n| Chair | £20 |');
BLOCKS.splice(40, 0, '```js\nconst seats = 2;\n```');
export const ANSWER = BLOCKS.join('\n\n');

/** An upstream that speaks OpenAI's API, and gives this answer in small deltas. */
export async function startUpstream(answer) {
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const bytes of request) body += bytes;
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const event = (delta, reason = null) =>
      response.write(
        `data: ${JSON.stringify({
          id: 'chatcmpl-1',
          object: 'chat.completion.chunk',
          created: 1,
          model: 'long',
          choices: [{ index: 0, delta, finish_reason: reason }],
        })}\n\n`,
      );
    let at = 0;
    const timer = setInterval(() => {
      event({ content: answer.slice(at, at + DELTA_LENGTH) });
      at += DELTA_LENGTH;
      if (at < answer.length) return;
      clearInterval(timer);
      event({}, 'stop');
      response.end('data: [DONE]\n\n');
    }, PACE_MS);
    response.on('close', () => clearInterval(timer));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

/** A proxy that asks this upstream. */
export const startProxyBefore = (upstream) =>
  startProxy({
    CANDOR_PROVIDER: 'openai',
    CANDOR_BASE_URL: `${upstream.url}/v1`,
    CANDOR_API_KEY: 'sk-test-0123456789abcdef0123456789abcdef',
    CANDOR_MODEL: 'long',
    CANDOR_ALLOWED_ORIGINS: '*',
    // Nobody asks so often but a test.
    CANDOR_LIMITS: 'off',
  });

/** Fails where a paragraph is missing, doubled, or not in its place. */
export function assertWhole(text) {
  const numbers = [...text.matchAll(/\bend(\d+)\./g)].map(([, number]) => Number(number));
  assert.deepEqual(numbers, Array.from({ length: PARAGRAPHS }, (_, at) => at + 1));
  for (let number = 1; number <= PARAGRAPHS; number += 1) assert.ok(text.includes(words(number)), `paragraph ${number}`);
}
