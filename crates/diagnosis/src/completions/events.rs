//! The events of a stream of completions, read as leniently as their senders write them.
//!
//! A stream that follows the specification (WHATWG HTML, section 9.2) is read by it. Beyond that: an event that is whole in
//! one line is given at once, since some send no blank line; two that are glued together are two; a line end within a
//! string belongs to it; lines of JSON without a field's name are events. What cannot be read is said in its place among them.

use serde_json::{Deserializer, Value};

use super::repair;
use super::scan::Scan;

/// The most bytes of one event.
const EVENT_BYTES: usize = 1024 * 1024;

/// What stands in a stream.
#[derive(Debug)]
pub(super) enum Event {
    /// A chunk of an answer, or whatever else came as JSON.
    Value(Value),
    /// Something that was sent as an error.
    Error(String),
    /// `[DONE]`.
    Done,
    /// Something that could not be read.
    Unread,
    /// Something that is larger than anybody's event. Nothing is read behind it.
    TooLarge,
}

/// Reads a stream that arrives in pieces of any size.
#[derive(Debug, Default)]
pub(super) struct Events {
    line: Vec<u8>,
    after_return: bool,
    begun: bool,
    is_error: bool,
    /// Data that are not whole yet.
    pending: String,
    /// How much of them has been looked at.
    scan: Scan,
}

impl Events {
    /// Takes the next bytes and returns the events that they end.
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<Event> {
        let mut events = Vec::new();
        let mut rest = bytes;
        while let Some(end) = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            let is_second = std::mem::replace(&mut self.after_return, rest[end] == b'\r')
                && end == 0
                && rest[0] == b'\n'
                && self.line.is_empty();
            self.line.extend_from_slice(&rest[..end]);
            rest = &rest[end + 1..];
            if self.is_too_large() {
                events.push(Event::TooLarge);
                return events;
            }
            if !is_second {
                let line = std::mem::take(&mut self.line);
                self.take(&String::from_utf8_lossy(&line), &mut events);
            }
        }
        if !rest.is_empty() {
            self.after_return = false;
            self.line.extend_from_slice(rest);
            if self.is_too_large() {
                events.push(Event::TooLarge);
            }
        }
        events
    }

    fn is_too_large(&self) -> bool {
        self.line.len() + self.pending.len() > EVENT_BYTES
    }

    /// Whether the beginning of an event is there, and its end is not.
    pub(super) fn is_within_event(&self) -> bool {
        !self.pending.is_empty()
    }

    /// What the end of the bytes completes.
    pub(super) fn close(&mut self) -> Vec<Event> {
        let mut events = Vec::new();
        let line = std::mem::take(&mut self.line);
        self.take(&String::from_utf8_lossy(&line), &mut events);
        self.flush(&mut events);
        events
    }

    fn take(&mut self, line: &str, events: &mut Vec<Event>) {
        let line = match std::mem::replace(&mut self.begun, true) {
            true => line,
            false => line.trim_start_matches('\u{feff}'),
        };
        if line.is_empty() {
            return self.end(events);
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.data(value, events),
            "event" => self.is_error = value == "error",
            // No field of the specification, but llama.cpp's server has written `error: {…}`.
            "error" => {
                self.is_error = true;
                self.data(value, events);
            }
            // A comment, and what is of no use here.
            "" | "id" | "retry" => {}
            _ if line.trim_start().starts_with(['{', '[']) && self.pending.is_empty() => {
                self.data(line, events)
            }
            _ if !self.pending.is_empty() => self.add(line),
            _ => {}
        }
    }

    /// A line of data. One that is whole is an event of its own, whatever came before it.
    fn data(&mut self, data: &str, events: &mut Vec<Event>) {
        let text = data.trim();
        if self.is_error {
            return self.add(data);
        }
        let is_alone = self.pending.is_empty();
        let read = read(text).filter(|read| is_alone || read.iter().any(is_of_stream));
        if let Some(read) = read {
            self.flush(events);
            return events.extend(read);
        }
        self.add(data);
    }

    fn add(&mut self, data: &str) {
        if !self.pending.is_empty() {
            self.pending.push('\n');
        }
        self.pending.push_str(data);
    }

    /// A blank line. It may stand within a string.
    fn end(&mut self, events: &mut Vec<Event>) {
        while self.scan.end(self.pending.as_bytes()).is_some() {}
        if !self.is_error && self.scan.is_string {
            self.pending.push('\n');
        } else {
            self.flush(events);
        }
    }

    fn flush(&mut self, events: &mut Vec<Event>) {
        let pending = std::mem::take(&mut self.pending);
        self.scan = Scan::default();
        let text = pending.trim();
        if std::mem::take(&mut self.is_error) && !text.is_empty() {
            events.push(Event::Error(pending));
        } else if let Some(read) = read(text) {
            events.extend(read);
        } else if text.contains(['{', '"']) {
            events.push(Event::Unread);
        }
    }
}

/// Whether it can be nothing else but an event of such a stream.
fn is_of_stream(event: &Event) -> bool {
    match event {
        Event::Value(value) => ["choices", "error"].iter().any(|name| value.get(*name).is_some()),
        Event::Error(_) | Event::Done | Event::Unread | Event::TooLarge => true,
    }
}

/// Reads a text of one event, or of several that are glued together.
fn read(text: &str) -> Option<Vec<Event>> {
    if text == "[DONE]" {
        return Some(vec![Event::Done]);
    }
    if !text.starts_with(['{', '[']) {
        return None;
    }
    serde_json::from_str(text)
        .map(|value| vec![Event::Value(value)])
        .ok()
        .or_else(|| glued(text))
        .or_else(|| glued(&repair::repair(text)))
}

fn glued(text: &str) -> Option<Vec<Event>> {
    let mut events = Vec::new();
    let mut rest = text;
    while !rest.is_empty() {
        if rest == "[DONE]" {
            events.push(Event::Done);
            break;
        }
        let mut values = Deserializer::from_str(rest).into_iter::<Value>();
        events.push(Event::Value(values.next()?.ok()?));
        rest = rest[values.byte_offset()..].trim_start();
        rest = rest.strip_prefix("data:").unwrap_or(rest).trim();
    }
    Some(events)
}
