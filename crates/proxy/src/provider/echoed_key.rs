//! The key where a provider says it back. Redaction knows keys by how they look and what stands before them; this one is known by
//! its value, whole or in part, whatever it looks like.

use std::collections::HashSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use candor_protocol::api_error::ApiError;

use crate::config::ProviderSettings;
use crate::random::hex;

/// So many signs of the key in a row are a part of it. A shorter key is no secret, such as the `none` of a local server.
const PART_BYTES: usize = 8;

/// What stands in the place of the key, as where it is known by its looks.
const PLACEHOLDER: &str = "[key]";

/// The parts of a key, in lower case, as they stand in it, in base64 and in hexadecimal digits.
#[derive(Clone, Default)]
pub struct EchoedKey {
    parts: HashSet<[u8; PART_BYTES]>,
}

impl EchoedKey {
    /// That of the settings; none with the demo.
    pub fn of(provider: &ProviderSettings) -> Self {
        match provider {
            ProviderSettings::Demo => Self::default(),
            ProviderSettings::OpenAi(openai) => Self::of_key(openai.api_key.reveal()),
        }
    }

    fn of_key(key: &str) -> Self {
        if key.len() < PART_BYTES {
            return Self::default();
        }
        // In base64 a text looks otherwise behind one or two other bytes, and its ends hang together with what stands around it.
        let in_base64 = (0..3).map(|shift| {
            let encoded = STANDARD.encode([vec![0; shift].as_slice(), key.as_bytes()].concat());
            encoded.trim_end_matches('=').chars().skip(if shift == 0 { 0 } else { 4 }).collect::<String>()
        });
        let shapes = in_base64.chain([key.to_owned(), hex(key.as_bytes())]);
        let parts = shapes.flat_map(|shape| {
            let shape = shape.to_ascii_lowercase().into_bytes();
            shape.windows(PART_BYTES).filter_map(|part| part.try_into().ok()).collect::<Vec<_>>()
        });
        Self { parts: parts.collect() }
    }

    /// The error without it.
    pub fn taken_out_of(&self, error: ApiError) -> ApiError {
        let clean = |text: Option<String>| text.map(|text| self.taken_out_of_text(&text));
        ApiError {
            error_type: clean(error.error_type),
            code: clean(error.code),
            param: clean(error.param),
            message: clean(error.message),
            request_id: clean(error.request_id),
            content_type: clean(error.content_type),
            answered_by: clean(error.answered_by),
            text: clean(error.text),
            status: error.status,
            retry_after: error.retry_after,
        }
    }

    fn taken_out_of_text(&self, text: &str) -> String {
        let lower = text.to_ascii_lowercase();
        let is_part = |at: usize| {
            let part = lower.as_bytes().get(at..at + PART_BYTES);
            part.is_some_and(|part| self.parts.contains(part))
        };
        let mut clean = String::with_capacity(text.len());
        let (mut kept, mut at) = (0, 0);
        while at < text.len() {
            if !is_part(at) {
                at += 1;
                continue;
            }
            // A part is ASCII, so that no letter is cut in two.
            clean.push_str(&text[kept..at]);
            clean.push_str(PLACEHOLDER);
            while is_part(at + 1) {
                at += 1;
            }
            at += PART_BYTES;
            kept = at;
        }
        clean + &text[kept..]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Such as a gateway gives out: it looks like nothing in particular.
    const KEY: &str = "north4Window7Harbour2";

    #[test]
    fn a_key_that_looks_like_none_is_taken_out_whole_and_in_part_in_whatever_shape() {
        let key = EchoedKey::of_key(KEY);
        let basic = STANDARD.encode(format!("user:{KEY}"));
        for (said, clean) in [
            ("no north4Window7Harbour2 here", "no [key] here"),
            ("NORTH4WINDOW7HARBOUR2", "[key]"),
            ("north4Wi***", "[key]***"),
            ("…7Harbour2, north4W", "…[key], north4W"),
            ("é/north4Window7Harbour2/é", "é/[key]/é"),
            ("north4Window7Harbour2north4Window7Harbour2", "[key][key]"),
            (&hex(KEY.as_bytes()), "[key]"),
            (&STANDARD.encode(KEY), "[key]"),
        ] {
            let clean = clean.to_owned();
            let taken_out = key.taken_out_of_text(said);
            assert!(taken_out == clean || taken_out == format!("{clean}="), "{said} became {taken_out}");
        }
        let taken_out = key.taken_out_of_text(&basic);
        assert!(taken_out.contains(PLACEHOLDER) && taken_out.len() < basic.len() / 2, "{taken_out}");
        let error =
            ApiError { message: Some(KEY.to_owned()), text: Some(KEY.to_owned()), ..ApiError::default() };
        assert!(!format!("{:?}", key.taken_out_of(error)).contains("Window"));
    }

    #[test]
    fn nothing_else_is_taken_out() {
        for key in [EchoedKey::of_key(KEY), EchoedKey::of_key("none"), EchoedKey::default()] {
            for said in ["", "none", "The window of the harbour is north.", "north4W", "é🙂"] {
                assert_eq!(key.taken_out_of_text(said), said);
            }
        }
    }
}
