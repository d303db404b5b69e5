// A table of seven columns in Safari's engine: wider than the panel, and read by scrolling sideways, not by breaking words.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startProxyBefore, startUpstream } from '../browser/growing.mjs';
import { page, startSite } from '../browser/product.mjs';
import { head, startWebKit } from './driver.mjs';

const TABLE = `Our seats:

| Seat | Manufacturer | Recommended weight | Attachment | Compatibility | Availability | Installation |
| --- | --- | ---: | --- | --- | --- | --- |
| Pere | Harbourworks | 25 kilogrammes | Behind the stem | Brompton, Birdy, Tern | Immediately | Twenty minutes |
| Chair | International | 20 kilogrammes | Luggage carrier | Everything with a carrier | Wednesday | Complimentary |`;

describe('In WebKitGTK a table of seven columns', () => {
  let upstream, proxy, site, webkit, visitor;
  before(async () => {
    upstream = await startUpstream(TABLE);
    proxy = await startProxyBefore(upstream);
    site = await startSite({ '/': page(head(proxy)) });
    webkit = await startWebKit();
    visitor = await webkit.visit(site.origin);
    await visitor.open();
    await visitor.ask('Which seats do you have?');
    await visitor.until((root) => root.querySelectorAll('.markdown tr').length === 3);
  });
  after(async () => {
    await webkit?.stop();
    await site?.stop();
    await proxy?.stop();
    await upstream?.stop();
  });

  test('breaks no word', async () => {
    const words = await visitor.evaluate((root) => {
      const words = [];
      const walker = document.createTreeWalker(root.querySelector('.markdown table'), NodeFilter.SHOW_TEXT);
      while (walker.nextNode()) {
        for (const match of walker.currentNode.data.matchAll(/\S+/g)) {
          const range = document.createRange();
          range.setStart(walker.currentNode, match.index);
          range.setEnd(walker.currentNode, match.index + match[0].length);
          words.push([match[0], range.getClientRects().length]);
        }
      }
      return words;
    });
    assert.equal(words.length, 33);
    const broken = words.filter(([, pieces]) => pieces !== 1).map(([word, pieces]) => `${word} in ${pieces}`);
    assert.equal(broken.join(', '), '');
  });

  test('is scrolled sideways to its last column', async () => {
    const { before, after, edge } = await visitor.evaluate((root) => {
      const cell = [...root.querySelectorAll('.markdown th')].at(-1);
      const answer = root.querySelector('.markdown').getBoundingClientRect();
      const end = () => Math.round(cell.getBoundingClientRect().right);
      const before = end();
      const isScroller = (element) =>
        element.scrollWidth > element.clientWidth && ['auto', 'scroll'].includes(getComputedStyle(element).overflowX);
      const scroller = [...root.querySelectorAll('.markdown *')].find((element) => isScroller(element) && element.contains(cell));
      if (scroller) scroller.scrollLeft = scroller.scrollWidth;
      return { before, after: end(), edge: Math.round(answer.right) };
    });
    assert.ok(before > edge, `the last column ends at ${before}, the answer at ${edge}`);
    assert.ok(after <= edge, `scrolled, the last column ends at ${after}, the answer at ${edge}`);
  });
});
