// A network of sites: whoever has one of them decides about its chat, but not about where keys go and scripts come from.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { launchChromium, visit } from '../browser/product.mjs';
import { startMariaDb } from './database.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { OWNER, save, signIn, tabOf } from './site.mjs';

const KEEPER = { name: 'keeper', password: 'also-a-password-of-the-tests' };
const WHY = 'Only who manages the network can change this.';
const ADDRESSES = ['remote_url', 'base_url', 'allow_plain_http'];

describe('On a network of sites', () => {
  let provider, database, browser;
  before(async () => {
    [provider, database, browser] = await Promise.all([startProvider(), startMariaDb(), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop(), database?.stop()]));

  /** A network with somebody who administers a site of it, and not the network. */
  async function network(context) {
    const site = await openShop(provider, { database, network: true, path: '/shops' });
    context.after(() => site.stop());
    await site.must(`
      $keeper = wp_insert_user( array( 'user_login' => '${KEEPER.name}', 'user_pass' => '${KEEPER.password}', 'user_email' => 'keeper@shop.example', 'role' => 'administrator' ) );
      return is_int( $keeper ) && user_can( $keeper, 'manage_options' ) && ! user_can( $keeper, 'manage_network_options' );`);
    return { site, kept: (name) => site.php(`return Candor\\Settings::get()->all()['${name}'];`) };
  }

  test('who administers a site sees the addresses, reads why they are not theirs to set, and sets all else', async (context) => {
    const { site, kept } = await network(context);
    const { tab, close } = await visit(browser);
    await signIn(tab, site, KEEPER);
    await tab.goto(tabOf(site, 'connection'));
    for (const name of ADDRESSES) {
      const field = tab.locator(`#candor-${name.replaceAll('_', '-')}`);
      assert.ok(await field.isDisabled(), name);
      assert.ok((await tab.locator(`#${await field.getAttribute('aria-describedby')}`).textContent()).startsWith(WHY), name);
    }
    assert.equal(await tab.getByLabel('Address of the API').inputValue(), provider.url);
    await tab.getByLabel('Model', { exact: true }).fill('another-model');
    await save(tab);
    assert.deepEqual([await kept('model'), await kept('base_url')], ['another-model', provider.url]);
    await close();
    assert.deepEqual(site.complaints(), []);
  });

  test('who manages the network sets them', async (context) => {
    const { site, kept } = await network(context);
    const { tab, close } = await visit(browser);
    await signIn(tab, site, OWNER);
    await tab.goto(tabOf(site, 'connection'));
    assert.equal(await tab.getByText(WHY).count(), 0);
    await tab.getByLabel('Address of the API').fill('https://api.shop.example/v1');
    await save(tab);
    assert.equal(await kept('base_url'), 'https://api.shop.example/v1');
    await close();
  });

  test('no request that is made up by hand sets them, or sends the key elsewhere', async (context) => {
    const { site, kept } = await network(context);
    let asked = 0;
    const elsewhere = createServer((request, response) => {
      asked += 1;
      response.end('{"data":[]}');
    }).listen(0, '127.0.0.1');
    await once(elsewhere, 'listening');
    context.after(() => elsewhere.close());
    const theirs = `http://127.0.0.1:${elsewhere.address().port}`;
    const { cookie } = await site.signIn(KEEPER);
    const page = await (await fetch(tabOf(site, 'connection'), { headers: { cookie } })).text();
    const [, nonce] = page.match(/name="_wpnonce" value="(\w+)"/);
    const [, models] = page.match(/"models":"(\w+)"/);
    const send = (path, fields) => fetch(`${site.origin}/wp-admin/${path}`, { method: 'POST', redirect: 'manual', headers: { cookie }, body: new URLSearchParams(fields) });
    const changes = { 'candor[base_url]': theirs, 'candor[remote_url]': theirs, 'candor[allow_plain_http]': '1', 'candor[challenge_verify_url]': theirs, 'candor[accent]': 'red; position: fixed', 'candor[mode]': 'php' };
    for (const tab of [{ 'candor[tab]': 'connection' }, {}]) {
      const { status } = await send('options.php', { option_page: 'candor', action: 'update', _wpnonce: nonce, ...tab, ...changes });
      assert.equal(status, 302, 'the form itself is taken');
      for (const [name, usual] of [['base_url', provider.url], ['remote_url', ''], ['allow_plain_http', false], ['challenge_verify_url', ''], ['accent', '']]) assert.equal(await kept(name), usual, `${name} with ${JSON.stringify(tab)}`);
    }
    await site.setOption('candor', { provider: 'openai', base_url: provider.url });
    const listed = await (await send('admin-ajax.php', { action: 'candor_models', _ajax_nonce: models, provider: 'openai', base_url: theirs })).json();
    assert.ok(listed.models.includes('another-model'), 'the models of the network’s own provider');
    assert.equal(asked, 0);
    assert.deepEqual(site.complaints(), []);
  });
});
