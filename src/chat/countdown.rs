//! The time until it is worth trying again.

use candor_protocol::Millis;
use gloo_timers::callback::Interval;
use yew::{Callback, Component, Context, Html, Properties};

use crate::element::{element, fragment, optional};
use crate::time;
use crate::words::{self, Conversation};

/// See [`Countdown`].
#[derive(PartialEq, Properties)]
pub struct CountdownProps {
    /// When the wait is over.
    pub until: Millis,
    /// What is done then by itself, if anything; that it is stands beside it.
    pub on_end: Option<Callback<()>>,
}

/// Within how many milliseconds of the end of a wait that many visitors share each of them does what is to be done.
const SPREAD_MS: f64 = 5_000.0;

/// Counts the seconds down, and then says that the wait is over. A wait of hours is told by its end.
pub struct Countdown {
    /// When something is done, while it is not.
    due: Option<Millis>,
    _ticking: Interval,
}

impl Component for Countdown {
    /// A second has passed.
    type Message = ();
    type Properties = CountdownProps;

    fn create(context: &Context<Self>) -> Self {
        Self { due: due(context.props()), _ticking: tick(context) }
    }

    fn update(&mut self, context: &Context<Self>, (): ()) -> bool {
        if self.due.is_some_and(|due| due <= time::now()) {
            self.due = None;
            if let Some(on_end) = &context.props().on_end {
                on_end.emit(());
            }
        }
        true
    }

    fn changed(&mut self, context: &Context<Self>, before: &CountdownProps) -> bool {
        if before.until != context.props().until {
            // Seconds are counted from when the wait began.
            *self = Self::create(context);
        }
        true
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let words = match seconds_left(context.props().until) {
            0 => Conversation::TryNow.text().to_owned(),
            seconds if seconds < 120 => words::count(Conversation::TrySeconds, seconds, None),
            seconds if seconds < 60 * 60 => {
                words::count(Conversation::TryMinutes, seconds.div_ceil(60), None)
            }
            _ => end(context.props().until),
        };
        let goes = context.props().on_end.is_some() && self.due.is_some();
        // A screen reader is told once, by the card; not every second.
        let timer = element!("span", "role" = "timer", "aria-live" = "off").string(&words);
        let goes = goes.then(|| element!("span").text(" ").say(Conversation::GoesThen));
        fragment(vec![timer.into(), optional(goes)])
    }
}

/// When what is to be done is done. Where the wait has ended while this was out of sight, soon.
fn due(props: &CountdownProps) -> Option<Millis> {
    let spread = (js_sys::Math::random() * SPREAD_MS) as Millis;
    props.on_end.as_ref().map(|_| props.until.max(time::now()) + spread)
}

fn tick(context: &Context<Countdown>) -> Interval {
    let link = context.link().clone();
    Interval::new(1000, move || link.send_message(()))
}

/// When a wait of hours is over.
fn end(until: Millis) -> String {
    let clock = time::clock(until);
    match time::coming_day(until) {
        None => words::fill(Conversation::TryAt, &[("time", &clock)]),
        Some(day) => words::fill(Conversation::TryOn, &[("day", &day), ("time", &clock)]),
    }
}

fn seconds_left(until: Millis) -> u64 {
    until.saturating_sub(time::now()).div_ceil(1000)
}
