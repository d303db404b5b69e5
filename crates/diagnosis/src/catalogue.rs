//! The catalogue: what each cause means and what to do about it, for whoever repairs it.

use candor_protocol::cause::Cause;
use serde::{Deserialize, Serialize};

use crate::rule::{Lines, Rule};

/// Who can put something right.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Fixer {
    /// Whoever chats.
    Visitor,
    /// The site's owner, who set the chat up.
    Owner,
    /// Whoever runs the server, the firewall or the cache.
    Host,
    /// The provider of the model.
    Provider,
}

impl Fixer {
    /// In words that go on after "Who can fix it:".
    pub fn name(self) -> &'static str {
        match self {
            Self::Visitor => "the visitor",
            Self::Owner => "the site’s owner",
            Self::Host => "the host",
            Self::Provider => "the AI service",
        }
    }
}

/// What the catalogue says of one cause: how it is recognised, what it means, and what to do.
#[derive(Debug, PartialEq, Eq)]
pub struct Entry {
    /// The cause itself, with what a visitor reads of it.
    pub cause: &'static Cause,
    /// What it is called, in few words, such as "Key lacks a permission".
    pub name: &'static str,
    /// What is broken, in one sentence.
    pub verdict: &'static str,
    /// What is behind it, in plain words. [`crate::advice::advise`] knows more exactly.
    pub meaning: &'static str,
    /// Who can put it right.
    pub fixers: &'static [Fixer],
    /// What to do, in order, with placeholders. [`crate::advice::advise`] fills them in.
    pub steps: Lines,
    /// What a browser or the proxy sees of it, where no reply tells. May be empty.
    pub observed: &'static str,
    pub(crate) rules: &'static [Rule],
    pub(crate) cases: &'static [Case],
}

/// A finer kind of a cause.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Case {
    pub name: &'static str,
    pub meaning: &'static str,
    pub steps: Lines,
    pub rules: &'static [Rule],
}

impl Entry {
    /// The cause's id.
    pub fn id(&self) -> &'static str {
        self.cause.id
    }

    /// Whether a reply can tell of it, by a rule of the catalogue.
    pub fn is_told_by_replies(&self) -> bool {
        !self.rules.is_empty()
    }

    /// Whether a proxy can play the cause, as somebody else's reply or for want of one. What the proxy itself, the page or
    /// the browser causes has no reply to play.
    pub fn can_be_rehearsed(&self) -> bool {
        let played = [
            "timeout",
            "stream_stalled",
            "token_limit",
            "unreachable_provider",
            "dns_failure",
            "tls_failure",
        ];
        self.is_told_by_replies() || played.contains(&self.id())
    }

    /// How a reply tells of it, one line a rule, for the documentation.
    pub fn rules_in_words(&self) -> Vec<String> {
        self.rules.iter().map(ToString::to_string).collect()
    }

    /// The names of the finer kinds that [`crate::advice::advise`] tells apart.
    pub fn case_names(&self) -> impl Iterator<Item = &'static str> {
        self.cases.iter().map(|case| case.name)
    }
}

/// The entries, each constant called as its cause's id.
#[expect(non_upper_case_globals, reason = "a constant is named exactly as the id that travels")]
pub mod entries {
    use candor_protocol::cause::known;

    use super::{Case, Entry, Fixer};
    use crate::rule::{Lines, Rule, Wait};

    include!(concat!(env!("OUT_DIR"), "/catalogue.rs"));
}

pub use entries::ALL;

/// The entry of the cause of that id. `None` for one that this version does not know.
pub fn find(id: &str) -> Option<&'static Entry> {
    ALL.iter().find(|entry| entry.id() == id).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cause_is_found_by_its_id() {
        assert_eq!(find("missing_scope"), Some(&entries::missing_scope));
        assert_eq!(find("no_such_cause"), None);
    }

    #[test]
    fn every_cause_can_be_acted_on() {
        for entry in ALL {
            let (cause, id) = (entry.cause, entry.id());
            for text in [cause.title, cause.detail, entry.verdict, entry.meaning]
                .into_iter()
                .chain(entry.steps.iter())
            {
                assert!(text.ends_with(['.', '”']) || text.ends_with('}'), "{id}: {text}");
                assert!(!text.contains('!') && !text.contains("'"), "{id}: {text}");
            }
        }
    }
}
