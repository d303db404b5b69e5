//! `candor check`: the chain from the settings to the model, link by link, in a terminal.
//!
//! The chat is checked by the chat's own path, with its model and parameters, and left at the first word. The list of
//! models is a check of its own: a restricted key may list models while it may not chat.

use std::io::{self, Write};
use std::time::Instant;

use candor_protocol::cause::Link;

use crate::App;
use crate::exchange::{self, Failure, Patience};
use crate::jobs::chat_request;

/// Runs every check and writes what came back. Whether the chat works; the list of models alone fails nothing.
///
/// # Errors
/// Where `out` cannot be written to.
pub async fn run(app: &App, out: &mut (impl Write + Send)) -> io::Result<bool> {
    let settings = &app.settings;
    let provider = settings.provider.name();
    writeln!(out, "pass  settings   provider {provider}, model {}", settings.provider.model())?;
    let patience = Patience { first_byte: settings.reply_timeout, pause: settings.stall_timeout };

    let started = Instant::now();
    let models = exchange::models(app.provider.as_ref(), patience).await;
    report(out, "models", "warn", started, &models, "the provider lists its models")?;

    let started = Instant::now();
    let question = std::iter::once(("user", "Say one word.".to_owned()));
    let mut first = None;
    let chat = exchange::chat(app.provider.as_ref(), chat_request(app, question), patience, |text| {
        first = Some(text.len());
        text.trim().is_empty()
    })
    .await;
    report(out, "chat", "fail", started, &chat, "the model answers")?;
    Ok(chat.is_ok())
}

fn report(
    out: &mut impl Write,
    check: &str,
    bad: &str,
    started: Instant,
    result: &Result<(), Failure>,
    good: &str,
) -> io::Result<()> {
    let milliseconds = started.elapsed().as_millis();
    let Err(failure) = result else {
        return writeln!(out, "pass  {check:<9}  {good} ({milliseconds} ms)");
    };
    let said = &failure.upstream;
    writeln!(out, "{bad}  {check:<9}  {} ({milliseconds} ms)", failure.cause.name)?;
    let status = (said.status != 0).then(|| said.status.to_string());
    let lines = [
        ("status", status.as_deref()),
        ("type", said.error_type.as_deref()),
        ("code", said.code.as_deref()),
        ("message", said.message.as_deref().or(said.text.as_deref())),
        ("request id", said.request_id.as_deref()),
        ("cause", Some(failure.cause.id)),
        ("to do", Some(next_step(failure))),
    ];
    for (name, value) in lines {
        if let Some(value) = value {
            writeln!(out, "      {name}: {}", value.lines().collect::<Vec<_>>().join(" "))?;
        }
    }
    Ok(())
}

/// What the owner can do about it.
fn next_step(failure: &Failure) -> &'static str {
    match failure.cause.id {
        "missing_scope" => {
            "Give the key the missing scope in the provider’s settings, or use a key without restrictions."
        }
        "permission" => "Check the key’s project, role and restrictions at the provider.",
        "invalid_key" | "missing_key" => "Set CANDOR_API_KEY to a key that is valid at CANDOR_BASE_URL.",
        "quota_exhausted" | "billing" => {
            "Add credit or raise the limit at the provider; waiting does not help."
        }
        "rate_limit" | "overloaded" => "Wait, then try again.",
        "model_not_found" => "Set CANDOR_MODEL to a model that the key may use.",
        "bad_parameter" => "Look at the message; CANDOR_MAX_TOKENS is not accepted by every model.",
        "wrong_base_url" => {
            "Correct CANDOR_BASE_URL: the API’s address up to and with its version, such as https://api.openai.com/v1."
        }
        "unreachable_provider" => {
            "Check CANDOR_BASE_URL, the name’s address, and this machine’s way to the network."
        }
        "gateway_html" | "challenge" | "ip_blocked" => {
            "Something in front of the provider answered. Check CANDOR_BASE_URL and this machine’s address."
        }
        _ if failure.cause.link == Link::Model => "Check CANDOR_MODEL and the message above.",
        _ => "Try again; if it stays so, give the request id to the provider.",
    }
}
