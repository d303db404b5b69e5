//! What every visitor reads. It comes with the core.

use super::{Area, Attribute, AttributeOrProperty, Number, Word, line, words};

words! {
    /// What every visitor reads. It comes with the core.
    pub enum Core of "core" {
        Assistant "assistant" = "Assistant",
        Begin "begin" = "New conversation",
        Chat "chat" = "Chat",
        Close "close" = "Close chat",
        Diagnostics "diagnostics" = "Diagnostics",
        History "history" = "History",
        Loading "loading" = "Loading…",
        Message "message" = "Message",
        Messages "messages" = "Messages",
        Parts "parts" = "Parts of the chat",
        Retry "retry" = "Retry",
        Send "send" = "Send",
        Stop "stop" = "Stop",
        Stopped "stopped" = "Stopped.",
        Thinking "thinking" = "Thinking",
        TryAgain "try_again" = "Try again",
        Waiting "waiting" = "Waiting for the answer",
        You "you" = "You",
    }
}
