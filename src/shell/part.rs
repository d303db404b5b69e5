//! What stands in a tab whose part is not here.

use candor_protocol::cause::known;
use candor_protocol::problem::Problem;
use yew::prelude::*;

use crate::lazy::Part;
use crate::session::Session;
use crate::session::state::{PartStatus, State};

/// A part that is on its way, or that could not be fetched. Of Diagnostics, which is wanted where something failed, there is
/// the latest failure in its own words.
pub fn view(session: &Session, state: &State, part: Part) -> Html {
    if state.part(part) != PartStatus::Unavailable {
        return html! { <p class="quiet" role="status">{ "Loading…" }</p> };
    }
    let session = session.clone();
    let is_other = |problem: &&Problem| part == Part::Diagnostics && !problem.is(&known::part_unavailable);
    let latest = state.failures.iter().map(|failure| &failure.problem).find(is_other);
    html! {
        <div class="scroll">
            <div class="failure" role="alert">
                <p><strong>{ "This part of the chat can’t be loaded." }</strong></p>
                <p>{ "The connection, an extension or a new version of the site is in the way. Your messages are kept." }</p>
                <p class="actions">
                    <button type="button" class="button" onclick={move |_| session.want(part)}>{ "Try again" }</button>
                </p>
            </div>
            if let Some(problem) = latest {
                <div class="failure">
                    <p><strong>{ problem.title.clone() }</strong></p>
                    <p>{ problem.forum_line().unwrap_or_else(|| problem.detail.clone()) }</p>
                </div>
            }
        </div>
    }
}
