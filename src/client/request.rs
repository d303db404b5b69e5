//! One request and its response, and what can go wrong with either.

use std::pin::pin;

use candor_diagnosis::interpret::interpret;
use candor_diagnosis::reader;
use candor_diagnosis::recognise::recognise;
use candor_protocol::api_error::ApiError;
use candor_protocol::cause::{Cause, Link, known};
use candor_protocol::problem::{CONTENT_TYPE, Problem};
use futures_util::future::{Either, select};
use gloo_net::http::{Headers, RequestBuilder};
use gloo_timers::future::TimeoutFuture;
use js_sys::{Reflect, Uint8Array};
use serde::Serialize;
use serde::de::DeserializeOwned;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AbortSignal, ReadableStream, ReadableStreamDefaultReader, RequestCredentials, window};

use crate::shell::time;

/// The methods of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Changes.
    Patch,
    /// Removes.
    Delete,
}

/// The most bytes of a JSON answer that are read.
const ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// The most bytes of an answer that is not ours which are read.
const STRANGE_BYTES: usize = 64 * 1024;

/// A request that is being put together.
pub struct Request {
    builder: RequestBuilder,
    body: Option<String>,
}

impl Request {
    /// A request without body. No cookie is sent and none is taken.
    pub fn new(method: Method, url: &str) -> Self {
        let method = match method {
            Method::Get => gloo_net::http::Method::GET,
            Method::Post => gloo_net::http::Method::POST,
            Method::Patch => gloo_net::http::Method::PATCH,
            Method::Delete => gloo_net::http::Method::DELETE,
        };
        let builder = RequestBuilder::new(url).method(method).credentials(RequestCredentials::Omit);
        Self { builder, body: None }
    }

    /// A question to the page's own site, as whom it knows the browser by its cookie. The one request that carries any.
    pub fn of_site(address: &str) -> Self {
        let builder = RequestBuilder::new(address).credentials(RequestCredentials::SameOrigin);
        Self { builder, body: None }
    }

    /// Adds a header. Name and value are ours and plain ASCII, or the browser would throw.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.builder = self.builder.header(name, value);
        self
    }

    /// Sends it as the visitor of this token, which [`super::memory`] has checked.
    pub fn bearer(self, token: &str) -> Self {
        self.header("Authorization", &format!("Bearer {token}"))
    }

    /// Lets it be aborted, also while the response is read.
    pub fn abortable(mut self, signal: Option<&AbortSignal>) -> Self {
        self.builder = self.builder.abort_signal(signal);
        self
    }

    /// Adds a body.
    ///
    /// # Errors
    /// Never in practice: every type of the wire serialises.
    pub fn json(self, body: &impl Serialize) -> Result<Self, Problem> {
        let body = serde_json::to_string(body).map_err(|_| problem(&known::invalid_request))?;
        let mut request = self.header("Content-Type", "application/json");
        request.body = Some(body);
        Ok(request)
    }

    /// Sends it, and lets only an answer of success through.
    ///
    /// `fetch` is called here rather than by gloo-net, which panics where a promise is rejected with something that is
    /// no `Error`, as a page's own wrapper around `fetch` may do.
    ///
    /// # Errors
    /// `offline`, `unreachable_proxy`, `not_the_proxy`, or the problem that the proxy sent.
    pub async fn send(self) -> Result<Response, Problem> {
        let response = self.fetch().await?;
        if response.ok() { Ok(response) } else { Err(response.refusal().await) }
    }

    /// Sends it, and lets any answer through.
    ///
    /// # Errors
    /// `offline`, `unreachable_proxy`.
    pub async fn fetch(self) -> Result<Response, Problem> {
        let request = match self.body {
            Some(body) => self.builder.body(body),
            None => self.builder.build(),
        };
        let request: web_sys::Request = request.map_err(|_| problem(&known::unreachable_proxy))?.into();
        let window = window().ok_or_else(|| problem(&known::unreachable_proxy))?;
        let answer = JsFuture::from(window.fetch_with_request(&request)).await.map_err(|_| unreachable())?;
        let raw: web_sys::Response = answer.dyn_into().map_err(|_| problem(&known::not_the_proxy))?;
        Ok(Response { raw })
    }
}

/// An answer.
pub struct Response {
    raw: web_sys::Response,
}

impl Response {
    /// Whether it is one of success.
    pub fn ok(&self) -> bool {
        self.raw.ok()
    }

    /// Its status.
    pub fn status(&self) -> u16 {
        self.raw.status()
    }

    /// The headers that the page may read.
    pub fn headers(&self) -> Vec<(String, String)> {
        Headers::from_raw(self.raw.headers()).entries().collect()
    }

    /// The body, to be read piece by piece.
    ///
    /// # Errors
    /// `connection_lost` where there is none.
    pub fn body(&self) -> Result<Body, Problem> {
        Body::of(&self.raw)
    }

    /// The start of the body, as far as it comes.
    pub async fn bytes(&self) -> Vec<u8> {
        match self.body() {
            Ok(body) => body.all(STRANGE_BYTES).await.unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    /// The answer with this body, read as an API's error. Redacted.
    pub fn said(&self, body: &[u8]) -> ApiError {
        let headers = self.headers();
        let headers = headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        reader::read(self.raw.status(), headers, body)
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// `not_the_proxy` where it is something else, such as a log-in page under 200; `connection_lost` where it ends
    /// early.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Problem> {
        let body = Body::of(&self.raw)?.all(ANSWER_BYTES).await?;
        read(&body).ok_or_else(|| self.strange(&body))
    }

    /// The body as a stream of server-sent events.
    ///
    /// # Errors
    /// `not_the_proxy` where it is something else.
    pub async fn events(self) -> Result<Body, Problem> {
        let body = Body::of(&self.raw)?;
        if self.content_type().starts_with("text/event-stream") {
            return Ok(body);
        }
        let bytes = body.all(STRANGE_BYTES).await?;
        Err(self.strange(&bytes))
    }

    /// What an answer without success says: the proxy's own problem, or somebody else's words.
    async fn refusal(self) -> Problem {
        let body = self.bytes().await;
        if self.content_type().starts_with(CONTENT_TYPE)
            && let Some(problem) = read(&body)
        {
            return interpret(problem);
        }
        self.strange(&body)
    }

    /// Something that is not our proxy answered: its words are read as those of an API would be.
    fn strange(&self, body: &[u8]) -> Problem {
        let said = self.said(body);
        let mut problem = problem(stranger(&said)).with_upstream(said);
        problem.status = self.raw.status();
        problem
    }

    /// A header, where the answer has it and lets the page read it.
    pub fn header(&self, name: &str) -> Option<String> {
        self.raw.headers().get(name).ok().flatten()
    }

    fn content_type(&self) -> String {
        self.header("content-type").unwrap_or_default().to_ascii_lowercase()
    }
}

/// What it means that something else answered in the proxy's place: what the site itself says, a firewall, a web server
/// that does not get through to the proxy, or anybody.
fn stranger(said: &ApiError) -> &'static Cause {
    let cause = recognise(said).cause;
    match cause.id {
        _ if cause.link == Link::Page => cause,
        "challenge" | "ip_blocked" => &known::page_firewall,
        "upstream_unavailable" | "gateway_timeout" => &known::unreachable_proxy,
        "request_too_large" => &known::body_too_large,
        _ => &known::not_the_proxy,
    }
}

/// Reads JSON. As text, since serde_json would be compiled into the widget twice if some were read as bytes.
fn read<T: DeserializeOwned>(body: &[u8]) -> Option<T> {
    serde_json::from_str(str::from_utf8(body).ok()?).ok()
}

/// A body that is read piece by piece; dropping it ends the request.
pub struct Body {
    reader: ReadableStreamDefaultReader,
}

impl Body {
    fn of(response: &web_sys::Response) -> Result<Self, Problem> {
        let stream: ReadableStream = response.body().ok_or_else(|| problem(&known::connection_lost))?;
        let reader =
            ReadableStreamDefaultReader::new(&stream).map_err(|_| problem(&known::connection_lost))?;
        Ok(Self { reader })
    }

    /// The next piece; `None` at the end.
    ///
    /// # Errors
    /// `connection_lost`, or `offline`, where it breaks off.
    pub async fn next(&self) -> Result<Option<Vec<u8>>, Problem> {
        let lost = |_| problem(if is_offline() { &known::offline } else { &known::connection_lost });
        let piece = JsFuture::from(self.reader.read()).await.map_err(lost)?;
        let done = Reflect::get(&piece, &"done".into()).map_err(lost)?;
        if done.is_truthy() {
            return Ok(None);
        }
        let value = Reflect::get(&piece, &"value".into()).map_err(lost)?;
        Ok(Some(value.dyn_into::<Uint8Array>().map_err(lost)?.to_vec()))
    }

    /// The next piece of a stream that may neither end here nor be silent for longer, in milliseconds.
    ///
    /// # Errors
    /// `connection_lost`, or `offline`, where it does.
    pub async fn next_within(&self, silence: u32) -> Result<Vec<u8>, Problem> {
        self.within(silence).await?.ok_or_else(|| problem(&known::connection_lost))
    }

    /// The next piece, if it comes in this time, in milliseconds; `None` at the end.
    ///
    /// # Errors
    /// `connection_lost`, or `offline`, where it breaks off or nothing comes.
    pub async fn within(&self, silence: u32) -> Result<Option<Vec<u8>>, Problem> {
        let next = pin!(self.next());
        match select(next, TimeoutFuture::new(silence)).await {
            Either::Left((piece, _)) => piece,
            Either::Right(_) => Err(problem(&known::connection_lost)),
        }
    }

    async fn all(&self, most: usize) -> Result<Vec<u8>, Problem> {
        let mut all = Vec::new();
        while all.len() < most
            && let Some(piece) = self.next().await?
        {
            all.extend_from_slice(&piece);
        }
        all.truncate(most);
        Ok(all)
    }
}

impl Drop for Body {
    fn drop(&mut self) {
        // Of a body that was read to its end this does nothing. The promise is of no interest, but a rejection that
        // nobody handles would be a line in the page's console.
        let ended = self.reader.cancel();
        wasm_bindgen_futures::spawn_local(async move {
            let _: Result<JsValue, JsValue> = JsFuture::from(ended).await;
        });
    }
}

/// A problem that the widget itself has met.
pub fn problem(cause: &Cause) -> Problem {
    Problem::new(cause, 0, String::new(), time::now())
}

/// No answer came. A browser does not tell a page why: only whether it believes to be offline.
fn unreachable() -> Problem {
    problem(if is_offline() { &known::offline } else { &known::unreachable_proxy })
}

fn is_offline() -> bool {
    window().is_some_and(|window| !window.navigator().on_line())
}
