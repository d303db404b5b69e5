//! The time until it is worth trying again.

use candor_protocol::Millis;
use gloo_timers::callback::Interval;
use yew::prelude::*;

use crate::time;

/// See [`Countdown`].
#[derive(PartialEq, Properties)]
pub struct CountdownProps {
    /// When the wait is over.
    pub until: Millis,
}

/// Counts the seconds down, and then says that the wait is over.
#[component]
pub fn Countdown(props: &CountdownProps) -> Html {
    let left = use_state(|| seconds_left(props.until));
    use_effect_with(props.until, {
        let left = left.clone();
        move |until| {
            let until = *until;
            let ticking = Interval::new(1000, move || left.set(seconds_left(until)));
            move || drop(ticking)
        }
    });
    let words = match *left {
        0 => "You can try again now.".to_owned(),
        1 => "Try again in 1 second.".to_owned(),
        seconds if seconds < 120 => format!("Try again in {seconds} seconds."),
        seconds => format!("Try again in {} minutes.", seconds.div_ceil(60)),
    };
    // A screen reader is told once, by the card; not every second.
    html! { <span role="timer" aria-live="off">{ words }</span> }
}

fn seconds_left(until: Millis) -> u64 {
    until.saturating_sub(time::now()).div_ceil(1000)
}
