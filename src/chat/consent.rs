//! What a visitor agrees to before the first message.

use candor_protocol::wire::Consent;
use yew::prelude::*;

use crate::links::is_allowed;
use crate::session::Session;

/// The question. Whoever does not agree closes the chat, and nothing was sent.
pub fn view(session: &Session, consent: &Consent) -> Html {
    html! {
        <div class="consent" role="group" aria-label="Before you write">
            <p>{ consent.text.clone() }</p>
            <p class="actions">
                <button type="button" class="button accent" onclick={session.callback(|session, _| session.agree())}>{ "I agree" }</button>
                if let Some(url) = consent.url.as_deref().filter(|url| is_allowed(url)) {
                    <a class="link" href={url.to_owned()} target="_blank" rel="noopener noreferrer">{ "Read more" }</a>
                }
            </p>
        </div>
    }
}
