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
    /// It does not take its own answers back without the reasoning behind them.
    pub omitted_reasoning: bool,
    /// It does not take that reasoning, which it is sent only where it was missed.
    pub reasoning: bool,
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
        let answers = || request.messages.iter().filter(|message| message.role == "assistant");
        let has_reasoning = answers().any(|answer| answer.reasoning_content.is_some());
        let omits_reasoning = answers().any(|answer| answer.reasoning_content.is_none());
        Self {
            max_tokens: self.max_tokens || (request.max_tokens.is_some() && says("max_tokens")),
            system_role: self.system_role || (has_system && says("system_role")),
            streaming: self.streaming || (request.stream && says("streaming")),
            omitted_reasoning: self.omitted_reasoning || (omits_reasoning && says("omitted_reasoning")),
            reasoning: self.reasoning || (has_reasoning && says("reasoning")),
        }
    }

    /// Whether answers go back with what the model thought before them.
    pub fn sends_reasoning(self) -> bool {
        self.omitted_reasoning && !self.reasoning
    }

    /// The request as the model takes it.
    pub fn adapt(self, mut request: ChatRequest) -> ChatRequest {
        if self.max_tokens {
            request.max_completion_tokens = request.max_tokens.take();
        }
        if self.system_role {
            let turns = request.messages.into_iter().map(|message| match message.role.as_str() {
                "assistant" => message,
                _ => ChatMessage::new("user", message.content),
            });
            request.messages = ChatMessage::conversation(None, turns);
        }
        for message in &mut request.messages {
            let known = message.reasoning_content.take();
            // An answer of which none is known has none: DeepSeek takes an empty one, and nothing that is made up
            // (https://github.com/openclaw/openclaw/issues/73417, https://github.com/can1357/oh-my-pi/issues/897).
            message.reasoning_content =
                (self.sends_reasoning() && message.role == "assistant").then(|| known.unwrap_or_default());
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
            messages: ChatMessage::conversation(
                Some("Be kind.".to_owned()),
                [
                    ChatMessage::new("user", "Hello"),
                    ChatMessage::new("assistant", "Hi").with_reasoning(Some("A greeting.".to_owned())),
                    ChatMessage::new("user", "Bye"),
                ],
            ),
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
            let known =
                Unsupported { omitted_reasoning: case["sends_reasoning"] == true, ..Unsupported::default() };
            let learnt = known.learn(&error, &known.adapt(request()));
            let learnt = [
                ("max_tokens", learnt.max_tokens),
                ("system_role", learnt.system_role),
                ("streaming", learnt.streaming),
                ("omitted_reasoning", learnt.omitted_reasoning && !known.omitted_reasoning),
                ("reasoning", learnt.reasoning),
            ];
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
    fn reasoning_goes_back_to_whoever_misses_it_and_to_nobody_else() {
        let sent = |unsupported: Unsupported| {
            let messages = unsupported.adapt(request()).messages.into_iter();
            messages.map(|message| message.reasoning_content).collect::<Vec<_>>()
        };
        let wants = Unsupported { omitted_reasoning: true, ..Unsupported::default() };
        assert_eq!(sent(Unsupported::default()), [None, None, None, None]);
        assert_eq!(sent(wants), [None, None, Some("A greeting.".to_owned()), None]);
        assert_eq!(sent(Unsupported { reasoning: true, ..wants }), [None, None, None, None]);
    }

    #[test]
    fn a_request_is_made_without_what_is_refused() {
        let all =
            Unsupported { max_tokens: true, system_role: true, streaming: true, ..Unsupported::default() };
        let adapted = all.adapt(request());
        assert_eq!(
            (adapted.max_tokens, adapted.max_completion_tokens, adapted.stream),
            (None, Some(9), false)
        );
        assert_eq!(
            adapted.messages,
            [("user", "Be kind.\n\nHello"), ("assistant", "Hi"), ("user", "Bye")]
                .map(|(role, content)| ChatMessage::new(role, content))
        );
    }
}
