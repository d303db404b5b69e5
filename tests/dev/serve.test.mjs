// `cargo xtask dev`: the widget as whoever works on it sees it, built unsplit by Trunk, with a proxy beside it.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { assertQuiet, launchChromium, visit } from '../browser/product.mjs';

const ROOT = new URL('../..', import.meta.url);

async function freePort() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address();
  server.close();
  await once(server, 'close');
  return port;
}

const answers = (url) => fetch(url).then((response) => response.ok, () => false);

describe('The development server', () => {
  let server, browser, lines = '';
  let page, wire;
  before(async () => {
    const [trunk, proxy] = [await freePort(), await freePort()];
    [page, wire] = [`http://127.0.0.1:${trunk}/`, `http://127.0.0.1:${proxy}/candor/v1/health`];
    server = spawn('cargo', ['xtask', 'dev', '--port', String(trunk)], {
      cwd: ROOT,
      env: { ...process.env, CANDOR_ADDR: `127.0.0.1:${proxy}`, CANDOR_DATABASE_URL: 'sqlite::memory:' },
    });
    const read = (chunk) => (lines += chunk);
    server.stdout.on('data', read);
    server.stderr.on('data', read);
    // The first time it compiles the widget for development.
    while (server.exitCode === null && !((await answers(page)) && (await answers(wire)))) await setTimeout(250);
    assert.equal(server.exitCode, null, lines);
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    if (server?.exitCode === null && server.signalCode === null) {
      server.kill();
      await once(server, 'exit');
    }
  });

  test('serves the page with the widget, which chats with the proxy', async () => {
    const { tab, chat, said, close } = await visit(browser);
    const fetched = [];
    tab.on('request', (request) => fetched.push(new URL(request.url()).pathname));
    await tab.goto(page);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await chat.show('History');
    await chat.show('Diagnostics');
    assert.deepEqual(fetched.filter((path) => path.endsWith('.wasm')).map((path) => path.replace(/[0-9a-f]{16}/, 'HASH')), ['/candor-HASH_bg.wasm'], 'unsplit');
    assertQuiet(said);
    await close();
  });

  test('answers for a file that is not there as a server does', async () => {
    assert.equal((await fetch(new URL('nothing.js', page))).status, 404);
  });

  test('leaves nothing behind when it is ended', async () => {
    server.kill();
    await once(server, 'exit');
    assert.equal(server.exitCode, 0, lines);
    assert.equal(await answers(page), false);
    assert.equal(await answers(wire), false);
  });
});
