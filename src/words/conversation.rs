//! What a conversation says once it goes on: what waits, what failed, whom to turn to.

use super::{Area, Attribute, AttributeOrProperty, Number, Word, line, words};

words! {
    /// What a conversation says once it goes on: what waits, what failed, whom to turn to.
    pub enum Conversation of "conversation" {
        Afresh "afresh" = "Start afresh",
        AfterAbove "after_above" = "Sent after the one above.",
        AfterAnswer "after_answer" = "Sent after this answer.",
        Agree "agree" = "I agree",
        Challenge "challenge" = "Show that you are a person",
        Consent "consent" = "Before you write",
        Continue "continue" = "Continue",
        CopyAnswer "copy_answer" = "Copy answer",
        Earlier "earlier" = "Show earlier messages",
        FeedbackComment "feedback_comment" = "Tell the site’s owner more",
        FeedbackHint "feedback_hint" = "The site’s owner reads it with this question and answer.",
        FeedbackSend "feedback_send" = "Add comment",
        FeedbackThanks "feedback_thanks" = "Thank you. The site’s owner can read it.",
        GoOn "go_on" = "Please go on where you stopped.",
        GoesThen "goes_then" = "It is sent by itself then, while this page is open.",
        Greeting "greeting" = "Hello. How can I help?",
        Helpful "helpful" = "Good answer",
        Kept "kept" = "Your message is kept.",
        More "more" = "Read more",
        Notice "notice" = "Answers are written by AI and can be wrong.",
        Print "print" = "Print conversation",
        TakeBack "take_back" = "Take back",
        TooLong "too_long" = "one:{count} character too long. Please shorten the message.|other:{count} characters too long. Please shorten the message.",
        TryAt "try_at" = "You can try again at {time}.",
        TryMinutes "try_minutes" = "one:Try again in {count} minute.|other:Try again in {count} minutes.",
        TryNow "try_now" = "You can try again now.",
        TryOn "try_on" = "You can try again on {day} at {time}.",
        TrySeconds "try_seconds" = "one:Try again in {count} second.|other:Try again in {count} seconds.",
        Unformatted "unformatted" = "The formatting of this answer can’t be loaded.",
        Unhelpful "unhelpful" = "Bad answer",
        Unseen "unseen" = "{count} new",
        Waiting "waiting" = "Waiting to be sent",
        WhatHappened "what_happened" = "What happened?",
    }
}
