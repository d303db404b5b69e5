//! What the tabs of one visitor tell each other, by a [`BroadcastChannel`]. Where the browser has none, each tab is on its
//! own, and sees what the others did when it fetches it.

use candor_protocol::wire::{Message, ReplyEvent};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{BroadcastChannel, MessageEvent};

use crate::json::{self, Json, Reading};

/// One thing that a tab tells.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TabMessage {
    /// The stream that this tab holds brought an event.
    Event {
        /// The conversation's id.
        conversation: String,
        /// The event.
        event: ReplyEvent,
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

impl Json for TabMessage {
    fn read(value: &JsValue, reading: &Reading) -> Self {
        let text = |name| json::field::<String>(value, name, reading);
        let conversation = || text("conversation");
        match &*text("kind") {
            "event" => match json::event(&text("name"), &text("data")).flatten() {
                Some(event) => {
                    Self::Event { conversation: conversation(), event, at: json::field(value, "at", reading) }
                }
                None => {
                    reading.wrong();
                    Self::Changed
                }
            },
            "stop" => Self::Stop(conversation()),
            "who_holds" => Self::WhoHolds(conversation()),
            "holding" => Self::Holding(conversation(), json::field(value, "reply", reading)),
            "deleted" => Self::Deleted(conversation()),
            "changed" => Self::Changed,
            "forgotten" => Self::Forgotten,
            _ => {
                reading.wrong();
                Self::Changed
            }
        }
    }

    fn write(&self) -> JsValue {
        let object = json::object();
        let (kind, conversation) = match self {
            Self::Event { conversation, event, at } => {
                json::set(&object, "name", event.name().into());
                json::set(&object, "data", json::event_data(event).into());
                json::set(&object, "at", at.write());
                ("event", Some(conversation))
            }
            Self::Stop(conversation) => ("stop", Some(conversation)),
            Self::WhoHolds(conversation) => ("who_holds", Some(conversation)),
            Self::Holding(conversation, reply) => {
                json::set(&object, "reply", reply.write());
                ("holding", Some(conversation))
            }
            Self::Deleted(conversation) => ("deleted", Some(conversation)),
            Self::Changed => ("changed", None),
            Self::Forgotten => ("forgotten", None),
        };
        json::set(&object, "kind", kind.into());
        json::set(&object, "conversation", conversation.cloned().write());
        object
    }
}

/// A tab's end of the channel; dropping it closes it.
pub struct Channel {
    raw: BroadcastChannel,
    _listener: Closure<dyn FnMut(MessageEvent)>,
}

impl Channel {
    /// Joins the channel of all tabs that talk to this proxy. What somebody else posts there is passed over.
    pub fn join(endpoint: &str, on_message: impl Fn(TabMessage) + 'static) -> Option<Self> {
        let raw = BroadcastChannel::new(&["candor:", endpoint].concat()).ok()?;
        let listener = Closure::new(move |event: MessageEvent| {
            if let Some(message) = event.data().as_string().and_then(|text| json::from_str(&text)) {
                on_message(message);
            }
        });
        raw.set_onmessage(Some(listener.as_ref().unchecked_ref()));
        Some(Self { raw, _listener: listener })
    }

    /// Tells all other tabs.
    pub fn tell(&self, message: &TabMessage) {
        // Fails only where the channel is closed.
        let _ = self.raw.post_message(&JsValue::from(json::to_string(message)));
    }
}

impl Drop for Channel {
    fn drop(&mut self) {
        self.raw.set_onmessage(None);
        self.raw.close();
    }
}
