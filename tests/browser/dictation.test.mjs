// Speaking in place of typing. The browsers of the tests hear nothing: what they would hear is said by the test.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, Chat, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit, wordsOf } from './product.mjs';
import { fakeRecognition } from './recognition.mjs';

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  describe(`Dictation in ${engine}`, { concurrency: 2 }, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy();
      site = await startSite({ '/': page(tag(proxy)), '/german': page(tag(proxy, 'data-lang="de"')), '/off': page(tag(proxy, 'data-dictation="off"')) });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    /** Opens the chat, and gives the button with what it says of the browser. */
    async function opened() {
      const visitor = await visit(browser);
      await visitor.tab.addInitScript(fakeRecognition);
      await visitor.tab.goto(site.origin);
      await visitor.chat.open();
      const { tab } = visitor;
      return {
        ...visitor,
        begin: tab.getByRole('button', { name: 'Dictate', pressed: false }),
        end: tab.getByRole('button', { name: 'Dictate', pressed: true }),
        line: tab.locator('.listening').filter({ hasText: 'Listening…' }),
        hear: (...transcripts) => tab.evaluate((said) => window.hear(...said), transcripts),
        listens: () => tab.evaluate(() => window.recognitions.map(({ isOn }) => isOn)),
      };
    }

    test('writes down what is heard behind what stands there, and ends when it is sent', async () => {
      const { tab, chat, said, begin, end, line, hear, listens, close } = await opened();
      await chat.input.fill('Hello.');
      await begin.click();
      await end.waitFor();
      await line.waitFor();
      assert.deepEqual(await tab.evaluate(() => window.recognitions.map(({ lang, continuous, interimResults }) => [lang, continuous, interimResults])), [[await tab.evaluate(() => navigator.language), true, true]]);
      await hear('do you');
      assert.equal(await chat.input.inputValue(), 'Hello. do you');
      await hear('Do you have ', 'child seats?');
      assert.equal(await chat.input.inputValue(), 'Hello. Do you have child seats?');
      await chat.send.click();
      await begin.waitFor();
      assert.deepEqual(await listens(), [false]);
      await line.waitFor({ state: 'hidden' });
      await chat.log.getByText('Hello. Do you have child seats?').waitFor();
      assert.equal(await chat.input.inputValue(), '');
      assertQuiet(said);
      await close();
    });

    test('has what was said last, and no word twice where the browser says again what it has said', async () => {
      const { tab, chat, begin, end, hear, listens, close } = await opened();
      await begin.click();
      await hear('do', 'do you have', 'do you have child seats', 'and helmets');
      assert.equal(await chat.input.inputValue(), 'do you have child seats and helmets');
      await tab.evaluate(() => {
        window.last = ['do you have child seats', 'and helmets?'];
      });
      await end.click();
      await begin.waitFor();
      assert.equal(await chat.input.inputValue(), 'do you have child seats and helmets?');
      assert.deepEqual(await listens(), [false]);
      await close();
    });

    test('ends when the visitor types, at Escape, with the chat, and with its element', async () => {
      const { tab, chat, begin, end, hear, listens, close } = await opened();
      await begin.click();
      await hear('Hello');
      await chat.input.press('!');
      await begin.waitFor();
      assert.equal(await chat.input.inputValue(), 'Hello!');

      await begin.click();
      await end.waitFor();
      await chat.input.press('Escape');
      await begin.waitFor();
      assert.ok(await chat.panel.isVisible(), 'the chat is open still');

      await begin.click();
      await end.waitFor();
      await tab.getByRole('button', { name: 'Close chat' }).click();
      await chat.launcher.waitFor();
      assert.deepEqual(await listens(), [false, false, false]);

      await chat.open();
      await begin.click();
      await end.waitFor();
      await tab.evaluate(() => document.querySelector('candor-chat').remove());
      await tab.waitForFunction(() => window.recognitions.every(({ isOn }) => !isOn));
      await close();
    });

    test('says why the browser does not listen, and goes away with the tab that it stands in', async () => {
      const { tab, chat, begin, close } = await opened();
      const fails = (error) => tab.evaluate((error) => window.recognitions.at(-1).onerror({ error }), error);
      for (const [error, words] of [
        ['not-allowed', 'The microphone is not allowed here. You can allow it in the browser’s settings for this page.'],
        ['audio-capture', 'No microphone was found.'],
        ['network', 'This browser can’t write down what is said at the moment.'],
      ]) {
        await begin.click();
        await fails(error);
        await tab.getByRole('status').filter({ hasText: words }).waitFor();
        await tab.locator('.listening').filter({ hasText: words }).waitFor();
        await begin.waitFor();
      }
      await begin.click();
      await fails('no-speech');
      await begin.waitFor();
      assert.equal(await tab.locator('.listening').textContent(), '', 'silence is no failure');
      await chat.show('History');
      await begin.waitFor({ state: 'detached' });
      assert.equal(await tab.locator('.listening').count(), 0);
      await chat.show('Chat');
      await begin.waitFor();
      await close();
    });

    test('is offered in the visitor’s language, and not at all where the browser hears nothing or the page does not want it', async () => {
      const words = await wordsOf('de');
      const { tab, close } = await visit(browser);
      await tab.addInitScript(fakeRecognition);
      await tab.goto(`${site.origin}/german`);
      await new Chat(tab, words).open();
      await tab.getByRole('button', { name: words['page.dictate'] }).click();
      await tab.locator('.listening').filter({ hasText: words['page.listening'] }).waitFor();
      assert.equal(await tab.evaluate(() => window.recognitions[0].lang), 'de');
      await close();

      const deaf = await visit(browser);
      await deaf.tab.addInitScript(() => {
        for (const name of ['SpeechRecognition', 'webkitSpeechRecognition']) Object.defineProperty(window, name, { value: undefined });
      });
      await deaf.tab.goto(site.origin);
      await deaf.chat.open();
      await deaf.chat.ask('hello');
      await deaf.chat.replies.last().getByRole('button', { name: 'Copy answer' }).waitFor();
      assert.equal(await deaf.tab.getByRole('button', { name: 'Dictate' }).count(), 0);
      await deaf.close();

      const unwanted = await visit(browser);
      await unwanted.tab.addInitScript(fakeRecognition);
      await unwanted.tab.goto(`${site.origin}/off`);
      await unwanted.chat.open();
      await unwanted.chat.ask('hello');
      await unwanted.chat.replies.last().getByRole('button', { name: 'Copy answer' }).waitFor();
      assert.equal(await unwanted.tab.getByRole('button', { name: 'Dictate' }).count(), 0);
      await unwanted.close();
    });
  });
}
