//! Whom a visitor can turn to where only the site's owner can put something right.

use candor_protocol::contact;

use crate::element::{Element, element};
use crate::links::is_allowed;
use crate::session::Session;
use crate::words::{self, Contact};

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
        .string(&said(&address))
    })
}

/// What a link to this address says.
fn said(address: &str) -> String {
    match contact::kind(address) {
        contact::Kind::Mail(mail) => words::fill(Contact::Mail, &[("address", mail)]),
        contact::Kind::Telephone(number) => words::fill(Contact::Call, &[("number", number)]),
        contact::Kind::Page => Contact::Page.text().to_owned(),
    }
}

/// By what the owner finds the failure, where it has a number.
pub fn number(reference: &str) -> Option<Element> {
    let words = words::fill(Contact::Number, &[("reference", reference)]);
    (!reference.is_empty()).then(|| element!("p").string(&words))
}
