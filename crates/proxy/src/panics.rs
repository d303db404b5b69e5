//! Panics: what a library breaks with may have anything in it, so it is redacted before it is logged.

use std::any::Any;
use std::panic;

use candor_diagnosis::redact::redact;

/// Logs each panic from now on, in place of the words that Rust prints as they are.
pub fn log() {
    panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let reason = reason(panic.payload());
        tracing::error!(place, reason, "a fault of the proxy");
    }));
}

/// What a panic says, redacted.
fn reason(payload: &(dyn Any + Send)) -> String {
    let words = payload.downcast_ref::<&str>().copied();
    redact(words.or_else(|| payload.downcast_ref::<String>().map(String::as_str)).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_panic_says_why_and_no_secret() {
        let told =
            |words: String| reason(&*panic::catch_unwind(move || panic::panic_any(words)).unwrap_err());
        assert_eq!(told("no room".to_owned()), "no room");
        let key = format!("sk-proj-{}", "Ab3dEf6hIj9kLm2nOp5q".repeat(2));
        assert!(!told(format!("refused {key}")).contains(&key));
        let of_code = panic::catch_unwind(|| panic::panic_any("as it is written")).unwrap_err();
        assert_eq!(reason(&*of_code), "as it is written");
        assert_eq!(reason(&*panic::catch_unwind(|| panic::panic_any(7)).unwrap_err()), "");
    }
}
