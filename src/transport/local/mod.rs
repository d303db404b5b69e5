//! Conversations that the browser keeps: a chat whose proxy keeps nothing, or with a gateway that is asked from the page.
//!
//! - [`store`]: where they are kept. [`conversations`]: the list, the search, another title.
//! - [`recording`]: replies, kept as they arrive. [`gateway`]: chat completions, in place of a proxy's wire.

pub mod conversations;
pub mod gateway;
pub mod recording;
pub mod store;

use std::rc::Rc;

use candor_diagnosis::completions::{ChatMessage, Piece};
use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use candor_protocol::wire::{Config, Conversation, ConversationChange, Conversations, Message, Messages};

use super::abort::AbortToken;
use super::proxy::Proxy;
use super::request::problem;
use super::{Archive, Backend, Later, LocalBackend, OnEvent, Question};
use crate::Settings;
use crate::settings::Model;
use conversations::LocalConversations;
use recording::Recordings;
use store::ConversationStore;

/// The browser, as whoever keeps the conversations.
pub struct BrowserBackend {
    settings: Settings,
    /// The gateway that is asked, and else the proxy.
    gateway: Option<Model>,
    proxy: Rc<Proxy>,
    conversations: Rc<LocalConversations>,
    recordings: Recordings,
}

/// Opens what the browser keeps of the chat with this proxy or gateway.
pub fn open(settings: &Settings, proxy: &Rc<Proxy>) -> Rc<dyn LocalBackend> {
    let store = match proxy.storage().is_of_page() {
        true => ConversationStore::of_page(),
        false => ConversationStore::new(proxy.endpoint()),
    };
    Rc::new(BrowserBackend {
        settings: settings.clone(),
        gateway: settings.gateway.clone(),
        proxy: Rc::clone(proxy),
        conversations: Rc::new(LocalConversations::new(store)),
        recordings: Recordings::default(),
    })
}

impl Backend for BrowserBackend {
    fn begin(self: Rc<Self>, idempotency_key: String) -> Later<Result<Conversation, Problem>> {
        Box::pin(async move { self.conversations.begin(&idempotency_key).await })
    }

    fn reply(
        self: Rc<Self>,
        conversation: String,
        question: Question,
        abort: AbortToken,
        on_event: OnEvent,
    ) -> Later<Result<(), Problem>> {
        Box::pin(async move { self.record_reply(&conversation, question, abort, on_event).await })
    }

    /// `not_found` where another page records it.
    fn stop(self: Rc<Self>, conversation: String, _: String) -> Later<Result<(), Problem>> {
        let is_stopped = self.stop_recording(&conversation);
        Box::pin(async move { if is_stopped { Ok(()) } else { Err(problem(&known::not_found)) } })
    }

    fn local(self: Rc<Self>) -> Option<Rc<dyn LocalBackend>> {
        Some(self)
    }
}

impl Archive for BrowserBackend {
    fn conversations(
        self: Rc<Self>,
        search: String,
        before: Option<String>,
    ) -> Later<Result<Conversations, Problem>> {
        Box::pin(async move { self.conversations.list(&search, before.as_deref()).await })
    }

    /// All of them at once: they are here already.
    fn messages(self: Rc<Self>, conversation: String, _: Option<String>) -> Later<Result<Messages, Problem>> {
        Box::pin(async move {
            let messages = self.conversations.messages(&conversation).await?;
            Ok(Messages { messages, next: None })
        })
    }

    fn change(
        self: Rc<Self>,
        conversation: String,
        change: ConversationChange,
    ) -> Later<Result<Conversation, Problem>> {
        Box::pin(async move {
            let mut apply = |kept: &mut Conversation| {
                if let Some(title) = &change.title {
                    kept.title.clone_from(title);
                }
                kept.unread = change.unread.unwrap_or(kept.unread);
            };
            self.conversations.change(&conversation, &mut apply).await
        })
    }

    fn delete(self: Rc<Self>, conversation: String) -> Later<Result<(), Problem>> {
        self.stop_recording(&conversation);
        Box::pin(async move { self.conversations.store().delete(&conversation).await })
    }
}

impl LocalBackend for BrowserBackend {
    fn config(&self) -> Option<Config> {
        self.gateway.as_ref().map(|model| self.settings.config(model))
    }

    fn is_durable(self: Rc<Self>) -> Later<bool> {
        Box::pin(async move { self.conversations.store().is_durable().await })
    }

    fn models(self: Rc<Self>) -> Later<Result<(), Problem>> {
        Box::pin(async move { gateway::models(&self.proxy).await })
    }

    fn try_model(self: Rc<Self>, abort: AbortToken) -> Later<Result<(), Problem>> {
        Box::pin(async move {
            let Some(model) = &self.gateway else { return Err(problem(&known::not_found)) };
            let question = vec![ChatMessage::new("user", "Say one word.")];
            gateway::complete(&self.proxy, model, question, &abort, &|piece| !is_word(piece)).await
        })
    }

    fn clear(self: Rc<Self>) -> Later<Result<(), Problem>> {
        Box::pin(async move { self.conversations.store().clear().await })
    }

    fn recorded(&self, conversation: &str) -> Option<Message> {
        self.recordings.recorded(conversation)
    }

    fn stop_recording(&self, conversation: &str) -> bool {
        self.recordings.stop(conversation)
    }

    fn end_recordings(&self) {
        self.recordings.end_all();
    }

    fn on_recorded(&self, on_end: Option<Rc<dyn Fn()>>) {
        self.recordings.on_end(on_end);
    }
}

/// Whether a piece of an answer says something.
fn is_word(piece: &Piece) -> bool {
    matches!(piece, Piece::Text(text) if !text.trim().is_empty())
}
