// Diagnostics that are off on a WordPress site, and whom visitors turn to then.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { assertPlain, words } from '../browser/jargon.mjs';
import { Diagnostics, launchChromium, visit } from '../browser/product.mjs';
import { inPackage } from './packaged.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { save, signIn, tabOf } from './site.mjs';

const CANNOT = 'The assistant can’t answer right now.';

test('The package reads a contact as Rust does', async (context) => {
  const cases = JSON.parse(await readFile(new URL('../../crates/protocol/contact.cases.json', import.meta.url), 'utf8'));
  assert.ok(cases.length > 10);
  const read = await inPackage(context, "array_map(['Candor\\Contact', 'address'], $input)", cases.map(({ given }) => given));
  assert.deepEqual(read, cases.map(({ address }) => address));
});

async function assertNothing({ tab, chat }, place) {
  assert.deepEqual(await tab.getByRole('tab').allTextContents(), ['Chat', 'History'], place);
  assert.equal(await chat.explain.count(), 0, place);
  const panel = await chat.panel.textContent();
  for (const secret of ['insufficient', 'model.request', 'invalid_request_error', 'API Error', 'owner token']) {
    assert.ok(!panel.includes(secret), `${place}: ${secret} is in: ${panel}`);
  }
}

describe('Diagnostics that are off', { concurrency: 2 }, () => {
  let provider, browser;
  before(async () => {
    [provider, browser] = await Promise.all([startProvider(), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop()]));

  for (const [what, setup] of [
    ['by the setting', { options: { diagnostics: 'off', contact: 'help@shop.example' } }],
    ['by the shortcode', { options: { contact: 'help@shop.example' }, shortcode: '[candor diagnostics="off"]' }],
  ]) {
    test(`are met nowhere by a visitor, and are there for the owner, ${what}`, async (context) => {
      const site = await openShop(provider, setup);
      context.after(() => site.stop());
      const visitor = await visit(browser, site.address);
      await visitor.chat.open();
      await assertNothing(visitor, 'an empty chat');
      await visitor.chat.ask('fail: missing scopes');
      await visitor.chat.answers(CANNOT);
      await assertNothing(visitor, 'a failure');
      await visitor.chat.replies.last().getByRole('link', { name: 'Write to help@shop.example' }).waitFor();
      assert.equal(await visitor.chat.retry.count(), 0, 'trying again cannot help');
      await visitor.tab.reload();
      await visitor.chat.open();
      await visitor.chat.answers(CANNOT);
      await assertNothing(visitor, 'a failure after a reload');
      await visitor.close();

      const cut = await visit(browser);
      await cut.tab.route(/candor\/v1\/config/, (route) => route.abort());
      await cut.tab.goto(site.address);
      await cut.chat.open();
      await cut.chat.ask('hello');
      await assertNothing(cut, 'where the settings do not come');
      await cut.close();

      const owner = await visit(browser);
      await signIn(owner.tab, site);
      await owner.tab.goto(site.address);
      await owner.chat.open();
      await owner.chat.show('Diagnostics');
      await owner.tab.getByRole('list', { name: 'Errors of all visitors' }).getByText('Missing scopes: model.request.').first().waitFor();
      await owner.tab.goto(tabOf(site, 'diagnostics'));
      await owner.tab.getByRole('list', { name: 'Errors of all visitors' }).getByText('Missing scopes: model.request.').first().waitFor();
      await owner.close();
    });
  }

  test('say whom to turn to as the owner has set it', async (context) => {
    const site = await openShop(provider, { options: { diagnostics: 'off' } });
    context.after(() => site.stop());
    const { tab, close } = await visit(browser);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'privacy'));
    await tab.getByLabel('Whom visitors can turn to').fill('somebody');
    await tab.getByRole('button', { name: 'Save' }).click();
    await tab.getByText('must be a mail address, a telephone number').first().waitFor();
    await tab.getByLabel('Whom visitors can turn to').fill('+49 30 123456');
    await save(tab);
    const config = await (await fetch(`${site.wire}/config`)).json();
    assert.deepEqual([config.contact, config.diagnostics], ['tel:+4930123456', 'off']);
    await close();
  });

  test('Elsewhere a visitor reads no jargon', async (context) => {
    const site = await openShop(provider, { options: { diagnostics: 'reference', contact: 'help@shop.example' } });
    context.after(() => site.stop());
    const visitor = await visit(browser, site.address);
    const { tab, chat, close } = visitor;
    await chat.open();
    assertPlain('an empty chat', await words(tab));
    await chat.ask('fail: invalid key');
    await chat.answers(CANNOT);
    assertPlain('a failure', await words(tab));
    await chat.explain.click();
    await new Diagnostics(visitor).check();
    assertPlain('Diagnostics', await words(tab));
    await close();
  });
});
