// What new visitors solve first, where a site's owner has chosen it in wp-admin.

import assert from 'node:assert/strict';
import { createHmac, randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { launchChromium, visit } from '../browser/product.mjs';
import { payload, solved } from '../conformance/challenge.mjs';
import { Client } from '../conformance/wire.mjs';
import { startProvider } from './provider.mjs';
import { isAnswered, openShop } from './shop.mjs';
import { save, signIn, tabOf } from './site.mjs';

const SECRET = 'planted-service-secret';

describe('A challenge on WordPress', { concurrency: 2 }, () => {
  let provider, browser;
  before(async () => {
    [provider, browser] = await Promise.all([startProvider(), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop()]));

  test('is chosen under Limits, and solved by a visitor whose message then goes on', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const owner = await visit(browser);
    await signIn(owner.tab, site);
    await owner.tab.goto(tabOf(site, 'limits'));
    assert.equal(await owner.tab.getByLabel('Challenge').inputValue(), 'off');
    await owner.tab.getByLabel('Challenge').selectOption('altcha');
    await save(owner.tab);
    await owner.close();

    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.say('hello');
    await tab.getByRole('checkbox', { name: 'I’m not a robot' }).press('Space');
    await chat.answers('Hello, and welcome');
    await isAnswered(chat);
    await close();
    assert.deepEqual(site.complaints(), []);
  });

  test('of a service is on once both keys are there, and shows the secret one to nobody', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const { tab, close } = await visit(browser);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'limits'));
    await tab.getByLabel('Challenge').selectOption('turnstile');
    await tab.getByLabel('Site key').fill('public-key');
    await tab.getByRole('button', { name: 'Save Changes' }).click();
    await tab.getByText('Turnstile and hCaptcha need both keys').waitFor();
    assert.equal(await tab.getByLabel('Challenge').inputValue(), 'off');
    const client = new Client(site.wire);
    (await client.post('/visitors')).expect(201);

    await tab.getByLabel('Challenge').selectOption('turnstile');
    await tab.getByLabel('Secret key').fill(SECRET);
    await save(tab);
    assert.deepEqual((await client.get('/challenge')).expect(200), { kind: 'turnstile', site_key: 'public-key' });
    (await client.post('/visitors')).refused(403, 'challenge_required');
    assert.ok(!(await tab.content()).includes(SECRET));
    const stored = await site.php("global $wpdb; return $wpdb->get_results( \"SELECT * FROM {$wpdb->options} WHERE option_name LIKE 'candor%'\" );");
    assert.ok(!JSON.stringify(stored).includes(SECRET), 'it is encrypted');
    assert.equal(await site.php('return Candor\\ChallengeSecret::reveal();'), SECRET);

    await tab.getByLabel('Forget it').check();
    await tab.getByRole('button', { name: 'Save Changes' }).click();
    await tab.getByText('Turnstile and hCaptcha need both keys').waitFor();
    assert.equal(await site.php('return Candor\\ChallengeSecret::reveal();'), '');
    await close();
    assert.deepEqual(site.complaints(), []);
  });

  test('of ALTCHA is taken for ten minutes, and from this site alone', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    /** A challenge as the plugin signs it with this secret, solved. */
    const made = (secret, seconds) => {
      const parameters = {
        algorithm: 'PBKDF2/SHA-256', cost: 50_000, expiresAt: Math.floor(Date.now() / 1000) + seconds, keyLength: 32, keyPrefix: '0',
        nonce: randomBytes(16).toString('hex'), salt: randomBytes(16).toString('hex'),
      };
      return payload(solved({ parameters, signature: createHmac('sha256', secret).update(JSON.stringify(parameters)).digest('hex') }));
    };
    const outcome = (solution) => site.php(`
      try {
        return ( new Candor\\Challenge\\Altcha( 'our-secret' ) )->check( '${solution}', '' )->until - time();
      } catch ( Candor\\Wire\\ApiProblem $refusal ) {
        return $refusal->getMessage();
      }`);
    const kept = await outcome(made('our-secret', 600));
    assert.ok(kept > 600 && kept <= 660, `it is remembered for longer than it is taken: ${kept}`);
    assert.equal(await outcome(made('our-secret', -2)), 'challenge_failed');
    assert.equal(await outcome(made('another-secret', 600)), 'challenge_failed');
  });

  test('of a service that takes its time holds no more of PHP’s workers than the chat may', async (context) => {
    const waiting = [];
    const service = createServer((_, response) => waiting.push(response)).listen(0, '127.0.0.1');
    await once(service, 'listening');
    context.after(() => service.close());
    const options = { challenge: 'turnstile', challenge_site_key: 'public-key', challenge_verify_url: `http://127.0.0.1:${service.address().port}/`, max_workers: 1 };
    const site = await openShop(provider, { options, constants: { CANDOR_CHALLENGE_SECRET: SECRET } });
    context.after(() => site.stop());
    const client = new Client(site.wire);
    const asked = once(service, 'request');
    const first = client.post('/visitors', { challenge: 'solved' });
    await asked;
    const second = await client.post('/visitors', { challenge: 'solved too' });
    second.refused(429, 'too_many_at_once');
    assert.equal(second.header('retry-after'), '10');
    waiting[0].end(JSON.stringify({ success: true, hostname: '127.0.0.1' }));
    (await first).expect(201);
    assert.deepEqual(site.complaints(), []);
  });
});
