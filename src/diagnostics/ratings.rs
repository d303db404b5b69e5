//! What visitors think of answers, for the owner to read with the question and the answer.

use candor_protocol::problem::Problem;
use candor_protocol::wire::{RatedAnswer, Rating};

use super::checks;
use super::on_demand::{List, ShowList, nothing};
use crate::element::{Element, element};
use crate::session::Session;
use crate::shell::part::bold;
use crate::time;
use crate::transport::Later;
use crate::words::Diagnostics;

/// The answers that were rated.
pub static RATINGS: List = List { title: Diagnostics::Ratings, show: Diagnostics::RatingsShow, fetch };

fn fetch(session: Session, token: String) -> Later<Result<ShowList, Problem>> {
    Box::pin(async move {
        let rated = checks::rated_answers(session.client().proxy(), &token).await?;
        let show = move || match rated.feedback.as_slice() {
            [] => nothing(Diagnostics::RatingsEmpty),
            answers => element!("ul", "class" = "ratings", "aria-label" = Diagnostics::Ratings)
                .children(answers.iter().map(answer)),
        };
        Ok(Box::new(show) as ShowList)
    })
}

fn answer(rated: &RatedAnswer) -> Element {
    let rating = match rated.rating {
        Rating::Up => Diagnostics::RatedUp,
        Rating::Down => Diagnostics::RatedDown,
    };
    let beside = [&time::full(rated.time), ", ", &rated.model].concat();
    let said = |text: &str| element!("p", "dir" = "auto").string(text);
    // However long an answer is, the list stays one that can be looked through.
    let exchange = element!("details")
        .child(element!("summary", "dir" = "auto").string(&rated.question))
        .child(said(&rated.answer));
    element!("li")
        .child(bold(rating.text()))
        .child(element!("span", "class" = "plainly").string(&beside))
        .maybe(rated.comment.as_deref().map(said))
        .child(exchange)
}
