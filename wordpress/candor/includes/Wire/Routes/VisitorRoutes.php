<?php

namespace Candor\Wire\Routes;

use Candor\Address;
use Candor\Audit;
use Candor\Challenge\ChallengeGate;
use Candor\Clock;
use Candor\Quota;
use Candor\Random;
use Candor\Store\AttemptLimiter;
use Candor\Store\Visitors;
use Candor\Wire\Answer;
use Candor\Wire\ApiProblem;
use Candor\Wire\Fields;

/** `GET challenge`, `POST, DELETE visitors`, `POST visitors/code` and `DELETE visitors/others`: who a visitor is, and on which devices. */
final class VisitorRoutes extends Route
{
    /** How long a code for another device is good, in seconds. */
    private const CODE_LIFETIME_SECONDS = 600;

    /** The most wrong codes in a minute, from one address. */
    private const MAX_WRONG_CODES = 20;

    public function create(): Answer
    {
        $fields = Fields::of($this->at->request);
        $code = $fields->text('code');
        $solution = $fields->text('challenge');
        $fields->nothingElse();
        $visitors = new Visitors($this->at->database);
        if ($code !== null) {
            $this->checkLinking();
            $this->count('codes');
            return Answer::json($this->linked($code, $visitors), 201);
        }
        $gate = $this->gate();
        if ($gate->isOn() && $solution === null) {
            throw new ApiProblem('challenge_required', 403);
        }
        // Wrong solutions count as well, since checking them costs something.
        $this->count('visitors');
        if ($solution !== null && $gate->isOn()) {
            // A service may take its time.
            $this->at->holdWorker();
            $gate->pass($solution, $this->host());
        }
        return Answer::json($visitors->create(), 201);
    }

    /** What a new visitor solves first. */
    public function challenge(): Answer
    {
        return Answer::json($this->gate()->offer());
    }

    public function delete(): Answer
    {
        (new Visitors($this->at->database))->delete($this->at->visitor()->id);
        Audit::visitorErased();
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
        $this->count('codes');
        $code = substr(Random::reference(), 3);
        $until = Clock::now() + self::CODE_LIFETIME_SECONDS * 1000;
        (new Visitors($this->at->database))->allowCode($visitor->id, $code, $until);
        return Answer::json(['code' => substr($code, 0, 4) . '-' . substr($code, 4), 'expires_at' => $until], 201);
    }

    /** @return array<string, mixed> */
    private function linked(string $code, Visitors $visitors): array
    {
        $own = $this->at->request->bearer() === null ? null : $visitors->recognise((string) $this->at->request->bearer());
        $tries = new AttemptLimiter($this->at->database, 'code ' . Address::ofToday(), self::MAX_WRONG_CODES, 'link_code_unknown');
        $linked = $tries->attempt(static function () use ($code, $visitors, $own): ?array {
            return $visitors->link(preg_replace('/[^A-Z0-9]/', '', strtoupper($code)) ?? '', $own);
        });
        if ($linked === null) {
            throw new ApiProblem('link_code_unknown', 404);
        }
        return $linked;
    }

    private function gate(): ChallengeGate
    {
        return new ChallengeGate($this->at->settings, $this->at->database);
    }

    /** The host of the page that asks, without its port. What is not sent by a page is taken for one of the site's own. */
    private function host(): string
    {
        $request = $this->at->request;
        $page = $request->hasHeader('origin') ? $request->header('origin') : 'http://' . $request->header('host');
        return (string) wp_parse_url($page, PHP_URL_HOST);
    }

    private function count(string $what): void
    {
        (new Quota($this->at->settings, $this->at->database))->count($what);
    }

    private function checkLinking(): void
    {
        if (!$this->at->settings->flag('linking') || $this->at->settings->keepsInBrowser()) {
            throw new ApiProblem('linking_off', 403);
        }
    }
}
