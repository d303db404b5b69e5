//! The proxy's clock.

use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use candor_protocol::Millis;

/// Milliseconds since 1970-01-01 UTC.
pub fn now() -> Millis {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map_or(0, |since| Millis::try_from(since.as_millis()).unwrap_or(0))
}

/// A span of time in milliseconds.
pub fn millis(span: Duration) -> Millis {
    Millis::try_from(span.as_millis()).unwrap_or(Millis::MAX)
}

/// Microseconds since 1970-01-01 UTC, greater with every call: an order of what happened in this process, which holds
/// even where the system's clock is set back.
pub fn tick() -> i64 {
    static LAST: AtomicI64 = AtomicI64::new(0);
    let time = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |since| since.as_micros());
    let time = i64::try_from(time).unwrap_or(0);
    let last = LAST.fetch_max(time, Ordering::Relaxed);
    // Where the clock has not moved on, one more than ever before.
    if last < time { time } else { LAST.fetch_add(1, Ordering::Relaxed) + 1 }
}

#[cfg(test)]
mod tests {
    use super::tick;

    #[test]
    fn every_tick_is_later() {
        let ticks: Vec<_> = (0..1000).map(|_| tick()).collect();
        assert!(ticks.is_sorted_by(|earlier, later| earlier < later));
    }
}
