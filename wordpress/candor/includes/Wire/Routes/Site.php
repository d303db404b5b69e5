<?php

namespace Candor\Wire\Routes;

use Candor\Clock;
use Candor\Wire\Answer;
use Candor\Wire\Router;

/** `GET config`, `GET health` and `GET openapi.json`: what needs no visitor. */
final class Site extends Route
{
    /** The owner's words and bounds; provider and model only where visitors may see everything. */
    public function config(): Answer
    {
        $settings = $this->at->settings;
        $assistant = $this->at->assistant;
        $config = [
            'title' => $assistant->title(),
            'subtitle' => $assistant->subtitle(),
            'greeting' => $assistant->greeting(),
            'suggestions' => $assistant->suggestions(),
            'notice' => $assistant->notice(),
            'diagnostics' => $settings->diagnostics(),
        ];
        if ($settings->diagnostics() === 'full') {
            $config += ['provider' => $settings->text('provider'), 'model' => $assistant->model() ?: '–'];
        }
        $config += ['message_chars' => $settings->number('message_chars')];
        $config += ['keeps' => $settings->keepsInBrowser() ? 'browser' : 'proxy'];
        if ($settings->flag('consent') && $settings->text('consent_text') !== '') {
            $config['consent'] = array_filter(['text' => $settings->text('consent_text'), 'url' => $settings->text('consent_url')]);
        }
        if ($settings->flag('linking') && !$settings->keepsInBrowser()) {
            $config['linking'] = true;
        }
        return Answer::json($config + ['version' => \Candor\VERSION, 'time' => Clock::now()]);
    }

    /** Whether the proxy itself is well, as far as its database goes. The provider is not asked. */
    public function health(): Answer
    {
        $this->at->database->number('SELECT COUNT(*) FROM {counters} WHERE name = %s', ['health']);
        $health = ['status' => 'ok', 'version' => \Candor\VERSION, 'time' => Clock::now()];
        // Some hosts keep the header from PHP: whoever sends it here learns whether it has arrived.
        if ($this->at->request->query('probe') !== null) {
            $health['authorization'] = $this->at->request->header('authorization') !== '';
        }
        return Answer::json($health);
    }

    /** The routes for programs. The forms of bodies are described by `candor serve`, which speaks the same wire. */
    public function openapi(): Answer
    {
        $paths = [];
        foreach (Router::described() as $path => $methods) {
            preg_match_all('/\{(\w+)\}/', $path, $names);
            $parameters = array_map(static function (string $name): array {
                return ['name' => $name, 'in' => 'path', 'required' => true, 'schema' => ['type' => 'string']];
            }, $names[1]);
            foreach (array_keys($methods) as $method) {
                $paths[$path][$method] = [
                    'parameters' => $parameters,
                    'responses' => ['default' => ['description' => 'See docs/protocol.md of Candor']],
                ];
            }
        }
        $info = ['title' => 'Candor', 'version' => \Candor\VERSION];
        $servers = [['url' => $this->at->assistant->endpoint()]];
        return Answer::json(['openapi' => '3.1.0', 'info' => $info, 'servers' => $servers, 'paths' => $paths]);
    }
}
