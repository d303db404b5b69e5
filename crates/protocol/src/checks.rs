//! Checks of the chain, as they travel: the proxy checks its own links and sends the outcomes as they come
//! (`POST diagnostics/checks`); the widget adds those of browser and page. `candor_diagnosis::verdict` judges over them.

use serde::{Deserialize, Serialize};

use crate::Millis;
use crate::cause::Link;
use crate::problem::Problem;
use crate::visibility::Diagnostics;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// What was tried works.
    Pass,
    /// It works, and something about it is worth knowing.
    Warning,
    /// It does not work.
    Failure,
}

/// One check: what was tried, what came back, and how long it took.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Check {
    /// Stable, `snake_case`, such as `chat`.
    pub id: String,
    /// The link that it looks at.
    pub link: Link,
    /// What was tried, in words.
    pub tried: String,
    /// What came back, in words.
    pub evidence: String,
    /// How it ended.
    pub outcome: Outcome,
    /// How long it took, in milliseconds.
    pub duration: Millis,
    /// What is behind a warning or a failure.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub problem: Option<Problem>,
}

impl Check {
    /// The same as a visitor may see it under the owner's setting: the proxy's words about provider and model are kept
    /// back where the errors are.
    pub fn for_visitor(mut self, diagnostics: Diagnostics) -> Self {
        if diagnostics != Diagnostics::Full && self.link >= Link::Proxy {
            self.evidence = match self.outcome {
                Outcome::Pass => "It works.",
                Outcome::Warning => "It works, with a limit that the owner can see.",
                Outcome::Failure => "It does not work. The owner can see why.",
            }
            .to_owned();
        }
        self.problem = self.problem.map(|problem| problem.for_visitor(diagnostics));
        self
    }
}

/// One of the pieces by which a browser measures whether something on the way holds a stream back.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "openapi", derive(utoipa::ToSchema))]
pub struct Pulse {
    /// How many came before it.
    pub number: u32,
    /// Milliseconds since the first one, by the proxy's clock.
    pub sent: Millis,
}

/// What `POST diagnostics/checks` streams, each as the data of the event of that name: `pulse`, `check`, `done`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CheckEvent {
    /// A piece for measuring.
    Pulse(Pulse),
    /// A check has ended.
    Check(Box<Check>),
    /// All have.
    Done,
}

impl CheckEvent {
    /// Reads an event. `Ok(None)` for a name that this version does not know.
    ///
    /// # Errors
    /// Where the data is not the JSON that the name promises.
    pub fn read(name: &str, data: &str) -> serde_json::Result<Option<Self>> {
        Ok(Some(match name {
            "pulse" => Self::Pulse(serde_json::from_str(data)?),
            "check" => Self::Check(serde_json::from_str(data)?),
            "done" => Self::Done,
            _ => return Ok(None),
        }))
    }

    /// Name and data of the event.
    ///
    /// # Errors
    /// Never in practice: every field serialises.
    pub fn write(&self) -> serde_json::Result<(&'static str, String)> {
        Ok(match self {
            Self::Pulse(pulse) => ("pulse", serde_json::to_string(pulse)?),
            Self::Check(check) => ("check", serde_json::to_string(check)?),
            Self::Done => ("done", "{}".to_owned()),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::api_error::ApiError;
    use crate::cause::{Cause, known};

    fn check(id: &str, link: Link, outcome: Outcome, cause: Option<&Cause>) -> Check {
        Check {
            id: id.to_owned(),
            link,
            tried: "something".to_owned(),
            evidence: "It works with sk-model.".to_owned(),
            outcome,
            duration: 5,
            problem: cause.map(problem),
        }
    }

    fn problem(cause: &Cause) -> Problem {
        Problem::new(cause, 502, "CR-ABCDEFGH".to_owned(), 1).with_upstream(ApiError {
            message: Some("Missing scopes: model.request".to_owned()),
            ..ApiError::default()
        })
    }

    #[test]
    fn what_a_visitor_sees_holds_no_words_of_the_provider() {
        for diagnostics in [Diagnostics::Reference, Diagnostics::Off] {
            let seen = check("chat", Link::Model, Outcome::Failure, Some(&known::missing_scope))
                .for_visitor(diagnostics);
            let json = serde_json::to_string(&seen).unwrap();
            assert!(!json.contains("model.request") && !json.contains("sk-model"), "{json}");
        }
    }

    #[test]
    fn events_are_read_as_they_are_written() {
        let events = [
            CheckEvent::Pulse(Pulse { number: 3, sent: 180 }),
            CheckEvent::Check(Box::new(check(
                "chat",
                Link::Model,
                Outcome::Failure,
                Some(&known::missing_scope),
            ))),
            CheckEvent::Done,
        ];
        for event in events {
            let (name, data) = event.write().unwrap();
            assert_eq!(CheckEvent::read(name, &data).unwrap(), Some(event));
        }
        assert_eq!(CheckEvent::read("later", "").unwrap(), None);
    }
}
