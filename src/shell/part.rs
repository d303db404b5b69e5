//! What stands in a tab whose part is not here.

use yew::prelude::*;

use crate::lazy::Part;
use crate::session::Session;
use crate::session::state::PartStatus;

/// A part that is on its way, or that could not be fetched.
pub fn view(session: &Session, part: Part, status: PartStatus) -> Html {
    if status != PartStatus::Unavailable {
        return html! { <p class="quiet" role="status">{ "Loading…" }</p> };
    }
    let session = session.clone();
    html! {
        <div class="scroll">
            <div class="failure" role="alert">
                <p><strong>{ "This part of the chat can’t be loaded." }</strong></p>
                <p>{ "The connection, an extension or a new version of the site is in the way. Your messages are kept." }</p>
                <p class="actions">
                    <button type="button" class="button" onclick={move |_| session.want(part)}>{ "Try again" }</button>
                </p>
            </div>
        </div>
    }
}
