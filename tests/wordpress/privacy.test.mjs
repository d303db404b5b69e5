// WordPress's own tools for a person's data: Tools > Export Personal Data, and Tools > Erase Personal Data.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { launchChromium, visit } from '../browser/product.mjs';
import { Client } from '../conformance/wire.mjs';
import { startMariaDb } from './database.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { OLDEST, signIn } from './site.mjs';

const JANE = 'jane@shop.example';

/** What the exporters of a site, asked page after page as WordPress asks them, have of a person in chats: a text for each. */
const exported = (site, email) => site.php(`
  $chats = array();
  foreach ( apply_filters( 'wp_privacy_personal_data_exporters', array() ) as $exporter ) {
    $page = 1;
    do {
      $part = call_user_func( $exporter['callback'], '${email}', $page++ );
      foreach ( $part['data'] as $item ) {
        if ( 'candor' === $item['group_id'] ) {
          $chats[ $item['item_id'] ] = implode( "\\n", array_map( fn( $line ) => "$line[name]: $line[value]", $item['data'] ) );
        }
      }
    } while ( ! $part['done'] );
  }
  return array_values( $chats );`);

describe('A person’s data', { concurrency: 2 }, () => {
  let provider, database, browser;
  before(async () => {
    [provider, database, browser] = await Promise.all([startProvider({ pause: 2 }), startMariaDb(), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop(), database?.stop()]));

  for (const [what, options] of [['the newest WordPress', () => ({})], ['WordPress 6.1 on MariaDB', () => ({ wordpress: OLDEST, database })]]) {
    test(`is exported and erased by the address that was written in a chat, and nobody else’s, on ${what}`, async (context) => {
      const site = await openShop(provider, options());
      context.after(() => site.stop());
      const client = new Client(site.wire);
      const [jane, mary, other] = [await client.visitor(), await client.visitor(), await client.visitor()];
      const say = async (visitor, ...words) => {
        const conversation = await visitor.conversation();
        for (const word of words) await visitor.ask(conversation, word);
        return conversation;
      };
      await say(jane, 'Do you fit <b>child seats</b>?', `Write to ${JANE.toUpperCase()}.`);
      const named = await say(jane, 'I have a bell');
      (await jane.patch(named, { title: `For ${JANE}` })).expect(200);
      await say(jane, 'Of this I said to nobody who I am');
      await say(mary, `I am mary.${JANE}, and not she`, `My firm is ${JANE}.com`);
      await say(other, 'I am nobody');
      const titles = async (visitor) => (await visitor.list()).conversations.map(({ title }) => title);
      // Who writes the address into what they say to an answer has written it in the chat.
      const rater = await client.visitor();
      const rated = await say(rater, 'What does a lock cost?');
      const [, { id: answer }] = await rater.messages(rated);
      (await rater.put(`${rated}/messages/${answer}/feedback`, { rating: 'down', comment: `<i>Wrong</i>.\nAsk ${JANE.toUpperCase()}` })).expect(204);
      const [hers, others] = [await titles(jane), [await titles(mary), await titles(other)]];

      const chats = await exported(site, JANE);
      assert.equal(chats.length, 3, chats.join('\n\n'));
      const words = chats.find((text) => text.includes('a lock cost'));
      assert.ok(words.endsWith(`\nRating: not helpful<br />\n&lt;i&gt;Wrong&lt;/i&gt;.<br />\nAsk ${JANE.toUpperCase()}`), words);
      assert.equal(chats.join().match(/^Rating: /gm).length, 1);
      const chat = chats.find((text) => text.includes('Brompton'));
      for (const line of ['Visitor: Do you fit &lt;b&gt;child seats&lt;/b&gt;?', 'Assistant: Yes. Two seats fit a Brompton:', `Visitor: Write to ${JANE.toUpperCase()}.`]) assert.ok(chat.includes(line), chat);
      assert.ok(chats.some((text) => text.startsWith(`Title: For ${JANE}\nVisitor: I have a bell\n`)), chats.join('\n\n'));
      assert.deepEqual(await exported(site, 'nobody@shop.example'), []);

      const { tab, close } = await visit(browser);
      await signIn(tab, site);
      await tab.goto(`${site.origin}/wp-admin/erase-personal-data.php`);
      await tab.getByLabel('Username or email address').fill(JANE);
      await tab.getByLabel('Send personal data erasure confirmation email.').uncheck();
      // Only then does WordPress's script hear a click.
      await Promise.all([tab.waitForEvent('load'), tab.getByRole('button', { name: 'Send Request' }).click()]);
      await tab.getByRole('row').filter({ hasText: JANE }).getByRole('button', { name: 'Erase personal data', exact: true }).click();
      await tab.getByText('All of the personal data found for this user was erased.').waitFor();
      await close();

      assert.deepEqual(await exported(site, JANE), []);
      assert.equal(hers.length, 3);
      assert.deepEqual(await titles(jane), ['Of this I said to nobody who I am']);
      assert.deepEqual([await titles(mary), await titles(other)], others);
      assert.equal((await exported(site, `mary.${JANE}`)).length, 1);
      const left = await site.php("return implode( ' ', $GLOBALS['wpdb']->get_col( \"SELECT content FROM {$GLOBALS['wpdb']->prefix}candor_messages\" ) );");
      assert.ok(!/Brompton|a bell|a lock/.test(left) && left.includes('I am nobody'), left);
      assert.equal(await site.php("return (int) $GLOBALS['wpdb']->get_var( \"SELECT COUNT(*) FROM {$GLOBALS['wpdb']->prefix}candor_feedback\" );"), 0);
      assert.deepEqual(site.complaints(), []);
    });
  }

  test('is exported and erased to its end where there are more chats than WordPress takes at once', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const client = new Client(site.wire);
    // Between hers lie chats that are kept, so that it is no use to count on from what is gone.
    for (let made = 0; made < 4; made += 1) {
      const visitor = await client.visitor();
      await visitor.conversation({ title: `Chat ${made} of mary.${JANE}` });
      for (let more = 0; more < 30; more += 1) await visitor.conversation({ title: `Chat ${made}.${more} of ${JANE}` });
    }
    const count = () => site.php("return (int) $GLOBALS['wpdb']->get_var( \"SELECT COUNT(*) FROM {$GLOBALS['wpdb']->prefix}candor_conversations\" );");
    assert.equal((await exported(site, JANE)).length, 120);
    assert.equal(await count(), 124);
    const told = await site.php(`
      $removed = 0;
      foreach ( apply_filters( 'wp_privacy_personal_data_erasers', array() ) as $eraser ) {
        $page = 1;
        do {
          $part = call_user_func( $eraser['callback'], '${JANE}', $page++ );
          $removed += $part['items_removed'];
        } while ( ! $part['done'] );
      }
      return $removed;`);
    assert.deepEqual([told, await count(), (await exported(site, JANE)).length], [120, 4, 0]);
  });

  test('has in the text for the site’s policy for how long an address counts, and who else learns of it', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const { cookie } = await site.signIn();
    const policy = async (options) => {
      await site.must(`return update_option( 'candor', array_merge( get_option( 'candor' ), json_decode( '${JSON.stringify(options)}', true ) ) );`);
      return (await fetch(`${site.origin}/wp-admin/options-privacy.php?tab=policyguide`, { headers: { cookie } })).text();
    };
    const usual = await policy({ theme: 'dark' });
    assert.match(usual, /Your address is kept for a day as a hash/);
    assert.match(usual, /When you rate an answer, your rating and your comment are kept with it\./);
    assert.doesNotMatch(usual, /fetches a challenge from another service/);
    const changed = await policy({ limits_answers_address_month: 500, challenge: 'hcaptcha', feedback: false });
    assert.match(changed, /Your address is kept for a month as a hash/);
    assert.match(changed, /fetches a challenge from another service/);
    assert.doesNotMatch(changed, /rate an answer/);
  });
});
