// The reader of streams in PHP: whatever way the bytes are cut, the answer is the same, and the one that Rust’s reader gives.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { TRIALS, bytesOf } from '../streams/trials.mjs';
import { inPackage } from './packaged.mjs';

const READ = `array_map(function ($trial) {
  $read = function ($pieces) use ($trial) {
    $reader = new Candor\\Provider\\CompletionReader($trial['status'], $trial['headers']);
    $text = '';
    foreach (array_merge($pieces, [null]) as $piece) {
      $new = $piece === null ? $reader->close() : $reader->push($piece);
      $text = $reader->takeRetracted() ? $new : $text . $new;
    }
    return ['content' => $text, 'status' => $reader->failure() === null && $reader->end() === 'complete' ? 'complete' : 'failed'];
  };
  $bytes = base64_decode($trial['bytes']);
  $all = [$read([$bytes])];
  foreach ([1, 2, 7, 64] as $size) {
    $all[] = $read(str_split($bytes, $size));
  }
  // A seed of its own for each, so that what fails once fails again.
  mt_srand(crc32($bytes));
  for ($round = 0; $round < 40; $round++) {
    $places = array_map(function () use ($bytes) { return mt_rand(0, strlen($bytes)); }, range(1, mt_rand(1, 8)));
    sort($places);
    $pieces = [];
    $from = 0;
    foreach (array_merge($places, [strlen($bytes)]) as $place) {
      $pieces[] = (string) substr($bytes, $from, $place - $from);
      $from = $place;
    }
    $all[] = $read($pieces);
  }
  return $all;
}, $input)`;

test('The package reads each stream alike, however it is cut', async (context) => {
  // What is compressed is unpacked before it is read.
  const trials = TRIALS.filter(({ headers }) => !headers['Content-Encoding']);
  const input = trials.map(({ http_status: status, headers, parts }) => ({
    status,
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    bytes: Buffer.concat(parts.map(bytesOf)).toString('base64'),
  }));
  const read = await inPackage(context, READ, input);
  for (const [index, { name, expected }] of trials.entries()) {
    for (const outcome of read[index]) assert.deepEqual(outcome, { content: expected.content, status: expected.status }, name);
  }
});

/** What becomes of an answer that ends for a reason of random letters, and of each reason that is known. */
const ENDS = `(function () {
  mt_srand(7);
  $letters = 'abcdefghijklmnopqrstuvwxyz_ABC';
  $reasons = array_merge(array_keys(Candor\\Data::of('finish_reasons')), array_map(function () use ($letters) {
    return implode('', array_map(function () use ($letters) { return $letters[mt_rand(0, strlen($letters) - 1)]; }, range(1, mt_rand(1, 20))));
  }, range(1, 200)));
  $chunk = function ($delta, $reason) {
    return 'data: ' . json_encode(['choices' => [['index' => 0, 'delta' => $delta, 'finish_reason' => $reason]]]) . "\\n\\n";
  };
  return array_map(function ($reason) use ($chunk) {
    $reader = new Candor\\Provider\\CompletionReader(200, []);
    $text = $reader->push($chunk(['content' => 'Some words'], null) . $chunk((object) [], $reason) . "data: [DONE]\\n\\n") . $reader->close();
    return [$reason, $text, $reader->failure() !== null || $reader->end() === 'truncated' ? 'told' : $reader->end()];
  }, $reasons);
})()`;

test('The package tells an answer whole or broken, whatever it ends for', async (context) => {
  const { cases } = JSON.parse(await readFile(new URL('../../crates/diagnosis/finish_reasons.cases.json', import.meta.url), 'utf8'));
  const whole = new Set(cases.filter(({ end }) => end === 'complete').map(({ chunks }) => chunks.at(-1).finish_reason));
  const ended = await inPackage(context, ENDS, null);
  assert.ok(ended.length > 200);
  for (const [reason, text, end] of ended) {
    assert.equal(text, 'Some words', reason);
    assert.equal(end, whole.has(reason) ? 'complete' : 'told', reason);
  }
});

/** Bodies of a size that a reader which looks again at what it has seen would not end with. */
const LARGE = `array_map(function ($piece) {
  $reader = new Candor\\Provider\\CompletionReader(200, []);
  $begun = microtime(true);
  for ($sent = 0; $sent < $piece['bytes']; $sent += strlen($piece['text'])) {
    $reader->push($piece['text']);
  }
  $reader->close();
  return microtime(true) - $begun;
}, $input)`;

test('The package takes as long for a body as it is large', async (context) => {
  const line = `{"model":"x","response":"can","done":false}`;
  const kinds = [
    `data: ${'{"a":1}'.repeat(1000)}\n\n`,
    `${line}\n`.repeat(100),
    '['.repeat(100),
    `data: {"choices":[{"delta":{"content":"`.padEnd(8192, '\n'),
    ' '.repeat(8192),
    'data: x\n'.repeat(512), `data: {"choices":[{"delta":{"content":"${'a'.repeat(50)}"}}]}\n\n`.repeat(20)];
  const sizes = [1 << 19, 1 << 22];
  const seconds = await inPackage(context, LARGE, kinds.flatMap((text) => sizes.map((bytes) => ({ text, bytes }))));
  for (const index of kinds.keys()) {
    const [small, large] = seconds.slice(index * 2, index * 2 + 2);
    // Eight times as much; the square of that would be 64.
    assert.ok(large < Math.max(small, 0.05) * 24, `${small} s for the small one, ${large} s for the large one`);
  }
});
