// Whatever a visitor, a model, a provider or the owner's own settings bring into the chat stays text: no script runs, and nothing is fetched.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { Diagnostics, assertQuiet, launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';
import { VECTORS, groups } from './vectors.mjs';

const OWNER = 'the-owner-of-the-vectors';
const END = 'This is where the vectors end.';

/** Where a vector may stand in an answer. */
const PLACES = {
  'a paragraph': (vector) => vector,
  'a heading': (vector) => `## ${vector}`,
  'an item': (vector) => `- ${vector}`,
  'a quotation': (vector) => `> ${vector}`,
  'emphasis': (vector) => `**${vector}**`,
  'code': (vector) => `\`\` ${vector} \`\``,
  'a block of code': (vector) => `~~~\n${vector}\n~~~`,
  'the language of a block of code': (vector) => `~~~ ${vector}\nwords\n~~~`,
  'a table': (vector) => `| ${vector} |\n| --- |\n| ${vector} |`,
  'the address of a link': (vector) => `[words](${vector})`,
  'the address of a link in angles': (vector) => `[words](<${vector}>)`,
  'the title of a link': (vector) => `[words](https://a.example/ "${vector}")`,
  'the words of a link': (vector) => `[${vector}](https://a.example/)`,
  'a link by itself': (vector) => `<${vector}>`,
  'a link that is defined elsewhere': (vector, number) => `[words][${number}]\n\n[${number}]: ${vector}`,
  'the end of an address': (vector) => `https://a.example/${vector}`,
  'an image': (vector) => `![${vector}](${vector} "${vector}")`,
  'mathematics': (vector) => `$$${vector}$$`,
};

/** What an element of the chat never is, and what attributes it never has. */
const FORBIDDEN = [
  'applet', 'audio', 'base', 'embed', 'foreignObject', 'frame', 'frameset', 'iframe', 'image', 'img', 'input[type="image"]', 'isindex',
  'link', 'marquee', 'math', 'meta', 'object', 'script', 'source', 'video', 'animate', 'set', '[srcdoc]', '[formaction]', '[background]',
];

const ERRORS = groups(600);

/** A provider that says what it is asked to: vectors in a place, an error of them, or what the visitor wrote. */
async function startProvider() {
  const send = (response, words) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    const piece = (delta, finish_reason = null) => response.write(`data: ${JSON.stringify({ choices: [{ index: 0, delta, finish_reason }] })}\n\n`);
    for (let at = 0; at < words.length; at += 500) piece({ content: words.slice(at, at + 500) });
    piece({}, 'stop');
    response.end('data: [DONE]\n\n');
  };
  const server = createServer(async (request, response) => {
    const { messages } = JSON.parse(Buffer.concat(await request.toArray()));
    const question = messages.at(-1).content;
    // Questions that were refused stand before the latest one, in one message with it.
    const [, task, which] = /(place|refuse|block): ([^\n]+)$/.exec(question) ?? [];
    const [first, second, third] = ERRORS[which] ?? [];
    if (task === 'place') return send(response, `${VECTORS.map(PLACES[which]).join('\n\n')}\n\n${END}`);
    if (task === 'refuse') {
      const error = { message: ERRORS[which].join('\n'), type: first, code: second, param: third };
      return response.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ error }));
    }
    if (task === 'block') {
      const body = `<!doctype html><html><head><title>${first}</title></head><body><h1>${second}</h1>${ERRORS[which].join('\n')}</body></html>`;
      return response.writeHead(403, { 'content-type': 'text/html', server: 'a firewall' }).end(body);
    }
    return send(response, question);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const stop = () => new Promise((resolve) => {
    server.closeAllConnections();
    server.close(resolve);
  });
  return { url: `http://127.0.0.1:${server.address().port}/v1`, stop };
}

/**
 * A tab that notes each script that a vector ran, each dialog and each new window, and each request that is not known. No request
 * leaves this machine.
 */
async function watched(browser, isKnown) {
  const visitor = await visit(browser);
  const { tab, context } = visitor;
  const ran = [];
  const asked = [];
  await context.exposeBinding('planted', (_, words) => ran.push(words));
  await context.addInitScript(() => {
    for (const name of ['alert', 'confirm', 'prompt', 'print', 'open']) window[name] = (words) => window.planted(`${name}: ${words}`);
  });
  tab.on('dialog', (dialog) => {
    ran.push(`a dialog: ${dialog.message()}`);
    return dialog.dismiss();
  });
  context.on('page', (other) => ran.push(`a window: ${other.url()}`));
  context.on('request', (request) => {
    if (!isKnown(request.url())) asked.push(request.url());
  });
  await context.route((url) => !isKnown(url.href), (route) => route.abort());
  return { ...visitor, ran, asked };
}

/** Fails where a vector ran, asked for something, or became more than text. */
async function assertHarmless({ tab, ran, asked }) {
  const made = await tab.evaluate((forbidden) => {
    const root = document.querySelector('candor-chat').shadowRoot;
    const elements = [...root.querySelectorAll('*')];
    const strange = elements.filter((element) => element.matches(forbidden.join()));
    const handlers = elements.filter((element) => element.getAttributeNames().some((name) => /^on/i.test(name)));
    const links = [...root.querySelectorAll('[href], [*|href]')].filter((link) => !/^\s*(https?:\/\/|mailto:|tel:|#|\/(?![/\\]))/i.test(link.getAttribute('href')));
    const styled = [...root.querySelectorAll('[role=log] :is(style, [style])')];
    return [...strange, ...handlers, ...links, ...styled].map((element) => element.outerHTML.slice(0, 200));
  }, FORBIDDEN);
  assert.deepEqual({ made, ran, asked }, { made: [], ran: [], asked: [] });
}

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
