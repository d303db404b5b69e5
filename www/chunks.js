/* Fetches the parts of the widget that are not needed at first. The build bundles this with wasm-bindgen's glue, and adds
   a function for each door: `door(…)` with the names of the chunks that the door needs. */
import { initSync } from './candor.js';

// All files of a build are called by its hash: beside `candor-0a1b.js` lies `candor-0a1b-history.wasm`. The glue may have
// been imported with a query, after a failure.
const prefix = import.meta.url.replace(/\.js([?#].*)?$/, '-');

/** Each chunk's instance, from when it is first asked for. A chunk that failed is not in it, so that it is fetched again. */
const instances = new Map();

const instance = (name) => {
  if (!instances.has(name)) instances.set(name, instantiate(name));
  return instances.get(name);
};

const instantiate = async (name) => {
  try {
    const module = await compile(await get(`${prefix}${name}.wasm`));
    // Called without arguments after the start, it gives the main module's exports.
    return await WebAssembly.instantiate(module, { __wasm_split: initSync() });
  } catch (error) {
    instances.delete(name);
    throw error;
  }
};

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

/** A function for the main module: it has these chunks fetched, and then calls back, telling whether they are there. */
const door = (...chunks) => async (callback, data) => {
  let isOpen = true;
  try {
    await Promise.all(chunks.map(instance));
  } catch (error) {
    isOpen = false;
    console.error(`Candor: ${error.message}.`);
  }
  initSync().__indirect_function_table.get(callback)(data, isOpen);
};

