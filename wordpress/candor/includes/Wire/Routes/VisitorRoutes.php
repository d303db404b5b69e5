<?php

namespace Candor\Wire\Routes;

use Candor\Clock;
use Candor\Limits;
use Candor\Random;
use Candor\Store\AttemptLimiter;
use Candor\Store\Visitors;
use Candor\Wire\Answer;
use Candor\Wire\ApiProblem;
use Candor\Wire\Fields;

/** `POST, DELETE visitors`, `POST visitors/code` and `DELETE visitors/others`: who a visitor is, and on which devices. */
final class VisitorRoutes extends Route
{
    /** How long a code for another device is good, in seconds. */
    private const CODE_LIFETIME_SECONDS = 600;

    /** The most wrong codes in a minute, from all visitors together. */
    private const MAX_WRONG_CODES = 20;

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

    /** Ends the visitor's tokens on all other devices. */
    public function deleteOthers(): Answer
    {
        $visitor = $this->at->visitor();
        (new Visitors($this->at->database))->endOthers($visitor->id, (string) $this->at->request->bearer());
        return Answer::nothing();
    }

    /** A code by which another device becomes the same visitor. */
    public function code(): Answer
    {
        $visitor = $this->at->visitor();
        $this->checkLinking();
        $code = substr(Random::reference(), 3);
        $until = Clock::now() + self::CODE_LIFETIME_SECONDS * 1000;
        (new Visitors($this->at->database))->allowCode($visitor->id, $code, $until);
        return Answer::json(['code' => substr($code, 0, 4) . '-' . substr($code, 4), 'expires_at' => $until], 201);
    }

    /** @return array<string, mixed> */
    private function linked(string $code, Visitors $visitors): array
    {
        $this->checkLinking();
        $tries = new AttemptLimiter($this->at->database, 'code', self::MAX_WRONG_CODES);
        $wait = $tries->wait();
        if ($wait !== null) {
            throw new ApiProblem('link_code_unknown', 429, "There were too many wrong codes. Try again in $wait seconds.", $wait);
        }
        $own = $this->at->request->bearer() === null ? null : $visitors->recognise((string) $this->at->request->bearer());
        $linked = $visitors->link(preg_replace('/[^A-Z0-9]/', '', strtoupper($code)) ?? '', $own);
        if ($linked === null) {
            $tries->wrong();
            throw new ApiProblem('link_code_unknown', 404);
        }
        return $linked;
    }

    private function checkLinking(): void
    {
        if (!$this->at->settings->flag('linking') || $this->at->settings->keepsInBrowser()) {
            throw new ApiProblem('linking_off', 403);
        }
    }
}
