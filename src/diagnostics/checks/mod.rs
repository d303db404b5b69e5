//! The checks, from the browser to the model: what the browser and the page can tell, then what the proxy does.
//! One after another, each told as it ends.

pub mod observe;

use std::cell::RefCell;
use std::rc::Rc;

use candor_diagnosis::interpret::interpret;
use candor_diagnosis::verdict::{Arrival, is_held_back};
use candor_protocol::Millis;
use candor_protocol::VERSION;
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, Link, known};
use candor_protocol::checks::{Check, CheckEvent, Outcome};
use candor_protocol::problem::Problem;
use candor_protocol::sse::Decoder;
use candor_protocol::wire::{AuditLog, Config, ErrorLog, Keeps};

use crate::time;
use crate::transport::LocalBackend;
use crate::transport::abort::AbortToken;
use crate::transport::client::Client;
use crate::transport::proxy::Proxy;
use crate::transport::request::{Method, problem};
use crate::transport::storage::Place;

/// How long the proxy's checks may be silent, in milliseconds: longer than a provider is waited for.
const SILENCE_MS: u32 = 120_000;

/// A clock that differs by less than this, in milliseconds, disturbs nobody.
const CLOCK_TOLERANCE_MS: u64 = 120_000;

/// A page that is older than this, in milliseconds, comes from a cache that keeps it too long.
const MAX_PAGE_AGE_MS: u64 = 24 * 60 * 60 * 1000;

/// A check that is being put together.
struct Draft {
    id: &'static str,
    link: Link,
    tried: &'static str,
    started: Millis,
}

impl Draft {
    fn new(id: &'static str, link: Link, tried: &'static str) -> Self {
        Self { id, link, tried, started: time::now() }
    }

    fn end(self, outcome: Outcome, evidence: String, problem: Option<Problem>) -> Check {
        Check {
            id: self.id.to_owned(),
            link: self.link,
            tried: self.tried.to_owned(),
            evidence,
            outcome,
            duration: time::now().saturating_sub(self.started),
            problem,
        }
    }

    fn pass(self, evidence: impl Into<String>) -> Check {
        self.end(Outcome::Pass, evidence.into(), None)
    }

    fn warn(self, cause: &Cause, evidence: impl Into<String>) -> Check {
        self.end(Outcome::Warning, evidence.into(), Some(problem(cause)))
    }

    fn fail(self, found: Problem, evidence: impl Into<String>) -> Check {
        self.end(Outcome::Failure, evidence.into(), Some(found))
    }
}

/// Runs every check and hands each on as it ends. Ends early where the other side has let go.
pub async fn run(client: &Client, owner: Option<&str>, abort: AbortToken, emit: impl Fn(Check)) {
    emit(online());
    emit(browser());
    emit(storage(client).await);
    for look in [cookies, frame, service_worker] {
        emit(look());
    }
    emit(policy());
    if !client.has_proxy() {
        match client.local().await {
            Ok(gateway) => check_gateway(gateway, &abort, &emit).await,
            Err(found) => {
                let evidence = said(&found);
                emit(
                    Draft::new("models", Link::Page, "Asked the gateway for its models")
                        .fail(found, evidence),
                );
            }
        }
        return;
    }
    let draft = Draft::new("endpoint", Link::Page, "Asked the chat service for its settings");
    let config = if observe::is_mixed(client.proxy().endpoint()) {
        Err(problem(&known::mixed_content))
    } else {
        client.config().await
    };
    if abort.has_ended() {
        return;
    }
    let config = match config {
        Ok(config) => config,
        Err(found) => {
            let found = exactly(client.proxy().endpoint(), found).await;
            emit(draft.fail(found.clone(), said(&found)));
            return;
        }
    };
    let (asked, answered) = (draft.started, time::now());
    emit(draft.pass("it answers"));
    emit(clock(&config, asked, answered));
    emit(page_age(config.time).await);
    emit(version(&config));
    if !abort.has_ended() {
        check_proxy(client.proxy(), owner, &abort, &emit).await;
    }
}

/// Where conversations are kept, in words.
pub async fn kept_in(client: &Client) -> &'static str {
    match client.keeps() {
        Some(Keeps::Browser) if is_durable(client).await => "this browser (IndexedDB)",
        Some(Keeps::Browser) => Place::Page.name(),
        Some(Keeps::Proxy) => match client.storage().place() {
            Place::Local => "the site’s chat server",
            Place::Session => {
                "the site’s chat server, found again from this tab (session storage), since local storage is denied"
            }
            Place::Page => {
                "the site’s chat server, found again from this page alone, since the browser denies storage"
            }
        },
        None => "not known yet",
    }
}

/// Whether what the browser is to keep outlives the page.
async fn is_durable(client: &Client) -> bool {
    match client.local().await {
        Ok(local) => local.is_durable().await,
        Err(_) => false,
    }
}

/// The errors of all visitors, for the owner.
///
/// # Errors
/// `owner_unauthorized` where the token is not the owner's; else as every request.
pub async fn errors(proxy: &Proxy, owner: &str) -> Result<ErrorLog, Problem> {
    let request = proxy.request(Method::Get, "/diagnostics/errors");
    let response = proxy.authorised(request, owner).send().await?;
    let body = response.whole().await?;
    let log = str::from_utf8(&body).ok().and_then(|text| serde_json::from_str::<ErrorLog>(text).ok());
    let Some(mut log) = log else { return Err(response.strange(body).await) };
    for error in &mut log.errors {
        error.latest = interpret(error.latest.clone());
    }
    Ok(log)
}

/// What owners did, for the owner.
///
/// # Errors
/// `owner_unauthorized` where the token is not the owner's; else as every request.
pub async fn audit_log(proxy: &Proxy, owner: &str) -> Result<AuditLog, Problem> {
    let request = proxy.request(Method::Get, "/diagnostics/audit");
    let response = proxy.authorised(request, owner).send().await?;
    let body = response.whole().await?;
    let log = str::from_utf8(&body).ok().and_then(|text| serde_json::from_str(text).ok());
    match log {
        Some(log) => Ok(log),
        None => Err(response.strange(body).await),
    }
}

/// The checks of a gateway: the list of models, and one word by the chat's own path.
async fn check_gateway(gateway: Rc<dyn LocalBackend>, abort: &AbortToken, emit: &impl Fn(Check)) {
    let draft = Draft::new("models", Link::Page, "Asked the gateway for its models");
    emit(match Rc::clone(&gateway).models().await {
        Ok(()) => draft.pass("the gateway answers"),
        // One without such a list can still chat.
        Err(found) => {
            let evidence = said(&found);
            draft.end(Outcome::Warning, evidence, Some(found))
        }
    });
    if abort.has_ended() {
        return;
    }
    let draft = Draft::new("chat", Link::Model, "Asked the model for one word, as the chat does");
    let answer = gateway.try_model(abort.clone()).await;
    if !abort.has_ended() {
        emit(match answer {
            Ok(()) => draft.pass("the model answers"),
            Err(found) => draft.fail(found.clone(), said(&found)),
        });
    }
}

/// The proxy's own checks. The timed pieces before them tell whether something holds the stream back.
async fn check_proxy(proxy: &Proxy, owner: Option<&str>, abort: &AbortToken, emit: &impl Fn(Check)) {
    let draft =
        RefCell::new(Some(Draft::new("stream", Link::Page, "Measured when the pieces of a stream arrive")));
    let pieces = RefCell::new(Vec::<Arrival>::new());
    let end_stream = || {
        if let Some(draft) = draft.borrow_mut().take() {
            emit(stream(draft, &pieces.borrow()));
        }
    };
    let outcome = listen_to_checks(proxy, owner, abort, |event| match event {
        CheckEvent::Pulse(pulse) => {
            pieces.borrow_mut().push(Arrival { sent: pulse.sent, arrived: time::now() });
        }
        CheckEvent::Check(mut check) => {
            check.problem = check.problem.map(interpret);
            end_stream();
            emit(*check);
        }
        CheckEvent::Done => end_stream(),
    })
    .await;
    if let Err(found) = outcome
        && !abort.has_ended()
    {
        let draft = draft.borrow_mut().take();
        let draft =
            draft.unwrap_or_else(|| Draft::new("proxy", Link::Page, "Listened to the chat server’s checks"));
        emit(draft.fail(found.clone(), said(&found)));
    }
}

async fn listen_to_checks(
    proxy: &Proxy,
    owner: Option<&str>,
    abort: &AbortToken,
    on_event: impl Fn(CheckEvent),
) -> Result<(), Problem> {
    let make = || proxy.request(Method::Post, "/diagnostics/checks").abortable(abort.signal());
    let response = match owner {
        Some(token) => proxy.authorised(make(), token).send().await?,
        None => proxy.answered(&make).await?,
    };
    let body = response.events().await?;
    let mut decoder = Decoder::default();
    loop {
        let bytes = body.next_within(SILENCE_MS).await?;
        for event in decoder.push(&bytes).map_err(|_| problem(&known::not_the_proxy))? {
            let read = CheckEvent::read(&event.name, &event.data);
            let Some(read) = read.map_err(|_| problem(&known::not_the_proxy))? else { continue };
            let is_last = read == CheckEvent::Done;
            on_event(read);
            if is_last {
                return Ok(());
            }
        }
    }
}

/// Of a proxy that cannot be reached a browser does not say why; some more looks tell.
async fn exactly(endpoint: &str, found: Problem) -> Problem {
    if !found.is(&known::unreachable_proxy) || found.status > 0 {
        return found;
    }
    if let Some((directive, blocked)) = observe::violation() {
        return problem(&known::csp_blocked).with_upstream(policy_error(directive, blocked));
    }
    if observe::answers(&format!("{endpoint}/health")).await {
        return problem(&known::cors);
    }
    // The server's front page is on no blocker's list.
    let origin: String = endpoint.splitn(4, '/').take(3).collect::<Vec<_>>().join("/");
    match observe::answers(&format!("{origin}/")).await {
        true => problem(&known::blocked_by_extension),
        false => found,
    }
}

async fn storage(client: &Client) -> Check {
    let draft = Draft::new("storage", Link::Browser, "Wrote into the browser’s storage and read it back");
    let place = client.storage().place();
    let is_lost = client.keeps() == Some(Keeps::Browser) && !is_durable(client).await;
    let evidence = format!("it stays in {}", if is_lost { Place::Page } else { place }.name());
    match place {
        _ if is_lost => draft.warn(&known::storage_denied, evidence),
        Place::Local if observe::is_private().await => draft
            .warn(&known::private_mode, format!("{evidence}, for as long as this private window is open")),
        Place::Local => draft.pass(evidence),
        Place::Session => draft.warn(&known::private_mode, evidence),
        Place::Page => draft.warn(&known::storage_denied, evidence),
    }
}

/// What a problem says, in few words, and in those of whoever answered.
fn said(found: &Problem) -> String {
    let name =
        candor_diagnosis::catalogue::find(&found.cause).map_or(found.title.as_str(), |entry| entry.name);
    let Some(upstream) = found.upstream.as_ref().filter(|upstream| upstream.status > 0) else {
        return name.to_owned();
    };
    let words = upstream.message.as_ref().or(upstream.text.as_ref());
    words.into_iter().fold(format!("{name} (status {})", upstream.status), |said, words| said + ": " + words)
}

fn online() -> Check {
    let draft = Draft::new("online", Link::Browser, "Asked the browser whether it is online");
    match observe::is_online() {
        true => draft.pass("the browser is online"),
        false => draft.fail(problem(&known::offline), "the browser says that it is offline"),
    }
}

fn browser() -> Check {
    let draft = Draft::new("browser", Link::Browser, "Looked for what the chat needs");
    match observe::missing() {
        None => draft.pass("WebAssembly runs, streams are there"),
        Some(name) => draft.warn(&known::old_browser, format!("{name} is missing")),
    }
}

fn cookies() -> Check {
    let draft = Draft::new("cookies", Link::Browser, "Set a cookie, read it back, and removed it");
    match observe::takes_cookies() {
        true => draft.pass("cookies work; the chat needs none"),
        false => draft.warn(&known::cookies_denied, "the cookie did not come back; the chat needs none"),
    }
}

fn frame() -> Check {
    let draft = Draft::new("frame", Link::Browser, "Looked whether the page stands in a frame");
    match observe::is_framed() {
        false => draft.pass("the page stands by itself"),
        true => draft.warn(&known::storage_partitioned, "the page stands in a frame of another site"),
    }
}

fn service_worker() -> Check {
    let draft = Draft::new("service_worker", Link::Browser, "Looked for a service worker");
    match observe::service_worker() {
        None => draft.pass("none handles this page’s requests"),
        Some(_) => draft.warn(&known::service_worker, "one of the site’s handles this page’s requests"),
    }
}

fn policy() -> Check {
    let draft = Draft::new("policy", Link::Page, "Listened for the page’s Content Security Policy");
    match observe::violation() {
        None => draft.pass("it has stopped nothing of the chat"),
        Some((directive, blocked)) => {
            let evidence = format!("{directive} stopped {blocked}");
            let found = problem(&known::csp_blocked).with_upstream(policy_error(directive, blocked));
            draft.end(Outcome::Warning, evidence, Some(found))
        }
    }
}

/// As [`candor_diagnosis::advice::advise`] reads it.
fn policy_error(directive: String, blocked: String) -> ApiError {
    ApiError { code: Some(directive), text: Some(blocked), ..ApiError::default() }
}

/// Compares the clocks: the proxy's time was read somewhere between question and answer.
fn clock(config: &Config, asked: Millis, answered: Millis) -> Check {
    let draft = Draft::new("clock", Link::Browser, "Compared this device’s clock with the chat server’s");
    let off = if config.time < asked { asked - config.time } else { config.time.saturating_sub(answered) };
    match off < CLOCK_TOLERANCE_MS {
        true => draft.pass("the clocks agree"),
        false => draft.warn(&known::clock_off, format!("they differ by {} minutes", off / 60_000)),
    }
}

async fn page_age(now: Millis) -> Check {
    let draft = Draft::new("page_age", Link::Page, "Looked how old this page is");
    match observe::page_age(now).await {
        None => draft.pass("the page does not tell"),
        Some(age) if age < MAX_PAGE_AGE_MS => draft.pass(match age / 60_000 {
            0 => "it is fresh".to_owned(),
            minutes => format!("it is {minutes} minutes old"),
        }),
        Some(age) => draft.warn(&known::stale_page, format!("it is {} hours old", age / 3_600_000)),
    }
}

fn version(config: &Config) -> Check {
    let draft = Draft::new("version", Link::Proxy, "Compared the versions of page and chat server");
    let evidence = format!("page {VERSION}, chat server {}", config.version);
    match config.version == VERSION {
        true => draft.pass(evidence),
        false => draft.warn(&known::version_mismatch, evidence),
    }
}

/// What the timed pieces tell.
fn stream(draft: Draft, pieces: &[Arrival]) -> Check {
    let between = |of: fn(&Arrival) -> Millis| match (pieces.first(), pieces.last()) {
        (Some(first), Some(last)) => of(last).saturating_sub(of(first)),
        _ => 0,
    };
    let (sent, arrived) = (between(|piece| piece.sent), between(|piece| piece.arrived));
    let evidence = format!("{} pieces, sent over {sent} ms, arrived over {arrived} ms", pieces.len());
    match is_held_back(pieces) {
        false => draft.pass(evidence),
        true => draft.warn(&known::buffered_stream, evidence),
    }
}
