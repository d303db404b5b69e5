// What the encryption of the stored key is worth: nothing, where what encrypts it lies beside it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { KEY, startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { tabOf } from './site.mjs';

/** All the constants of wp-config.php's security keys with this in them. */
const keys = (phrase) => Object.fromEntries(['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'].flatMap((kind) => [[`${kind}_KEY`, phrase], [`${kind}_SALT`, phrase]]));

/** The stored key as whoever has nothing but the database reads it. */
const READ = `
  $secret = hash_hmac( 'sha256', 'candor api key', get_site_option( 'secure_auth_key' ) . get_site_option( 'secure_auth_salt' ), true );
  $sealed = base64_decode( get_option( 'candor_key' ) );
  return sodium_crypto_secretbox_open( substr( $sealed, 24 ), substr( $sealed, 0, 24 ), $secret );`;

describe('Security keys', { concurrency: 2 }, () => {
  let provider;
  before(async () => {
    provider = await startProvider();
  });
  after(() => provider?.stop());

  /** What a site with these security keys, and a stored key, says of it: Site Health's status, and the help of both keys’ fields. */
  async function told(context, constants) {
    const site = await openShop(provider, { constants: { CANDOR_API_KEY: '', ...constants } });
    context.after(() => site.stop());
    await site.must(`Candor\\ApiKey::store( '${KEY}' ); return '${KEY}' === Candor\\ApiKey::reveal();`);
    const { cookie } = await site.signIn();
    const page = await (await fetch(tabOf(site, 'connection'), { headers: { cookie } })).text();
    const limits = await (await fetch(tabOf(site, 'limits'), { headers: { cookie } })).text();
    const helps = [page.match(/id="candor-api-key-help">(.*?)<\/p>/s)[1], limits.match(/id="candor-challenge-secret-help">(.*?)<\/p>/s)[1]];
    const { status, description } = await site.php('return Candor\\SiteHealth::key();');
    const read = await site.php(READ);
    await site.must("Candor\\ApiKey::forget(); Candor\\ChallengeSecret::store( 'planted-service-secret' ); return Candor\\ChallengeSecret::isSet();");
    const ofChallenge = await site.php('return Candor\\SiteHealth::key();');
    return { statuses: [status, ofChallenge.status], description, helps, read };
  }

  test('Without security keys of its own a site says what its encryption of the key is worth', async (context) => {
    for (const phrase of ['put your unique phrase here', '']) {
      const { statuses, description, helps, read } = await told(context, keys(phrase));
      assert.equal(read, KEY, 'the database is enough to read it');
      assert.deepEqual(statuses, ['recommended', 'recommended'], phrase);
      for (const words of [description, ...helps]) assert.match(words, /the encryption keeps it from nobody who reads the database/);
    }
  });

  test('A site with security keys of its own says nothing of it', async (context) => {
    const { statuses, helps, read } = await told(context, {});
    assert.equal(read, false);
    assert.deepEqual(statuses, ['good', 'good']);
    for (const help of helps) assert.doesNotMatch(help, /from nobody/);
  });
});
