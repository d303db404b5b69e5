//! The time until it is worth trying again.

use candor_protocol::Millis;
use gloo_timers::callback::Interval;
use yew::{Component, Context, Html, Properties};

use crate::element::element;
use crate::time;
use crate::words::{self, Conversation};

/// See [`Countdown`].
#[derive(PartialEq, Properties)]
pub struct CountdownProps {
    /// When the wait is over.
    pub until: Millis,
}

/// Counts the seconds down, and then says that the wait is over. A wait of hours is told by its end.
pub struct Countdown {
    _ticking: Interval,
}

impl Component for Countdown {
    /// A second has passed.
    type Message = ();
    type Properties = CountdownProps;

    fn create(context: &Context<Self>) -> Self {
        Self { _ticking: tick(context) }
    }

    fn update(&mut self, _: &Context<Self>, (): ()) -> bool {
        true
    }

    fn changed(&mut self, context: &Context<Self>, _: &CountdownProps) -> bool {
        // Seconds are counted from when the wait began.
        self._ticking = tick(context);
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
        // A screen reader is told once, by the card; not every second.
        element!("span", "role" = "timer", "aria-live" = "off").string(&words).into()
    }
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
