//! What has arrived of a reply and is not shown yet.

use std::cell::RefCell;

use gloo_render::AnimationFrame;
use gloo_timers::callback::Timeout;

/// What has arrived of a reply since the last frame. Shown once a frame, however many pieces it came in.
#[derive(Default)]
pub struct Deltas {
    pub pending: RefCell<Option<Pending>>,
    pub timers: RefCell<Option<(AnimationFrame, Timeout)>>,
}

pub struct Pending {
    pub epoch: u32,
    pub conversation: String,
    /// How many bytes of the reply were there before it.
    pub at: usize,
    pub content: String,
}

impl Deltas {
    /// Forgets what has not been shown.
    pub fn clear(&self) {
        self.pending.take();
        self.timers.take();
    }
}
