<?php

namespace Candor\Wire;

use Candor\Settings;

/**
 * The wire in WordPress's REST API, at `candor/v1`.
 *
 * Requests come through WordPress's REST server, so that security plugins see them as they see all others, but are answered
 * in the wire's own form: its statuses, problems and streams.
 */
final class Mount
{
    public const NAMESPACE = 'candor/v1';

    /** Refusals of WordPress and of plugins for logging in that are about credentials of theirs, which the wire does not use. */
    private const ABOUT_OTHERS = '/^(rest_cookie_invalid_nonce|incorrect_password|invalid_(username|email)|'
        . 'application_passwords?_\w+|jwt_\w+|\[jwt_auth\].*)$/';

    public static function hook(): void
    {
        add_action('rest_api_init', [self::class, 'register']);
        add_filter('rest_authentication_errors', [self::class, 'forgive'], PHP_INT_MAX);
        add_filter('rest_pre_dispatch', [self::class, 'dispatch'], PHP_INT_MAX, 3);
        add_filter('rest_pre_serve_request', [self::class, 'serve'], PHP_INT_MAX, 2);
    }

    /** Makes the namespace known, to the list of routes and to plugins that allow routes by their names. */
    public static function register(): void
    {
        register_rest_route(self::NAMESPACE, '/(?P<path>.*)', [
            'methods' => 'GET, POST, PUT, PATCH, DELETE',
            'callback' => static function (\WP_REST_Request $request): \WP_REST_Response {
                return new Response(self::answer($request));
            },
            // Visitors are known by the token that a request carries. No cookie and no nonce has a part in it.
            'permission_callback' => '__return_true',
        ]);
    }

    /**
     * A stale nonce that a cached page sends along, or a bearer token that a plugin for logging in takes for one of its own,
     * turns no visitor away: the request is a guest's then. What a security plugin refuses to guests stays refused, and
     * Diagnostics names it.
     *
     * @param \WP_Error|null|bool $result
     * @return \WP_Error|null|bool
     */
    public static function forgive($result)
    {
        if (!is_wp_error($result) || !self::isOurs(self::asked()) || !preg_match(self::ABOUT_OTHERS, (string) $result->get_error_code())) {
            return $result;
        }
        wp_set_current_user(0);
        return true;
    }

    /**
     * @param mixed $result What another plugin would answer.
     * @return mixed
     */
    public static function dispatch($result, \WP_REST_Server $server, \WP_REST_Request $request)
    {
        if (!self::isOurs($request->get_route())) {
            return $result;
        }
        if (is_wp_error($result) && !preg_match(self::ABOUT_OTHERS, (string) $result->get_error_code())) {
            return $result;
        }
        self::keepOutOfCaches();
        return new Response(self::answer($request));
    }

    /**
     * Sends an answer in its own form.
     *
     * @param bool $isServed
     * @param \WP_HTTP_Response $response
     */
    public static function serve($isServed, $response): bool
    {
        if ($isServed || !$response instanceof Response) {
            return (bool) $isServed;
        }
        $answer = $response->answer;
        // WordPress grants pages of any origin their visitors' cookies. The wire wants none.
        header_remove('Access-Control-Allow-Credentials');
        header_remove('Access-Control-Allow-Methods');
        header_remove('Expires');
        header_remove('Link');
        foreach ($answer->headers as $name => $value) {
            header("$name: $value");
        }
        if ($answer->status === 204) {
            header_remove('Content-Type');
        }
        if ($answer->stream !== null && ($_SERVER['REQUEST_METHOD'] ?? '') !== 'HEAD') {
            ($answer->stream)(new EventStream());
        } elseif (($_SERVER['REQUEST_METHOD'] ?? '') !== 'HEAD') {
            echo $answer->body; // phpcs:ignore WordPress.Security.EscapeOutput -- JSON, and called so
        }
        return true;
    }

    /** Some page caches keep answers of the REST API too, and look at this rather than at Cache-Control. */
    private static function keepOutOfCaches(): void
    {
        if (!defined('DONOTCACHEPAGE')) {
            define('DONOTCACHEPAGE', true);
        }
        do_action('litespeed_control_set_nocache', 'Candor');
    }

    /** The route for which the HTTP request came; empty where it came for none. */
    private static function asked(): string
    {
        return (string) ($GLOBALS['wp']->query_vars['rest_route'] ?? '');
    }

    private static function isOurs(string $route): bool
    {
        $route = '/' . ltrim($route, '/');
        $route = explode('?', $route)[0];
        return $route === '/' . self::NAMESPACE || strncmp($route, '/' . self::NAMESPACE . '/', strlen(self::NAMESPACE) + 2) === 0;
    }

    private static function answer(\WP_REST_Request $rest): Answer
    {
        if (!self::isOurs(self::asked())) {
            // A part of another request brings headers and a body of its own making, by which nothing could be checked.
            $words = 'Requests to the chat are sent one by one, not in a batch.';
            return Answer::problem(Problem::of(Cause::of('invalid_request'), 400, $words));
        }
        // With plain permalinks the mount is in the query, so a client's own query ends up behind the route.
        [$route, $query] = array_pad(explode('?', $rest->get_route(), 2), 2, '');
        parse_str($query, $more);
        $path = trim((string) substr('/' . ltrim($route, '/'), strlen(self::NAMESPACE) + 1), '/');
        $assistant = Settings::MAIN;
        if (preg_match('~^assistants/([a-z0-9-]{1,40})(?:/(.*))?$~D', $path, $found)) {
            [$assistant, $path] = [$found[1], $found[2] ?? ''];
        }
        $request = new Request($rest, $path, $more);
        $origin = $request->header('origin');
        if ($request->method() === 'OPTIONS') {
            $answer = Answer::nothing();
            $answer->headers += Origins::preflight();
        } else {
            $answer = (new Router($request, $assistant))->answer();
        }
        $answer->headers += Origins::headers($origin);
        return $answer;
    }
}
