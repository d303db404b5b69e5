//! Explains a reply, or a message that somebody pasted: what failed, why, and what to do.
//!
//! A reply is judged as the proxy judges it, so that what is explained in a terminal is what a chat would have said.

use serde::Serialize;
use serde_json::Value;

use candor_protocol::api_error::ApiError;
use candor_protocol::cause::Link;

use crate::advice::{Advice, advise};
use crate::catalogue::{Entry, entries};
use crate::completions::{CompletionReader, End, Piece};
use crate::reader;
use crate::recognise::recognise;

/// What a reply or a message means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Explanation {
    /// What was said. Redacted.
    pub error: ApiError,
    /// What is behind it; `None` where nothing failed.
    pub entry: Option<&'static Entry>,
}

/// An explanation as a line of JSON. Every key is always there.
#[derive(Debug, Serialize)]
pub struct Line<'a> {
    /// The HTTP status; 0 where none is known.
    pub status: u16,
    /// The error's type.
    #[serde(rename = "type")]
    pub error_type: Option<&'a str>,
    /// The error's code.
    pub code: Option<&'a str>,
    /// The parameter that is at fault.
    pub param: Option<&'a str>,
    /// The words, or the first text of what is no JSON.
    pub message: Option<&'a str>,
    /// The provider's name for the request.
    pub request_id: Option<&'a str>,
    /// Seconds to wait.
    pub retry_after: Option<u64>,
    /// The cause's id in the catalogue.
    pub cause: Option<&'static str>,
    /// The link that broke.
    pub link: Option<Link>,
    /// What to do, in order.
    pub steps: Vec<String>,
}

impl Explanation {
    /// What to do about it. `None` where nothing failed.
    pub fn advice(&self) -> Option<Advice> {
        self.entry.map(|entry| advise(entry, Some(&self.error)))
    }

    /// The explanation as one line of JSON holds it.
    pub fn line(&self) -> Line<'_> {
        let error = &self.error;
        Line {
            status: error.status,
            error_type: error.error_type.as_deref(),
            code: error.code.as_deref(),
            param: error.param.as_deref(),
            message: error.message.as_deref().or(error.text.as_deref()),
            request_id: error.request_id.as_deref(),
            retry_after: error.retry_after,
            cause: self.entry.map(Entry::id),
            link: self.entry.map(|entry| entry.cause.link),
            steps: self.advice().map(|advice| advice.steps).unwrap_or_default(),
        }
    }

    fn of(error: ApiError) -> Self {
        Self { entry: Some(recognise(&error)), error }
    }
}

/// Explains a whole reply to a chat. A success is judged too: it may hold an error, break off, or say nothing.
pub fn reply<'a>(
    status: u16,
    headers: impl IntoIterator<Item = (&'a str, &'a str)> + Clone,
    body: &[u8],
) -> Explanation {
    let read = || reader::read(status, headers.clone(), body);
    if !(200..300).contains(&status) {
        return Explanation::of(read());
    }
    let mut answer = CompletionReader::new(status, headers.clone());
    let mut pieces = answer.push(body);
    pieces.extend(answer.close());
    if let Some(error) = pieces.iter().find_map(|piece| match piece {
        Piece::Failed(error) => Some(error.clone()),
        Piece::Text(_) | Piece::Thinking | Piece::Reasoning(_) | Piece::Retracted => None,
    }) {
        return Explanation::of(error);
    }
    let entry = match answer.end() {
        End::Complete => None,
        End::Truncated => {
            return Explanation { error: answer.limit(read()), entry: Some(&entries::token_limit) };
        }
        End::Cut => Some(&entries::stream_cut),
        // What never became an answer may be a page or words of somebody else.
        End::Empty => {
            let error = read();
            let is_silent = error.message.is_none() && error.text.is_none() && error.code.is_none();
            let entry = if is_silent { &entries::empty_reply } else { recognise(&error) };
            return Explanation { error, entry: Some(entry) };
        }
    };
    Explanation { error: read(), entry }
}

/// Explains everything in a text: each line of JSON that is a reply (`{"status", "headers", "body"}`), and what stands
/// between them as messages that somebody pasted.
pub fn text(text: &str) -> Vec<Explanation> {
    let mut found = Vec::new();
    let mut pasted = String::new();
    for line in text.lines() {
        let reply = line.trim_start().starts_with('{').then(|| serde_json::from_str(line).ok()).flatten();
        let explained = reply.as_ref().and_then(from_json);
        // Of several messages in a row each begins with the forums' own words.
        if explained.is_some() || (line.contains(FORUM_TYPE) && pasted.contains(FORUM_TYPE)) {
            found.extend(message(&std::mem::take(&mut pasted)));
        }
        match explained {
            Some(explanation) => found.push(explanation),
            None => pasted.extend([line, "\n"]),
        }
    }
    found.extend(message(&pasted));
    found
}

/// A reply as a line of JSON has it. `None` where the object is something else.
fn from_json(reply: &Value) -> Option<Explanation> {
    let status = ["status", "http_status"].iter().find_map(|name| reply.get(*name)?.as_u64());
    let body = match reply.get("body")? {
        Value::String(body) => body.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    };
    let mut headers: Vec<(String, String)> = Vec::new();
    let words = |value: &Value| value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    match reply.get("headers") {
        Some(Value::Object(object)) => {
            headers.extend(object.iter().map(|(name, value)| (name.clone(), words(value))));
        }
        Some(Value::Array(pairs)) => {
            headers.extend(pairs.iter().filter_map(|pair| Some((words(pair.get(0)?), words(pair.get(1)?)))));
        }
        _ => {}
    }
    if let Some(kind) = reply.get("content_type").and_then(Value::as_str) {
        headers.push(("content-type".to_owned(), kind.to_owned()));
    }
    let status = u16::try_from(status.unwrap_or_default()).unwrap_or_default();
    Some(self::reply(status, borrowed(&headers), body.as_bytes()))
}

fn borrowed(headers: &[(String, String)]) -> impl Iterator<Item = (&str, &str)> + Clone {
    headers.iter().map(|(name, value)| (name.as_str(), value.as_str()))
}

const FORUM_TYPE: &str = "API Error Type:";

/// Explains a message as forums quote it: `API Error Type: … Message: …`, a client's exception with the reply's JSON in
/// it, what `curl -i` printed, or bare words. `None` where there is nothing to read.
pub fn message(pasted: &str) -> Option<Explanation> {
    let lines = pasted.lines().map(|line| line.trim_start_matches(['>', ' ', '\t']));
    let text = lines.collect::<Vec<_>>().join("\n");
    let text = text.trim().trim_matches(['"', '“', '”', '`']).trim();
    if text.is_empty() {
        return None;
    }
    if let Some(explanation) = forum(text).or_else(|| printed(text)) {
        return Some(explanation);
    }
    let start = text.find(['{', '[']).unwrap_or(text.len());
    let (before, rest) = text.split_at(start);
    let status = status_in(before).or_else(|| status_in(rest)).unwrap_or_default();
    let whole = reader::read(status, [], text.as_bytes());
    let inner = reader::read(status, [], rest.as_bytes());
    // The JSON in an exception's words says more than the words around it; where it is none, the words are all.
    let is_read = inner.message.is_some() && (inner.error_type.is_some() || inner.code.is_some());
    Some(Explanation::of(if is_read { inner } else { whole }))
}

/// `API Error Type: … Message: …`, and the facts that Candor's own Diagnostics shows behind it.
fn forum(text: &str) -> Option<Explanation> {
    let (_, rest) = text.split_once(FORUM_TYPE)?;
    let (kind, words) = rest.split_once("Message:").unwrap_or((rest, ""));
    let fact = |name: &str| {
        let found = words.lines().skip(1).find_map(|line| line.trim().strip_prefix(name));
        found.map(|value| value.trim_start_matches([':', ' ', '\t']).trim().to_owned())
    };
    let is_fact = |line: &&str| {
        ["Status", "Code", "Parameter", "Request", "Retry after", "Content", "Reference", "Time"]
            .iter()
            .any(|name| line.trim().strip_prefix(name).is_some_and(|rest| rest.starts_with([':', ' ', '\t'])))
    };
    let words: Vec<_> =
        words.lines().take(1).chain(words.lines().skip(1).take_while(|line| !is_fact(line))).collect();
    let some = |text: &str| {
        Some(text.trim().to_owned())
            .filter(|text| !["", "none given", "null", "none"].contains(&text.as_str()))
    };
    let error = serde_json::json!({
        "type": some(kind),
        "message": some(&words.join("\n")),
        "code": fact("Code"),
        "param": fact("Parameter"),
        "request_id": fact("Request"),
    });
    let status = fact("Status").and_then(|status| status.parse().ok()).unwrap_or_default();
    let body = serde_json::json!({ "error": error }).to_string();
    Some(Explanation::of(reader::read(status, [], body.as_bytes())))
}

/// What `curl -i` printed: a status line, headers, a blank line, and the body.
fn printed(text: &str) -> Option<Explanation> {
    let at = text.find("HTTP/").filter(|at| *at == 0 || text[..*at].ends_with('\n'))?;
    let (head, body) = text[at..].split_once("\n\n").unwrap_or((&text[at..], ""));
    let mut lines = head.lines();
    let status = lines.next()?.split_whitespace().nth(1)?.parse().ok()?;
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(':'))
        .map(|(name, value)| (name.trim().to_owned(), value.trim().to_owned()))
        .collect();
    Some(reply(status, borrowed(&headers), body.as_bytes()))
}

/// The HTTP status that a sentence names: "Error code: 429", "HTTP 502", "status 403", "429 Too Many Requests".
fn status_in(text: &str) -> Option<u16> {
    let lower = text.to_ascii_lowercase();
    let is_status = |number: &u16| (400..600).contains(number);
    let words: Vec<&str> =
        lower.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let announced = words.windows(2).find_map(|pair| {
        ["code", "status", "http", "error", "status_code", "statuscode"]
            .contains(&pair[0])
            .then(|| pair[1].parse().ok())?
    });
    announced.filter(is_status).or_else(|| words.first().and_then(|word| word.parse().ok()).filter(is_status))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    // https://wordpress.org/support/topic/missing-permissions/
    const MISSING_SCOPE: &str = "API Error Type: invalid_request_error Message: You have insufficient permissions for this \
        operation. Missing scopes: model.request. Check that you have the correct role in your organization (Reader, Writer, \
        Owner) and project (Member, Owner), and if you're using a restricted API key, that it has the necessary scopes.";

    fn only(pasted: &str) -> Explanation {
        let mut all = text(pasted);
        assert_eq!(all.len(), 1, "{all:?}");
        all.remove(0)
    }

    fn cause(explanation: &Explanation) -> &'static str {
        explanation.entry.map_or("none", Entry::id)
    }

    #[test]
    fn the_message_that_candor_was_born_from_is_explained() {
        for pasted in [MISSING_SCOPE.to_owned(), format!("> {MISSING_SCOPE}\n"), format!("“{MISSING_SCOPE}”")]
        {
            let explanation = only(&pasted);
            assert_eq!(cause(&explanation), "missing_scope");
            assert_eq!(explanation.error.error_type.as_deref(), Some("invalid_request_error"));
            assert!(explanation.line().steps[1].contains("model.request"), "{:?}", explanation.line());
        }
    }

    #[test]
    fn what_diagnostics_shows_is_read_back() {
        let pasted = "API Error Type: requests Message: Rate limit reached. Please try again in 20s.\n\nStatus: 429\n\
            Code: rate_limit_exceeded\nRequest: req_0123456789\n";
        let error = only(pasted).error;
        assert_eq!((error.status, error.code.as_deref()), (429, Some("rate_limit_exceeded")));
        assert_eq!(error.message.as_deref(), Some("Rate limit reached. Please try again in 20s."));
        assert_eq!((error.request_id.as_deref(), error.retry_after), (Some("req_0123456789"), Some(20)));
    }

    #[test]
    fn several_messages_are_told_apart() {
        let both =
            format!("{MISSING_SCOPE}\n\nAPI Error Type: tokens Message: Rate limit reached for gpt-4o\n");
        let causes: Vec<_> = text(&both).iter().map(cause).collect();
        assert_eq!(causes, ["missing_scope", "rate_limit"]);
    }

    #[test]
    fn an_exception_of_a_client_is_read() {
        // The form of openai-python's APIStatusError: src/openai/_client.py, `_make_status_error_from_response`.
        let pasted = "openai.RateLimitError: Error code: 429 - {'error': {'message': 'You exceeded your current quota, please \
            check your plan and billing details.', 'type': 'insufficient_quota', 'param': None, 'code': 'insufficient_quota'}}";
        let explanation = only(pasted);
        assert_eq!(cause(&explanation), "quota_exhausted");
        assert_eq!(
            (explanation.error.status, explanation.error.code.as_deref()),
            (429, Some("insufficient_quota"))
        );
    }

    #[test]
    fn what_curl_printed_is_read() {
        let pasted = "HTTP/2 429\ncontent-type: application/json\nretry-after: 7\nx-request-id: req_0123456789\n\n\
            {\"error\":{\"message\":\"Slow down\",\"type\":\"requests\",\"code\":\"rate_limit_exceeded\"}}";
        let explanation = only(pasted);
        assert_eq!(cause(&explanation), "rate_limit");
        assert_eq!((explanation.error.status, explanation.error.retry_after), (429, Some(7)));
        assert_eq!(explanation.error.request_id.as_deref(), Some("req_0123456789"));
    }

    #[test]
    fn lines_of_replies_are_read_one_by_one() {
        let lines = concat!(
            r#"{"status": 401, "headers": {"x-request-id": "req_1"}, "body": "{\"error\":{\"message\":\"Incorrect API key provided\"}}"}"#,
            "\n",
            r#"{"status": 502, "headers": [["content-type", "text/html"]], "body": "<html><title>502 Bad Gateway</title></html>"}"#,
            "\n",
            r#"{"status": 404, "headers": {}, "body": {"code": "rest_no_route", "message": "No route"}}"#,
        );
        let causes: Vec<_> = text(lines).iter().map(cause).collect();
        assert_eq!(causes, ["invalid_key", "upstream_unavailable", "wp_no_route"]);
    }

    #[test]
    fn a_success_is_judged_too() {
        let stream = |body: &str| reply(200, [("content-type", "text/event-stream")], body.as_bytes());
        let word = "data: {\"choices\":[{\"delta\":{\"content\":\"Hi\"}}]}\n\n";
        let end = |reason: &str| {
            format!("data: {{\"choices\":[{{\"delta\":{{}},\"finish_reason\":\"{reason}\"}}]}}\n\n")
        };
        assert_eq!(stream(&format!("{word}{}", end("stop"))).entry, None);
        assert_eq!(cause(&stream(word)), "stream_cut");
        assert_eq!(cause(&stream(&end("stop"))), "empty_reply");
        assert_eq!(cause(&stream(&format!("{word}{}", end("length")))), "token_limit");
        assert_eq!(cause(&reply(200, [], b"")), "empty_reply");
    }

    #[test]
    fn nothing_is_nothing() {
        assert_eq!(text(""), []);
        assert_eq!(text("\n \n> \n"), []);
    }

    proptest! {
        #[test]
        fn any_text_is_survived(pasted in "(API Error Type:|Message:|HTTP/|\\{|\\}|\"|status|body|:|,|[0-9]{3}|\\PC{0,9}|\n){0,30}") {
            for explanation in text(&pasted) {
                let _ = serde_json::to_string(&explanation.line());
            }
        }
    }
}
