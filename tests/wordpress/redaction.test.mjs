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

test('The site’s own key is taken out whatever it looks like, whole and in part, and however whoever repeats it has written it', async (context) => {
  const key = 'my/own-key=of+nobody-s.form';
  const shapes = [key, key.toUpperCase(), encodeURIComponent(key), JSON.stringify(key).slice(1, -1).replaceAll('/', '\\/'), Buffer.from(key).toString('base64'), Buffer.from(key).toString('hex')];
  const expression = "array_map(function ($text) { Candor\\ApiKey::$key = $GLOBALS['input']['key']; return Candor\\Redaction::clean($text); }, $input['texts'])";
  const basic = ['u', 'us', 'use'].map((user) => Buffer.from(`${user}:${key}`).toString('base64'));
  const parts = ['my/own-k***', '…y-s.form, my/own-k', 'é/my/own-key=of+nobody-s.form/é'];
  const harmless = ['my/own-', 'a form of nobody', 'own keys', ''];
  const texts = [...shapes.map((shape) => `It said "${shape}" and no more`), ...parts, ...harmless, ...basic];
  const clean = await inPackage(context, expression, { key, texts });
  for (const shape of shapes) assert.match(clean.shift(), /^It said "\[key\]=*" and no more$/, shape);
  assert.deepEqual(clean.splice(0, parts.length), ['[key]***', '…[key], [key]', 'é/[key]/é']);
  assert.deepEqual(clean.splice(0, harmless.length), harmless);
  // Its ends hang together with what stands around them.
  clean.forEach((text, at) => assert.ok(text.includes('[key]') && text.length < basic[at].length / 2, text));
});
