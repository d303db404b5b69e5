// The Diagnostics tab: what each audience is told, the report, and what follows from a failure.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, Diagnostics, launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

const OWNER = 'only-the-owner';

describe('A missing scope', () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy({ CANDOR_DIAGNOSTICS: 'reference', CANDOR_OWNER_TOKEN: OWNER });
    site = await startSite({ '/': page(tag(proxy)) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  test('is told four ways: to a visitor, to the owner, in the report, in a terminal', async () => {
    const visitor = await visit(browser, site.origin);
    await visitor.chat.open();
    await visitor.chat.ask('fail: missing scopes');
    await visitor.chat.answers('Only the site’s owner can put this right.');
    await visitor.chat.explain.click();
    const seen = new Diagnostics(visitor);
    const card = await seen.errors.textContent();
    const [reference] = card.match(/CR-\w{8}/);
    assert.ok(!card.includes('model.request') && !card.includes('Who can fix it'), card);
    assertQuiet(visitor.said);
    await visitor.close();

    const owner = await visit(browser, site.origin, { acceptDownloads: true });
    await owner.chat.open();
    await owner.chat.show('Diagnostics');
    await owner.tab.getByText('Are you the site’s owner?').click();
    await owner.tab.getByLabel('Owner token').fill(OWNER);
    await owner.tab.getByRole('button', { name: 'Sign in' }).click();
    const log = owner.tab.getByRole('list', { name: 'Errors of all visitors' });
    const logged = log.getByRole('listitem').filter({ hasText: reference });
    await logged.waitFor();
    const words = await logged.textContent();
    for (const fact of ['Missing scopes: model.request.', 'the site’s owner', 'allow “model.request”']) {
      assert.ok(words.includes(fact), `${fact} is missing in: ${words}`);
    }
    await owner.tab.getByRole('button', { name: 'Show what owners did' }).click();
    await owner.tab.getByRole('list', { name: 'What owners did' }).getByRole('listitem').filter({ hasText: 'Signed in from a new address' }).filter({ hasText: 'owner, 127.0.0.1' }).waitFor();
    assertQuiet(owner.said);
    await owner.close();

    const full = await startProxy();
    const again = await visit(browser, full.origin, { acceptDownloads: true, permissions: ['clipboard-read', 'clipboard-write'] });
    await again.chat.open();
    await again.chat.ask('fail: missing scopes');
    await again.chat.explain.click();
    await again.tab.getByRole('button', { name: 'Copy report' }).click();
    await again.tab.getByText('Copied', { exact: true }).waitFor();
    const copied = await again.tab.evaluate(() => navigator.clipboard.readText());
    for (const fact of ['The site’s API key lacks a permission.', 'AI service: broken', 'Missing scopes: model.request.']) {
      assert.ok(copied.includes(fact), `${fact} is missing in: ${copied}`);
    }
    assert.ok(!copied.includes('fail: missing scopes'), 'the visitor’s words are not in the report');
    const [download] = await Promise.all([
      again.tab.waitForEvent('download'),
      again.tab.getByRole('button', { name: 'Download report' }).click(),
    ]);
    const report = JSON.parse(await readFile(await download.path(), 'utf8'));
    assert.deepEqual([report.cause, report.errors[0].status], ['missing_scope', '403']);
    await again.close();
    await full.stop();

    const [pasted] = copied.split('\n').filter((line) => line.startsWith('API Error Type:'));
    const explained = spawnSync(process.env.CANDOR_BIN, ['explain', '--json'], { input: pasted, encoding: 'utf8' });
    assert.equal(JSON.parse(explained.stdout).cause, 'missing_scope', explained.stderr);
  });

  test('is not blamed on stored state: the same request without it fails the same way', async () => {
    const visitor = await visit(browser, site.origin);
    await visitor.chat.open();
    await visitor.chat.ask('fail: missing scopes');
    await visitor.chat.explain.click();
    const seen = new Diagnostics(visitor);
    assert.deepEqual(await seen.links(), {
      Browser: 'fine',
      Page: 'fine',
      'Chat server': 'fine',
      'AI service': 'broken',
      Model: 'not reached',
    });
    const sent = [];
    visitor.tab.on('request', (request) => sent.push(request));
    await visitor.tab.getByRole('button', { name: 'Try as a new visitor' }).click();
    await visitor.tab.getByText('neither cookies nor stored data are the cause').waitFor();
    const token = await visitor.tab.evaluate(() => Object.entries(localStorage).find(([key]) => key.includes('token'))[1]);
    const headers = await Promise.all(sent.map((request) => request.allHeaders()));
    assert.ok(headers.length > 2 && headers.every((all) => !all.cookie && !all.authorization?.includes(token)));
    await visitor.chat.show('History');
    await visitor.tab.getByRole('button', { name: /fail: missing scopes/ }).first().waitFor();
    assertQuiet(visitor.said);
    await visitor.close();
  });

  test('five wrong owner tokens close the door for a while', async () => {
    const guesser = await visit(browser, site.origin);
    await guesser.chat.open();
    await guesser.chat.show('Diagnostics');
    await guesser.tab.getByText('Are you the site’s owner?').click();
    for (let tries = 0; tries < 6; tries += 1) {
      await guesser.tab.getByLabel('Owner token').fill(`guess-${tries}`);
      const [answer] = await Promise.all([
        guesser.tab.waitForResponse((response) => response.url().endsWith('/diagnostics/errors')),
        guesser.tab.getByRole('button', { name: 'Sign in' }).click(),
      ]);
      assert.equal(answer.status(), tries < 5 ? 401 : 429);
      await guesser.tab.getByRole('alert').waitFor();
    }
    await guesser.chat.says('There were too many wrong tries.');
    await guesser.close();
  });
});

describe('An answer that broke off', () => {
  test('is kept, and can go on', async () => {
    const proxy = await startProxy({ CANDOR_STALL_TIMEOUT: '2' });
    const browser = await launchChromium();
    const { tab, chat, close } = await visit(browser, proxy.origin);
    await chat.open();
    await chat.ask('fail: broken stream');
    await chat.answers('The answer broke off.');
    await tab.getByRole('button', { name: 'Continue' }).click();
    await chat.log.getByText('Please go on where you stopped.').waitFor();
    await chat.log.getByText('Here is the start of an answer').waitFor();
    await close();
    await browser.close();
    await proxy.stop();
  });
});
