//! The rules by which a reply's cause is recognised.

use std::fmt;

use candor_protocol::api_error::ApiError;

/// Texts that are kept as one, a line each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Lines(pub &'static str);

impl Lines {
    /// The texts.
    pub fn iter(self) -> std::str::Lines<'static> {
        self.0.lines()
    }

    /// Whether there are none.
    pub fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// One rule of the catalogue: fits where everything in it fits. An empty list asks for nothing; of a list with entries,
/// one must fit.
#[derive(Debug, PartialEq, Eq)]
pub struct Rule {
    /// Ranges of statuses, both ends included.
    pub status: &'static [(u16, u16)],
    /// Parts of the code or the type.
    pub code: Lines,
    /// Parts of the message or the first text.
    pub words: Lines,
    /// The whole message, and nothing else.
    pub exact: Lines,
    /// Like `words`, as a second condition.
    pub also: Lines,
    /// What the words must not hold.
    pub unless: Lines,
    /// Media types.
    pub content: Lines,
    /// Parts of what names the answering server.
    pub by: Lines,
    /// Whether a web page came in place of an answer.
    pub page: Option<bool>,
    /// Whether nobody says a word.
    pub silent: Option<bool>,
    /// How long the reply asks to wait.
    pub wait: Wait,
}

/// What a rule asks of the time to wait.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wait {
    /// Nothing.
    Any,
    /// That the reply names none.
    Unknown,
    /// That it lies between these, in seconds.
    Seconds(u64, u64),
}

impl Rule {
    /// Whether everything in the rule fits.
    pub fn fits(&self, clues: &Clues) -> bool {
        let any = |parts: Lines, text: &str| parts.is_empty() || parts.iter().any(|part| text.contains(part));
        // A status that nobody knows, as of a pasted message, contradicts nothing that the words say.
        let is_said = !self.words.is_empty() || !self.code.is_empty();
        (self.status.is_empty()
            || self.status.iter().any(|(from, to)| (*from..=*to).contains(&clues.status))
            || (clues.status == 0 && is_said))
            && (self.code.is_empty()
                || self.code.iter().any(|part| clues.code.contains(part) || clues.kind.contains(part)))
            && any(self.words, &clues.words)
            && (self.exact.is_empty() || self.exact.iter().any(|words| words == clues.words))
            && any(self.also, &clues.words)
            && !self.unless.iter().any(|part| clues.words.contains(part))
            && any(self.content, &clues.content)
            && any(self.by, &clues.by)
            && self.page.is_none_or(|page| page == clues.is_page)
            && self.silent.is_none_or(|silent| silent == clues.words.is_empty())
            && match self.wait {
                Wait::Any => true,
                Wait::Unknown => clues.wait.is_none(),
                Wait::Seconds(from, to) => clues.wait.is_some_and(|wait| (from..=to).contains(&wait)),
            }
    }
}

/// As the documentation prints it: "status 401; code `invalid_api_key`".
impl fmt::Display for Rule {
    fn fmt(&self, to: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut parts = Vec::new();
        if !self.status.is_empty() {
            let ranges = self.status.iter().map(|(from, to)| match from == to {
                true => from.to_string(),
                false => format!("{from}–{to}"),
            });
            parts.push(format!("status {}", ranges.collect::<Vec<_>>().join(", ")));
        }
        let quoted =
            |texts: Lines| texts.iter().map(|text| format!("`{text}`")).collect::<Vec<_>>().join(", ");
        let lists = [
            ("code or type", self.code),
            ("words", self.words),
            ("the whole message", self.exact),
            ("and words", self.also),
            ("without the words", self.unless),
            ("content type", self.content),
            ("answered by", self.by),
        ];
        parts.extend(
            lists
                .iter()
                .filter(|(_, texts)| !texts.is_empty())
                .map(|(name, texts)| format!("{name} {}", quoted(*texts).replace("``", "` `"))),
        );
        match self.page {
            Some(true) => parts.push("a web page in place of an answer".to_owned()),
            Some(false) => parts.push("no web page".to_owned()),
            None => {}
        }
        match self.silent {
            Some(true) => parts.push("without a word".to_owned()),
            Some(false) => parts.push("with words".to_owned()),
            None => {}
        }
        match self.wait {
            Wait::Any => {}
            Wait::Unknown => parts.push("no time to wait is named".to_owned()),
            Wait::Seconds(from, u64::MAX) => parts.push(format!("a wait of at least {from} s")),
            Wait::Seconds(from, until) => parts.push(format!("a wait of {from} to {until} s")),
        }
        match parts.is_empty() {
            true => to.write_str("whatever no other rule fits"),
            false => to.write_str(&parts.join("; ")),
        }
    }
}

/// An error as the rules look at it: everything in lower case, and no addresses of documentation in the words, since
/// those name what the error is not about (a rate limit's message ends with a link to `/settings/billing`).
pub struct Clues {
    status: u16,
    code: String,
    kind: String,
    words: String,
    content: String,
    by: String,
    is_page: bool,
    wait: Option<u64>,
}

impl Clues {
    /// What an error gives to go by.
    pub fn of(error: &ApiError) -> Self {
        let lower = |text: &Option<String>| text.as_deref().unwrap_or_default().to_lowercase();
        let words = format!("{} {} {}", lower(&error.message), lower(&error.text), lower(&error.param))
            .replace('’', "'");
        let words =
            words.split_whitespace().filter(|word| !word.contains("://")).collect::<Vec<_>>().join(" ");
        // In a stream that began with 200, a numeric code is the status that came too late.
        let late =
            error.code.as_deref().and_then(|code| code.parse().ok()).filter(|code| (400..600).contains(code));
        let status = late.filter(|_| (200..300).contains(&error.status)).unwrap_or(error.status);
        Self {
            status,
            code: lower(&error.code),
            kind: lower(&error.error_type),
            is_page: error.is_html() && !words.is_empty(),
            words,
            content: lower(&error.content_type),
            by: lower(&error.answered_by),
            wait: error.retry_after,
        }
    }
}
