// A customer's pages, and the host of the peers' files: compressed alike, cached alike, each on an origin of its own.

import { createServer } from 'node:http';
import { once } from 'node:events';
import { brotliCompressSync, constants } from 'node:zlib';

/** What `candor serve` says of its hashed files, and what a CDN says of a pinned version. */
const FOR_EVER = 'public, max-age=31536000, immutable';

const TYPES = { js: 'text/javascript; charset=utf-8', css: 'text/css; charset=utf-8' };

const compressed = (bytes) =>
  brotliCompressSync(bytes, { params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });

async function listen(server) {
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    stop: () => new Promise((resolve) => {
      server.closeAllConnections();
      server.close(resolve);
    }),
  };
}

/** Serves files by their names: `{name: bytes}`. */
export function startFiles(files) {
  const served = new Map(Object.entries(files).map(([name, bytes]) => [`/${name}`, compressed(bytes)]));
  return listen(
    createServer((request, response) => {
      const path = new URL(request.url, 'http://files').pathname;
      const body = served.get(path);
      if (!body) return response.writeHead(404, { 'access-control-allow-origin': '*' }).end();
      response.writeHead(200, {
        'content-type': TYPES[path.split('.').pop()],
        'content-encoding': 'br',
        'content-length': body.length,
        'cache-control': FOR_EVER,
        'access-control-allow-origin': '*',
        vary: 'accept-encoding',
      });
      response.end(body);
    }),
  );
}

/** Serves pages by their paths: `{path: html}`. They are the customer's, and never cached. */
export function startPages(pages) {
  return listen(
    createServer((request, response) => {
      const page = pages[new URL(request.url, 'http://pages').pathname];
      response.writeHead(page ? 200 : 404, { 'content-type': 'text/html; charset=utf-8', 'cache-control': 'no-store' });
      response.end(page ?? '');
    }),
  );
}

/** A customer's page with this in its body. */
export const page = (body) =>
  `<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A shop</title><link rel="icon" href="data:,"></head><body><h1>A shop</h1><p>Bicycles and what belongs to them.</p>${body}</body></html>`;
