// A real WordPress as a folder of its own, with its database and its server.

import { chmod, cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { keep, record } from '../emitted.mjs';
import { freePort } from '../ports.mjs';
import { run } from './processes.mjs';
import { SERVERS, runPhp } from './server.mjs';

const { WORDPRESS, OLDEST_WORDPRESS, SQLITE_INTEGRATION, CANDOR_ZIP } = process.env;

export const NEWEST = WORDPRESS;
export const OLDEST = OLDEST_WORDPRESS;
export const OWNER = { name: 'owner', password: 'a-password-of-the-tests' };
/** Where a plugin's zip is unpacked to. */
const PLUGIN = 'candor/candor.php';

const quoted = (text) => `'${String(text).replace(/[\\']/g, '\\$&')}'`;
const literal = (value) => (typeof value === 'string' ? quoted(value) : String(value));

/** The wp-config.php of a site with these constants, and lines of PHP behind them. */
function config(constants, lines) {
  const defined = Object.entries({
    // Nothing of a test goes out to the network.
    WP_HTTP_BLOCK_EXTERNAL: true,
    WP_ACCESSIBLE_HOSTS: '127.0.0.1',
    AUTOMATIC_UPDATER_DISABLED: true,
    DISABLE_WP_CRON: true,
    FS_METHOD: 'direct',
    WP_DEBUG: true,
    WP_DEBUG_DISPLAY: false,
    ...Object.fromEntries(['AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE'].flatMap((kind) => [[`${kind}_KEY`, `${kind} key`], [`${kind}_SALT`, `${kind} salt`]])),
    ...constants,
  }).map(([name, value]) => `define( ${quoted(name)}, ${literal(value)} );`);
  return ['<?php', ...defined, '$table_prefix = "wp_";', lines, "require_once __DIR__ . '/wp-settings.php';"].join('\n');
}

/** Makes the tables, the owner and the addresses, as WordPress's own installer does. */
const INSTALL = `
  require_once ABSPATH . 'wp-admin/includes/upgrade.php';
  wp_install( 'A shop', ${quoted(OWNER.name)}, 'owner@shop.example', true, '', ${quoted(OWNER.password)} );
  update_option( 'permalink_structure', getenv( 'PERMALINKS' ) );
  return true;`;

const NETWORK = `
  require_once ABSPATH . 'wp-admin/includes/upgrade.php';
  foreach ( $GLOBALS['wpdb']->tables( 'ms_global' ) as $table => $name ) {
    $GLOBALS['wpdb']->$table = $name;
  }
  install_network();
  $made = populate_network( 1, '127.0.0.1:' . getenv( 'PORT' ), 'owner@shop.example', 'Shops', getenv( 'SITE_PATH' ) . '/', false );
  return true === $made ? true : $made->get_error_message();`;

const ACTIVATE = `
  require_once ABSPATH . 'wp-admin/includes/plugin.php';
  $outcome = activate_plugin( ${quoted(PLUGIN)}, '', ( defined( 'MULTISITE' ) && MULTISITE ) );
  return null === $outcome ? true : $outcome->get_error_message();`;

/**
 * Brings up a site.
 * - `wordpress`: the folder of an unpacked WordPress
 * - `database`: what `startMariaDb` gives; without it the site is on SQLite
 * - `server`: what runs it, of `SERVERS`; `directives` are nginx's own
 * - `permalinks`: their structure; empty for plain ones
 * - `path`: the subfolder it lives in, such as `/shop`
 * - `network`: as the first site of a multisite
 * - `constants`, `lines`: for wp-config.php
 * - `settings`: of PHP
 * - `mustUse`: must-use plugins, text by file name
 * - `plugin`: whether Candor is there and active; `zip` is another than the one under test
 */
export async function startWordPress({
  wordpress = NEWEST, database, server = 'nginx', permalinks = '/%postname%/', path = '', network = false, constants = {}, lines = '',
  settings: chosen = {}, mustUse = {}, plugin = true, zip = CANDOR_ZIP, workers, directives,
} = {}) {
  const folder = await mkdtemp(join(tmpdir(), 'candor-wordpress-'));
  await chmod(folder, 0o755);
  const root = join(folder, 'www');
  const home = join(root, path);
  const content = join(home, 'wp-content');
  const port = await freePort();
  const origin = `http://127.0.0.1:${port}`;
  await mkdir(home, { recursive: true });
  // What one process of PHP has compiled serves all; Apache's workers may be another user.
  const compiled = join(folder, 'compiled');
  await mkdir(compiled);
  await chmod(compiled, 0o777);
  const settings = { 'opcache.file_cache': compiled, ...chosen };
  // Links cost nothing, but Apache's user must own what it serves.
  if (server === 'apache') await run('cp', ['-a', `${wordpress}/.`, home]);
  else await run('cp', ['-al', `${wordpress}/.`, home]).catch(() => run('cp', ['-a', `${wordpress}/.`, home]));

  const unpack = (archive, target) => runPhp(['-r', `
    require ${quoted(join(wordpress, 'wp-admin/includes/class-pclzip.php'))};
    $zip = new PclZip( ${quoted(archive)} );
    if ( ! is_array( $zip->extract( PCLZIP_OPT_PATH, ${quoted(target)} ) ) ) {
      fwrite( STDERR, $zip->errorInfo( true ) );
      exit( 1 );
    }`]);
  const found = { WP_HOME: origin + path, WP_SITEURL: origin + path };
  const databaseConstants = await database?.create() ?? { DB_NAME: 'wordpress', DB_USER: '', DB_PASSWORD: '', DB_HOST: '' };
  const write = (more = {}) => writeFile(join(home, 'wp-config.php'), config({ WP_TEMP_DIR: join(content, 'temp'), ...databaseConstants, ...more, ...constants }, lines));
  await mkdir(join(content, 'temp'));
  await write(found);
  if (!database) {
    const integration = join(content, 'plugins/sqlite-database-integration');
    await unpack(SQLITE_INTEGRATION, join(content, 'plugins'));
    await run('mv', [join(content, 'plugins/plugin-sqlite-database-integration'), integration]);
    await cp(join(integration, 'db.copy'), join(content, 'db.php'));
  }

  /** Runs the body of a PHP function inside the site, and gives what it returns. */
  const php = async (body, { installing = false } = {}) => {
    const code = `
      ${installing ? "define( 'WP_INSTALLING', true );" : ''}
      $_SERVER['HTTP_HOST'] = '127.0.0.1:${port}';
      $_SERVER['SERVER_NAME'] = '127.0.0.1';
      $_SERVER['REQUEST_URI'] = '${path}/';
      $_SERVER['REQUEST_METHOD'] = 'GET';
      $_SERVER['SCRIPT_NAME'] = $_SERVER['PHP_SELF'] = '${path}/index.php';
      require ${quoted(join(home, 'wp-load.php'))};
      $outcome = ( function () { ${body} } )();
      fwrite( STDOUT, "\\nRETURNED:" . json_encode( $outcome ) );`;
    const env = { ...process.env, PERMALINKS: permalinks, PORT: String(port), SITE_PATH: path };
    const said = await runPhp(['-r', code], { env }, { 'opcache.file_cache': compiled });
    const at = said.lastIndexOf('\nRETURNED:');
    if (at < 0) throw new Error(`PHP ended early: ${said}`);
    return JSON.parse(said.slice(at + '\nRETURNED:'.length));
  };
  const must = async (body, options) => {
    const outcome = await php(body, options);
    if (outcome !== true) throw new Error(String(outcome));
  };
  await must(INSTALL, { installing: true });
  if (network) {
    const constantsOf = { MULTISITE: true, SUBDOMAIN_INSTALL: false, DOMAIN_CURRENT_SITE: `127.0.0.1:${port}`, PATH_CURRENT_SITE: `${path}/`, SITE_ID_CURRENT_SITE: 1, BLOG_ID_CURRENT_SITE: 1 };
    await must(NETWORK, { installing: true });
    await write({ WP_ALLOW_MULTISITE: true, ...constantsOf });
  }
  await mkdir(join(content, 'mu-plugins'), { recursive: true });
  const addMustUse = (name, text) => writeFile(join(content, 'mu-plugins', name), text);
  for (const [name, text] of Object.entries(mustUse)) await addMustUse(name, text);
  if (plugin) {
    await unpack(zip, join(content, 'plugins'));
    await must(ACTIVATE);
  }
  const running = await SERVERS[server]({ root, path, port, settings, workers, directives });

  return {
    origin: origin + path,
    host: origin,
    folder: home,
    content,
    /** Where the wire is mounted. */
    wire: await php("return untrailingslashit( rest_url( 'candor/v1' ) );"),
    php,
    must,
    addMustUse,
    removeMustUse: (name) => rm(join(content, 'mu-plugins', name)),
    /** Publishes a page and gives its address. */
    page: (title, text) => php(`
      // Others may not write scripts.
      wp_set_current_user( 1 );
      $page = wp_insert_post( array( 'post_type' => 'page', 'post_status' => 'publish', 'post_title' => ${quoted(title)}, 'post_content' => wp_slash( ${quoted(text)} ), 'post_author' => 1 ), true );
      return is_wp_error( $page ) ? $page->get_error_message() : get_permalink( $page );`),
    setOption: (name, value) => php(`return update_option( ${quoted(name)}, json_decode( ${quoted(JSON.stringify(value))}, true ) );`),
    /** What PHP has complained of while it served. */
    complaints: () => running.said().split('\n').filter((line) => /PHP (Fatal|Parse|Warning|Notice|Deprecated|Recoverable)/i.test(line) && line.includes('/plugins/candor/')),
    said: running.said,
    /** Signs in over HTTP, and gives the headers by which a request is that person's. */
    async signIn({ name, password } = OWNER) {
      const response = await fetch(`${origin}${path}/wp-login.php`, {
        method: 'POST',
        redirect: 'manual',
        headers: { cookie: 'wordpress_test_cookie=WP%20Cookie%20check' },
        body: new URLSearchParams({ log: name, pwd: password, 'wp-submit': 'Log In', testcookie: '1' }),
      });
      const cookie = response.headers.getSetCookie().map((line) => line.split(';')[0]).join('; ');
      const nonce = await (await fetch(`${origin}${path}/wp-admin/admin-ajax.php?action=rest-nonce`, { headers: { cookie } })).text();
      if (!/^[0-9a-f]{10}$/.test(nonce)) throw new Error(`no nonce: ${response.status} ${nonce.slice(0, 200)}`);
      return { cookie, 'x-wp-nonce': nonce };
    },
    async stop() {
      await running.stop();
      record('servers', running.said());
      for (const kept of ['debug.log', 'database/.ht.sqlite']) keep(join(content, kept));
      await rm(folder, { recursive: true });
    },
  };
}

/** Signs a browser's tab in, as a person does. */
export async function signIn(tab, site, { name, password } = OWNER) {
  await tab.goto(`${site.origin}/wp-login.php`);
  // The page puts the cursor there a moment after it has loaded: what is typed into the password just then would land there.
  await tab.waitForFunction(() => document.activeElement?.id === 'user_login');
  await tab.getByLabel('Username or Email Address').fill(name);
  await tab.getByLabel('Password', { exact: true }).fill(password);
  await tab.getByRole('button', { name: 'Log In' }).click();
  await tab.waitForURL('**/wp-admin/**');
}

/** The address of a tab of Candor's page in wp-admin. */
export const tabOf = (site, name) => `${site.origin}/wp-admin/admin.php?page=candor&tab=${name}`;

/** Saves the settings of the tab that is open. */
export async function save(tab) {
  await tab.getByRole('button', { name: 'Save Changes' }).click();
  await tab.getByText('Settings saved.').first().waitFor();
}
