// What a model does not take, and a key as it is copied, read in PHP as in Rust.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inPackage } from './packaged.mjs';

const LEARN = `array_map(function ($case) {
  $turns = [['role' => 'system', 'content' => 'Be kind.'], ['role' => 'assistant', 'content' => 'Hi', 'reasoning_content' => 'A greeting.']];
  $known = empty($case['sends_reasoning']) ? [] : ['omitted_reasoning'];
  $unsupported = new Candor\\Provider\\Unsupported($known);
  $request = $unsupported->adapt(['max_tokens' => 9, 'messages' => $turns, 'stream' => true]);
  $learned = $unsupported->learn(['status' => 400, 'message' => $case['message']], $request)->parts();
  return array_values(array_diff($learned, $known));
}, $input)`;

test('The package learns from each refusal what Rust learns', async (context) => {
  const { cases } = JSON.parse(await readFile(new URL('../../crates/diagnosis/unsupported.cases.json', import.meta.url), 'utf8'));
  const learned = await inPackage(context, LEARN, cases);
  assert.deepEqual(learned, cases.map(({ learned }) => learned));
});

test('The package takes a key without what was copied along with it', async (context) => {
  const copied = ['sk-1', ' sk-1\r\n', '"sk-1"', '‘sk-1’', 'Bearer sk-1', 'bearer: sk-1', '"Bearer sk-1"\n', '\ufeffsk-1'];
  const kept = ['', 'Bearer', 'Bearers-1', 'bearer1', 'sk 1'];
  const tidied = await inPackage(context, `array_map([Candor\\CopiedKey::class, 'tidy'], $input)`, [...copied, ...kept]);
  assert.deepEqual(tidied, [...copied.map(() => 'sk-1'), ...kept]);
});
