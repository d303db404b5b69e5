<?php

namespace Candor\Wire;

use Candor\Assistant;
use Candor\Log;
use Candor\Settings;
use Candor\Store\AtOnce;
use Candor\Store\Counters;
use Candor\Store\Database;
use Candor\Store\Unavailable;
use Candor\Store\Visitor;
use Candor\Store\Visitors;
use Candor\Store\WorkerSlots;
use Candor\Workers;

/** Finds the route of a request, and who asks. Whatever goes wrong is answered as a problem. */
final class Router
{
    private const C = 'conversations/(?<conversation>[^/]+)';
    private const M = self::C . '/messages/(?<message>[^/]+)';

    /** Path, method, and what answers. */
    private const ROUTES = [
        'config' => ['GET' => [Routes\Site::class, 'config']],
        'health' => ['GET' => [Routes\Site::class, 'health']],
        'openapi\.json' => ['GET' => [Routes\Site::class, 'openapi']],
        'challenge' => ['GET' => [Routes\VisitorRoutes::class, 'challenge']],
        'visitors' => ['POST' => [Routes\VisitorRoutes::class, 'create'], 'DELETE' => [Routes\VisitorRoutes::class, 'delete']],
        'visitors/others' => ['DELETE' => [Routes\VisitorRoutes::class, 'deleteOthers']],
        'visitors/code' => ['POST' => [Routes\VisitorRoutes::class, 'code']],
        'conversations' => [
            'GET' => [Routes\ConversationRoutes::class, 'list'],
            'POST' => [Routes\ConversationRoutes::class, 'create'],
        ],
        self::C => [
            'GET' => [Routes\ConversationRoutes::class, 'show'],
            'PATCH' => [Routes\ConversationRoutes::class, 'change'],
            'DELETE' => [Routes\ConversationRoutes::class, 'delete'],
        ],
        self::C . '/messages' => [
            'GET' => [Routes\MessageRoutes::class, 'list'],
            'POST' => [Routes\MessageRoutes::class, 'create'],
        ],
        self::M . '/reply' => [
            'GET' => [Routes\MessageRoutes::class, 'follow'],
            'POST' => [Routes\MessageRoutes::class, 'retry'],
            'DELETE' => [Routes\MessageRoutes::class, 'stop'],
        ],
        self::M . '/feedback' => [
            'PUT' => [Routes\FeedbackRoutes::class, 'give'],
            'DELETE' => [Routes\FeedbackRoutes::class, 'takeBack'],
        ],
        'replies' => ['POST' => [Routes\EphemeralReplyRoutes::class, 'create']],
        'replies/(?<reply>[^/]+)' => [
            'GET' => [Routes\EphemeralReplyRoutes::class, 'follow'],
            'DELETE' => [Routes\EphemeralReplyRoutes::class, 'stop'],
        ],
        'diagnostics/checks' => ['POST' => [Routes\DiagnosticsRoutes::class, 'checks']],
        'diagnostics/errors' => ['GET' => [Routes\DiagnosticsRoutes::class, 'errors']],
        'diagnostics/audit' => ['GET' => [Routes\DiagnosticsRoutes::class, 'audit']],
        'diagnostics/feedback' => ['GET' => [Routes\DiagnosticsRoutes::class, 'feedback']],
    ];

    /** @var Request */
    public $request;

    /** @var Settings */
    public $settings;

    /** @var Database */
    public $database;

    /** @var Assistant */
    public $assistant;

    /** @var string */
    private $assistantId;

    /** @var Visitor|null Whose token the request carries, once somebody has asked. */
    private $visitor;

    public function __construct(Request $request, string $assistant)
    {
        $this->request = $request;
        $this->assistantId = $assistant;
        $this->settings = Settings::get();
        $this->database = Database::site();
    }

    public function answer(): Answer
    {
        try {
            Origins::check($this->request);
            $answer = $this->dispatch();
            $this->renewToken($answer);
            return $answer;
        } catch (ApiProblem $refusal) {
            $this->logLimit($refusal);
            return Answer::problem($refusal->problem());
        } catch (Unavailable $error) {
            return Answer::problem(Problem::of(Cause::of('database_unavailable'), 503));
        } catch (\Throwable $error) {
            Log::write('a request was interrupted: ' . $error->getMessage() . ' in ' . basename($error->getFile()) . ':' . $error->getLine());
            return Answer::problem(Problem::of(Cause::of('interrupted'), 500));
        }
    }

    /** Says in PHP's log which limit is reached, once in each of its windows. */
    private function logLimit(ApiProblem $refusal): void
    {
        if ($refusal->exceeded === null) {
            return;
        }
        $charge = $refusal->exceeded->charge;
        $limit = $charge->limit->name;
        try {
            if ((new Counters($this->database))->isNews("reached $limit {$charge->window->start}", $charge->window->end)) {
                Log::write("the limit $limit is reached; its figure stands under Limits.");
            }
        } catch (Unavailable $error) {
            // The refusal is told all the same.
            return;
        }
    }

    /** The visitor whose token the request carries. */
    public function visitor(): Visitor
    {
        if ($this->visitor === null) {
            $token = $this->request->bearer();
            $this->visitor = $token === null ? null : (new Visitors($this->database))->recognise($token);
        }
        if ($this->visitor === null) {
            throw ApiProblem::unauthorized();
        }
        return $this->visitor;
    }

    /** The tag of the language that the model is asked to answer in; null where the owner leaves that to it. */
    public function visitorLanguage(): ?string
    {
        return $this->settings->flag('visitor_language') ? $this->request->language() : null;
    }

    /**
     * Lets this request last as long as an answer, where the server has a worker to spare for that.
     *
     * @param string|null $detail What a visitor reads where it has none.
     * @param int $seconds After which it is worth trying again.
     * @throws ApiProblem Where so many requests last already that the site needs the others.
     */
    public function holdWorker(?string $detail = null, int $seconds = AtOnce::AGAIN_SECONDS): void
    {
        $most = Workers::mostHeld($this->settings);
        if ($most !== null && !WorkerSlots::take($most)) {
            throw new ApiProblem('too_many_at_once', 429, $detail, $seconds);
        }
    }

    /** That nothing is at the address of this request. */
    public function noRoute(): ApiProblem
    {
        $path = mb_substr(wp_check_invalid_utf8($this->request->path(), true), 0, 200);
        return new ApiProblem('no_route', 404, "Nothing is at /$path.");
    }

    /** Every path with its methods, as OpenAPI writes them. */
    public static function described(): array
    {
        $paths = [];
        foreach (self::ROUTES as $pattern => $methods) {
            $path = '/' . str_replace('\.', '.', preg_replace('/\(\?<(\w+)>[^)]*\)/', '{$1}', $pattern));
            foreach (array_keys($methods) as $method) {
                $paths[$path][strtolower($method)] = $method;
            }
        }
        return $paths;
    }

    private function dispatch(): Answer
    {
        $path = $this->request->path();
        $method = $this->request->method() === 'HEAD' ? 'GET' : $this->request->method();
        $assistant = $this->settings->assistant($this->assistantId);
        if ($assistant !== null && !$this->settings->isRemote()) {
            $this->assistant = $assistant;
            foreach (self::ROUTES as $pattern => $methods) {
                if (!preg_match("~^$pattern$~D", $path, $found)) {
                    continue;
                }
                if (!isset($methods[$method])) {
                    $detail = 'The method ' . substr($method, 0, 20) . ' is not known at this address.';
                    throw new ApiProblem('no_route', 405, $detail);
                }
                [$class, $function] = $methods[$method];
                return (new $class($this))->$function(array_filter($found, 'is_string', ARRAY_FILTER_USE_KEY));
            }
        }
        throw $this->noRoute();
    }

    /** Gives a visitor whose token is old another one, beside what they asked for. */
    private function renewToken(Answer $answer): void
    {
        if ($this->visitor === null || !$this->visitor->isOld || $answer->status >= 400) {
            return;
        }
        try {
            $renewed = (new Visitors($this->database))->renew($this->visitor, (string) $this->request->bearer());
        } catch (Unavailable $error) {
            // The next request brings it.
            return;
        }
        if ($renewed !== null) {
            $answer->headers['Candor-Token'] = $renewed;
        }
    }
}
