//! Chat completions as OpenAI's API and its kin speak them: the request, and the reader of a streamed answer.

use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use candor_protocol::api_error::ApiError;

use crate::finish_reason::{self, Meaning};
use crate::reader;
use answer::Answer;
use events::{Event, Events};
use scan::Scan;

mod answer;
mod events;
mod repair;
mod scan;
mod thoughts;
mod unsupported;
mod usage;

pub use unsupported::Unsupported;
pub use usage::Usage;

/// What is asked of a model (`POST chat/completions`).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatRequest {
    /// The model's name; with Azure and LiteLLM the deployment's.
    pub model: String,
    /// The conversation, oldest first.
    pub messages: Vec<ChatMessage>,
    /// Whether the answer is to come in pieces.
    pub stream: bool,
    /// The most tokens that the answer may have; the model's own limit where none is set.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_tokens: Option<u32>,
    /// The same under the name that newer models have for it; see [`Unsupported`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_completion_tokens: Option<u32>,
}

/// One turn of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// What was said.
    pub content: String,
    /// What the model thought before it, as far as it is known: sent to models alone that want it back; see [`Unsupported`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reasoning_content: Option<String>,
}

impl ChatMessage {
    /// A turn of this role with these words.
    pub fn new(role: &str, content: impl Into<String>) -> Self {
        Self { role: role.to_owned(), content: content.into(), reasoning_content: None }
    }

    /// The same with what the model thought before it.
    #[must_use]
    pub fn with_reasoning(self, reasoning_content: Option<String>) -> Self {
        Self { reasoning_content, ..self }
    }

    /// The messages of a chat: the system prompt, and the turns. Turns without a word are left out, and two of one role that
    /// follow each other are one: strict models refuse them, as Mistral's and Gemma's do.
    pub fn conversation(system: Option<String>, turns: impl IntoIterator<Item = Self>) -> Vec<Self> {
        let system = system.map(|content| Self::new("system", content));
        let mut messages: Vec<Self> = Vec::new();
        for turn in system.into_iter().chain(turns).filter(|turn| !turn.content.is_empty()) {
            match messages.last_mut().filter(|last| last.role == turn.role) {
                Some(last) => {
                    last.content = [last.content.as_str(), &turn.content].join("\n\n");
                    last.reasoning_content = match (last.reasoning_content.take(), turn.reasoning_content) {
                        (Some(first), Some(second)) => Some([first, second].join("\n\n")),
                        (first, second) => first.or(second),
                    };
                }
                None => messages.push(turn),
            }
        }
        messages
    }
}

/// What a reader finds in the answer's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text to add to the answer.
    Text(String),
    /// The model thinks before it answers. Told once.
    Thinking,
    /// What it thinks, where that comes beside the answer: nobody’s to see, but the model may want it back.
    Reasoning(String),
    /// All text so far was thought, and is taken back: the answer begins behind this.
    Retracted,
    /// The answer failed. Nothing that comes after it counts.
    Failed(ApiError),
}

/// How an answer ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    /// It was finished, and there is text.
    Complete,
    /// The bytes ended before the answer was finished.
    Cut,
    /// There is no text: it was finished without any, or never began.
    Empty,
    /// It was ended at a limit of tokens, in the middle of a sentence as likely as not, or before its first word.
    Truncated,
}

/// Reads a streamed answer, as its bytes arrive.
///
/// A status of 200 promises nothing: the body can be an error, a web page, lines of JSON in place of events, or an answer
/// in one piece, and a stream can carry an error or end without an end.
///
/// An answer is whole once the provider says so, by `[DONE]` or by a reason that means it, and what follows does not belong
/// to it. One that has a hole, since something of it could not be read, is never whole.
#[derive(Debug)]
pub struct CompletionReader {
    status: u16,
    headers: Vec<(String, String)>,
    shape: Shape,
    /// What has come and is not read yet.
    bytes: Vec<u8>,
    /// How much of it is known not to end a value of JSON.
    scan: Scan,
    events: Events,
    answer: Answer,
    /// Whether anything came that is a piece of an answer.
    begun: bool,
    has_text: bool,
    is_thinking: bool,
    /// Whether the provider has said how the answer ended.
    finished: bool,
    /// Whether it has said so for the last time.
    done: bool,
    truncated: bool,
    failed: bool,
    /// How many pieces of the answer could not be read.
    unread: usize,
    thought_tokens: Option<u64>,
    usage: Option<Usage>,
}

/// How the body is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shape {
    /// Not a visible byte yet.
    Unknown,
    /// Server-sent events.
    Events,
    /// JSON in one piece, or in lines as Ollama's own API streams it.
    Json,
    /// A web page, or other markup.
    Page,
}

/// The code of an error that says that the limit of tokens was reached before the first word of an answer. No provider has it.
pub const NO_WORD_WITHIN_LIMIT: &str = "no_word_within_limit";

/// The most bytes of a body in one piece, or of one line.
const WHOLE_BYTES: usize = 1024 * 1024;

/// As many bytes of a web page are enough to know what it says.
const PAGE_BYTES: usize = 4096;

impl CompletionReader {
    /// A reader for the reply with this status and these headers.
    pub fn new<'a>(status: u16, headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        Self {
            status,
            headers: headers.into_iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            shape: Shape::Unknown,
            bytes: Vec::new(),
            scan: Scan::default(),
            events: Events::default(),
            answer: Answer::default(),
            begun: false,
            has_text: false,
            is_thinking: false,
            finished: false,
            done: false,
            truncated: false,
            failed: false,
            unread: 0,
            thought_tokens: None,
            usage: None,
        }
    }

    /// The same for an answer of this model. Of one whose chat template opens its thoughts no text is given until they have
    /// ended; of others it may have to be taken back.
    #[must_use]
    pub fn of_model(mut self, name: &str) -> Self {
        self.answer.expect_thoughts(thoughts::are_opened_by_template(name));
        self
    }

    /// Takes the next bytes and returns what they complete. After a failure nothing more comes.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        if self.is_over() {
            return Vec::new();
        }
        match self.shape {
            Shape::Events => self.stream(bytes),
            Shape::Json => self.json(bytes),
            Shape::Page => self.page(bytes),
            Shape::Unknown => {
                let is_visible = |byte: &u8| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(byte);
                let Some(first) = bytes.iter().position(is_visible) else { return Vec::new() };
                let bytes = &bytes[first..];
                match bytes[0] {
                    b'{' | b'[' => {
                        self.shape = Shape::Json;
                        self.json(bytes)
                    }
                    b'<' => {
                        self.shape = Shape::Page;
                        self.page(bytes)
                    }
                    _ => {
                        self.shape = Shape::Events;
                        self.stream(bytes)
                    }
                }
            }
        }
    }

    /// What the end of the bytes completes: an event without its blank line, a page without its end.
    pub fn close(&mut self) -> Vec<Piece> {
        let mut pieces = match self.shape {
            _ if self.is_over() => Vec::new(),
            Shape::Events => {
                let events = self.events.close();
                self.read(events)
            }
            Shape::Page => self.fail_with_body(),
            Shape::Json | Shape::Unknown => Vec::new(),
        };
        if !self.failed && !self.finished {
            let left = self.answer.end(false);
            self.text(left, &mut pieces);
        }
        pieces
    }

    /// Whether nothing that may still come belongs to the answer.
    pub fn is_over(&self) -> bool {
        self.done || self.failed
    }

    /// Whether the provider has said how the answer ended. What may follow is how many tokens it has cost, and no text.
    pub fn has_ended(&self) -> bool {
        self.finished || self.failed
    }

    /// How many tokens it has cost so far, where the provider has said so.
    pub fn usage(&self) -> Option<Usage> {
        self.usage
    }

    /// What is to be said of an answer that was ended at a limit of tokens, beside what the reply itself says.
    pub fn limit(&self, said: ApiError) -> ApiError {
        let thought =
            self.thought_tokens.map(|tokens| format!("The model has thought with {tokens} tokens."));
        if self.has_text {
            return ApiError { message: thought.or(said.message), ..said };
        }
        let none = "The limit of tokens was reached before the first word of an answer.".to_owned();
        let message = std::iter::once(none).chain(thought).collect::<Vec<_>>().join(" ");
        ApiError { code: Some(NO_WORD_WITHIN_LIMIT.to_owned()), message: Some(message), ..said }
    }

    /// How the answer ended, once no more bytes come. A failure that [`Self::push`] has given is not told again.
    pub fn end(&self) -> End {
        match (self.finished, self.has_text) {
            (true, _) if self.truncated => End::Truncated,
            (true, true) => End::Complete,
            (true, false) => End::Empty,
            (false, _) if self.begun || self.events.is_within_event() => End::Cut,
            (false, _) => End::Empty,
        }
    }

    fn stream(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let events = self.events.push(bytes);
        self.read(events)
    }

    fn read(&mut self, events: Vec<Event>) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for event in events {
            self.begun = true;
            match event {
                Event::Done => {
                    self.finish(&mut pieces);
                    self.done = true;
                }
                Event::Error(_) if self.finished => {}
                Event::Error(words) => {
                    let value = repair::parse(&words);
                    let error = value.and_then(|value| reader::read_value(self.status, &value));
                    let error = error.unwrap_or_else(|| reader::read(self.status, [], words.as_bytes()));
                    pieces.extend(self.fail(self.with_request_id(error)));
                }
                Event::Value(value) => self.value(&value, &mut pieces),
                Event::Unread => self.unread += 1,
                // The answer is whole without it.
                Event::TooLarge if self.finished => self.done = true,
                Event::TooLarge => pieces.extend(self.fail_as_too_large()),
            }
            if self.is_over() {
                break;
            }
        }
        pieces
    }

    fn value(&mut self, value: &Value, pieces: &mut Vec<Piece>) {
        let error = error_in(value).and_then(|error| reader::read_value(self.status, &error));
        match error.or_else(|| reader::read_value(self.status, value)) {
            Some(error) if !self.finished => pieces.extend(self.fail(self.with_request_id(error))),
            _ => self.chunk(value, pieces),
        }
    }

    /// Reads JSON as soon as a value of it is whole: a completion in one piece, an error, or a line among others.
    fn json(&mut self, bytes: &[u8]) -> Vec<Piece> {
        self.bytes.extend_from_slice(bytes);
        self.begun = true;
        let mut pieces = Vec::new();
        let mut from = 0;
        while !self.is_over()
            && let Some(end) = self.scan.end(&self.bytes)
        {
            if end - from > WHOLE_BYTES {
                break;
            }
            let text = String::from_utf8_lossy(&self.bytes[from..end]);
            let value = repair::parse(text.trim_start_matches(|letter| !"{[".contains(letter)));
            let is_piece = value.as_ref().is_some_and(|value| {
                ["choices", "done", "response"].iter().any(|name| value.get(*name).is_some())
                    && reader::read_value(self.status, value).is_none()
                    && error_in(value).is_none()
            });
            match value.filter(|_| is_piece) {
                Some(value) => self.chunk(&value, &mut pieces),
                // What follows an answer does not belong to it.
                None if self.finished => {}
                None => {
                    self.bytes.truncate(end);
                    self.bytes.drain(..from);
                    pieces.extend(self.fail_with_body());
                    return pieces;
                }
            }
            from = end;
        }
        // Once for all of them, however many there were.
        self.bytes.drain(..from);
        self.scan.forget(from);
        if self.bytes.len() > WHOLE_BYTES {
            match self.finished {
                true => self.done = true,
                false => pieces.extend(self.fail_as_too_large()),
            }
        }
        pieces
    }

    /// Collects a page to its end, as far as it is read.
    fn page(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let room = PAGE_BYTES.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let start = self.bytes.to_ascii_lowercase();
        let end_of = |tag: &str| {
            let place = start.windows(tag.len()).position(|window| window == tag.as_bytes());
            place.map(|place| place + tag.len())
        };
        // Whatever else has come with it: what is read is the same however it is cut.
        match ["</html>", "</error>"].into_iter().filter_map(end_of).min() {
            Some(end) => self.bytes.truncate(end),
            None if self.bytes.len() < PAGE_BYTES => return Vec::new(),
            None => {}
        }
        self.fail_with_body()
    }

    /// Reads one chunk, or a whole completion: the text and the finish of its first choice.
    fn chunk(&mut self, chunk: &Value, pieces: &mut Vec<Piece>) {
        let thought =
            chunk.pointer("/usage/completion_tokens_details/reasoning_tokens").and_then(Value::as_u64);
        self.thought_tokens = thought.filter(|tokens| *tokens > 0).or(self.thought_tokens);
        self.usage = Usage::said_in(chunk).or(self.usage);
        let Some(choice) = chunk.get("choices").and_then(|choices| choices.get(0)).filter(|_| !self.finished)
        else {
            return;
        };
        let reason = choice.get("finish_reason").and_then(Value::as_str);
        let reason = reason.filter(|reason| !["", "null"].contains(reason));
        // A whole message, in place of what is added to one, is an answer in one piece.
        let whole = choice.get("message").filter(|message| message.is_object());
        let delta = choice.get("delta").filter(|delta| delta.is_object());
        if let Some(message) = delta.or(whole) {
            let thought = |name: &str| message.get(name).and_then(words).filter(|text| !text.is_empty());
            if let Some(thought) = THOUGHTS.iter().find_map(|name| thought(name)) {
                // Where they come beside the answer, they do not stand in it.
                self.answer.expect_thoughts(false);
                self.think(pieces);
                pieces.push(Piece::Reasoning(thought.replace('\0', "")));
            }
            let said: String =
                ["content", "refusal"].iter().filter_map(|name| words(message.get(*name)?)).collect();
            let new = match delta {
                Some(_) => self.answer.add(&said, reason.is_some()),
                None => self.answer.whole(&said),
            };
            self.text(new, pieces);
        }
        match reason {
            Some(reason) => self.end_for(reason, choice, pieces),
            None if whole.is_some() && delta.is_none() => self.finish(pieces),
            None => {}
        }
    }

    /// The provider said why the answer ends.
    fn end_for(&mut self, reason: &str, choice: &Value, pieces: &mut Vec<Piece>) {
        let known = finish_reason::find(reason);
        match known.map(|known| known.meaning) {
            Some(Meaning::Done) => self.finish(pieces),
            Some(Meaning::Length) => {
                self.truncated = true;
                self.finish(pieces);
            }
            Some(Meaning::ToolCall | Meaning::Filter | Meaning::Failure) | None => {
                let left = self.answer.end(false);
                self.text(left, pieces);
                let unknown =
                    || format!("The answer ended with “{reason}”, which is no end that Candor knows.");
                let message = match known {
                    Some(known) => known.message.map(str::to_owned),
                    None => Some(unknown()),
                };
                // Read as any error is, so that it is redacted and bounded.
                let bare =
                    json!({ "error": { "type": "finish_reason", "code": reason, "message": message } });
                let error = reader::read_value(self.status, choice)
                    .or_else(|| reader::read_value(self.status, &bare))
                    .unwrap_or_default();
                pieces.extend(self.fail(self.with_request_id(error)));
            }
        }
    }

    /// The answer is over, and whole unless something of it could not be read.
    fn finish(&mut self, pieces: &mut Vec<Piece>) {
        if self.finished {
            return;
        }
        let left = self.answer.end(!self.truncated);
        self.text(left, pieces);
        if self.unread > 0 {
            let message = match self.unread {
                1 => "A piece of the answer could not be read.".to_owned(),
                count => format!("{count} pieces of the answer could not be read."),
            };
            pieces.extend(self.fail(self.with_request_id(ApiError {
                status: self.status,
                code: Some("unreadable_piece".to_owned()),
                message: Some(message),
                ..ApiError::default()
            })));
            return;
        }
        self.finished = true;
    }

    fn text(&mut self, text: String, pieces: &mut Vec<Piece>) {
        if self.answer.has_thoughts() {
            self.think(pieces);
        }
        if self.answer.take_retracted() {
            self.has_text = false;
            pieces.push(Piece::Retracted);
        }
        if !text.is_empty() {
            self.has_text = true;
            pieces.push(Piece::Text(text));
        }
    }

    fn think(&mut self, pieces: &mut Vec<Piece>) {
        if !std::mem::replace(&mut self.is_thinking, true) {
            pieces.push(Piece::Thinking);
        }
    }

    fn fail(&mut self, error: ApiError) -> Vec<Piece> {
        self.failed = true;
        vec![Piece::Failed(error)]
    }

    fn fail_as_too_large(&mut self) -> Vec<Piece> {
        self.fail(self.with_request_id(ApiError {
            status: self.status,
            message: Some("The answer holds a piece that is too large to read.".to_owned()),
            ..ApiError::default()
        }))
    }

    fn fail_with_body(&mut self) -> Vec<Piece> {
        self.fail(reader::read(self.status, self.headers(), &self.bytes))
    }

    fn headers(&self) -> impl Iterator<Item = (&str, &str)> {
        self.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The error with what the reply's headers say of the request.
    fn with_request_id(&self, error: ApiError) -> ApiError {
        let said = reader::read(self.status, self.headers(), b"");
        ApiError {
            request_id: error.request_id.or(said.request_id),
            content_type: error.content_type.or(said.content_type),
            ..error
        }
    }
}

/// Where models put their thoughts beside the answer: DeepSeek's and vLLM's name, OpenRouter's, and the list in which
/// OpenRouter and MiniMax have them too. They are the same thoughts where there is more than one.
const THOUGHTS: [&str; 3] = ["reasoning_content", "reasoning", "reasoning_details"];

/// The most bytes of thoughts that are kept for a model that wants them back. Of more nothing is: a part is not what it thought.
pub const MAX_REASONING_BYTES: usize = 64 * 1024;

/// An error that stands in a field of its own beside the choices, such as Groq's `x_groq`.
fn error_in(value: &Value) -> Option<Value> {
    let mut own = value.as_object()?.iter().filter(|(name, _)| name.starts_with("x_"));
    let error = own.find_map(|(_, value)| value.get("error").filter(|error| !error.is_null()))?;
    Some(json!({ "error": error }))
}

/// Text as a string, or as a list of parts (Mistral's `[{"type": "text", "text": "…"}]`, OpenRouter's `summary`).
fn words(content: &Value) -> Option<String> {
    let of_part = |part: &Value| Some(part.get("text").or_else(|| part.get("summary"))?.as_str()?.to_owned());
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(of_part).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
