// What other plugins, themes and hosts do to a site, each as a must-use plugin of a few lines.

/** A security plugin that closes the REST API to guests. */
export const REST_FOR_MEMBERS = `<?php
add_filter( 'rest_authentication_errors', function ( $result ) {
	if ( ! empty( $result ) || is_user_logged_in() ) {
		return $result;
	}
	return new WP_Error( 'rest_forbidden', 'Sorry, you are not allowed to do that.', array( 'status' => 401 ) );
} );
`;

/** A firewall that answers what is sent to the chat with a page of its own. */
export const FIREWALL = `<?php
if ( 'POST' === $_SERVER['REQUEST_METHOD'] && false !== strpos( $_SERVER['REQUEST_URI'], 'candor' ) ) {
	header( 'HTTP/1.1 403 Forbidden' );
	header( 'Content-Type: text/html; charset=UTF-8' );
	header( 'Server: Firewall' );
	echo '<!DOCTYPE html><html><head><title>403 Forbidden</title></head><body><h1>Access denied</h1><p>This request has been blocked by the web application firewall of this site.</p></body></html>';
	exit;
}
`;

/** A theme that styles everything, and means it. */
export const LOUD_THEME = `<?php
add_action( 'wp_head', function () {
	echo '<style>
		* { color: red !important; background: yellow !important; font: italic 30px fantasy !important; letter-spacing: 9px !important; text-transform: uppercase !important; border: 7px dotted lime !important; padding: 21px !important; margin: 13px !important; max-width: 90px !important; visibility: visible !important; }
		button { display: none !important; }
		div { display: inline !important; position: static !important; float: left !important; }
		html { font-size: 40px !important; }
	</style>';
}, 1000 );
`;

/** Another plugin whose scripts fail, and that changes what every list and text has. */
export const BROKEN_SCRIPTS = `<?php
add_action( 'wp_enqueue_scripts', function () {
	wp_enqueue_script( 'jquery' );
	wp_add_inline_script( 'jquery', 'jQuery( function ( $ ) { $( "body" ).noSuchPlugin(); } ); jQuery( document ).on( "click", function () { neverDefined(); } );' );
} );
add_action( 'wp_head', function () {
	echo '<script>Array.prototype.each = function () {}; String.prototype.strip = function () {};</script>';
	echo '<script>alsoNeverDefined.start();</script>';
}, 1 );
`;

/** An optimiser that puts every script off: until the page is read, or until somebody does something. */
const optimiser = (rewritten, restoring) => `<?php
add_action( 'template_redirect', function () {
	ob_start( function ( $html ) {
		$html = preg_replace( '/<script\\b(?![^>]*application\\/(?:ld\\+)?json)(?![^>]*speculationrules)(?![^>]*importmap)([^>]*\\bsrc=[^>]*)>/i', '${rewritten}', $html );
		return str_replace( '</body>', ${JSON.stringify(restoring)} . '</body>', $html );
	} );
} );
`;

export const DEFERRED_SCRIPTS = optimiser('<script$1 defer>', '');

export const DELAYED_SCRIPTS = optimiser('<script type="text/delayed"$1>', `<script>
	addEventListener('mousemove', function start() {
		removeEventListener('mousemove', start);
		document.querySelectorAll('script[type="text/delayed"]').forEach(function (old) {
			var script = document.createElement('script');
			Array.prototype.forEach.call(old.attributes, function (one) { if (one.name !== 'type') script.setAttribute(one.name, one.value); });
			old.parentNode.replaceChild(script, old);
		});
	});
</script>`);

/**
 * A full-page cache that keeps what it is given for a month: wp-content/advanced-cache.php. A page comes out of it with the
 * date at which it went in, which is \`age\` seconds ago. \`signedIn\` keeps pages of people who are signed in as well, as a
 * cache does that is set up badly.
 */
export const pageCache = ({ age, signedIn = false }) => `<?php
$candor_tests_cacheable = 'GET' === $_SERVER['REQUEST_METHOD']
	&& false === strpos( $_SERVER['REQUEST_URI'], 'wp-' )
	&& false === strpos( $_SERVER['REQUEST_URI'], 'rest_route' )
	&& ( ${signedIn} || false === strpos( $_SERVER['HTTP_COOKIE'] ?? '', 'wordpress_logged_in' ) );
if ( $candor_tests_cacheable ) {
	$candor_tests_file = __DIR__ . '/cached-' . md5( $_SERVER['REQUEST_URI'] ) . '.html';
	if ( is_file( $candor_tests_file ) ) {
		header( 'Content-Type: text/html; charset=UTF-8' );
		header( 'Cache-Control: public, max-age=2592000' );
		header( 'Date: ' . gmdate( 'D, d M Y H:i:s', time() - ${age} ) . ' GMT' );
		header( 'X-Cache: HIT' );
		readfile( $candor_tests_file );
		exit;
	}
	ob_start( function ( $html ) use ( $candor_tests_file ) {
		if ( 200 === http_response_code() && false !== strpos( $html, '</html>' ) ) {
			file_put_contents( $candor_tests_file, $html );
		}
		return $html;
	} );
}
`;

/** Writes the process that answers a message or runs checks into a file, so that a test can end it as a host does. */
export const NAMED_PROCESS = `<?php
if ( 'POST' === $_SERVER['REQUEST_METHOD'] && preg_match( '~/(messages|replies|checks)~', $_SERVER['REQUEST_URI'] ) ) {
	file_put_contents( WP_CONTENT_DIR . '/process', getmypid() );
}
`;
