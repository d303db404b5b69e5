// Whatever a visitor, a model, a provider or the owner's own settings bring into the chat stays text: no script runs, and nothing is fetched.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { END, ERRORS, PLACES, assertHarmless, startProvider, watched } from './harmless.mjs';
import { Diagnostics, assertQuiet, launchChromium, page, startProxy, startSite, tag } from './product.mjs';
import { VECTORS, groups } from './vectors.mjs';

const OWNER = 'the-owner-of-the-vectors';
describe('Vectors of cross-site scripting', () => {
  let provider, proxy, site, browser;
  const isKnown = (address) => {
    const { origin, pathname, protocol } = new URL(address);
    if (protocol === 'data:') return address === 'data:,';
    if (origin === site.origin) return pathname === '/';
    return origin === proxy.origin && /^\/(candor\.js|candor-[\w.-]+|candor\/v1\/[\w/-]+)$/.test(pathname);
  };
  const words = VECTORS.join(' ');
  before(async () => {
    provider = await startProvider();
    proxy = await startProxy({
      CANDOR_PROVIDER: 'openai',
      CANDOR_MAX_CONNECTIONS_PER_ADDRESS: '1000',
      CANDOR_BASE_URL: provider.url,
      CANDOR_API_KEY: 'sk-test-of-the-vectors-0123456789abcdef',
      CANDOR_MODEL: 'vectors',
      CANDOR_ALLOWED_ORIGINS: '*',
      CANDOR_DIAGNOSTICS: 'full',
      CANDOR_LIMITS: 'off',
      CANDOR_MESSAGE_CHARS: '50000',
      CANDOR_OWNER_TOKEN: OWNER,
      CANDOR_TITLE: words,
      CANDOR_SUBTITLE: words,
      CANDOR_GREETING: words,
      CANDOR_NOTICE: words,
      CANDOR_SUGGESTIONS: VECTORS.join('|'),
    });
    site = await startSite({ '/': page(tag(proxy)) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
    await provider?.stop();
  });

  /** The chat of a new visitor, open. */
  async function open() {
    const visitor = await watched(browser, isKnown);
    await visitor.tab.goto(site.origin);
    await visitor.chat.open();
    return visitor;
  }

  test('there are three hundred at least, and a page that takes them for markup runs them and asks for what they name', async () => {
    assert.ok(VECTORS.length >= 300, `${VECTORS.length} vectors`);
    const { tab, ran, asked, close } = await watched(browser, isKnown);
    await tab.goto(site.origin);
    await tab.evaluate((vectors) => {
      // Some write the page anew.
      const { body } = document;
      for (const vector of vectors) body.append(document.createRange().createContextualFragment(vector));
    }, VECTORS);
    while (!ran.length || !asked.length) await new Promise((resolve) => setTimeout(resolve, 20));
    await close();
  });

  test('in title, subtitle, greeting, notice and suggestions', async () => {
    const visitor = await open();
    const { tab, chat, said, close } = visitor;
    await tab.getByText(VECTORS.at(-1)).first().waitFor();
    const shown = await chat.panel.textContent();
    for (const vector of VECTORS.filter((vector) => !/\s\s|\|/.test(vector))) assert.ok(shown.includes(vector), vector);
    await assertHarmless(visitor);
    assertQuiet(said);
    await close();
  });

  test('in every place of an answer', async () => {
    const visitor = await open();
    const { tab, chat, said, close } = visitor;
    for (const place of Object.keys(PLACES)) {
      await chat.ask(`place: ${place}`);
      await chat.answers(END.slice(0, 4));
      await assertHarmless(visitor);
      await tab.getByRole('button', { name: 'New conversation' }).click();
    }
    assertQuiet(said);
    await close();
  });

  test('all in one message, and in one answer', async () => {
    const visitor = await open();
    const { chat, said, close } = visitor;
    const all = VECTORS.join('\n');
    await chat.ask(all);
    await chat.replies.last().waitFor();
    const [question] = await chat.log.getByRole('article', { name: 'You' }).allTextContents();
    for (const vector of VECTORS) assert.ok(question.includes(vector), vector);
    await assertHarmless(visitor);
    assertQuiet(said);
    await close();
  });

  test('each in a message, an answer and a title of its own', async () => {
    const visitor = await open();
    const { tab, chat, said, close } = visitor;
    await chat.ask('hello');
    const token = await tab.evaluate(() => Object.values(localStorage).find((value) => value.startsWith('ct_')));
    const api = `${proxy.origin}/candor/v1/conversations`;
    const send = async (address, method, body) => {
      const headers = { authorization: `Bearer ${token}`, 'content-type': 'application/json', 'idempotency-key': crypto.randomUUID() };
      const response = await fetch(address, { method, headers, body: JSON.stringify(body) });
      const text = await response.text();
      assert.ok(response.ok, text);
      return text;
    };
    for (const vectors of groups(6000)) {
      await tab.getByRole('button', { name: 'New conversation' }).click();
      await chat.ask('hello');
      const { conversations: [{ id }] } = await (await fetch(api, { headers: { authorization: `Bearer ${token}` } })).json();
      for (const vector of vectors) await send(`${api}/${id}/messages`, 'POST', { content: vector });
      await tab.reload();
      await chat.open();
      const earlier = tab.getByRole('button', { name: 'Show earlier messages' });
      const messages = chat.log.getByRole('article');
      await messages.first().waitFor();
      while (await earlier.isVisible()) {
        const before = await messages.count();
        await earlier.click();
        await messages.nth(before).waitFor();
      }
      assert.equal(await messages.count(), 2 * (vectors.length + 1));
      await assertHarmless(visitor);
    }
    // The first message names a conversation, unless it has a name.
    await Promise.all(VECTORS.map(async (vector, number) => {
      const { id } = JSON.parse(await send(api, 'POST', number % 2 ? { title: [...vector].slice(0, 120).join('') } : {}));
      await send(`${api}/${id}/messages`, 'POST', { content: vector });
    }));
    await chat.show('History');
    const rows = tab.getByRole('list', { name: 'Conversations' }).getByRole('listitem');
    const more = tab.getByRole('button', { name: 'Show earlier ones' });
    await rows.first().waitFor();
    while (await more.isVisible()) {
      const before = await rows.count();
      await more.click();
      await rows.nth(before).waitFor();
    }
    assert.ok((await rows.count()) > VECTORS.length);
    await assertHarmless(visitor);
    assertQuiet(said);
    await close();
  });

  for (const [title, task] of [['an error', 'refuse'], ['a page that comes in place of an answer', 'block']]) {
    test(`in ${title} of the provider, as the visitor and the owner read it`, async () => {
      const visitor = await open();
      const { tab, chat, said, close } = visitor;
      for (const number of ERRORS.keys()) {
        await chat.ask(`${task}: ${number}`);
        await chat.explain.last().waitFor();
      }
      await assertHarmless(visitor);
      await chat.explain.last().click();
      await new Diagnostics(visitor).errors.getByRole('listitem').first().waitFor();
      await tab.getByText('Are you the site’s owner?').click();
      await tab.getByLabel('Owner token').fill(OWNER);
      await tab.getByRole('button', { name: 'Sign in' }).click();
      const log = tab.getByRole('list', { name: 'Errors of all visitors' });
      await log.getByRole('listitem').first().waitFor();
      if (task === 'refuse') {
        const shown = await chat.panel.textContent();
        assert.ok(VECTORS.filter((vector) => shown.includes(vector)).length >= 300, 'the errors are shown word for word');
      }
      await assertHarmless(visitor);
      assertQuiet(said);
      await close();
    });
  }
});
