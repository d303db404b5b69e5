// What an owner decides about visitors: what they agree to before they write, and whether they may move to another device.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, Chat, launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

const CONSENT = 'Your messages go to a provider of language models.';

describe('Where the owner asks for consent', { concurrency: 2 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy({ CANDOR_CONSENT: CONSENT, CANDOR_CONSENT_URL: 'https://shop.example/privacy' });
    site = await startSite({ '/': page(tag(proxy)), '/other': page(tag(proxy, 'data-consent="Other words."')) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  test('nothing can be sent before the visitor agrees, and then they are not asked again', async () => {
    const { tab, chat, said, close } = await visit(browser, site.origin);
    const asked = [];
    tab.on('request', (request) => request.method() === 'POST' && asked.push(request.url()));
    await chat.launcher.click();
    const question = tab.getByRole('group', { name: 'Before you write' });
    await question.getByText(CONSENT).waitFor();
    assert.equal(await question.getByRole('link', { name: 'Read more' }).getAttribute('href'), 'https://shop.example/privacy');
    assert.equal(await chat.input.count(), 0);
    assert.equal(await tab.getByRole('button', { name: 'What can you do?' }).count(), 0, 'no suggestion either');
    assert.deepEqual(asked, []);
    await question.getByRole('button', { name: 'I agree' }).click();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await tab.reload();
    await chat.open();
    await chat.answers('Hello, and welcome.');
    await tab.goto(`${site.origin}/other`);
    await chat.panel.waitFor();
    await tab.getByText('Other words.').waitFor();
    assertQuiet(said);
    await close();
  });

  test('a message that was faster than the question goes back into the input', async () => {
    const { tab, chat, close } = await visit(browser);
    let answer;
    await tab.route('**/config', (route) => {
      const held = answer ?? Promise.resolve();
      return held.then(() => route.continue());
    });
    answer = new Promise((resolve) => (tab.letGo = resolve));
    const sent = [];
    tab.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
    await tab.goto(site.origin);
    await chat.open();
    await chat.say('hello');
    await chat.log.getByText('hello', { exact: true }).waitFor();
    tab.letGo();
    await tab.getByRole('button', { name: 'I agree' }).click();
    assert.equal(await chat.input.inputValue(), 'hello');
    assert.deepEqual(sent, []);
    await chat.send.click();
    await chat.answers('Hello, and welcome.');
    await close();
  });

  test('who deletes everything is asked again', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.launcher.click();
    await tab.getByRole('button', { name: 'I agree' }).click();
    await chat.ask('hello');
    await chat.show('History');
    await tab.getByRole('button', { name: 'Delete everything' }).click();
    await tab.getByRole('group', { name: 'Delete everything' }).getByRole('button', { name: 'Delete everything' }).click();
    await tab.getByText('No conversations yet.').waitFor();
    await chat.show('Chat');
    await tab.getByRole('button', { name: 'I agree' }).waitFor();
    await close();
  });
});

test('A code brings a second device to the conversations of the first, once, and it can be signed out', async (context) => {
  const proxy = await startProxy({ CANDOR_LINKING: 'true' });
  context.after(() => proxy.stop());
  const site = await startSite({ '/': page(tag(proxy)) });
  context.after(() => site.stop());
  const browser = await launchChromium();
  context.after(() => browser.close());
  const first = await visit(browser, site.origin);
  await first.chat.open();
  await first.chat.ask('hello');
  await first.chat.show('History');
  await first.tab.getByText('Other devices', { exact: true }).click();
  await first.tab.getByRole('button', { name: 'Get a code' }).click();
  const code = await first.tab.locator('.code').textContent();
  assert.match(code, /^[2-9A-Z]{4}-[2-9A-Z]{4}$/);

  const second = await visit(browser, site.origin);
  await second.chat.open();
  await second.chat.ask('What can you do?');
  await second.chat.show('History');
  await second.tab.getByText('Other devices', { exact: true }).click();
  const field = second.tab.getByRole('textbox', { name: 'Code from your other device' });
  const link = second.tab.getByRole('button', { name: 'Continue here' });
  await field.fill('2222-2222');
  await link.click();
  await second.tab.getByText('This code is not right, or no longer valid.').waitFor();
  await field.fill(code.toLowerCase());
  await link.click();
  await second.tab.getByText('Your conversations are here now.').waitFor();
  await second.tab.getByRole('button', { name: 'Open hello' }).waitFor();
  await second.tab.getByRole('button', { name: 'Open What can you do?' }).click();
  await second.chat.ask('hello again');
  await second.chat.answers('Hello');

  await first.tab.getByRole('button', { name: 'Sign out other devices' }).click();
  await first.tab.getByText('Other devices are signed out.').waitFor();
  await first.chat.show('Chat');
  await first.chat.show('History');
  await first.tab.getByRole('button', { name: 'Open What can you do?' }).waitFor();
  await second.tab.reload();
  await second.chat.open();
  await second.chat.show('History');
  await second.tab.getByText('No conversations yet.').waitFor();
  assertQuiet(first.said);
});
