//! What a model does not take and can be served without.

use candor_protocol::api_error::ApiError;

use super::{ChatMessage, ChatRequest};

// WORDS: the names and words of `unsupported.toml`.
include!(concat!(env!("OUT_DIR"), "/unsupported.rs"));

/// Parts of a request that a model refuses. Learnt from its refusals; nothing at first.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Unsupported {
    /// It wants `max_completion_tokens` in the place of `max_tokens`.
    pub max_tokens: bool,
    /// It has no role `system`.
    pub system_role: bool,
    /// It answers in one piece only.
    pub streaming: bool,
}

impl Unsupported {
    /// What is known once this request was refused with this error: the same where the error says nothing of it.
    pub fn learn(self, error: &ApiError, request: &ChatRequest) -> Self {
        let is_of_request = [400, 422, 500].contains(&error.status);
        let message = error.message.as_deref().filter(|_| is_of_request).unwrap_or_default().to_lowercase();
        let says = |name: &str| {
            WORDS.iter().any(|(of, words)| *of == name && words.iter().any(|words| message.contains(words)))
        };
        let has_system = request.messages.iter().any(|message| message.role == "system");
        Self {
            max_tokens: self.max_tokens || (request.max_tokens.is_some() && says("max_tokens")),
            system_role: self.system_role || (has_system && says("system_role")),
            streaming: self.streaming || (request.stream && says("streaming")),
        }
    }

    /// The request as the model takes it.
    pub fn adapt(self, mut request: ChatRequest) -> ChatRequest {
        if self.max_tokens {
            request.max_completion_tokens = request.max_tokens.take();
        }
        if self.system_role {
            let turns =
                request.messages.into_iter().map(|ChatMessage { role, content }| match role.as_str() {
                    "assistant" => ("assistant", content),
                    _ => ("user", content),
                });
            request.messages = ChatMessage::conversation(None, turns);
        }
        request.stream &= !self.streaming;
        request
    }
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;

    fn request() -> ChatRequest {
        ChatRequest {
            model: "m".to_owned(),
            messages: ChatMessage::conversation(Some("Be kind.".to_owned()), [("user", "Hello".to_owned())]),
            stream: true,
            max_tokens: Some(9),
            max_completion_tokens: None,
        }
    }

    #[test]
    fn each_refusal_is_learnt_as_the_cases_have_it() {
        let file: Value = serde_json::from_str(include_str!("../../unsupported.cases.json")).unwrap();
        for case in file["cases"].as_array().unwrap() {
            let message = case["message"].as_str().map(str::to_owned);
            let error = ApiError { status: 400, message, ..ApiError::default() };
            let Unsupported { max_tokens, system_role, streaming } =
                Unsupported::default().learn(&error, &request());
            let learnt = [("max_tokens", max_tokens), ("system_role", system_role), ("streaming", streaming)];
            let names: Vec<_> = learnt.into_iter().filter_map(|(name, is)| is.then_some(name)).collect();
            assert_eq!(Value::from(names), case["learned"], "{case}");
        }
    }

    #[test]
    fn a_part_that_was_not_sent_was_not_refused() {
        let message = Some("Use 'max_completion_tokens' instead.".to_owned());
        let error = ApiError { status: 400, message, ..ApiError::default() };
        let none = ChatRequest { max_tokens: None, ..request() };
        assert_eq!(Unsupported::default().learn(&error, &none), Unsupported::default());
    }

    #[test]
    fn a_request_is_made_without_what_is_refused() {
        let all = Unsupported { max_tokens: true, system_role: true, streaming: true };
        let adapted = all.adapt(request());
        assert_eq!(
            (adapted.max_tokens, adapted.max_completion_tokens, adapted.stream),
            (None, Some(9), false)
        );
        assert_eq!(
            adapted.messages,
            ChatMessage::conversation(None, [("user", "Be kind.\n\nHello".to_owned())])
        );
        assert_eq!(Unsupported::default().adapt(request()), request());
    }
}
