//! The panel: its header, the tabs, and the tab that is open.

use std::cell::Cell;
use std::rc::Rc;

use web_sys::HtmlElement;
use yew::prelude::*;

use super::icon::{Icon, icon, icon_button};
use super::{part, tabs};
use crate::Settings;
use crate::chat;
use crate::element::{Element, element, fragment};
use crate::lazy;
use crate::part::Part;
use crate::session::Session;
use crate::session::state::{State, Tab};
use crate::words::Core;

/// How near the end, in pixels, a visitor who reads along is.
const NEAR_END_PX: i32 = 48;

/// See [`App`].
#[derive(PartialEq, Properties)]
pub struct AppProps {
    /// From the page.
    pub settings: Settings,
    /// What the widget is rendered into.
    pub panel: HtmlElement,
    /// The visitor closes the panel.
    pub on_close: Callback<()>,
}

/// Everything inside the panel.
pub struct App {
    session: Session,
    log: NodeRef,
    input: NodeRef,
    /// Whether the log stays at its end: a visitor who has scrolled up to read is left there.
    follows: Rc<Cell<bool>>,
    /// Where the log was put last, in pixels from its start. The browser tells of a visitor's scrolling with the next frame, and
    /// what is rendered until then must not pull them back.
    placed_px: i32,
    /// What of the conversation was shown last.
    shown: Shown,
    /// How far from the log's end the visitor reads, where messages are being put before theirs.
    before_earlier: Cell<Option<i32>>,
}

/// A part of a conversation: its epoch, the key of its first message, and how many there are.
#[derive(Clone, Copy, Default, PartialEq)]
struct Shown {
    epoch: u32,
    first: Option<u32>,
    count: usize,
}

impl Shown {
    fn of(state: &State) -> Self {
        let first = state.messages.first().map(|entry| entry.key);
        Self { epoch: state.epoch, first, count: state.messages.len() }
    }

    /// Whether it has the same conversation's messages and earlier ones.
    fn is_earlier_than(self, other: Self) -> bool {
        self.epoch == other.epoch && other.first.is_some() && self.first != other.first
    }
}

impl Component for App {
    /// The state has changed.
    type Message = ();
    type Properties = AppProps;

    fn create(context: &Context<Self>) -> Self {
        let session = Session::new(
            context.props().settings.clone(),
            context.props().panel.clone(),
            &lazy::PARTS,
            context.link().callback(|()| ()),
        );
        session.start();
        Self {
            session,
            log: NodeRef::default(),
            input: NodeRef::default(),
            follows: Rc::new(Cell::new(true)),
            placed_px: 0,
            shown: Shown::default(),
            before_earlier: Cell::default(),
        }
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let (session, props) = (&self.session, context.props());
        let state = session.state();
        if let Some(log) = self.log.cast::<HtmlElement>() {
            if log.scroll_top() < self.placed_px && !is_at_end(&log) {
                self.follows.set(false);
            }
            if Shown::of(&state).is_earlier_than(self.shown) {
                self.before_earlier.set(Some(log.scroll_height() - log.scroll_top()));
            }
        }
        let (_, panel) = tabs::names(state.tab);
        let id = [panel, "-tab"].concat();
        let body =
            element!("section", "class" = "body", "role" = "tabpanel", "id" = panel, "aria-labelledby" = id)
                .node(self.body(&state));
        fragment(vec![header(session, props, &state).into(), tabs::view(session, &state).into(), body.into()])
    }

    fn rendered(&mut self, _: &Context<Self>, _: bool) {
        let state = self.session.state();
        let shown = Shown::of(&state);
        // Whoever has just sent something wants to see it, and whoever opens a conversation its latest message.
        if shown.epoch != self.shown.epoch || (shown.count > self.shown.count && state.replying()) {
            self.follows.set(true);
        }
        self.shown = shown;
        let before_earlier = self.before_earlier.take();
        let Some(log) = self.log.cast::<HtmlElement>().filter(|_| state.tab == Tab::Chat) else { return };
        if let Some(distance) = before_earlier {
            log.set_scroll_top(log.scroll_height() - distance);
        } else if self.follows.get() {
            log.set_scroll_top(log.scroll_height());
        }
        self.placed_px = log.scroll_top();
    }

    fn destroy(&mut self, _: &Context<Self>) {
        self.session.end();
    }
}

impl App {
    fn body(&self, state: &State) -> Html {
        let session = &self.session;
        match state.tab {
            Tab::Chat => {
                let follows = Rc::clone(&self.follows);
                let on_scroll = Callback::from(move |event: Event| {
                    let log: HtmlElement = event.target_unchecked_into();
                    follows.set(is_at_end(&log));
                });
                chat::view(session, state, &self.log, &self.input, on_scroll)
            }
            Tab::History => match lazy::history::loaded() {
                Some(history) => (history.view)(session, state),
                None => part::view(session, state, Part::History, None).into(),
            },
            Tab::Diagnostics => match lazy::diagnostics::loaded() {
                Some(diagnostics) => (diagnostics.view)(session, state),
                None => {
                    // It is wanted where something failed: that is told in its own words.
                    let latest = lazy::conversation::loaded().and_then(|part| (part.latest)(state));
                    part::view(session, state, Part::Diagnostics, latest).into()
                }
            },
        }
    }
}

fn is_at_end(log: &HtmlElement) -> bool {
    log.scroll_height() - log.scroll_top() - log.client_height() < NEAR_END_PX
}

fn header(session: &Session, props: &AppProps, state: &State) -> Element {
    let config = state.config.as_ref();
    let title = config.map(|config| config.title.clone()).or_else(|| props.settings.title());
    let subtitle = config.map(|config| &config.subtitle).filter(|subtitle| !subtitle.is_empty());
    let heading = element!("span", "class" = "heading")
        .child(element!("h2", "id" = "candor-title").string(title.as_deref().unwrap_or(Core::Chat.text())))
        .maybe(subtitle.map(|words| element!("span", "class" = "subtitle").string(words)));
    let begin = (state.tab == Tab::Chat && !state.messages.is_empty()).then(|| {
        let begin = session.callback(|session, _| session.begin());
        icon_button(Core::Begin, &Icon::NEW).on_click(begin)
    });
    let print = lazy::conversation::loaded().filter(|_| begin.is_some()).map(|part| (part.print)());
    let close = (!props.settings.is_embedded())
        .then(|| icon_button(Core::Close, &Icon::CLOSE).on_click(props.on_close.reform(|_| ())));
    element!("div", "class" = "header")
        .child(element!("span", "class" = "mark").child(icon(&Icon::CHAT)))
        .child(heading)
        .maybe(print)
        .maybe(begin)
        .maybe(close)
}
