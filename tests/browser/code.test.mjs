// Code and formulas in an answer: coloured and set by libraries that come with the first of them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startProxyBefore, startUpstream } from './growing.mjs';
import { Chat, launchChromium, launchFirefox, page, startSite, tag, visit } from './product.mjs';

const FORMULA = '\\[\\frac{a_1}{b^2}\\]';
const FORBIDDEN = ['\\(\\href{javascript:alert(1)}{click}\\)', '\\(\\includegraphics{https://stranger.example/seen.png}\\)'];

const ANSWERS = {
  code: 'So it goes:\n\n```js\n// Two of them\nconst seats = 2;\nlet words = `${seats} seats`;\n```\n\nAnd in a language that nobody knows:\n\n```klingon\nconst wa = 1;\n```',
  page: '```html\n<p class="seat">Two</p>\n<script>const seats = 2;</script>\n```',
  formulas: `${'First there are many lines.\n\n'.repeat(20)}The price is $5, and tomorrow $6. Within a line \\(a_1\\) and by itself:\n\n${FORMULA}\n\nWrong is \\(\\frac{a\\), and never set are ${FORBIDDEN.join(' and ')}.`,
  wide: `Wide is \\(${Array.from({ length: 40 }, (_, at) => `a_{${at}}`).join('+')}\\) as it stands.`,
  words: 'Plain words, and nothing else.',
};

/** What is painted in each colour, as words. */
const painted = (tab) =>
  tab.evaluate(() =>
    Object.fromEntries([...CSS.highlights].map(([name, ranges]) => [
      name,
      [...ranges].map(({ startContainer, startOffset, endOffset }) => startContainer.data.slice(startOffset, endOffset)),
    ])));

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  describe(`Code and formulas in ${engine}`, { concurrency: 2 }, () => {
    let site, browser;
    const parts = [];
    before(async () => {
      const pages = {};
      for (const [name, answer] of Object.entries(ANSWERS)) {
        const upstream = await startUpstream(answer);
        const proxy = await startProxyBefore(upstream);
        parts.push(upstream, proxy);
        pages[`/${name}`] = page(tag(proxy));
      }
      site = await startSite(pages);
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      for (const part of parts) await part.stop();
    });

    /** Has an answer, and gives the names of the libraries that were fetched. */
    async function answered(name, prepare = () => {}) {
      const visitor = await visit(browser);
      const fetched = [];
      visitor.tab.on('request', (request) => fetched.push(/-(highlight|temml)\.js/.exec(request.url())?.[1] ?? request.url()));
      await prepare(visitor.tab);
      await visitor.tab.goto(`${site.origin}/${name}`);
      await visitor.chat.open();
      await visitor.chat.ask('Tell me');
      const libraries = () => fetched.filter((name) => ['highlight', 'temml'].includes(name));
      return { ...visitor, fetched, libraries };
    }

    test('is coloured by what it means, where its language is known, and nothing of it is made into elements', async () => {
      const { tab, chat, close } = await answered('code');
      await tab.waitForFunction(() => CSS.highlights.size > 0);
      const { 'candor-comment': comments, 'candor-keyword': keywords, 'candor-number': numbers, 'candor-string': strings } = await painted(tab);
      assert.deepEqual([comments, keywords, numbers], [['// Two of them'], ['const', 'let'], ['2']]);
      assert.equal(strings.join(''), '` seats`', 'what is put into words is none of them');
      const block = chat.replies.last().locator('pre').first();
      assert.equal(await block.locator(':scope *:not(.copy, code)').count(), 0);
      const colour = (name) => block.evaluate((pre, name) => getComputedStyle(pre, `::highlight(${name})`).color, name);
      assert.equal(await colour('candor-keyword'), 'rgb(138, 37, 128)');
      await tab.evaluate(() => Object.assign(document.querySelector('candor-chat').dataset, { theme: 'dark' }));
      assert.equal(await colour('candor-keyword'), 'rgb(229, 163, 234)');
      await close();
    });

    test('has the colours of the languages within it', async () => {
      const { tab, close } = await answered('page');
      await tab.waitForFunction(() => CSS.highlights.has('candor-number'));
      const { 'candor-keyword': keywords, 'candor-number': numbers, 'candor-string': strings } = await painted(tab);
      assert.deepEqual([keywords.includes('const'), numbers, strings.includes('"seat"')], [true, ['2'], true]);
      await close();
    });

    test('leaves nothing painted behind, neither in another conversation nor when the chat is taken away', async () => {
      const { tab, close } = await answered('code');
      await tab.waitForFunction(() => CSS.highlights.size > 0);
      await tab.getByRole('button', { name: 'New conversation' }).click();
      await tab.waitForFunction(() => CSS.highlights.size === 0);
      await new Chat(tab).ask('Tell me again');
      await tab.waitForFunction(() => CSS.highlights.size > 0);
      await tab.evaluate(() => document.querySelector('candor-chat').remove());
      await tab.waitForFunction(() => CSS.highlights.size === 0);
      await close();
    });

    test('can be read where the library cannot be fetched', async () => {
      const { tab, chat, close } = await answered('code', (tab) => tab.route('**/*-highlight.js', (route) => route.abort()));
      await chat.replies.last().locator('pre').first().getByRole('button', { name: 'Copy', exact: true }).waitFor();
      assert.match(await chat.replies.last().locator('pre').first().textContent(), /const seats = 2;/);
      assert.deepEqual(await painted(tab), {});
      await close();
    });

    test('is set as mathematics, and copied as it was written', async () => {
      const { tab, chat, fetched, libraries, close } = await answered('formulas', (tab) => tab.addInitScript(() => {
        window.print = () => {
          top.printed = document.querySelectorAll('mfrac').length;
        };
      }));
      const formulas = chat.replies.last().locator('.math');
      await formulas.locator('mfrac').waitFor();
      await formulas.first().locator('msub').waitFor();
      await tab.waitForFunction((log) => log.scrollHeight - log.clientHeight - log.scrollTop < 1, await chat.log.elementHandle());
      const kinds = await formulas.evaluateAll((all) => all.map(({ shadowRoot, textContent }) => [textContent, shadowRoot?.querySelector('math')?.getAttribute('display') ?? null]));
      assert.deepEqual(kinds, [['\\(a_1\\)', null], [FORMULA, 'block'], ['\\(\\frac{a\\)', null], ...FORBIDDEN.map((words) => [words, null])]);
      const isSet = await formulas.evaluateAll((all) => all.map(({ shadowRoot }) => Boolean(shadowRoot)));
      assert.deepEqual(isSet, [true, true, false, false, false], 'what is wrong or not trusted stands as it was written');
      assert.deepEqual(libraries(), ['temml']);
      assert.ok(!fetched.some((url) => url.includes('stranger.example')));
      assert.equal(await chat.replies.last().getByText('The price is $5, and tomorrow $6.').count(), 1, 'money is none');
      const copied = await chat.replies.last().locator('.markdown').evaluate((shown) => shown.cloneNode(true).textContent);
      assert.ok(copied.includes(FORMULA), copied);
      await tab.getByRole('button', { name: 'Print conversation' }).click();
      assert.equal(await tab.evaluate(() => window.printed), 1, 'on paper too');
      await close();
    });

    test('is quoted as it was written', async () => {
      const { tab, chat, close } = await answered('formulas');
      await chat.replies.last().locator('.math msub').first().waitFor();
      await chat.replies.last().locator('p').filter({ hasText: 'The price is' }).evaluate((line) => {
        line.scrollIntoView();
        getSelection().setBaseAndExtent(line.firstChild, 0, line.lastChild, line.lastChild.length);
      });
      await tab.getByRole('button', { name: 'Quote' }).click();
      await tab.waitForFunction((input) => input.value, await chat.input.elementHandle());
      assert.match(await chat.input.inputValue(), /^> The price is \$5, and tomorrow \$6\. Within a line \\\(a_1\\\) and by itself:/);
      await close();
    });

    test('is scrolled by itself where it is wider than its line', async () => {
      const { tab, chat, close } = await answered('wide');
      await chat.replies.last().locator('.math msub').first().waitFor();
      const place = chat.replies.last().locator('.math .display');
      await place.waitFor();
      const [width, within, hasFocus] = await place.evaluate((place) => [place.scrollWidth, place.clientWidth, place.tabIndex === 0]);
      const { width: panel } = await chat.panel.boundingBox();
      assert.ok(width > within && within < panel && hasFocus, `${width}, ${within}, ${panel}`);
      assert.ok(await chat.log.evaluate((log) => log.scrollWidth <= log.clientWidth));
      assert.ok(await tab.evaluate(() => document.documentElement.scrollWidth <= innerWidth));
      await close();
    });

    test('costs nobody anything who has neither', async () => {
      const { chat, libraries, close } = await answered('words');
      await chat.replies.last().getByRole('button', { name: 'Copy answer' }).waitFor();
      assert.deepEqual(libraries(), []);
      await close();
    });
  });
}
