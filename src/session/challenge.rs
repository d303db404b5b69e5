//! Becoming a visitor where the owner has new ones solve a challenge first.

use candor_protocol::problem::Problem;
use candor_protocol::wire::{NewVisitor, Visitor};
use wasm_bindgen_futures::spawn_local;

use super::Session;
use super::state::Action;
use crate::json;
use crate::transport::request::Method;

impl Session {
    /// Becomes a visitor by this solution, and sends what was kept back. Where that is refused, the reply says why in its place.
    pub fn solve(&self, solution: String) {
        let session = self.clone();
        let epoch = self.state().epoch;
        spawn_local(async move {
            match session.become_visitor(solution).await {
                Ok(()) if session.state().epoch == epoch => session.retry(),
                // Another conversation is open, which is no longer kept back.
                Ok(()) => {}
                Err(problem) => session.dispatch(Action::ReplyFailed(epoch, problem)),
            }
        });
    }

    async fn become_visitor(&self, solution: String) -> Result<(), Problem> {
        let body = json::to_string(&NewVisitor { challenge: Some(solution), code: None });
        let request = self.client().proxy().request(Method::Post, "/visitors").body(body);
        let visitor: Visitor = request.send().await?.json().await?;
        self.client().storage().keep_token(&visitor.token);
        Ok(())
    }
}
