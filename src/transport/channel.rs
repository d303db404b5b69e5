//! What the tabs of one visitor tell each other, by a [`BroadcastChannel`]. Where the browser has none, each tab is on its
//! own, and sees what the others did when it fetches it.

use candor_protocol::wire::{Message, ReplyEvent};
use serde::{Deserialize, Serialize};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

/// One thing that a tab tells.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TabMessage {
    /// The stream that this tab holds brought an event, by its name and data.
    Event {
        /// The conversation's id.
        conversation: String,
        /// See [`ReplyEvent::name`].
        name: String,
        /// See [`ReplyEvent::data`].
        data: String,
        /// How many bytes of the reply were there before it.
        at: usize,
    },
    /// Whoever holds the stream of this conversation's reply is to stop it.
    Stop(String),
    /// Who holds the stream of this conversation's reply?
    WhoHolds(String),
    /// This tab does, and so much has arrived.
    Holding(String, Message),
    /// A conversation was deleted.
    Deleted(String),
    /// A conversation has another title.
    Changed,
    /// Everything of the visitor was deleted.
    Forgotten,
}

impl TabMessage {
    /// An event of a conversation's reply, behind so many bytes of it.
    pub fn event(conversation: &str, event: &ReplyEvent, at: usize) -> Option<Self> {
        let (conversation, name) = (conversation.to_owned(), event.name().to_owned());
        Some(Self::Event { conversation, name, data: event.data().ok()?, at })
    }
}

/// A tab's end of the channel; dropping it closes it.
pub struct Channel {
    raw: BroadcastChannel,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Channel {
    /// Joins the channel of all tabs that talk to this proxy. What somebody else posts there is passed over.
    pub fn join(endpoint: &str, on_told: impl Fn(TabMessage) + 'static) -> Option<Self> {
        let raw = BroadcastChannel::new(&format!("candor:{endpoint}")).ok()?;
        let listener = Closure::new(move |event: MessageEvent| {
            if let Some(told) = event.data().as_string().and_then(|text| serde_json::from_str(&text).ok()) {
                on_told(told);
            }
        });
        raw.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Some(Self { raw, _listener: listener })
    }

    /// Tells all other tabs.
    pub fn tell(&self, told: &TabMessage) {
        if let Ok(text) = serde_json::to_string(told) {
            // Fails only where the channel is closed.
            let _ = self.raw.post_message(&JsValue::from(text));
        }
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.raw.set_onmessage(None);
        self.raw.close();
    }
}
