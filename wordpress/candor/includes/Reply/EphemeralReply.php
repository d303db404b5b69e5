<?php

namespace Candor\Reply;

use Candor\Clock;
use Candor\Log;
use Candor\Store\AtOnce;
use Candor\Store\Database;
use Candor\Store\Message;
use Candor\Store\Messages;
use Candor\Store\Replies;
use Candor\Store\TemporaryFile;
use Candor\Store\Turn;
use Candor\Store\Unavailable;
use Candor\Store\Visitors;
use Candor\Store\WriterLock;
use Candor\Wire\ApiProblem;
use Candor\Wire\Cause;
use Candor\Wire\Problem;

/**
 * Replies of a site that keeps no conversations. For some minutes each lies in a file of the server's temporary folder,
 * sealed with a key that only its visitor's token opens, so that it can be taken up again; the database has nothing of it.
 */
final class EphemeralReply implements ReplyStorage
{
    /** How long another process may take to begin a reply, in seconds. */
    private const BEGINNING_SECONDS = 2.0;

    /** @var string The token of the visitor's. */
    private $token;

    /** @var Message|null The message that is answered; told again to whoever takes the reply up. */
    private $message;

    /** @var string|null The file by which its key finds the reply. */
    private $place;

    /** @var AtOnce|null What it is counted by while it is under way. */
    private $atOnce;

    public function __construct(string $token)
    {
        $this->token = $token;
    }

    /** Begins a reply, or finds the one that this key has begun. */
    public function begin(string $content, ?string $key): Turn
    {
        $reply = Message::fresh('assistant', '', 1);
        $reply->status = 'streaming';
        if ($key !== null) {
            $place = TemporaryFile::path('key' . $this->token . $key);
            if (TemporaryFile::isOver($place)) {
                // The reply that it led to is forgotten with it.
                @unlink($place);
            }
            $file = TemporaryFile::open($place, 'x');
            if ($file === false) {
                $known = $this->begun($place);
                if ($known->message->content !== $content) {
                    throw ApiProblem::invalid('This Idempotency-Key was used for another message.');
                }
                return $known;
            }
            fwrite($file, $reply->id);
            fclose($file);
            $this->place = $place;
        }
        $this->message = Message::fresh('user', $content, 0);
        $this->write($reply);
        TemporaryFile::purge();
        return new Turn($this->message, $reply, true);
    }

    /** Counts a reply as under way until it has ended. */
    public function countBy(AtOnce $atOnce, Message $reply): void
    {
        $atOnce->beginUnkept($reply->id);
        $this->atOnce = $atOnce;
    }

    /** Lets go of a reply that was refused: under the same key it may be begun again. */
    public function forget(Message $reply): void
    {
        if ($this->atOnce !== null) {
            $this->atOnce->endUnkept($reply->id);
        }
        foreach (array_filter([$this->place, TemporaryFile::path($reply->id)]) as $path) {
            @unlink($path);
        }
    }

    /** The reply that another process begins at this moment, or has begun: the file of its key comes before its own. */
    private function begun(string $place): Turn
    {
        $until = microtime(true) + self::BEGINNING_SECONDS;
        while (($found = $this->read((string) @file_get_contents($place))) === null) {
            if (microtime(true) > $until) {
                throw ApiProblem::notFound();
            }
            usleep(20000);
        }
        return $found;
    }

    /** The message and the reply of that id, as far as it is remembered. */
    public function turn(string $id): Turn
    {
        $found = $this->read($id);
        if ($found === null) {
            throw ApiProblem::notFound();
        }
        return $found;
    }

    public function find(string $id): ?Message
    {
        $turn = $this->read($id);
        return $turn === null ? null : $turn->reply;
    }

    public function stop(string $id): void
    {
        TemporaryFile::open(TemporaryFile::path('stop' . $id), 'c');
    }

    public function keep(Message $reply): string
    {
        $this->write($reply);
        if ($this->atOnce !== null) {
            $this->atOnce->renewUnkept($reply->id);
        }
        return $this->wish($reply);
    }

    public function wish(Message $reply): string
    {
        clearstatcache();
        if ((new Visitors(Database::site()))->recognise($this->token) === null) {
            return 'gone';
        }
        return is_file(TemporaryFile::path('stop' . $reply->id)) ? 'stop' : 'on';
    }

    public function finish(Message $reply, bool $isHeard): void
    {
        if ($this->atOnce !== null) {
            $this->atOnce->endUnkept($reply->id);
        }
        $this->write($reply);
    }

    private function write(Message $reply): void
    {
        $text = (string) wp_json_encode([
            'message' => get_object_vars($this->message),
            'reply' => ['error' => $reply->error === null ? null : $reply->error->json()] + get_object_vars($reply),
            'alive_until' => Clock::now() + Messages::LEASE_MS,
        ]);
        $nonce = random_bytes(SODIUM_CRYPTO_SECRETBOX_NONCEBYTES);
        $path = TemporaryFile::path($reply->id);
        $new = $path . '.' . bin2hex(random_bytes(4));
        $sealed = $nonce . sodium_crypto_secretbox($text, $nonce, $this->secret($reply->id));
        $file = TemporaryFile::open($new, 'x');
        $isWritten = $file !== false && fwrite($file, $sealed) === strlen($sealed) && fclose($file);
        if (!$isWritten || !@rename($new, $path)) {
            Log::write('the temporary folder cannot be written.');
            throw new Unavailable('the temporary folder cannot be written');
        }
        if ($this->place !== null) {
            // Its key leads to it for as long as it is there.
            touch($this->place);
        }
    }

    private function read(string $id): ?Turn
    {
        if (!preg_match('/^m_[0-9a-f]{32}$/D', $id)) {
            return null;
        }
        // Looked at first: what lies in the file once nobody writes is the last that there will be.
        $isHeld = WriterLock::isHeld($id);
        $isThere = !TemporaryFile::isOver(TemporaryFile::path($id));
        $sealed = $isThere ? @file_get_contents(TemporaryFile::path($id)) : false;
        if ($sealed === false || strlen($sealed) <= SODIUM_CRYPTO_SECRETBOX_NONCEBYTES) {
            return null;
        }
        $nonce = substr($sealed, 0, SODIUM_CRYPTO_SECRETBOX_NONCEBYTES);
        $text = sodium_crypto_secretbox_open(substr($sealed, strlen($nonce)), $nonce, $this->secret($id));
        $kept = $text === false ? null : json_decode($text, true);
        if (!is_array($kept)) {
            return null;
        }
        $row = static function (array $message): array {
            return ['created_at' => $message['createdAt']] + $message;
        };
        $this->message = Message::of($row($kept['message']));
        $reply = Message::of($row($kept['reply']));
        if ($reply->status === 'streaming' && Replies::isAbandoned($isHeld, (int) $kept['alive_until'])) {
            $reply->status = 'failed';
            $reply->error = Problem::of(Cause::of('reply_interrupted'), 500);
        }
        return new Turn($this->message, $reply, false);
    }

    private function secret(string $id): string
    {
        return hash_hmac('sha256', $id . $this->token, wp_salt('nonce'), true);
    }
}
