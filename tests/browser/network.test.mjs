// The way between browser and proxy, when it breaks.

import assert from 'node:assert/strict';
import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { after, before, describe, test } from 'node:test';
import { launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

/** Passes bytes on to a port, until it is told to drop every connection. */
async function startForwarder(port) {
  const sockets = new Set();
  const server = createServer((inner) => {
    const outer = connect(port, '127.0.0.1');
    for (const socket of [inner, outer]) {
      sockets.add(socket);
      socket.on('error', () => {});
      socket.on('close', () => sockets.delete(socket));
    }
    inner.pipe(outer).pipe(inner);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const drop = () => sockets.forEach((socket) => socket.destroy());
  return {
    origin: `http://127.0.0.1:${server.address().port}`,
    drop,
    stop: () => new Promise((resolve) => {
      server.close(resolve);
      drop();
    }),
  };
}

describe('The way to the proxy', { concurrency: 2 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy();
    site = await startSite({ '/': page(tag(proxy)) });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  test('an answer whose connection is cut is taken up again, with no word lost or doubled', async () => {
    const forwarder = await startForwarder(new URL(proxy.origin).port);
    const shop = await startSite({ '/': page(tag(forwarder)) });
    const { tab, chat, close } = await visit(browser, shop.origin);
    await chat.open();
    await chat.say('Tell me a long story');
    let cuts = 0;
    for (const length of [120, 400]) {
      await tab.waitForFunction(
        (length) => document.querySelector('candor-chat').shadowRoot.querySelector('.markdown')?.textContent.length > length,
        length,
      );
      forwarder.drop();
      cuts += 1;
    }
    assert.equal(cuts, 2);
    await chat.send.waitFor({ timeout: 60_000 });
    assert.equal(await chat.explain.count(), 0, 'nothing is said to have failed');
    const shown = (await chat.replies.last().innerText()).replace(/\s+/g, ' ').trim();
    await tab.reload();
    await chat.open();
    await chat.replies.last().waitFor();
    assert.equal((await chat.replies.last().innerText()).replace(/\s+/g, ' ').trim(), shown, 'as the proxy has kept it');
    await close();
    await shop.stop();
    await forwarder.stop();
  });

  test('a firewall’s page in place of the proxy is named as such', async () => {
    const { tab, chat, close } = await visit(browser, site.origin);
    await chat.open();
    const page = '<html><head><title>403 Forbidden</title></head><body><h1>Request blocked</h1></body></html>';
    await tab.route('**/messages', (route) =>
      route.fulfill({ status: 403, contentType: 'text/html', body: page, headers: { 'access-control-allow-origin': '*' } }),
    );
    await chat.ask('hello');
    await chat.answers('The chat service can’t be reached.');
    await chat.explain.click();
    for (const words of ['A firewall before the chat service', '403 Forbidden', 'text/html']) await chat.says(words);
    await tab.unroute('**/messages');
    await chat.show('Chat');
    await chat.retry.click();
    await chat.answers('Hello, and welcome.');
    assert.equal(await chat.log.getByText('hello', { exact: true }).count(), 1, 'it was sent once');
    await close();
  });

  test('a rehearsed failure is never sent, whatever the connection does', async () => {
    const { tab, chat, close } = await visit(browser, proxy.origin);
    await chat.open();
    await chat.show('Diagnostics');
    await tab.getByRole('combobox', { name: 'Cause' }).selectOption('offline');
    await tab.getByRole('button', { name: 'Preview an error as visitors see it' }).click();
    await chat.answers('This device is offline.');
    const sent = [];
    tab.on('request', (request) => request.method() === 'POST' && sent.push(request.url()));
    await tab.evaluate(() => dispatchEvent(new Event('online')));
    await chat.retry.click();
    await chat.answers('This device is offline.');
    assert.deepEqual(sent, []);
    await close();
  });

  test('being offline is said, and the message goes by itself when the connection is back', async () => {
    const { context, chat, close } = await visit(browser, site.origin);
    await chat.open();
    await chat.says('Ask me anything');
    await context.setOffline(true);
    await chat.ask('hello');
    await chat.answers('This device is offline.');
    await context.setOffline(false);
    await chat.answers('Hello, and welcome.');
    assert.equal(await chat.log.getByText('hello', { exact: true }).count(), 1, 'it was sent once');
    await close();
  });

  test('an origin that is not allowed is told so, with the setting that allows it', async () => {
    const strict = await startProxy({ CANDOR_ALLOWED_ORIGINS: 'https://shop.example' });
    const shop = await startSite({ '/': page(tag(strict)) });
    const { chat, close } = await visit(browser, shop.origin);
    await chat.open();
    await chat.show('Diagnostics');
    await chat.says('This page is not allowed');
    await chat.says('This page may not use the chat.');
    await close();
    await shop.stop();
    await strict.stop();
  });
});
