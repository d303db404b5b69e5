// `cargo xtask dev`: the widget as whoever works on it sees it, built unsplit by Trunk, with a proxy beside it.

import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { after, before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { assertQuiet, launchChromium, visit } from '../browser/product.mjs';
import { freePort } from '../ports.mjs';

/** The first time it compiles the widget for development. */
const START_MS = 480_000;
/** Both programs are asked to end, then killed, within twice three seconds. */
const END_MS = 15_000;
const LOOK_MS = 100;

async function listener() {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

async function close(server) {
  server.close();
  await once(server, 'close');
}

const answers = (url) => fetch(url).then((response) => response.ok, () => false);

/** Every process that runs, with its parent; one that has ended and was not waited for does not. */
function processes() {
  const lines = execFileSync('ps', ['-A', '-o', 'pid=,ppid=,stat=,args='], { encoding: 'utf8' }).split('\n');
  return lines
    .map((line) => line.trim().match(/^(\d+) +(\d+) +(\S+) +(.*)$/))
    .filter((match) => match && !match[3].startsWith('Z'))
    .map(([, id, parent, , name]) => ({ id: Number(id), parent: Number(parent), name }));
}

/** What a process has started, and what that has started in its turn. */
function descendants(id, all = processes()) {
  return all.filter(({ parent }) => parent === id).flatMap((child) => [child, ...descendants(child.id, all)]);
}

/** `cargo xtask dev` with a proxy at this address, on Trunk's port. */
class DevelopmentServer {
  lines = '';
  /** What it had started when it was ended. */
  started = [];

  constructor(port, address) {
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith('CANDOR_'));
    const env = { ...Object.fromEntries(inherited), CANDOR_ADDR: address, CANDOR_DATABASE_URL: 'sqlite::memory:' };
    this.child = spawn(process.env.XTASK_BIN, ['dev', '--port', String(port)], { env, stdio: ['ignore', 'pipe', 'pipe'] });
    // Comes when nobody holds its output any more: neither it nor anything that it started.
    this.closed = once(this.child, 'close');
    for (const output of [this.child.stdout, this.child.stderr]) output.on('data', (chunk) => (this.lines += chunk));
  }

  get runs() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Waits until this is so, as long as it runs. */
  async until(isSo) {
    const deadline = Date.now() + START_MS;
    while (!(await isSo())) {
      assert.ok(this.runs && Date.now() < deadline, this.lines);
      await setTimeout(LOOK_MS);
    }
  }

  /** The proxy's origin, once it listens. */
  async proxy() {
    const listening = () => this.lines.match(/listens on (http:\/\/[\d.:]+)/)?.[1];
    await this.until(listening);
    return listening();
  }

  /** Waits for its end, for a time. */
  async ended(within) {
    const isOver = await Promise.race([this.closed.then(() => true), setTimeout(within, false, { ref: false })]);
    assert.ok(isOver, `it runs on, or what it started does:\n${this.lines}`);
    return this.child.exitCode;
  }

  /** Sends a signal to it alone, and fails where it or anything that it has started is left. */
  async endBy(signal) {
    this.started = descendants(this.child.pid);
    this.child.kill(signal);
    assert.equal(await this.ended(END_MS), 0, this.lines);
    assert.deepEqual(this.left(), []);
    return this.started;
  }

  left() {
    return processes().filter(({ id, name }) => this.started.some((other) => other.id === id && other.name === name));
  }

  /** Leaves nothing of a test that has failed. */
  remove() {
    const left = this.runs ? [...descendants(this.child.pid), { id: this.child.pid }] : this.left();
    for (const { id } of left) process.kill(id, 'SIGKILL');
  }
}

/** Starts one for a test, and removes it after. */
async function withServer(port, address, use) {
  const server = new DevelopmentServer(port, address);
  try {
    await use(server);
  } finally {
    server.remove();
  }
}

describe('The development server', () => {
  let server, browser, page, proxy;
  before(async () => {
    const port = await freePort();
    page = `http://127.0.0.1:${port}/`;
    // Not Trunk.toml's address: which one it is, only the proxy knows.
    server = new DevelopmentServer(port, '127.0.0.1:0');
    proxy = await server.proxy();
    await server.until(() => answers(page));
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    server?.remove();
  });

  test('serves the page with the widget, unsplit, which chats with the proxy', async () => {
    const { tab, chat, said, close } = await visit(browser);
    const fetched = [];
    tab.on('request', (request) => fetched.push(new URL(request.url())));
    await tab.goto(page);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await chat.show('History');
    await chat.show('Diagnostics');
    const modules = fetched.filter(({ pathname }) => pathname.endsWith('.wasm'));
    assert.deepEqual(modules.map(({ pathname }) => pathname.replace(/[0-9a-f]{16}/, 'HASH')), ['/candor-HASH_bg.wasm']);
    assert.ok(fetched.some(({ pathname }) => pathname.startsWith('/candor/v1/')), 'by way of Trunk');
    assert.deepEqual(fetched.filter(({ origin }) => origin === proxy), []);
    assertQuiet(said);
    await close();
  });

  test('answers for a file that is not there as a server does', async () => {
    assert.equal((await fetch(new URL('nothing.js', page))).status, 404);
  });

  test('leaves nothing behind when it is interrupted', async () => {
    const started = await server.endBy('SIGINT');
    for (const program of ['trunk serve', 'candor serve']) assert.ok(started.some(({ name }) => name.includes(program)), program);
    assert.equal(await answers(page), false);
    assert.equal(await answers(`${proxy}/candor/v1/health`), false);
  });

  test('leaves nothing behind when it is terminated while Trunk builds', async () => {
    await withServer(await freePort(), '127.0.0.1:0', async (server) => {
      await server.proxy();
      await server.until(() => descendants(server.child.pid).some(({ name }) => name.includes('trunk serve')));
      await server.endBy('SIGTERM');
    });
  });

  test('says what to do where Trunk’s port is in use', async () => {
    const taken = await listener();
    const { port } = taken.address();
    await withServer(port, '127.0.0.1:0', async (server) => {
      assert.equal(await server.ended(END_MS), 1);
      assert.match(server.lines, new RegExp(`^error: Port ${port} is in use already\\. Stop the other program, or choose .*--port \\d+\`\\.\n$`));
    });
    await close(taken);
  });

  test('says what to do where the proxy’s port is in use, and does not start Trunk', async () => {
    const taken = await listener();
    const { port } = taken.address();
    await withServer(await freePort(), `127.0.0.1:${port}`, async (server) => {
      assert.equal(await server.ended(START_MS), 1);
      assert.match(server.lines, new RegExp(`Port ${port} is in use already\\. Stop the other program, or choose .*CANDOR_ADDR=`));
      assert.doesNotMatch(server.lines, /trunk/i);
    });
    await close(taken);
  });
});
