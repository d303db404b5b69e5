// Redaction in PHP, by the very cases that Rust's passes.

import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';

const SCRIPT = `
  [, $zip, $folder] = $argv;
  $archive = new PharData($zip);
  $archive->extractTo($folder);
  spl_autoload_register(function ($class) use ($folder) {
    require $folder . '/candor/includes/' . strtr(substr($class, 7), '\\\\', '/') . '.php';
  });
  function wp_check_invalid_utf8($text) { return $text; }
  eval('namespace Candor; final class ApiKey { public static function reveal() { return ""; } }');
  $texts = json_decode(stream_get_contents(STDIN), true);
  echo json_encode(array_map(['Candor\\\\Redaction', 'clean'], $texts));`;

test('The package takes out and leaves what Rust’s redaction does', async (context) => {
  const { redacted, kept } = JSON.parse(await readFile(new URL('../../crates/diagnosis/redaction.cases.json', import.meta.url), 'utf8'));
  const folder = await mkdtemp(join(tmpdir(), 'candor-redaction-'));
  context.after(() => rm(folder, { recursive: true }));
  const cases = [...redacted, ...kept.map((text) => [text, text])];
  assert.ok(cases.length > 30);
  const input = JSON.stringify(cases.map(([text]) => text));
  const clean = JSON.parse(execFileSync(process.env.PHP, ['-r', SCRIPT, '--', process.env.CANDOR_ZIP, folder], { input, encoding: 'utf8' }));
  assert.deepEqual(clean, cases.map(([, expected]) => expected));
});
