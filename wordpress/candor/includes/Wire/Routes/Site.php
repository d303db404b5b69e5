<?php

namespace Candor\Wire\Routes;

use Candor\Clock;
use Candor\Contact;
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
        $contact = Contact::address($settings->text('contact'));
        if ($contact !== null) {
            $config['contact'] = $contact;
        }
        if ($settings->flag('linking') && !$settings->keepsInBrowser()) {
            $config['linking'] = true;
        }
        if ($settings->asksForFeedback()) {
            $config['feedback'] = true;
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

    /** The wire for programs, as `candor serve` describes it: what is not a route here is left out. */
    public function openapi(): Answer
    {
        $path = dirname(__DIR__, 3) . '/openapi.json';
        // Objects rather than arrays, so that an empty one stays what it is.
        $document = (array) json_decode((string) file_get_contents($path));
        $document['servers'] = [['url' => $this->at->assistant->endpoint()]];
        $paths = [];
        foreach (Router::described() as $route => $methods) {
            $known = array_intersect_key((array) ($document['paths']->$route ?? []), $methods);
            if ($known !== []) {
                $paths[$route] = $known;
            }
        }
        $document['paths'] = $paths;
        return Answer::json($document);
    }
}
