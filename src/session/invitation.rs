//! What visitors may see of Diagnostics where the proxy cannot be asked, and whether the site's owner is asked in where they see
//! nothing of it.

use candor_protocol::visibility::Diagnostics;
use gloo_events::EventListener;
use js_sys::Reflect;
use wasm_bindgen_futures::spawn_local;
use web_sys::{Event, window};

use super::Session;
use super::state::diagnostics::DiagnosticsAction;
use crate::Settings;
use crate::transport::request::Request;
use crate::transport::storage::is_header;

/// What the page's address ends with where its owner wants to sign in.
const HASH: &str = "#candor-owner";

/// What `data-owner` is on a page that nobody but the owner opens.
const SIGN_IN: &str = "sign-in";

impl Session {
    /// Keeps whether the proxy hides Diagnostics. Where it could not be asked, what it said last holds still; where it never
    /// said anything, what the page says.
    pub fn assume_visibility(&self) {
        let state = self.state();
        let storage = self.client().storage();
        if let Some(config) = &state.config {
            storage.keep_hidden_diagnostics(config.diagnostics == Diagnostics::Off);
        } else if state.is_unconfigured && state.visibility.is_none() {
            let most =
                if storage.has_hidden_diagnostics() { Diagnostics::Off } else { Diagnostics::Reference };
            let visibility = self.client().settings().diagnostics(most);
            self.dispatch(DiagnosticsAction::VisibilityAssumed(visibility));
        }
    }

    /// Shows Diagnostics where visitors see nothing of it and the owner is asked in: by the page’s address, by its
    /// `data-owner`, or by what the site itself says of whoever is here.
    pub fn invite_owner(&self) {
        let state = self.state();
        if state.visibility.is_none() || state.has_diagnostics() {
            return;
        }
        let settings = self.client().settings();
        if hash().as_deref() == Some(HASH) || settings.owner().as_deref() == Some(SIGN_IN) {
            return self.dispatch(DiagnosticsAction::OwnerInvited);
        }
        if self.0.address.borrow().is_some() {
            return;
        }
        let session = self.clone();
        let on_change = move |_: &Event| session.invite_owner();
        let listener = window().map(|window| EventListener::new(&window, "hashchange", on_change));
        self.0.address.replace(listener);
        let session = self.clone();
        spawn_local(async move {
            if owner_by_site(session.client().settings()).await.is_some() {
                session.dispatch(DiagnosticsAction::OwnerInvited);
            }
        });
    }
}

/// What the page's address ends with, from its number sign on.
fn hash() -> Option<String> {
    let address = Reflect::get(&js_sys::global(), &"location".into()).ok()?;
    Reflect::get(&address, &"hash".into()).ok()?.as_string()
}

/// The token of an owner whom the site knows by its own cookie. `None` for everybody else.
pub async fn owner_by_site(settings: &Settings) -> Option<String> {
    let address = settings.owner().filter(|address| is_of_page(address))?;
    let answer = Request::of_site(&address).send().await.ok()?;
    answer.json::<Owner>().await.ok()?.token.filter(|token| is_header(token))
}

/// What the site says of whoever is here.
struct Owner {
    token: Option<String>,
}

crate::record! { Owner { token "token" } }

/// Whether an address is one of the page's own site, to which its cookie may go.
fn is_of_page(address: &str) -> bool {
    address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\")
}

#[cfg(test)]
mod tests {
    use super::is_of_page;

    #[test]
    fn a_cookie_goes_to_no_other_site() {
        assert!(is_of_page("/wp-admin/admin-ajax.php?action=candor_owner"));
        for other in ["https://evil.example/", "//evil.example/", "/\\evil.example", "evil"] {
            assert!(!is_of_page(other), "{other}");
        }
    }
}
