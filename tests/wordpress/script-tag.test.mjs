// The way in without the plugin: the script tag in a Custom HTML block, and `candor serve` on another origin.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, Diagnostics, launchChromium, launchFirefox, startProxy, tag, visit } from '../browser/product.mjs';
import { startMariaDb } from './database.mjs';
import { OLDEST, signIn, startWordPress } from './site.mjs';

/** A Custom HTML block, as the editor writes it. */
const html = (text) => `<!-- wp:html -->\n${text}\n<!-- /wp:html -->`;

/** The whole way of a visitor: chat, stream, history, diagnostics. */
async function walk({ tab, chat, said }) {
  await chat.open();
  await chat.say('Do you fit child seats on a Brompton?');
  await chat.stop.waitFor();
  const lengths = new Set();
  while (await chat.stop.isVisible()) lengths.add((await chat.replies.last().textContent()).length);
  assert.ok(lengths.size >= 3, `word by word: ${[...lengths]}`);
  await chat.answers('Fitting takes 20 minutes and costs £15.');
  await tab.reload();
  await chat.open();
  await chat.answers('Fitting takes 20 minutes and costs £15.');
  await chat.show('History');
  await tab.getByRole('list', { name: 'Conversations' }).getByText('Do you fit child seats').waitFor();
  await chat.show('Diagnostics');
  const diagnostics = new Diagnostics({ tab, chat });
  await diagnostics.check();
  await diagnostics.verdict.getByText('Every link holds.').waitFor();
  assertQuiet(said, 'JQMIGRATE');
}

describe('The script tag in a Custom HTML block, without the plugin,', { concurrency: 2 }, () => {
  let proxy, site, address, chromium;
  before(async () => {
    [proxy, site, chromium] = await Promise.all([startProxy(), startWordPress({ plugin: false }), launchChromium()]);
    address = await site.page('Ask us', html(tag(proxy, 'data-title="Harbour Cycles"')));
  });
  after(() => Promise.all([chromium, site, proxy].map((it) => (it?.close ? it.close() : it?.stop()))));

  test('is a chat for a visitor in Chromium', async () => {
    const visitor = await visit(chromium, address);
    await walk(visitor);
    assert.equal(await visitor.tab.evaluate(() => document.cookie), '');
    await visitor.close();
  });

  test('is a chat for a visitor in Firefox', async () => {
    const firefox = await launchFirefox();
    const visitor = await visit(firefox, address);
    await walk(visitor);
    await visitor.close();
    await firefox.close();
  });

  test('is a chat for the owner who is signed in, beside the admin bar', async () => {
    const owner = await visit(chromium);
    await signIn(owner.tab, site);
    await owner.tab.goto(address);
    await owner.tab.getByText('Howdy').first().waitFor();
    await walk(owner);
    await owner.close();
  });

  test('is written by the owner in the editor', async () => {
    const owner = await visit(chromium);
    await signIn(owner.tab, site);
    await owner.tab.goto(`${site.origin}/wp-admin/post-new.php?post_type=page`);
    // The block goes in as it does when it is pasted.
    await owner.tab.waitForFunction(() => window.wp?.data?.select('core/editor')?.getCurrentPostId());
    await owner.tab.evaluate(async (text) => {
      const { dispatch } = window.wp.data;
      dispatch('core/editor').editPost({ title: 'Written by hand', status: 'publish' });
      dispatch('core/block-editor').insertBlocks(window.wp.blocks.parse(text));
      await dispatch('core/editor').savePost();
    }, html(tag(proxy)));
    const written = await owner.tab.evaluate(() => window.wp.data.select('core/editor').getPermalink());
    const visitor = await visit(chromium, written);
    await visitor.chat.open();
    await visitor.chat.ask('hello');
    await visitor.chat.answers('Hello, and welcome.');
    await visitor.close();
    await owner.close();
  });

  test('is a chat on WordPress 6.1', async () => {
    const database = await startMariaDb();
    const oldest = await startWordPress({ plugin: false, wordpress: OLDEST, database, permalinks: '' });
    const visitor = await visit(chromium, await oldest.page('Ask us', html(tag(proxy))));
    await walk(visitor);
    await visitor.close();
    await oldest.stop();
    await database.stop();
  });
});
