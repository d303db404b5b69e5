// A provider's count of tokens in PHP, by the very cases that Rust's reader passes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inPackage } from './packaged.mjs';

const READ = `array_map(function ($case) {
  $usage = Candor\\Provider\\Usage::saidIn(['choices' => [], 'usage' => $case['usage']]);
  return $usage === null ? null : ['input' => $usage->input, 'output' => $usage->output];
}, $input)`;

/** What is kept of thoughts, and how long they were. */
const THOUGHT = `array_map(function ($bytes) {
  $reader = new Candor\\Provider\\CompletionReader(200, []);
  foreach (str_split(str_repeat('a', $bytes), 8192) as $thought) {
    $reader->push('data: ' . json_encode(['choices' => [['delta' => ['reasoning_content' => $thought]]]]) . "\\n\\n");
  }
  return [strlen((string) $reader->reasoning()), $reader->bytesOfReasoning()];
}, $input)`;

test('Thoughts of which there are more than are kept are counted all the same', async (context) => {
  assert.deepEqual(await inPackage(context, THOUGHT, [65536, 65537, 1 << 20]), [[65536, 65536], [0, 65537], [0, 1 << 20]]);
});

test('The package counts tokens as Rust does', async (context) => {
  const { cases } = JSON.parse(await readFile(new URL('../../crates/diagnosis/usage.cases.json', import.meta.url), 'utf8'));
  assert.ok(cases.length > 10);
  const read = await inPackage(context, READ, cases);
  for (const [index, { name, tokens }] of cases.entries()) assert.deepEqual(read[index], tokens, name);
});
