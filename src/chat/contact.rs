//! Whom a visitor can turn to where only the site's owner can put something right.

use candor_protocol::contact;

use crate::element::{Element, element};
use crate::links::leads_outside;
use crate::session::Session;

/// The way to the owner, as far as the page or the proxy names one, and the number by which they find the failure. `None` where
/// there is neither.
pub fn view(session: &Session, reference: &str) -> Option<Element> {
    let state = session.state();
    let of_proxy = state.config.as_ref().and_then(|config| config.contact.as_deref());
    let of_page = session.client().settings().contact();
    let address = of_page.as_deref().or(of_proxy).and_then(contact::address);
    let address = address.filter(|address| leads_outside(address) == Some(true));
    let link = address.map(|address| {
        let is_page = address.starts_with("https:");
        element!(
            "a",
            "class" = "link",
            "href" = address.clone(),
            "target" = is_page.then_some("_blank"),
            "rel" = is_page.then_some("noopener noreferrer"),
        )
        .string(&contact::words(&address))
    });
    let number = match (&link, reference) {
        (_, "") => None,
        (Some(_), number) => Some([" and name the number ", number, "."].concat()),
        (None, number) => Some(["Tell them the number ", number, "."].concat()),
    };
    if link.is_none() && number.is_none() {
        return None;
    }
    let number = number.map(|words| element!("span").string(&words));
    Some(element!("p", "class" = "actions").maybe(link).maybe(number))
}
