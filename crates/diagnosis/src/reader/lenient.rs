//! Reads what strict JSON refuses and errors still come as: JSON that breaks off, and Python's dictionaries as text.

use serde_json::{Map, Number, Value};

/// Deeper nesting is not read.
const DEPTH: usize = 16;

/// Names whose text is worth keeping even where it breaks off in the middle; half a code would mislead.
const WORTH_HALF: &[&str] = &["message", "msg", "error", "detail", "title"];

/// Reads the value that the text begins with, and returns what follows it. Where the text ends first, the value is what
/// had come until then.
pub(super) fn parse(text: &str) -> Option<(Value, &str)> {
    let mut parser = Parser { rest: text };
    let value = parser.value(0)?;
    Some((value, parser.rest))
}

struct Parser<'a> {
    rest: &'a str,
}

impl Parser<'_> {
    fn skip_space(&mut self) {
        self.rest = self.rest.trim_start();
    }

    fn take(&mut self, expected: char) -> bool {
        self.skip_space();
        let found = self.rest.strip_prefix(expected);
        self.rest = found.unwrap_or(self.rest);
        found.is_some()
    }

    fn value(&mut self, depth: usize) -> Option<Value> {
        self.skip_space();
        match self.rest.chars().next()? {
            _ if depth > DEPTH => None,
            '{' => self.object(depth),
            '[' => self.array(depth),
            '"' | '\'' => self.string().map(|(text, _)| Value::String(text)),
            _ => self.word(),
        }
    }

    fn object(&mut self, depth: usize) -> Option<Value> {
        self.take('{');
        let mut object = Map::new();
        while !self.take('}') {
            self.skip_space();
            if self.rest.is_empty() {
                break;
            }
            let (name, whole) = self.string()?;
            if !whole || (!self.take(':') && !self.rest.is_empty()) {
                break;
            }
            self.skip_space();
            if self.rest.starts_with(['"', '\'']) {
                let (text, whole) = self.string()?;
                if whole || WORTH_HALF.contains(&name.as_str()) {
                    object.insert(name, Value::String(text));
                }
            } else if let Some(value) = self.value(depth + 1) {
                object.insert(name, value);
            } else {
                // Nothing after a value that is none can be trusted to be where it seems.
                self.rest = "";
            }
            if !self.take(',') && !self.rest.starts_with('}') {
                self.rest = "";
            }
        }
        Some(Value::Object(object))
    }

    fn array(&mut self, depth: usize) -> Option<Value> {
        self.take('[');
        let mut items = Vec::new();
        while !self.take(']') {
            match self.value(depth + 1) {
                Some(item) => items.push(item),
                None => self.rest = "",
            }
            if !self.take(',') && !self.rest.starts_with(']') {
                self.rest = "";
                break;
            }
        }
        Some(Value::Array(items))
    }

    /// A string in either quotes, and whether its end was there.
    fn string(&mut self) -> Option<(String, bool)> {
        let quote = self.rest.chars().next().filter(|quote| matches!(quote, '"' | '\''))?;
        let mut letters = self.rest[1..].char_indices();
        let mut text = String::new();
        while let Some((at, letter)) = letters.next() {
            match letter {
                _ if letter == quote => {
                    self.rest = &self.rest[1 + at + 1..];
                    return Some((text, true));
                }
                '\\' => match letters.next() {
                    Some((_, 'n')) => text.push('\n'),
                    Some((_, 't')) => text.push('\t'),
                    Some((_, 'r' | 'b' | 'f')) => text.push(' '),
                    Some((at, 'u')) => {
                        let code = self.rest.get(1 + at + 1..1 + at + 5);
                        let code = code.and_then(|code| u32::from_str_radix(code, 16).ok());
                        if let Some(code) = code {
                            text.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                            letters.nth(3);
                        }
                    }
                    Some((_, escaped)) => text.push(escaped),
                    None => {}
                },
                _ => text.push(letter),
            }
        }
        self.rest = "";
        Some((text, false))
    }

    /// A number or a name such as `true` or `None`. One that the text ends with may be half of one, and is none.
    fn word(&mut self) -> Option<Value> {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || "+-._".contains(letter);
        let end = self.rest.find(|letter| !is_part(letter))?;
        let (word, rest) = self.rest.split_at(end);
        self.rest = rest;
        match word {
            "true" | "True" => Some(Value::Bool(true)),
            "false" | "False" => Some(Value::Bool(false)),
            "null" | "None" => Some(Value::Null),
            _ => {
                let whole = word.parse::<i64>().ok().map(Number::from);
                whole.or_else(|| word.parse().ok().and_then(Number::from_f64)).map(Value::Number)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    #[test]
    fn a_python_dictionary_is_read() {
        let text = r#"{'error': {'code': '429', 'message': "can't wait", 'param': None, 'list': [1, 2.5, True]}} and more"#;
        let expected =
            json!({"error": {"code": "429", "message": "can't wait", "param": null, "list": [1, 2.5, true]}});
        assert_eq!(parse(text), Some((expected, " and more")));
    }

    #[test]
    fn what_came_before_the_break_is_kept() {
        let cases = [
            (r#"{"error":{"message":"Too ma"#, json!({"error": {"message": "Too ma"}})),
            (r#"{"error":{"message":"m","code":"insuff"#, json!({"error": {"message": "m"}})),
            (r#"{"error":{"message":"m","code":42"#, json!({"error": {"message": "m"}})),
            (r#"{"error":{"message":"m","co"#, json!({"error": {"message": "m"}})),
            (r#"[{"error":{"message":"m"}"#, json!([{"error": {"message": "m"}}])),
            (r#"{"error":"#, json!({})),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).map(|(value, _)| value), Some(expected), "{text}");
        }
    }

    #[test]
    fn what_is_no_value_is_none() {
        assert_eq!(parse(""), None);
        assert_eq!(parse("Bad Gateway"), None);
        let deep = "[".repeat(100_000);
        assert!(parse(&deep).is_some());
    }

    proptest! {
        #[test]
        fn any_text_is_survived(text in r#"[\[\]{}:,"'\\a-z0-9é. ]{0,80}"#) {
            let _ = parse(&text);
        }

        #[test]
        fn any_whole_string_is_read_as_strict_json_reads_it(text in "\\PC{0,40}") {
            let json = json!({ "message": text });
            let text = json.to_string();
            prop_assert_eq!(parse(&text), Some((json, "")));
        }
    }
}
