// A Chromium for one run: a fresh profile, a slowed processor and network, bytes counted, the main thread traced.

import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { chromium } from 'playwright-core';

const FLAGS = [
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  '--disable-dev-shm-usage',
];

/** How much slower than this machine a visitor's phone is. */
export const SLOWED = 4;

/** A visitor's network: 9 Mbit/s down, 60 ms. */
const NETWORK = { offline: false, latency: 60, downloadThroughput: 9e6 / 8, uploadThroughput: 3e6 / 8 };

/** What every page has beside its own: it finds elements across shadow roots, and notes the memory of WebAssembly. */
function inPage() {
  const memories = [];
  for (const name of ['instantiate', 'instantiateStreaming']) {
    const original = WebAssembly[name];
    WebAssembly[name] = async (...given) => {
      const result = await original.apply(WebAssembly, given);
      const { exports } = result.instance ?? result;
      memories.push(...Object.values(exports).filter((each) => each instanceof WebAssembly.Memory && !memories.includes(each)));
      return result;
    };
  }
  /** The first element of a selector whose first part may have a shadow root. */
  const find = (selector) => {
    const [host, ...rest] = selector.split(' ');
    const element = document.querySelector(host);
    if (rest.length === 0) return element;
    return (element?.shadowRoot ?? element)?.querySelector(rest.join(' '));
  };
  const found = (selector) =>
    new Promise((resolve) => {
      const look = () => {
        const element = find(selector);
        if (element) resolve(element);
        else requestAnimationFrame(look);
      };
      look();
    });
  const isUsable = (input) => input && !input.disabled && input.getClientRects().length > 0;
  /** Milliseconds from a click on `launcher` to an input that has the focus; one that does not take it is given it. */
  const clickToInput = (launcher, selector) =>
    new Promise((resolve) => {
      const begun = performance.now();
      const look = () => {
        const input = find(selector);
        if (isUsable(input)) {
          if (input.getRootNode().activeElement !== input) input.focus();
          if (input.getRootNode().activeElement === input) return resolve(performance.now() - begun);
        }
        requestAnimationFrame(look);
      };
      find(launcher).click();
      look();
    });
  self.bench = { memories, find, found, clickToInput };
}

/** Opens a Chromium with a profile of its own. */
export async function open() {
  const profile = await mkdtemp(join(tmpdir(), 'candor-bench-'));
  const context = await chromium.launchPersistentContext(profile, {
    executablePath: process.env.CHROMIUM,
    headless: true,
    viewport: { width: 1280, height: 800 },
    args: FLAGS,
  });
  await context.addInitScript(inPage);
  return {
    context,
    version: context.browser()?.version(),
    close: async () => {
      await context.close();
      await rm(profile, { recursive: true, force: true, maxRetries: 5 });
    },
  };
}

/** A tab, with its session of the DevTools protocol. */
export async function newTab({ context }) {
  const tab = await context.newPage();
  const session = await context.newCDPSession(tab);
  return { tab, session };
}

/** Slows the processor, and the network too where that is asked for. */
export async function slow({ session }, { network = false } = {}) {
  await session.send('Emulation.setCPUThrottlingRate', { rate: SLOWED });
  if (!network) return;
  await session.send('Network.enable');
  await session.send('Network.emulateNetworkConditions', NETWORK);
}

/** Counts what comes over the network from now on: heads and bodies as they were sent, without the page itself. */
export async function countBytes({ session }, isWire) {
  const requests = new Map();
  const add = ({ requestId }, bytes) => {
    const request = requests.get(requestId);
    if (request) request.bytes += bytes;
  };
  session.on('Network.requestWillBeSent', ({ requestId, type, request }) => {
    if (type !== 'Document') requests.set(requestId, { isWire: isWire(request.url), bytes: 0 });
  });
  session.on('Network.responseReceived', (event) => add(event, event.response.encodedDataLength));
  session.on('Network.dataReceived', (event) => add(event, event.encodedDataLength));
  session.on('Network.loadingFinished', (event) => {
    // The whole, where the parts were not told of.
    const request = requests.get(event.requestId);
    if (request) request.bytes = Math.max(request.bytes, event.encodedDataLength);
  });
  await session.send('Network.enable');
  const sum = (isWire) => [...requests.values()].reduce((sum, each) => sum + (each.isWire === isWire ? each.bytes : 0), 0);
  return () => ({ files: sum(false), wire: sum(true) });
}

const CATEGORIES = ['devtools.timeline', 'disabled-by-default-devtools.timeline', 'v8', 'v8.execute', '__metadata'];

/** Traces the renderer until the function that it gives is called, which gives the events. */
export async function trace({ session }) {
  await session.send('Tracing.start', {
    transferMode: 'ReturnAsStream',
    streamCompression: 'gzip',
    traceConfig: { recordMode: 'recordUntilFull', traceBufferSizeInKb: 1_000_000, includedCategories: CATEGORIES, excludedCategories: ['*'] },
  });
  return async () => {
    const complete = new Promise((resolve) => session.once('Tracing.tracingComplete', resolve));
    await session.send('Tracing.end');
    const { stream, dataLossOccurred } = await complete;
    if (dataLossOccurred) throw new Error('The trace did not fit into its buffer.');
    const parts = [];
    for (;;) {
      const { data, base64Encoded, eof } = await session.send('IO.read', { handle: stream, size: 4_000_000 });
      parts.push(Buffer.from(data, base64Encoded ? 'base64' : 'utf8'));
      if (eof) break;
    }
    await session.send('IO.close', { handle: stream });
    return eventsOf(gunzipSync(Buffer.concat(parts)));
  };
}

/** A trace has one event a line, and may be longer than a string can be. */
function* eventsOf(bytes) {
  let from = 0;
  while (from < bytes.length) {
    let to = bytes.indexOf(10, from);
    if (to < 0) to = bytes.length;
    const line = bytes.toString('utf8', from, to).replace(/^\{"traceEvents":\[/, '').replace(/,$/, '').replace(/\](,"metadata".*)?\}?$/, '');
    from = to + 1;
    if (line.startsWith('{"')) {
      try {
        yield JSON.parse(line);
      } catch {
        // The last line closes the list.
      }
    }
  }
}
