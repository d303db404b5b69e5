//! Changes by what the visitor thinks of answers.

use std::rc::Rc;

use candor_protocol::wire::Rating;

use super::{Change, State};

/// The visitor rates the answer of this id, or takes it back.
#[derive(Clone, Debug)]
pub struct Rated(pub String, pub Option<Rating>);

impl Change for Rated {
    fn apply(self, state: &mut State) {
        let Self(id, rating) = self;
        if let Some(entry) = state.messages.iter_mut().find(|entry| entry.message.id == id) {
            Rc::make_mut(entry).message.rating = rating;
        }
    }
}
