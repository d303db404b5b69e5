// Turnstile and hCaptcha, as both proxies ask them: by an address of the tests', and with their answers as documented
// (https://developers.cloudflare.com/turnstile/get-started/server-side-validation/, https://docs.hcaptcha.com/).

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { KEY } from '../wordpress/provider.mjs';
import { mountServe } from './serve.mjs';
import { SETTINGS } from './suite.mjs';
import { mountWordPress } from './wordpress.mjs';

const SECRET = 'planted-service-secret';
const PAGE = { origin: 'https://shop.example' };

/** A service that knows these solutions, and what it was asked. */
async function startService() {
  const verdicts = {
    right: { success: true, hostname: 'shop.example' },
    again: { success: true, hostname: 'shop.example' },
    elsewhere: { success: true, hostname: 'evil.example' },
    late: { success: false, 'error-codes': ['timeout-or-duplicate'] },
    unknown: { success: false, 'error-codes': ['invalid-input-response'] },
    misconfigured: { success: false, 'error-codes': ['invalid-input-secret'] },
    strange: '<!doctype html>',
  };
  const asked = [];
  const server = createServer(async (request, response) => {
    let body = '';
    for await (const piece of request) body += piece;
    const form = Object.fromEntries(new URLSearchParams(body));
    asked.push({ ...form, type: request.headers['content-type'] });
    response.end(JSON.stringify(verdicts[form.response]));
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/siteverify`, asked, stop: () => server.close() };
}

for (const [proxyName, mount] of [
  ['candor serve', (settings) => mountServe({ ...settings, challenge_secret: SECRET })],
  ['WordPress', (settings) => mountWordPress(settings, { constants: { CANDOR_API_KEY: KEY, CANDOR_CHALLENGE_SECRET: SECRET } })],
]) {
  for (const kind of ['turnstile', 'hcaptcha']) {
    describe(`${kind} before ${proxyName}`, () => {
      let service, proxy;
      before(async () => {
        service = await startService();
        proxy = await mount({ ...SETTINGS, challenge: kind, challenge_site_key: 'public-key', challenge_verify_url: service.url });
      });
      after(() => Promise.all([proxy?.stop(), service?.stop()]));

      const come = (challenge, headers = PAGE) => proxy.client.post('/visitors', { challenge }, headers);

      test('is asked about each solution, which counts once and on the page’s own host', async () => {
        assert.deepEqual((await proxy.client.get('/challenge')).expect(200), { kind, site_key: 'public-key' });
        (await proxy.client.post('/visitors')).refused(403, 'challenge_required');
        assert.equal(service.asked.length, 0);
        (await come('right')).expect(201);
        const [{ type, ...form }] = service.asked;
        assert.match(type, /^application\/x-www-form-urlencoded/);
        assert.deepEqual(form, { secret: SECRET, response: 'right', ...(kind === 'hcaptcha' ? { sitekey: 'public-key' } : {}) });
        (await come('right')).refused(403, 'challenge_failed');
        (await come('again', {})).refused(403, 'challenge_failed');
        for (const wrong of ['elsewhere', 'late', 'unknown']) (await come(wrong)).refused(403, 'challenge_failed');
      });

      test('lets nobody in where it cannot say, and is not blamed on the visitor', async () => {
        for (const fault of ['misconfigured', 'strange']) {
          const answer = await come(fault);
          assert.equal(answer.refused(503, 'challenge_unavailable').retryable, true);
          assert.ok(!answer.body.includes(SECRET));
        }
      });
    });
  }
}
