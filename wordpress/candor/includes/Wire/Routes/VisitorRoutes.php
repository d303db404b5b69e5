<?php

namespace Candor\Wire\Routes;

use Candor\Address;
use Candor\Clock;
use Candor\Limits;
use Candor\Random;
use Candor\Store\Counters;
use Candor\Store\Visitors;
use Candor\Wire\Answer;
use Candor\Wire\Fields;
use Candor\Wire\Refusal;

/** `POST, DELETE visitors` and `POST visitors/code`: who a visitor is, and on which devices. */
final class VisitorRoutes extends Route
{
    /** How long a code for another device is good, in seconds. */
    private const CODE_LIFE = 600;

    /** The most wrong codes from one address in an hour. */
    private const TRIES = 10;

    public function create(): Answer
    {
        $fields = Fields::of($this->at->request);
        $code = $fields->text('code');
        $fields->nothingElse();
        $visitors = new Visitors($this->at->database);
        if ($code !== null) {
            return Answer::json($this->linked($code, $visitors), 201);
        }
        (new Limits($this->at->settings, $this->at->database))->visitor();
        return Answer::json($visitors->create(), 201);
    }

    public function delete(): Answer
    {
        (new Visitors($this->at->database))->delete($this->at->visitor()->id);
        return Answer::nothing();
    }

    /** A code by which another device becomes the same visitor. */
    public function code(): Answer
    {
        $visitor = $this->at->visitor();
        $this->checkLinking();
        $code = substr(Random::reference(), 3);
        set_transient(self::place($code), $visitor->id, self::CODE_LIFE);
        return Answer::json([
            'code' => substr($code, 0, 4) . '-' . substr($code, 4),
            'expires_at' => Clock::now() + self::CODE_LIFE * 1000,
        ], 201);
    }

    /** @return array<string, mixed> */
    private function linked(string $code, Visitors $visitors): array
    {
        $this->checkLinking();
        $counters = new Counters($this->at->database);
        $tries = 'link ' . gmdate('Y-m-d H') . ' ' . Address::ofToday();
        if ($counters->get($tries) >= self::TRIES) {
            throw new Refusal('too_many', 429, 'There were too many wrong codes. Try again in an hour.', HOUR_IN_SECONDS);
        }
        $place = self::place(preg_replace('/[^A-Z0-9]/', '', strtoupper($code)) ?? '');
        $visitor = get_transient($place);
        if (!is_string($visitor)) {
            $counters->add($tries, 1, HOUR_IN_SECONDS);
            throw new Refusal('link_code_unknown', 404);
        }
        delete_transient($place);
        $own = $this->at->request->bearer() === null ? null : $visitors->recognise((string) $this->at->request->bearer());
        if ($own !== null && $own->id !== $visitor) {
            $visitors->merge($own->id, $visitor);
        }
        return $visitors->another($visitor);
    }

    private function checkLinking(): void
    {
        if (!$this->at->settings->flag('linking') || $this->at->settings->keepsInBrowser()) {
            throw new Refusal('linking_off', 403);
        }
    }

    private static function place(string $code): string
    {
        return 'candor_link_' . substr(hash_hmac('sha256', $code, wp_salt('nonce')), 0, 32);
    }
}
