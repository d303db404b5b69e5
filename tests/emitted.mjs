// What servers and browsers of the tests emit, recorded where `cargo xtask test` looks for planted secrets in it.

import { appendFileSync, cpSync, existsSync } from 'node:fs';
import { basename, join } from 'node:path';

const folder = process.env.TEST_EMITTED;

/** Records text of a kind, such as `answers`. */
export function record(kind, text) {
  if (folder) appendFileSync(join(folder, `${kind}-${process.pid}.txt`), `${text}\n`);
}

let kept = 0;

/** Records a file or a folder as it is now, and of a folder the files with such names. */
export function keep(path, names = /./) {
  if (!folder || !existsSync(path)) return;
  const filter = (from) => from === path || names.test(basename(from));
  cpSync(path, join(folder, `${basename(path)}-${process.pid}-${(kept += 1)}`), { recursive: true, filter });
}

/** Where a proxy keeps what is to be gone with it: in memory, or where it is searched afterwards. */
export const database = () => (folder ? `sqlite://${join(folder, `proxy-${process.pid}-${(kept += 1)}.db`)}` : 'sqlite::memory:');

/** Records each answer of the wire that a browser's context gets. */
export function recordAnswers(context) {
  if (!folder) return;
  context.on('response', (response) => {
    if (!response.url().includes('candor/v1')) return;
    // Of a page that is left before an answer has ended, there is no answer.
    response.text().then((text) => record('answers', `${response.url()}\n${text}`), () => {});
  });
}
