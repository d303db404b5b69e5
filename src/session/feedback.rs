//! What the visitor thinks of an answer.

use candor_protocol::problem::Problem;
use candor_protocol::wire::{Feedback, Rating};

use super::Session;
use super::state::feedback::Rated;
use crate::json;
use crate::record;
use crate::transport::is_local;
use crate::transport::proxy::messages_path;
use crate::transport::request::Method;

record! { Feedback { rating "rating", comment "comment" } }

impl Session {
    /// Whether the visitor is asked what they think of the open conversation's answers. Of what the browser keeps the owner would read
    /// nothing.
    pub fn asks_for_feedback(&self) -> bool {
        let state = self.state();
        state.config.as_ref().is_some_and(|config| config.feedback)
            && state.conversation.as_ref().is_some_and(|id| !is_local(id))
    }

    /// Tells the owner what the visitor thinks of an answer, or that they take it back. It is shown at once, and not any more where it
    /// could not be told.
    ///
    /// # Errors
    /// As every request.
    pub async fn rate(
        &self,
        message: String,
        before: Option<Rating>,
        feedback: Option<Feedback>,
    ) -> Result<(), Problem> {
        let Some(conversation) = self.state().conversation.clone() else { return Ok(()) };
        self.dispatch(Rated(message.clone(), feedback.as_ref().map(|feedback| feedback.rating)));
        let path = [&messages_path(&conversation), "/", &message, "/feedback"].concat();
        let (method, body) = match &feedback {
            Some(feedback) => (Method::Put, json::to_string(feedback)),
            None => (Method::Delete, String::new()),
        };
        let told = self.client().proxy().send(method, &path, &body).await.map(drop);
        if told.is_err() {
            self.dispatch(Rated(message, before));
        }
        told
    }
}
