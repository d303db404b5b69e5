// An answer of sixty paragraphs grows while it is read: what has ended stays as it is, and so does what a visitor does with it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ANSWER, assertWhole, startProxyBefore, startUpstream, words } from './growing.mjs';
import { assertQuiet, launchChromium, launchFirefox, page, startSite, tag, visit } from './product.mjs';

/** Waits until this paragraph of the answer has ended. */
const ended = (tab, number) =>
  tab.waitForFunction(
    (end) => document.querySelector('candor-chat').shadowRoot.querySelector('.markdown')?.textContent.includes(end),
    `end${number}.`,
    { polling: 30 },
  );

for (const [name, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  describe(`While a long answer grows in ${name}`, { concurrency: 2 }, () => {
    let upstream, proxy, site, browser;
    before(async () => {
      upstream = await startUpstream(ANSWER);
      proxy = await startProxyBefore(upstream);
      site = await startSite({ '/': page(tag(proxy)) });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
      await upstream?.stop();
    });

    /** A visitor who has asked, and before whom this paragraph has ended. */
    async function reading(number) {
      const visitor = await visit(browser, site.origin);
      await visitor.chat.open();
      await visitor.chat.say('Tell me all of it');
      await ended(visitor.tab, number);
      return visitor;
    }

    test('the blocks that have ended are the same nodes to the end, and nothing in them changes', async () => {
      const { tab, chat, said, close } = await reading(12);
      await tab.evaluate(() => {
        const paragraphs = [...document.querySelector('candor-chat').shadowRoot.querySelectorAll('.markdown p')].slice(0, 10);
        const changes = [];
        const observer = new MutationObserver((records) => changes.push(...records.map((record) => record.type)));
        for (const paragraph of paragraphs) {
          observer.observe(paragraph, { attributes: true, characterData: true, childList: true, subtree: true });
        }
        window.kept = { paragraphs, texts: paragraphs.map((paragraph) => paragraph.textContent), changes, observer };
      });
      await chat.send.waitFor();
      const kept = await tab.evaluate(() => {
        const { paragraphs, texts, changes } = window.kept;
        const now = [...document.querySelector('candor-chat').shadowRoot.querySelectorAll('.markdown p')].slice(0, 10);
        return {
          same: now.filter((paragraph, at) => paragraph === paragraphs[at]).length,
          unchanged: now.filter((paragraph, at) => paragraph.textContent === texts[at]).length,
          changes,
        };
      });
      assert.deepEqual(kept, { same: 10, unchanged: 10, changes: [] });
      assertWhole(await chat.replies.last().textContent());
      assert.equal(await chat.replies.last().getByRole('listitem').count(), 3);
      assert.equal(await chat.replies.last().getByRole('row').count(), 3);
      assert.match(await chat.replies.last().locator('pre').textContent(), /const seats = 2;/);
      assertQuiet(said);
      await close();
    });

    // The rest is the widget’s own doing, and the same in both.
    if (name === 'Firefox') return;

    test('a selection in the first paragraph stays to the end', async () => {
      const { tab, chat, close } = await reading(6);
      await tab.evaluate(() => {
        const text = document.querySelector('candor-chat').shadowRoot.querySelector('.markdown p').firstChild;
        window.range = document.createRange();
        window.range.setStart(text, 0);
        window.range.setEnd(text, 'Paragraph 1'.length);
        const selection = getSelection();
        selection.removeAllRanges();
        selection.addRange(window.range);
        window.first = text;
      });
      await chat.send.waitFor();
      const [selected, text] = await tab.evaluate(() => [
        String(window.range),
        window.range.startContainer === window.first && window.first.isConnected,
      ]);
      assert.deepEqual([selected, text], ['Paragraph 1', true]);
      await close();
    });

    test('the focus stays on a link of an early paragraph', async () => {
      const { tab, chat, close } = await reading(6);
      await chat.replies.last().getByRole('link', { name: 'the shop' }).focus();
      await chat.send.waitFor();
      assert.equal(await tab.evaluate(() => document.querySelector('candor-chat').shadowRoot.activeElement?.textContent), 'the shop');
      await close();
    });

    test('a visitor who has scrolled up keeps the place', async () => {
      const { tab, chat, close } = await reading(25);
      const place = () => tab.evaluate(() => {
        const log = document.querySelector('candor-chat').shadowRoot.querySelector('.log');
        const top = log.getBoundingClientRect().top;
        window.read ??= [...log.querySelectorAll('.markdown p')].find((paragraph) => paragraph.getBoundingClientRect().top >= top);
        return { text: window.read.textContent.slice(0, 13), offset: window.read.getBoundingClientRect().top - top };
      });
      await chat.log.hover();
      await tab.evaluate(() => new Promise((resolve) => {
        const log = document.querySelector('candor-chat').shadowRoot.querySelector('.log');
        log.addEventListener('scroll', () => requestAnimationFrame(resolve), { once: true });
        log.scrollTop -= 600;
      }));
      const before = await place();
      await chat.send.waitFor();
      const now = await place();
      assert.equal(now.text, before.text);
      assert.ok(Math.abs(now.offset - before.offset) <= 2, JSON.stringify({ before, now }));
      await close();
    });

    test('a visitor at the end is kept at the end', async () => {
      const { tab, chat, close } = await reading(30);
      await chat.send.waitFor();
      await tab.waitForFunction(() => {
        const log = document.querySelector('candor-chat').shadowRoot.querySelector('.log');
        return log.scrollTop > 0 && log.scrollHeight - log.clientHeight - log.scrollTop <= 2;
      }, null, { timeout: 5000 });
      await close();
    });

    test('a translator that replaces the texts of what has ended leaves the whole answer', async () => {
      const { tab, chat, said, close } = await reading(20);
      await tab.evaluate(() => {
        const paragraphs = [...document.querySelector('candor-chat').shadowRoot.querySelectorAll('.markdown p')].slice(0, 15);
        for (const paragraph of paragraphs) {
          const walker = document.createTreeWalker(paragraph, NodeFilter.SHOW_TEXT);
          const texts = [];
          while (walker.nextNode()) texts.push(walker.currentNode);
          for (const text of texts) {
            const font = document.createElement('font');
            font.textContent = text.data;
            text.replaceWith(font);
          }
        }
      });
      await chat.send.waitFor();
      assert.ok((await chat.replies.last().locator('font').count()) >= 15, 'what was translated stays so');
      assertWhole(await chat.replies.last().textContent());
      assertQuiet(said);
      await close();
    });

    test('an answer that is stopped half way ends with the last words that came', async () => {
      const { tab, chat, said, close } = await reading(10);
      await chat.stop.click();
      await chat.answers('Stopped.');
      const stopped = await chat.replies.last().locator('.markdown').textContent();
      assert.ok(stopped.includes(words(10)) && !stopped.includes('end60.'), stopped.slice(-200));
      await tab.reload();
      await chat.open();
      await chat.answers('Stopped.');
      const kept = await chat.replies.last().locator('.markdown').textContent();
      assert.ok(kept.startsWith(stopped), `shown: ${stopped.slice(-120)}; kept: ${kept.slice(-120)}`);
      assertQuiet(said);
      await close();
    });
  });
}

describe('A conversation of more than fifty messages', () => {
  let upstream, proxy, site, browser;
  before(async () => {
    upstream = await startUpstream('Good day.');
    proxy = await startProxyBefore(upstream);
    site = await startSite({ '/': page(tag(proxy)) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
    await upstream?.stop();
  });

  test('shows the earlier ones before the others, moves nothing, and shows none twice', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('hello number 1.');
    const stored = await tab.evaluate(() => ({ ...localStorage, ...sessionStorage }));
    const token = Object.values(stored).join(' ').match(/ct_[\w-]+/)[0];
    const asked = { authorization: `Bearer ${token}`, 'content-type': 'application/json', origin: site.origin };
    const api = `${proxy.origin}/candor/v1/conversations`;
    const { conversations: [{ id }] } = await (await fetch(api, { headers: asked })).json();
    for (let number = 2; number <= 30; number += 1) {
      const response = await fetch(`${api}/${id}/messages`, {
        method: 'POST',
        headers: { ...asked, 'idempotency-key': `key-${number}` },
        body: JSON.stringify({ content: `hello number ${number}.` }),
      });
      const body = await response.text();
      assert.ok(response.ok, body);
    }
    await tab.reload();
    await chat.open();
    const questions = chat.log.getByRole('article', { name: 'You' });
    const earlier = tab.getByRole('button', { name: 'Show earlier messages' });
    await earlier.waitFor();
    assert.ok((await questions.count()) < 30);
    await earlier.scrollIntoViewIfNeeded();
    const top = () => tab.evaluate(() => {
      window.first ??= document.querySelector('candor-chat').shadowRoot.querySelector('.message.user');
      const { scrollTop } = document.querySelector('candor-chat').shadowRoot.querySelector('.log');
      return { isThere: window.first.isConnected, top: window.first.getBoundingClientRect().top, scrollTop };
    });
    const before = await top();
    await earlier.click();
    await questions.nth(29).waitFor();
    const now = await top();
    assert.deepEqual(await questions.allTextContents(), Array.from({ length: 30 }, (_, at) => `hello number ${at + 1}.`));
    assert.equal(await chat.replies.count(), 30);
    assert.equal(await earlier.count(), 0);
    assert.ok(now.isThere && Math.abs(now.top - before.top) <= 2, JSON.stringify({ before, now }));
    assertQuiet(said);
    await close();
  });
});
