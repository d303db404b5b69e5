// Thoughts in PHP, by the very cases that Rust’s reader passes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inPackage } from './packaged.mjs';

const READ = `array_map(function ($case) {
  $thoughts = new Candor\\Provider\\Thoughts();
  $thoughts->expect($thoughts::areOpenedByTemplate($case['model']));
  [$answer, $isRetracted] = ['', false];
  foreach (array_merge($case['pieces'], [null]) as $piece) {
    $text = $piece === null ? $thoughts->end($case['is_whole']) : $thoughts->push($piece);
    if ($thoughts->takeRetracted()) {
      [$answer, $isRetracted] = ['', true];
    }
    $answer .= $text;
  }
  return ['answer' => $answer, 'is_retracted' => $isRetracted];
}, $input)`;

test('The package leaves out thoughts as Rust does', async (context) => {
  const { cases } = JSON.parse(await readFile(new URL('../../crates/diagnosis/thought_marks.cases.json', import.meta.url), 'utf8'));
  assert.ok(cases.length > 10);
  const read = await inPackage(context, READ, cases);
  for (const [index, { name, answer, is_retracted }] of cases.entries()) assert.deepEqual(read[index], { answer, is_retracted }, name);
});
