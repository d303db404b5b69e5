// The plugin in PHP's oldest and newest version that it runs on, with its own demo answering.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { startWordPress } from './site.mjs';
import { VERSIONS, startVersion } from './versions.mjs';

describe('The plugin', () => {
  let site;
  before(async () => {
    site = await startWordPress({ permalinks: '' });
  });
  after(() => site?.stop());

  for (const version of Object.keys(VERSIONS)) {
    test(`answers a visitor in PHP ${version}, without a word in the error log`, async () => {
      const php = await startVersion(version, { [site.folder]: site.folder });
      const told = JSON.parse(await php.run(`
        error_reporting( -1 );
        $faults = array();
        set_error_handler( function ( $level, $message, $file, $line ) use ( &$faults ) {
          if ( false !== strpos( $file, '/plugins/candor/' ) ) {
            $faults[] = "$message in $file:$line";
          }
          return true;
        } );
        $_SERVER += array( 'HTTP_HOST' => '127.0.0.1', 'SERVER_NAME' => '127.0.0.1', 'REQUEST_URI' => '/', 'REQUEST_METHOD' => 'GET', 'REMOTE_ADDR' => '127.0.0.1' );
        require '${site.folder}/wp-load.php';
        $ask = function ( $method, $path, $body = null, $token = null ) {
          $request = new WP_REST_Request( $method, '/candor/v1' . $path );
          $_SERVER['REQUEST_METHOD'] = $method;
          // As if the request of the browser had come for it.
          $GLOBALS['wp']->query_vars['rest_route'] = '/candor/v1' . strtok( $path, '?' );
          if ( null !== $body ) {
            $request->set_header( 'content-type', 'application/json' );
            $request->set_body( json_encode( $body ) );
          }
          $request->set_header( 'accept', 'application/json' );
          if ( null !== $token ) {
            $request->set_header( 'authorization', "Bearer $token" );
          }
          $response = rest_do_request( $request );
          return array( $response->get_status(), json_decode( isset( $response->answer ) ? $response->answer->body : json_encode( $response->get_data() ), true ) );
        };
        list( $status, $config ) = $ask( 'GET', '/config' );
        list( , $visitor ) = $ask( 'POST', '/visitors' );
        list( , $conversation ) = $ask( 'POST', '/conversations', array( 'title' => 'Seats' ), $visitor['token'] );
        list( $said, $answer ) = $ask( 'POST', "/conversations/{$conversation['id']}/messages", array( 'content' => 'hello' ), $visitor['token'] );
        list( $failed, $problem ) = $ask( 'POST', "/conversations/{$conversation['id']}/messages", array( 'content' => 'fail: missing scopes' ), $visitor['token'] );
        list( , $list ) = $ask( 'GET', '/conversations?search=welcome', null, $visitor['token'] );
        list( $refused ) = $ask( 'GET', '/conversations' );
        list( $gone ) = $ask( 'DELETE', '/visitors', null, $visitor['token'] );
        echo json_encode( array(
          'version' => PHP_VERSION,
          'statuses' => array( $status, $said, $failed, $refused, $gone ),
          'title' => $conversation['title'],
          'reply' => $answer['reply']['content'] ?? $answer,
          'cause' => $problem['upstream']['message'] ?? $problem,
          'provider' => $config['provider'] ?? $config,
          'faults' => $faults,
        ) );`));
      php.stop();
      assert.ok(told.version.startsWith(version), told.version);
      assert.deepEqual(told.statuses, [200, 200, 502, 401, 204], JSON.stringify(told));
      assert.deepEqual([told.provider, told.title], ['demo', 'Seats']);
      assert.match(told.reply, /^Hello, and welcome\./);
      assert.match(told.cause, /Missing scopes: model\.request/);
      assert.deepEqual(told.faults, []);
    });
  }
});
