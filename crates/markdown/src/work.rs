//! Counts the steps of a parse, so that tests see how the work grows.

use std::cell::Cell;

thread_local! {
    static STEPS: Cell<u64> = const { Cell::new(0) };
}

/// Adds steps.
pub fn count(steps: u64) {
    STEPS.set(STEPS.get() + steps);
}
