// Failures that the owner has played where a real provider answers: an owner's alone, and nothing that the provider hears of.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium, openDiagnostics, visit } from '../browser/product.mjs';
import { Client } from '../conformance/wire.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { signIn, tabOf } from './site.mjs';

const CAUSE = 'quota_exhausted';
const WORDS = `fail: ${CAUSE}`;

describe('A rehearsal', { concurrency: 2 }, () => {
  let browser;
  before(async () => {
    browser = await launchChromium();
  });
  after(() => browser?.close());

  for (const [what, keep_days] of [['the site keeps conversations', 30], ['only the browser keeps them', 0]]) {
    /** Brings up a site that does so, before a provider of its own. */
    async function shop(context) {
      const provider = await startProvider({ pause: 2 });
      context.after(() => provider.stop());
      const site = await openShop(provider, { options: { keep_days } });
      context.after(() => site.stop());
      const heard = () => provider.requests.map(({ body }) => body.messages.at(-1).content);
      const logged = async () => (await new Client(site.wire).with(await site.signIn()).get('/diagnostics/errors')).expect(200).errors.length;
      const used = () => site.php(`
        $limits = ( new Candor\\Quota( Candor\\Settings::get(), Candor\\Store\\Database::site() ) )->site();
        return array( 'messages' => $limits['answers_site_month']['used'], 'tokens' => $limits['tokens_site_month']['used'] );`);
      return { site, heard, logged, used };
    }

    test(`is the owner’s in Diagnostics, in wp-admin and on a page, and no visitor’s, where ${what}`, async (context) => {
      const { site, heard, logged, used } = await shop(context);
      for (const address of [tabOf(site, 'diagnostics'), site.address]) {
        const { tab, chat, close } = await visit(browser);
        await signIn(tab, site);
        await tab.goto(address);
        if (address === site.address) {
          await chat.open();
          await chat.show('Diagnostics');
        }
        await tab.getByRole('combobox', { name: 'Cause' }).selectOption(CAUSE);
        await tab.getByRole('button', { name: 'Preview an error as visitors see it' }).click();
        await chat.log.getByText(WORDS, { exact: true }).waitFor();
        await chat.answers('The assistant can’t answer right now.');
        await chat.explain.click();
        await tab.getByRole('list', { name: 'Errors', exact: true }).getByText('You exceeded your current quota').first().waitFor();
        await close();
      }
      assert.deepEqual([heard(), await logged(), await used()], [[], 0, { messages: 0, tokens: 0 }]);

      const visitor = await openDiagnostics(browser, site.address);
      await visitor.check();
      await visitor.tab.getByLabel('Owner token').waitFor({ state: 'attached' });
      assert.equal(await visitor.tab.getByRole('combobox', { name: 'Cause' }).count(), 0);
      await visitor.close();
    });

    test(`that somebody else asks for is refused, and asks the provider for nothing, where ${what}`, async (context) => {
      const { site, heard, logged, used } = await shop(context);
      const customer = { name: 'customer', password: 'also-a-password-of-the-tests' };
      await site.must(`return is_int( wp_insert_user( array( 'user_login' => '${customer.name}', 'user_pass' => '${customer.password}', 'user_email' => 'customer@shop.example', 'role' => 'subscriber' ) ) );`);
      const visitor = await new Client(site.wire).visitor();
      const post = keep_days
        ? await visitor.conversation().then((conversation) => (content, headers) => visitor.post(`${conversation}/messages`, { content }, headers))
        : (content, headers) => visitor.post('/replies', { messages: [{ role: 'user', content }] }, headers);
      const ask = (headers) => post(WORDS, { accept: 'application/json', ...headers });
      const tokenOf = async (headers) => (await (await fetch(`${site.origin}/wp-admin/admin-ajax.php?action=candor_owner`, { headers })).json()).token;
      const given = await tokenOf(await site.signIn());
      const forged = given.replace(/.$/, (last) => (last === '0' ? '1' : '0'));
      assert.equal(await tokenOf(await site.signIn(customer)), null);
      for (const owner of ['', 'anything', visitor.headers.authorization.replace('Bearer ', ''), forged]) {
        (await ask({ 'candor-owner': owner })).refused(401, 'owner_unauthorized');
      }
      assert.deepEqual([heard(), await used()], [[], { messages: 0, tokens: 0 }]);
      const played = await ask({ 'candor-owner': given });
      assert.equal(played.json.upstream?.status, 429, played.body);
      assert.deepEqual([heard(), await logged(), await used()], [[], 0, { messages: 0, tokens: 0 }]);
      // Without the header they are words like any others.
      (await ask()).expect(200);
      assert.deepEqual(heard(), [WORDS]);
      assert.equal((await used()).messages, 1);
    });
  }
});
