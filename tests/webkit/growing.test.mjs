// A long answer grows in Safari's engine while it is read, and a wide table keeps its words.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ANSWER, assertWhole, startProxyBefore, startUpstream } from '../browser/growing.mjs';
import { assertQuiet, page, startSite } from '../browser/product.mjs';
import { head, startWebKit } from './driver.mjs';

describe('While a long answer grows in WebKitGTK', () => {
  let upstream, proxy, site, webkit;
  before(async () => {
    upstream = await startUpstream(ANSWER);
    proxy = await startProxyBefore(upstream);
    site = await startSite({ '/': page(head(proxy)) });
    webkit = await startWebKit();
  });
  after(async () => {
    await webkit?.stop();
    await site?.stop();
    await proxy?.stop();
    await upstream?.stop();
  });

  /** A visitor who has asked, and before whom this paragraph has ended. */
  async function reading(number) {
    const visitor = await webkit.visit(site.origin);
    await visitor.open();
    await visitor.say('Tell me all of it');
    await visitor.until((root, end) => root.querySelector('.markdown')?.textContent.includes(end), `end${number}.`);
    return visitor;
  }

  /** Waits until the answer is there, and gives its text. */
  async function answer(visitor) {
    await visitor.find('button', 'Send');
    return (await visitor.texts('.markdown'))[0];
  }

  test('the first paragraph stays the same node, and a selection in it and the place of reading stay', async () => {
    const visitor = await reading(25);
    await visitor.evaluate((root) => {
      const paragraph = root.querySelector('.markdown p');
      const text = paragraph.firstChild;
      // Other than by addRange, what is in a shadow tree can be selected so here.
      getSelection().setBaseAndExtent(text, 0, text, 'Paragraph 1'.length);
      const changes = [];
      const observer = new MutationObserver((records) => changes.push(...records.map((record) => record.type)));
      observer.observe(paragraph, { attributes: true, characterData: true, childList: true, subtree: true });
      window.kept = { paragraph, text, changes, observer };
      return new Promise((resolve) => {
        const log = root.querySelector('.log');
        log.addEventListener('scroll', () => requestAnimationFrame(() => resolve()), { once: true });
        log.scrollTop -= 600;
      });
    });
    const place = () =>
      visitor.evaluate((root) => {
        const log = root.querySelector('.log');
        const top = log.getBoundingClientRect().top;
        window.read ??= [...log.querySelectorAll('.markdown p')].find((paragraph) => paragraph.getBoundingClientRect().top >= top);
        return { text: window.read.textContent.slice(0, 13), offset: window.read.getBoundingClientRect().top - top };
      });
    const before = await place();
    assertWhole(await answer(visitor));
    const now = await place();
    const kept = await visitor.evaluate((root) => {
      const { paragraph, text, changes } = window.kept;
      const [range] = getSelection().getComposedRanges({ shadowRoots: [root] });
      return {
        isSame: root.querySelector('.markdown p') === paragraph,
        selected: String(getSelection()),
        isSelectedInSame: range.startContainer === text && text.isConnected,
        changes,
      };
    });
    assert.deepEqual(kept, { isSame: true, selected: 'Paragraph 1', isSelectedInSame: true, changes: [] });
    assert.equal(now.text, before.text);
    assert.ok(Math.abs(now.offset - before.offset) <= 2, JSON.stringify({ before, now }));
    assertQuiet(await visitor.said());
  });

  test('a translator that replaces the texts of what has ended leaves the whole answer', async () => {
    const visitor = await reading(20);
    await visitor.evaluate((root) => {
      for (const paragraph of [...root.querySelectorAll('.markdown p')].slice(0, 15)) {
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
    assertWhole(await answer(visitor));
    assert.ok((await visitor.texts('.markdown font')).length >= 15, 'what was translated stays so');
    assertQuiet(await visitor.said());
  });
});
