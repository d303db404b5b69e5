// The limits of `crates/proxy/limits.toml`, lifted where one address asks for everything.

import { readFile } from 'node:fs/promises';

const LIMITS = new URL('../../crates/proxy/limits.toml', import.meta.url);

/** Every limit's setting with 0, but those that are to hold. */
export async function lifted(but = []) {
  const limits = await readFile(LIMITS, 'utf8');
  const names = [...limits.matchAll(/^what = "(\w+)"\nwhom = "(\w+)"(?:\nper = "(\w+)")?$/gm)].map(([, ...words]) => words.filter(Boolean).join('_'));
  return Object.fromEntries(names.filter((name) => !but.includes(name)).map((name) => [`limits_${name}`, 0]));
}
