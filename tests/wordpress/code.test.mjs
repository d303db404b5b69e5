// The plugin's code, before anything runs it.

import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { VERSIONS, startVersion } from './versions.mjs';

const PLUGIN = fileURLToPath(new URL('../../wordpress/candor', import.meta.url));

for (const version of Object.keys(VERSIONS)) {
  test(`Every file of the plugin is PHP ${version}, without anything deprecated`, async () => {
    const php = await startVersion(version, { '/plugin': PLUGIN, '/wordpress': process.env.WORDPRESS });
    const told = JSON.parse(await php.run(`
      error_reporting( -1 );
      define( 'ABSPATH', '/wordpress/' );
      $faults = array();
      $files = 0;
      set_error_handler( function ( $level, $message, $file, $line ) use ( &$faults ) {
        $faults[] = "$message in $file:$line";
        return true;
      } );
      spl_autoload_register( function ( $class ) {
        $path = '/plugin/includes/' . strtr( substr( $class, 7 ), '\\\\', '/' ) . '.php';
        if ( 0 === strpos( $class, 'Candor\\\\' ) && is_file( $path ) ) {
          require_once $path;
        }
      } );
      foreach ( new RecursiveIteratorIterator( new RecursiveDirectoryIterator( '/plugin', FilesystemIterator::SKIP_DOTS ) ) as $file ) {
        if ( 'php' !== $file->getExtension() ) {
          continue;
        }
        ++$files;
        try {
          token_get_all( file_get_contents( $file->getPathname() ), TOKEN_PARSE );
          // A file of classes declares them and does nothing.
          if ( 0 === strpos( $file->getPathname(), '/plugin/includes/' ) ) {
            require_once $file->getPathname();
          }
        } catch ( Throwable $fault ) {
          // Not all that WordPress brings is here.
          if ( ! preg_match( '/(WP_|wpdb)\\w*.? not found/', $fault->getMessage() ) ) {
            $faults[] = $fault->getMessage() . ' in ' . $file->getPathname() . ':' . $fault->getLine();
          }
        }
      }
      echo json_encode( array( 'version' => PHP_VERSION, 'files' => $files, 'faults' => $faults ) );`));
    php.stop();
    assert.ok(told.version.startsWith(version), told.version);
    assert.ok(told.files > 10, `${told.files} files were read`);
    assert.deepEqual(told.faults, []);
  });
}

test('PHP_CodeSniffer has nothing to say, by the plugin’s own rules and by what is forbidden', () => {
  const standards = [join(PLUGIN, 'phpcs.xml'), fileURLToPath(new URL('forbidden.xml', import.meta.url))];
  const { status, stdout } = spawnSync(process.env.PHPCS, [`--standard=${standards}`, '--extensions=php', '-s', PLUGIN], { encoding: 'utf8' });
  assert.equal(status, 0, stdout);
});
