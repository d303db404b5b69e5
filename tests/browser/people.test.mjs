// What people do: they go on writing while an answer is written, lose their connection, use the keyboard alone, a phone, a screen
// reader, a large type, and look at another page while they wait.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startProxyBefore, startUpstream } from './growing.mjs';
import { assertQuiet, grown, launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

const STORY = 'Tell me a long story';
const PHONE = { viewport: { width: 390, height: 780 }, hasTouch: true, isMobile: true };
const WORDS = ['Product', 'Availability', 'Price', 'Recommended', 'Guarantee', 'Manufacturer', 'Description'];
const TABLE = [WORDS, WORDS.map(() => '---'), WORDS.map((word) => `£1,450 ${word.toLowerCase()}`), ['Pere', '', '£15', '', '', '', '']]
  .map((row) => `| ${row.join(' | ')} |`)
  .join('\n');
const CODE = `\`\`\`\n${'const seats = 2; '.repeat(12)}\n\`\`\``;

const inShadow = (tab, act, given) =>
  tab.evaluate(([source, given]) => new Function('root', 'given', `return (${source})(root, given)`)(document.querySelector('candor-chat').shadowRoot, given), [act.toString(), given]);

/** What has the focus, in words. */
const focused = (tab) =>
  inShadow(tab, (root) => {
    const { activeElement: element } = root;
    return element && (element.ariaLabel || element.placeholder || element.textContent.trim());
  });

/** Waits until what is called so has the focus. */
const focusIs = (tab, name) =>
  tab.waitForFunction(
    ([name]) => {
      const { activeElement: element } = document.querySelector('candor-chat').shadowRoot;
      return element && (element.ariaLabel || element.textContent.trim()).startsWith(name);
    },
    [name],
    { timeout: 10_000 },
  );

/** What the visitor and the assistant have said, in their order. */
const log = (chat) => chat.log.getByRole('article').evaluateAll((articles) => articles.map((article) => article.ariaLabel));

describe('People', { concurrency: 2 }, () => {
  let proxy, asking, site, browser, upstream, telling;
  before(async () => {
    proxy = await startProxy({ CANDOR_OWNER_TOKEN: 'only-the-owner' });
    asking = await startProxy({ CANDOR_CONSENT: 'Your messages are kept for a week.' });
    upstream = await startUpstream(`${TABLE}\n\n${CODE}\n\nThat is all.`);
    telling = await startProxyBefore(upstream);
    site = await startSite({
      '/': page(`<meta name="viewport" content="width=device-width">${tag(proxy)}`, '<a href="/">A link</a><div style="height: 3000px">A shop</div>'),
      '/asking': page(tag(asking)),
      '/table': page(`<meta name="viewport" content="width=device-width">${tag(telling)}`),
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    for (const part of [site, telling, upstream, asking, proxy]) await part?.stop();
  });

  test('who go on writing while an answer is written see it wait, and it goes in its turn', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.say(STORY);
    await grown(tab, 100);
    await chat.say('hello');
    await chat.say('Tell me about seats');
    const waiting = tab.getByRole('group', { name: 'Waiting to be sent' });
    assert.deepEqual(await waiting.getByRole('article').locator('p:first-child').allTextContents(), ['hello', 'Tell me about seats']);
    assert.equal(await chat.replies.count(), 1);
    await waiting.getByRole('button', { name: 'Take back' }).last().click();
    assert.equal(await chat.input.inputValue(), 'Tell me about seats');
    await chat.input.fill('A draft');
    await chat.stop.click();
    await chat.answers('Hello, and welcome.');
    assert.equal(await chat.input.inputValue(), 'A draft', 'what is being written stays');
    assert.deepEqual(await log(chat), ['You', 'Assistant', 'You', 'Assistant']);
    assert.equal(await waiting.count(), 0);
    assertQuiet(said);
    await close();
  });

  test('whose messages wait find them sent in their order after a reload', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('hello');
    await tab.context().setOffline(true);
    await chat.say('Tell me about seats');
    await chat.retry.waitFor();
    await chat.say('And again hello');
    await tab.getByRole('group', { name: 'Waiting to be sent' }).waitFor();
    await tab.context().setOffline(false);
    await tab.reload();
    await chat.replies.nth(2).waitFor();
    await chat.send.waitFor();
    const words = await chat.log.getByRole('article', { name: 'You' }).allTextContents();
    assert.deepEqual(words, ['hello', 'Tell me about seats', 'And again hello']);
    await close();
  });

  test('who send the same words twice have both answered, and after a reload in the middle too', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.say('hello');
    await grown(tab, 10);
    await chat.say('hello');
    await tab.getByRole('group', { name: 'Waiting to be sent' }).waitFor();
    await tab.reload();
    await chat.replies.nth(1).waitFor();
    await chat.send.waitFor();
    await chat.say('hello');
    await chat.say('hello');
    await chat.replies.nth(3).waitFor();
    await chat.send.waitFor();
    assert.deepEqual(await log(chat), ['You', 'Assistant', 'You', 'Assistant', 'You', 'Assistant', 'You', 'Assistant']);
    await close();
  });

  test('who send two messages offline have both answered in order once they are back, and none says that it goes on for ever', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('hello');
    await tab.context().setOffline(true);
    await chat.say('Tell me about seats');
    await chat.answers('This device is offline.');
    await chat.say('And again hello');
    await tab.getByRole('group', { name: 'Waiting to be sent' }).waitFor();
    await tab.context().setOffline(false);
    await chat.replies.nth(2).waitFor();
    await chat.send.waitFor();
    assert.deepEqual(await log(chat), ['You', 'Assistant', 'You', 'Assistant', 'You', 'Assistant']);
    const words = await chat.log.getByRole('article', { name: 'You' }).allTextContents();
    assert.deepEqual(words, ['hello', 'Tell me about seats', 'And again hello']);
    assert.equal(await tab.getByText('This device is offline.').count(), 0);
    await close();
  });

  test('with the keyboard alone find the focus where the next step is', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    const press = async (name) => {
      await tab.getByRole('button', { name, exact: true }).focus();
      await tab.keyboard.press('Enter');
    };
    await chat.open();
    await tab.locator('.suggestion').first().focus();
    await tab.keyboard.press('Enter');
    await chat.replies.first().waitFor();
    await focusIs(tab, 'Message');
    await chat.send.waitFor();
    await press('New conversation');
    await focusIs(tab, 'Message');
    await chat.ask('fail: overloaded');
    await press('Retry');
    await focusIs(tab, 'Message');
    await chat.retry.waitFor();
    await tab.getByRole('button', { name: 'What happened?' }).focus();
    await tab.keyboard.press('Enter');
    await tab.getByRole('button', { name: 'Run checks' }).waitFor();
    await tab.waitForFunction(() => document.querySelector('candor-chat').shadowRoot.activeElement);
    await chat.show('History');
    const rename = tab.getByRole('button', { name: /^Rename/ }).first();
    await rename.focus();
    await tab.keyboard.press('Enter');
    await focusIs(tab, 'Title');
    await tab.keyboard.press('Enter');
    await focusIs(tab, 'Rename');
    await tab.getByRole('button', { name: /^Delete (?!everything)/ }).first().focus();
    await tab.keyboard.press('Enter');
    await focusIs(tab, 'Keep');
    await tab.keyboard.press('Escape');
    await focusIs(tab, 'Delete');
    assert.equal(await chat.panel.isVisible(), true, 'Escape ends the question alone');
    await tab.keyboard.press('Enter');
    await tab.getByRole('button', { name: 'Delete', exact: true }).focus();
    await tab.keyboard.press('Enter');
    await tab.waitForFunction(() => document.querySelector('candor-chat').shadowRoot.querySelectorAll('.conversation').length == 1);
    assert.ok(await focused(tab), 'after deleting');
    await tab.locator('.row').first().focus();
    await tab.keyboard.press('Enter');
    await chat.replies.first().waitFor();
    await focusIs(tab, 'Message');
    await close();
  });

  test('who own the site find the focus where it was, after they signed in, and in the chat after a preview', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.show('Diagnostics');
    await tab.getByText('the site’s chat server', { exact: true }).waitFor();
    await tab.getByText('Are you the site’s owner?').click();
    await tab.getByLabel('Owner token').fill('only-the-owner');
    await tab.keyboard.press('Enter');
    const signOut = tab.getByRole('button', { name: 'Sign out', exact: true });
    await signOut.waitFor();
    assert.ok(await inShadow(tab, (root) => Boolean(root.activeElement?.closest('.owners'))), await focused(tab));
    await signOut.focus();
    await tab.keyboard.press('Enter');
    await tab.getByText('Are you the site’s owner?').waitFor();
    assert.ok(await inShadow(tab, (root) => Boolean(root.activeElement?.closest('.owners'))), await focused(tab));
    await tab.getByRole('combobox', { name: 'Cause' }).selectOption('overloaded');
    await tab.getByRole('button', { name: 'Preview an error as visitors see it' }).focus();
    await tab.keyboard.press('Enter');
    await chat.explain.waitFor();
    await focusIs(tab, 'Message');
    await close();
  });

  test('who agree find the focus in the input', async () => {
    const { tab, chat, close } = await visit(browser, `${site.origin}/asking`);
    await chat.launcher.click();
    await tab.getByRole('button', { name: 'I agree' }).focus();
    await tab.keyboard.press('Enter');
    await chat.input.waitFor();
    await focusIs(tab, 'Message');
    await close();
  });

  test('who search without a hit hear so, and empty the search by Escape, which closes nothing else', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('hello');
    await chat.show('History');
    const search = tab.getByRole('searchbox');
    await tab.locator('.row').waitFor();
    await search.fill('hello');
    await tab.getByRole('status').getByText('1 conversation found').waitFor({ state: 'attached' });
    await search.fill('zebra');
    await tab.getByRole('status').getByText('No conversation has these words').waitFor({ state: 'attached' });
    await search.press('Escape');
    await tab.locator('.row').waitFor();
    assert.equal(await search.inputValue(), '');
    assert.equal(await chat.panel.isVisible(), true);
    await search.press('Escape');
    await chat.launcher.waitFor();
    await close();
  });

  for (const [what, words] of [['an answer', 'hello'], ['a failure', 'fail: broken stream']]) {
    test(`who close the chat while ${what} is on its way see on the launcher that it has come`, async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.say(words);
      await tab.getByRole('button', { name: 'Close chat' }).click();
      await tab.getByRole('button', { name: 'Open chat, 1 new message', exact: true }).waitFor();
      assert.equal(await chat.launcher.evaluate((launcher) => getComputedStyle(launcher, '::after').content), '"1"');
      await chat.launcher.click();
      await tab.getByRole('button', { name: 'Close chat' }).click();
      await tab.getByRole('button', { name: 'Open chat', exact: true }).waitFor();
      await close();
    });
  }

  test('who listen hear an answer once, whole, and nothing of how it grows', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    assert.equal(await chat.log.getAttribute('aria-live'), 'off');
    await tab.waitForFunction(() => document.querySelector('candor-chat').shadowRoot.querySelector('.panel + [role=status]'));
    await inShadow(tab, (root) => {
      window.announced = [];
      const region = root.querySelector('.panel + [role=status]');
      new MutationObserver(() => window.announced.push(region.textContent)).observe(region, { childList: true, characterData: true, subtree: true });
    });
    await chat.ask('hello');
    await tab.waitForFunction(() => window.announced.length);
    const answer = await chat.replies.first().locator('.markdown').textContent();
    assert.deepEqual(await tab.evaluate(() => window.announced), [answer]);
    await close();
  });

  /** What browsers tell of the Enter that ends a composition: whether the composition is over before it, the key's code, and
      whether it is called a part of it. Chromium and Firefox, old Firefox, Safari (https://bugs.webkit.org/show_bug.cgi?id=165004). */
  for (const [engine, isOver, keyCode, isComposing] of [
    ['Chromium and Firefox do', false, 229, true],
    ['old Firefoxes did', false, 13, true],
    ['Safari does', true, 229, false],
  ]) {
    test(`who compose, and end it by Enter as ${engine}, send nothing by it`, async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      await tab.keyboard.type('kasa');
      const isPrevented = await inShadow(
        tab,
        (root, [isOver, keyCode, isComposing]) => {
          const input = root.activeElement;
          const tell = (event) => input.dispatchEvent(event);
          const reach = { bubbles: true, composed: true, cancelable: true };
          tell(new CompositionEvent('compositionstart', { data: '', ...reach }));
          input.value = '傘';
          tell(new InputEvent('input', { data: '傘', inputType: 'insertCompositionText', isComposing: true, ...reach }));
          const end = () => tell(new CompositionEvent('compositionend', { data: '傘', ...reach }));
          if (isOver) end();
          const enter = new KeyboardEvent('keydown', { key: 'Enter', keyCode, isComposing, ...reach });
          tell(enter);
          if (!isOver) end();
          return enter.defaultPrevented;
        },
        [isOver, keyCode, isComposing],
      );
      assert.equal(isPrevented, false);
      await tab.keyboard.type(' to hello');
      await tab.keyboard.press('Enter');
      await chat.answers('Hello, and welcome.');
      assert.deepEqual(await chat.log.getByRole('article', { name: 'You' }).allTextContents(), ['傘 to hello']);
      await close();
    });
  }

  test('write in their own direction, and read it', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    const direction = () => chat.input.evaluate((input) => getComputedStyle(input).direction);
    await chat.input.fill('مرحبا، هل المتجر مفتوح؟');
    assert.equal(await direction(), 'rtl');
    await chat.input.fill('Is the shop open?');
    assert.equal(await direction(), 'ltr');
    await chat.ask('مرحبا');
    const words = chat.log.getByRole('article', { name: 'You' }).locator('p');
    assert.equal(await words.evaluate((paragraph) => getComputedStyle(paragraph).unicodeBidi), 'plaintext');
    assert.ok(await tab.getByText('مرحبا', { exact: true }).isVisible());
    await close();
  });

  test('on a phone have the page behind the panel still: no focus, no scrolling, and the way back closes the panel', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin, PHONE);
    await tab.evaluate(() => history.replaceState({ shop: 1 }, ''));
    await chat.launcher.tap();
    await chat.input.waitFor();
    const page = () => tab.evaluate(() => [document.body.inert, getComputedStyle(document.documentElement).overflow, history.state.shop]);
    await tab.waitForFunction(() => document.body.inert);
    assert.deepEqual(await page(), [true, 'hidden', 1]);
    const heard = tab.evaluate(() => new Promise((resolve) => addEventListener('popstate', () => resolve('heard'))));
    await tab.goBack();
    await chat.launcher.waitFor();
    assert.deepEqual(await page(), [false, 'visible', 1]);
    assert.equal(await Promise.race([heard, tab.evaluate(() => 'silence')]), 'silence', 'the page has gone nowhere');
    await chat.launcher.tap();
    await tab.waitForFunction(() => document.body.inert);
    await tab.getByRole('button', { name: 'Close chat' }).tap();
    await tab.waitForFunction(() => !history.state.candor && !document.body.inert);
    assertQuiet(said);
    await close();
  });

  test('on a phone make a line by Enter, and send by the button', async () => {
    const { tab, chat, close } = await visit(browser, site.origin, PHONE);
    await chat.launcher.tap();
    await chat.input.waitFor();
    await tab.waitForFunction(() => document.body.inert);
    await chat.input.tap();
    await tab.keyboard.type('one');
    await tab.keyboard.press('Enter');
    await tab.keyboard.type('two');
    assert.equal(await chat.input.inputValue(), 'one\ntwo');
    await chat.send.tap();
    await chat.replies.first().waitFor();
    await close();
  });

  for (const width of [390, 1280]) {
    test(`read a table of seven columns in whole words, ${width} pixels wide, and see that it and code go on`, async () => {
      const { tab, chat, close } = await visit(browser, `${site.origin}/table`, { viewport: { width, height: 780 } });
      await chat.open();
      await chat.ask('A table, please');
      await chat.answers('That is all.');
      const [broken, scrolls] = await inShadow(tab, (root) => {
        const broken = [];
        for (const cell of root.querySelectorAll('.markdown :is(th, td)')) {
          const text = cell.firstChild;
          for (const { index, 0: word } of (text?.textContent || '').matchAll(/\S+/g)) {
            const range = document.createRange();
            range.setStart(text, index);
            range.setEnd(text, index + word.length);
            if (range.getClientRects().length > 1) broken.push(word);
          }
        }
        return [broken, [...root.querySelectorAll('.markdown :is(table, pre)')].map((block) => [block.scrollWidth > block.clientWidth, block.tabIndex, getComputedStyle(block).backgroundImage.includes('gradient')])];
      });
      assert.deepEqual(broken, []);
      assert.deepEqual(scrolls, [[true, 0, true], [true, 0, true]]);
      await close();
    });
  }

  test('who have enlarged the page four times reach everything', async () => {
    const { tab, chat, close } = await visit(browser, site.origin, { viewport: { width: 320, height: 256 } });
    await chat.open();
    await chat.ask('hello');
    for (const control of [chat.input, chat.replies.last(), tab.getByRole('tab', { name: 'History' }), tab.getByRole('button', { name: 'Close chat' })]) {
      await control.scrollIntoViewIfNeeded();
      const { y, height } = await control.boundingBox();
      assert.ok(height > 0 && y < 256 && y + height > 0, `${await control.textContent()} at ${y}`);
    }
    await chat.send.scrollIntoViewIfNeeded();
    const wide = await inShadow(tab, (root) => root.querySelector('.panel').scrollWidth > root.querySelector('.panel').clientWidth);
    assert.equal(wide, false);
    await close();
  });
});
