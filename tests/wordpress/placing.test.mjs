// Where the chat stands in a page: in its text, several times, from right to left, and with what visitors agree to.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, Chat, launchChromium, startProxy, visit, wordsOf } from '../browser/product.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { signIn } from './site.mjs';

describe('A page of a WordPress', { concurrency: 2 }, () => {
  let provider, browser;
  before(async () => {
    [provider, browser] = await Promise.all([startProvider(), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop()]));

  test('holds several chats, each of its own assistant, in the text of the page', async (context) => {
    const shortcode = '[candor mode="embedded" title="Sales" greeting="Buy here." suggestions="hello|Child seats?"]<p>Between</p>[candor mode="embedded" title="Repairs" assistant="repairs"]';
    const options = { assistants: { main: { instructions: 'Sell.' }, repairs: { name: 'Repairs', instructions: 'Mend.' } } };
    const site = await openShop(provider, { options, shortcode });
    context.after(() => site.stop());
    const { tab, said, close } = await visit(browser, site.address);
    const chat = async (name) => {
      const panel = tab.getByRole('dialog', { name });
      await tab.locator('candor-chat').nth(name === 'Sales' ? 0 : 1).scrollIntoViewIfNeeded();
      const input = panel.getByRole('textbox', { name: 'Message', exact: true });
      await input.waitFor();
      return { panel, input };
    };
    const sales = await chat('Sales');
    await sales.panel.getByText('Buy here.').waitFor();
    await sales.panel.getByRole('button', { name: 'hello' }).click();
    await sales.panel.getByText('Hello, and welcome.').waitFor();
    const repairs = await chat('Repairs');
    assert.equal(await repairs.panel.getByText('Hello, and welcome.').count(), 0, 'each has its own conversations');
    await repairs.input.fill('hello');
    await repairs.panel.getByRole('button', { name: 'Send' }).click();
    await repairs.panel.getByText('Hello, and welcome.').waitFor();
    const told = provider.requests.map(({ body }) => body.messages[0].content);
    assert.ok(told.some((words) => words.startsWith('Sell.')) && told.some((words) => words.startsWith('Mend.')), JSON.stringify(told));
    assertQuiet(said, 'JQMIGRATE');
    await close();
    assert.deepEqual(site.complaints(), []);
  });

  test('that names an assistant has the one of a `candor serve` elsewhere, and tells an editor so', async (context) => {
    const proxy = await startProxy();
    context.after(() => proxy.stop());
    const options = { mode: 'remote', remote_url: `${proxy.origin}/candor/v1`, assistants: { repairs: { name: 'Repairs' } } };
    const site = await openShop(provider, { options, shortcode: '[candor mode="embedded" assistant="repairs"]' });
    context.after(() => site.stop());
    const NOTE = 'the Candor server has one assistant, which answers in place of “repairs”';
    const visitor = await visit(browser, site.address);
    await visitor.tab.locator('candor-chat').scrollIntoViewIfNeeded();
    await visitor.chat.ask('hello');
    assert.equal(await visitor.tab.getByText(NOTE).count(), 0, 'nobody else is told');
    await visitor.close();
    const editor = await visit(browser);
    await signIn(editor.tab, site);
    await editor.tab.goto(site.address);
    await editor.tab.getByText(NOTE).waitFor();
    assert.equal(await editor.tab.locator('candor-chat').count(), 1);
    await editor.tab.goto(`${site.origin}/wp-admin/post-new.php?post_type=page`);
    await editor.tab.waitForFunction(() => window.wp?.blocks?.getBlockType('candor/chat') && window.wp.data.select('core/editor').getCurrentPostId());
    await editor.tab.evaluate(() => {
      const { data, blocks } = window.wp;
      data.dispatch('core/block-editor').insertBlocks([blocks.createBlock('candor/chat', { assistant: 'repairs' })]);
    });
    const canvas = editor.tab.frameLocator('iframe[name="editor-canvas"]');
    await canvas.getByText('The assistant “repairs” is not there.').waitFor();
    await editor.close();
    assert.deepEqual(site.complaints(), []);
  });

  test('asks for consent before the first message, where the owner wants it', async (context) => {
    const site = await openShop(provider, { options: { consent: true, consent_text: 'Your messages leave this site.', consent_url: 'https://shop.example/privacy' } });
    context.after(() => site.stop());
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.launcher.click();
    await tab.getByText('Your messages leave this site.').waitFor();
    assert.equal(await chat.input.count(), 0);
    await tab.getByRole('button', { name: 'I agree' }).click();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await close();
  });

  test('keeps conversations in the browser, and none on the site, where the owner keeps nothing', async (context) => {
    const site = await openShop(provider, { options: { keep_days: 0 } });
    context.after(() => site.stop());
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await tab.reload();
    await chat.open();
    await chat.answers('Hello, and welcome.');
    const kept = await site.php("global $wpdb; return (int) $wpdb->get_var( \"SELECT COUNT(*) FROM {$wpdb->prefix}candor_messages\" );");
    assert.equal(kept, 0);
    await close();
  });

  test('that is read from right to left has the chat in it, and nothing is cut off', async (context) => {
    const mustUse = { 'rtl.php': "<?php add_filter( 'language_attributes', fn() => 'dir=\"rtl\" lang=\"ar\"' );" };
    const site = await openShop(provider, { mustUse, shortcode: '[candor mode="embedded"]' });
    context.after(() => site.stop());
    const { tab, close } = await visit(browser, site.address, { viewport: { width: 390, height: 780 } });
    const chat = new Chat(tab, await wordsOf('ar'));
    await tab.locator('candor-chat').scrollIntoViewIfNeeded();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    const wide = await tab.evaluate(() => {
      const panel = document.querySelector('candor-chat').shadowRoot.querySelector('.panel');
      return [...panel.querySelectorAll('*')].filter((element) => {
        const { left, right, width } = element.getBoundingClientRect();
        const { left: from, right: to } = panel.getBoundingClientRect();
        return width > 1 && (left < from - 1 || right > to + 1);
      }).map((element) => element.className);
    });
    assert.deepEqual(wide, []);
    assert.equal(await tab.evaluate(() => getComputedStyle(document.querySelector('candor-chat').shadowRoot.querySelector('.panel')).direction), 'rtl');
    await close();
  });
});
