//! What a model thinks before it answers, where it writes that into the answer itself, is nobody's answer.

// MARKS: between which models write their thoughts, as `thought_marks.toml` has them.
include!(concat!(env!("OUT_DIR"), "/thought_marks.rs"));

/// Leaves the thoughts out of a text that arrives in pieces of any size.
///
/// Thoughts begin where a line does, and not within a block of code: an answer about these marks may hold them.
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
}

impl Default for Thoughts {
    fn default() -> Self {
        Self { rest: String::new(), until: None, at_line: true, at_start: true, in_code: false, any: false }
    }
}

impl Thoughts {
    /// Takes the next piece and returns what is of the answer, as far as that is known.
    pub(super) fn push(&mut self, text: &str) -> String {
        self.rest.push_str(text);
        self.read(false)
    }

    /// What is left at the end. Thoughts without an end are thoughts.
    pub(super) fn end(&mut self) -> String {
        self.read(true)
    }

    fn read(&mut self, is_end: bool) -> String {
        let mut said = String::new();
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
                    (self.until, self.any) = (Some(end), true);
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
            let end = rest.find('\n').map_or(rest.len(), |at| at + 1);
            self.at_line = rest[..end].ends_with('\n');
            said.push_str(&rest[..end]);
            rest = &rest[end..];
        }
        self.rest = rest.to_owned();
        said
    }
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
