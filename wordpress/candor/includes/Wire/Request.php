<?php

namespace Candor\Wire;

/** A request to the wire: method, path below the mount, query, headers and body. */
final class Request
{
    /** @var \WP_REST_Request */
    private $rest;

    /** @var string Below the mount and its assistant, without a slash at the end; empty for the mount itself. */
    private $path;

    /** @var array<string, mixed> */
    private $query;

    /** @param array<string, mixed> $query What came behind the route, beside the address's own query. */
    public function __construct(\WP_REST_Request $rest, string $path, array $query = [])
    {
        $this->rest = $rest;
        $this->path = $path;
        $this->query = $query + $rest->get_query_params();
    }

    public function method(): string
    {
        return $this->rest->get_method();
    }

    public function path(): string
    {
        return $this->path;
    }

    public function hasHeader(string $name): bool
    {
        return $this->rest->get_header($name) !== null;
    }

    /** A header's value; empty where there is none. */
    public function header(string $name): string
    {
        return (string) $this->rest->get_header($name);
    }

    /** A parameter of the query; null where there is none. */
    public function query(string $name): ?string
    {
        $value = $this->query[$name] ?? null;
        if ($value !== null && !is_string($value)) {
            throw ApiProblem::invalid("The query $name must be a text.");
        }
        return $value;
    }

    public function body(): string
    {
        return (string) $this->rest->get_body();
    }

    /**
     * The token that the request carries. Some hosts keep the Authorization header from PHP; the same token may come in
     * `Candor-Authorization` then.
     */
    public function bearer(): ?string
    {
        foreach (['authorization', 'candor-authorization'] as $name) {
            if (preg_match('/^bearer +(\S{1,512})\s*$/i', $this->header($name), $found)) {
                return $found[1];
            }
        }
        return null;
    }

    /**
     * The tag of the language that the visitor likes best: browsers list it first. Language, script and region alone (RFC 5646,
     * section 2.1), none of which has room for a word to the model.
     */
    public function language(): ?string
    {
        $first = trim(preg_split('/[,;]/', $this->header('accept-language'))[0]);
        $tag = '/^[a-z]{2,3}(?![^-])(-[a-z]{4}(?![^-]))?(-([a-z]{2}|[0-9]{3})(?![^-]))?/i';
        return preg_match($tag, $first, $found) ? $found[0] : null;
    }

    /** Whether only JSON is accepted, and no stream. */
    public function wantsJson(): bool
    {
        $accepted = strtolower($this->header('accept'));
        return strpos($accepted, 'application/json') !== false && strpos($accepted, 'text/event-stream') === false;
    }
}
