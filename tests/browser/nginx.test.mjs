// A web server between browser and proxy, as owners run it: Debian's nginx, well and badly set up.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startNginx } from './nginx.mjs';
import { Diagnostics, launchChromium, openDiagnostics, page, startProxy, startSite, tag, visit } from './product.mjs';

describe('Behind Debian’s nginx', { concurrency: 2 }, () => {
  let proxy, nginx, dead, site, browser;
  before(async () => {
    proxy = await startProxy({ CANDOR_STALL_TIMEOUT: '60' });
    const pageOf = (name) => page(tag(proxy, `data-endpoint="/${name}/candor/v1"`));
    nginx = await startNginx(proxy.origin, {
      plain: '',
      compressed: 'gzip on; gzip_proxied any; gzip_types text/event-stream; gzip_min_length 0;',
      buffered: 'proxy_ignore_headers X-Accel-Buffering;',
      kept: 'proxy_http_version 1.1; proxy_ignore_headers X-Accel-Buffering; gzip on; gzip_proxied any; gzip_types text/event-stream; gzip_min_length 0;',
      cors: 'proxy_hide_header Access-Control-Allow-Origin;',
      doubled: 'add_header Access-Control-Allow-Origin * always;',
      refused: 'limit_except GET { deny all; }',
      small: 'client_max_body_size 40;',
      hasty: 'proxy_read_timeout 300ms;',
    }, pageOf);
    dead = await startNginx('http://127.0.0.1:9', { down: '' }, pageOf);
    site = await startSite(Object.fromEntries(['cors', 'doubled'].map((name) =>
      [`/${name}`, page(tag(proxy, `data-endpoint="${nginx.origin}/${name}/candor/v1"`))])));
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await nginx?.stop();
    await dead?.stop();
    await proxy?.stop();
  });

  for (const [name, what] of [['plain', 'with its defaults'], ['compressed', 'with compression']]) {
    test(`${what}, a stream comes through as it is sent`, async () => {
      const seen = await openDiagnostics(browser, `${nginx.origin}/${name}.html`);
      await seen.check();
      await seen.verdict.getByText('Every link holds.').waitFor();
      await seen.close();
    });
  }

  for (const [name, what] of [['buffered', 'buffers'], ['kept', 'compresses in one piece']]) {
    test(`a stream that it ${what} is told of, and the chat works`, async () => {
      const seen = await openDiagnostics(browser, `${nginx.origin}/${name}.html`);
      await seen.assertWarned('Measured when the pieces of a stream arrive', 'pieces, sent over');
      await seen.verdict.getByText('collects the answer and hands it over in one piece').waitFor();
      await seen.close();
    });
  }

  for (const [name, what] of [['cors', 'removed'], ['doubled', 'doubled']]) {
    test(`Access-Control headers that it has ${what} are named`, async () => {
      const seen = await openDiagnostics(browser, `${site.origin}/${name}`);
      await seen.assertBroken('without the headers that let this page read the answer', 'Page');
      await seen.close();
    });
  }

  test('its own refusal is not taken for the proxy’s', async () => {
    const seen = await openDiagnostics(browser, `${nginx.origin}/refused.html`);
    await seen.assertBroken('What answers at the chat’s address is not the chat server.', 'Page');
    assert.match(await seen.checks.textContent(), /status 403.*403 Forbidden/);
    await seen.close();
  });

  test('a proxy that it cannot reach is named', async () => {
    const seen = await openDiagnostics(browser, `${dead.origin}/down.html`);
    await seen.assertBroken('the chat service does not answer', 'Page');
    assert.match(await seen.checks.textContent(), /status 502.*502 Bad Gateway/);
    await seen.close();
  });

  test('its limit on what may be sent is named', async () => {
    const { tab, chat, close } = await visit(browser, `${nginx.origin}/small.html`);
    await chat.open();
    await chat.ask('A question that is a little longer than what this server lets through.');
    await chat.explain.click();
    const error = new Diagnostics({ tab, chat }).errors.getByRole('listitem').first();
    assert.match(await error.textContent(), /Message too large for a server.*413/s);
    await close();
  });

  test('a time limit of its own that cuts answers off is named, and what had arrived is kept', async () => {
    const { tab, chat, close } = await visit(browser, `${nginx.origin}/hasty.html`);
    await chat.open();
    await chat.ask('fail: stalled stream');
    await chat.answers('The connection was lost.');
    await chat.answers('Here is the start of an answer');
    await chat.explain.click();
    const error = new Diagnostics({ tab, chat }).errors.getByRole('listitem').first();
    assert.match(await error.textContent(), /raise that limit in the web server/);
    await close();
  });
});
