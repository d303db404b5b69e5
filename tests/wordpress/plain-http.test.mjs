// Where the key and the conversations may go by http://: the rules of `candor serve`, and where they would be sent.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { mountWordPress } from '../conformance/wordpress.mjs';
import { inPackage } from './packaged.mjs';
import { KEY } from './provider.mjs';

/** As crates/proxy/src/config/settings.rs has them. */
const NEAR = [
  'http://127.0.0.1:11434/v1', 'http://localhost:1234/v1', 'http://[::1]:8080/v1', 'http://192.168.0.7/v1', 'http://10.1.2.3/v1',
  'http://[fd00::7]/v1', 'http://[::ffff:10.1.2.3]/v1', 'http://ollama:11434/v1', 'http://host.docker.internal/v1', 'http://box.local./v1',
];
const FAR = [
  'http://api.example.com/v1', 'http://8.8.8.8/v1', 'http://172.32.0.1/v1', 'http://[2001:db8::1]/v1', 'http://[::ffff:8.8.8.8]/v1',
  'http://local.example.com/v1',
];

/** Addresses as others write them, to get past a check that knows one form alone. */
const FORMS = {
  near: ['http://[::ffff:7f00:1]/v1', 'http://[0:0:0:0:0:ffff:192.168.0.1]/v1', 'http://169.254.1.2/v1', 'http://[fe80::1]/v1', 'http://127.1/v1', 'http://0x7f000001/v1', 'http://2130706433/v1', 'http://017700000001/v1', 'HTTP://LOCALHOST/v1'],
  // 6to4 and NAT64, with a private IPv4 address inside; numbers and names that only look near.
  far: ['http://[2002:7f00:1::1]/v1', 'http://[2002:a00:1::]/v1', 'http://[64:ff9b::7f00:1]/v1', 'http://[64:ff9b::10.0.0.1]/v1', 'http://[64:ff9b:1::a00:1]/v1', 'http://[::127.0.0.1]/v1', 'http://134744072/v1', 'http://0x08080808/v1', 'http://8.8.2056/v1', 'http://127.0.0.1.example.com/v1', 'http://999.1/v1', 'http://1.2.3.4.5/v1', 'http://local%68ost.example.com/v1', 'http://ex\u{FF41}mple/v1', 'http:///v1'],
};

/** Of each address, whether it is refused, and whether it is this machine. */
const asked = (context, addresses) => inPackage(context, `array_map(function ($url) {
  $host = Candor\\Host::of($url);
  return [Candor\\Host::isPlainAndFar($url), $host !== null && $host->isLoopback()];
}, $input)`, addresses);

/** The proxy by which whatever leaves the site would come; it lets nothing through, and counts who came. */
async function listen(context) {
  let connections = 0;
  const server = createServer((socket) => {
    connections += 1;
    socket.destroy();
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  context.after(() => server.close());
  return { port: String(server.address().port), connections: () => connections };
}

test('Plain http is for this machine and private networks, in whatever form an address is written', async (context) => {
  for (const [addresses, isRefused] of [[NEAR, false], [FORMS.near, false], [FAR, true], [FORMS.far, true]]) {
    const told = await asked(context, addresses);
    addresses.forEach((address, at) => assert.equal(told[at][0], isRefused, address));
  }
  const encrypted = FAR.map((address) => address.replace('http:', 'https:'));
  assert.ok((await asked(context, encrypted)).every(([isRefused]) => !isRefused));
});

test('A mapped loopback address is this machine, and one inside 6to4 or NAT64 is not', async (context) => {
  const loopback = ['http://127.0.0.1/', 'http://[::1]/', 'http://[::ffff:127.0.0.1]/', 'http://[::ffff:7f00:2]/', 'http://localhost./', 'http://a.localhost/'];
  const others = ['http://[2002:7f00:1::]/', 'http://[64:ff9b::7f00:1]/', 'http://10.0.0.1/', 'http://localhost.example/'];
  const told = await asked(context, [...loopback, ...others]);
  assert.deepEqual(told.map(([, isLoopback]) => isLoopback), [...loopback.map(() => true), ...others.map(() => false)]);
});

test('Settings that are older than the rule send nothing, and the owner reads what to change', async (context) => {
  const way = await listen(context);
  const constants = { CANDOR_API_KEY: KEY, WP_PROXY_HOST: '127.0.0.1', WP_PROXY_PORT: way.port };
  const chat = async (settings) => {
    const proxy = await mountWordPress({ diagnostics: 'full', base_url: 'http://api.shop.example/v1', ...settings }, { constants });
    try {
      const visitor = await proxy.client.visitor();
      const conversation = await visitor.conversation();
      return (await visitor.post(`${conversation}/messages`, { content: 'hello' }, { accept: 'application/json' })).json;
    } finally {
      await proxy.stop();
    }
  };
  const refused = await chat({});
  assert.equal(refused.cause, 'tls_failure');
  assert.equal(refused.retryable, false);
  assert.equal(refused.upstream.code, 'plain_http');
  assert.match(refused.upstream.message, /^Nothing was sent over plain http: .* Begin it with https:\/\/\.$/);
  const unmoderated = await chat({ moderation: true });
  assert.deepEqual([unmoderated.cause, unmoderated.upstream.code], ['tls_failure', 'plain_http']);
  assert.equal(way.connections(), 0);
  assert.equal((await chat({ allow_plain_http: true })).cause, 'unreachable_provider');
  assert.ok(way.connections() > 0, 'who allows it is not kept from it');
});

test('The secret key of a challenge’s service goes over plain http no further', async (context) => {
  const way = await listen(context);
  const constants = {
    CANDOR_API_KEY: KEY, CANDOR_CHALLENGE_SECRET: 'planted-service-secret', WP_PROXY_HOST: '127.0.0.1', WP_PROXY_PORT: way.port, WP_ACCESSIBLE_HOSTS: 'service.example',
  };
  const come = async (url) => {
    const settings = { challenge: 'turnstile', challenge_site_key: 'public-key', challenge_verify_url: url };
    const proxy = await mountWordPress(settings, { constants });
    try {
      (await proxy.client.post('/visitors', { challenge: 'solved' })).refused(503, 'challenge_unavailable');
    } finally {
      await proxy.stop();
    }
  };
  await come('http://service.example/siteverify');
  assert.equal(way.connections(), 0);
  await come('https://service.example/siteverify');
  assert.ok(way.connections() > 0, 'https is asked');
});
