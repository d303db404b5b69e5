//! A proxy, by the wire of `docs/protocol.md`, as one visitor.

use std::cell::Cell;
use std::rc::Rc;

use candor_protocol::cause::{Link, known};
use candor_protocol::problem::Problem;
use candor_protocol::wire::{Config, Conversation, NewMessage, ReplyEvent, ReplyStart, Visitor};

use super::abort::AbortToken;
use super::request::{Method, Request, Response};
use super::storage::BrowserStorage;
use super::{Backend, Later, OnEvent, Question};
use crate::json::{self, Json};
use crate::words;

/// The proxy at one address.
pub struct Proxy {
    endpoint: String,
    storage: BrowserStorage,
    /// Whether `Authorization` alone did not arrive: some hosts keep it from PHP.
    duplicate_auth_header: Cell<bool>,
}

impl Proxy {
    /// The proxy whose wire is mounted there, without a slash at the end.
    pub fn new(endpoint: &str, storage: BrowserStorage) -> Self {
        Self { endpoint: endpoint.to_owned(), storage, duplicate_auth_header: Cell::default() }
    }

    /// Where the wire is mounted, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What the browser keeps for this visitor.
    pub fn storage(&self) -> &BrowserStorage {
        &self.storage
    }

    /// What the proxy says of itself.
    ///
    /// # Errors
    /// As every request; see the module above.
    pub async fn config(&self) -> Result<Config, Problem> {
        self.request(Method::Get, "/config").send().await?.json().await
    }

    /// A request to a path of the wire.
    pub fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, &self.address(path))
    }

    /// The address of a path of the wire.
    pub fn address(&self, path: &str) -> String {
        address(&self.endpoint, path)
    }

    /// Sends a body as the visitor and reads what comes back. An empty body is none.
    ///
    /// # Errors
    /// As every request; see the module above.
    pub async fn ask<T: Json>(&self, method: Method, path: &str, body: &str) -> Result<T, Problem> {
        self.send(method, path, body).await?.json().await
    }

    /// The same where nothing comes back that matters.
    ///
    /// # Errors
    /// As every request; see the module above.
    pub async fn send(&self, method: Method, path: &str, body: &str) -> Result<Response, Problem> {
        let make = || {
            let request = self.request(method, path);
            if body.is_empty() { request } else { request.body(body.to_owned()) }
        };
        self.answered(&make).await
    }

    /// Sends a request as the visitor. Where the proxy does not know the token any more, not even in a header of our own, a
    /// new one is fetched and the request made once again.
    ///
    /// # Errors
    /// As every request; see the module above.
    pub async fn answered(&self, make: &dyn Fn() -> Request) -> Result<Response, Problem> {
        let mut token = self.token().await?;
        let mut is_new = false;
        loop {
            let outcome = self.authorised(make(), &token).send().await;
            if let Ok(response) = &outcome
                && let Some(renewed) = response.header("candor-token")
            {
                self.storage.keep_token(&renewed);
            }
            if !is_refused(&outcome) {
                return outcome;
            }
            if !self.duplicate_auth_header.get() {
                let again = self.send_with_duplicate_auth(make, &token).await;
                if self.duplicate_auth_header.get() || is_new {
                    return again;
                }
            }
            if is_new {
                return outcome;
            }
            is_new = true;
            // Another tab may have got a new one already.
            if self.storage.token().as_ref() == Some(&token) {
                self.storage.forget_token();
            }
            token = self.token().await?;
        }
    }

    /// The same with the token in a header of its own too, for a host that keeps `Authorization` from the proxy. Where that
    /// is taken, it is kept up.
    async fn send_with_duplicate_auth(
        &self,
        make: &dyn Fn() -> Request,
        token: &str,
    ) -> Result<Response, Problem> {
        self.duplicate_auth_header.set(true);
        let outcome = self.authorised(make(), token).send().await;
        let is_strange = outcome.as_ref().is_err_and(|problem| problem.link <= Link::Page);
        self.duplicate_auth_header.set(!is_strange && !is_refused(&outcome));
        outcome
    }

    /// Sends it as whose token it is: the visitor's, or the owner's.
    pub fn authorised(&self, request: Request, token: &str) -> Request {
        let bearer = ["Bearer ", token].concat();
        let mut request = request.header("Authorization", &bearer);
        // The page or the site may have chosen another one than the browser.
        if let Some(language) = words::tag() {
            request = request.header("Accept-Language", &language);
        }
        match self.duplicate_auth_header.get() {
            true => request.header("Candor-Authorization", &bearer),
            false => request,
        }
    }

    /// The visitor's token: the one that is kept, else a new one.
    async fn token(&self) -> Result<String, Problem> {
        if let Some(token) = self.storage.token() {
            return Ok(token);
        }
        let visitor: Visitor = self.request(Method::Post, "/visitors").send().await?.json().await?;
        // Two requests at once, or two tabs, may each have asked for one. All go on as the first that has come: what was begun
        // with another token would be somebody else's.
        Ok(self.storage.token().unwrap_or_else(|| {
            self.storage.keep_token(&visitor.token);
            visitor.token
        }))
    }
}

/// The path of a conversation's messages.
pub fn messages_path(conversation: &str) -> String {
    ["/conversations/", conversation, "/messages"].concat()
}

/// Reads an event of a reply by its name and data, as [`json::event`] does.
pub type ReadEvent<'a> = &'a dyn Fn(&str, &str) -> Option<Option<ReplyEvent>>;

/// How a stream is asked for, read, and taken up again.
pub struct StreamSource<'a> {
    /// What begins it; none where it has begun.
    pub begin: Option<&'a dyn Fn() -> Request>,
    /// Where it is taken up, once its start is known.
    pub follow: &'a dyn Fn(&ReplyStart) -> String,
    /// The same where it has begun.
    pub path: Option<String>,
    /// How its events are read.
    pub read: ReadEvent<'a>,
}

impl Backend for Proxy {
    fn begin(self: Rc<Self>, idempotency_key: String) -> Later<Result<Conversation, Problem>> {
        Box::pin(async move {
            let make = || {
                let request = self.request(Method::Post, "/conversations");
                request.header("Idempotency-Key", &idempotency_key).body("{}".to_owned())
            };
            self.answered(&make).await?.json().await
        })
    }

    fn reply(
        self: Rc<Self>,
        conversation: String,
        question: Question,
        abort: AbortToken,
        on_event: OnEvent,
    ) -> Later<Result<(), Problem>> {
        Box::pin(async move {
            let messages = messages_path(&conversation);
            let reply = |message: &str| [&messages, "/", message, "/reply"].concat();
            let begin = || match &question {
                Question::New { content, idempotency_key, rehearsed_by } => {
                    let request =
                        self.request(Method::Post, &messages).header("Idempotency-Key", idempotency_key);
                    let request = match rehearsed_by {
                        Some(owner) => request.header("Candor-Owner", owner),
                        None => request,
                    };
                    request.body(json::to_string(&NewMessage { content: content.clone() }))
                }
                Question::Again(id) | Question::UnderWay(id) => self.request(Method::Post, &reply(id)),
            };
            let path = match &question {
                Question::UnderWay(id) => Some(reply(id)),
                _ => None,
            };
            let source = StreamSource {
                begin: if path.is_none() { Some(&begin) } else { None },
                follow: &|start| reply(&start.message.id),
                path,
                read: &json::event,
            };
            self.stream(source, &abort, &*on_event).await
        })
    }

    fn stop(self: Rc<Self>, conversation: String, message: String) -> Later<Result<(), Problem>> {
        Box::pin(async move {
            let path = [&messages_path(&conversation), "/", &message, "/reply"].concat();
            self.send(Method::Delete, &path, "").await.map(drop)
        })
    }
}

/// Whether the proxy does not know the token.
fn is_refused(outcome: &Result<Response, Problem>) -> bool {
    outcome.as_ref().is_err_and(|problem| problem.is(&known::unauthorized))
}

/// The address of a path of the wire. Where WordPress has plain permalinks, the wire is mounted in a query.
fn address(endpoint: &str, path: &str) -> String {
    match (endpoint.contains('?'), path.split_once('?')) {
        (true, Some((path, query))) => [endpoint, path, "&", query].concat(),
        _ => [endpoint, path].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::address;

    #[test]
    fn a_query_goes_on_where_the_endpoint_is_in_one() {
        assert_eq!(address("/candor/v1", "/conversations?limit=5"), "/candor/v1/conversations?limit=5");
        let plain = address("/?rest_route=/candor/v1", "/conversations?limit=5&before=2");
        assert_eq!(plain, "/?rest_route=/candor/v1/conversations&limit=5&before=2");
        assert_eq!(address("/?rest_route=/candor/v1", "/config"), "/?rest_route=/candor/v1/config");
    }
}
