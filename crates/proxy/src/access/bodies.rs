//! How much memory requests' bodies take while they arrive, all together. Each is bounded by itself, and so are connections; many
//! of both at a time are still more than a small machine has.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

/// What is counted, in bytes.
const UNIT_BYTES: usize = 1024;

/// The most that all of them may take, in bytes: 256 of the longest.
const MAX_BYTES: usize = 64 * 1024 * 1024;

/// What there is for bodies.
#[derive(Clone, Debug)]
pub struct Bodies(Arc<Semaphore>);

/// What one body takes of it, until this is dropped.
#[derive(Debug)]
#[must_use = "it counts only as long as it is held"]
pub struct BodyMemory {
    bodies: Bodies,
    bytes: usize,
    taken: Option<OwnedSemaphorePermit>,
}

impl Default for Bodies {
    fn default() -> Self {
        Self(Arc::new(Semaphore::new(MAX_BYTES / UNIT_BYTES)))
    }
}

impl Bodies {
    /// A body of which nothing has arrived.
    pub fn body(&self) -> BodyMemory {
        BodyMemory { bodies: self.clone(), bytes: 0, taken: None }
    }
}

impl BodyMemory {
    /// Takes so many bytes more, which have arrived: what is only announced takes nothing. Whether there was room.
    pub fn grow(&mut self, bytes: usize) -> bool {
        let before = self.bytes.div_ceil(UNIT_BYTES);
        self.bytes += bytes;
        let more = u32::try_from(self.bytes.div_ceil(UNIT_BYTES) - before).unwrap_or(u32::MAX);
        let Ok(room) = Arc::clone(&self.bodies.0).try_acquire_many_owned(more) else { return false };
        // One for all: a body that comes byte by byte has very many pieces.
        match &mut self.taken {
            Some(taken) => taken.merge(room),
            taken => *taken = Some(room),
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bodies_take_what_has_arrived_of_them_and_give_it_back() {
        let bodies = Bodies::default();
        let mut large = bodies.body();
        assert!(large.grow(1) && large.grow(MAX_BYTES - UNIT_BYTES - 1), "but for one unit");
        let mut small = bodies.body();
        assert!((0..UNIT_BYTES).all(|_| small.grow(1)), "byte by byte it takes one unit");
        assert!(!bodies.body().grow(1));
        drop(large);
        assert!(bodies.body().grow(MAX_BYTES - UNIT_BYTES));
        assert!(!bodies.body().grow(usize::MAX - 1));
    }
}
