// The main path in Safari's engine, and what it has of its own: how it composes, and where it puts the focus.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { Key } from 'selenium-webdriver';
import { assertQuiet, page, startProxy, startSite } from '../browser/product.mjs';
import { head, startWebKit } from './driver.mjs';

describe('In WebKitGTK', () => {
  let proxy, site, webkit;
  before(async () => {
    proxy = await startProxy({ CANDOR_SUGGESTIONS: 'Do you fit child seats on a Brompton?' });
    site = await startSite({ '/': page(head(proxy, 'data-title="Harbour Cycles"')) });
    webkit = await startWebKit();
  });
  after(async () => {
    await webkit?.stop();
    await site?.stop();
    await proxy?.stop();
  });

  /** A visitor who has opened the chat. */
  async function opened() {
    const visitor = await webkit.visit(site.origin);
    await visitor.open();
    return visitor;
  }

  test('a visitor opens the chat, asks, and is answered word by word', async () => {
    const visitor = await opened();
    await visitor.until((root) => root.activeElement?.ariaLabel === 'Message');
    await visitor.find('[role=dialog] h2', 'Harbour Cycles');
    // Noted in the page, so that no step of it is missed.
    await visitor.evaluate((root) => {
      window.lengths = new Set();
      const note = () => lengths.add(root.querySelector('.markdown')?.textContent.length ?? 0);
      new MutationObserver(note).observe(root, { subtree: true, childList: true, characterData: true });
    });
    // The input has the focus: nothing but keys is needed.
    await visitor.press('Do you fit child seats on a Brompton?', Key.ENTER);
    await visitor.answers('Fitting takes 20 minutes and costs £15.');
    await visitor.find('button', 'Send');
    const lengths = await visitor.evaluate(() => [...window.lengths]);
    assert.ok(lengths.length >= 3, `lengths seen: ${lengths}`);
    assert.equal((await visitor.texts('.message.assistant li')).length, 2);
    assert.equal((await visitor.texts('.message.assistant strong'))[0], 'Pere');
    assert.deepEqual(await visitor.texts('.message.user'), ['Do you fit child seats on a Brompton?']);
    assertQuiet(await visitor.said());
  });

  test('an answer is stopped and asked for again, and a page that is loaded anew has the conversation', async () => {
    const visitor = await opened();
    await visitor.say('Tell me a long story');
    await visitor.until((root) => root.querySelector('.markdown')?.textContent.length > 10);
    await visitor.click('button', 'Stop');
    await visitor.answers('Stopped.');
    await visitor.click('button', 'Retry');
    await visitor.until((root) => !root.querySelector('.stopped') && root.querySelector('.markdown')?.textContent.length > 10);
    await visitor.click('button', 'Stop');
    await visitor.answers('Stopped.');
    await visitor.ask('hello');
    await visitor.answers('Hello, and welcome.');
    assertQuiet(await visitor.said());

    const shown = await visitor.texts('.message');
    assert.equal(shown.length, 4);
    await visitor.driver.navigate().refresh();
    await visitor.open();
    await visitor.answers('Hello, and welcome.');
    assert.deepEqual(await visitor.texts('.message'), shown);
    assertQuiet(await visitor.said());
  });

  test('a missing scope is a sentence in the chat, and stands in Diagnostics word for word', async () => {
    const visitor = await opened();
    await visitor.ask('fail: missing scopes');
    await visitor.find('[role=alert]', 'The assistant can’t answer right now.');
    assert.ok(!(await visitor.texts('.log'))[0].includes('insufficient permissions'), 'a visitor is told in plain words');
    await visitor.click('button', 'What happened?');
    await visitor.says('You have insufficient permissions for this operation. Missing scopes: model.request.');
    assertQuiet(await visitor.said());
  });

  test('the parts that are fetched when they are wanted are there', async () => {
    const visitor = await opened();
    await visitor.ask('hello');
    await visitor.click('[role=tab]', 'History');
    await visitor.find('.conversation .row', 'Open hello');
    await visitor.click('[role=tab]', 'Diagnostics');
    await visitor.click('button', 'Run checks');
    await visitor.find('[role=status]', 'Every link holds.');
    assertQuiet(await visitor.said());
  });

  test('what is selected in an answer goes into the input as a quotation', async () => {
    const visitor = await opened();
    await visitor.ask('hello');
    await visitor.answers('Hello, and welcome.');
    await visitor.evaluate((root) => {
      const { firstChild: words } = root.querySelector('.message.assistant p');
      getSelection().setBaseAndExtent(words, 0, words, 5);
    });
    await visitor.click('button', 'Quote');
    await visitor.until((root) => root.activeElement?.value === '> Hello\n\n');
    assertQuiet(await visitor.said());
  });

  test('the Enter that ends a composition sends nothing, and the next one does', async () => {
    const visitor = await opened();
    await visitor.press('kasa');
    // Safari's order: the composition is over when the key that ended it goes down, and its code alone tells
    // (https://bugs.webkit.org/show_bug.cgi?id=165004). WebDriver drives no input method, so the events are made.
    const told = await visitor.evaluate((root) => {
      const input = root.activeElement;
      const compose = (type, data) => input.dispatchEvent(new CompositionEvent(type, { data, bubbles: true, composed: true }));
      compose('compositionstart', '');
      input.value = '傘';
      compose('compositionupdate', '傘');
      input.dispatchEvent(new InputEvent('input', { data: '傘', inputType: 'insertFromComposition', bubbles: true, composed: true }));
      compose('compositionend', '傘');
      const key = new KeyboardEvent('keydown', { key: 'Enter', keyCode: 229, bubbles: true, composed: true, cancelable: true });
      input.dispatchEvent(key);
      return [key.keyCode, key.isComposing, key.defaultPrevented];
    });
    assert.deepEqual(told, [229, false, false]);
    await visitor.press(' to hello', Key.ENTER);
    await visitor.answers('Hello, and welcome.');
    assert.deepEqual(await visitor.texts('.message.user'), ['傘 to hello']);
    assertQuiet(await visitor.said());
  });
});
