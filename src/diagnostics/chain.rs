//! The chain from the browser to the model, with the link that broke.

use candor_diagnosis::verdict::Standing;
use candor_protocol::cause::Link;
use yew::prelude::*;

use super::report::word;
use crate::shell::icon::{Icon, icon};

/// See [`Chain`].
#[derive(PartialEq, Properties)]
pub struct ChainProps {
    /// The links in order, and what is known of each.
    pub chain: [(Link, Standing); 5],
}

/// Five links in a row. Each has a sign and a word, never colour alone.
#[component]
pub fn Chain(props: &ChainProps) -> Html {
    html! {
        <ol class="chain" aria-label="The chain">
            for (link, standing) in props.chain {
                <li class={class(standing)}>
                    <span class="sign">{ sign(standing) }</span>
                    <span class="name">{ link.name() }</span>
                    <span class="hidden">{ format!(": {}", word(standing)) }</span>
                </li>
            }
        </ol>
    }
}

fn class(standing: Standing) -> &'static str {
    match standing {
        Standing::Unknown => "unknown",
        Standing::Good => "good",
        Standing::Warned => "warned",
        Standing::Broken => "broken",
    }
}

fn sign(standing: Standing) -> Html {
    icon(match standing {
        Standing::Unknown => Icon::Dash,
        Standing::Good => Icon::Good,
        Standing::Warned => Icon::Warning,
        Standing::Broken => Icon::Close,
    }).into()
}
