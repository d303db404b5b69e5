// Redaction in PHP, by the very cases that Rust’s passes.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { inPackage } from './packaged.mjs';

test('The package takes out and leaves what Rust’s redaction does', async (context) => {
  const { redacted, kept } = JSON.parse(await readFile(new URL('../../crates/diagnosis/redaction.cases.json', import.meta.url), 'utf8'));
  const cases = [...redacted, ...kept.map((text) => [text, text])];
  assert.ok(cases.length > 30);
  const clean = await inPackage(context, "array_map(['Candor\\\\Redaction', 'clean'], $input)", cases.map(([text]) => text));
  assert.deepEqual(clean, cases.map(([, expected]) => expected));
});
