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
use candor_protocol::wire::{AuditLog, Config, ErrorLog, Keeps, RatedAnswers};
use serde::de::DeserializeOwned;

use crate::time;
use crate::transport::LocalBackend;
use crate::transport::abort::AbortToken;
use crate::transport::client::Client;
use crate::transport::proxy::Proxy;
use crate::transport::request::{Method, problem};
use crate::transport::storage::Place;
use crate::words::{self, Diagnostics as Words, causes};

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
    tried: Words,
    started: Millis,
}

impl Draft {
    fn new(id: &'static str, link: Link, tried: Words) -> Self {
        Self { id, link, tried, started: time::now() }
    }

    fn end(self, outcome: Outcome, evidence: String, problem: Option<Problem>) -> Check {
        Check {
            id: self.id.to_owned(),
            link: self.link,
            tried: self.tried.english().to_owned(),
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
                emit(Draft::new("models", Link::Page, Words::TriedGateway).fail(found, evidence));
            }
        }
        return;
    }
    let draft = Draft::new("endpoint", Link::Page, Words::TriedEndpoint);
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
    emit(draft.pass(Words::CameAnswers.english()));
    emit(clock(&config, asked, answered));
    emit(page_age(config.time).await);
    emit(version(&config));
    if !abort.has_ended() {
        check_proxy(client.proxy(), owner, &abort, &emit).await;
    }
}

/// Where conversations are kept, in words.
pub async fn kept_in(client: &Client) -> Words {
    match client.keeps() {
        Some(Keeps::Browser) if is_durable(client).await => Words::PlaceIndexed,
        Some(Keeps::Browser) => place(Place::Page),
        Some(Keeps::Proxy) => match client.storage().place() {
            Place::Local => Words::PlaceServer,
            Place::Session => Words::PlaceServerTab,
            Place::Page => Words::PlaceServerPage,
        },
        None => Words::PlaceUnknown,
    }
}

/// Where the browser keeps things, in words.
pub fn place(place: Place) -> Words {
    match place {
        Place::Local => Words::PlaceBrowser,
        Place::Session => Words::PlaceTab,
        Place::Page => Words::PlacePage,
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
    read_by_owner(proxy, owner, "/diagnostics/audit").await
}

/// What visitors think of answers, for the owner.
///
/// # Errors
/// As [`audit_log`].
pub async fn rated_answers(proxy: &Proxy, owner: &str) -> Result<RatedAnswers, Problem> {
    read_by_owner(proxy, owner, "/diagnostics/feedback").await
}

async fn read_by_owner<T: DeserializeOwned>(proxy: &Proxy, owner: &str, path: &str) -> Result<T, Problem> {
    let response = proxy.authorised(proxy.request(Method::Get, path), owner).send().await?;
    let body = response.whole().await?;
    match str::from_utf8(&body).ok().and_then(|text| serde_json::from_str(text).ok()) {
        Some(read) => Ok(read),
        None => Err(response.strange(body).await),
    }
}

/// The checks of a gateway: the list of models, and one word by the chat's own path.
async fn check_gateway(gateway: Rc<dyn LocalBackend>, abort: &AbortToken, emit: &impl Fn(Check)) {
    let draft = Draft::new("models", Link::Page, Words::TriedGateway);
    emit(match Rc::clone(&gateway).models().await {
        Ok(()) => draft.pass(Words::CameGateway.english()),
        // One without such a list can still chat.
        Err(found) => {
            let evidence = said(&found);
            draft.end(Outcome::Warning, evidence, Some(found))
        }
    });
    if abort.has_ended() {
        return;
    }
    let draft = Draft::new("chat", Link::Model, Words::TriedChat);
    let answer = gateway.try_model(abort.clone()).await;
    if !abort.has_ended() {
        emit(match answer {
            Ok(()) => draft.pass(Words::CameModel.english()),
            Err(found) => draft.fail(found.clone(), said(&found)),
        });
    }
}

/// The proxy's own checks. The timed pieces before them tell whether something holds the stream back.
async fn check_proxy(proxy: &Proxy, owner: Option<&str>, abort: &AbortToken, emit: &impl Fn(Check)) {
    let draft = RefCell::new(Some(Draft::new("stream", Link::Page, Words::TriedStream)));
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
        let draft = draft.unwrap_or_else(|| Draft::new("proxy", Link::Page, Words::TriedProxy));
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
    let draft = Draft::new("storage", Link::Browser, Words::TriedStorage);
    let place = client.storage().place();
    let is_lost = client.keeps() == Some(Keeps::Browser) && !is_durable(client).await;
    let kept = self::place(if is_lost { Place::Page } else { place }).text();
    let stays = |word: Words| words::fill(word, &[("place", kept)]);
    let evidence = stays(Words::CameStays);
    match place {
        _ if is_lost => draft.warn(&known::storage_denied, evidence),
        Place::Local if observe::is_private().await => {
            draft.warn(&known::private_mode, stays(Words::CamePrivate))
        }
        Place::Local => draft.pass(evidence),
        Place::Session => draft.warn(&known::private_mode, evidence),
        Place::Page => draft.warn(&known::storage_denied, evidence),
    }
}

/// What a problem says, in few words, and in those of whoever answered.
fn said(found: &Problem) -> String {
    let name = causes::name_of(found);
    let Some(upstream) = found.upstream.as_ref().filter(|upstream| upstream.status > 0) else {
        return name;
    };
    let words = upstream.message.as_ref().or(upstream.text.as_ref());
    words.into_iter().fold(format!("{name} (status {})", upstream.status), |said, words| said + ": " + words)
}

fn online() -> Check {
    let draft = Draft::new("online", Link::Browser, Words::TriedOnline);
    match observe::is_online() {
        true => draft.pass(Words::CameOnline.english()),
        false => draft.fail(problem(&known::offline), Words::CameOffline.english()),
    }
}

fn browser() -> Check {
    let draft = Draft::new("browser", Link::Browser, Words::TriedBrowser);
    match observe::missing() {
        None => draft.pass(Words::CameNeeds.english()),
        Some(name) => draft.warn(&known::old_browser, words::fill(Words::CameMissing, &[("name", name)])),
    }
}

fn cookies() -> Check {
    let draft = Draft::new("cookies", Link::Browser, Words::TriedCookies);
    match observe::takes_cookies() {
        true => draft.pass(Words::CameCookies.english()),
        false => draft.warn(&known::cookies_denied, Words::CameNoCookies.english()),
    }
}

fn frame() -> Check {
    let draft = Draft::new("frame", Link::Browser, Words::TriedFrame);
    match observe::is_framed() {
        false => draft.pass(Words::CameUnframed.english()),
        true => draft.warn(&known::storage_partitioned, Words::CameFramed.english()),
    }
}

fn service_worker() -> Check {
    let draft = Draft::new("service_worker", Link::Browser, Words::TriedServiceWorker);
    match observe::service_worker() {
        None => draft.pass(Words::CameNoWorker.english()),
        Some(_) => draft.warn(&known::service_worker, Words::CameWorker.english()),
    }
}

fn policy() -> Check {
    let draft = Draft::new("policy", Link::Page, Words::TriedPolicy);
    match observe::violation() {
        None => draft.pass(Words::CameNoPolicy.english()),
        Some((directive, blocked)) => {
            let values = [("directive", directive.as_str()), ("address", &blocked)];
            let evidence = words::fill(Words::CamePolicy, &values);
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
    let draft = Draft::new("clock", Link::Browser, Words::TriedClock);
    let off = if config.time < asked { asked - config.time } else { config.time.saturating_sub(answered) };
    match off < CLOCK_TOLERANCE_MS {
        true => draft.pass(Words::CameClocksAgree.english()),
        false => draft.warn(&known::clock_off, words::count(Words::CameClocksDiffer, off / 60_000, None)),
    }
}

async fn page_age(now: Millis) -> Check {
    let draft = Draft::new("page_age", Link::Page, Words::TriedPageAge);
    match observe::page_age(now).await {
        None => draft.pass(Words::CameUntold.english()),
        Some(age) if age < MAX_PAGE_AGE_MS => draft.pass(match age / 60_000 {
            0 => Words::CameFresh.english().to_owned(),
            minutes => words::count(Words::CameAgeMinutes, minutes, None),
        }),
        Some(age) => draft.warn(&known::stale_page, words::count(Words::CameAgeHours, age / 3_600_000, None)),
    }
}

fn version(config: &Config) -> Check {
    let draft = Draft::new("version", Link::Proxy, Words::TriedVersion);
    let values = [("page", VERSION), ("server", &config.version)];
    let evidence = words::fill(Words::CameVersions, &values);
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
    let [count, sent, arrived] = [pieces.len() as u64, sent, arrived].map(words::number);
    let values = [("pieces", count.as_str()), ("sent", &sent), ("arrived", &arrived)];
    let evidence = words::fill(Words::CamePieces, &values);
    match is_held_back(pieces) {
        false => draft.pass(evidence),
        true => draft.warn(&known::buffered_stream, evidence),
    }
}
