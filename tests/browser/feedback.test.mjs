// Whether an answer has helped: told with a thumb and a word, kept with the answer, and read by the owner.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { faults } from './axe.mjs';
import { assertQuiet, Chat, launchChromium, launchFirefox, openDiagnostics, page, startProxy, startSite, tag, visit, wordsOf } from './product.mjs';

const OWNER = 'the-owner-of-this-shop';

/** In English, what the locales have under these keys. */
const ENGLISH = {
  'conversation.helpful': 'Good answer',
  'conversation.unhelpful': 'Bad answer',
  'conversation.feedback_comment': 'Tell the site’s owner more',
  'conversation.feedback_send': 'Add comment',
  'conversation.feedback_thanks': 'Thank you. The site’s owner can read it.',
};

/** What stands below the last answer, in these words. */
class Row {
  constructor(chat, words = ENGLISH) {
    const last = chat.replies.last();
    const button = (name) => last.getByRole('button', { name: words[`conversation.${name}`], exact: true });
    this.good = button('helpful');
    this.bad = button('unhelpful');
    this.send = button('feedback_send');
    this.comment = last.getByRole('textbox', { name: words['conversation.feedback_comment'] });
    this.thanks = last.getByText(words['conversation.feedback_thanks'], { exact: true });
  }

  /** Waits until the thumbs are pressed like that. */
  async are(good, bad) {
    for (const [thumb, isPressed] of [[this.good, good], [this.bad, bad]]) {
      await thumb.and(thumb.page().locator(`[aria-pressed="${isPressed}"]`)).waitFor();
    }
  }
}

/** Has the page gather what it is told of feedback. */
const listen = (tab) => tab.addInitScript(() => {
  window.told = [];
  document.addEventListener('candor-feedback', ({ detail, target }) => window.told.push({ ...detail, target: target.localName }));
});

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  // Firefox gives its keyboard to one tab at a time.
  describe(`Feedback in ${engine}`, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy({ CANDOR_OWNER_TOKEN: OWNER });
      site = await startSite({ '/': page(tag(proxy)), '/arabic': page(tag(proxy, 'data-lang="ar"')) });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    test('is given with a thumb and a word, is there after a reload, and the owner reads it', async () => {
      const { tab, chat, said, close } = await visit(browser);
      await listen(tab);
      await tab.goto(site.origin);
      await chat.open();
      await chat.ask('hello');
      const row = new Row(chat);
      await row.are(false, false);
      await row.bad.click();
      await row.are(false, true);
      assert.equal(await row.send.isDisabled(), true, 'there is nothing to send yet');
      await row.comment.fill('  Too <img src=x onerror="window.ran = true"> long. ');
      assert.deepEqual(await faults(tab, 'candor-chat'), []);
      await row.send.click();
      await row.thanks.waitFor();
      await row.are(false, true);
      const told = await tab.evaluate(() => window.told);
      const comment = 'Too <img src=x onerror="window.ran = true"> long.';
      assert.deepEqual(told.map(({ conversation, message, ...rest }) => rest), [{ rating: 'down', target: 'candor-chat' }, { rating: 'down', comment, target: 'candor-chat' }]);
      assert.match(`${told[0].conversation} ${told[0].message}`, /^c_\w+ m_\w+$/);
      await tab.reload();
      await chat.open();
      await row.are(false, true);
      assertQuiet(said);
      await close();

      const owner = await openDiagnostics(browser, site.origin);
      await owner.tab.getByText('Are you the site’s owner?').click();
      await owner.tab.getByLabel('Owner token').fill(OWNER);
      await owner.tab.getByRole('button', { name: 'Sign in' }).click();
      await owner.tab.getByRole('button', { name: 'Show what visitors think' }).click();
      const rated = owner.tab.getByRole('list', { name: 'What visitors think of answers' }).getByRole('listitem').filter({ hasText: comment });
      await rated.waitFor();
      const text = await rated.textContent();
      for (const part of ['Bad answer', 'demo', 'hello', 'Hello, and welcome']) assert.ok(text.includes(part), text);
      assert.equal(await owner.tab.evaluate(() => window.ran), undefined);
      assert.deepEqual(await faults(owner.tab, 'candor-chat'), []);
      await owner.close();
    });

    test('is taken back by the same thumb, and changed by the other, which the keyboard reaches', async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('hello');
      const row = new Row(chat);
      await row.good.click();
      await row.are(true, false);
      await tab.keyboard.press('Tab');
      await row.bad.and(tab.locator(':focus')).waitFor();
      await tab.keyboard.press('Space');
      await row.are(false, true);
      await row.comment.waitFor();
      await tab.keyboard.press('Space');
      await row.are(false, false);
      await row.comment.waitFor({ state: 'detached' });
      await tab.reload();
      await chat.open();
      await row.are(false, false);
      await close();
    });

    test('is shown as not given where it could not be told', async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await tab.route('**/feedback', (route) => route.abort());
      await chat.open();
      await chat.ask('hello');
      const row = new Row(chat);
      await row.good.click();
      await chat.replies.last().getByRole('alert').waitFor();
      await row.are(false, false);
      await close();
    });

    test('is asked for in the visitor’s language, and from the right', async () => {
      const words = await wordsOf('ar');
      const { tab, close } = await visit(browser, `${site.origin}/arabic`);
      const chat = new Chat(tab, words);
      await chat.open();
      await chat.ask('hello');
      const row = new Row(chat, words);
      await row.good.click();
      await row.comment.fill('شكرًا');
      const [field, button] = [await row.comment.boundingBox(), await row.send.boundingBox()];
      assert.ok(Math.abs(field.x + field.width - button.x - button.width) < 2, 'the button begins where the field does');
      await row.send.click();
      await row.thanks.waitFor();
      await close();
    });
  });
}

describe('Feedback that nobody reads', () => {
  test('is not asked for where the owner does not want it, nor where the browser keeps the conversation', async () => {
    const browser = await launchChromium();
    for (const settings of [{ CANDOR_FEEDBACK: 'false' }, { CANDOR_KEEP_DAYS: '0' }]) {
      const proxy = await startProxy(settings);
      const site = await startSite({ '/': page(tag(proxy)) });
      const { chat, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('hello');
      await chat.replies.last().getByRole('button', { name: 'Copy answer' }).waitFor();
      assert.equal(await chat.replies.last().getByRole('button', { name: 'Good answer' }).count(), 0);
      await close();
      await site.stop();
      await proxy.stop();
    }
    await browser.close();
  });
});
