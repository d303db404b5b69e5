//! One failure: its name, the line that support forums know, and its facts.

use std::rc::Rc;

use candor_diagnosis::catalogue;
use candor_protocol::problem::Problem;
use web_sys::{FocusOptions, HtmlElement, ScrollIntoViewOptions, ScrollLogicalPosition};
use yew::{Component, Context, Html, NodeRef, Properties};

use super::facts::fact;
use super::{advice, report};
use crate::element::{Element, element};
use crate::session::state::Failure;
use crate::time;
use crate::words::{self, Diagnostics, causes};

/// See [`FailureView`].
#[derive(PartialEq, Properties)]
pub struct FailureViewProps {
    /// The failure.
    pub failure: Rc<Failure>,
    /// Whether "What happened?" asked for it: it is brought into view, and has the focus.
    pub pointed: bool,
    /// Whether it is what the verdict above the list speaks of: then nothing scrolls, and both are seen together.
    pub is_latest: bool,
    /// Whether the owner's part may be shown.
    pub is_owners: bool,
}

/// One failure in the list.
pub struct FailureView {
    card: NodeRef,
    /// Whether it has just been asked for, and needs the focus.
    needs_focus: bool,
}

impl Component for FailureView {
    type Message = ();
    type Properties = FailureViewProps;

    fn create(context: &Context<Self>) -> Self {
        Self { card: NodeRef::default(), needs_focus: context.props().pointed }
    }

    fn changed(&mut self, context: &Context<Self>, old: &FailureViewProps) -> bool {
        let pointed = context.props().pointed;
        if pointed != old.pointed {
            self.needs_focus = pointed;
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let FailureViewProps { failure, pointed, is_owners, .. } = context.props();
        let problem = &failure.problem;
        let upstream = problem.upstream.as_ref();
        let entry = catalogue::find(&problem.cause);
        let name =
            entry.map_or_else(|| problem.title.clone(), |entry| causes::advice(entry, upstream, true).name);
        let line = problem
            .forum_line()
            .map(|line| element!("pre", "class" = "words", "tabindex" = "0").string(&line));
        let class = if *pointed { "error pointed" } else { "error" };
        element!("li", "class" = class, "tabindex" = "-1")
            .reference(&self.card)
            .child(element!("h3").string(&name))
            .child(element!("p", "class" = "when").string(&when(failure)))
            .child(element!("p", "class" = "plainly").string(&words::title(problem)))
            .maybe(line)
            .child(facts(problem))
            .maybe(entry.map(|entry| advice::view(entry, upstream, *is_owners)))
            .into()
    }

    fn rendered(&mut self, context: &Context<Self>, _: bool) {
        if let Some(card) = self.card.cast::<HtmlElement>().filter(|_| self.needs_focus) {
            if !context.props().is_latest {
                let options = ScrollIntoViewOptions::new();
                options.set_block(ScrollLogicalPosition::Nearest);
                card.scroll_into_view_with_scroll_into_view_options(&options);
            }
            let options = FocusOptions::new();
            options.set_prevent_scroll(true);
            let _ = card.focus_with_options(&options);
        }
        self.needs_focus = false;
    }
}

fn when(failure: &Failure) -> String {
    let last = time::brief(failure.problem.time);
    match failure.count {
        1 => last,
        count => words::count(Diagnostics::Times, u64::from(count), Some(("time", &last))),
    }
}

/// Status, code, request id and the rest, as far as they are known here.
fn facts(problem: &Problem) -> Element {
    let mut list = element!("dl", "class" = "facts");
    for (name, value) in report::facts(problem) {
        // The cause is the card's heading.
        if name != Diagnostics::Cause {
            list = list.node(fact(name, value.as_deref()));
        }
    }
    list.node(fact(Diagnostics::Time, Some(&time::full(problem.time))))
}
