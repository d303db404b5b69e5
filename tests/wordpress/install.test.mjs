// The zip as an owner gets it into a site, and out of it again.

import assert from 'node:assert/strict';
import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { launchChromium, visit } from '../browser/product.mjs';
import { startMariaDb } from './database.mjs';
import { OLDEST, OWNER, signIn, startWordPress } from './site.mjs';

const TABLES = "return $GLOBALS['wpdb']->get_col( \"SHOW TABLES LIKE '%candor%'\" );";
const OPTIONS = "return $GLOBALS['wpdb']->get_col( \"SELECT option_name FROM {$GLOBALS['wpdb']->options} WHERE option_name LIKE '%candor%'\" );";

/** Uploads the zip by wp-admin's form, and activates it. */
async function upload(tab, site, zip) {
  await tab.goto(`${site.origin}/wp-admin/plugin-install.php?tab=upload`);
  await tab.locator('input[type="file"][name="pluginzip"]').setInputFiles(zip);
  await tab.getByRole('button', { name: 'Install Now' }).click();
  await tab.getByRole('link', { name: 'Activate Plugin' }).click();
  await tab.getByText('Plugin activated.').first().waitFor();
}

describe('The zip', { concurrency: 2 }, () => {
  let database, browser;
  before(async () => {
    [database, browser] = await Promise.all([startMariaDb(), launchChromium()]);
  });
  after(() => Promise.all([browser?.close(), database?.stop()]));

  for (const [what, options] of [['the newest WordPress', {}], ['WordPress 6.1', { wordpress: OLDEST }]]) {
    test(`is uploaded and activated on ${what}, and deleted with everything it has made`, async (context) => {
      const site = await startWordPress({ plugin: false, database, ...options });
      context.after(() => site.stop());
      const { tab, close } = await visit(browser);
      await signIn(tab, site);
      await upload(tab, site, process.env.CANDOR_ZIP);
      const row = tab.locator('tr[data-plugin="candor/candor.php"]');
      await tab.goto(`${site.origin}/wp-admin/plugins.php`);
      assert.match(await row.textContent(), /Candor.*Deactivate.*says plainly what went wrong/s);
      assert.equal((await fetch(`${site.origin}/wp-json/candor/v1/health`)).status, 200);
      assert.ok((await site.php(TABLES)).length > 3, 'it has tables');

      const temporary = await site.php("$path = Candor\\Store\\TemporaryFile::path( 'a reply' ); touch( $path ); touch( Candor\\Store\\TemporaryFile::ofServer( 'worker-0' ) ); return array( dirname( $path ), dirname( Candor\\Store\\TemporaryFile::ofServer( '' ) . 'x' ) );");
      // The owner wants everything removed with the plugin.
      await site.must("$settings = get_option( 'candor', array() ); $settings['remove_all'] = true; update_option( 'candor', $settings ); return true;");
      await row.getByRole('link', { name: /^Deactivate/ }).click();
      await tab.getByText('Plugin deactivated.').first().waitFor();
      // Before its scripts run, the link asks by a page of its own.
      await tab.waitForLoadState();
      tab.once('dialog', (dialog) => dialog.accept());
      const deleted = tab.waitForResponse((response) => response.request().postData()?.includes('action=delete-plugin'));
      await row.getByRole('link', { name: /^Delete/ }).click();
      assert.equal((await (await deleted).json()).success, true);
      await assert.rejects(access(join(site.content, 'plugins/candor')));
      assert.deepEqual([await site.php(TABLES), await site.php(OPTIONS)], [[], []]);
      for (const folder of temporary) await assert.rejects(access(folder), folder);
      await close();
      assert.deepEqual(site.complaints(), []);
    });
  }

  test('that is deleted without a word about it leaves the conversations', async (context) => {
    const site = await startWordPress({ database });
    context.after(() => site.stop());
    await fetch(`${site.wire}/visitors`, { method: 'POST' });
    await site.must(`
      require_once ABSPATH . 'wp-admin/includes/plugin.php';
      require_once ABSPATH . 'wp-admin/includes/file.php';
      deactivate_plugins( 'candor/candor.php' );
      return delete_plugins( array( 'candor/candor.php' ) );`);
    assert.ok((await site.php(TABLES)).length > 3);
  });

  test('is active on every site of a network, each with its own visitors', async (context) => {
    const site = await startWordPress({ database, network: true, path: '/shops' });
    context.after(() => site.stop());
    const second = await site.php(`
      wp_set_current_user( 1 );
      $id = wpmu_create_blog( '127.0.0.1:' . getenv( 'PORT' ), '/shops/second/', 'Second', 1 );
      if ( is_wp_error( $id ) ) {
        return $id->get_error_message();
      }
      switch_to_blog( $id );
      // Made here they lack what plugins add; made by the site's first request they do not.
      delete_option( 'rewrite_rules' );
      return untrailingslashit( rest_url( 'candor/v1' ) );`);
    const { token } = await (await fetch(`${second}/visitors`, { method: 'POST' })).json();
    const headers = { authorization: `Bearer ${token}` };
    assert.deepEqual([(await fetch(`${second}/conversations`, { headers })).status, (await fetch(`${site.wire}/conversations`, { headers })).status], [200, 401]);
    assert.equal(new URL(second).pathname, '/shops/second/wp-json/candor/v1');
    assert.deepEqual(site.complaints(), []);
  });
});
