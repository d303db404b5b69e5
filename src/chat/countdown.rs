//! The time until it is worth trying again.

use candor_protocol::Millis;
use gloo_timers::callback::Interval;
use yew::{Component, Context, Html, Properties};

use crate::element::element;
use crate::time;

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
            0 => "You can try again now.".to_owned(),
            1 => "Try again in 1 second.".to_owned(),
            seconds if seconds < 120 => ["Try again in ", &seconds.to_string(), " seconds."].concat(),
            seconds if seconds < 60 * 60 => {
                ["Try again in ", &seconds.div_ceil(60).to_string(), " minutes."].concat()
            }
            _ => ["You can try again ", &time::coming(context.props().until), "."].concat(),
        };
        // A screen reader is told once, by the card; not every second.
        element!("span", "role" = "timer", "aria-live" = "off").string(&words).into()
    }
}

fn tick(context: &Context<Countdown>) -> Interval {
    let link = context.link().clone();
    Interval::new(1000, move || link.send_message(()))
}

fn seconds_left(until: Millis) -> u64 {
    until.saturating_sub(time::now()).div_ceil(1000)
}
