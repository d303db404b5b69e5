//! What a visitor agrees to before the first message. It stands where the input will be.

use candor_protocol::wire::Consent;
use yew::prelude::*;

use super::markdown;

/// See [`ConsentCard`].
#[derive(PartialEq, Properties)]
pub struct ConsentCardProps {
    /// The owner's words.
    pub consent: Consent,
    /// The visitor agrees.
    pub on_agree: Callback<()>,
}

/// The question. Whoever does not agree closes the chat, and nothing was sent.
#[component]
pub fn ConsentCard(props: &ConsentCardProps) -> Html {
    let on_agree = props.on_agree.clone();
    html! {
        <div class="consent" role="group" aria-label="Before you write">
            <p>{ &props.consent.text }</p>
            <p class="actions">
                <button type="button" class="button accent" onclick={move |_| on_agree.emit(())}>{ "I agree" }</button>
                if let Some(url) = props.consent.url.as_deref().filter(|url| markdown::is_allowed(url)) {
                    <a class="link" href={url.to_owned()} target="_blank" rel="noopener noreferrer">{ "Read more" }</a>
                }
            </p>
        </div>
    }
}
