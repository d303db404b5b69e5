//! One request and its response, and what can go wrong with either.

use std::cell::Cell;
use std::rc::Rc;

use candor_protocol::cause::{Cause, known};
use candor_protocol::problem::{CONTENT_TYPE, Problem};
use gloo_timers::callback::Timeout;
use js_sys::{Reflect, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{
    AbortSignal, Headers, ReadableStream, ReadableStreamDefaultReader, RequestCredentials, RequestInit,
    window,
};

use super::{reader, text};
use crate::json::{self, Json};
use crate::time;

/// The methods of the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// Reads.
    Get,
    /// Makes.
    Post,
    /// Changes.
    Patch,
    /// Puts in the place of what was there.
    Put,
    /// Removes.
    Delete,
}

impl Method {
    fn name(self) -> &'static str {
        match self {
            Self::Get => "GET",
            Self::Post => "POST",
            Self::Patch => "PATCH",
            Self::Put => "PUT",
            Self::Delete => "DELETE",
        }
    }
}

/// The most bytes of a JSON answer that are read.
const MAX_ANSWER_BYTES: usize = 16 * 1024 * 1024;

/// The most bytes of an answer that is not ours which are read.
const MAX_STRANGE_BYTES: usize = 64 * 1024;

/// A request that is being put together.
pub struct Request {
    url: String,
    init: RequestInit,
    headers: Option<Headers>,
}

impl Request {
    /// A request without body. No cookie is sent and none is taken.
    pub fn new(method: Method, url: &str) -> Self {
        let init = RequestInit::new();
        init.set_method(method.name());
        init.set_credentials(RequestCredentials::Omit);
        let url = if method == Method::Get && has_worker() { unheard_of(url) } else { url.to_owned() };
        Self { url, init, headers: Headers::new().ok() }
    }

    /// A question to the page's own site, as whom it knows the browser by its cookie. The one request that carries any.
    pub fn of_site(address: &str) -> Self {
        let request = Self::new(Method::Get, address);
        request.init.set_credentials(RequestCredentials::SameOrigin);
        request
    }

    /// Adds a header. Name and value are ours and plain ASCII, or the browser would refuse them.
    pub fn header(self, name: &str, value: &str) -> Self {
        if let Some(headers) = &self.headers {
            let _ = headers.append(name, value);
        }
        self
    }

    /// Lets it be aborted, also while the response is read.
    pub fn abortable(self, signal: Option<&AbortSignal>) -> Self {
        self.init.set_signal(signal);
        self
    }

    /// Adds a body of JSON.
    pub fn body(self, json: String) -> Self {
        self.init.set_body(&JsValue::from_str(&json));
        self.header("Content-Type", "application/json")
    }

    /// Sends it, and lets only an answer of success through.
    ///
    /// # Errors
    /// `offline`, `unreachable_proxy`, `not_the_proxy`, or the problem that the proxy sent.
    pub async fn send(self) -> Result<Response, Problem> {
        let response = self.fetch().await?;
        if response.ok() { Ok(response) } else { Err(response.refusal().await) }
    }

    /// Sends it, and lets any answer through.
    ///
    /// `fetch` is called here rather than by gloo-net, which panics where a promise is rejected with something that is
    /// no `Error`, as a page's own wrapper around `fetch` may do.
    ///
    /// # Errors
    /// `offline`, `unreachable_proxy`.
    pub async fn fetch(self) -> Result<Response, Problem> {
        if let Some(headers) = &self.headers {
            self.init.set_headers(headers);
        }
        let request = web_sys::Request::new_with_str_and_init(&self.url, &self.init);
        let request = request.map_err(|_| problem(&known::unreachable_proxy))?;
        let window = window().ok_or_else(|| problem(&known::unreachable_proxy))?;
        let answer = JsFuture::from(window.fetch_with_request(&request)).await.map_err(|_| unreachable())?;
        let raw: web_sys::Response = answer.dyn_into().map_err(|_| problem(&known::not_the_proxy))?;
        Ok(Response { raw })
    }
}

/// Whether a service worker answers for this page. One that keeps what it has seen would answer with old messages.
fn has_worker() -> bool {
    let get = |of: &JsValue, name| Reflect::get(of, &JsValue::from_str(name)).ok();
    let container = window().and_then(|window| get(&window.navigator(), "serviceWorker"));
    container.filter(|container| container.is_object()).is_some_and(|container| {
        get(&container, "controller").is_some_and(|controller| controller.is_object())
    })
}

/// The same address as nobody has asked for it yet, with a query that no proxy reads.
fn unheard_of(url: &str) -> String {
    let sign = if url.contains('?') { "&t=" } else { "?t=" };
    [url, sign, itoa::Buffer::new().format(time::now())].concat()
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
    pub fn headers(&self) -> Headers {
        self.raw.headers()
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
            Ok(body) => body.all(MAX_STRANGE_BYTES).await.unwrap_or_default(),
            Err(_) => Vec::new(),
        }
    }

    /// Reads the body as JSON of the wire.
    ///
    /// # Errors
    /// `not_the_proxy` where it is something else, such as a log-in page under 200; `connection_lost` where it ends
    /// early.
    pub async fn json<T: Json>(self) -> Result<T, Problem> {
        let mut value = None;
        let read = &mut |body: &[u8]| {
            value = read(body);
            value.is_some()
        };
        self.json_by(read).await?;
        value.ok_or_else(|| problem(&known::not_the_proxy))
    }

    /// The same for every type, so that what waits is compiled once.
    async fn json_by(self, read: &mut dyn FnMut(&[u8]) -> bool) -> Result<(), Problem> {
        let body = self.whole().await?;
        if read(&body) { Ok(()) } else { Err(self.strange(body).await) }
    }

    /// The whole body.
    ///
    /// # Errors
    /// `connection_lost` where it ends early.
    pub async fn whole(&self) -> Result<Vec<u8>, Problem> {
        Body::of(&self.raw)?.all(MAX_ANSWER_BYTES).await
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
        let bytes = body.all(MAX_STRANGE_BYTES).await?;
        Err(self.strange(bytes).await)
    }

    /// What an answer without success says: the proxy's own problem, or somebody else's words.
    async fn refusal(self) -> Problem {
        let body = self.bytes().await;
        if self.content_type().starts_with(CONTENT_TYPE)
            && let Some(problem) = read(&body)
        {
            return interpreted(problem).await;
        }
        self.strange(body).await
    }

    /// Something that is not our proxy answered: its words are read as those of an API would be.
    pub async fn strange(&self, body: Vec<u8>) -> Problem {
        match reader::open().await {
            Ok(reader) => (reader.strange)(self.status(), &self.headers(), body),
            Err(_) => Problem { status: self.status(), ..problem(&known::not_the_proxy) },
        }
    }

    /// A header, where the answer has it and lets the page read it.
    pub fn header(&self, name: &str) -> Option<String> {
        self.raw.headers().get(name).ok().flatten()
    }

    fn content_type(&self) -> String {
        self.header("content-type").unwrap_or_default().to_ascii_lowercase()
    }
}

/// A problem that was sent, read where its sender has not.
pub async fn interpreted(problem: Problem) -> Problem {
    if !problem.is_unread() {
        return problem;
    }
    match reader::open().await {
        Ok(reader) => (reader.interpret)(problem),
        // It stays as it was sent: a sentence, and what the other side said.
        Err(_) => problem,
    }
}

fn read<T: Json>(body: &[u8]) -> Option<T> {
    json::from_str(&text::decode(body)?)
}

/// How long pieces of a stream gather before they are read, in milliseconds. Text that grows 20 times a second looks smooth.
const GATHER_MS: u32 = 50;

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
        let is_silent = Rc::new(Cell::new(false));
        let timer = {
            let (reader, is_silent) = (self.reader.clone(), Rc::clone(&is_silent));
            Timeout::new(silence, move || {
                is_silent.set(true);
                // What is being read ends by that.
                cancel(&reader);
            })
        };
        let next = self.next().await;
        drop(timer);
        if is_silent.get() { Err(problem(&known::connection_lost)) } else { next }
    }

    /// Lets what comes next gather, so that it is read and shown at once. A piece for each token
    /// would cost the page as much as showing it. In a page that nobody sees a timer may take a minute, and so nothing waits.
    pub async fn gather(&self) {
        if window().and_then(|window| window.document()).is_some_and(|document| !document.hidden()) {
            time::sleep(GATHER_MS).await;
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
        // Of a body that was read to its end this does nothing.
        cancel(&self.reader);
    }
}

/// Ends a stream. The promise is of no interest, but a rejection that nobody handles would be a line in the page's console.
fn cancel(reader: &ReadableStreamDefaultReader) {
    let ended = reader.cancel();
    wasm_bindgen_futures::spawn_local(async move {
        let _: Result<JsValue, JsValue> = JsFuture::from(ended).await;
    });
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
