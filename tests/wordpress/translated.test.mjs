// Sites in other languages: what owners read in wp-admin, from PHP and from scripts.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launchChromium, visit } from '../browser/product.mjs';
import { startMariaDb } from './database.mjs';
import { run } from './processes.mjs';
import { startProvider } from './provider.mjs';
import { openShop } from './shop.mjs';
import { OLDEST, signIn, tabOf } from './site.mjs';

/** Lays a language pack into a site, as WordPress fetches them: these lines of a `.po` file, compiled. */
async function addPack(site, name, lines) {
  const file = join(site.content, 'languages', name);
  await mkdir(join(file, '..'), { recursive: true });
  await writeFile(`${file}.po`, `msgid ""\nmsgstr "Content-Type: text/plain; charset=UTF-8\\n"\n${lines}`);
  await run('msgfmt', [`--output-file=${file}.mo`, `${file}.po`]);
}

/** The whole site speaks it. WordPress itself has no sentence of it here, but for how it is written. */
async function speak(site, locale, direction = 'ltr') {
  await addPack(site, locale, `msgctxt "text direction"\nmsgid "ltr"\nmsgstr "${direction}"\n`);
  assert.equal(await site.setOption('WPLANG', locale), true);
}

/** Whoever is signed in has chosen it for wp-admin. */
const choose = (site, locale) => site.must(`return (bool) update_user_meta( 1, 'locale', '${locale}' );`);

/** Of a translation before `init` WordPress says that it is too early. */
const isQuiet = (site) => assert.deepEqual([...site.complaints(), ...site.said().split('\n').filter((line) => line.includes('_load_textdomain_just_in_time'))], []);

describe('In another language', { concurrency: 2 }, () => {
  let provider, browser, database;
  before(async () => {
    [provider, browser, database] = await Promise.all([startProvider(), launchChromium(), startMariaDb()]);
  });
  after(() => Promise.all([browser?.close(), provider?.stop(), database?.stop()]));

  const VERSIONS = [['the newest WordPress', () => ({})], ['WordPress 6.1', () => ({ wordpress: OLDEST, database })]];

  /** A site, and a tab of its owner. */
  async function open(context, options) {
    const site = await openShop(provider, options);
    context.after(() => site.stop());
    const owner = await visit(browser);
    context.after(owner.close);
    await signIn(owner.tab, site);
    return { site, tab: owner.tab };
  }

  for (const [what, options] of VERSIONS) {
    test(`whoever has chosen German reads it in Candor’s pages and in what their scripts say, on ${what}`, async (context) => {
      const { site, tab } = await open(context, options());
      await choose(site, 'de_DE');
      await tab.goto(tabOf(site, 'connection'));
      await tab.getByRole('navigation', { name: 'Einstellungen von Candor' }).getByRole('link', { name: 'Verbindung', exact: true }).waitFor();
      await tab.getByLabel('Adresse der API').waitFor();
      await tab.getByRole('button', { name: 'Modelle laden' }).click();
      await tab.getByText('2 Modelle. Wählen Sie eines im Feld „Modell“.').waitFor();
      await tab.goto(`${site.origin}/wp-admin/plugins.php`);
      await tab.getByText('Ein Chat für Ihre Website, der klar sagt, was schiefgegangen ist.').waitFor();
      isQuiet(site);
    });

    test(`a site in Arabic has Candor’s pages from right to left, in Arabic, on ${what}`, async (context) => {
      const { site, tab } = await open(context, options());
      await speak(site, 'ar', 'rtl');
      await tab.goto(tabOf(site, 'connection'));
      const page = tab.locator('.candor.wrap');
      assert.equal(await page.evaluate((element) => getComputedStyle(element).direction), 'rtl');
      for (const label of await page.locator('.nav-tab, th').allTextContents()) assert.match(label, /\p{Script=Arabic}/u);
      const names = await page.locator('code').evaluateAll((all) => all.map((name) => getComputedStyle(name)).map(({ direction, unicodeBidi }) => `${direction} ${unicodeBidi}`));
      assert.deepEqual([...new Set(names)], ['ltr isolate'], 'names and addresses are written from left to right, alone');
      await tab.locator('#candor-load-models').click();
      await tab.waitForFunction(() => /^\D*2\D/.test(document.getElementById('candor-told').textContent));
      assert.match(await tab.locator('#candor-told').textContent(), /\p{Script=Arabic}/u);
      isQuiet(site);
    });
  }

  test('the mail about a limit is written in the language of the site', async (context) => {
    const site = await openShop(provider);
    context.after(() => site.stop());
    await speak(site, 'de_DE');
    const mail = await site.php(`
      add_filter( 'pre_wp_mail', function ( $sent, $mail ) {
        $GLOBALS['mail'] = $mail;
        return true;
      }, 10, 2 );
      do_action( 'candor_near_limit', 'answers_site_day', 4000, 5000, time() );
      return $GLOBALS['mail'];`);
    assert.equal(mail.subject, '[A shop] Ein Limit des Chats ist fast aufgebraucht');
    assert.match(mail.message, /4,000 von 5,000/);
    isQuiet(site);
  });

  test('the block’s settings are German in the editor', async (context) => {
    const { site, tab } = await open(context);
    await choose(site, 'de_DE');
    await tab.goto(`${site.origin}/wp-admin/post-new.php?post_type=page`);
    await tab.waitForFunction(() => window.wp?.blocks?.getBlockType('candor/chat'));
    assert.equal(await tab.evaluate(() => window.wp.i18n.__('Messages to choose from, with | between them.', 'candor')), 'Nachrichten zur Auswahl, getrennt durch |.');
    isQuiet(site);
  });

  test('a language that has no file of this country, or of this tone, is read from its nearest', async (context) => {
    const { site, tab } = await open(context);
    const words = { de_AT: 'Adresse der API', de_DE_formal: 'Adresse der API', es_MX: 'Dirección de la API', zh_HK: 'API 網址' };
    for (const [locale, label] of Object.entries(words)) {
      await choose(site, locale);
      await tab.goto(tabOf(site, 'connection'));
      await tab.getByLabel(label).waitFor();
    }
    await choose(site, 'sv_SE');
    await tab.goto(tabOf(site, 'connection'));
    await tab.getByLabel('Address of the API').waitFor();
    isQuiet(site);
  });

  for (const [what, options] of VERSIONS) {
    test(`what wordpress.org’s translators have made goes before the plugin’s own, on ${what}`, async (context) => {
      const { site, tab } = await open(context, options());
      await addPack(site, 'plugins/candor-de_DE', 'msgid "Address of the API"\nmsgstr "Wo die API ist"\n');
      // A script's is called by what the script is called.
      const script = createHash('md5').update('assets/admin.js').digest('hex');
      const messages = { '': {}, '%d models. Choose one in the field “Model”.': ['%d zur Auswahl.'] };
      await writeFile(join(site.content, `languages/plugins/candor-de_DE-${script}.json`), JSON.stringify({ locale_data: { messages } }));
      await choose(site, 'de_DE');
      await tab.goto(tabOf(site, 'connection'));
      await tab.getByLabel('Wo die API ist').waitFor();
      await tab.getByRole('button', { name: 'Load models' }).click();
      await tab.getByText('2 zur Auswahl.').waitFor();
      isQuiet(site);
    });
  }
});
