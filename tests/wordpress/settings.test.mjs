// The owner's way from an empty site to a chat that answers, in wp-admin, and what they see behind it.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';
import { Diagnostics, assertQuiet, launchChromium, launchFirefox, startProxy, visit } from '../browser/product.mjs';
import { startMariaDb } from './database.mjs';
import { KEY, MODEL, startProvider } from './provider.mjs';
import { isAnswered, openShop } from './shop.mjs';
import { OLDEST, save, signIn, startWordPress, tabOf } from './site.mjs';

/** What WordPress's own pages say in the console. */
const OF_WORDPRESS = ['JQMIGRATE', 'verbose: [DOM]', 'autocomplete'];

/** Every page that an owner sees, and every text that it was sent, has no key in it. */
function overhear(tab) {
  const bodies = [];
  // Of a response that a page was left in the middle of, the browser never tells the end.
  tab.on('requestfinished', (request) => bodies.push(request.response().then((response) => response.text()).catch(() => '')));
  return async () => (await Promise.all(bodies)).join('\n');
}

describe('The owner', { concurrency: 2 }, () => {
  let provider, database, chromium;
  before(async () => {
    [provider, database, chromium] = await Promise.all([startProvider(), startMariaDb(), launchChromium()]);
  });
  after(() => Promise.all([chromium?.close(), provider?.stop(), database?.stop()]));

  for (const [what, launchOwner, options] of [
    ['the newest WordPress, in Chromium', launchChromium, () => ({})],
    ['the newest WordPress on MariaDB, in Firefox', launchFirefox, () => ({ database })],
    ['WordPress 6.1 on MariaDB, in Chromium', launchChromium, () => ({ wordpress: OLDEST, database })],
  ]) {
    test(`connects a provider, puts the chat on a page, and visitors chat, on ${what}`, async (context) => {
      const site = await startWordPress(options());
      context.after(() => site.stop());
      const ownersBrowser = await launchOwner();
      context.after(() => ownersBrowser.close());
      const owner = await visit(ownersBrowser);
      const { tab } = owner;
      const heard = overhear(tab);
      await signIn(tab, site);
      await tab.goto(tabOf(site, 'connection'));
      await tab.getByLabel('Provider', { exact: true }).selectOption('openai');
      await tab.getByLabel('Address of the API').fill(provider.url);
      await tab.getByLabel('API key').fill(KEY);
      await tab.getByRole('button', { name: 'Load models' }).click();
      await tab.getByText('2 models.').waitFor();
      assert.deepEqual(await tab.locator('#candor-models option').evaluateAll((all) => all.map(({ value }) => value)), ['another-model', MODEL]);
      await tab.getByLabel('Model', { exact: true }).fill(MODEL);
      await save(tab);
      assert.equal(await tab.getByLabel('API key').inputValue(), '');
      await tab.getByRole('button', { name: 'Run checks' }).click();
      await tab.getByText('The checks are done.').waitFor();
      const checks = await tab.getByRole('list', { name: 'Checks' }).getByRole('listitem').allTextContents();
      assert.equal(checks.length, 3, checks.join('\n'));
      for (const check of checks) assert.match(check, /^Works: /);

      await tab.goto(tabOf(site, 'assistant'));
      await tab.getByLabel('Title', { exact: true }).fill('Harbour Cycles');
      await tab.getByLabel('Greeting').fill('Hello from the harbour.');
      await tab.getByLabel('Suggestions').fill('Do you fit child seats?\nhello');
      await tab.getByLabel('Instructions').fill('You sell bicycles.');
      await save(tab);

      const address = await site.page('Ask us', '<!-- wp:shortcode -->[candor]<!-- /wp:shortcode -->');
      for (const launch of [launchChromium, launchFirefox]) {
        const browser = await launch();
        const visitor = await visit(browser, address);
        await visitor.chat.open();
        await visitor.tab.getByRole('dialog', { name: 'Harbour Cycles' }).waitFor();
        await visitor.chat.says('Hello from the harbour.');
        await isAnswered(visitor.chat);
        await visitor.tab.reload();
        await visitor.chat.open();
        await visitor.chat.answers('Fitting takes 20 minutes and costs £15.');
        await visitor.chat.show('History');
        await visitor.tab.getByRole('list', { name: 'Conversations' }).getByText('Do you fit child seats').waitFor();
        await visitor.chat.show('Diagnostics');
        const diagnostics = new Diagnostics(visitor);
        await diagnostics.check();
        await diagnostics.verdict.getByText('Every link holds.').waitFor();
        assert.ok(!(await visitor.chat.panel.textContent()).includes(MODEL), 'a visitor is not told the model');
        assert.deepEqual(await visitor.context.cookies(), []);
        assertQuiet(visitor.said);
        await browser.close();
      }

      await tab.goto(tabOf(site, 'conversations'));
      await tab.getByRole('link', { name: 'Do you fit child seats on a Brompton?' }).first().click();
      await tab.getByText('Fitting takes 20 minutes and costs £15.').waitFor();
      // Firefox takes a way to another page for a second one, while a page is still on its way.
      await tab.waitForLoadState();
      await tab.goto(tabOf(site, 'diagnostics'));
      await tab.getByRole('heading', { name: 'Errors of all visitors' }).waitFor();
      const words = await heard();
      assert.ok(words.includes('Settings saved.') && !words.includes(KEY), 'the key came to no page');
      await owner.close();
      assert.deepEqual(site.complaints(), []);
    });
  }

  test('sees in Diagnostics what failed for a visitor, word for word, by its reference', async (context) => {
    const site = await openShop(provider, { options: { diagnostics: 'reference' } });
    context.after(() => site.stop());
    const visitor = await visit(chromium, site.address);
    await visitor.chat.open();
    await visitor.chat.ask('fail: missing scopes');
    await visitor.chat.answers('The assistant can’t answer right now.');
    await visitor.chat.explain.click();
    const card = await new Diagnostics(visitor).errors.textContent();
    const [reference] = card.match(/CR-\w{8}/);
    assert.ok(!card.includes('model.request'), card);
    assert.ok(card.includes('Reason not shown here') && !card.includes('permission'), `nothing is guessed: ${card}`);
    assert.ok(card.includes('Only the owner can see the details') && !card.includes('put this right'), `nor who could help: ${card}`);
    await visitor.close();

    const owner = await visit(chromium);
    await signIn(owner.tab, site);
    await owner.tab.goto(tabOf(site, 'diagnostics'));
    const logged = owner.tab.getByRole('list', { name: 'Errors of all visitors' }).getByRole('listitem').filter({ hasText: reference });
    await logged.waitFor();
    const words = await logged.textContent();
    for (const fact of ['Key lacks a permission', 'Missing scopes: model.request.', '403', 'the site’s owner', 'allow “model.request”']) assert.ok(words.includes(fact), `${fact} is missing in: ${words}`);
    assertQuiet(owner.said, ...OF_WORDPRESS);
    await owner.close();
  });

  test('is told at once where the key may not chat, in the provider’s own words', async (context) => {
    const site = await openShop(provider, { constants: { CANDOR_API_KEY: 'sk-wrong-0123456789abcdef0123' } });
    context.after(() => site.stop());
    const { tab, close } = await visit(chromium);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'connection'));
    assert.equal(await tab.getByLabel('API key').count(), 0, 'it is in wp-config.php');
    await tab.getByRole('button', { name: 'Run checks' }).click();
    await tab.getByText('The checks are done.').waitFor();
    const checks = await tab.getByRole('list', { name: 'Checks' }).textContent();
    assert.match(checks, /Does not work: .*API Error Type: invalid_request_error Message: Incorrect API key provided\./s);
    assert.ok(!checks.includes('sk-wrong'));
    await tab.goto(`${site.origin}/wp-admin/site-health.php`);
    await tab.getByRole('button', { name: /Candor’s provider does not answer/ }).click();
    await tab.getByText('Incorrect API key provided.').first().waitFor();
    await tab.getByRole('link', { name: 'Open Candor’s Diagnostics' }).first().waitFor();
    await close();
  });

  test('gets a clear word for a setting that cannot be, and what was right stays', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const { tab, close } = await visit(chromium);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'where'));
    await tab.getByLabel('Allowed origins').fill('https://shop.example/with/a/path');
    await tab.getByRole('button', { name: 'Save Changes' }).click();
    await tab.getByText('https://shop.example/with/a/path is no origin.').waitFor();
    assert.deepEqual((await site.php("return get_option( 'candor' );")).allowed_origins ?? [], []);
    await close();
  });

  test('sends no key over plain http beyond this machine and private networks, unless they say so', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const { tab, close } = await visit(chromium);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'connection'));
    const address = tab.getByLabel('Address of the API');
    const kept = () => site.php("$settings = get_option( 'candor' ); return array( $settings['base_url'], $settings['allow_plain_http'] ?? false );");
    const far = 'http://api.shop.example/v1';
    await address.fill(far);
    await tab.getByRole('button', { name: 'Save Changes' }).click();
    await tab.getByText('“Address of the API” must begin with https://').waitFor();
    assert.deepEqual(await kept(), [provider.url, false]);
    await address.fill(far);
    await tab.getByRole('button', { name: 'Load models' }).click();
    await tab.getByText('Nothing was sent over plain http').waitFor();
    await tab.getByLabel('Let the key and the conversations go by http://').check();
    await save(tab);
    assert.deepEqual(await kept(), [far, true]);
    await tab.getByLabel('Let the key and the conversations go by http://').uncheck();
    await tab.getByRole('button', { name: 'Save Changes' }).click();
    await tab.getByText('“Address of the API” must begin with https://').waitFor();
    assert.deepEqual(await kept(), [far, true], 'what is in use is not taken apart');
    await close();
    assert.deepEqual(site.complaints(), []);
  });

  test('names both prices or none, and one alone changes nothing', async (context) => {
    const site = await openShop(provider, { options: { input_price: '1', output_price: '2' } });
    context.after(() => site.stop());
    const checked = (input, output) => site.php(`
      require_once ABSPATH . 'wp-admin/includes/template.php';
      wp_set_current_user( 1 );
      $values = Candor\\Admin\\Check::sanitize( array( 'tab' => 'connection', 'input_price' => '${input}', 'output_price' => '${output}' ) );
      return array( $values['input_price'], $values['output_price'], count( get_settings_errors( 'candor' ) ) );`);
    assert.deepEqual(await checked('3', '4'), ['3', '4', 0]);
    assert.deepEqual(await checked('', ''), ['', '', 0]);
    for (const [input, output] of [['3', ''], ['', '4']]) assert.deepEqual(await checked(input, output), ['1', '2', 1]);
  });

  test('sees every limit with its figure, sets some, and is warned where they are off', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const { tab, close } = await visit(chromium);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'limits'));
    const limits = await readFile(new URL('../../crates/proxy/limits.toml', import.meta.url), 'utf8');
    const figures = [...limits.matchAll(/^what = "(\w+)"\nwhom = "(\w+)"(?:\nper = "(\w+)")?(?:\nmost = (\d+))?$/gm)];
    assert.ok(figures.length > 20);
    for (const [, what, whom, per, most] of figures) {
      const name = ['limits', what, whom, per].filter(Boolean).join('_');
      const field = tab.locator(`input[name="candor[${name}]"]`);
      assert.deepEqual([await field.inputValue(), await field.getAttribute('placeholder')], ['', most ?? 'none'], name);
      const label = await tab.locator(`label[for="candor-${name.replaceAll('_', '-')}"]`).textContent();
      assert.ok(!label.includes('_'), `${name} has a label: ${label}`);
    }
    await tab.getByText('Answers to everybody a day: 0 of 5,000 so far.').waitFor();
    await tab.getByText('A model near this site is taken to cost nothing.').waitFor();
    await tab.getByLabel('Answers a visitor a day').fill('7');
    await tab.getByLabel('Answers a visitor a month').fill('0');
    await tab.getByLabel('Trusted proxies').fill('cloudflare\n192.0.2.0/24');
    await save(tab);
    const kept = () => site.php("$settings = get_option( 'candor' ); return array( $settings['limits_answers_visitor_day'], $settings['limits_answers_visitor_month'], $settings['limits_answers_site_day'], $settings['trusted_proxies'] );");
    assert.deepEqual(await kept(), [7, 0, null, ['cloudflare', '192.0.2.0/24']]);
    await tab.getByLabel('Trusted proxies').fill('cloudfare');
    await tab.getByRole('button', { name: 'Save Changes' }).click();
    await tab.getByText('cloudfare is no address such as 192.0.2.7, no network such as 192.0.2.0/24, and no name that is known.').waitFor();
    assert.deepEqual((await kept())[3], ['cloudflare', '192.0.2.0/24']);
    await tab.getByLabel('Limits', { exact: true }).selectOption('off');
    await save(tab);
    await tab.getByText('Limits are off: anybody can spend as much of your money as the provider lets them.').waitFor();
    assert.equal((await kept())[0], 7, 'the figures stay for when they are on again');
    await close();
    assert.deepEqual(site.complaints(), []);
  });

  test('shows the chat on every page that they have chosen, and on no other', async (context) => {
    const site = await openShop(provider, { options: { everywhere: true, where: 'only', paths: ['/deals*'], assistants: { main: { title: 'Deals' } } } });
    context.after(() => site.stop());
    const [deals, about] = [await site.page('Deals of the week', 'Cheap.'), await site.page('About', 'Us.')];
    const there = await visit(chromium, deals);
    await there.chat.open();
    await there.tab.getByRole('dialog', { name: 'Deals' }).waitFor();
    await isAnswered(there.chat);
    await there.close();
    assert.ok(!(await (await fetch(about)).text()).includes('candor'), 'nothing of it is on another page');
  });

  test('chooses for whom the chat is on every page', async (context) => {
    const site = await openShop(provider, { options: { everywhere: true } });
    context.after(() => site.stop());
    const [page, { cookie }] = [await site.page('About', 'Us.'), await site.signIn()];
    const { tab, close } = await visit(chromium);
    await signIn(tab, site);
    for (const [audience, guest, member] of [['guests', true, false], ['members', false, true], ['everybody', true, true]]) {
      await tab.goto(tabOf(site, 'where'));
      await tab.getByLabel('For whom').selectOption(audience);
      await save(tab);
      const has = async (headers) => (await (await fetch(page, { headers })).text()).includes('<candor-chat');
      assert.deepEqual([await has({}), await has({ cookie })], [guest, member], audience);
    }
    await close();
  });

  test('finds conversations by their words, reads them, and deletes one or several, once they have said that they mean it', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const visitor = await visit(chromium, site.address);
    await visitor.chat.open();
    for (const words of ['hello one', 'hello two', 'hello three', 'Do you fit child seats on a Brompton?']) {
      await visitor.chat.ask(words);
      await visitor.chat.replies.last().waitFor();
      await visitor.tab.getByRole('button', { name: 'New conversation' }).click();
    }
    const { tab, close } = await visit(chromium);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'conversations'));
    const titles = () => tab.locator('a.row-title').allTextContents();
    assert.equal((await titles()).length, 4);
    await tab.getByRole('searchbox', { name: 'Search conversations' }).fill('costs £15');
    await tab.getByRole('button', { name: 'Search conversations' }).click();
    await tab.waitForURL('**&s=**');
    assert.deepEqual(await titles(), ['Do you fit child seats on a Brompton?']);
    await tab.getByRole('link', { name: 'Do you fit child seats on a Brompton?' }).first().click();
    const remove = tab.getByRole('link', { name: 'Delete this conversation' });
    // The script that asks is there by then.
    await remove.waitFor();
    await tab.waitForLoadState();
    tab.once('dialog', (dialog) => dialog.dismiss());
    await remove.click();
    assert.ok(await remove.isVisible(), 'who thinks better of it deletes nothing');
    tab.on('dialog', (dialog) => dialog.accept());
    await remove.click();
    await tab.getByText('1 conversation is deleted.').waitFor();
    for (const title of ['hello one', 'hello two']) await tab.getByRole('checkbox', { name: `Choose “${title}”` }).check();
    await tab.locator('#bulk-action-selector-top').selectOption('delete');
    await tab.locator('#doaction').click();
    await tab.getByText('2 conversations are deleted.').waitFor();
    assert.deepEqual(await titles(), ['hello three']);
    await close();
    const rows = visitor.tab.getByRole('list', { name: 'Conversations' }).getByRole('listitem');
    await visitor.tab.reload();
    await visitor.chat.open();
    await visitor.chat.show('History');
    await rows.filter({ hasText: 'hello three' }).waitFor();
    assert.equal(await rows.count(), 1, 'nor has the visitor the others any more');
    await visitor.close();
    assert.deepEqual(site.complaints(), []);
  });

  test('exports conversations as CSV that a spreadsheet takes for text', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const visitor = await visit(chromium, site.address);
    await visitor.chat.open();
    await visitor.chat.ask('=HYPERLINK("https://elsewhere.example")');
    await visitor.chat.answers('Hello, and welcome.');
    await visitor.close();
    const { tab, close } = await visit(chromium, undefined, { acceptDownloads: true });
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'conversations'));
    const [download] = await Promise.all([tab.waitForEvent('download'), tab.getByRole('link', { name: 'Export as CSV' }).click()]);
    const csv = await readFile(await download.path(), 'utf8');
    assert.ok(csv.includes('Hello, and welcome.'), csv);
    assert.doesNotMatch(csv, /(^|[,\n]|")=HYPERLINK/);
    await close();
  });

  test('puts the block “Candor chat” on a page, with what it is to say', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    const { tab, close } = await visit(chromium);
    await signIn(tab, site);
    await tab.goto(`${site.origin}/wp-admin/post-new.php?post_type=page`);
    await tab.waitForFunction(() => window.wp?.blocks?.getBlockType('candor/chat') && window.wp.data.select('core/editor').getCurrentPostId());
    const address = await tab.evaluate(async () => {
      const { data, blocks } = window.wp;
      data.dispatch('core/editor').editPost({ title: 'By block', status: 'publish' });
      data.dispatch('core/block-editor').insertBlocks([
        blocks.createBlock('candor/chat', { title: 'By block', greeting: 'Hello from a block.' }),
      ]);
      await data.dispatch('core/editor').savePost();
      return data.select('core/editor').getPermalink();
    });
    await tab.reload();
    await tab.waitForFunction(() => window.wp?.data?.select('core/block-editor')?.getBlocks().length);
    assert.deepEqual(await tab.evaluate(() => window.wp.data.select('core/block-editor').getBlocks().map(({ name, isValid }) => [name, isValid])), [['candor/chat', true]]);
    await close();
    const visitor = await visit(chromium, address);
    if (await visitor.chat.launcher.isVisible()) await visitor.chat.open();
    await visitor.chat.says('Hello from a block.');
    await isAnswered(visitor.chat);
    assertQuiet(visitor.said);
    await visitor.close();
  });

  test('points the plugin to a `candor serve` elsewhere', async (context) => {
    const proxy = await startProxy();
    context.after(() => proxy.stop());
    const site = await openShop(provider);
    context.after(() => site.stop());
    const { tab, close } = await visit(chromium);
    await signIn(tab, site);
    await tab.goto(tabOf(site, 'connection'));
    await tab.getByLabel('Who speaks with the model').selectOption('remote');
    await tab.getByLabel('Address of the Candor server').fill('http://127.0.0.1:9/candor/v1');
    await tab.getByRole('button', { name: 'Save Changes' }).click();
    await tab.getByText('The Candor server does not answer').first().waitFor();
    await tab.goto(tabOf(site, 'connection'));
    await tab.getByLabel('Who speaks with the model').selectOption('remote');
    await tab.getByLabel('Address of the Candor server').fill(`${proxy.origin}/candor/v1`);
    await tab.getByRole('button', { name: 'Save Changes' }).click();
    await tab.getByText('The Candor server answers.').first().waitFor();
    await close();
    const visitor = await visit(chromium, site.address);
    await visitor.chat.open();
    await isAnswered(visitor.chat);
    await visitor.close();
    assert.equal((await fetch(`${site.wire}/config`)).status, 404, 'nobody else answers');
  });
});
