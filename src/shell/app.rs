//! The panel: its header, the tabs, and the tab that is open.

use candor_protocol::wire::Config;
use yew::prelude::*;

use super::icon::{Icon, icon};
use super::session::use_session;
use super::state::{Action, Tab};
use super::tabs::{Tabs, names};
use crate::Settings;
use crate::chat::Chat;
use crate::diagnostics::Diagnostics;
use crate::history::History;

/// See [`App`].
#[derive(PartialEq, Properties)]
pub struct AppProps {
    /// From the page.
    pub settings: Settings,
    /// The visitor closes the panel.
    pub on_close: Callback<()>,
}

/// Everything inside the panel.
#[component]
pub fn App(props: &AppProps) -> Html {
    let session = use_session(&props.settings);
    let state = &session.state;
    let config = state.config.as_ref();
    let title = title(&props.settings, config);
    let on_choose = {
        let session = session.clone();
        Callback::from(move |tab| session.show(tab))
    };
    let on_close = props.on_close.clone();
    let begin = {
        let session = session.clone();
        move |_| session.begin()
    };
    let (_, panel) = names(state.tab);
    html! {
        <>
            <div class="header">
                <span class="mark">{ icon(Icon::Chat) }</span>
                <span class="heading">
                    <h2 id="candor-title">{ title }</h2>
                    if let Some(config) = config.filter(|config| !config.subtitle.is_empty()) {
                        <span class="subtitle">{ &config.subtitle }</span>
                    }
                </span>
                if state.tab == Tab::Chat && !state.messages.is_empty() {
                    <button type="button" class="plain" aria-label="New conversation" title="New conversation" onclick={begin}>
                        { icon(Icon::New) }
                    </button>
                }
                if !props.settings.is_embedded() {
                    <button type="button" class="plain" aria-label="Close chat" title="Close chat" onclick={move |_| on_close.emit(())}>
                        { icon(Icon::Close) }
                    </button>
                }
            </div>
            <Tabs tab={state.tab} unseen={state.unseen} {on_choose} />
            <section class="body" role="tabpanel" id={panel} aria-labelledby={format!("{panel}-tab")}>
                { body(&session) }
            </section>
        </>
    }
}

/// The chat's title; until the proxy has said it, the page's, else a plain one.
fn title(settings: &Settings, config: Option<&Config>) -> String {
    config
        .map(|config| config.title.clone())
        .or_else(|| settings.title())
        .unwrap_or_else(|| "Chat".to_owned())
}

fn body(session: &super::session::Session) -> Html {
    let state = &session.state;
    /// A callback that does something with the session as it is now.
    fn act<T: 'static>(
        session: &super::session::Session,
        act: fn(&super::session::Session, T),
    ) -> Callback<T> {
        let session = session.clone();
        Callback::from(move |value| act(&session, value))
    }
    match state.tab {
        Tab::Chat => html! {
            <Chat
                config={state.config.clone()}
                messages={state.messages.clone()}
                draft={AttrValue::from(state.draft.clone())}
                replying={state.replying()}
                opening={state.opening}
                consent={state.consent.clone()}
                on_agree={act(session, |session, ()| session.agree())}
                on_type={act(session, |session, draft| session.state.dispatch(Action::Typed(draft)))}
                on_send={act(session, |session, content| session.send(content))}
                on_stop={act(session, |session, ()| session.stop())}
                on_retry={act(session, |session, ()| session.retry())}
                on_begin={act(session, |session, ()| session.begin())}
                on_explain={act(session, |session, problem| session.explain(problem))}
            />
        },
        Tab::History => html! {
            <History
                conversations={state.conversations.clone()}
                search={AttrValue::from(state.search.clone())}
                listing={state.listing}
                open={state.conversation.clone()}
                on_begin={act(session, |session, ()| session.begin())}
                on_open={act(session, |session, id| session.open(id, Tab::Chat))}
                on_rename={act(session, |session, (id, title)| session.rename(id, title))}
                on_delete={act(session, |session, id| session.delete(id))}
                on_reload={act(session, |session, ()| session.list())}
                on_search={act(session, |session, words| session.search(words))}
                on_more={act(session, |session, ()| session.list_more())}
                on_export={act(session, |session, form| session.export(form))}
                on_forget={act(session, |session, ()| session.forget())}
                linking={state.config.as_ref().is_some_and(|config| config.linking)}
                devices={state.devices.clone()}
                on_make_code={act(session, |session, ()| session.make_code())}
                on_link={act(session, |session, code| session.link(code))}
                on_end_others={act(session, |session, ()| session.end_others())}
            />
        },
        Tab::Diagnostics => html! {
            <Diagnostics
                failures={state.failures.clone()}
                pointed={state.pointed}
                config={state.config.clone()}
                kept_in={AttrValue::from(state.kept_in.clone())}
                has_proxy={session.has_proxy()}
                checks={state.checks.clone()}
                checking={state.checking}
                clean={state.clean.clone()}
                owner={state.owner.clone()}
                on_check={act(session, |session, ()| session.check())}
                on_clean={act(session, |session, ()| session.try_clean())}
                on_sign_in={act(session, |session, token| session.sign_in(token))}
                on_rehearse={act(session, |session, id| session.rehearse(id))}
                on_sign_out={act(session, |session, ()| session.sign_out())}
            />
        },
    }
}
