// Sites as they are: cached, closed, fire-walled, styled, broken and put off by other plugins and by hosts.

import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { Chat, Diagnostics, assertQuiet, grown, launchChromium, openDiagnostics, visit } from '../browser/product.mjs';
import { eventually } from '../conformance/wire.mjs';
import * as mustUse from './mustuse.mjs';
import { KEY, startProvider } from './provider.mjs';
import { isAnswered, openShop } from './shop.mjs';
import { OWNER, signIn } from './site.mjs';

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

  test('the owner whose nonce has gone stale goes on as the owner', async (context) => {
    const site = await shop(context);
    const { context: session, tab, chat, close } = await visit(browser);
    await signIn(tab, site);
    await tab.goto(site.address);
    await chat.open();
    await chat.show('Diagnostics');
    const log = tab.getByRole('list', { name: 'Errors of all visitors' }).or(tab.getByText('No visitor has met an error'));
    await log.first().waitFor();
    // Signing in anew in another tab ends what the old nonce was made for.
    const other = await session.newPage();
    await other.goto(`${site.origin}/wp-login.php?action=logout`);
    await other.getByRole('link', { name: 'log out' }).click();
    await signIn(other, site);
    await other.close();
    const refused = [];
    tab.on('response', async (response) => {
      if (response.status() === 403) refused.push(await response.text().catch(() => ''));
    });
    const seen = new Diagnostics({ tab, chat });
    await seen.check();
    await seen.verdict.getByText('Every link holds.').waitFor();
    assert.ok(!(await chat.panel.textContent()).includes('Cookie check failed'));
    // The names of provider and model are told to the owner alone here.
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
    await chat.open();
    await isAnswered(chat);
    await chat.show('Diagnostics');
    await new Diagnostics({ tab, chat }).check();
    assert.equal(await tab.getByRole('list', { name: 'Errors of all visitors' }).count(), 0);
    assertQuiet(said, 'JQMIGRATE');
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
    assert.match(await seen.checks.textContent(), /403/);
    assert.match(await seen.checks.textContent(), /blocked by the web application firewall/);
    await seen.close();
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.ask('Do you fit child seats on a Brompton?');
    await chat.answers('The chat service can’t be reached.');
    await site.removeMustUse('firewall.php');
    await chat.retry.click();
    await chat.answers('Fitting takes 20 minutes and costs £15.');
    await close();
  });

  test('a theme that styles everything and means it changes nothing of the chat', async (context) => {
    const [calm, loud] = await Promise.all([shop(context), shop(context, { mustUse: { 'theme.php': mustUse.LOUD_THEME } })]);
    const look = async (site) => {
      const { chat, said, close } = await visit(browser, site.address);
      const styles = (locator) => locator.evaluate((element) => {
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

  for (const apache of [false, true]) {
    test(`PHP’s output buffer and its compression hold no stream back, ${apache ? 'with Apache' : 'with PHP’s own server'}`, async (context) => {
      const settings = { output_buffering: '4096', 'zlib.output_compression': '1', implicit_flush: '0' };
      const site = await shop(context, { settings, apache });
      const page = await fetch(site.address, { headers: { 'accept-encoding': 'gzip' } });
      assert.equal(page.headers.get('content-encoding'), 'gzip', 'pages are compressed');
      const seen = await openDiagnostics(browser, site.address);
      await seen.check();
      await seen.verdict.getByText('Every link holds.').waitFor();
      await seen.close();
      const { chat, close } = await visit(browser, site.address);
      await chat.open();
      await isAnswered(chat);
      await close();
    });
  }

  for (const [what, disabled] of [['', ''], [' that may not be changed', 'set_time_limit,ignore_user_abort,ini_set,ini_get_all']]) {
    test(`an answer that takes longer than PHP’s time limit${what} comes to its end`, async (context) => {
      const slow = await startProvider({ pause: 200 });
      context.after(() => slow.stop());
      const site = await openShop(slow, { settings: { max_execution_time: '2', disable_functions: disabled } });
      context.after(() => site.stop());
      const { chat, close } = await visit(browser, site.address);
      await chat.open();
      const begun = Date.now();
      await isAnswered(chat);
      assert.ok(Date.now() - begun > 4000, 'twice as long as the limit');
      await close();
      assert.deepEqual(site.complaints(), []);
    });
  }

  test('a host that ends PHP in the middle of an answer loses no word, and the answer can go on', async (context) => {
    const site = await shop(context, { mustUse: { 'process.php': mustUse.NAMED_PROCESS } });
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.say('Tell me a long story');
    await grown(tab, 200);
    process.kill(Number(await readFile(join(site.content, 'process'), 'utf8')), 'SIGKILL');
    await chat.explain.waitFor({ timeout: 60_000 });
    await chat.answers('On day 1 the bicycle crossed one more bridge');
    await tab.reload();
    await chat.open();
    await chat.log.getByText('Tell me a long story').waitFor();
    await chat.ask('hello');
    await chat.answers('Hello, and welcome.');
    await close();
  });

  test('a visitor who leaves in the middle of an answer finds it whole', async (context) => {
    const site = await shop(context);
    const { tab, chat, close } = await visit(browser, site.address);
    await chat.open();
    await chat.say('Do you fit child seats on a Brompton?');
    await grown(tab, 10);
    await tab.goto('about:blank');
    await eventually(
      () => site.php("return $GLOBALS['wpdb']->get_col( \"SELECT status FROM {$GLOBALS['wpdb']->prefix}candor_messages\" );"),
      (statuses) => statuses.length === 2 && statuses.every((status) => status === 'complete'),
    );
    await tab.goto(site.address);
    const again = new Chat(tab);
    await again.open();
    await again.answers('Fitting takes 20 minutes and costs £15.');
    await close();
  });

  for (const [what, options] of [
    ['plain permalinks', { permalinks: '' }],
    ['a subfolder', { path: '/shop' }],
    ['a subfolder with plain permalinks', { path: '/shop', permalinks: '' }],
    ['a permalink structure with index.php', { permalinks: '/index.php/%postname%/' }],
  ]) {
    test(`a site with ${what} has a chat whose every link holds`, async (context) => {
      const site = await shop(context, options);
      const { tab, chat, said, close } = await visit(browser, site.address);
      await chat.open();
      await isAnswered(chat);
      await chat.show('Diagnostics');
      const seen = new Diagnostics({ tab, chat });
      await seen.check();
      await seen.verdict.getByText('Every link holds.').waitFor();
      assertQuiet(said);
      await close();
      assert.deepEqual(site.complaints(), []);
    });
  }
});
