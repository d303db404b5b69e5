//! All that leaves the browser or is stored in it.
//!
//! Every request ends in what was asked for or in a [`Problem`], which says which link broke; nothing here panics,
//! whatever the page, an extension or a middle box does to the browser's functions.

pub mod channel;
pub mod checks;
pub mod export;
pub mod memory;
mod observe;
pub mod reply;
pub mod request;

use std::rc::Rc;

use candor_protocol::problem::Problem;
use candor_protocol::wire::{
    Config, Conversation, ConversationChange, Conversations, Message, Messages, Visitor,
};
use serde::Serialize;
use serde::de::DeserializeOwned;

use memory::Memory;
use request::{Method, Request, Response};

/// Speaks the wire of `docs/protocol.md` with one proxy, as one visitor.
#[derive(Clone)]
pub struct Client {
    endpoint: Rc<str>,
    memory: Rc<Memory>,
}

impl Client {
    /// A client for the wire mounted at `endpoint`.
    pub fn new(endpoint: &str) -> Self {
        let endpoint = endpoint.trim_end_matches('/');
        Self { endpoint: endpoint.into(), memory: Rc::new(Memory::new(endpoint)) }
    }

    /// A client of the same proxy that knows nothing of what the browser has stored, and stores nothing.
    pub fn without_memory(&self) -> Self {
        Self { endpoint: self.endpoint.clone(), memory: Rc::new(Memory::of_page()) }
    }

    /// Where the wire is mounted, without a slash at the end.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// What the browser keeps for this visitor.
    pub fn memory(&self) -> &Memory {
        &self.memory
    }

    /// What the proxy says of itself. Needs no visitor.
    ///
    /// # Errors
    /// Where the proxy cannot be reached or something else answers.
    pub async fn config(&self) -> Result<Config, Problem> {
        self.request(Method::Get, "/config").send().await?.json().await
    }

    /// A page of the visitor's conversations with these words, newest first: the first, or the one behind `next`.
    ///
    /// # Errors
    /// As every request; see the module.
    pub async fn conversations(&self, search: &str, next: Option<&str>) -> Result<Conversations, Problem> {
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
        let make = || {
            let request = self.request(Method::Post, "/conversations");
            request.header("Idempotency-Key", idempotency_key).json(&ConversationChange::default())
        };
        self.answered(make).await?.json().await
    }

    /// Deletes the visitor with everything that they wrote and were told; whoever writes next is somebody new.
    ///
    /// # Errors
    /// As every request; see the module.
    pub async fn forget(&self) -> Result<(), Problem> {
        if self.memory.token().is_some() {
            self.answered(|| Ok(self.request(Method::Delete, "/visitors"))).await?;
        }
        self.memory.forget_token();
        self.memory.keep_conversation(None);
        self.memory.take_out(|_| true);
        Ok(())
    }

    /// The messages of a conversation, oldest first.
    ///
    /// # Errors
    /// As every request; `not_found` where the proxy does not know the conversation, or not as this visitor's.
    pub async fn messages(&self, conversation: &str) -> Result<Vec<Message>, Problem> {
        let path = format!("/conversations/{conversation}/messages");
        let list: Messages = self.ask(Method::Get, &path, None::<&()>).await?;
        Ok(list.messages)
    }

    /// Gives a conversation another title.
    ///
    /// # Errors
    /// As [`Client::messages`].
    pub async fn rename(&self, conversation: &str, title: String) -> Result<Conversation, Problem> {
        let change = ConversationChange { title: Some(title), unread: None };
        self.ask(Method::Patch, &format!("/conversations/{conversation}"), Some(&change)).await
    }

    /// Says that the visitor has read a conversation.
    ///
    /// # Errors
    /// As [`Client::messages`].
    pub async fn mark_read(&self, conversation: &str) -> Result<Conversation, Problem> {
        let change = ConversationChange { title: None, unread: Some(false) };
        self.ask(Method::Patch, &format!("/conversations/{conversation}"), Some(&change)).await
    }

    /// Deletes a conversation with all its messages.
    ///
    /// # Errors
    /// As [`Client::messages`].
    pub async fn delete(&self, conversation: &str) -> Result<(), Problem> {
        let path = format!("/conversations/{conversation}");
        self.answered(|| Ok(self.request(Method::Delete, &path))).await.map(drop)
    }

    /// Stops the reply to a message. Its stream then ends with what had arrived.
    ///
    /// # Errors
    /// As every request; the reply may have ended by itself.
    pub async fn stop(&self, conversation: &str, message: &str) -> Result<(), Problem> {
        let path = format!("/conversations/{conversation}/messages/{message}/reply");
        self.answered(|| Ok(self.request(Method::Delete, &path))).await.map(drop)
    }

    fn request(&self, method: Method, path: &str) -> Request {
        Request::new(method, &format!("{}{path}", self.endpoint))
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
        self.answered(make).await?.json().await
    }

    /// Sends a request as the visitor. Where the proxy does not know the token any more, a new one is fetched and the
    /// request made once again.
    async fn answered(&self, make: impl Fn() -> Result<Request, Problem>) -> Result<Response, Problem> {
        let token = self.token().await?;
        let outcome = make()?.bearer(&token).send().await;
        if let Ok(response) = &outcome
            && let Some(renewed) = response.header("candor-token")
        {
            self.memory.keep_token(&renewed);
        }
        match outcome {
            Err(problem) if problem.cause == "unauthorized" => {
                // Another tab may have got a new one already.
                if self.memory.token().as_ref() == Some(&token) {
                    self.memory.forget_token();
                }
                make()?.bearer(&self.token().await?).send().await
            }
            outcome => outcome,
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
        self.endpoint == other.endpoint
    }
}
