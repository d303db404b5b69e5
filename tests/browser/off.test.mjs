// Diagnostics that are off: a visitor meets nothing of them on any path, and the owner gets there all the same.

import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { file } from './parts.mjs';
import { launchChromium, page, startProxy, startSite, tag, visit } from './product.mjs';

const OWNER = 'only-the-owner';
const CANNOT = 'The assistant can’t answer right now.';

/** Fails where anything of Diagnostics, or a word of the provider’s, is there. */
async function assertNothing({ tab, chat }, place) {
  assert.deepEqual(await tab.getByRole('tab').allTextContents(), ['Chat', 'History'], place);
  for (const name of ['What happened?', 'Run checks', 'Copy report', 'Sign in', /Preview an error/, /new visitor/]) {
    assert.equal(await tab.getByRole('button', { name }).count(), 0, `${place}: ${name}`);
  }
  const words = await chat.panel.textContent();
  for (const secret of ['insufficient', 'model.request', 'invalid_request_error', 'API Error', 'req_', 'owner token', 'Are you the site’s owner']) {
    assert.ok(!words.includes(secret), `${place}: ${secret} is in: ${words}`);
  }
}

/** Notes every name that the row of tabs ever had. */
const watchTabs = (tab) =>
  tab.addInitScript(() => {
    window.tabsSeen = new Set();
    const look = () => {
      const tabs = document.querySelector('candor-chat')?.shadowRoot?.querySelectorAll('[role=tab]') ?? [];
      for (const { textContent } of tabs) window.tabsSeen.add(textContent);
      requestAnimationFrame(look);
    };
    look();
  });

/** Every way in which a visitor might come upon it. */
async function roam(visitor) {
  const { tab, chat } = visitor;
  await chat.open();
  await assertNothing(visitor, 'an empty chat');
  await chat.ask('fail: missing scopes');
  await chat.answers(CANNOT);
  await assertNothing(visitor, 'a failure');
  await tab.getByRole('tab', { name: 'Chat' }).focus();
  for (const key of ['ArrowLeft', 'ArrowLeft', 'ArrowLeft', 'End', 'ArrowRight', 'End']) {
    await tab.keyboard.press(key);
    await assertNothing(visitor, key);
  }
  assert.equal(await tab.getByRole('tab', { selected: true }).textContent(), 'History');
  await tab.getByRole('button', { name: /^Open fail/ }).first().click();
  await chat.answers(CANNOT);
  await assertNothing(visitor, 'a failure that was kept');
  await tab.reload();
  await chat.open();
  await chat.answers(CANNOT);
  await assertNothing(visitor, 'a failure after a reload');
  assert.deepEqual(await tab.evaluate(() => [...window.tabsSeen]), ['Chat', 'History'], 'not even for a moment');
}

async function signIn(tab) {
  await tab.getByText('Are you the site’s owner?').click();
  await tab.getByLabel('Owner token').fill(OWNER);
  await tab.getByRole('button', { name: 'Sign in' }).click();
  await tab.getByRole('list', { name: 'Errors of all visitors' }).waitFor({ state: 'attached' });
}

describe('Diagnostics that are off', { concurrency: 3 }, () => {
  let full, off, site, browser;
  before(async () => {
    full = await startProxy({ CANDOR_OWNER_TOKEN: OWNER });
    off = await startProxy({ CANDOR_DIAGNOSTICS: 'off', CANDOR_OWNER_TOKEN: OWNER });
    const gateway = `data-transport="openai" data-model="llama" data-endpoint="${full.origin}/nothing/v1" data-diagnostics="off"`;
    const manual = `${tag(off, 'data-manual')}<candor-chat data-tab="diagnostics"></candor-chat>`;
    site = await startSite({
      '/full': page(tag(full)),
      '/page': page(tag(full, 'data-diagnostics="off"')),
      '/page-tab': page(tag(full, 'data-diagnostics="off" data-tab="diagnostics"')),
      '/proxy': page(tag(off)),
      '/proxy-tab': page(tag(off, 'data-tab="diagnostics"')),
      '/proxy-louder': page(tag(off, 'data-diagnostics="full" data-tab="diagnostics"')),
      '/manual': page('', manual),
      '/gateway': page(tag(full, `${gateway} data-tab="diagnostics"`)),
      '/owner': page(tag(off, 'data-tab="diagnostics" data-owner="/who"')),
      '/owners': page(tag(off, 'data-tab="diagnostics" data-owner="sign-in"')),
      '/who': { body: JSON.stringify({ token: OWNER }), headers: { 'content-type': 'application/json' } },
      '/stranger': page(tag(off, 'data-tab="diagnostics" data-owner="/nobody"')),
      '/nobody': { body: '{"token":null}', headers: { 'content-type': 'application/json' } },
    });
    browser = await launchChromium();
  });
  after(async () => {
    await browser?.close();
    await site?.stop();
    await full?.stop();
    await off?.stop();
  });

  for (const path of ['/page', '/page-tab', '/proxy', '/proxy-tab', '/proxy-louder', '/manual', '/stranger']) {
    test(`are met nowhere by a visitor of ${path}`, async () => {
      const visitor = await visit(browser);
      await watchTabs(visitor.tab);
      await visitor.tab.goto(site.origin + path);
      await roam(visitor);
      await visitor.close();
    });

    test(`are met nowhere where the settings do not come, on ${path}`, async () => {
      const visitor = await visit(browser);
      await watchTabs(visitor.tab);
      let fails = 0;
      await visitor.tab.route('**/candor/v1/config', (route) => (fails++ ? route.abort() : setTimeout(() => route.abort(), 300)));
      await visitor.tab.goto(site.origin + path);
      await visitor.chat.open();
      await visitor.chat.ask('fail: missing scopes');
      await visitor.chat.replies.last().getByRole('alert').waitFor();
      await assertNothing(visitor, 'a failure');
      await visitor.chat.show('History');
      await assertNothing(visitor, 'History');
      assert.deepEqual(await visitor.tab.evaluate(() => [...window.tabsSeen]), ['Chat', 'History']);
      await visitor.close();
    });
  }

  test('are met nowhere in a copy of the script that no server writes into, once the chat server has said so', async () => {
    const visitor = await visit(browser);
    const { tab, chat, close } = visitor;
    await watchTabs(tab);
    await tab.route('**/candor.js', async (route) => {
      const response = await route.fetch();
      await route.fulfill({ response, body: (await response.text()).replace(/^self\.Candor.*\n/, '') });
    });
    await tab.goto(`${site.origin}/proxy`);
    await chat.open();
    await chat.ask('hello');
    await tab.route('**/candor/v1/**', (route) => route.abort());
    await tab.reload();
    await chat.open();
    await chat.ask('hello');
    await chat.replies.last().getByRole('alert').waitFor();
    await chat.show('History');
    await assertNothing(visitor, 'a chat server that cannot be reached');
    assert.deepEqual(await tab.evaluate(() => [...window.tabsSeen]), ['Chat', 'History']);
    await close();
  });

  test('are met nowhere with a gateway', async () => {
    const visitor = await visit(browser, `${site.origin}/gateway`);
    await visitor.chat.open();
    await visitor.chat.ask('hello');
    await visitor.chat.replies.last().getByRole('alert').waitFor();
    await assertNothing(visitor, 'a failure');
    await visitor.close();
  });

  for (const part of ['diagnostics', 'history', 'conversation', 'local']) {
    test(`are met nowhere where the part “${part}” does not come`, async () => {
      const visitor = await visit(browser);
      await visitor.tab.route(file(part), (route) => route.abort());
      await visitor.tab.goto(site.origin + (part === 'local' ? '/gateway' : '/proxy-tab'));
      await visitor.chat.open();
      await visitor.chat.ask('fail: missing scopes');
      await visitor.chat.replies.last().getByRole('alert').waitFor();
      await visitor.chat.show('History');
      await visitor.chat.show('Chat');
      await assertNothing(visitor, part);
      await visitor.close();
    });
  }

  test('where they are on come without moving another tab from its place', async () => {
    const { tab, chat, close } = await visit(browser);
    await tab.route('**/candor/v1/config', async (route) => {
      await tab.getByRole('tab', { name: 'History' }).evaluate((node) => { node.dataset.was = 'History'; });
      await route.continue();
    });
    await tab.goto(`${site.origin}/full`);
    await chat.launcher.click();
    await tab.getByRole('tab', { name: 'Diagnostics' }).waitFor();
    assert.deepEqual(await tab.getByRole('tab').evaluateAll((all) => all.map(({ dataset }) => dataset.was ?? '')), ['', 'History', '']);
    await close();
  });

  test('are not even fetched for a visitor', async () => {
    const { tab, chat, close } = await visit(browser);
    const fetched = [];
    tab.on('request', (request) => fetched.push(request.url()));
    await tab.goto(`${site.origin}/proxy`);
    await chat.open();
    await chat.ask('fail: missing scopes');
    await chat.answers(CANNOT);
    assert.ok(!fetched.some((url) => file('diagnostics').test(url)), fetched.join(' '));
    await close();
  });

  for (const path of ['/page', '/proxy']) {
    test(`are there for the owner, by the address, on ${path}`, async () => {
      const visitor = await visit(browser, `${site.origin}${path}#candor-owner`);
      const { tab, chat, close } = visitor;
      await chat.open();
      await chat.ask('fail: missing scopes');
      await chat.answers(CANNOT);
      await chat.show('Diagnostics');
      await tab.getByRole('list', { name: 'Errors', exact: true }).getByRole('listitem').first().waitFor();
      assert.ok(!(await chat.panel.textContent()).includes('model.request'), 'before the owner has signed in nothing is told');
      await signIn(tab);
      await chat.says('Missing scopes: model.request.');
      await tab.goto(`${site.origin}${path}`);
      await tab.reload();
      await chat.open();
      await tab.getByRole('tab', { name: 'Diagnostics' }).waitFor();
      await chat.show('Diagnostics');
      await tab.getByRole('button', { name: 'Sign out' }).click();
      await tab.getByRole('tab', { name: 'Diagnostics' }).waitFor({ state: 'detached' });
      await assertNothing(visitor, 'who has signed out is a visitor');
      await close();
    });
  }

  test('are gone for an owner who signs out while the errors are fetched once more', async () => {
    const visitor = await visit(browser, `${site.origin}/proxy#candor-owner`);
    const { tab, chat, close } = visitor;
    await chat.open();
    await chat.show('Diagnostics');
    await signIn(tab);
    await tab.goto(`${site.origin}/proxy`);
    await chat.open();
    await chat.show('Diagnostics');
    await tab.getByRole('list', { name: 'Errors of all visitors' }).waitFor({ state: 'attached' });
    let release;
    const released = new Promise((go) => { release = go; });
    await tab.route('**/diagnostics/errors', async (route) => {
      const response = await route.fetch();
      await released;
      await route.fulfill({ response });
    });
    const asked = tab.waitForRequest('**/diagnostics/errors');
    await chat.show('Chat');
    await chat.show('Diagnostics');
    await asked;
    await tab.getByRole('button', { name: 'Sign out' }).click();
    await tab.getByRole('tab', { name: 'Diagnostics' }).waitFor({ state: 'detached' });
    const answered = () => performance.getEntriesByType('resource').filter(({ name }) => name.endsWith('/diagnostics/errors')).length;
    const before = await tab.evaluate(answered);
    release();
    await tab.waitForFunction(`(${answered})() > ${before}`);
    await tab.evaluate(() => new Promise((painted) => requestAnimationFrame(() => setTimeout(painted))));
    await assertNothing(visitor, 'who has signed out is a visitor');
    assert.equal(await tab.evaluate(() => Object.keys(sessionStorage).find((key) => key.includes('owner'))), undefined);
    await close();
  });

  test('are there once the owner has put the address right in an open page', async () => {
    const { tab, chat, close } = await visit(browser, `${site.origin}/proxy`);
    await chat.open();
    await tab.getByRole('tab', { name: 'History' }).waitFor();
    await tab.evaluate(() => { location.hash = 'candor-owner'; });
    await chat.show('Diagnostics');
    await signIn(tab);
    await close();
  });

  test('are there for an owner whom the site knows, and for whoever opens the owner’s own page', async () => {
    const known = await visit(browser, `${site.origin}/owner`);
    await known.chat.launcher.click();
    await known.tab.getByRole('list', { name: 'Errors of all visitors' }).waitFor({ state: 'attached' });
    await known.close();
    const owners = await visit(browser, `${site.origin}/owners`);
    await owners.chat.launcher.click();
    await owners.tab.getByText('Are you the site’s owner?').waitFor();
    await signIn(owners.tab);
    await owners.close();
  });

  test('are there for who has set up a page with a gateway, by the address', async () => {
    const { tab, chat, close } = await visit(browser, `${site.origin}/gateway#candor-owner`);
    await chat.launcher.click();
    await tab.getByRole('button', { name: 'Run checks' }).waitFor();
    await close();
  });
});

describe('What only the owner can put right', { concurrency: 3 }, () => {
  let browser;
  before(async () => (browser = await launchChromium()));
  after(() => browser?.close());

  for (const [contact, words, href] of [
    ['help@shop.example', 'Write to help@shop.example', 'mailto:help@shop.example'],
    ['+49 30 123456', 'Call +4930123456', 'tel:+4930123456'],
    ['https://shop.example/contact', 'Contact the site’s owner', 'https://shop.example/contact'],
  ]) {
    test(`says whom to turn to: ${contact}`, async () => {
      const proxy = await startProxy({ CANDOR_CONTACT: contact, CANDOR_DIAGNOSTICS: 'off' });
      const { tab, chat, close } = await visit(browser, proxy.origin);
      await chat.open();
      await chat.ask('fail: missing scopes');
      await chat.answers(CANNOT);
      const link = chat.replies.last().getByRole('link', { name: words });
      assert.equal(await link.getAttribute('href'), href);
      const told = await chat.replies.last().textContent();
      assert.match(told, /Tell them the number CR-\w{8}\./);
      assert.ok(!told.includes('by itself'), 'nothing goes on by itself');
      assert.equal(await chat.retry.count(), 0, 'trying again cannot help');
      await chat.ask('fail: overloaded');
      await chat.answers('very busy');
      assert.ok(await chat.retry.isVisible(), 'here it can');
      assert.equal(await chat.replies.last().getByRole('link').count(), 0);
      await close();
      await proxy.stop();
    });
  }

  test('says the page’s contact before the proxy’s, with a gateway too, and follows no other address', async () => {
    const proxy = await startProxy({ CANDOR_CONTACT: 'proxy@shop.example' });
    const gateway = createServer((request, response) => {
      const headers = { 'access-control-allow-origin': '*', 'access-control-allow-headers': '*', 'content-type': 'application/json' };
      if (request.method === 'OPTIONS') return response.writeHead(204, headers).end();
      response.writeHead(401, headers).end('{"error":{"message":"Incorrect API key provided","type":"invalid_request_error","code":"invalid_api_key"}}');
    });
    await new Promise((resolve) => gateway.listen(0, '127.0.0.1', resolve));
    const direct = `data-transport="openai" data-model="m" data-endpoint="http://127.0.0.1:${gateway.address().port}/v1"`;
    const site = await startSite({
      '/page': page(tag(proxy, 'data-contact="page@shop.example"')),
      '/gateway': page(tag(proxy, `data-contact="page@shop.example" ${direct}`)),
      '/script': page(tag(proxy, 'data-contact="javascript:alert(1)"')),
    });
    for (const [path, name] of [['/page', 'Write to page@shop.example'], ['/gateway', 'Write to page@shop.example'], ['/script', undefined]]) {
      const { chat, close } = await visit(browser, site.origin + path);
      await chat.open();
      await chat.ask('fail: invalid key');
      const alert = chat.replies.last().getByRole('alert');
      await alert.waitFor();
      await chat.explain.waitFor();
      if (name) await alert.getByRole('link', { name }).waitFor();
      else assert.equal(await alert.getByRole('link').count(), 0);
      assert.equal(await chat.retry.count(), 0);
      await close();
    }
    await site.stop();
    gateway.close();
    await proxy.stop();
  });
});
