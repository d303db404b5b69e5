//! Whatever a provider streams, it is read whole or told as broken, however its bytes are cut.

#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::sync::LazyLock;

use candor_diagnosis::completions::{CompletionReader, End, Piece};
use candor_diagnosis::recognise::recognise;
use proptest::prelude::*;
use serde_json::Value;

/// The text, the reply's status, and by what a failure is known: its cause, and the code that was sent.
type Outcome = (String, &'static str, Vec<String>);

/// What comes of bytes in pieces.
fn read<'a>(status: u16, pieces: impl Iterator<Item = &'a [u8]>) -> Outcome {
    let mut reader = CompletionReader::new(status, [("content-type", "text/event-stream")]);
    let mut found: Vec<Piece> = Vec::new();
    for piece in pieces {
        found.extend(reader.push(piece));
    }
    found.extend(reader.close());
    let (mut text, mut failure) = (String::new(), None);
    for piece in found {
        match piece {
            Piece::Text(piece) => text += &piece,
            Piece::Retracted => text.clear(),
            Piece::Thinking | Piece::Reasoning(_) => {}
            Piece::Failed(error) => failure = Some((recognise(&error).cause.id, error.code)),
        }
    }
    let told = |cause: &str| vec![cause.to_owned()];
    match (failure, reader.end()) {
        (Some((cause, code)), _) => (text, "failed", told(cause).into_iter().chain(code).collect()),
        (None, End::Complete) => (text, "complete", Vec::new()),
        (None, End::Truncated) => (text, "failed", told("token_limit")),
        (None, End::Cut) => (text, "failed", told("stream_cut")),
        (None, End::Empty) => (text, "failed", told("empty_reply")),
    }
}

/// The trials that come as they are; what is compressed is unpacked before it is read.
fn trials() -> Vec<(Value, Vec<u8>)> {
    let file = include_str!("../../../tests/streams/trials.jsonl");
    let trials = file.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    let plain = trials.filter(|trial| trial["headers"]["Content-Encoding"].is_null());
    plain
        .map(|trial| {
            let parts = trial["parts"].as_array().unwrap().iter();
            let bytes = parts.flat_map(|part| part["text"].as_str().unwrap().bytes()).collect();
            (trial, bytes)
        })
        .collect()
}

/// The streams among the kept replies: status, and bytes.
fn kept_streams() -> Vec<(String, Vec<u8>)> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/replies");
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = files.filter(|file| file.extension().is_some_and(|ending| ending == "jsonl"));
    let texts: Vec<_> = texts.map(|file| fs::read_to_string(file).unwrap()).collect();
    let replies =
        texts.iter().flat_map(|text| text.lines()).map(|line| serde_json::from_str::<Value>(line).unwrap());
    let streams = replies.filter(|reply| reply["http_status"] == 200 && reply["stream"] == true);
    let of_reply =
        |reply: Value| (reply["id"].to_string(), reply["body"].as_str().unwrap().as_bytes().to_vec());
    streams.map(of_reply).collect()
}

/// What is read once for all cuts: the trials, and the kept streams with what comes of them in one piece.
static TRIALS: LazyLock<Vec<(Value, Vec<u8>)>> = LazyLock::new(trials);
static KEPT_STREAMS: LazyLock<Vec<(String, Vec<u8>, Outcome)>> = LazyLock::new(|| {
    let with_outcome = |(id, bytes): (String, Vec<u8>)| {
        let whole = read(200, std::iter::once(bytes.as_slice()));
        (id, bytes, whole)
    };
    kept_streams().into_iter().map(with_outcome).collect()
});

/// Pieces of these bytes, cut at these places as far as they have them.
fn cut<'a>(bytes: &'a [u8], places: &[usize]) -> Vec<&'a [u8]> {
    let places = places.iter().map(|place| *place.min(&bytes.len()));
    let mut places: Vec<_> = places.chain([0, bytes.len()]).collect();
    places.sort_unstable();
    places.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect()
}

fn assert_expected(trial: &Value, (text, status, told): &Outcome) {
    let expected = &trial["expected"];
    assert_eq!(
        (text.as_str(), *status),
        (expected["content"].as_str().unwrap(), expected["status"].as_str().unwrap()),
        "{}",
        trial["name"]
    );
    if let Some(causes) = expected["causes"].as_array() {
        assert!(
            causes.iter().any(|cause| told.iter().any(|one| cause == one)),
            "{}: {told:?}",
            trial["name"]
        );
    }
}

#[test]
fn each_trial_is_whole_or_told() {
    for (trial, bytes) in trials() {
        for size in [1, 2, 7, 64, bytes.len()] {
            assert_expected(&trial, &read(200, bytes.chunks(size)));
        }
    }
}

proptest! {
    // Each case cuts every stream.
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_cut_reads_alike(cuts in prop::collection::vec(0_usize..1500, 0..8)) {
        for (trial, bytes) in TRIALS.iter() {
            assert_expected(trial, &read(200, cut(bytes, &cuts).into_iter()));
        }
        for (id, bytes, whole) in KEPT_STREAMS.iter() {
            prop_assert_eq!(&read(200, cut(bytes, &cuts).into_iter()), whole, "{}", id);
        }
    }

}

proptest! {
    #[test]
    fn any_end_reason_gives_told_or_whole(reason in "[a-zA-Z_]{1,20}", words in "[a-z ]{0,20}") {
        let chunk = |delta: Value, reason: Option<&str>| {
            format!("data: {}\n\n", serde_json::json!({"choices": [{"index": 0, "delta": delta, "finish_reason": reason}]}))
        };
        let content = serde_json::json!({"content": words});
        let body = chunk(content, None) + &chunk(serde_json::json!({}), Some(&reason)) + "data: [DONE]\n\n";
        let (text, status, told) = read(200, std::iter::once(body.as_bytes()));
        prop_assert_eq!(text.as_str(), words.trim_ascii_start());
        prop_assert!(status == "complete" || !told.is_empty());
    }
}
