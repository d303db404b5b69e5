// The end of an answer in PHP, by the very cases that Rust’s reader passes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inPackage } from './packaged.mjs';

const READ = `array_map(function ($body) {
  $reader = new Candor\\Provider\\CompletionReader(200, []);
  $reader->push($body);
  return $reader->failure() === null ? ['end' => $reader->end()] : ['failure' => $reader->failure()];
}, $input)`;

test('The package reads each finish reason as Rust does', async (context) => {
  const { cases } = JSON.parse(await readFile(new URL('../../crates/diagnosis/finish_reasons.cases.json', import.meta.url), 'utf8'));
  assert.ok(cases.length > 10);
  const bodies = cases.map(({ chunks }) => chunks.map((choice) => `data: ${JSON.stringify({ choices: [choice] })}\n\n`).join(''));
  const read = await inPackage(context, READ, bodies);
  for (const { failure } of read) delete failure?.status;
  assert.deepEqual(read, cases.map(({ chunks, ...expected }) => expected));
});
