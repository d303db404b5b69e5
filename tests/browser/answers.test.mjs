// What one does with an answer: it is copied, whole or a block of its code, and whoever has scrolled up finds the way back.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { ANSWER, startProxyBefore, startUpstream } from './growing.mjs';
import { assertQuiet, Chat, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit, wordsOf } from './product.mjs';

/** Where a visitor pastes: in one words alone, in the other what is formatted too. */
const FIELDS = '<h1>A shop</h1><textarea aria-label="Words"></textarea><div contenteditable role="textbox" aria-label="Letter"></div>';

/** What was copied, as somebody who pastes it has it. */
async function pasted(tab) {
  const paste = async (name) => {
    const field = tab.getByRole('textbox', { name });
    await field.click();
    await tab.keyboard.press('ControlOrMeta+A');
    await tab.keyboard.press('ControlOrMeta+V');
    return field;
  };
  const words = await (await paste('Words')).inputValue();
  const letter = await paste('Letter');
  return { words, text: await letter.textContent(), codes: await letter.locator('code, pre').count(), buttons: await letter.locator('button').count() };
}

/** Selects with the mouse what stands in the first line of an element, and gives it. */
async function selectLine(tab, element) {
  await element.scrollIntoViewIfNeeded();
  const { x, y, width } = await element.boundingBox();
  await tab.mouse.move(x + 1, y + 8);
  await tab.mouse.down();
  await tab.mouse.move(x + width - 1, y + 8, { steps: 5 });
  await tab.mouse.up();
  return element.evaluate((within) => String(within.getRootNode().getSelection?.() ?? getSelection()).trim());
}

const SCRIPT = '<script src="https://your-host/candor.js" async></script>';

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  // One clipboard, and so one visitor at a time.
  describe(`An answer in ${engine}`, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      site = await startSite({ '/': page(tag(proxy), FIELDS), '/german': page(tag(proxy, 'data-lang="de"'), FIELDS) });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    test('is copied as Markdown, and with its formatting where that can be pasted', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('How do I embed it?');
      await chat.replies.last().getByRole('button', { name: 'Copy answer' }).click();
      await chat.replies.last().getByRole('button', { name: 'Copied' }).waitFor();
      const { words, text, codes, buttons } = await pasted(tab);
      assert.ok(words.includes('```html\n' + SCRIPT), words);
      assert.ok(text.includes(SCRIPT) && !text.includes('```'), text);
      assert.ok(codes > 0, 'code is formatted as code');
      assert.equal(buttons, 0);
      assertQuiet(said);
      await close();
    });

    test('has a button on each block of code, which copies that alone', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('How do I embed it?');
      const block = chat.replies.last().locator('pre');
      const button = block.getByRole('button', { name: 'Copy', exact: true });
      // With the keyboard alone: the block scrolls by it, and its button is next.
      await block.focus();
      await tab.keyboard.press('Tab');
      await tab.keyboard.press('Enter');
      await block.getByRole('button', { name: 'Copied' }).waitFor();
      await button.waitFor();
      const { words } = await pasted(tab);
      assert.equal(words.trimEnd(), SCRIPT);
      assertQuiet(said);
      await close();
    });

    test('is copied where pages have no clipboard, as without https', async () => {
      const { tab, chat, said, close } = await visit(browser);
      await tab.addInitScript(() => Object.defineProperty(navigator, 'clipboard', { value: undefined }));
      await tab.goto(site.origin);
      await chat.open();
      await chat.ask('How do I embed it?');
      await chat.replies.last().getByRole('button', { name: 'Copy answer' }).click();
      await chat.replies.last().getByRole('button', { name: 'Copied' }).waitFor();
      const { words, codes, buttons } = await pasted(tab);
      assert.ok(words.includes(SCRIPT), words);
      assert.ok(codes > 0, 'code is formatted as code');
      assert.equal(buttons, 0);
      assertQuiet(said);
      await close();
    });

    test('has its buttons below it, and History its own, whichever was there first', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('How do I embed it?');
      await chat.show('History');
      const rename = tab.getByRole('button', { name: /^Rename/ }).first();
      await rename.waitFor();
      await tab.getByRole('listitem').first().hover();
      await tab.waitForFunction(() => {
        const row = document.querySelector('candor-chat').shadowRoot.querySelector('.conversation .tools');
        return getComputedStyle(row).opacity == 1;
      });
      await chat.show('Chat');
      const copy = chat.replies.last().getByRole('button', { name: 'Copy answer' });
      const [button, message] = [await copy.boundingBox(), await chat.replies.last().boundingBox()];
      const words = await chat.replies.last().locator('.markdown').boundingBox();
      const distance = button.y - (words.y + words.height);
      assert.ok(distance > -8 && distance < 16, `right below the words, and not ${distance} px`);
      assert.ok(button.x >= message.x - 16 && button.x + button.width <= message.x + message.width, 'beside nothing');
      assert.equal(await copy.evaluate((copy) => getComputedStyle(copy.parentElement).position), 'static');
      assertQuiet(said);
      await close();
    });

    test('that a browser lets nobody copy is told to be so', async () => {
      const { tab, chat, close } = await visit(browser);
      await tab.addInitScript(() => {
        Object.defineProperty(navigator, 'clipboard', { value: undefined });
        document.execCommand = () => false;
      });
      await tab.goto(site.origin);
      await chat.open();
      await chat.ask('How do I embed it?');
      await chat.replies.last().getByRole('button', { name: 'Copy answer' }).click();
      await chat.replies.last().getByRole('button', { name: 'This browser does not let pages copy.' }).waitFor();
      await chat.replies.last().getByRole('button', { name: 'Copy answer' }).waitFor();
      await close();
    });

    test('goes into the input as a quotation, as far as it is selected', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('How do I embed it?');
      const quote = chat.log.getByRole('button', { name: 'Quote' });
      const first = chat.replies.first().locator('p').first();
      const words = await selectLine(tab, first);
      assert.ok((await first.innerText()).includes(words) && words.length > 10, words);
      await quote.waitFor();
      await tab.mouse.move(1, 1);
      const row = chat.replies.first().locator('.below');
      assert.equal(await row.evaluate((below) => getComputedStyle(below).opacity), '1', 'what one does with the last answer stays in sight');
      await quote.click();
      assert.equal(await chat.input.inputValue(), `> ${words}\n\n`);
      assert.ok(await chat.input.evaluate((input) => input.getRootNode().activeElement === input && input.selectionStart === input.value.length));
      assert.equal(await quote.count(), 0);
      await tab.keyboard.type('Why?');
      // Behind what is there, with each line as one of the quotation.
      const block = chat.replies.first().locator('.markdown');
      await block.evaluate((shown) => getSelection().setBaseAndExtent(shown, 0, shown, shown.childNodes.length));
      await quote.click();
      const [before, ...lines] = (await chat.input.inputValue()).trimEnd().split('\n\nWhy?\n\n')[1].split('\n').reverse();
      assert.ok(lines.length > 2 && [before, ...lines].every((line) => line.startsWith('>')), lines.join('\n'));
      await chat.send.click();
      await chat.replies.nth(1).locator('p').first().waitFor();
      await chat.send.waitFor();
      assert.ok((await chat.log.getByRole('article', { name: 'You' }).last().innerText()).includes(`> ${words}`));
      // The field for a comment on an answer is another one.
      await chat.replies.first().getByRole('button', { name: 'Good answer' }).click();
      const comment = chat.replies.first().getByRole('textbox');
      await comment.waitFor();
      await selectLine(tab, first);
      await quote.click();
      assert.deepEqual([await comment.inputValue(), await chat.input.inputValue()], ['', `> ${words}\n\n`]);
      // What begins in one message and ends in another is nobody's words, and what is not in a message is none.
      const both = () => chat.log.evaluate((log) => getSelection().setBaseAndExtent(log.querySelectorAll('.message')[0], 0, log.querySelectorAll('.message')[1], 1));
      await selectLine(tab, first);
      await quote.waitFor();
      await both();
      await quote.waitFor({ state: 'detached' });
      assertQuiet(said);
      await close();
    });

    test('is read aloud where the browser has a voice, sentence by sentence, until somebody stops it', async () => {
      const { tab, chat, said, close } = await visit(browser);
      // No browser here has a voice: this one says what it is given, and ends a sentence when it is told to.
      await tab.addInitScript(() => {
        window.spoken = [];
        window.SpeechSynthesisUtterance = class { constructor(text) { this.text = text; } };
        const speech = {
          getVoices: () => [{ lang: 'de_DE' }, { lang: 'en-GB' }],
          speak: (utterance) => window.spoken.push(utterance),
          cancel: () => window.spoken.splice(0),
          addEventListener: () => {},
        };
        Object.defineProperty(window, 'speechSynthesis', { value: speech });
      });
      await tab.goto(site.origin);
      await chat.open();
      await chat.ask('How do I embed it?');
      const read = chat.replies.last().getByRole('button', { name: 'Read aloud' });
      const stop = chat.replies.last().getByRole('button', { name: 'Stop reading' });
      const spoken = () => tab.evaluate(() => window.spoken.map(({ text, lang }) => [text, lang]));
      await read.click();
      await stop.waitFor();
      const words = await spoken();
      assert.ok(words.length > 3 && words.every(([, lang]) => lang === 'en'), JSON.stringify(words));
      assert.equal(words[0][0], 'One line is the whole installation:');
      assert.ok(!words.some(([text]) => text.includes('<script') || text.includes('Copy')), JSON.stringify(words));
      await stop.click();
      await read.waitFor();
      assert.deepEqual(await spoken(), []);
      await read.click();
      await tab.evaluate(() => window.spoken.at(-1).onend());
      await read.waitFor();
      // Whoever closes the chat hears no more of it.
      await read.click();
      await stop.waitFor();
      await tab.keyboard.press('Escape');
      await tab.waitForFunction(() => window.spoken.length === 0);
      assertQuiet(said);
      await close();
    });

    test('is not offered to be read aloud where there is no voice for its language', async () => {
      const { tab, chat, close } = await visit(browser);
      await tab.addInitScript(() => Object.defineProperty(window, 'speechSynthesis', { value: { getVoices: () => [{ lang: 'de-DE' }], addEventListener: () => {} } }));
      await tab.goto(site.origin);
      await chat.open();
      await chat.ask('How do I embed it?');
      await chat.replies.last().getByRole('button', { name: 'Copy answer' }).waitFor();
      await chat.replies.last().locator('pre').getByRole('button', { name: 'Copy', exact: true }).waitFor();
      assert.equal(await chat.replies.last().getByRole('button', { name: 'Read aloud' }).count(), 0);
      await close();
    });

    test('is copied in the visitor’s language, after a reload too', async () => {
      const words = await wordsOf('de');
      const { tab, close } = await visit(browser, `${site.origin}/german`);
      const chat = new Chat(tab, words);
      await chat.open();
      await chat.ask('How do I embed it?');
      await tab.reload();
      await chat.open();
      await chat.replies.last().getByRole('button', { name: words['conversation.copy_answer'] }).waitFor();
      await chat.replies.last().locator('pre').getByRole('button', { name: words['page.copy'] }).click();
      await chat.replies.last().getByRole('button', { name: words['page.copied'] }).waitFor();
      await close();
    });
  });

  describe(`Whoever reads what came before, in ${engine}`, { concurrency: 2 }, () => {
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

    /** How far above its end the log is. */
    const distance = (chat) => chat.log.evaluate((log) => log.scrollHeight - log.clientHeight - log.scrollTop);

    test('is left there, is told that an answer has come, and gets back by a click', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('Tell me all of it');
      const latest = tab.getByRole('button', { name: 'Jump to latest' });
      assert.equal(await latest.count(), 0, 'at the end nothing leads there');

      await chat.say('And once more');
      await chat.stop.waitFor();
      await chat.log.evaluate((log) => log.scrollTo(0, 100));
      await latest.waitFor();
      await chat.send.waitFor();
      const news = tab.getByRole('button', { name: '1 new message' });
      await news.waitFor();
      assert.equal(await chat.log.evaluate((log) => log.scrollTop), 100, 'nobody is pulled away from what they read');
      await news.click();
      await news.waitFor({ state: 'detached' });
      assert.ok(await distance(chat) < 48, 'the end is in sight');
      assert.ok(await chat.log.evaluate((log) => log.getRootNode().activeElement == log), 'the keyboard goes on from there');
      assertQuiet(said);
      await close();
    });

    test('is left there also by what is shown before the browser has told that they scrolled', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('Tell me all of it');
      await chat.say('And once more');
      await chat.stop.waitFor();
      // The event comes with the next frame, and an answer may grow until then: here none comes at all.
      await chat.log.evaluate((log) => {
        log.getRootNode().addEventListener('scroll', (event) => event.stopImmediatePropagation(), { capture: true });
        log.scrollTo(0, 100);
      });
      await chat.send.waitFor();
      assert.equal(await chat.log.evaluate((log) => log.scrollTop), 100);
      await chat.say('And a last time');
      await chat.stop.waitFor();
      assert.ok(await distance(chat) < 48, 'who sends something sees it');
      assertQuiet(said);
      await close();
    });

    test('is where they were, and is told what has come, once the panel is open again', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('Tell me all of it');
      await chat.say('And once more');
      await chat.stop.waitFor();
      await chat.log.evaluate((log) => log.scrollTo(0, 100));
      await tab.getByRole('button', { name: 'Jump to latest' }).waitFor();
      await tab.getByRole('button', { name: 'Close chat' }).click();
      const launcher = tab.getByRole('button', { name: 'Open chat, 1 new message' });
      await launcher.waitFor();
      await launcher.click();
      await tab.getByRole('button', { name: '1 new message' }).waitFor();
      await chat.input.fill('What is written makes the log lower');
      await tab.evaluate(() => new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve))));
      assert.equal(await chat.log.evaluate((log) => log.scrollTop), 100);
      assertQuiet(said);
      await close();
    });

    test('goes back by hand as well, and another tab shows no such button', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask('Tell me all of it');
      const latest = tab.getByRole('button', { name: 'Jump to latest' });
      await chat.log.evaluate((log) => log.scrollTo(0, 100));
      await latest.waitFor();
      let come;
      const held = new Promise((resolve) => {
        come = resolve;
      });
      await tab.route('**/*-history.wasm', (route) => held.then(() => route.continue()));
      // Once while History is on its way, which is another element then than it will be.
      for (const isHere of [false, true]) {
        await chat.show('History');
        await latest.waitFor({ state: 'hidden' });
        if (isHere) await chat.panel.getByRole('searchbox').waitFor();
        await chat.show('Chat');
        await latest.waitFor();
        assert.equal(await chat.log.evaluate((log) => log.scrollTop), 100, 'the place is kept');
        come();
      }
      await chat.log.evaluate((log) => log.scrollTo(0, log.scrollHeight));
      await latest.waitFor({ state: 'detached' });

      await chat.log.evaluate((log) => log.scrollTo(0, 0));
      await latest.waitFor();
      await tab.getByRole('button', { name: 'New conversation' }).click();
      await latest.waitFor({ state: 'detached' });
      assertQuiet(said);
      await close();
    });
  });
}
