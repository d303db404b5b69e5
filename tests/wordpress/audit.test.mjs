// The audit log: what owners do with the chat, for owners to read.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Client } from '../conformance/wire.mjs';
import { KEY, startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { OWNER, tabOf } from './site.mjs';

const TOKEN = 'only-the-owner-has-this';
const SECRET = 'planted-service-secret';
const CUSTOMER = { name: 'customer', password: 'also-a-password-of-the-tests' };

describe('The audit log', { concurrency: 2 }, () => {
  let provider;
  before(async () => {
    provider = await startProvider({ pause: 2 });
  });
  after(() => provider?.stop());

  async function shop(context) {
    const site = await openShop(provider, { options: { trusted_proxies: ['loopback'] }, constants: { CANDOR_API_KEY: '', CANDOR_OWNER_TOKEN: TOKEN } });
    context.after(() => site.stop());
    const entries = () => site.php('return ( new Candor\\Store\\AuditLog( Candor\\Store\\Database::site() ) )->page( 0, 100 );');
    return {
      site,
      /** What stands of somebody in the log, the oldest first. */
      of: async (person) => (await entries()).filter(({ who }) => who === person).reverse().map(({ event, what, address }) => [event, what, address]),
      /** Signs in from an address. */
      signIn: async ({ name, password }, address) => {
        const { status } = await fetch(`${site.origin}/wp-login.php`, {
          method: 'POST',
          redirect: 'manual',
          headers: { cookie: 'wordpress_test_cookie=WP%20Cookie%20check', 'x-forwarded-for': address },
          body: new URLSearchParams({ log: name, pwd: password, testcookie: '1' }),
        });
        return status;
      },
    };
  }

  test('What owners do stands in the audit log, and nothing that they typed', async (context) => {
    const { site, of } = await shop(context);
    const client = new Client(site.wire);
    const visitor = await client.visitor();
    await visitor.conversation({ title: 'hello' });
    const { cookie } = await site.signIn();
    const page = async (address) => (await fetch(address, { headers: { cookie } })).text();
    const link = (html, part) => html.match(new RegExp(`href="([^"]*${part}[^"]*)"`))[1].replaceAll('&#038;', '&').replaceAll('&amp;', '&');
    const change = async (tab, fields) => {
      const [, nonce] = (await page(tabOf(site, tab))).match(/name="_wpnonce" value="(\w+)"/);
      const body = new URLSearchParams({ option_page: 'candor', action: 'update', _wpnonce: nonce, 'candor[tab]': tab, ...fields });
      const { status } = await fetch(`${site.origin}/wp-admin/options.php`, { method: 'POST', redirect: 'manual', headers: { cookie }, body });
      assert.equal(status, 302);
    };
    await change('limits', { 'candor[message_chars]': '4321', 'candor[max_streams]': '7' });
    await change('limits', { 'candor[message_chars]': '4321' });
    await change('connection', { 'candor[api_key]': KEY });
    await change('limits', { 'candor[challenge_secret]': SECRET });
    await page(link(await page(tabOf(site, 'conversations')), 'candor_export'));
    const [, id] = (await page(tabOf(site, 'conversations'))).match(/(c_[0-9a-f]{32})/);
    await page(link(await page(tabOf(site, 'conversations')), 'action=delete'));
    await site.must(`
      wp_set_current_user( 1 );
      Candor\\Privacy::export( 'jane@shop.example' );
      Candor\\Privacy::erase( 'jane@shop.example' );
      return true;`);
    assert.deepEqual(await of(OWNER.name), [
      ['signed_in', '', '127.0.0.1'],
      ['settings_changed', 'message_chars, max_streams', '127.0.0.1'],
      ['settings_changed', 'api_key', '127.0.0.1'],
      ['settings_changed', 'challenge_secret', '127.0.0.1'],
      ['exported', 'CSV', '127.0.0.1'],
      ['erased', id, '127.0.0.1'],
      ['exported', 'personal data', ''],
      ['erased', 'personal data, conversations: 0', ''],
    ]);
    const log = await site.php("return implode( ' ', $GLOBALS['wpdb']->get_col( \"SELECT what FROM {$GLOBALS['wpdb']->prefix}candor_audit\" ) );");
    for (const typed of [KEY, SECRET, '4321', 'jane', 'hello']) assert.ok(!log.includes(typed), typed);
    const shown = await page(tabOf(site, 'audit'));
    for (const words of ['Signed in from a new address', 'Changed settings', 'message_chars, max_streams', 'Exported', 'Erased', '127.0.0.1']) assert.ok(shown.includes(words), words);
    assert.deepEqual(site.complaints(), []);
  });

  test('A sign-in stands there where its address is new, of owners alone', async (context) => {
    const { site, of, signIn } = await shop(context);
    await site.must(`return is_int( wp_insert_user( array( 'user_login' => '${CUSTOMER.name}', 'user_pass' => '${CUSTOMER.password}', 'user_email' => 'customer@shop.example', 'role' => 'subscriber' ) ) );`);
    for (const address of ['192.0.2.1', '192.0.2.1', '2001:db8::1', '2001:db8::2', '::ffff:192.0.2.1', '192.0.2.2']) assert.equal(await signIn(OWNER, address), 302);
    assert.equal(await signIn({ ...OWNER, password: 'wrong' }, '192.0.2.3'), 200);
    await signIn(CUSTOMER, '192.0.2.4');
    assert.deepEqual(await of(OWNER.name), ['192.0.2.1', '2001:db8::1', '192.0.2.2'].map((address) => ['signed_in', '', address]));
    assert.deepEqual(await of(CUSTOMER.name), []);
    // Plugins that sign somebody in themselves often say only by which name.
    await site.must(`do_action( 'wp_login', '${OWNER.name}' ); do_action( 'wp_login', 'nobody' ); do_action( 'wp_login', null, false ); return true;`);
    assert.deepEqual((await of(OWNER.name)).at(-1), ['signed_in', '', '']);
    const ask = (bearer, address) => new Client(site.wire, { authorization: `Bearer ${bearer}`, 'x-forwarded-for': address }).get('/diagnostics/errors');
    (await ask('a-wrong-one', '192.0.2.8')).refused(401, 'owner_unauthorized');
    for (const address of ['192.0.2.9', '192.0.2.9']) (await ask(TOKEN, address)).expect(200);
    assert.deepEqual(await of('CANDOR_OWNER_TOKEN'), [['signed_in', '', '192.0.2.9']]);
    (await (await new Client(site.wire).visitor()).delete('/visitors')).expect(204);
    assert.deepEqual((await of('–')).filter(([event]) => event === 'erased'), [['erased', 'everything of a visitor, who asked for it', '']], 'from where a visitor came is kept nowhere');
    const { cookie } = await site.signIn(CUSTOMER);
    assert.equal((await fetch(tabOf(site, 'audit'), { headers: { cookie } })).status, 403, 'nobody else reads it');
    assert.deepEqual(site.complaints(), []);
  });

  test('Of each kind it keeps a thousand entries for a year, and no owner is kept from anything where it cannot be written', async (context) => {
    const { site, of } = await shop(context);
    await site.signIn();
    const count = await site.php(`
      for ( $made = 0; $made < 1010; $made++ ) {
        Candor\\Audit::note( 'settings_changed', "setting $made" );
      }
      return ( new Candor\\Store\\AuditLog( Candor\\Store\\Database::site() ) )->count();`);
    assert.ok(count > 900 && count <= 1001, String(count));
    const latest = (await of('–')).map(([, what]) => what);
    assert.ok(latest.includes('setting 1009') && !latest.includes('setting 0'), latest.join());
    const signedIn = () => site.php(`return ( new Candor\\Store\\AuditLog( Candor\\Store\\Database::site() ) )->addresses( 'signed_in', '${OWNER.name}' );`);
    assert.deepEqual(await signedIn(), ['127.0.0.1'], 'whatever else is done often');
    const age = (days) => site.must(`
      global $wpdb;
      $wpdb->query( "UPDATE {$wpdb->prefix}candor_audit SET time = " . ( time() - ${days} * DAY_IN_SECONDS ) . "000 WHERE event = 'signed_in'" );
      do_action( 'candor_upkeep' );
      return true;`);
    await age(364);
    assert.deepEqual(await signedIn(), ['127.0.0.1']);
    await age(366);
    assert.deepEqual(await signedIn(), []);
    await site.php('global $wpdb; return $wpdb->query( "DROP TABLE {$wpdb->prefix}candor_audit" );');
    await site.signIn();
    await site.must("return update_option( 'candor', array( 'message_chars' => 5000 ) + get_option( 'candor' ) );");
  });
});
