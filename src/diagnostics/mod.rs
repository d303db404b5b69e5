//! The Diagnostics tab: what went wrong, newest first, in the words of those who said it.

pub mod failure;

use candor_protocol::VERSION;
use candor_protocol::wire::Config;
use yew::prelude::*;

use crate::shell::icon::{Icon, icon};
use crate::shell::state::Failure;
use failure::FailureView;

/// See [`Diagnostics`].
#[derive(PartialEq, Properties)]
pub struct DiagnosticsProps {
    /// What went wrong, newest first.
    pub failures: Vec<Failure>,
    /// The one that "What happened?" asked for.
    pub pointed: Option<usize>,
    /// What the proxy says of itself, once it has.
    pub config: Option<Config>,
    /// Where the visitor's token is kept, in words.
    pub kept_in: AttrValue,
}

/// The Diagnostics tab.
#[component]
pub fn Diagnostics(props: &DiagnosticsProps) -> Html {
    html! {
        <div class="scroll diagnostics">
            if props.failures.is_empty() {
                <div class="well">
                    <span class="sign good">{ icon(Icon::Good) }</span>
                    <p><strong>{ "Nothing has failed." }</strong></p>
                    <p>{ "When something does, it stands here with the words of the service that said it." }</p>
                </div>
            } else {
                <ul class="failures" aria-label="Errors">
                    for (at, failure) in props.failures.iter().enumerate() {
                        <FailureView failure={failure.clone()} pointed={props.pointed == Some(at)} />
                    }
                </ul>
            }
            { facts(props) }
        </div>
    }
}

/// What this chat is made of.
fn facts(props: &DiagnosticsProps) -> Html {
    let config = props.config.as_ref();
    let proxy = config.map_or("not reached yet".to_owned(), |config| config.version.clone());
    let provider = config.and_then(|config| config.provider.clone());
    let model = config.and_then(|config| config.model.clone());
    html! {
        <section aria-label="This chat">
            <h3>{ "This chat" }</h3>
            <dl class="facts">
                <dt>{ "Widget" }</dt><dd>{ VERSION }</dd>
                <dt>{ "Proxy" }</dt><dd>{ proxy }</dd>
                if let Some(provider) = provider {
                    <dt>{ "Provider" }</dt><dd>{ provider }</dd>
                }
                if let Some(model) = model {
                    <dt>{ "Model" }</dt><dd>{ model }</dd>
                }
                <dt>{ "Kept in" }</dt><dd>{ &props.kept_in }</dd>
            </dl>
        </section>
    }
}
