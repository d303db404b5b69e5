use proptest::prelude::*;

use super::*;

/// Reads the body in one piece: the text, the failure, the end.
fn read(body: &str) -> (String, Option<ApiError>, End) {
    read_in(&[body.as_bytes()], "text/event-stream")
}

fn read_in(pieces: &[&[u8]], content_type: &str) -> (String, Option<ApiError>, End) {
    let mut reader = CompletionReader::new(200, [("content-type", content_type), ("x-request-id", "req_9")]);
    let (mut text, mut failed) = (String::new(), None);
    let mut found: Vec<Piece> = pieces.iter().flat_map(|piece| reader.push(piece)).collect();
    found.extend(reader.close());
    for piece in found {
        match piece {
            Piece::Text(piece) => text.push_str(&piece),
            Piece::Retracted => text.clear(),
            Piece::Thinking | Piece::Reasoning(_) => {}
            Piece::Failed(error) => {
                assert!(failed.is_none(), "a failure is told once");
                failed = Some(error);
            }
        }
    }
    (text, failed, reader.end())
}

fn chunk(content: &str) -> String {
    format!(
        "data: {}\n\n",
        serde_json::json!({"choices": [{"index": 0, "delta": {"content": content}, "finish_reason": null}]})
    )
}

fn finish(reason: &str) -> String {
    format!(
        "data: {}\n\n",
        serde_json::json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
    )
}

#[test]
fn no_two_turns_of_one_role_follow_each_other() {
    let turns =
        [("user", "One"), ("assistant", ""), ("user", "Two"), ("assistant", "Yes"), ("user", "Three")];
    let turns = turns.map(|(role, content)| ChatMessage::new(role, content));
    let messages = ChatMessage::conversation(Some("Be kind.".to_owned()), turns);
    let said: Vec<_> =
        messages.iter().map(|message| (message.role.as_str(), message.content.as_str())).collect();
    let expected = [("system", "Be kind."), ("user", "One\n\nTwo"), ("assistant", "Yes"), ("user", "Three")];
    assert_eq!(said, expected);
}

#[test]
fn an_answer_is_complete_when_it_says_so() {
    for ending in [finish("stop"), "data: [DONE]\n\n".to_owned()] {
        let (text, failed, end) = read(&format!("{}{}{ending}", chunk("Good "), chunk("day")));
        assert_eq!((text.as_str(), failed, end), ("Good day", None, End::Complete));
    }
}

#[test]
fn an_answer_that_a_limit_ended_is_not_complete() {
    for reason in ["length", "model_length"] {
        let body = format!("{}{}data: [DONE]\n\n", chunk("Good "), finish(reason));
        assert_eq!(read(&body), ("Good ".to_owned(), None, End::Truncated));
    }
    assert_eq!(read(&finish("length")).2, End::Truncated, "also before its first word");
}

#[test]
fn an_end_without_a_finish_is_a_cut() {
    assert_eq!(read(&chunk("Good")).2, End::Cut);
    assert_eq!(read(&format!("{}data: {{\"choices\":[{{\"del", chunk("Good"))).2, End::Cut);
    assert_eq!(read("data: {\"choi\n\n").2, End::Cut);
}

#[test]
fn an_end_before_anything_is_empty() {
    for body in ["", "\n", ": OPENROUTER PROCESSING\n\n"] {
        assert_eq!(read(body).2, End::Empty, "{body:?}");
    }
}

#[test]
fn a_finish_without_a_word_is_empty() {
    assert_eq!(read(&finish("stop")).2, End::Empty);
    assert_eq!(read("data: {\"choices\":[]}\n\ndata: [DONE]\n\n").2, End::Empty);
}

#[test]
fn an_error_in_the_stream_is_no_success() {
    // https://openrouter.ai/docs/api-reference/streaming: an error beside the choices.
    let beside = "data: {\"error\":{\"code\":\"server_error\",\"message\":\"Provider disconnected\"},\"choices\":[{\"delta\":{\"content\":\"\"},\"finish_reason\":\"error\"}]}\n\n";
    // https://docs.claude.com/en/docs/build-with-claude/streaming: an event of that name.
    let event = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    for (body, message) in [(beside, "Provider disconnected"), (event, "Overloaded")] {
        let (text, failed, _) = read(&format!("{}{body}{}", chunk("Good"), chunk(" day")));
        let failed = failed.unwrap();
        assert_eq!((text.as_str(), failed.message.as_deref()), ("Good", Some(message)));
        assert_eq!(failed.request_id.as_deref(), Some("req_9"));
    }
}

#[test]
fn a_body_that_is_no_stream_is_read_all_the_same() {
    let (text, failed, end) = read_in(
        &[br#"{"choices":[{"message":{"content":"Good day"},"finish_reason":"stop"}]}"#],
        "application/json",
    );
    assert_eq!((text.as_str(), failed, end), ("Good day", None, End::Complete));

    let (_, failed, _) =
        read_in(&[br#"{"error":{"message":"No.","type":"invalid_request_error"}}"#], "application/json");
    assert_eq!(failed.unwrap().error_type.as_deref(), Some("invalid_request_error"));

    let (_, failed, _) = read_in(&[b"<html><head><title>Log In</title></head>"], "text/html");
    assert!(failed.unwrap().is_html());

    // https://github.com/ollama/ollama/blob/main/docs/api.md: its own API streams lines of JSON.
    let lines =
        b"{\"model\":\"x\",\"response\":\"can\",\"done\":false}\n{\"error\":\"an error was encountered\"}\n";
    let (_, failed, _) = read_in(&[lines], "application/x-ndjson");
    assert_eq!(failed.unwrap().message.as_deref(), Some("an error was encountered"));
}

#[test]
fn lines_of_json_are_read_one_by_one() {
    let line = r#"{"model":"x","response":"can","done":false}"#;
    let error = r#"{"error":"an error was encountered"}"#;
    let body = format!("{line}\n{line}\n{error}");
    let pieces: Vec<_> = body.as_bytes().chunks(7).collect();
    let (_, failed, _) = read_in(&pieces, "application/x-ndjson");
    assert_eq!(failed.unwrap().message.as_deref(), Some("an error was encountered"));

    let chunks = "{\"choices\":[{\"delta\":{\"content\":\"Good\"}}]}\n{\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n";
    let (text, failed, end) = read_in(&[chunks.as_bytes()], "application/x-ndjson");
    assert_eq!((text.as_str(), failed, end), ("Good", None, End::Complete));
    assert_eq!(read_in(&[line.as_bytes()], "application/x-ndjson").2, End::Cut);
}

#[test]
fn a_whole_completion_needs_no_finish_reason() {
    let body =
        r#"{"object":"chat.completion","choices":[{"message":{"role":"assistant","content":"Good day"}}]}"#;
    for size in [1, 9, body.len()] {
        let pieces: Vec<_> = body.as_bytes().chunks(size).collect();
        let (text, failed, end) = read_in(&pieces, "application/json");
        assert_eq!((text.as_str(), failed, end), ("Good day", None, End::Complete));
    }
    assert_eq!(read_in(&[&body.as_bytes()[..80]], "application/json").2, End::Cut);
}

#[test]
fn a_page_is_told_however_it_is_cut() {
    let page = "\n<html><head><title>502 Bad Gateway</title></head><body>nginx</body></html>";
    for size in [1, 10, page.len()] {
        let pieces: Vec<_> = page.as_bytes().chunks(size).collect();
        let failed = read_in(&pieces, "text/html").1.unwrap();
        assert_eq!((failed.is_html(), failed.message.as_deref()), (true, Some("502 Bad Gateway")));
    }
}

#[test]
fn a_failure_that_no_name_announces_is_seen() {
    // https://fastapi.tiangolo.com/tutorial/handling-errors/: gateways that send it as a chunk, and as the whole body.
    let (_, failed, _) = read("data: {\"detail\":\"Not authenticated\"}\n\n");
    assert_eq!(failed.unwrap().message.as_deref(), Some("Not authenticated"));
    let (_, failed, _) = read_in(&[br#"{"detail":"Not authenticated"}"#], "application/json");
    assert_eq!(failed.unwrap().message.as_deref(), Some("Not authenticated"));
    let (_, failed, _) = read("event: error\ndata: upstream timed out\n\n");
    assert_eq!(failed.unwrap().message.as_deref(), Some("upstream timed out"));
}

#[test]
fn what_has_no_end_is_given_up() {
    let mut reader = CompletionReader::new(200, []);
    let endless = [b"[".as_slice(), &vec![b' '; WHOLE_BYTES]].concat();
    assert!(matches!(reader.push(&endless).as_slice(), [Piece::Failed(_)]));
    assert_eq!(reader.push(b"more"), []);
}

#[test]
fn parts_and_refusals_are_text() {
    let parts = "data: {\"choices\":[{\"delta\":{\"content\":[{\"type\":\"text\",\"text\":\"Good\"}]}}]}\n\n";
    let refusal = "data: {\"choices\":[{\"delta\":{\"content\":null,\"refusal\":\", no.\"}}]}\n\n";
    assert_eq!(read(&format!("{parts}{refusal}")).0, "Good, no.");
}

#[test]
fn a_filter_is_a_failure_whatever_came_before_it() {
    let (_, failed, _) = read(&finish("content_filter"));
    assert_eq!(failed.unwrap().code.as_deref(), Some("content_filter"));
    let (text, failed, _) = read(&format!("{}{}", chunk("Good"), finish("content_filter")));
    assert_eq!((text.as_str(), failed.unwrap().code.as_deref()), ("Good", Some("content_filter")));
}

#[test]
fn what_follows_the_end_changes_nothing_however_it_is_cut() {
    let finished = format!("{}{}", chunk("Good day"), finish("stop"));
    let large = format!("data: \"{}", "x".repeat(WHOLE_BYTES));
    for garbage in [
        "data: {\"broken\n\n",
        "data: {\"choices\": [{]\n\n",
        "event: error\ndata: late\n\n",
        "data: {\"error\":\"late\"}\n\n",
        &large,
    ] {
        for pieces in [vec![format!("{finished}{garbage}")], vec![finished.clone(), garbage.to_owned()]] {
            let pieces: Vec<_> = pieces.iter().map(String::as_bytes).collect();
            let read = read_in(&pieces, "text/event-stream");
            assert_eq!(read, ("Good day".to_owned(), None, End::Complete), "{} pieces", pieces.len());
        }
    }
    // Before its end it is a hole.
    let hole = read(&format!("{}data: {{\"broken\n\n{}", chunk("Good day"), finish("stop"))).1;
    assert_eq!(hole.unwrap().code.as_deref(), Some("unreadable_piece"));
}

#[test]
fn what_is_no_event_in_the_end_is_none_however_it_is_cut() {
    for pieces in [vec!["data: hello\n\n"], vec!["data: hello\n", "\n"], vec!["data: hello\n"]] {
        let pieces: Vec<_> = pieces.into_iter().map(str::as_bytes).collect();
        assert_eq!(read_in(&pieces, "text/event-stream").2, End::Empty, "{} pieces", pieces.len());
    }
}

#[test]
fn many_events_in_one_piece_may_be_larger_than_one_may() {
    let words = "word ".repeat(100_000);
    let body = format!("{}{}{}{}", chunk(&words), chunk(&words), chunk(&words), finish("stop"));
    let large = read(&format!("{}{}", chunk("Good"), chunk(&"x".repeat(WHOLE_BYTES))));
    assert_eq!((read(&body).0.len(), read(&body).2), (3 * words.len(), End::Complete));
    assert_eq!((large.0.as_str(), large.1.is_some()), ("Good", true), "what came before it is there");
}

proptest! {
    #[test]
    fn any_split_reads_alike(cuts in prop::collection::vec(0_usize..400, 0..6)) {
        let body = format!(": hello\n\n{}{}{}data: [DONE]\n\n", chunk("Grüße "), chunk("aus Köln"), finish("stop"));
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(body.len())).chain([0, body.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|pair| &body.as_bytes()[pair[0]..pair[1]]).collect();
        prop_assert_eq!(read_in(&pieces, "text/event-stream"), ("Grüße aus Köln".to_owned(), None, End::Complete));
    }

    #[test]
    fn no_bytes_make_it_panic(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..60), 0..8)) {
        let mut reader = CompletionReader::new(200, []);
        for piece in &pieces {
            reader.push(piece);
        }
        reader.end();
    }
}
