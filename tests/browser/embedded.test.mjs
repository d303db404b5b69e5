// The chat as a part of the page, as a shortcode places it, and the owner whom the page's own site knows.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { assertQuiet, launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

const TOKEN = 'only-the-owner';
const json = (body) => ({ body: JSON.stringify(body), headers: { 'content-type': 'application/json' } });

describe('A chat that is part of the page', { concurrency: 2 }, () => {
  let proxy, site, browser;
  before(async () => {
    proxy = await startProxy({ CANDOR_OWNER_TOKEN: TOKEN, CANDOR_DIAGNOSTICS: 'reference' });
    const chat = (attributes) => `<candor-chat data-mode="embedded" ${attributes}></candor-chat>`;
    const manual = tag(proxy, 'data-manual');
    site = await startSite({
      '/': page(manual, `<h1>A shop</h1><a href="#x">First</a><div style="height: 3000px"></div>${chat('data-title="Below"')}<p>After it</p>`),
      '/two': page(manual, chat('data-title="One"') + chat('data-title="Two"')),
      '/owner': page(manual, chat('data-tab="diagnostics" data-owner="/who"')),
      '/guest': page(manual, chat('data-tab="diagnostics" data-owner="/nobody"')),
      '/who': json({ token: TOKEN, expires_at: 1 }),
      '/nobody': json({ token: null }),
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await proxy?.stop();
  });

  test('is loaded once it is scrolled to, stands in the text, takes no focus and is never closed', async () => {
    const { tab, chat, said, close } = await visit(browser);
    const fetched = [];
    tab.on('request', (request) => fetched.push(new URL(request.url()).pathname));
    await tab.goto(site.origin);
    await tab.waitForLoadState('networkidle');
    assert.deepEqual(fetched, ['/', '/candor.js']);
    assert.equal(await chat.launcher.isVisible(), false);
    await tab.getByRole('link', { name: 'First' }).focus();
    await tab.evaluate(() => scrollTo(0, document.body.scrollHeight));
    await tab.getByRole('dialog', { name: 'Below' }).waitFor();
    await chat.input.waitFor();
    assert.equal(await tab.evaluate(() => document.activeElement.textContent), 'First');
    assert.equal(await tab.getByRole('button', { name: 'Close chat' }).count(), 0);
    const [panel, next] = await Promise.all([chat.panel.boundingBox(), tab.getByText('After it').boundingBox()]);
    assert.ok(panel.y + panel.height <= next.y, 'what follows stands below it');
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await chat.input.press('Escape');
    assert.ok(await chat.panel.isVisible());
    assertQuiet(said);
    await close();
  });

  test('fits a phone, and two of them stand side by side in one page', async () => {
    const { tab, close } = await visit(browser, `${site.origin}/two`, { viewport: { width: 390, height: 780 } });
    const [one, two] = [tab.getByRole('dialog', { name: 'One' }), tab.getByRole('dialog', { name: 'Two' })];
    await one.getByRole('textbox', { name: 'Message' }).waitFor();
    await two.scrollIntoViewIfNeeded();
    await two.getByRole('textbox', { name: 'Message' }).waitFor();
    const [above, below] = await Promise.all([one.boundingBox(), two.boundingBox()]);
    assert.ok(above.width <= 390 && above.x >= 0 && above.y + above.height <= below.y, JSON.stringify([above, below]));
    assert.equal(await tab.evaluate(() => document.documentElement.scrollWidth), 390);
    assert.equal(await one.evaluate((panel) => getComputedStyle(panel).borderTopWidth), '1px', 'framed, as it does not fill the screen');
    await close();
  });

  test('knows the owner whom its site knows, and tells a guest nothing', async () => {
    const owner = await visit(browser, `${site.origin}/owner`);
    await owner.tab.getByRole('heading', { name: 'Errors of all visitors' }).waitFor();
    await owner.close();
    const guest = await visit(browser, `${site.origin}/guest`);
    await guest.tab.getByText('Are you the site’s owner?').waitFor();
    assert.equal(await guest.tab.getByRole('heading', { name: 'Errors of all visitors' }).count(), 0);
    assertQuiet(guest.said);
    await guest.close();
  });
});
