//! The decoder of server-sent events, and the reader of answers above it.

use bolero::check;
use candor_diagnosis::completions::{CompletionReader, End, Piece, Usage};
use candor_protocol::api_error::ApiError;
use candor_protocol::sse::Decoder;
use serde_json::Value;

use super::lines;
use crate::input::Input;

const WORDS: &[&str] = &[
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "data: ",
    "data:",
    "event: ",
    "id: ",
    ":",
    "retry: 1",
    "\u{feff}",
    "[DONE]",
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\\u0000",
    "\\ud83d",
    "null",
    "\"choices\":",
    "\"delta\":{\"content\":\"x\"}",
    "\"finish_reason\":\"stop\"",
    "\"error\":{\"message\":\"x\"}",
    "<think>",
    "</think>",
    "1e999",
    "\0",
    "é",
    "🙂",
];

/// However a stream is cut, its events are the same, and so is what is read of an answer in it, with one failure at most.
pub fn run(inputs: usize) {
    let trials = lines("tests/streams").into_iter().map(|trial| {
        let parts = trial["parts"].as_array().cloned().unwrap_or_default();
        parts.iter().filter_map(|part| part["text"].as_str()).collect::<String>().into_bytes()
    });
    let kept = lines("tests/replies").into_iter().filter(|reply| reply["stream"] == Value::Bool(true));
    let bodies = kept.filter_map(|reply| Some(reply["body"].as_str()?.as_bytes().to_vec()));
    let samples: Vec<Vec<u8>> = trials.chain(bodies).chain([Vec::new()]).collect();
    check!().with_type::<Input>().with_iterations(inputs).for_each(|input| {
        let bytes = input.bytes(&samples, WORDS);
        let pieces = input.pieces(&bytes);
        assert_eq!(decode(&pieces), decode(&[&bytes]));
        assert_eq!(read(&pieces), read(&[&bytes]));
    });
}

/// The events, until one is too large.
fn decode(pieces: &[&[u8]]) -> Vec<(Option<String>, String, String)> {
    let mut decoder = Decoder::default();
    let events = pieces.iter().map_while(|piece| decoder.push(piece).ok()).flatten();
    events.map(|event| (event.id, event.name, event.data)).collect()
}

/// What has come of an answer.
#[derive(Debug, PartialEq)]
struct Outcome {
    text: String,
    reasoning: String,
    has_thought: bool,
    failure: Option<ApiError>,
    end: End,
    usage: Option<Usage>,
}

/// Reads an answer to its end.
fn read(pieces: &[&[u8]]) -> Outcome {
    let mut reader = CompletionReader::new(200, [("content-type", "text/event-stream")]);
    let mut found: Vec<Piece> = pieces.iter().flat_map(|piece| reader.push(piece)).collect();
    found.extend(reader.close());
    let (mut text, mut reasoning) = (String::new(), String::new());
    let (mut has_thought, mut failure) = (false, None);
    for piece in found {
        match piece {
            Piece::Text(piece) => text += &piece,
            Piece::Retracted => text.clear(),
            Piece::Thinking => has_thought = true,
            Piece::Reasoning(thought) => reasoning += &thought,
            Piece::Failed(error) => assert!(failure.replace(error).is_none(), "a failure is told once"),
        }
    }
    Outcome { text, reasoning, has_thought, failure, end: reader.end(), usage: reader.usage() }
}
