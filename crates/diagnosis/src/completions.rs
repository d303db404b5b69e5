//! Chat completions as OpenAI's API and its kin speak them: the request, and the reader of a streamed answer.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use candor_protocol::api_error::ApiError;
use candor_protocol::sse::Decoder;

use crate::finish_reason::{self, Meaning};
use crate::reader;

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
}

/// One turn of the conversation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ChatMessage {
    /// `system`, `user` or `assistant`.
    pub role: String,
    /// What was said.
    pub content: String,
}

/// What a reader finds in the answer's bytes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Text to add to the answer.
    Text(String),
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
    /// It was ended at a limit of tokens, in the middle of a sentence as likely as not.
    Truncated,
}

/// Reads a streamed answer, as its bytes arrive.
///
/// A status of 200 promises nothing: the body can be an error, a web page, lines of JSON in place of events, or an answer
/// in one piece, and a stream can carry an error or end without an end.
#[derive(Debug)]
pub struct CompletionReader {
    status: u16,
    headers: Vec<(String, String)>,
    shape: Shape,
    /// What has come and is not read yet.
    bytes: Vec<u8>,
    decoder: Decoder,
    /// Whether anything came that is a piece of an answer.
    begun: bool,
    has_text: bool,
    finished: bool,
    truncated: bool,
    failed: bool,
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
            decoder: Decoder::default(),
            begun: false,
            has_text: false,
            finished: false,
            truncated: false,
            failed: false,
        }
    }

    /// Takes the next bytes and returns what they complete. After a failure nothing more comes.
    pub fn push(&mut self, bytes: &[u8]) -> Vec<Piece> {
        if self.failed {
            return Vec::new();
        }
        match self.shape {
            Shape::Events => self.events(bytes),
            Shape::Json => self.json(bytes),
            Shape::Page => self.page(bytes),
            Shape::Unknown => {
                self.bytes.extend_from_slice(bytes);
                let is_visible = |byte: &&u8| !byte.is_ascii_whitespace() && !b"\xef\xbb\xbf".contains(byte);
                let Some(first) = self.bytes.iter().find(is_visible).copied() else { return Vec::new() };
                let bytes = std::mem::take(&mut self.bytes);
                match first {
                    b'{' | b'[' => {
                        self.shape = Shape::Json;
                        self.json(&bytes)
                    }
                    b'<' => {
                        self.shape = Shape::Page;
                        self.page(&bytes)
                    }
                    _ => {
                        self.shape = Shape::Events;
                        self.events(&bytes)
                    }
                }
            }
        }
    }

    /// What the end of the bytes completes: an event without its blank line, a page without its end.
    pub fn close(&mut self) -> Vec<Piece> {
        match self.shape {
            _ if self.failed => Vec::new(),
            Shape::Events => self.events(b"\n\n"),
            Shape::Page => self.fail_with_body(),
            Shape::Json | Shape::Unknown => Vec::new(),
        }
    }

    /// How the answer ended, once no more bytes come. A failure that [`Self::push`] has given is not told again.
    pub fn end(&mut self) -> End {
        match (self.finished, self.has_text) {
            (true, true) if self.truncated => End::Truncated,
            (true, true) => End::Complete,
            (true, false) => End::Empty,
            (false, _) if self.begun => End::Cut,
            (false, _) => End::Empty,
        }
    }

    fn events(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let Ok(events) = self.decoder.push(bytes) else { return self.fail_as_too_large() };
        let mut pieces = Vec::new();
        for event in events {
            self.begun = true;
            if event.data.trim() == "[DONE]" {
                self.finished = true;
                continue;
            }
            let value = serde_json::from_str::<Value>(&event.data);
            if event.name == "error" {
                let error = value.ok().and_then(|value| reader::read_value(self.status, &value));
                let error = error.unwrap_or_else(|| reader::read(self.status, [], event.data.as_bytes()));
                pieces.extend(self.fail(self.with_request_id(error)));
                return pieces;
            }
            // Where the blank line between events is missing, their data come as lines of one. A line that is no JSON is
            // passed over; where it was the last, the end is missed and told.
            let values = match value {
                Ok(value) => vec![value],
                Err(_) => event.data.lines().filter_map(|line| serde_json::from_str(line).ok()).collect(),
            };
            for value in values {
                match reader::read_value(self.status, &value) {
                    Some(error) => pieces.extend(self.fail(self.with_request_id(error))),
                    None => pieces.extend(self.chunk(&value)),
                }
                if self.failed {
                    return pieces;
                }
            }
        }
        pieces
    }

    /// Reads JSON as soon as a value of it is whole: a completion in one piece, an error, or a line among others.
    fn json(&mut self, bytes: &[u8]) -> Vec<Piece> {
        if self.bytes.len() + bytes.len() > WHOLE_BYTES {
            return self.fail_as_too_large();
        }
        self.bytes.extend_from_slice(bytes);
        self.begun = true;
        let mut pieces = Vec::new();
        // Only these can end a value; until they come, looking again is in vain.
        while self.bytes.iter().rev().any(|byte| b"}]".contains(byte)) {
            // A byte order mark is no JSON.
            let start = self.bytes.iter().position(|byte| b"{[".contains(byte)).unwrap_or_default();
            let mut values = serde_json::Deserializer::from_slice(&self.bytes[start..]).into_iter::<Value>();
            let Some(Ok(value)) = values.next() else { break };
            let end = start + values.byte_offset();
            let is_piece = ["choices", "done", "response"].iter().any(|name| value.get(*name).is_some());
            if reader::read_value(self.status, &value).is_some() || !is_piece {
                self.bytes.truncate(end);
                pieces.extend(self.fail_with_body());
                return pieces;
            }
            self.bytes.drain(..end);
            pieces.extend(self.chunk(&value));
            if self.failed {
                break;
            }
        }
        pieces
    }

    /// Collects a page until it has said what it is.
    fn page(&mut self, bytes: &[u8]) -> Vec<Piece> {
        let room = PAGE_BYTES.saturating_sub(self.bytes.len());
        self.bytes.extend_from_slice(&bytes[..bytes.len().min(room)]);
        let start = self.bytes.to_ascii_lowercase();
        let has = |tag: &str| start.windows(tag.len()).any(|window| window == tag.as_bytes());
        let is_told = ["</title", "</h1", "</body", "</html", "</error"].iter().any(|tag| has(tag));
        if is_told || self.bytes.len() == PAGE_BYTES { self.fail_with_body() } else { Vec::new() }
    }

    /// Reads one chunk, or a whole completion: the text and the finish of its first choice.
    fn chunk(&mut self, chunk: &Value) -> Vec<Piece> {
        let Some(choice) = chunk.get("choices").and_then(|choices| choices.get(0)) else { return Vec::new() };
        // A whole message, in place of what is added to one, is an answer in one piece.
        let whole = choice.get("message").filter(|message| message.is_object());
        self.finished |= whole.is_some();
        let message = choice.get("delta").filter(|delta| delta.is_object()).or(whole);
        let said = ["content", "refusal"].iter().filter_map(|name| words(message?.get(*name)?));
        let text: String = said.collect();
        let mut pieces = Vec::new();
        if !text.is_empty() {
            self.has_text = true;
            pieces.push(Piece::Text(text));
        }
        let Some(reason) =
            choice.get("finish_reason").and_then(Value::as_str).filter(|reason| !reason.is_empty())
        else {
            return pieces;
        };
        self.finished = true;
        let known = finish_reason::find(reason);
        match known.map_or(Meaning::Done, |known| known.meaning) {
            Meaning::Done | Meaning::ToolCall => {}
            Meaning::Length => self.truncated = true,
            // What came before the filter is an answer.
            Meaning::Filter if self.has_text => {}
            Meaning::Filter | Meaning::Failure => {
                let error = reader::read_value(self.status, choice).unwrap_or_else(|| ApiError {
                    status: self.status,
                    code: Some(reason.to_owned()),
                    message: known.and_then(|known| known.message).map(str::to_owned),
                    ..ApiError::default()
                });
                pieces.extend(self.fail(self.with_request_id(error)));
            }
        }
        pieces
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

/// Text as a string, or as a list of parts (Mistral's `[{"type": "text", "text": "…"}]`).
fn words(content: &Value) -> Option<String> {
    match content {
        Value::String(text) => Some(text.clone()),
        Value::Array(parts) => Some(parts.iter().filter_map(|part| part.get("text")?.as_str()).collect()),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
