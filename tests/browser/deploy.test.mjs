// The files in deploy, as far as a machine without containers can try them.

import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { parse } from 'yaml';
import { startDeployedNginx } from './nginx.mjs';
import { launchChromium, openDiagnostics, startProxy } from './product.mjs';

const run = promisify(execFile);

const read = (path) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

/** What `candor serve` is told by a variable, as docs/deploy.md lists it. */
async function assertSettings(names) {
  const document = await read('docs/deploy.md');
  assert.ok(names.length);
  for (const name of names) {
    const setting = name.replace('CANDOR_', '').toLowerCase();
    assert.ok(document.includes(`\n| \`${setting}\``) || document.includes(`, \`${setting}\` |`), `docs/deploy.md has no ${setting}`);
  }
}

const variables = (text) => [...new Set(text.match(/\bCANDOR_[A-Z_]+/g))];

/** How much of a system a service may reach, from 0 to 10, by `systemd-analyze security`. */
const MOST_EXPOSURE = 2;

test('a proxy that is built to be tried says where one with traces comes from', async () => {
  const env = { PATH: process.env.PATH, CANDOR_TRACES: 'on' };
  const told = await run(process.env.CANDOR_BIN, ['serve'], { cwd: tmpdir(), env, timeout: 20_000 }).catch((error) => error);
  assert.equal(told.code, 2);
  assert.match(told.stderr, /^candor: CANDOR_TRACES asks for traces, .*`cargo xtask build`.*\n$/);
});

describe('The files in deploy', () => {
  test('compose starts three replicas on one PostgreSQL behind nginx, none of which can write or rise', async () => {
    const text = await read('deploy/compose.yaml');
    const { services, networks } = parse(text);
    const names = ['candor-1', 'candor-2', 'candor-3'];
    assert.deepEqual(Object.keys(services), [...names, 'nginx', 'postgres']);
    for (const name of names) {
      const replica = services[name];
      assert.match(replica.environment.CANDOR_DATABASE_URL, /^postgres:.*@postgres\/candor$/);
      assert.deepEqual([replica.read_only, replica.cap_drop, replica.depends_on.postgres.condition], [true, ['ALL'], 'service_healthy']);
      assert.ok(replica.mem_limit && replica.pids_limit && replica.stop_grace_period && replica.ulimits.nofile);
      assert.equal(replica.ports, undefined, 'a replica is reached through nginx alone');
    }
    assert.deepEqual([services.postgres.networks, networks.inside.internal, services.postgres.ports], [['inside'], true, undefined]);
    assert.deepEqual([services.nginx.read_only, services.nginx.ports], [true, ['127.0.0.1:8080:8080']]);
    await assertSettings(variables(text));
  });

  test('the image is built in one stage and runs in another, as a user who owns nothing', async () => {
    const text = await read('deploy/Containerfile');
    const stages = text.split(/^FROM /m).slice(1);
    assert.equal(stages.length, 2);
    assert.ok(!/rust|cargo/.test(stages[1]), 'no compiler comes along');
    assert.match(stages[1], /^USER [1-9]\d+:[1-9]\d+$/m);
    for (const stage of stages) assert.match(stage, /^\S+:\d\S*|^\S+:bookworm-slim/, 'an image has a version');
    await assertSettings(variables(stages[1]));
  });

  test('the unit is one that systemd reads, and leaves the service little of the system', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'candor-unit-'));
    const unit = join(folder, 'candor.service');
    await writeFile(unit, (await read('deploy/candor.service')).replace('ExecStart=/usr/local/bin/candor', `ExecStart=${process.env.CANDOR_BIN}`));
    const verified = await run(process.env.SYSTEMD_ANALYZE, ['verify', '--man=no', unit]);
    assert.deepEqual([verified.stdout, verified.stderr], ['', '']);
    const words = ['security', '--no-pager', '--offline=true', `--threshold=${MOST_EXPOSURE * 10}`, unit];
    await run(process.env.SYSTEMD_ANALYZE, words);
    await rm(folder, { recursive: true });
  });

  describe('nginx.conf', () => {
    let proxy, nginx, browser;
    before(async () => {
      proxy = await startProxy({ CANDOR_TRUSTED_PROXIES: 'loopback' });
      nginx = await startDeployedNginx([proxy, proxy, proxy].map(({ origin }) => new URL(origin).host));
      browser = await launchChromium();
    });
    after(async () => {
      await browser?.close();
      await nginx?.stop();
      await proxy?.stop();
    });

    test('lets a chat through, with its streams as they are written', async () => {
      const seen = await openDiagnostics(browser, nginx.origin);
      await seen.check();
      await seen.verdict.getByText('Every link holds.').waitFor();
      await seen.close();
    });

    test('refuses a body that is larger than any of the chat’s', async () => {
      const body = 'x'.repeat(300_000);
      const response = await fetch(`${nginx.origin}/candor/v1/visitors`, { method: 'POST', headers: { 'content-type': 'application/json' }, body });
      assert.equal(response.status, 413);
    });

    test('counts the connections of an IPv6 network of 64 bits as those of one address', async () => {
      const { host } = new URL(proxy.origin);
      const counting = await startDeployedNginx([host, host, host], (settings) => {
        assert.match(settings, /limit_conn address 100;/);
        const few = settings.replace('limit_conn address 100;', 'limit_conn address 2;');
        return few.replace('http {', 'http {\n    set_real_ip_from 127.0.0.1;\n    real_ip_header X-Forwarded-For;');
      });
      const visitors = `${counting.origin}/candor/v1/visitors`;
      const held = ['2001:db8:1:2::1', '2001:db8:1:2:ffff::2'].map((address) => {
        const held = request(visitors, { method: 'POST', headers: { 'x-forwarded-for': address, 'content-length': 2 } });
        held.on('error', () => {});
        held.write('{');
        return held;
      });
      const status = async (address) => (await fetch(visitors, { method: 'POST', headers: { 'x-forwarded-for': address } })).status;
      let seen;
      for (let tries = 0; tries < 100 && seen !== 429; tries += 1) seen = await status('2001:db8:1:2::3');
      assert.equal(seen, 429, 'two of the network are held');
      assert.deepEqual([await status('2001:db8:1:3::1'), await status('192.0.2.1')], [201, 201], 'another network has connections of its own');
      for (const one of held) one.destroy();
      await counting.stop();
    });

    test('goes to another replica where one is not there', async () => {
      const { host } = new URL(proxy.origin);
      const crippled = await startDeployedNginx(['127.0.0.1:9', host, '127.0.0.1:9']);
      for (let tries = 0; tries < 6; tries += 1) assert.equal((await fetch(`${crippled.origin}/candor/v1/visitors`, { method: 'POST' })).status, 201);
      await crippled.stop();
    });
  });
});
