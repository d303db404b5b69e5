use proptest::prelude::*;

use super::*;

fn json(body: &str) -> ApiError {
    read(400, [("content-type", "application/json")], body.as_bytes())
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

#[test]
fn the_missing_scope_comes_through_word_for_word() {
    // The message of the support thread that Candor was born from.
    let message = "You have insufficient permissions for this operation. Missing scopes: model.request. Check that you have \
                   the correct role in your organization (Reader, Writer, Owner) and project (Member, Owner), and if you're \
                   using a restricted API key, that it has the necessary scopes.";
    let body = serde_json::json!({"error": {"message": message, "type": "invalid_request_error", "param": null, "code": null}});
    let error = read(403, [("X-Request-ID", "req_42")], body.to_string().as_bytes());
    assert_eq!(error.message.as_deref(), Some(message));
    assert_eq!(error.error_type.as_deref(), Some("invalid_request_error"));
    assert_eq!((error.code, error.request_id), (None, some("req_42")));
}

#[test]
fn an_error_can_be_a_string_a_list_or_the_whole_object() {
    // Ollama: https://github.com/ollama/ollama/blob/main/docs/api.md
    assert_eq!(json(r#"{"error":"model 'x' not found"}"#).message, some("model 'x' not found"));
    // Gemini's OpenAI-compatible endpoint answers with a list.
    let listed = json(r#"[{"error":{"code":404,"message":"models/x is not found","status":"NOT_FOUND"}}]"#);
    assert_eq!(
        (listed.error_type, listed.code, listed.message),
        (some("NOT_FOUND"), some("404"), some("models/x is not found"))
    );
    // Mistral and older vLLM answer flat.
    let flat =
        json(r#"{"object":"error","message":"No.","type":"BadRequestError","param":"top_p","code":400}"#);
    assert_eq!(
        (flat.error_type, flat.param, flat.code),
        (some("BadRequestError"), some("top_p"), some("400"))
    );
}

#[test]
fn an_envelope_lends_its_request_id_but_not_its_type() {
    // https://docs.claude.com/en/api/errors
    let error = json(
        r#"{"type":"error","error":{"type":"not_found_error","message":"model: x"},"request_id":"req_011"}"#,
    );
    assert_eq!((error.error_type, error.request_id), (some("not_found_error"), some("req_011")));
}

#[test]
fn the_inner_error_is_the_real_one() {
    // https://openrouter.ai/docs/api-reference/errors
    let raw = r#"{\"error\":{\"message\":\"Overloaded\",\"type\":\"overloaded_error\"}}"#;
    let body = format!(
        r#"{{"error":{{"message":"Provider returned error","code":502,"metadata":{{"raw":"{raw}","provider_name":"Anthropic"}}}}}}"#
    );
    let error = json(&body);
    assert_eq!(
        (error.message, error.error_type, error.code),
        (some("Overloaded"), some("overloaded_error"), None)
    );
}

#[test]
fn details_of_fastapi_are_read() {
    assert_eq!(json(r#"{"detail":"Not authenticated"}"#).message, some("Not authenticated"));
    // https://fastapi.tiangolo.com/tutorial/handling-errors/
    let listed = json(
        r#"{"detail":[{"loc":["body","messages",0,"role"],"msg":"field required","type":"value_error.missing"}]}"#,
    );
    assert_eq!((listed.message, listed.param), (some("field required"), some("messages.0.role")));
    assert_eq!(listed.error_type, some("value_error.missing"));
}

#[test]
fn problem_details_are_read() {
    // RFC 9457, section 3
    let error = json(
        r#"{"type":"https://example.com/probs/out-of-credit","title":"You do not have enough credit.","detail":"Your current balance is 30.","status":403}"#,
    );
    assert_eq!(error.message, some("Your current balance is 30."));
    assert_eq!(error.error_type, some("https://example.com/probs/out-of-credit"));
}

#[test]
fn an_oauth_error_names_its_code() {
    // RFC 6749, section 5.2
    let error = json(r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#);
    assert_eq!((error.code, error.message), (some("invalid_client"), some("Client authentication failed")));
}

#[test]
fn cloudflares_api_lists_errors() {
    // https://developers.cloudflare.com/fundamentals/api/reference/
    let error = json(
        r#"{"success":false,"errors":[{"code":10000,"message":"Authentication error"}],"messages":[],"result":null}"#,
    );
    assert_eq!((error.code, error.message), (some("10000"), some("Authentication error")));
}

#[test]
fn an_error_in_a_stream_is_found_among_its_events() {
    let body = "event: error\ndata: {\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"Overloaded\"}}\n\n";
    let error = read(200, [("content-type", "text/event-stream")], body.as_bytes());
    assert_eq!((error.error_type, error.message), (some("overloaded_error"), some("Overloaded")));
}

#[test]
fn json_that_was_cut_off_gives_what_is_there() {
    let error = json(r#"{"error":{"type":"server_error","code":"x1","message":"The server had an err"#);
    assert_eq!(
        (error.error_type, error.code, error.message),
        (some("server_error"), some("x1"), some("The server had an err"))
    );
    let error = json(r#"{"error":{"message":"The server had an error","type":"server_er"#);
    assert_eq!(error.message, some("The server had an error"));
}

#[test]
fn a_web_page_gives_its_title_and_its_words() {
    let page = "<!DOCTYPE html><html><head><title>Just a moment...</title><style>p{}</style></head><body><script>var a = {\"error\":\"x\"}</script><p>Checking&nbsp;your <b>browser</b></p></body></html>";
    let error = read(403, [("content-type", "application/json")], page.as_bytes());
    assert!(error.is_html(), "whatever the header says");
    assert_eq!((error.message, error.text), (some("Just a moment..."), some("Checking your browser")));
}

#[test]
fn what_cannot_be_read_gives_status_and_text() {
    let error = read(502, [("content-type", "text/plain; charset=utf-8")], b"upstream connect error");
    assert_eq!(
        (error.status, error.message, error.text),
        (502, some("upstream connect error"), some("upstream connect error"))
    );
    assert_eq!(error.content_type, some("text/plain"));
    assert_eq!(read(418, [], b""), ApiError { status: 418, ..ApiError::default() });
    let bytes = read(500, [], &[0xff, 0xfe, 0x00, 0x9f]);
    assert!(bytes.text.is_some());
    assert_eq!(json(r#"{"hello":"world"}"#).text, some(r#"{"hello":"world"}"#));
}

#[test]
fn the_wait_is_found_wherever_it_stands() {
    let wait = |headers: &[(&str, &str)], body: &str| {
        read(429, headers.iter().copied(), body.as_bytes()).retry_after
    };
    assert_eq!(wait(&[("Retry-After", "20")], ""), Some(20));
    assert_eq!(wait(&[("retry-after", "1.2")], ""), Some(2));
    assert_eq!(wait(&[("retry-after-ms", "1500"), ("retry-after", "9")], ""), Some(2));
    let dates = [("retry-after", "Sun, 06 Nov 1994 08:50:37 GMT"), ("date", "Sun, 06 Nov 1994 08:49:37 GMT")];
    assert_eq!(wait(&dates, ""), Some(60));
    // https://platform.openai.com/docs/guides/rate-limits
    assert_eq!(
        wait(&[("x-ratelimit-reset-requests", "1s"), ("x-ratelimit-reset-tokens", "6m0s")], ""),
        Some(360)
    );
    let exhausted = [
        ("x-ratelimit-reset-requests", "1s"),
        ("x-ratelimit-remaining-requests", "0"),
        ("x-ratelimit-reset-tokens", "6m0s"),
    ];
    assert_eq!(wait(&exhausted, ""), Some(1));
    // https://ai.google.dev/gemini-api/docs/rate-limits
    let google = r#"{"error":{"code":429,"message":"Quota.","status":"RESOURCE_EXHAUSTED","details":[{"@type":"type.googleapis.com/google.rpc.RetryInfo","retryDelay":"34.07s"}]}}"#;
    assert_eq!(wait(&[], google), Some(35));
    assert_eq!(wait(&[], r#"{"error":{"message":"Please try again in 6m0s. Visit"}}"#), Some(360));
    assert_eq!(wait(&[], r#"{"error":{"message":"Please retry after 26 seconds."}}"#), Some(26));
    assert_eq!(wait(&[("retry-after", "soon")], ""), None);
    assert_eq!(wait(&[("retry-after", "1e300")], ""), Some(31 * 24 * 60 * 60));
}

#[test]
fn the_request_id_is_found_wherever_it_stands() {
    let id =
        |headers: &[(&str, &str)], body: &str| read(500, headers.iter().copied(), body.as_bytes()).request_id;
    assert_eq!(id(&[("cf-ray", "8000-FRA"), ("X-Request-Id", "req_1")], ""), some("req_1"));
    assert_eq!(id(&[("CF-RAY", "8000-FRA")], ""), some("8000-FRA"));
    assert_eq!(
        id(
            &[],
            r#"{"error":{"message":"Sorry. (Please include the request ID req_0a1b2c3d in your message.)"}}"#
        ),
        some("req_0a1b2c3d")
    );
}

#[test]
fn secrets_are_taken_out_of_every_field() {
    let key = "sk-proj-abcdefghijklmnop1234567890";
    let body = serde_json::json!({"error": {"message": format!("bad {key}"), "type": key, "code": key, "param": key}, "request_id": key});
    let headers = [("content-type", "application/json")];
    let read = serde_json::to_string(&read(401, headers, body.to_string().as_bytes())).unwrap();
    assert!(!read.contains("abcdefghijklmnop"), "{read}");
}

#[test]
fn only_an_error_is_an_error() {
    let chunk = serde_json::json!({"id": "x", "choices": [{"delta": {"content": "error"}}], "error": null});
    assert_eq!(read_value(200, &chunk), None);
    let failed = serde_json::json!({"choices": [{"delta": {}}], "error": {"message": "Gone", "code": 502}});
    assert_eq!(read_value(200, &failed).unwrap().message, some("Gone"));
}

#[test]
fn what_is_long_is_cut() {
    let error = json(&format!(
        r#"{{"error":{{"message":"{}","code":"{}"}}}}"#,
        "m ".repeat(10_000),
        "c ".repeat(1000)
    ));
    assert_eq!(error.message.unwrap().chars().count(), MESSAGE_CHARS + 1);
    assert_eq!(error.code.unwrap().chars().count(), FIELD_CHARS + 1);
}

/// Type, code, message.
fn said(error: ApiError) -> (Option<String>, Option<String>, Option<String>) {
    (error.error_type, error.code, error.message)
}

#[test]
fn azure_has_its_code_inside() {
    // https://learn.microsoft.com/azure/ai-foundry/openai/concepts/content-filter
    let filtered = json(
        r#"{"error":{"message":"The response was filtered.","type":null,"param":"prompt","code":"content_filter","status":400,"innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#,
    );
    assert_eq!(
        (filtered.param.clone(), said(filtered)),
        (some("prompt"), (None, some("content_filter"), some("The response was filtered.")))
    );
    let inner = json(r#"{"error":{"message":"No.","innererror":{"code":"ResponsibleAIPolicyViolation"}}}"#);
    assert_eq!(inner.code, some("ResponsibleAIPolicyViolation"));
    // Azure API Management, which stands before it.
    let gateway =
        json(r#"{ "statusCode": 401, "message": "Access denied due to invalid subscription key." }"#);
    assert_eq!(said(gateway), (None, some("401"), some("Access denied due to invalid subscription key.")));
}

#[test]
fn a_sentence_of_a_client_is_read_to_the_error_within() {
    // str() of openai-python's APIStatusError, which gateways pass on: `Error code: 401 - {…}` in Python's notation.
    let detail = r#"{"detail":"Error code: 401 - {'error': {'message': \"You didn't\", 'type': 'invalid_request_error', 'param': None, 'code': 'invalid_api_key'}}"}"#;
    assert_eq!(
        said(json(detail)),
        (some("invalid_request_error"), some("invalid_api_key"), some("You didn't"))
    );
    // https://docs.litellm.ai/docs/proxy/error_reference: words of its own before it, which stay.
    let words =
        "litellm.BadRequestError: OpenAIException - {'error': {'message': 'No.', 'code': 'bad_prompt'}}";
    let litellm =
        serde_json::json!({"error": {"message": words, "type": "None", "param": "None", "code": null}});
    assert_eq!(said(json(&litellm.to_string())), (None, some("bad_prompt"), some(words)));
}

#[test]
fn what_openrouter_passes_on_may_be_words() {
    // https://openrouter.ai/docs/api-reference/errors
    let error = json(
        r#"{"error":{"message":"Provider returned error","code":429,"metadata":{"raw":"x/y:free is temporarily rate-limited upstream.","provider_name":"Z"}},"user_id":"user_2abc"}"#,
    );
    assert_eq!(said(error), (None, some("429"), some("x/y:free is temporarily rate-limited upstream.")));
}

#[test]
fn other_envelopes_are_known() {
    let cases = [
        // xAI: https://docs.x.ai/docs/api-reference
        (
            r#"{"code":"invalid-argument","error":"Model not found: grok-x"}"#,
            None,
            "invalid-argument",
            "Model not found: grok-x",
        ),
        // Alibaba's DashScope
        (
            r#"{"code":"InvalidApiKey","message":"Invalid API-key provided.","request_id":"7438"}"#,
            None,
            "InvalidApiKey",
            "Invalid API-key provided.",
        ),
        // Databricks
        (r#"{"error_code":"BAD_REQUEST","message":"No."}"#, None, "BAD_REQUEST", "No."),
        // Cloudflare's AI Gateway
        (
            r#"{"success":false,"result":[],"messages":[],"error":[{"code":2001,"message":"Please configure AI Gateway"}]}"#,
            None,
            "2001",
            "Please configure AI Gateway",
        ),
        // Apigee: https://cloud.google.com/apigee/docs/api-platform/fundamentals/fault-handling
        (
            r#"{"fault":{"faultstring":"Invalid ApiKey","detail":{"errorcode":"oauth.v2.InvalidApiKey"}}}"#,
            None,
            "oauth.v2.InvalidApiKey",
            "Invalid ApiKey",
        ),
        // Spring Boot and Fastify name the status in words
        (
            r#"{"timestamp":"2025-01-01","status":404,"error":"Not Found","message":"No such path","path":"/v1"}"#,
            None,
            "404",
            "No such path",
        ),
        // AWS Lambda
        (
            r#"{"errorMessage":"Task timed out","errorType":"Sandbox.Timedout"}"#,
            Some("Sandbox.Timedout"),
            "",
            "Task timed out",
        ),
        // https://developer.wordpress.org/rest-api/
        (
            r#"{"code":"internal_server_error","message":"<p>There has been a critical error on this website.</p>","data":{"status":500}}"#,
            None,
            "internal_server_error",
            "There has been a critical error on this website.",
        ),
        (r#""Unauthorized""#, None, "", "Unauthorized"),
    ];
    for (body, kind, code, message) in cases {
        let code = Some(code).filter(|code| !code.is_empty()).map(str::to_owned);
        assert_eq!(said(json(body)), (kind.map(str::to_owned), code, some(message)), "{body}");
    }
}

#[test]
fn json_behind_a_php_notice_is_no_web_page() {
    let body = "<br />\n<b>Warning</b>:  foo() in <b>/var/www/html/x.php</b> on line <b>3</b><br />\n{\"code\":\"rest_no_route\",\"message\":\"No route\"}\n<!-- cached -->";
    let error = read(404, [("content-type", "text/html; charset=UTF-8")], body.as_bytes());
    assert!(!error.is_html());
    assert_eq!(said(error), (None, some("rest_no_route"), some("No route")));
    let fatal = read(
        500,
        [("content-type", "text/html")],
        b"<br />\n<b>Fatal error</b>: Uncaught Error in /var/www/html/x.php:3",
    );
    assert!(fatal.is_html());
    assert_eq!(fatal.message, some("Fatal error: Uncaught Error in [path]:3"));
}

#[test]
fn an_answer_is_nobodys_error() {
    let chunk =
        "data: {\"choices\":[{\"delta\":{\"content\":\"A private word\"}}]}\n\ndata: {\"choices\":[{\"del";
    let whole = r#"{"choices":[{"message":{"content":"A private word"}}]}"#;
    let line = "{\"response\":\"A private word\",\"done\":false}\n{\"response\":\"A private wo";
    for body in [chunk, whole, &whole[..40], line] {
        let error = read(200, [], body.as_bytes());
        assert_eq!(
            ApiError { content_type: None, ..error },
            ApiError { status: 200, ..ApiError::default() },
            "{body}"
        );
    }
}

#[test]
fn the_limit_of_openrouter_ends_at_a_moment() {
    // https://openrouter.ai/docs/api-reference/limits
    let headers = [("x-ratelimit-reset", "1741305600000"), ("date", "Thu, 06 Mar 2025 23:00:00 GMT")];
    assert_eq!(read(429, headers, b"").retry_after, Some(3600));
    assert_eq!(read(403, headers, b"").retry_after, None);
}

#[test]
fn the_providers_request_id_comes_before_the_middle_boxs() {
    let body = r#"{"type":"error","error":{"type":"api_error","message":"No."},"request_id":"req_011"}"#;
    assert_eq!(read(500, [("cf-ray", "8000-FRA")], body.as_bytes()).request_id, some("req_011"));
}

#[test]
fn nesting_ends() {
    let deep = format!("{}\"x\"{}", r#"{"error":"#.repeat(100), "}".repeat(100));
    read(500, [], deep.as_bytes());
    read(500, [], "[".repeat(50_000).as_bytes());
    read(500, [], r#"{"a":"#.repeat(20_000).as_bytes());
    for text in ["<", "<script></script>", "a.", "1:", "a@b.", "'", "{'a':", "data: {}\n\n", "sk-", "&#x"] {
        read(500, [], text.repeat(60_000 / text.len()).as_bytes());
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(status in 0_u16..1000, body in prop::collection::vec(any::<u8>(), 0..400), header in "\\PC{0,40}") {
        let error = read(status, [("content-type", header.as_str()), ("retry-after", header.as_str()), ("date", header.as_str())], &body);
        prop_assert_eq!(error.status, status);
    }

    #[test]
    fn no_json_makes_it_panic(body in r#"[{}\[\]",:a-z0-9 <>/\\]{0,200}"#, cut in 0_usize..300) {
        read(400, [], body.as_bytes());
        let wrapped = serde_json::json!({"error": {"message": body, "metadata": {"raw": body}}, "detail": [body]}).to_string();
        read(400, [], &wrapped.as_bytes()[..cut.min(wrapped.len())]);
    }
}
