//! What a model thinks before it answers, where it writes that into the answer itself, is nobody's answer.

// MARKS: between which models write their thoughts; OPENED_BY_TEMPLATE: parts of the names of models. As `thought_marks.toml` has
// them.
include!(concat!(env!("OUT_DIR"), "/thought_marks.rs"));

/// Leaves the thoughts out of a text that arrives in pieces of any size.
///
/// Thoughts begin where a line does, and not within a block of code: an answer about these marks may hold them. Many chat
/// templates put the opening mark into the prompt; then a closing mark that nothing has opened says that all before it
/// was thought.
#[derive(Debug)]
pub(super) struct Thoughts {
    /// What has come and is not decided yet.
    rest: String,
    /// What ends the thoughts that are under way.
    until: Option<&'static str>,
    /// Whether a line begins here.
    at_line: bool,
    /// Whether the answer has not begun: blanks before it are not of it.
    at_start: bool,
    in_code: bool,
    /// Whether there were any.
    pub(super) any: bool,
    /// Everything that counts as the answer so far.
    answer: String,
    /// How much of it has been returned.
    returned: usize,
    /// Whether all is held back until a closing mark or the end says what it is.
    is_held: bool,
    /// Whether a closing mark may still stand without its opening one.
    may_be_unopened: bool,
    /// Whether what was returned was thought, and is not told yet to be.
    is_retracted: bool,
}

impl Default for Thoughts {
    fn default() -> Self {
        Self {
            rest: String::new(),
            until: None,
            at_line: true,
            at_start: true,
            in_code: false,
            any: false,
            answer: String::new(),
            returned: 0,
            is_held: false,
            may_be_unopened: true,
            is_retracted: false,
        }
    }
}

impl Thoughts {
    /// Where thoughts without an opening mark are expected, nothing is returned before they have ended.
    pub(super) fn expect(&mut self, are_expected: bool) {
        self.is_held = are_expected;
    }

    /// Takes the next piece and returns what is of the answer, as far as that is known.
    pub(super) fn push(&mut self, text: &str) -> String {
        self.rest.push_str(text);
        self.read(false);
        self.any |= self.is_held && !self.answer.is_empty();
        if self.is_held { String::new() } else { self.news() }
    }

    /// What is left at the end. Thoughts without an end are thoughts; so is what was held back, unless the answer is whole.
    pub(super) fn end(&mut self, is_whole: bool) -> String {
        self.read(true);
        if self.is_held && !is_whole { String::new() } else { self.news() }
    }

    /// Whether all that was returned before the last piece has turned out to be thought. Told once.
    pub(super) fn take_retracted(&mut self) -> bool {
        std::mem::take(&mut self.is_retracted)
    }

    fn news(&mut self) -> String {
        let news = self.answer[self.returned..].to_owned();
        self.returned = self.answer.len();
        news
    }

    fn read(&mut self, is_end: bool) {
        let all = std::mem::take(&mut self.rest);
        let mut rest = all.as_str();
        loop {
            if let Some(end) = self.until {
                match rest.find(end) {
                    Some(at) => {
                        rest = &rest[at + end.len()..];
                        (self.until, self.at_line, self.at_start) = (None, true, true);
                    }
                    None => {
                        // The mark's beginning may be here.
                        rest = if is_end { "" } else { &rest[rest.len() - overlap(rest, end)..] };
                        break;
                    }
                }
            }
            if self.at_start {
                rest = rest.trim_ascii_start();
            }
            if rest.is_empty() {
                break;
            }
            if self.at_line {
                let line = rest.trim_start_matches([' ', '\t']);
                if !self.in_code
                    && let Some((begin, end)) =
                        MARKS.iter().copied().find(|(begin, _)| line.starts_with(begin))
                {
                    rest = &line[begin.len()..];
                    (self.until, self.any, self.is_held) = (Some(end), true, false);
                    continue;
                }
                let may_begin =
                    MARKS.iter().any(|(begin, _)| begin.starts_with(line)) || FENCE.starts_with(line);
                if may_begin && !is_end && rest.len() - line.len() <= MAX_INDENT_BYTES {
                    break;
                }
                self.in_code ^= line.starts_with(FENCE);
                self.at_line = false;
            }
            self.at_start = false;
            let line = &rest[..rest.find('\n').map_or(rest.len(), |at| at + 1)];
            if let Some(after) = self.unopened(line) {
                rest = &rest[after..];
                self.is_retracted |= self.returned > 0;
                (self.returned, self.is_held, self.in_code) = (0, false, false);
                (self.any, self.at_line, self.at_start) = (true, true, true);
                self.answer.clear();
                continue;
            }
            self.at_line = line.ends_with('\n');
            // A closing mark may begin where the piece ends.
            let kept = match self.may_be_unopened && !is_end && !self.at_line {
                true => MARKS.iter().map(|(_, end)| overlap(line, end)).max().unwrap_or_default(),
                false => 0,
            };
            self.answer.push_str(&line[..line.len() - kept]);
            rest = &rest[line.len() - kept..];
            if kept > 0 {
                break;
            }
        }
        self.rest = rest.to_owned();
    }

    /// Where a closing mark in this line ends that nothing has opened. One that is quoted is spoken of, and closes nothing; and
    /// an answer that has spoken of an opening mark may speak of the closing one.
    fn unopened(&mut self, line: &str) -> Option<usize> {
        if !self.may_be_unopened {
            return None;
        }
        let of_mark = |(begin, end): &(&'static str, &'static str)| Some((line.find(end)?, *begin, *end));
        let (at, begin, end) =
            MARKS.iter().filter(|(_, end)| !SHARED_ENDS.contains(end)).filter_map(of_mark).min()?;
        let is_quoted = line[..at].ends_with(['`', '"', '\'', '“', '‘']);
        let is_opened = self.answer.contains(begin) || line[..at].contains(begin);
        self.may_be_unopened = !is_quoted && !is_opened;
        self.may_be_unopened.then_some(at + end.len())
    }
}

/// Closing marks that also end what is no thought.
const SHARED_ENDS: [&str; 1] = ["<|end|>"];

/// Whether the chat template of the model of this name opens its thoughts, so that answers have the closing mark alone.
pub(super) fn are_opened_by_template(model: &str) -> bool {
    let model = model.to_ascii_lowercase();
    OPENED_BY_TEMPLATE.iter().any(|parts| parts.iter().all(|part| model.contains(part)))
}

/// What is further in begins nothing: a line of blanks is not awaited for ever.
const MAX_INDENT_BYTES: usize = 64;

/// What a block of code begins and ends with.
const FENCE: &str = "```";

/// How many bytes at a text's end may be the beginning of this mark.
fn overlap(text: &str, mark: &str) -> usize {
    let starts = mark.char_indices().map(|(at, _)| at).rev();
    starts.filter(|length| text.ends_with(&mark[..*length])).max().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    #[test]
    fn each_answer_is_read_as_the_cases_have_it() {
        let file: Value = serde_json::from_str(include_str!("../../thought_marks.cases.json")).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let mut thoughts = Thoughts::default();
            thoughts.expect(are_opened_by_template(case["model"].as_str().unwrap()));
            let (mut answer, mut is_retracted) = (String::new(), false);
            let mut take = |thoughts: &mut Thoughts, text: String| {
                if thoughts.take_retracted() {
                    answer.clear();
                    is_retracted = true;
                }
                answer += &text;
            };
            for piece in case["pieces"].as_array().unwrap() {
                let text = thoughts.push(piece.as_str().unwrap());
                take(&mut thoughts, text);
            }
            let left = thoughts.end(case["is_whole"].as_bool().unwrap());
            take(&mut thoughts, left);
            assert_eq!(
                (Value::from(answer), Value::from(is_retracted)),
                (case["answer"].clone(), case["is_retracted"].clone()),
                "{case}"
            );
        }
    }
}
