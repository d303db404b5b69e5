// What `candor serve` says of its wire (docs/openapi.json), held against requests that schemathesis makes of it, in the described form
// and in any other: no status that is not described, no form that is not, and no fault of the proxy.

import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { startProvider } from '../wordpress/provider.mjs';
import { mountServeBefore } from './serve.mjs';

const CHECKS = 'not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance';

/** Requests of each operation that are random; those at the bounds of what is described come on top. */
const RANDOM = 25;

/** Fails where `candor serve` with these settings answers a visitor, or the owner, what it has not described. */
async function assertDescribed(settings, isOwner = false) {
  const provider = await startProvider({ pause: 0 });
  const proxy = await mountServeBefore({ linking: true, base_url: provider.url, ...settings });
  const folder = await mkdtemp(join(tmpdir(), 'candor-schemathesis-'));
  const { authorization } = isOwner ? proxy.owner : (await proxy.client.visitor()).headers;
  const words = [
    process.env.SCHEMATHESIS, 'run', `${proxy.client.base}/openapi.json`, '--header', `Authorization: ${authorization}`,
    '--checks', CHECKS, '--max-examples', String(RANDOM), '--workers', '1', '--request-timeout', '20', '--suppress-health-check', 'all',
    // With a visitor who has left, everything behind it would be asked by nobody.
    ...(isOwner ? ['--include-path', '/diagnostics/errors'] : ['--exclude-name', 'DELETE /visitors']), '--no-color',
  ];
  const env = { ...process.env, PYTHONPATH: dirname(dirname(process.env.SCHEMATHESIS)) };
  const child = spawn(process.env.PYTHON, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => said.push(chunk));
  const [code] = await once(child, 'close');
  await Promise.all([proxy.stop(), provider.stop(), rm(folder, { recursive: true })]);
  const report = Buffer.concat(said).toString();
  assert.equal(code, 0, report);
  const [, made, passed] = /(\d+) generated, (\d+) passed/.exec(report) ?? [];
  assert.ok(Number(made) > 10 && made === passed, report);
}

describe('Every answer of `candor serve` is described', () => {
  test('with conversations that it keeps', () => assertDescribed({}));

  test('with conversations that it does not keep', () => assertDescribed({ keep_days: 0 }));

  test('to the owner', () => assertDescribed({}, true));
});
