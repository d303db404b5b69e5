// The chunk loader by itself, as the bundler makes it: with a door at its end, beside the glue.

import assert from 'node:assert/strict';
import { after, before, beforeEach, test } from 'node:test';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';

/** A module that imports `memory` from the main one, as chunks do, and does nothing. */
const CHUNK = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  2, 24, 1, 12, ...Buffer.from('__wasm_split'), 6, ...Buffer.from('memory'), 2, 0, 1,
);

/** The same, which adds one to the first byte of the memory when it starts. */
const COUNTING_CHUNK = Uint8Array.of(
  0, 97, 115, 109, 1, 0, 0, 0,
  1, 4, 1, 96, 0, 0,
  2, 24, 1, 12, ...Buffer.from('__wasm_split'), 6, ...Buffer.from('memory'), 2, 0, 1,
  3, 2, 1, 0,
  8, 1, 0,
  // (i32.store8 (i32.const 0) (i32.add (i32.load8_u (i32.const 0)) (i32.const 1)))
  10, 17, 1, 15, 0, 65, 0, 65, 0, 45, 0, 0, 65, 1, 106, 58, 0, 0, 11,
);

/** A chunk with a custom section. */
const withSection = (name, data) => {
  const content = [name.length, ...Buffer.from(name), ...data];
  return Uint8Array.of(...CHUNK, 0, content.length, ...content);
};

const wasm = (headers = { 'content-type': 'application/wasm' }) => new Response(CHUNK, { headers });

let folder, count = 0;
let answers, asked, said, unhandled;
const realFetch = globalThis.fetch;
const realError = console.error;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'candor-chunks-'));
  await writeFile(join(folder, 'package.json'), '{"type": "module"}');
  await writeFile(join(folder, 'candor.js'), 'export const mainExports = () => globalThis.mainExports;');
  const loader = await readFile(new URL('../../www/chunks.js', import.meta.url), 'utf8');
  await writeFile(join(folder, 'candor-0a1b.js'), `${loader}
    export const history = door(['shared-1', 'history'], {});
    export const markdown = door(['shared-1', 'markdown'], {});
    export const local = door(['local'], { local: ['shared-2'] });
    export const reader = door(['reader'], { reader: ['shared-2'] });
  `);
  process.on('unhandledRejection', (error) => unhandled.push(error));
});
after(async () => {
  globalThis.fetch = realFetch;
  console.error = realError;
  await rm(folder, { recursive: true });
});
beforeEach(() => {
  [asked, said, unhandled, answers] = [[], [], [], {}];
  globalThis.fetch = async (url) => {
    const name = String(url).replace(/.*\/candor-0a1b-/, '');
    asked.push(name);
    return (answers[name] ?? wasm)();
  };
  console.error = (line) => said.push(line);
});

/** A fresh instance of the loader, and what its doors tell the main module. */
async function load(query = `?${(count += 1)}`) {
  const called = [];
  globalThis.mainExports = {
    memory: new WebAssembly.Memory({ initial: 1 }),
    __indirect_function_table: { get: (index) => (data, isOpen) => called.push([index, data, Boolean(isOpen)]) },
  };
  return { ...(await import(pathToFileURL(join(folder, 'candor-0a1b.js')) + query)), called };
}

test('fetches what a door needs, from beside the glue, once', async () => {
  const { history, markdown, called } = await load();
  await history(7, 70);
  await history(8, 80);
  await markdown(9, 90);
  assert.deepEqual(called, [[7, 70, true], [8, 80, true], [9, 90, true]]);
  assert.deepEqual(asked, ['shared-1.wasm', 'history.wasm', 'markdown.wasm']);
  assert.deepEqual(said, []);
});

test('fetches a chunk once for two doors that open at the same time', async () => {
  const { history, markdown, called } = await load();
  await Promise.all([history(1, 1), markdown(2, 2)]);
  assert.deepEqual(asked.toSorted(), ['history.wasm', 'markdown.wasm', 'shared-1.wasm']);
  assert.equal(called.filter(([, , isOpen]) => isOpen).length, 2);
});

for (const [name, answer, words] of [
  ['is not there', () => new Response('', { status: 404 }), 'The server answered 404 for '],
  ['cannot be fetched', () => Promise.reject(new TypeError('Failed to fetch')), 'Failed to fetch'],
  ['is a web page', () => new Response('<!doctype html>', { headers: { 'content-type': 'text/html' } }), 'WebAssembly'],
  ['is half a file', () => new Response(CHUNK.slice(0, 20), { headers: { 'content-type': 'application/wasm' } }), 'WebAssembly'],
]) {
  for (const chunk of ['shared-1.wasm', 'history.wasm']) {
    test(`tells where ${chunk} ${name}, and fetches it again when asked again`, async () => {
      const { history, called } = await load();
      answers[chunk] = answer;
      await history(3, 30);
      assert.deepEqual(called, [[3, 30, false]]);
      assert.equal(said.length, 1);
      assert.ok(said[0].startsWith('Candor: ') && said[0].includes(words), said[0]);
      answers = {};
      await history(4, 40);
      assert.deepEqual(called.at(-1), [4, 40, true]);
      assert.equal(asked.filter((name) => name === chunk).length, 2);
      assert.equal(asked.length, 3, 'what was there is not fetched again');
      // Rejections are told after all microtasks.
      await new Promise(setImmediate);
      assert.deepEqual(unhandled, []);
    });
  }
}

for (const type of ['application/octet-stream', 'application/wasm; charset=utf-8', undefined]) {
  test(`reads a chunk that is sent as ${type}`, async () => {
    const { history, called } = await load();
    answers['history.wasm'] = () => wasm(type ? { 'content-type': type } : {});
    await history(5, 50);
    assert.deepEqual(called, [[5, 50, true]]);
    assert.deepEqual(said, []);
  });
}

test('belongs to the glue that it came with, where that was imported once more', async () => {
  const first = await load();
  const exportsOfFirst = globalThis.mainExports;
  await first.history(1, 1);
  const second = await load();
  assert.notEqual(globalThis.mainExports, exportsOfFirst);
  await second.history(2, 2);
  assert.deepEqual([first.called, second.called], [[[1, 1, true]], [[2, 2, true]]]);
  assert.deepEqual(asked, ['shared-1.wasm', 'history.wasm', 'shared-1.wasm', 'history.wasm']);
});

test('runs what is packed in a door’s own file, once for all doors', async () => {
  const { local, reader, called } = await load();
  answers['local.wasm'] = answers['reader.wasm'] = () =>
    new Response(withSection('shared-2', COUNTING_CHUNK), { headers: { 'content-type': 'application/wasm' } });
  await Promise.all([local(1, 10), reader(2, 20)]);
  assert.deepEqual(called.map(([, , isOpen]) => isOpen), [true, true]);
  assert.deepEqual(asked.toSorted(), ['local.wasm', 'reader.wasm']);
  assert.equal(new Uint8Array(globalThis.mainExports.memory.buffer)[0], 1, 'it ran, and once');
});

test('tells where what should be packed in a file is not', async () => {
  const { local, called } = await load();
  await local(1, 10);
  assert.deepEqual(called, [[1, 10, false]]);
  assert.equal(said.length, 1);
  await new Promise(setImmediate);
  assert.deepEqual(unhandled, []);
});
