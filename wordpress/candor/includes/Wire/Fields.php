<?php

namespace Candor\Wire;

/** A body that is a JSON object, bounded, and read field by field, so that each refusal names what is wrong. */
final class Fields
{
    /** The most bytes that a body may have. */
    private const MAX_BODY_BYTES = 256 * 1024;

    /** The most characters of an idempotency key. */
    private const MAX_KEY_CHARS = 200;

    /** @var array<string, mixed> */
    private $fields;

    /** @param array<string, mixed> $fields */
    private function __construct(array $fields)
    {
        $this->fields = $fields;
    }

    /** No body at all counts as `{}`. */
    public static function of(Request $request): self
    {
        $body = $request->body();
        if (strlen($body) > self::MAX_BODY_BYTES || (int) $request->header('content-length') > self::MAX_BODY_BYTES) {
            throw new ApiProblem('body_too_large', 413);
        }
        // PHP keeps the body of a form to itself: that there is one tells its length alone.
        if ($body === '' && (int) $request->header('content-length') === 0) {
            return new self([]);
        }
        $kind = strtolower(trim(explode(';', $request->header('content-type'))[0]));
        if ($kind !== 'application/json') {
            throw new ApiProblem('invalid_request', 415, 'The body must be sent with Content-Type: application/json.');
        }
        $value = json_decode($body, false, 64);
        if (json_last_error() !== JSON_ERROR_NONE) {
            $reason = json_last_error_msg();
            throw new ApiProblem('invalid_json', 400, "Its body is not the JSON that this address expects ($reason).");
        }
        if (!is_object($value)) {
            throw ApiProblem::invalid('The body must be a JSON object.');
        }
        return new self(get_object_vars($value));
    }

    /** Takes a text out. Null where the field is absent. */
    public function text(string $name): ?string
    {
        $value = $this->take($name, 'a text', 'is_string');
        return $value === null ? null : str_replace("\0", '', $value);
    }

    /** Takes a yes or no out. Null where the field is absent. */
    public function flag(string $name): ?bool
    {
        return $this->take($name, 'true or false', 'is_bool');
    }

    /**
     * Takes a list of objects out. Null where the field is absent.
     *
     * @return self[]|null
     */
    public function list(string $name): ?array
    {
        $items = $this->take($name, 'a list', 'is_array');
        return $items === null ? null : array_map(static function ($item) use ($name): self {
            if (!is_object($item)) {
                throw ApiProblem::invalid("The field $name must be a list of objects.");
            }
            return new self(get_object_vars($item));
        }, $items);
    }

    /**
     * What is in a field, whatever it is.
     *
     * @return mixed
     */
    public function peek(string $name)
    {
        return $this->fields[$name] ?? null;
    }

    /** Refuses whatever is left. */
    public function nothingElse(): void
    {
        foreach ($this->fields as $name => $value) {
            throw ApiProblem::invalid('The field ' . mb_substr((string) $name, 0, 60) . ' is not known here.');
        }
    }

    /** A text without the white space around it, of whichever script. */
    public static function trimmed(string $text): string
    {
        return preg_replace('/^[\s\x{00A0}]+|[\s\x{00A0}]+$/u', '', $text) ?? '';
    }

    /** The `Idempotency-Key`, by which a second sending is the same request. */
    public static function idempotencyKey(Request $request): ?string
    {
        if (!$request->hasHeader('idempotency-key')) {
            return null;
        }
        $key = $request->header('idempotency-key');
        if (!preg_match('/^[\x20-\x7e]{1,' . self::MAX_KEY_CHARS . '}$/', $key)) {
            throw ApiProblem::invalid('The header Idempotency-Key must have 1 to ' . self::MAX_KEY_CHARS . ' ASCII characters.');
        }
        return $key;
    }

    /** @return mixed */
    private function take(string $name, string $kind, callable $is)
    {
        if (!array_key_exists($name, $this->fields)) {
            return null;
        }
        $value = $this->fields[$name];
        if (!$is($value)) {
            throw ApiProblem::invalid("The field $name must be $kind.");
        }
        unset($this->fields[$name]);
        return $value;
    }
}
