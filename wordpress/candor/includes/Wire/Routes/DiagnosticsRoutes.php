<?php

namespace Candor\Wire\Routes;

use Candor\Audit;
use Candor\Checks;
use Candor\Clock;
use Candor\Owner;
use Candor\Quota;
use Candor\Random;
use Candor\Store\AuditLog;
use Candor\Store\ErrorLog;
use Candor\Store\Feedback;
use Candor\Wire\Answer;
use Candor\Wire\EventStream;

/** `POST diagnostics/checks`, `GET diagnostics/errors`, `GET diagnostics/audit` and `GET diagnostics/feedback`. */
final class DiagnosticsRoutes extends Route
{
    /** How many pieces are sent for measuring, and how far apart, in microseconds. */
    private const PULSE_COUNT = 8;
    private const PULSE_PAUSE_MICROSECONDS = 60000;

    /** The most entries of the audit log. */
    private const MAX_ENTRIES = 500;

    /**
     * The proxy's checks, each as it ends. Before them come some timed pieces, by which the browser sees whether something on
     * the way holds a stream back. Leaving ends them.
     */
    public function checks(): Answer
    {
        $isOwner = $this->isOwners();
        $quota = new Quota($this->at->settings, $this->at->database, null, $this->at->assistant->model());
        if (!$isOwner) {
            $this->at->holdWorker();
            $quota->check();
        }
        $checks = new Checks($this->at->settings, $this->at->assistant);
        return Answer::stream(static function (EventStream $stream) use ($checks, $isOwner, $quota): void {
            EventStream::leaveWithVisitor();
            $begun = microtime(true);
            for ($number = 0; $number < self::PULSE_COUNT; $number++) {
                $stream->send(null, 'pulse', ['number' => $number, 'sent' => (int) ((microtime(true) - $begun) * 1000)]);
                usleep(self::PULSE_PAUSE_MICROSECONDS);
            }
            $tell = static function (array $check) use ($stream): void {
                $stream->send(null, 'check', $check);
            };
            $beat = static function () use ($stream): bool {
                return $stream->beat();
            };
            $isOwner ? $checks->run($tell, $beat) : $checks->runForVisitor($tell, $beat, $quota);
            $stream->send(null, 'done', new \stdClass());
        });
    }

    /** What went wrong for all visitors, the latest first. */
    public function errors(): Answer
    {
        Owner::check($this->at->request);
        $since = Clock::now() - $this->at->settings->number('error_days') * DAY_IN_SECONDS * 1000;
        $log = new ErrorLog($this->at->database);
        return Answer::json(['errors' => $log->grouped($since, $this->at->request->query('reference'))]);
    }

    /** What owners did, the latest first. */
    public function audit(): Answer
    {
        Owner::check($this->at->request);
        $entries = array_map(static function (array $row): array {
            $told = ['owner' => $row['who'] === Audit::NOBODY ? '' : $row['who'], 'address' => $row['address'], 'detail' => $row['what']];
            return ['time' => (int) $row['time'], 'action' => $row['event']] + array_filter($told, 'strlen');
        }, (new AuditLog($this->at->database))->page(0, self::MAX_ENTRIES));
        return Answer::json(['entries' => $entries]);
    }

    /** What visitors think of answers, the latest first. */
    public function feedback(): Answer
    {
        Owner::check($this->at->request);
        $rated = array_map(static function (array $row): array {
            return [
                'conversation' => $row['conversation_id'],
                'message' => $row['message_id'],
                'rating' => $row['rating'],
                'time' => (int) $row['created_at'],
                'question' => (string) $row['question'],
                'answer' => (string) $row['answer'],
                'model' => $row['model'],
            ] + ($row['comment'] === null ? [] : ['comment' => $row['comment']]);
        }, (new Feedback($this->at->database))->latest());
        return Answer::json(['feedback' => $rated]);
    }

    /** Known by its beginning, so that a visitor's old token never counts as a try to be the owner. */
    private function isOwners(): bool
    {
        if (current_user_can(Owner::CAPABILITY)) {
            return true;
        }
        $token = $this->at->request->bearer();
        if ($token === null || strncmp($token, Random::TOKEN, 3) === 0) {
            $this->at->visitor();
            return false;
        }
        Owner::check($this->at->request);
        return true;
    }
}
