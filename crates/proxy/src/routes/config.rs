//! `GET config`: what the widget needs to know before its first message.

use axum::Json;
use axum::extract::State;
use candor_protocol::VERSION;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::{Config, Keeps};

use crate::App;
use crate::clock::now;
use crate::config::Keep;

/// The owner's words and bounds; provider and model only where visitors may see everything.
#[utoipa::path(get, path = "/config", security(()), responses((status = 200, body = Config, description = "The owner’s words and bounds")))]
pub async fn show(State(app): State<App>) -> Json<Config> {
    let settings = &app.settings;
    let shown = |text: &str| (settings.diagnostics == Diagnostics::Full).then(|| text.to_owned());
    Json(Config {
        title: settings.title.clone(),
        subtitle: settings.subtitle.clone(),
        greeting: settings.greeting.clone(),
        suggestions: settings.suggestions.clone(),
        notice: settings.notice.clone(),
        diagnostics: settings.diagnostics,
        provider: shown(settings.provider.name()),
        model: shown(settings.provider.model()),
        keeps: match settings.keep {
            Keep::Nothing => Keeps::Browser,
            Keep::Always | Keep::For(_) => Keeps::Proxy,
        },
        consent: settings.consent.clone(),
        contact: settings.contact.clone(),
        // What only the browser has cannot be had on another device.
        linking: settings.linking && settings.keep != Keep::Nothing,
        feedback: settings.feedback && settings.keep != Keep::Nothing,
        message_chars: settings.message_chars,
        version: VERSION.to_owned(),
        time: now(),
    })
}
