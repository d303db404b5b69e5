//! All that leaves the browser or is stored in it.
//!
//! Every request ends in what was asked for or in a [`Problem`], which says which link broke; nothing here panics,
//! whatever the page, an extension or a middle box does to the browser's functions.

pub mod channel;
pub mod checks;
pub mod export;
pub mod gateway;
pub mod local;
pub mod memory;
mod observe;
pub mod recording;
pub mod reply;
pub mod request;
pub mod shelf;

use std::cell::Cell;
use std::rc::Rc;

use candor_diagnosis::interpret::interpret;
use candor_protocol::cause::{Link, known};
use candor_protocol::problem::Problem;
use candor_protocol::wire::{
    Config, Conversation, ConversationChange, Conversations, Keeps, LinkCode, Message, Messages, NewVisitor,
    Visitor,
};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use web_sys::window;

use crate::Settings;
use gateway::Model;
use local::Local;
use memory::{Memory, Place, is_header};
use recording::Recordings;
use request::{Method, Request, Response};
use shelf::Shelf;

/// Speaks the wire of `docs/protocol.md` with one proxy, as one visitor; or chat completions with a gateway. Conversations are
/// the proxy's, or the browser's where that is who keeps them.
#[derive(Clone)]
pub struct Client {
    settings: Rc<Settings>,
    endpoint: Rc<str>,
    service: Service,
    memory: Rc<Memory>,
    local: Rc<Local>,
    recordings: Rc<Recordings>,
    keeps: Rc<Cell<Option<Keeps>>>,
    /// Whether `Authorization` alone did not arrive: some hosts keep it from PHP.
    says_twice: Rc<Cell<bool>>,
}

/// Who is asked.
#[derive(Clone)]
enum Service {
    /// A proxy, by our own wire.
    Proxy,
    /// A gateway, by chat completions.
    Completions(Rc<Model>),
}

impl Client {
    /// A client of what the page names.
    pub fn new(settings: &Settings) -> Self {
        let endpoint = settings.endpoint.trim_end_matches('/');
        Self::with(Rc::new(settings.clone()), Memory::new(endpoint), Shelf::new(endpoint))
    }

    /// A client of the same that knows nothing of what the browser has stored, and stores nothing.
    pub fn without_memory(&self) -> Self {
        Self::with(Rc::clone(&self.settings), Memory::of_page(), Shelf::of_page())
    }

    fn with(settings: Rc<Settings>, memory: Memory, shelf: Shelf) -> Self {
        let service = match &settings.gateway {
            Some(model) => Service::Completions(Rc::new(model.clone())),
            None => Service::Proxy,
        };
        Self {
            endpoint: settings.endpoint.trim_end_matches('/').into(),
            settings,
            service,
            memory: Rc::new(memory),
            local: Rc::new(Local::new(shelf)),
            recordings: Rc::default(),
            keeps: Rc::default(),
            says_twice: Rc::default(),
        }
    }

    /// What the page has set.
    pub fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The token of an owner whom the site knows by its own cookie. `None` for everybody else.
    pub async fn owner_by_site(&self) -> Option<String> {
        #[derive(Deserialize)]
        struct Owner {
            token: Option<String>,
        }
        let address = self.settings.owner().filter(|address| is_of_page(address))?;
        let answer = Request::of_site(&address).send().await.ok()?;
        answer.json::<Owner>().await.ok()?.token.filter(|token| is_header(token))
    }

    /// Whether a proxy answers, rather than a gateway.
    pub fn has_proxy(&self) -> bool {
        matches!(self.service, Service::Proxy)
    }

    /// Where the wire is mounted, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What the browser keeps for this visitor.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What the proxy says of itself, in the page's words where it has some. Needs no visitor.
    ///
    /// # Errors
    /// Where the proxy cannot be reached or something else answers.
    pub async fn config(&self) -> Result<Config, Problem> {
        let config = match &self.service {
            Service::Proxy => self.request(Method::Get, "/config").send().await?.json().await?,
            Service::Completions(model) => self.settings.config(model),
        };
        self.keeps.set(Some(config.keeps));
        Ok(self.settings.adjust(config))
    }

    /// Who keeps what begins now.
    async fn keeps(&self) -> Result<Keeps, Problem> {
        match self.keeps.get() {
            Some(keeps) => Ok(keeps),
            None => Ok(self.config().await?.keeps),
        }
    }

    /// A page of the visitor's conversations with these words, newest first: the first, or the one behind `next`.
    ///
    /// # Errors
    /// As every request; see the module.
    pub async fn conversations(&self, search: &str, next: Option<&str>) -> Result<Conversations, Problem> {
        if self.keeps().await? == Keeps::Browser {
            return self.local.list(search, next).await;
        }
        let given = [("search", search), ("before", next.unwrap_or_default())];
        let queries: Vec<_> = given
            .iter()
            .filter(|(_, value)| !value.is_empty())
            .map(|(name, value)| format!("{name}={}", String::from(js_sys::encode_uri_component(value))))
            .collect();
        let sign = if queries.is_empty() { "" } else { "?" };
        self.ask(Method::Get, &format!("/conversations{sign}{}", queries.join("&")), None::<&()>).await
    }

    /// Starts a conversation. The same key is the same conversation.
    ///
    /// # Errors
    /// As every request; see the module.
    pub async fn begin(&self, idempotency_key: &str) -> Result<Conversation, Problem> {
        if self.keeps().await? == Keeps::Browser {
            return self.local.begin(idempotency_key).await;
        }
        let make = || {
            let request = self.request(Method::Post, "/conversations");
            request.header("Idempotency-Key", idempotency_key).json(&ConversationChange::default())
        };
        let begun = self.answered(&make).await;
        if begun.as_ref().is_err_and(|problem| problem.is(&known::not_kept)) {
            // The owner has changed that since; the next try knows.
            self.keeps.set(None);
        }
        begun?.json().await
    }

    /// Deletes the visitor with everything that they wrote and were told; whoever writes next is somebody new.
    ///
    /// # Errors
    /// As every request; see the module.
    pub async fn forget(&self) -> Result<(), Problem> {
        if self.memory.token().is_some() {
            self.answered(&|| Ok(self.request(Method::Delete, "/visitors"))).await?;
        }
        self.recordings.end_all();
        self.local.shelf().clear().await?;
        self.memory.forget_token();
        self.memory.keep_conversation(None);
        self.memory.keep_consent(None);
        self.memory.take_out(|_| true);
        Ok(())
    }

    /// The messages of a conversation, oldest first.
    ///
    /// # Errors
    /// As every request; `not_found` where the proxy does not know the conversation, or not as this visitor's.
    pub async fn messages(&self, conversation: &str) -> Result<Vec<Message>, Problem> {
        if local::is_here(conversation) {
            return self.local.messages(conversation).await;
        }
        let path = format!("/conversations/{conversation}/messages");
        let list: Messages = self.ask(Method::Get, &path, None::<&()>).await?;
        let read = |message: Message| Message { error: message.error.map(interpret), ..message };
        Ok(list.messages.into_iter().map(read).collect())
    }

    /// Gives a conversation another title.
    ///
    /// # Errors
    /// As [`Client::messages`].
    pub async fn rename(&self, conversation: &str, title: String) -> Result<Conversation, Problem> {
        if local::is_here(conversation) {
            return self.local.change(conversation, &mut |kept| kept.title.clone_from(&title)).await;
        }
        let change = ConversationChange { title: Some(title), unread: None };
        self.ask(Method::Patch, &format!("/conversations/{conversation}"), Some(&change)).await
    }

    /// Says that the visitor has read a conversation.
    ///
    /// # Errors
    /// As [`Client::messages`].
    pub async fn mark_read(&self, conversation: &str) -> Result<Conversation, Problem> {
        if local::is_here(conversation) {
            return self.local.change(conversation, &mut |kept| kept.unread = false).await;
        }
        let change = ConversationChange { title: None, unread: Some(false) };
        self.ask(Method::Patch, &format!("/conversations/{conversation}"), Some(&change)).await
    }

    /// Deletes a conversation with all its messages.
    ///
    /// # Errors
    /// As [`Client::messages`].
    pub async fn delete(&self, conversation: &str) -> Result<(), Problem> {
        if local::is_here(conversation) {
            self.stop_recording(conversation);
            return self.local.shelf().delete(conversation).await;
        }
        let path = format!("/conversations/{conversation}");
        self.answered(&|| Ok(self.request(Method::Delete, &path))).await.map(drop)
    }

    /// Stops the reply to a message. Its stream then ends with what had arrived.
    ///
    /// # Errors
    /// As every request; the reply may have ended by itself. `not_found` where another page records it.
    pub async fn stop(&self, conversation: &str, message: &str) -> Result<(), Problem> {
        if local::is_here(conversation) {
            let is_stopped = self.stop_recording(conversation);
            return if is_stopped { Ok(()) } else { Err(request::problem(&known::not_found)) };
        }
        let path = format!("/conversations/{conversation}/messages/{message}/reply");
        self.answered(&|| Ok(self.request(Method::Delete, &path))).await.map(drop)
    }

    /// A code that makes another device this visitor.
    ///
    /// # Errors
    /// As every request; `linking_off` where the owner does not allow it.
    pub async fn link_code(&self) -> Result<LinkCode, Problem> {
        self.ask(Method::Post, "/visitors/code", None::<&()>).await
    }

    /// Becomes the visitor who was given this code. What was written here so far moves along.
    ///
    /// # Errors
    /// As every request; `link_code_unknown`.
    pub async fn link(&self, code: String) -> Result<(), Problem> {
        let body = NewVisitor { code: Some(code) };
        let request = self.request(Method::Post, "/visitors").json(&body)?;
        let request = match self.memory.token() {
            Some(token) => self.authorised(request, &token),
            None => request,
        };
        let visitor: Visitor = request.send().await?.json().await?;
        self.memory.keep_token(&visitor.token);
        Ok(())
    }

    /// Signs every other device of this visitor out.
    ///
    /// # Errors
    /// As every request; see the module.
    pub async fn end_others(&self) -> Result<(), Problem> {
        self.answered(&|| Ok(self.request(Method::Delete, "/visitors/others"))).await.map(drop)
    }

    /// Where things are kept, in words.
    pub async fn kept_in(&self) -> String {
        let place = self.memory.place();
        match self.keeps.get() {
            Some(Keeps::Browser) if self.local.shelf().is_durable().await => {
                "this browser (IndexedDB)".to_owned()
            }
            Some(Keeps::Browser) => Place::Page.to_string(),
            _ => place.to_string(),
        }
    }

    /// Whether conversations that the browser is to keep outlive the page.
    async fn keeps_what_it_should(&self) -> bool {
        self.keeps.get() != Some(Keeps::Browser) || self.local.shelf().is_durable().await
    }

    fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, &address(&self.endpoint, path))
    }

    /// Sends JSON as the visitor and reads JSON back.
    async fn ask<T: DeserializeOwned>(
        &self,
        method: Method,
        path: &str,
        body: Option<&impl Serialize>,
    ) -> Result<T, Problem> {
        let make = || match body {
            Some(body) => self.request(method, path).json(body),
            None => Ok(self.request(method, path)),
        };
        self.answered(&make).await?.json().await
    }

    /// Sends a request as the visitor. Where the proxy does not know the token any more, not even in a header of our own, a
    /// new one is fetched and the request made once again.
    async fn answered(&self, make: &dyn Fn() -> Result<Request, Problem>) -> Result<Response, Problem> {
        let token = self.token().await?;
        let outcome = self.authorised(make()?, &token).send().await;
        if let Ok(response) = &outcome
            && let Some(renewed) = response.header("candor-token")
        {
            self.memory.keep_token(&renewed);
        }
        if !is_refused(&outcome) {
            return outcome;
        }
        if !self.says_twice.get() {
            let again = self.say_twice(make, &token).await;
            if self.says_twice.get() {
                return again;
            }
        }
        // Another tab may have got a new one already.
        if self.memory.token().as_ref() == Some(&token) {
            self.memory.forget_token();
        }
        let token = self.token().await?;
        let outcome = self.authorised(make()?, &token).send().await;
        match is_refused(&outcome) && !self.says_twice.get() {
            true => self.say_twice(make, &token).await,
            false => outcome,
        }
    }

    /// The same with the token in a header of its own too, for a host that keeps `Authorization` from the proxy. Where that is
    /// heard, it is kept up.
    async fn say_twice(
        &self,
        make: &dyn Fn() -> Result<Request, Problem>,
        token: &str,
    ) -> Result<Response, Problem> {
        self.says_twice.set(true);
        let outcome = self.authorised(make()?, token).send().await;
        let is_strange = outcome.as_ref().is_err_and(|problem| problem.link <= Link::Page);
        self.says_twice.set(!is_strange && !is_refused(&outcome));
        outcome
    }

    /// Sends it as whose token it is: the visitor's, or the owner's.
    fn authorised(&self, request: Request, token: &str) -> Request {
        let request = request.bearer(token);
        match self.says_twice.get() {
            true => request.header("Candor-Authorization", &format!("Bearer {token}")),
            false => request,
        }
    }

    /// The visitor's token: the one that is kept, else a new one.
    async fn token(&self) -> Result<String, Problem> {
        if let Some(token) = self.memory.token() {
            return Ok(token);
        }
        let visitor: Visitor = self.request(Method::Post, "/visitors").send().await?.json().await?;
        self.memory.keep_token(&visitor.token);
        Ok(visitor.token)
    }
}

impl PartialEq for Client {
    fn eq(&self, other: &Self) -> bool {
        self.settings == other.settings
    }
}

/// Whether an address is one of the page's own site, to which its cookie may go.
fn is_of_page(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\")
}

/// The address of a path of the wire. Where WordPress has plain permalinks, the wire is mounted in a query.
fn address(endpoint: &str, path: &str) -> String {
    match endpoint.contains('?') {
        true => format!("{endpoint}{}", path.replacen('?', "&", 1)),
        false => format!("{endpoint}{path}"),
    }
}

/// 128 random bits as hexadecimal digits. A browser without `crypto` has only `Math.random`, which is enough here: keys and
/// ids tell a visitor's own messages apart, and are no secret.
pub fn random_key() -> String {
    let mut bytes = [0_u8; 16];
    let strong = window()
        .and_then(|window| window.crypto().ok())
        .is_some_and(|crypto| crypto.get_random_values_with_u8_array(&mut bytes).is_ok());
    if !strong {
        bytes.fill_with(|| (js_sys::Math::random() * 256.0) as u8);
    }
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Whether the proxy does not know the token.
fn is_refused(outcome: &Result<Response, Problem>) -> bool {
    outcome.as_ref().is_err_and(|problem| problem.is(&known::unauthorized))
}

/// An id of that kind, such as `m_…`.
fn random_id(prefix: &str) -> String {
    format!("{prefix}{}", random_key())
}

#[cfg(test)]
mod tests {
    use super::{address, is_of_page};

    #[test]
    fn a_cookie_goes_to_no_other_site() {
        assert!(is_of_page("/wp-admin/admin-ajax.php?action=candor_owner"));
        for other in ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil"] {
            assert!(!is_of_page(other), "{other}");
        }
    }

    #[test]
    fn a_query_goes_on_where_the_endpoint_is_in_one() {
        assert_eq!(address("/candor/v1", "/conversations?limit=5"), "/candor/v1/conversations?limit=5");
        let plain = address("/?rest_route=/candor/v1", "/conversations?limit=5&before=2");
        assert_eq!(plain, "/?rest_route=/candor/v1/conversations&limit=5&before=2");
    }
}
