//! What a visitor agrees to before the first message.

use crate::element::{Element, element};
use crate::session::Session;
use crate::words::Conversation;

/// The question, in the owner’s words, and the address where the owner says more. Whoever does not agree closes the chat, and nothing was sent.
pub fn view(session: &Session, text: &str, address: Option<&str>) -> Element {
    let agree = element!("button", "type" = "button", "class" = "button accent")
        .on_click(session.callback(|session, _| session.agree()))
        .say(Conversation::Agree);
    let more = address.map(|address| {
        element!(
            "a",
            "class" = "link",
            "href" = address.to_owned(),
            "target" = "_blank",
            "rel" = "noopener noreferrer",
        )
        .say(Conversation::More)
    });
    element!("div", "class" = "consent", "role" = "group", "aria-label" = Conversation::Consent)
        .child(element!("p").string(text))
        .child(element!("p", "class" = "actions").child(agree).maybe(more))
}
