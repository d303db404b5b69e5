//! The browser's clock, and times as a visitor reads them.

use candor_protocol::Millis;
use gloo_timers::callback::Timeout;
use js_sys::{Date, Object, Promise, Reflect};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::window;

use crate::words::{self, Time};

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
        0 => Time::Today.text().to_owned(),
        1 => Time::Yesterday.text().to_owned(),
        2..=6 => format(time, &[("weekday", "long")]),
        _ => format(time, &[("day", "numeric"), ("month", "short"), ("year", "numeric")]),
    };
    words::fill(Time::Full, &[("day", &day), ("time", &clock(time))])
}

/// The day of a moment that comes, such as `Tuesday, 1 December`, where it is another day than today.
pub fn coming_day(time: Millis) -> Option<String> {
    let is_another = day(time) != day(now());
    is_another.then(|| format(time, &[("weekday", "long"), ("day", "numeric"), ("month", "long")]))
}

/// Now, as a report states it: `2026-11-24T14:02:11.000Z`.
pub fn stamp() -> String {
    Date::new_0().to_iso_string().into()
}

/// How many midnights lie between then and now.
fn days_ago(time: Millis) -> u64 {
    day(now()).saturating_sub(day(time))
}

/// The number of a moment's day, by the visitor's time zone.
fn day(time: Millis) -> u64 {
    let zone_ms = (date(time).get_timezone_offset() * 60_000.0) as i64;
    time.saturating_add_signed(-zone_ms) / DAY_MS
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
    date(time).to_locale_string(&language(), &object).into()
}

/// The language that dates are written in: the widget's. English in the visitor's own manner, where the browser speaks it.
fn language() -> String {
    // `Intl` throws at what is no tag, such as the `en-US@posix` of a browser under a POSIX locale.
    let is_english = |own: &String| own.starts_with("en") && !own.contains('@');
    let own = || window()?.navigator().language().filter(is_english);
    words::tag().or_else(own).unwrap_or_else(|| "en".to_owned())
}
