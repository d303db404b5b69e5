// The chat in the visitor's language: which one it is, what is said in it, and that nothing of it is too wide.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, Chat, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit, wordsOf as said } from './product.mjs';

const causes = async (language) => JSON.parse(await readFile(new URL(`../../www/locales/causes/${language}.json`, import.meta.url), 'utf8'));

/** The panel itself, whatever language its roles are named in. */
const panelOf = (tab) => tab.locator('candor-chat .panel');

/** A page in this language; without one it says nothing of it. */
const inLanguage = (language, head) => {
  const { body, headers } = page(head);
  return { body: body.replace(' lang="en"', language ? ` lang="${language}"` : ''), headers };
};

/** Every text half as long again, though German is long already, or from the right: what a translation may be at worst. */
const stretched = (text) => text.replace(/\{\w+\}|\p{L}{3,}/gu, (word) => (word[0] == '{' ? word : word + word.slice(-word.length / 2)));
const fromRight = (text) => text.replace(/(\{\w+\})|[a-z]/gi, (letter, hole) => hole ?? 'ابتثجحخدذرزسشصضطظعغفقكلمنهوي'[letter.toLowerCase().charCodeAt(0) - 97]);

/** Answers the files of a locale with this made of each of its texts. */
const disguise = (tab, language, change) =>
  tab.route(new RegExp(`-${language}(-causes)?\\.json$`), async (route) => {
    const response = await route.fetch();
    const words = (text) => text.replace(/(^|[|\n])((?:zero|one|two|few|many|other):)?([^|\n]*)/g, (_, before, form = '', rest) => before + form + change(rest));
    const each = (value, key) => {
      if (key == 'plain') return value;
      if (typeof value == 'string') return words(value);
      return Array.isArray(value) ? value.map(each) : Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, each(inner, name)]));
    };
    const file = each(await response.json());
    await route.fulfill({ response, json: file });
  });

/** What of the panel is wider than the place that it has. */
const overflowing = (tab) =>
  tab.evaluate(() => {
    const panel = document.querySelector('candor-chat').shadowRoot.querySelector('.panel');
    const { left, right } = panel.getBoundingClientRect();
    const isHidden = (element) => element.closest('.hidden, [hidden], svg') || getComputedStyle(element).visibility == 'hidden';
    return [...panel.querySelectorAll('*')]
      .filter((element) => !isHidden(element) && element.textContent.trim())
      .filter((element) => {
        const box = element.getBoundingClientRect();
        if (!box.width) return false;
        const style = getComputedStyle(element);
        const isCut = element.scrollWidth > element.clientWidth + 1 && element.clientWidth && style.overflowX != 'visible' && style.overflowX != 'auto' && style.textOverflow != 'ellipsis';
        const scrolls = element.closest('pre, .markdown table, .words');
        return !scrolls && (isCut || box.left < left - 1 || box.right > right + 1);
      })
      .map((element) => `${element.localName}.${element.className}: ${element.textContent.slice(0, 60)}`);
  });

const ENGINES = [['Chromium', launchChromium], ['Firefox', launchFirefox]];

for (const [engine, launch] of ENGINES) {
  describe(`In the visitor’s language, in ${engine}`, { concurrency: 2 }, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      site = await startSite({
        '/': inLanguage('', tag(proxy)),
        '/french': inLanguage('fr', tag(proxy)),
        '/tag': inLanguage('fr', tag(proxy, 'data-lang="de"')),
        '/strange': inLanguage('fr', tag(proxy, 'data-lang="tlh"')),
        '/hong-kong': inLanguage('zh-Hant-HK', tag(proxy)),
        '/portugal': inLanguage('pt-PT', tag(proxy)),
        '/english': inLanguage('en-GB', tag(proxy)),
        '/arabic': inLanguage('ar', tag(proxy)),
        '/german': inLanguage('de', tag(proxy)),
      });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    const CHOICES = [
      ['data-lang comes first', '/tag', 'de', 'en-US', 'ltr'],
      ['a data-lang that nobody speaks is passed over', '/strange', 'fr', 'en-US', 'ltr'],
      ['then the page’s', '/french', 'fr', 'de', 'ltr'],
      ['then the browser’s', '/', 'de', 'de-AT', 'ltr'],
      ['a browser’s that is written from the right', '/', 'he', 'he-IL', 'rtl'],
      ['Hong Kong reads traditional signs', '/hong-kong', 'zh-TW', 'en-US', 'ltr'],
      ['Portugal has Brazil’s words', '/portugal', 'pt-BR', 'en-US', 'ltr'],
    ];
    for (const [what, path, language, locale, direction] of CHOICES) {
      test(`${what}: ${language}`, async () => {
        const words = await said(language);
        const { tab, said: console, close } = await visit(browser, site.origin + path, { locale });
        await tab.getByRole('button', { name: words['loader.open'] }).click();
        await tab.getByRole('textbox', { name: words['core.message'], exact: true }).waitFor();
        assert.deepEqual(await panelOf(tab).evaluate(({ lang, dir }) => [lang, dir]), [language, direction]);
        assertQuiet(console);
        await close();
      });
    }

    test('English fetches nothing for it', async () => {
      const { tab, chat, close } = await visit(browser, undefined, { locale: 'de' });
      const fetched = [];
      tab.on('request', (request) => fetched.push(request.url()));
      await tab.goto(`${site.origin}/english`);
      await chat.open();
      assert.deepEqual(fetched.filter((url) => /language\.js|\.json$/.test(url)), []);
      await close();
    });

    test('the chat server is told the chat’s language, and in English the browser’s', async () => {
      for (const [path, language, locale, told] of [['/french', 'fr', 'en-US', /^fr$/], ['/english', undefined, 'de-DE', /^de\b/]]) {
        const { tab, close } = await visit(browser, site.origin + path, { locale });
        const chat = language ? new Chat(tab, await said(language)) : new Chat(tab);
        await chat.open();
        const asking = tab.waitForRequest((request) => request.method() == 'POST' && request.url().endsWith('/messages'));
        await chat.say('hello');
        const headers = await (await asking).allHeaders();
        assert.match(headers['accept-language'], told);
        await close();
      }
    });

    for (const [language, path] of [['de', '/german'], ['ar', '/arabic']]) {
      test(`${language}: a question, a failure, its cause, the checks and History`, async () => {
        const [words, told] = [await said(language), await causes(language)];
        const { tab, said: console, close } = await visit(browser, site.origin + path);
        await tab.getByRole('button', { name: words['loader.open'] }).click();
        const input = tab.getByRole('textbox', { name: words['core.message'], exact: true });
        const send = tab.getByRole('button', { name: words['core.send'], exact: true });
        await input.fill('hello');
        await send.click();
        const reply = tab.getByRole('log', { name: words['core.messages'] }).getByRole('article', { name: words['core.assistant'] });
        await reply.first().filter({ hasText: 'Hello, and welcome.' }).waitFor();
        await input.fill('fail: rate limit');
        await send.click();
        await reply.last().getByText(told['rate_limit.title'] ?? told['otherwise.title']).waitFor();
        await tab.getByRole('button', { name: words['conversation.what_happened'] }).click();
        const panel = panelOf(tab);
        await panel.getByText(told['rate_limit.verdict']).waitFor();
        await panel.getByRole('list', { name: words['diagnostics.errors'], exact: true }).waitFor();
        await tab.getByRole('button', { name: words['diagnostics.run'] }).click();
        await panel.getByText(words['diagnostics.tried.online']).waitFor();
        await panel.getByText(words['diagnostics.tried.settings']).waitFor();
        await panel.getByText(words['diagnostics.checking']).waitFor({ state: 'detached' });
        await tab.getByRole('tab', { name: words['core.history'], exact: true }).click();
        await panel.getByRole('list', { name: words['history.conversations'] }).getByRole('listitem').first().waitFor();
        // What was seen of it all is in that language.
        const text = await panel.innerText();
        for (const english of ['Search', 'Delete', 'Chat server', 'Your conversations']) assert.ok(!text.includes(english), `${english} in:\n${text}`);
        assertQuiet(console);
        await close();
      });
    }

    test('where a locale cannot be fetched the chat speaks English, and says so', async () => {
      const { tab, chat, close } = await visit(browser);
      await tab.route('**/*-de.json', (route) => route.abort());
      await tab.goto(`${site.origin}/german`);
      const words = await said('de');
      await tab.getByRole('button', { name: words['loader.open'] }).click();
      await chat.input.waitFor();
      assert.deepEqual(await panelOf(tab).evaluate(({ lang, dir }) => [lang, dir]), ['en', 'ltr']);
      await close();
    });

    test('where what Diagnostics says cannot be fetched that tab speaks English', async () => {
      const { tab, close } = await visit(browser);
      await tab.route('**/*-de-causes.json', (route) => route.abort());
      await tab.goto(`${site.origin}/german`);
      const words = await said('de');
      await tab.getByRole('button', { name: words['loader.open'] }).click();
      await tab.getByRole('tab', { name: words['core.diagnostics'], exact: true }).click();
      await tab.getByRole('button', { name: 'Run checks' }).waitFor();
      await close();
    });

    test('where the chat cannot be loaded the loader says so in the language', async () => {
      const { tab, close } = await visit(browser);
      await tab.route('**/*_bg.wasm', (route) => route.abort());
      await tab.goto(`${site.origin}/german`);
      const words = await said('de');
      await tab.getByRole('button', { name: words['loader.open'] }).click();
      await panelOf(tab).getByText(words['loader.not_loaded']).waitFor();
      await tab.getByRole('button', { name: words['loader.retry'] }).waitFor();
      await close();
    });

    test('the arrow keys go the way that the tabs stand', async () => {
      const { tab, close } = await visit(browser, `${site.origin}/arabic`);
      const words = await said('ar');
      await tab.getByRole('button', { name: words['loader.open'] }).click();
      const [first, second] = ['core.chat', 'core.history'].map((word) => tab.getByRole('tab', { name: words[word], exact: true }));
      await first.focus();
      const x = async (tab) => (await tab.boundingBox()).x;
      assert.ok((await x(first)) > (await x(second)), 'the first tab stands on the right');
      await first.press('ArrowLeft');
      await second.and(tab.locator('[aria-selected=true]')).waitFor();
      await second.press('ArrowRight');
      await first.and(tab.locator('[aria-selected=true]')).waitFor();
      await close();
    });

    for (const [what, language, path, change] of [['half as long again', 'de', '/german', stretched], ['from the right', 'ar', '/arabic', fromRight]]) {
      for (const [width, height] of [[320, 640], [1280, 800]]) {
        test(`words that are ${what} have room in ${width} px`, async () => {
          const { tab, close } = await visit(browser, undefined, { viewport: { width, height } });
          await disguise(tab, language, change);
          await tab.goto(site.origin + path);
          const words = await said(language);
          await tab.getByRole('button', { name: words['loader.open'] }).click();
          const panel = panelOf(tab);
          await panel.locator('textarea').fill('fail: missing scopes');
          await panel.locator('textarea').press('Enter');
          await panel.locator('.failure .actions').waitFor();
          assert.deepEqual(await overflowing(tab), [], 'in the chat');
          await panel.getByRole('tab').nth(1).click();
          await panel.locator('.conversation').first().waitFor();
          assert.deepEqual(await overflowing(tab), [], 'in History');
          await panel.getByRole('tab').nth(2).click();
          await panel.locator('.verdict').waitFor();
          await panel.locator('.actions .accent').click();
          await panel.locator('.check').first().waitFor();
          await panel.locator('.check.running').waitFor({ state: 'detached' });
          assert.deepEqual(await overflowing(tab), [], 'in Diagnostics');
          await close();
        });
      }
    }
  });
}
