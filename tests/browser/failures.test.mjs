// Every failure that the demo plays: told in one sentence, explained in Diagnostics, and survived by the chat.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, launchChromium, overhear, page, startProxy, startSite, tag, visit } from './product.mjs';

const CANNOT = 'The assistant can’t answer right now.';

/** After which trying again does not help: only the site's owner can put it right, or other words. */
const FINAL = ['missing scopes', 'invalid key', 'no quota', 'unknown model', 'firewall', 'message_flagged', 'moderation_refused'];

/** What is sent, the sentence in the chat, and what Diagnostics shows. */
const FAILURES = [
  ['missing scopes', CANNOT, ['Key lacks a permission', '403', 'invalid_request_error', 'Missing scopes: model.request.']],
  ['invalid key', CANNOT, ['Key is not accepted', '401', 'invalid_api_key', 'Incorrect API key provided']],
  ['no quota', CANNOT, ['Allowance used up', '429', 'insufficient_quota', 'You exceeded your current quota']],
  ['rate limit', 'The assistant is very busy.', ['Rate limit', '429', 'rate_limit_exceeded', '20 s']],
  ['unknown model', CANNOT, ['Model not found', '404', 'model_not_found', 'does not exist']],
  ['overloaded', 'The assistant is very busy.', ['AI service is overloaded', '503']],
  ['firewall', 'The assistant can’t be reached right now.', ['403', 'text/html']],
  ['broken stream', 'The answer broke off.', ['Answer cut short']],
  ['stalled stream', 'The answer stopped coming.', ['Answer stopped coming']],
  ['timeout', 'The assistant took too long to answer.', ['No answer in time']],
  ['message_flagged', 'The assistant may not answer this.', ['Held back by moderation', 'Flagged by moderation: harassment.']],
  ['moderation_refused', CANNOT, ['No moderation', '404', 'Resource not found']],
  ['moderation_unavailable', CANNOT, ['Moderation does not answer', '503']],
];

describe('A failure', { concurrency: 3 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy({ CANDOR_REPLY_TIMEOUT: '2', CANDOR_STALL_TIMEOUT: '2', CANDOR_MODERATION: 'true' });
    site = await startSite({ '/': page(tag(proxy)) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  for (const [failure, sentence, facts] of FAILURES) {
    test(`“${failure}” is told and explained, and the chat goes on`, async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      await chat.open();
      await chat.ask(`fail: ${failure}`);
      await chat.answers(sentence);
      await chat.log.getByText(`fail: ${failure}`, { exact: true }).waitFor();
      assert.equal(await chat.retry.isVisible(), !FINAL.includes(failure), 'what cannot help is not offered');
      assert.ok(await chat.input.isEnabled());
      if (failure.endsWith('stream')) {
        const reply = await chat.replies.last().textContent();
        assert.ok(reply.indexOf(sentence) > 10, `what had come is kept: ${reply}`);
      }

      await chat.explain.click();
      const error = tab.getByRole('list', { name: 'Errors' }).getByRole('listitem').first();
      await error.waitFor();
      const words = await error.textContent();
      for (const fact of facts) assert.ok(words.includes(fact), `${fact} is missing in: ${words}`);
      assert.ok(await error.evaluate((card) => card.getRootNode().activeElement === card), 'the error has the focus');

      await chat.show('Chat');
      await chat.ask('hello');
      await chat.answers('Hello, and welcome.');
      assert.equal(await chat.retry.count(), 0, 'only the last failure can be tried again');
      assertQuiet(said);
      await close();
    });
  }

  test('Retry asks again without a second message', async () => {
    const { chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.ask('fail: overloaded');
    await chat.answers('very busy');
    await chat.retry.click();
    await chat.stop.waitFor({ state: 'detached' });
    await chat.answers('very busy');
    assert.equal(await chat.log.getByText('fail: overloaded', { exact: true }).count(), 1);
    await chat.explain.click();
    await chat.says('2 times, last');
    await close();
  });
});

describe('What a visitor may see is the owner’s setting', () => {
  let browser;
  before(async () => (browser = await launchChromium()));
  after(() => browser?.close());

  for (const [diagnostics, shown] of [['reference', ['invalid_request_error', 'CR-']], ['off', []]]) {
    test(`under “${diagnostics}” the provider’s words never reach the browser`, async () => {
      const proxy = await startProxy({ CANDOR_DIAGNOSTICS: diagnostics });
      const site = await startSite({ '/': page(tag(proxy)) });
      const { tab, chat, close } = await visit(browser, site.origin);
      const bodies = await overhear(tab);
      await chat.open();
      await chat.ask('fail: missing scopes');
      await chat.answers(CANNOT);
      if (diagnostics !== 'off') await chat.explain.click();
      const place = diagnostics === 'off' ? chat.log : tab.getByRole('list', { name: 'Errors' }).getByRole('listitem').first();
      const words = await place.textContent();
      for (const fact of shown) assert.ok(words.includes(fact), `${fact} is missing in: ${words}`);
      await tab.reload();
      await chat.open();
      await chat.answers(CANNOT);
      const seen = `${bodies.join('\n')}\n${await chat.panel.textContent()}`;
      assert.ok(seen.includes('fail: missing scopes'), 'the responses were looked at');
      for (const secret of ['insufficient permissions', 'model.request', 'req_']) {
        assert.ok(!seen.includes(secret), `${secret} was sent`);
      }
      await close();
      await site.stop();
      await proxy.stop();
    });
  }
});
