// Something between the suite and a proxy that breaks the wire in one way, so that it shows which case sees that.

import { once } from 'node:events';
import { createServer } from 'node:http';

/**
 * Passes everything on to `origin`, but for one fault:
 * - `request({method, url, headers, body})` changes what is passed on
 * - `instead(request)` answers by itself: `{status, headers, body}`, or nothing to pass the request on
 * - `answer({status, headers}, request)` changes how the answer begins
 * - `body(chunks, request)` is a generator of other chunks, as text.
 */
export async function startFaulty(origin, { request: change, instead, answer: alter, body: rewrite }) {
  const server = createServer(async (incoming, outgoing) => {
    const chunks = [];
    for await (const chunk of incoming) chunks.push(chunk);
    const { host, connection, 'transfer-encoding': _, 'content-length': __, ...headers } = incoming.headers;
    const request = { method: incoming.method, url: incoming.url, headers, body: Buffer.concat(chunks).toString() };
    change?.(request);
    const own = instead?.(request);
    if (own) return outgoing.writeHead(own.status, own.headers).end(own.body);
    const leaving = new AbortController();
    outgoing.once('close', () => leaving.abort());
    try {
      const response = await fetch(origin + request.url, {
        method: request.method,
        headers: { 'accept-encoding': 'identity', ...request.headers },
        body: request.body || undefined,
        signal: leaving.signal,
      });
      const answer = { status: response.status, headers: Object.fromEntries(response.headers) };
      delete answer.headers['content-length'];
      delete answer.headers['transfer-encoding'];
      alter?.(answer, request);
      outgoing.writeHead(answer.status, answer.headers);
      const text = response.body?.pipeThrough(new TextDecoderStream()) ?? [];
      for await (const chunk of rewrite ? rewrite(text, request) : text) outgoing.write(chunk);
      outgoing.end();
    } catch {
      outgoing.destroy();
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop: () => {
      server.closeAllConnections();
      return new Promise((resolve) => server.close(resolve));
    },
  };
}
