// What both proxies say of their wire (docs/openapi.json), held against requests that schemathesis makes of it, in the described form
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
import { mountWordPress } from './wordpress.mjs';

const CHECKS = 'not_a_server_error,status_code_conformance,content_type_conformance,response_headers_conformance,response_schema_conformance';

/** Fails where a proxy answers what it has not described. Of the random requests each operation gets so many; those at the bounds of
    what is described come on top. */
async function assertDescribed(proxy, headers, random, paths) {
  const folder = await mkdtemp(join(tmpdir(), 'candor-schemathesis-'));
  const words = [
    process.env.SCHEMATHESIS, 'run', `${proxy.client.base}/openapi.json`, '--url', proxy.client.base,
    ...Object.entries(headers).flatMap(([name, value]) => ['--header', `${name}: ${value}`]),
    '--checks', CHECKS, '--max-examples', String(random), '--workers', '1', '--request-timeout', '20', '--suppress-health-check', 'all',
    ...paths, '--no-color',
  ];
  const env = { ...process.env, PYTHONPATH: dirname(dirname(process.env.SCHEMATHESIS)) };
  const child = spawn(process.env.PYTHON, words, { cwd: folder, env, stdio: ['ignore', 'pipe', 'pipe'] });
  const said = [];
  for (const output of [child.stdout, child.stderr]) output.on('data', (chunk) => said.push(chunk));
  const [code] = await once(child, 'close');
  await rm(folder, { recursive: true });
  const report = Buffer.concat(said).toString();
  assert.equal(code, 0, report);
  const [, made, passed] = /(\d+) generated, (\d+) passed/.exec(report) ?? [];
  assert.ok(Number(made) > 10 && made === passed, report);
}

// With a visitor who has left, everything behind it would be asked by nobody.
const OF_A_VISITOR = ['--exclude-name', 'DELETE /visitors'];
const OF_THE_OWNER = ['--include-path', '/diagnostics/errors'];

/** The same of `candor serve` with these settings. */
async function assertServeDescribed(settings, isOwner = false) {
  const provider = await startProvider({ pause: 0 });
  const proxy = await mountServeBefore({ linking: true, base_url: provider.url, ...settings });
  const { headers } = await proxy.client.visitor();
  try {
    await assertDescribed(proxy, isOwner ? proxy.owner : headers, 25, isOwner ? OF_THE_OWNER : OF_A_VISITOR);
  } finally {
    await Promise.all([proxy.stop(), provider.stop()]);
  }
}

describe('Every answer of `candor serve` is described', () => {
  test('with conversations that it keeps', () => assertServeDescribed({}));

  test('with conversations that it does not keep', () => assertServeDescribed({ keep_days: 0 }));

  test('to the owner', () => assertServeDescribed({}, true));
});

// PHP takes some time for each, so they are fewer.
describe('Every answer of the plugin is described', () => {
  for (const [what, settings] of [['with conversations that it keeps', {}], ['with conversations that it does not keep', { keep_days: 0 }]]) {
    test(what, async () => {
      const proxy = await mountWordPress({ linking: true, ...settings });
      try {
        const { headers } = await proxy.client.visitor();
        await assertDescribed(proxy, headers, 5, OF_A_VISITOR);
      } finally {
        await proxy.stop();
      }
    });
  }
});
