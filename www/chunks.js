/* Fetches the parts of the widget that are not needed at first. The build bundles this with wasm-bindgen's glue, and adds
   a function for each door: `door(…)` with the files that it needs and the chunks that are packed in its own. */
import { mainExports } from './candor.js';

// All files of a build are called by its hash: beside `candor-0a1b.js` lies `candor-0a1b-history.wasm`. The glue may have
// been imported with a query, after a failure.
const prefix = import.meta.url.replace(/\.js([?#].*)?$/, '-');

/** What has been asked for by name, from then on. What failed is not in it, so that it is fetched again. */
const known = new Map();

const once = (name, load) => {
  if (!known.has(name)) {
    known.set(name, load().catch((error) => {
      known.delete(name);
      throw error;
    }));
  }
  return known.get(name);
};

/** A file's module, which runs by then. */
const file = (name) => once(name, async () => {
  const module = await compile(await get(`${prefix}${name}.wasm`));
  await run(module);
  return module;
});

/** Has a chunk run that lies in a custom section of a file's module. */
const packed = (name, host) => once(name, async () => run(WebAssembly.Module.customSections(await file(host), name)[0]));

const run = (code) => WebAssembly.instantiate(code, { __wasm_split: mainExports() });

const get = async (address) => {
  const response = await fetch(address, { credentials: 'omit' });
  if (!response.ok) throw Error(`The server answered ${response.status} for ${address}`);
  return response;
};

/** Compiles while the bytes arrive, where the server gives them the type without which browsers refuse to. */
const compile = async (response) =>
  response.headers.get('content-type') == 'application/wasm'
    ? WebAssembly.compileStreaming(response)
    : WebAssembly.compile(await response.arrayBuffer());

/** A function for the main module: it has these files fetched, and the chunks run that are packed in them, by the file; then
    it calls back, telling whether they are there. */
const door = (files, chunks) => async (callback, data) => {
  let isOpen = true;
  const inside = (host) => chunks[host].map((name) => packed(name, host));
  try {
    await Promise.all([...files.map(file), ...Object.keys(chunks).flatMap(inside)]);
  } catch (error) {
    isOpen = false;
    console.error(`Candor: ${error.message}.`);
  }
  mainExports().__indirect_function_table.get(callback)(data, isOpen);
};
