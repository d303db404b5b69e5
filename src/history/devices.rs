//! Going on with the same conversations on another device, by a code.

use web_sys::HtmlInputElement;
use yew::prelude::*;

use crate::session::Session;
use crate::session::state::Devices;
use crate::time;

/// See [`DevicesView`].
#[derive(PartialEq, Properties)]
pub struct DevicesProps {
    /// How far it is.
    pub devices: Devices,
    /// What the visitor does.
    pub session: Session,
}

/// The part at the end of History.
#[component]
pub fn DevicesView(props: &DevicesProps) -> Html {
    let field = use_node_ref();
    let submit = {
        let (field, session) = (field.clone(), props.session.clone());
        Callback::from(move |()| {
            let code = field.cast::<HtmlInputElement>().map(|field| field.value()).unwrap_or_default();
            if !code.trim().is_empty() {
                session.link(code);
            }
        })
    };
    let on_keydown = {
        let submit = submit.clone();
        move |event: KeyboardEvent| {
            if event.key() == "Enter" {
                submit.emit(());
            }
        }
    };
    let is_waiting = props.devices == Devices::Waiting;
    let session = &props.session;
    html! {
        <details class="devices" open={props.devices != Devices::Idle}>
            <summary>{ "Other devices" }</summary>
            { outcome(&props.devices) }
            <p class="actions">
                <button type="button" class="button" disabled={is_waiting} onclick={session.callback(|session, _| session.make_code())}>{ "Get a code" }</button>
                <button type="button" class="link" disabled={is_waiting} onclick={session.callback(|session, _| session.end_others())}>{ "Sign out other devices" }</button>
            </p>
            // No form: a sandboxed frame may have none.
            <label for="candor-code">{ "Code from your other device" }</label>
            <span class="line">
                <input ref={field} id="candor-code" autocomplete="off" autocapitalize="characters" spellcheck="false" maxlength="20" onkeydown={on_keydown} />
                <button type="button" class="button" disabled={is_waiting} onclick={move |_| submit.emit(())}>{ "Continue here" }</button>
            </span>
        </details>
    }
}

fn outcome(devices: &Devices) -> Html {
    match devices {
        Devices::Idle => Html::default(),
        Devices::Waiting => html! { <p class="quiet" role="status">{ "One moment…" }</p> },
        Devices::Code(code) => html! {
            <p role="status">
                <strong class="code">{ &code.code }</strong>
                { format!("Enter it on the other device until {}. It works once.", time::clock(code.expires_at)) }
            </p>
        },
        Devices::Linked => html! { <p role="status">{ "Your conversations are here now." }</p> },
        Devices::OthersSignedOut => html! { <p role="status">{ "Other devices are signed out." }</p> },
        Devices::Refused(problem) => html! {
            <p role="alert"><strong>{ &problem.title }</strong>{ " " }{ &problem.detail }</p>
        },
    }
}
