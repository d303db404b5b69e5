// A site in a language that is read from right to left: the settings in wp-admin, and the chat on a page.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Chat, launchChromium, visit, wordsOf } from '../browser/product.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { signIn, tabOf } from './site.mjs';

/** As a language pack has it. */
const mustUse = { 'rtl.php': "<?php add_action( 'after_setup_theme', fn() => $GLOBALS['wp_locale']->text_direction = 'rtl' );" };

/** What of an element's content lies beside the element, but for what WordPress itself has put away. */
const outside = (element) => {
  const { left: from, right: to } = element.getBoundingClientRect();
  return [...element.querySelectorAll('*')].filter((inner) => {
    const { left, right, width, height } = inner.getBoundingClientRect();
    return width > 1 && height > 1 && (left < from - 1 || right > to + 1) && !inner.closest('.row-actions');
  }).map(({ tagName, className, id }) => `${tagName} ${className} ${id}`);
};

describe('From right to left', { concurrency: 2 }, () => {
  let provider, browser;
  before(async () => {
    [provider, browser] = await Promise.all([startProvider({ pause: 2 }), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop()]));

  test('every tab in wp-admin is laid out, and nothing is cut off, on a wide screen and on a phone', async (context) => {
    const options = { where: 'only', paths: ['/deals*'], assistants: { main: { title: 'Harbour Cycles' }, workshop: { title: 'Workshop' } } };
    const site = await openShop(provider, { mustUse, options });
    context.after(() => site.stop());
    const visitor = await visit(browser, site.address);
    await visitor.chat.open();
    await visitor.chat.ask('fail: missing scopes');
    await visitor.chat.explain.waitFor();
    await visitor.close();
    const { tab, close } = await visit(browser);
    await signIn(tab, site);
    for (const width of [1280, 400]) {
      await tab.setViewportSize({ width, height: 900 });
      const holds = async (what) => {
        const page = tab.locator('.candor.wrap');
        assert.equal(await page.evaluate((element) => getComputedStyle(element).direction), 'rtl');
        assert.deepEqual(await page.evaluate(outside), [], `${what}, ${width} px wide`);
        assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= document.documentElement.clientWidth), `${what} can be scrolled sideways, ${width} px wide`);
      };
      for (const name of ['assistant', 'limits', 'appearance', 'where', 'privacy']) {
        await tab.goto(tabOf(site, name));
        await holds(name);
      }
      await tab.goto(tabOf(site, 'connection'));
      await tab.getByRole('button', { name: 'Run checks' }).click();
      await tab.getByText('The checks are done.').waitFor();
      await holds('connection');
      assert.equal(await tab.getByLabel('Address of the API').evaluate((field) => getComputedStyle(field).direction), 'ltr', 'an address is one in every language');
      await tab.goto(tabOf(site, 'diagnostics'));
      await tab.getByRole('list', { name: 'Errors of all visitors' }).waitFor();
      await holds('diagnostics');
      await tab.goto(tabOf(site, 'conversations'));
      await holds('conversations');
      await tab.getByRole('link', { name: 'fail: missing scopes' }).first().click();
      await tab.getByText('API Error Type: invalid_request_error').waitFor();
      await holds('a conversation');
    }
    await close();
  });

  test('the chat on a page is laid out, in the corner that the owner has chosen', async (context) => {
    const arabic = { 'arabic.php': "<?php add_filter( 'language_attributes', fn() => 'dir=\"rtl\" lang=\"ar\"' );" };
    const site = await openShop(provider, { mustUse: { ...mustUse, ...arabic } });
    context.after(() => site.stop());
    const words = await wordsOf('ar');
    for (const corner of ['right', 'left']) {
      await site.php(`return update_option( 'candor', array( 'position' => '${corner}' ) + get_option( 'candor' ) );`);
      const { tab, close } = await visit(browser, site.address);
      const chat = new Chat(tab, words);
      const { width } = tab.viewportSize();
      const isThere = ({ x, width: own }) => (corner === 'left' ? x : width - x - own) < 40;
      assert.ok(isThere(await chat.launcher.boundingBox()), `the launcher is ${corner}`);
      await chat.open();
      await chat.ask('Do you fit child seats on a Brompton?');
      await chat.ask('fail: missing scopes');
      await chat.explain.waitFor();
      const panel = await chat.panel.boundingBox();
      assert.ok(isThere(panel), `the panel is ${corner}`);
      assert.equal(await chat.panel.evaluate((element) => getComputedStyle(element).direction), 'rtl');
      assert.deepEqual(await chat.panel.evaluate(outside), []);
      const box = (locator) => locator.boundingBox();
      /** How far it is from the side at which a line begins, and from the side at which it ends. */
      const margins = async (locator) => {
        const { x, width: own } = await box(locator);
        return { start: panel.x + panel.width - x - own, end: x - panel.x };
      };
      const [question, reply] = [await margins(chat.log.getByRole('article', { name: words['core.you'] }).first()), await margins(chat.replies.first())];
      assert.ok(question.end < question.start && reply.start <= question.end + 5, `a visitor’s words end a line, and answers begin one: ${JSON.stringify({ question, reply })}`);
      const [item, paragraph] = [await margins(chat.replies.first().getByRole('listitem').first()), await margins(chat.replies.first().getByRole('paragraph').first())];
      assert.ok(item.start > paragraph.start + 10, 'a list is indented from the right');
      const [input, send] = [await box(chat.input), await box(chat.send)];
      assert.ok(send.x + send.width <= input.x, 'the button is behind the input');
      await chat.show(words['core.diagnostics']);
      const chain = tab.getByRole('list', { name: words['diagnostics.chain'] }).getByRole('listitem');
      await chain.nth(4).waitFor();
      const links = await chain.all();
      // Each but the first has the line to the one before it, on its right.
      const lines = await Promise.all(links.slice(1).map((link) => link.evaluate((element) => parseFloat(getComputedStyle(element, '::before').right))));
      assert.ok(lines.length === 4 && lines.every((right) => right < 0), `${lines}`);
      await close();
    }
  });
});
