// What runs a site: nginx before php-fpm, Apache with PHP in it, as hosts have them, and PHP's own server.

import { readFileSync } from 'node:fs';
import { stat, writeFile } from 'node:fs/promises';
import { userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { run, serve } from './processes.mjs';

const { PHP, APACHE, APACHE_PHP, NGINX_BIN, PHP_FPM } = process.env;

const { uid, username } = userInfo();

/** Settings of PHP on every site: quick, and every notice is heard. */
const SETTINGS = {
  'error_reporting': '-1',
  'display_errors': '0',
  'log_errors': '1',
  'memory_limit': '256M',
  'output_buffering': '0',
  'opcache.enable_cli': '1',
  'opcache.revalidate_freq': '0',
  'upload_max_filesize': '32M',
  'post_max_size': '40M',
};

/** The words by which PHP is told its settings. */
const words = (settings) => Object.entries({ ...SETTINGS, ...settings }).flatMap(([name, value]) => ['-d', `${name}=${value}`]);

/** Runs a PHP file or text to its end, and gives what it writes. */
export const runPhp = (arguments_, options, settings) => run(PHP, [...words({ ...settings, display_errors: 'stderr' }), ...arguments_], options);

/** As Apache would find a file with WordPress's .htaccess: real files, a folder's index.php, and the site's index.php. */
const ROUTER = `<?php
$root = $_SERVER['DOCUMENT_ROOT'];
$path = rawurldecode( parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH ) );
if ( is_dir( $root . $path ) && is_file( rtrim( $root . $path, '/' ) . '/index.php' ) ) {
	if ( '/' !== substr( $path, -1 ) ) {
		header( 'Location: ' . $path . '/', true, 301 );
		return true;
	}
	$path .= 'index.php';
}
if ( is_file( $root . $path ) && '.php' !== substr( $path, -4 ) ) {
	$types = array( 'css' => 'text/css', 'html' => 'text/html', 'js' => 'text/javascript', 'json' => 'application/json', 'svg' => 'image/svg+xml', 'wasm' => 'application/wasm', 'woff2' => 'font/woff2', 'png' => 'image/png', 'gif' => 'image/gif', 'jpg' => 'image/jpeg' );
	$type  = pathinfo( $path, PATHINFO_EXTENSION );
	// PHP's server answers nothing at all when it is left the file while PHP compresses.
	ini_set( 'zlib.output_compression', '0' );
	header( 'Content-Type: ' . ( isset( $types[ $type ] ) ? $types[ $type ] : 'application/octet-stream' ) );
	header( 'Content-Length: ' . filesize( $root . $path ) );
	readfile( $root . $path );
	return true;
}
$script = is_file( $root . $path ) ? $path : getenv( 'SITE_PATH' ) . '/index.php';
$_SERVER['SCRIPT_NAME']     = $script;
$_SERVER['PHP_SELF']        = $script;
$_SERVER['SCRIPT_FILENAME'] = $root . $script;
// PHP's server takes what stands behind a folder for the path's end; Apache does not.
if ( false === strpos( $path, '.php/' ) ) {
	unset( $_SERVER['PATH_INFO'] );
}
chdir( dirname( $root . $script ) );
require $root . $script;
`;

/** Waits until something answers, whatever. */
const answers = (port) => () => fetch(`http://127.0.0.1:${port}/readme.html`, { redirect: 'manual', signal: AbortSignal.timeout(2000) });

/**
 * PHP's own server. One of its workers may have taken a connection before a stream holds it, which then waits for the stream's
 * end. It has nothing to put in order at its own end, and takes long for it.
 */
async function startPhp({ root, path, port, settings, workers = 8 }) {
  const router = join(dirname(root), 'router.php');
  await writeFile(router, ROUTER);
  const env = { ...process.env, PHP_CLI_SERVER_WORKERS: String(workers), SITE_PATH: path };
  return serve(PHP, [...words(settings), '-S', `127.0.0.1:${port}`, '-t', root, router], { env, signal: 'SIGKILL' }, answers(port));
}

/** Apache with mod_php, without the system's own settings. */
async function startApache({ root, path, port, settings, workers = 8 }) {
  const folder = dirname(root);
  const modules = dirname(APACHE_PHP);
  const load = ['mpm_prefork', 'authz_core', 'dir', 'mime', 'rewrite', 'headers', 'env', 'setenvif', 'deflate', 'filter'];
  await writeFile(join(folder, 'apache.conf'), `
    ServerName 127.0.0.1
    ServerRoot ${folder}
    PidFile ${folder}/apache.pid
    DefaultRuntimeDir ${folder}
    Mutex pthread
    Listen 127.0.0.1:${port}
    ${load.map((name) => `LoadModule ${name}_module ${modules}/mod_${name}.so`).join('\n    ')}
    LoadModule php_module ${APACHE_PHP}
    # It does not serve as root.
    ${uid === 0 ? 'User www-data\n    Group www-data' : ''}
    ErrorLog ${folder}/error.log
    StartServers ${workers}
    MaxRequestWorkers ${workers}
    TypesConfig /etc/mime.types
    AddType application/wasm .wasm
    DirectoryIndex index.php
    # As Debian's own settings have it: text is compressed, an event stream is not.
    AddOutputFilterByType DEFLATE text/html text/css application/javascript application/json application/wasm
    <FilesMatch "\\.php$">
      SetHandler application/x-httpd-php
    </FilesMatch>
    ${Object.entries({ ...SETTINGS, ...settings }).map(([name, value]) => `php_admin_value ${name} "${value}"`).join('\n    ')}
    DocumentRoot ${root}
    <Directory ${root}>
      AllowOverride All
      Require all granted
    </Directory>`);
  await writeFile(join(root, path, '.htaccess'), `
    RewriteEngine On
    RewriteRule .* - [E=HTTP_AUTHORIZATION:%{HTTP:Authorization}]
    RewriteBase ${path}/
    RewriteRule ^index\\.php$ - [L]
    RewriteCond %{REQUEST_FILENAME} !-f
    RewriteCond %{REQUEST_FILENAME} !-d
    RewriteRule . ${path}/index.php [L]`);
  if (uid === 0) await run('chown', ['-R', 'www-data:www-data', root]);
  const server = await serve(APACHE, ['-f', join(folder, 'apache.conf'), '-DFOREGROUND'], {}, answers(port));
  return { ...server, said: () => readFileSync(join(folder, 'error.log'), 'utf8') };
}

/** nginx before php-fpm: it buffers what PHP sends, which is its default. `directives` are for what PHP answers. */
async function startNginx({ root, path, port, settings, workers = 8, directives = '' }) {
  const folder = dirname(root);
  const socket = join(folder, 'fpm.sock');
  await writeFile(join(folder, 'fpm.conf'), [
    '[global]',
    `error_log = ${folder}/fpm.log`,
    '[site]',
    `user = ${username}`,
    `listen = ${socket}`,
    'pm = static',
    `pm.max_children = ${workers}`,
    ...Object.entries({ ...SETTINGS, ...settings }).map(([name, value]) => `php_admin_value[${name}] = "${value}"`),
  ].join('\n'));
  await writeFile(join(folder, 'nginx.conf'), `
    user ${username};
    daemon off;
    pid ${folder}/nginx.pid;
    error_log ${folder}/error.log;
    events {}
    http {
      include /etc/nginx/mime.types;
      access_log off;
      ${['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map((of) => `${of}_temp_path ${folder}/${of};`).join('\n      ')}
      gzip on;
      gzip_types text/css application/javascript application/wasm;
      server {
        listen 127.0.0.1:${port};
        root ${root};
        index index.php;
        client_max_body_size 40m;
        location / {
          try_files $uri $uri/ ${path}/index.php?$args;
        }
        location ~ \\.php$ {
          include /etc/nginx/fastcgi_params;
          fastcgi_param SCRIPT_FILENAME $document_root$fastcgi_script_name;
          # Debian's own drops the port.
          fastcgi_param HTTP_HOST $http_host;
          # nginx heeds this one, and passes it on to nobody unless it is told to.
          fastcgi_pass_header X-Accel-Buffering;
          ${directives}
          fastcgi_pass unix:${socket};
        }
      }
    }`);
  const fpm = await serve(PHP_FPM, ['--allow-to-run-as-root', '--nodaemonize', '--fpm-config', join(folder, 'fpm.conf')], {}, () => stat(socket));
  const nginx = await serve(NGINX_BIN, ['-p', folder, '-c', join(folder, 'nginx.conf'), '-e', 'stderr'], {}, answers(port));
  return {
    // What PHP complains of goes to nginx.
    said: () => readFileSync(join(folder, 'error.log'), 'utf8'),
    stop: async () => {
      await nginx.stop();
      await fpm.stop();
    },
  };
}

/** What runs a site, by name. */
export const SERVERS = { nginx: startNginx, apache: startApache, php: startPhp };
