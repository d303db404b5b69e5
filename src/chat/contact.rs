//! Whom a visitor can turn to where only the site's owner can put something right.

use candor_protocol::contact;

use crate::element::{Element, element};
use crate::links::is_allowed;
use crate::session::Session;

/// The way to the owner, where the page or the proxy names one.
pub fn link(session: &Session) -> Option<Element> {
    let state = session.state();
    let of_proxy = state.config.as_ref().and_then(|config| config.contact.as_deref());
    let of_page = session.client().settings().contact();
    let address = of_page.as_deref().or(of_proxy).and_then(contact::address);
    address.filter(|address| is_allowed(address)).map(|address| {
        let is_page = address.starts_with("https:");
        element!(
            "a",
            "class" = "link",
            "href" = address.clone(),
            "target" = is_page.then_some("_blank"),
            "rel" = is_page.then_some("noopener noreferrer"),
        )
        .string(&contact::words(&address))
    })
}

/// By what the owner finds the failure, where it has a number.
pub fn number(reference: &str) -> Option<Element> {
    let words = ["Tell them the number ", reference, "."].concat();
    (!reference.is_empty()).then(|| element!("p").string(&words))
}
