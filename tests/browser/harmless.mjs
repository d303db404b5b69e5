// Vectors of cross-site scripting where they could do harm: a provider that says them, and a tab that notes whatever they do.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { visit } from './product.mjs';
import { VECTORS, groups } from './vectors.mjs';

/** How an answer with vectors ends. */
export const END = 'This is where the vectors end.';

/** Where a vector may stand in an answer. */
export const PLACES = {
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
export const FORBIDDEN = [
  'applet', 'audio', 'base', 'embed', 'foreignObject', 'frame', 'frameset', 'iframe', 'image', 'img', 'input[type="image"]', 'isindex',
  'link', 'marquee', 'math', 'meta', 'object', 'script', 'source', 'video', 'animate', 'set', '[srcdoc]', '[formaction]', '[background]',
];

/** Errors of a provider, each of some vectors. */
export const ERRORS = groups(600);

/** A provider that says what it is asked to: vectors in a place, an error of them, or what the visitor wrote. */
export async function startProvider() {
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
export async function watched(browser, isKnown) {
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
export async function assertHarmless({ tab, ran, asked }) {
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
