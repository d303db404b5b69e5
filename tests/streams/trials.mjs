// Streams that broke software of our kind, by public reports: what came, byte by byte, and what the wire must show of it.

import { readFileSync } from 'node:fs';

/**
 * Each with a `name`, `why` it is there, the reply's `http_status`, `headers` and `parts` with the pause behind each, what is
 * done with the connection `then` (`close`, `reset`, `hang`), and what is `expected`: the reply's `status`, `content`, and
 * the `causes` that may be told.
 */
export const TRIALS = readFileSync(new URL('trials.jsonl', import.meta.url), 'utf8').trim().split('\n').map((line) => JSON.parse(line));

/** The bytes of a part. */
export const bytesOf = ({ text, base64 }) => (base64 === undefined ? Buffer.from(text) : Buffer.from(base64, 'base64'));

/** Answers a request as the trial of this name has it. */
export async function play(name, outgoing) {
  const { http_status: status, headers, parts, then } = TRIALS.find((trial) => trial.name === name);
  outgoing.writeHead(status, headers);
  for (const part of parts) {
    outgoing.write(bytesOf(part));
    await new Promise((resolve) => setTimeout(resolve, part.pause_ms));
    if (outgoing.destroyed) return;
  }
  if (then === 'close') outgoing.end();
  if (then === 'reset') outgoing.destroy();
}
