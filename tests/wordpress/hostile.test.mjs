// Sites as they are: cached, closed, fire-walled, styled, broken and put off by other plugins and by themes.

import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Diagnostics, assertQuiet, launchChromium, openDiagnostics, visit } from '../browser/product.mjs';
import * as mustUse from './mustuse.mjs';
import { KEY, MODEL, startProvider } from './provider.mjs';
import { isAnswered, openShop } from './shop.mjs';
import { signIn } from './site.mjs';

const DAY = 24 * 60 * 60;

describe('On a hostile site', { concurrency: 2 }, () => {
  let provider, browser;
  before(async () => {
    [provider, browser] = await Promise.all([startProvider(), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop()]));

  /** Brings a site up for one test and takes it down behind it. */
  async function shop(context, options) {
    const site = await openShop(provider, options);
    context.after(() => site.stop());
    return site;
  }

  test('a page that a cache has kept for a month has a chat for each visitor', async (context) => {
    const site = await shop(context, { constants: { WP_CACHE: true } });
    await writeFile(join(site.content, 'advanced-cache.php'), mustUse.pageCache({ age: 30 * DAY }));
    const first = await fetch(site.address);
    const kept = await fetch(site.address);
    assert.deepEqual([first.headers.get('x-cache'), kept.headers.get('x-cache')], [null, 'HIT']);
    const html = await kept.text();
    for (const secret of [KEY, 'ct_', 'nonce":"', 'X-WP-Nonce']) assert.ok(!html.includes(secret), secret);
    for (const words of ['one visitor', 'another']) {
      const { tab, chat, said, close } = await visit(browser, site.address);
      await chat.open();
      await chat.say(`I am ${words}`);
      await chat.answers('Hello, and welcome.');
      await chat.show('History');
      const rows = tab.getByRole('list', { name: 'Conversations' }).getByRole('listitem');
      await rows.filter({ hasText: `I am ${words}` }).waitFor();
      assert.equal(await rows.count(), 1, 'nobody else’s conversation is there');
      assertQuiet(said);
      await close();
    }
    const seen = await openDiagnostics(browser, site.address);
    await seen.assertWarned('Looked how old this page is', 'hours old');
    await seen.close();
  });

  test('a page that a cache has kept of the owner makes nobody the owner, and has a chat', async (context) => {
    const site = await shop(context, { constants: { WP_CACHE: true } });
    await writeFile(join(site.content, 'advanced-cache.php'), mustUse.pageCache({ age: DAY / 2, signedIn: true }));
    const { cookie } = await site.signIn();
    const theirs = await (await fetch(site.address, { headers: { cookie } })).text();
    assert.ok(theirs.includes('wpadminbar'), 'the owner’s page is in the cache');
    const { tab, chat, close } = await visit(browser);
    const answers = [];
    tab.on('response', (response) => answers.push(`${response.status()} ${response.request().method()} ${response.url()}`));
    await tab.goto(site.address);
    assert.ok((await tab.content()).includes('wpadminbar'), 'and is shown to a visitor');
    await chat.open();
    await isAnswered(chat);
    await chat.show('Diagnostics');
    const seen = new Diagnostics({ tab, chat });
    await seen.check();
    await seen.verdict.getByText('Every link holds.').waitFor();
    assert.equal(await tab.getByRole('list', { name: 'Errors of all visitors' }).count(), 0);
    assert.deepEqual(answers.filter((line) => line.startsWith('403') && line.includes('candor')), []);
    await close();
  });

  test('the owner goes on as the owner where signing in anew has made everything stale that was there before', async (context) => {
    const site = await shop(context, { options: { diagnostics: 'reference' } });
    const { context: session, tab, chat, close } = await visit(browser);
    await signIn(tab, site);
    await tab.goto(site.address);
    await chat.open();
    await chat.show('Diagnostics');
    await tab.getByRole('list', { name: 'Errors of all visitors' }).waitFor({ state: 'attached' });
    const other = await session.newPage();
    await other.goto(`${site.origin}/wp-login.php?action=logout`);
    await other.getByRole('link', { name: 'log out' }).click();
    // WordPress writes all sessions of a person at once: one that begins meanwhile would be lost.
    await other.waitForURL('**/wp-login.php?loggedout=true**');
    await signIn(other, site);
    await other.close();
    const seen = new Diagnostics({ tab, chat });
    await seen.check();
    await seen.verdict.getByText('Every link holds.').waitFor();
    assert.ok((await seen.checks.textContent()).includes(MODEL), 'the model is named to the owner alone');
    assert.ok(!(await chat.panel.textContent()).includes('Cookie check failed'));
    await close();
  });

  test('a visitor whose request has a nonce gone stale, of another plugin’s doing, never reads “Cookie check failed”', async (context) => {
    const site = await shop(context);
    const { tab, chat, said, close } = await visit(browser);
    await tab.route('**/candor/v1/**', (route) => route.continue({ headers: { ...route.request().headers(), 'x-wp-nonce': '0123456789' } }));
    await tab.goto(site.address);
    await chat.open();
    await isAnswered(chat);
    await chat.show('Diagnostics');
    const seen = new Diagnostics({ tab, chat });
    await seen.check();
    await seen.verdict.getByText('Every link holds.').waitFor();
    assert.ok(!(await chat.panel.textContent()).includes('Cookie check failed'));
    assertQuiet(said);
    await close();
  });

  test('somebody who is signed in and not the owner is a visitor', async (context) => {
    const site = await shop(context, { options: { diagnostics: 'reference' } });
    const customer = { name: 'customer', password: 'also-a-password-of-the-tests' };
    await site.must(`return is_int( wp_insert_user( array( 'user_login' => '${customer.name}', 'user_pass' => '${customer.password}', 'user_email' => 'customer@shop.example', 'role' => 'subscriber' ) ) );`);
    const headers = await site.signIn(customer);
    const answer = await fetch(`${site.wire}/diagnostics/errors`, { headers });
    assert.equal(answer.status, 401);
    assert.equal((await answer.json()).cause, 'owner_unauthorized');
    const { tab, chat, said, close } = await visit(browser);
    await signIn(tab, site, customer);
    await tab.goto(site.address);
    // What wp-admin's own scripts said when they were left is none of the chat's.
    said.splice(0);
    await chat.open();
    await isAnswered(chat);
    await chat.show('Diagnostics');
    await new Diagnostics({ tab, chat }).check();
    assert.equal(await tab.getByRole('list', { name: 'Errors of all visitors' }).count(), 0);
    assertQuiet(said, 'JQMIGRATE', 'verbose: [DOM]');
    await close();
  });

  test('a REST API that is closed to guests is named, and who can open it', async (context) => {
    const site = await shop(context, { mustUse: { 'members.php': mustUse.REST_FOR_MEMBERS } });
    const seen = await openDiagnostics(browser, site.address);
    await seen.assertBroken('Something on the WordPress site closes its REST API to visitors.', 'Page');
    await seen.close();
    const { chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.ask('hello');
    await chat.answers('The chat service can’t be reached.');
    await close();
    await site.removeMustUse('members.php');
    const visitor = await visit(browser, site.address);
    await visitor.chat.open();
    await isAnswered(visitor.chat);
    await visitor.close();
  });

  test('a firewall that answers with a page of its own is named, and the words are kept', async (context) => {
    const site = await shop(context, { mustUse: { 'firewall.php': mustUse.FIREWALL } });
    const seen = await openDiagnostics(browser, site.address);
    await seen.check();
    const links = await seen.links();
    assert.equal(links.Page, 'broken', JSON.stringify(links));
    await seen.verdict.getByText('A firewall in front of the chat’s address stops this browser’s requests.').waitFor();
    assert.notEqual(links['AI service'], 'broken', 'the AI service is not blamed');
    await seen.close();
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.ask('Do you fit child seats on a Brompton?');
    await chat.answers('The chat service can’t be reached.');
    await chat.explain.click();
    const error = await new Diagnostics({ tab, chat }).errors.getByRole('listitem').first().textContent();
    for (const fact of ['A firewall before the chat service', '403 Forbidden', 'Answered byFirewall']) assert.ok(error.includes(fact), error);
    await chat.show('Chat');
    await site.removeMustUse('firewall.php');
    await chat.retry.click();
    await chat.answers('Fitting takes 20 minutes and costs £15.');
    await close();
  });

  test('a theme that styles everything and means it changes nothing of the chat', async (context) => {
    const [calm, loud] = await Promise.all([shop(context), shop(context, { mustUse: { 'theme.php': mustUse.LOUD_THEME } })]);
    const look = async (site) => {
      const { chat, said, close } = await visit(browser, site.address);
      const styles = (locator) => locator.evaluate(async (element) => {
        await Promise.all(element.getAnimations().map(({ finished }) => finished));
        const { color, backgroundColor, fontSize, fontFamily, letterSpacing, textTransform, padding, margin, opacity, display, border, transform, width, height } = getComputedStyle(element);
        return { color, backgroundColor, fontSize, fontFamily, letterSpacing, textTransform, padding, margin, opacity, display, border, transform, width, height };
      });
      const launcher = await styles(chat.launcher);
      await chat.open();
      await isAnswered(chat);
      const seen = { launcher, panel: await styles(chat.panel), send: await styles(chat.send), reply: await styles(chat.replies.last()), box: await chat.panel.boundingBox() };
      assertQuiet(said);
      await close();
      return seen;
    };
    const [expected, seen] = [await look(calm), await look(loud)];
    assert.deepEqual(seen, expected);
  });

  test('another plugin’s broken scripts break nothing of the chat', async (context) => {
    const site = await shop(context, { mustUse: { 'broken.php': mustUse.BROKEN_SCRIPTS } });
    const { chat, said, close } = await visit(browser, site.address);
    await chat.open();
    await isAnswered(chat);
    assert.ok(said.some((line) => line.includes('noSuchPlugin')) && said.some((line) => line.includes('alsoNeverDefined')), 'they were broken');
    assert.deepEqual(said.filter((line) => /candor/i.test(line)), []);
    await close();
  });

  test('scripts that an optimiser defers make a chat all the same', async (context) => {
    const site = await shop(context, { mustUse: { 'optimiser.php': mustUse.DEFERRED_SCRIPTS } });
    assert.match(await (await fetch(site.address)).text(), /<script[^>]*candor[^>]* defer>/);
    const { chat, close } = await visit(browser, site.address);
    await chat.open();
    await isAnswered(chat);
    await close();
  });

  test('scripts that an optimiser delays until somebody moves make a chat then', async (context) => {
    const site = await shop(context, { mustUse: { 'optimiser.php': mustUse.DELAYED_SCRIPTS } });
    assert.match(await (await fetch(site.address)).text(), /<script type="text\/delayed"[^>]*candor/);
    const { tab, chat, close } = await visit(browser, site.address);
    assert.equal(await chat.launcher.count(), 0);
    await tab.mouse.move(100, 100);
    await tab.mouse.move(200, 200);
    await chat.open();
    await isAnswered(chat);
    await close();
  });
});
