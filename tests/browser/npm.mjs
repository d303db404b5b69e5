// Files of npm packages, as a customer's page has them.

import { readdir, readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

/** Not every package lets its files be resolved by their paths. */
const path = (name, within) => fileURLToPath(new URL(`../node_modules/${name}/${within}`, import.meta.url));

/** A script of a package. */
export const script = async (name, within) => ({
  body: await readFile(path(name, within), 'utf8'),
  headers: { 'content-type': 'text/javascript' },
});

/** All modules in a folder of a package, by their addresses below `/npm/`. */
export async function modules(name, within) {
  const files = await readdir(path(name, within), { recursive: true });
  const scripts = files.filter((file) => file.endsWith('.mjs'));
  return Object.fromEntries(
    await Promise.all(scripts.map(async (file) => [`/npm/${name}/${within}/${file}`, await script(name, `${within}/${file}`)])),
  );
}
