//! What Diagnostics says of each cause. In English the catalogue has it; in another language it comes with the words of Diagnostics.

use candor_diagnosis::advice::{Advice, Fillers, advise, fill, is_for_owner};
use candor_diagnosis::catalogue::Entry;
use candor_protocol::api_error::ApiError;
use candor_protocol::problem::Problem;

use super::{Diagnostics, call, of_locale};
use crate::json::get;

/// What is said of a cause: its name, its verdict unless it is a finer kind, its meaning, and its steps, a line each.
struct Told(String);

impl Told {
    /// Of this cause, or of the finer kind of that number.
    fn of(id: &str, case: Option<usize>) -> Option<Self> {
        let all = of_locale("causes");
        if all.is_undefined() {
            return None;
        }
        let key = case.map_or_else(|| id.to_owned(), |case| format!("{id}.{case}"));
        get(&all, &key).as_string().map(Self)
    }

    fn line(&self, at: usize) -> String {
        self.0.lines().nth(at).unwrap_or_default().to_owned()
    }
}

/// What an entry is called.
pub fn name(entry: &Entry) -> String {
    Told::of(entry.id(), None).map_or_else(|| entry.name.to_owned(), |told| told.line(0))
}

/// What a problem's cause is called; what is not in the catalogue, by its own title.
pub fn name_of(problem: &Problem) -> String {
    let entry = candor_diagnosis::catalogue::find(&problem.cause);
    entry.map_or_else(|| problem.title.clone(), name)
}

/// What is broken, in one sentence.
pub fn verdict(entry: &Entry) -> String {
    Told::of(entry.id(), None).map_or_else(|| entry.verdict.to_owned(), |told| told.line(1))
}

/// What an error means, and what to do about it.
#[derive(Debug)]
pub struct Meant {
    /// The cause's name, or its finer kind's.
    pub name: String,
    /// What is behind it.
    pub meaning: String,
    /// What to do, in order.
    pub steps: Vec<String>,
}

/// The advice for an entry, as exact as the error allows; without what is left to the owner where `is_owners` says so.
pub fn advice(entry: &Entry, error: Option<&ApiError>, is_owners: bool) -> Meant {
    let Advice { case, name, meaning, steps } = advise(entry, error);
    // Who is to take a step is told by the catalogue's own words.
    let is_shown = |step: &String| is_owners || !is_for_owner(step);
    match Told::of(entry.id(), case) {
        None => Meant {
            name: name.to_owned(),
            meaning: meaning.to_owned(),
            steps: steps.into_iter().filter(is_shown).collect(),
        },
        Some(told) => {
            let meaning_at = if case.is_some() { 1 } else { 2 };
            let own =
                told.0.lines().skip(meaning_at + 1).zip(&steps).filter(|(_, english)| is_shown(english));
            Meant {
                name: told.line(0),
                meaning: told.line(meaning_at),
                steps: own.map(|(step, _)| fill(step, error, &fillers())).collect(),
            }
        }
    }
}

fn fillers() -> Fillers {
    Fillers {
        scope: Diagnostics::StepScope.text(),
        model: Diagnostics::StepModel.text(),
        param: Diagnostics::StepParam.text(),
        wait: Diagnostics::StepWait.text(),
        csp: Diagnostics::StepCsp.text(),
        quoted: |name| super::fill(Diagnostics::StepQuoted, &[("name", name)]),
        lasting: |seconds| call("lasting", &(seconds as f64).into()).as_string().unwrap_or_default(),
    }
}
