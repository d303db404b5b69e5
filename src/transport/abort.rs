//! A reply's stream ends where somebody lets go of it.

use std::cell::Cell;
use std::rc::Rc;

use web_sys::{AbortController, AbortSignal};

/// Ends a reply's stream when it is called, or dropped.
#[must_use = "dropping it ends the stream"]
pub struct AbortHandle {
    controller: Option<AbortController>,
    ended: Rc<Cell<bool>>,
}

impl Default for AbortHandle {
    fn default() -> Self {
        Self { controller: AbortController::new().ok(), ended: Rc::default() }
    }
}

impl AbortHandle {
    /// Ends it now.
    pub fn end(&self) {
        self.ended.set(true);
        if let Some(controller) = &self.controller {
            controller.abort();
        }
    }

    /// What the stream listens to.
    pub fn token(&self) -> AbortToken {
        AbortToken {
            signal: self.controller.as_ref().map(AbortController::signal),
            ended: Rc::clone(&self.ended),
        }
    }
}

impl Drop for AbortHandle {
    fn drop(&mut self) {
        self.end();
    }
}

/// See [`AbortHandle::token`].
#[derive(Clone)]
pub struct AbortToken {
    signal: Option<AbortSignal>,
    ended: Rc<Cell<bool>>,
}

impl AbortToken {
    /// Whether the other side has let go.
    pub fn has_ended(&self) -> bool {
        self.ended.get()
    }

    /// Aborts a request when it does.
    pub fn signal(&self) -> Option<&AbortSignal> {
        self.signal.as_ref()
    }
}
