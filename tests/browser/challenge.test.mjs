// What new visitors solve before their first message is sent, on a customer's page of another origin with a strict policy.

import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import { after, before, describe, test } from 'node:test';
import { assertPlain, words } from './jargon.mjs';
import { assertQuiet, launchChromium, launchFirefox, page, startProxy, startSite, tag, visit } from './product.mjs';

const ALTCHA = { CANDOR_CHALLENGE: 'altcha', CANDOR_CHALLENGE_SECRET: 'a-secret-of-the-tests' };
const QUESTION = 'helmet sizes';
const ANSWER = 'Measure around';

/** The box that is ticked. */
const box = (tab) => tab.getByRole('checkbox', { name: 'I’m not a robot' });

/** Presses a key until the box has the focus. */
async function walkTo(tab, key) {
  for (let steps = 0; steps < 20; steps += 1) {
    await tab.keyboard.press(key);
    if (await box(tab).evaluate((box) => box.getRootNode().activeElement === box)) return;
  }
  assert.fail('the box is not reached by keyboard');
}

/** Every new visitor that the page has asked for: what came back. */
function overhearVisitors(tab) {
  const statuses = [];
  tab.on('response', (response) => {
    if (response.url().endsWith('/visitors') && response.request().method() === 'POST') statuses.push(response.status());
  });
  return statuses;
}

for (const [engine, launch] of [['Chromium', launchChromium], ['Firefox', launchFirefox]]) {
  // One after another: of two windows Firefox hands keys on to one.
  describe(`ALTCHA in ${engine}`, () => {
    let proxy, site, browser;
    before(async () => {
      proxy = await startProxy({ ...ALTCHA, CANDOR_DIAGNOSTICS: 'reference', CANDOR_GREETING: 'Good day.', CANDOR_SUGGESTIONS: '|' });
      const own = proxy.origin;
      const policy = `default-src 'none'; script-src ${own} 'wasm-unsafe-eval'; connect-src ${own}; img-src data:`;
      site = await startSite({ '/': page(tag(proxy), undefined, { 'content-security-policy': policy }) });
      browser = await launch();
    });
    after(async () => {
      await browser?.close();
      await site?.stop();
      await proxy?.stop();
    });

    test('is solved with the keyboard alone, and the message goes on by itself', async () => {
      const { tab, chat, said, close } = await visit(browser, site.origin);
      const statuses = overhearVisitors(tab);
      await chat.open();
      await chat.input.fill(QUESTION);
      await tab.keyboard.press('Enter');
      await chat.answers('Please show that you are a person.');
      await box(tab).waitFor();
      assertPlain('a challenge', await words(tab));
      assert.equal(await chat.retry.count(), 0, 'trying again does not help');
      await walkTo(tab, 'Shift+Tab');
      await tab.keyboard.press('Space');
      await chat.answers(ANSWER);
      await tab.getByText('Please show that you are a person.').waitFor({ state: 'detached' });
      assert.equal(await chat.log.getByText(QUESTION, { exact: true }).count(), 1, 'it is sent once');
      assert.ok(await chat.input.evaluate((input) => input.getRootNode().activeElement === input), 'the focus goes to the next step');
      assert.deepEqual(statuses, [403, 201]);

      await tab.reload();
      await chat.open();
      await chat.answers(ANSWER);
      await chat.ask('hello');
      await chat.answers('Hello, and welcome.');
      assert.deepEqual(statuses, [403, 201], 'who is known solves nothing again');
      assertQuiet(said);
      await close();
    });

    test('is fetched by nobody who has nothing to solve', async () => {
      const { tab, chat, close } = await visit(browser);
      const fetched = [];
      tab.on('request', (request) => fetched.push(request.url()));
      await tab.goto(site.origin);
      await chat.open();
      await chat.input.fill(QUESTION);
      await chat.show('History');
      await chat.says('No conversations yet.');
      const isOfChallenge = (url) => /challenge|altcha/.test(url);
      assert.deepEqual(fetched.filter(isOfChallenge), []);
      await chat.show('Chat');
      await chat.send.click();
      await box(tab).waitFor();
      const origins = new Set(fetched.map((url) => new URL(url).origin).filter((origin) => origin !== 'null'));
      assert.deepEqual([...origins].toSorted(), [proxy.origin, site.origin].toSorted(), 'no third party is asked');
      assert.equal(fetched.filter((url) => url.endsWith('-altcha.js')).length, 1);
      await close();
    });

    test('that cannot be loaded says so, and is there when it is tried again', async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await tab.route('**/*-altcha.js*', (route) => route.abort(), { times: 1 });
      await tab.route('**/*-challenge.js*', (route) => route.abort(), { times: 1 });
      await chat.open();
      await chat.say(QUESTION);
      const again = tab.getByRole('button', { name: 'Try again' });
      for (let failures = 0; failures < 2; failures += 1) {
        await tab.getByText('What is to be solved could not be loaded.').waitFor();
        await again.click();
      }
      await box(tab).click();
      await chat.answers(ANSWER);
      await close();
    });

    test('whose solution is refused gives another, and nothing is lost', async () => {
      const { tab, chat, close } = await visit(browser, site.origin);
      await chat.open();
      // In the first one’s place comes one that the server does not know.
      await chat.panel.evaluate((panel) => {
        const spoil = (event) => {
          event.stopImmediatePropagation();
          event.target.dispatchEvent(new CustomEvent('candor-solved', { bubbles: true, detail: 'spoilt' }));
        };
        panel.getRootNode().addEventListener('candor-solved', spoil, { capture: true, once: true });
      });
      await chat.say(QUESTION);
      await box(tab).click();
      await chat.answers('That could not be confirmed.');
      await box(tab).click();
      await chat.answers(ANSWER);
      assert.equal(await chat.log.getByText(QUESTION, { exact: true }).count(), 1);
      await close();
    });
  });
}

test('ALTCHA is solved where the browser keeps conversations, also after a new load of the page', async (context) => {
  const proxy = await startProxy({ ...ALTCHA, CANDOR_KEEP_DAYS: '0' });
  context.after(() => proxy.stop());
  const browser = await launchChromium();
  context.after(() => browser.close());
  const { tab, chat, said } = await visit(browser, proxy.origin);
  await chat.open();
  await chat.say(QUESTION);
  await box(tab).waitFor();
  await tab.reload();
  await chat.open();
  await box(tab).click();
  await chat.answers(ANSWER);
  assert.equal(await chat.log.getByText(QUESTION, { exact: true }).count(), 1);
  assertQuiet(said);
});

/** A service that finds every solution right, on this host. */
async function startService() {
  const server = createServer((_, response) => response.end(JSON.stringify({ success: true, hostname: '127.0.0.1' })));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { url: `http://127.0.0.1:${server.address().port}/`, stop: () => server.close() };
}

/** A script in the place of a service's, by its documented functions: it looks in the page for where it is to show a button. */
const fake = (name) => `
self.${name} = {
  render(place, { sitekey, theme, callback }) {
    if (!document.contains(place)) throw new Error('the place is not in the page');
    const button = document.createElement('button');
    button.textContent = 'Solve ' + sitekey + ' in ' + theme;
    button.onclick = () => callback('a-solution-' + Math.random());
    place.append(button);
  },
};`;

describe('A service’s challenge', { concurrency: 2 }, () => {
  let service, browser;
  before(async () => {
    [service, browser] = await Promise.all([startService(), launchChromium()]);
  });
  after(async () => {
    await browser?.close();
    await service?.stop();
  });

  for (const [kind, script] of [
    ['turnstile', 'https://challenges.cloudflare.com/turnstile/v0/api.js?render=explicit'],
    ['hcaptcha', 'https://js.hcaptcha.com/1/api.js?render=explicit'],
  ]) {
    test(`of ${kind} is shown in the chat by its own script, and by the site’s key`, async (context) => {
      const proxy = await startProxy({
        CANDOR_CHALLENGE: kind, CANDOR_CHALLENGE_SITE_KEY: 'a-public-key', CANDOR_CHALLENGE_SECRET: 's', CANDOR_CHALLENGE_VERIFY_URL: service.url,
      });
      context.after(() => proxy.stop());
      const site = await startSite({ '/': page(tag(proxy)) });
      context.after(() => site.stop());
      const { tab, chat, said, close } = await visit(browser, undefined, { colorScheme: 'dark' });
      const fetched = [];
      await tab.route(/cloudflare|hcaptcha/, (route) => {
        fetched.push(route.request().url());
        return route.fulfill({ contentType: 'text/javascript', body: fake(kind) });
      });
      await tab.goto(site.origin);
      await chat.open();
      assert.deepEqual(fetched, []);
      await chat.say(QUESTION);
      const button = tab.getByRole('button', { name: 'Solve a-public-key in dark' });
      await button.waitFor();
      assert.deepEqual(fetched, [script]);
      const [inner, outer] = [await button.boundingBox(), await chat.panel.boundingBox()];
      assert.ok(inner.x >= outer.x && inner.y >= outer.y && inner.y + inner.height <= outer.y + outer.height, 'it stands in the panel');
      await button.press('Enter');
      await chat.answers(ANSWER);
      assert.equal(await button.count(), 0, 'nothing of it is left in the page');
      assert.equal(await tab.evaluate(() => document.querySelector('candor-chat').children.length), 0);
      assertQuiet(said);
      await close();
    });
  }
});
