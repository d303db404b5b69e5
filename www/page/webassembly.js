/* Whether the browser runs the module at all. */

/** Why WebAssembly does not run here: one of the loader's words, with what stands in it. Nothing where it runs. */
export const explain = (words) => {
  try {
    // The smallest module there is. A policy lets Safari compile it all the same, and refuses to instantiate it.
    new WebAssembly.Instance(new WebAssembly.Module(Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0)));
  } catch {
    words.no_wasm ??= 'This browser has no WebAssembly. Please update it.';
    return self.WebAssembly
      ? { word: 'refused', what: 'WebAssembly: script-src lacks ‘wasm-unsafe-eval’' }
      : { word: 'no_wasm' };
  }
};
