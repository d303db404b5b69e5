//! What a visitor agrees to before the first message.

use candor_protocol::wire::Consent;

use crate::element::{Element, element};
use crate::links::is_allowed;
use crate::session::Session;
use crate::words::Conversation;

/// The question. Whoever does not agree closes the chat, and nothing was sent.
pub fn view(session: &Session, consent: &Consent) -> Element {
    let agree = element!("button", "type" = "button", "class" = "button accent")
        .on_click(session.callback(|session, _| session.agree()))
        .say(Conversation::Agree);
    let more = consent.url.as_ref().filter(|url| is_allowed(url)).map(|url| {
        element!(
            "a",
            "class" = "link",
            "href" = url.clone(),
            "target" = "_blank",
            "rel" = "noopener noreferrer",
        )
        .say(Conversation::More)
    });
    element!("div", "class" = "consent", "role" = "group", "aria-label" = Conversation::Consent)
        .child(element!("p").string(&consent.text))
        .child(element!("p", "class" = "actions").child(agree).maybe(more))
}
