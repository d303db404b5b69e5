//! The browser's clock, and times as a visitor reads them.

use candor_protocol::Millis;
use gloo_timers::callback::Timeout;
use js_sys::{Date, Object, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;

const DAY_MS: u64 = 24 * 60 * 60 * 1000;

/// Now, by the browser's clock.
pub fn now() -> Millis {
    Date::now() as Millis
}

/// Waits so many milliseconds. Dropped before, it leaves no timer behind.
pub async fn sleep(milliseconds: u32) {
    let mut timer = None;
    let promise = Promise::new(&mut |resolve, _| {
        timer = Some(Timeout::new(milliseconds, move || drop(resolve.call0(&JsValue::UNDEFINED))));
    });
    let _ = JsFuture::from(promise).await;
    drop(timer);
}

/// Hours and minutes in the visitor's own manner, such as `14:02`.
pub fn clock(time: Millis) -> String {
    format(time, &[("hour", "2-digit"), ("minute", "2-digit")])
}

/// The clock for today, the weekday for the week before, else day and month.
pub fn brief(time: Millis) -> String {
    match days_ago(time) {
        0 => clock(time),
        1..=6 => format(time, &[("weekday", "short")]),
        _ => format(time, &[("day", "numeric"), ("month", "short")]),
    }
}

/// Day and clock, such as `Today, 14:02`.
pub fn full(time: Millis) -> String {
    let day = match days_ago(time) {
        0 => "Today".to_owned(),
        1 => "Yesterday".to_owned(),
        2..=6 => format(time, &[("weekday", "long")]),
        _ => format(time, &[("day", "numeric"), ("month", "short"), ("year", "numeric")]),
    };
    [&day, ", ", &clock(time)].concat()
}

/// Now, as a report states it: `2026-11-24T14:02:11.000Z`.
pub fn stamp() -> String {
    Date::new_0().to_iso_string().into()
}

/// How many midnights lie between then and now, by the visitor's time zone.
fn days_ago(time: Millis) -> u64 {
    let zone = |at: Millis| (date(at).get_timezone_offset() * 60_000.0) as i64;
    let day = |at: Millis| at.saturating_add_signed(-zone(at)) / DAY_MS;
    day(now()).saturating_sub(day(time))
}

fn date(time: Millis) -> Date {
    Date::new(&(time as f64).into())
}

fn format(time: Millis, options: &[(&str, &str)]) -> String {
    let object = Object::new();
    for (name, value) in options {
        // Setting a property of a fresh object cannot fail.
        let _ = Reflect::set(&object, &(*name).into(), &(*value).into());
    }
    date(time).to_locale_string("default", &object).into()
}
