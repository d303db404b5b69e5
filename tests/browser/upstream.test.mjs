// The proxy before an upstream that nobody here wrote: aimock, which speaks OpenAI's API and fails at will.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { LLMock } from '@copilotkit/aimock';
import { KEY as TESTS_KEY, startProvider } from '../wordpress/provider.mjs';
import { launchChromium, overhear, page, startProxy, startSite, tag, visit } from './product.mjs';

const KEY = 'sk-test-0123456789abcdef0123456789abcdef';

/** A proxy that asks this upstream, and a page that embeds it. */
async function embed(mock, variables = {}) {
  const proxy = await startProxy({
    CANDOR_PROVIDER: 'openai',
    CANDOR_BASE_URL: `${mock.url}/v1`,
    CANDOR_API_KEY: KEY,
    CANDOR_MODEL: 'gpt-4o-mini',
    CANDOR_DIAGNOSTICS: 'full',
    CANDOR_ALLOWED_ORIGINS: '*',
    CANDOR_REPLY_TIMEOUT: '2',
    CANDOR_STALL_TIMEOUT: '2',
    ...variables,
  });
  const site = await startSite({ '/': page(tag(proxy)) });
  return { proxy, site };
}

describe('With a real API behind the proxy', () => {
  let mock, proxy, site, browser;
  before(async () => {
    mock = await LLMock.create({ host: '127.0.0.1', port: 0, latency: 15, chunkSize: 8, auth: { apiKeys: [KEY] } });
    mock.onMessage('seats', { content: 'Two seats fit: **Pere** and the IT Chair. Fitting takes twenty minutes.' });
    mock.onMessage('cut', { content: 'This answer is cut off long before it is at its end.' }, { truncateAfterChunks: 3 });
    mock.onMessage('slow', { content: 'Too late.' }, { latency: 5000 });
    mock.onMessage('scope', {
      status: 403,
      error: { message: 'Missing scopes: model.request', type: 'invalid_request_error' },
    });
    mock.onMessage('hello', { content: 'Good day.' });
    ({ proxy, site } = await embed(mock));
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
    await mock?.stop();
  });

  test('an answer is streamed, with the whole conversation sent and nothing of the key shown', async () => {
    const { tab, chat, close } = await visit(browser);
    const bodies = await overhear(tab);
    await tab.goto(site.origin);
    await chat.open();
    await chat.ask('Which seats fit?');
    await chat.answers('Two seats fit: Pere and the IT Chair. Fitting takes twenty minutes.');
    await chat.ask('hello');
    await chat.answers('Good day.');
    const sent = mock.getLastRequest().body.messages.map(({ role, content }) => `${role}: ${content}`);
    assert.deepEqual(sent.slice(-3), [
      'user: Which seats fit?',
      'assistant: Two seats fit: **Pere** and the IT Chair. Fitting takes twenty minutes.',
      'user: hello',
    ]);
    const seen = bodies.join('\n');
    assert.ok(seen.includes('Good day.'), 'the responses were looked at');
    assert.ok(!seen.includes(KEY));
    assert.ok(!proxy.lines.join('\n').includes(KEY));
    assert.ok(!proxy.lines.join('\n').includes('Which seats'), 'what visitors write is in no log');
    await close();
  });

  for (const [name, arrange, sentence, facts] of [
    ['a refusal', () => 'scope', 'The assistant can’t answer right now.', ['Key lacks a permission', '403', 'invalid_request_error']],
    ['a stream that is cut', () => 'cut', 'The answer broke off.', ['Answer cut short']],
    ['an answer that comes too late', () => 'slow', 'took too long', ['No answer in time']],
    ['an error of the server', () => (mock.setChaos({ dropRate: 1 }), 'hello'), 'The assistant can’t answer right now.', ['500']],
    ['a rate limit', () => (mock.setChaos({ rateLimitRate: 1 }), 'hello'), 'The assistant is very busy.', ['Too many requests at once', '429']],
    ['JSON that is none', () => (mock.setChaos({ malformedRate: 1 }), 'hello'), '', []],
    ['a connection that is destroyed', () => (mock.setChaos({ disconnectRate: 1 }), 'hello'), '', []],
  ]) {
    test(`${name} is told, and Retry is answered once it is over`, async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      const words = arrange();
      await chat.ask(words);
      await chat.answers(sentence);
      await chat.explain.click();
      const error = tab.getByRole('list', { name: 'Errors' }).getByRole('listitem').first();
      const told = await error.textContent();
      for (const fact of facts) assert.ok(told.includes(fact), `${fact} is missing in: ${told}`);
      mock.clearChaos();
      await chat.show('Chat');
      if (words === 'hello') {
        await chat.retry.click();
        await chat.answers('Good day.');
        assert.equal(await chat.explain.count(), 0);
      } else {
        await chat.ask('hello');
        await chat.answers('Good day.');
      }
      await close();
    });
  }

  test('a visitor sees that the model thinks, and nothing of what it thinks', async () => {
    const provider = await startProvider();
    const thinking = await embed({ url: new URL(provider.url).origin }, { CANDOR_API_KEY: TESTS_KEY });
    const { chat, close } = await visit(browser, thinking.site.origin);
    await chat.open();
    await chat.say('play: reasoning');
    await chat.replies.last().getByText('Thinking', { exact: true }).waitFor();
    await chat.answers('Hello!');
    const said = await chat.panel.textContent();
    assert.ok(!said.includes('Thinking') && !said.includes('The visitor greets'), said);
    await close();
    await Promise.all([thinking.site.stop(), thinking.proxy.stop(), provider.stop()]);
  });

  test('a wrong key is told as one', async () => {
    const wrong = await embed(mock, { CANDOR_API_KEY: 'sk-test-wrong00000000000000000000' });
    const { chat, close } = await visit(browser, wrong.site.origin);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('The assistant can’t answer right now.');
    await chat.explain.click();
    await chat.says('Key is not accepted');
    await chat.says('401');
    assert.ok(!(await chat.panel.textContent()).includes('sk-test-wrong'));
    await close();
    await wrong.site.stop();
    await wrong.proxy.stop();
  });

  test('an upstream that is not there is told as the proxy’s way, not the visitor’s', async () => {
    const gone = await embed({ url: 'http://127.0.0.1:9' });
    const { chat, close } = await visit(browser, gone.site.origin);
    await chat.open();
    await chat.ask('hello');
    await chat.explain.click();
    await chat.says('AI service cannot be reached');
    await close();
    await gone.site.stop();
    await gone.proxy.stop();
  });
});
