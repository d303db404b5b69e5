//! The chain from the browser to the model, with the link that broke.

use candor_diagnosis::verdict::Standing;
use candor_protocol::cause::Link;

use super::report::word;
use super::said;
use crate::element::{Element, element};
use crate::shell::icon::{Icon, icon};
use crate::words::Diagnostics;

/// Five links in a row, in order, and what is known of each. Each has a sign and a word, never colour alone.
pub fn view(chain: [(Link, Standing); 5]) -> Element {
    let mut list = element!("ol", "class" = "chain", "aria-label" = Diagnostics::Chain);
    for (link, standing) in chain {
        let (class, sign) = look(standing);
        let item = element!("li", "class" = class)
            .child(element!("span", "class" = "sign").child(icon(sign)))
            .child(element!("span", "class" = "name").string(said(link.name())))
            .child(element!("span", "class" = "hidden").string(&[": ", word(standing).text()].concat()));
        list = list.child(item);
    }
    list
}

/// The class of a link, and its sign.
fn look(standing: Standing) -> (&'static str, &'static Icon) {
    match standing {
        Standing::Unknown => ("unknown", &Icon::DASH),
        Standing::Good => ("good", &Icon::GOOD),
        Standing::Warned => ("warned", &Icon::WARNING),
        Standing::Broken => ("broken", &Icon::CLOSE),
    }
}
