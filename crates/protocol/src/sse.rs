//! Server-sent events, decoded and encoded (WHATWG HTML, section 9.2).

/// One event.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Event {
    /// The last id that the stream gave, which may be an earlier event's.
    pub id: Option<String>,
    /// `message` where the stream names none.
    pub name: String,
    /// The data lines, joined by line feeds.
    pub data: String,
}

/// The most bytes that one event may have.
pub const EVENT_BYTES: usize = 1024 * 1024;

/// An event has more than [`EVENT_BYTES`] bytes. The stream is not worth reading on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("an event of the stream is larger than {} bytes", EVENT_BYTES)]
pub struct TooLarge;

/// Makes text of a line's bytes, which are UTF-8 as they should be.
pub type ReadLine = fn(&[u8]) -> String;

/// Decodes a stream that arrives in pieces of any size. An event that the stream ends within is dropped, as the
/// specification has it.
#[derive(Debug)]
pub struct Decoder {
    read_line: ReadLine,
    line: Vec<u8>,
    after_return: bool,
    begun: bool,
    id: Option<String>,
    name: String,
    /// The data lines, each with a line feed behind it.
    data: String,
    bytes: usize,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::reading_by(|line| String::from_utf8_lossy(line).into_owned())
    }
}

impl Decoder {
    /// A decoder that has its lines read by `read_line`: a browser has a reader of its own.
    pub fn reading_by(read_line: ReadLine) -> Self {
        Self {
            read_line,
            line: Vec::new(),
            after_return: false,
            begun: false,
            id: None,
            name: String::new(),
            data: String::new(),
            bytes: 0,
        }
    }

    /// Takes the next piece and returns the events that it ends.
    ///
    /// # Errors
    /// Where an event is too large; its bytes are not kept.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Vec<Event>, TooLarge> {
        let mut events = Vec::new();
        for byte in bytes {
            let follows_return = std::mem::take(&mut self.after_return);
            match byte {
                b'\n' if follows_return => {}
                b'\n' | b'\r' => {
                    self.after_return = *byte == b'\r';
                    let line = std::mem::take(&mut self.line);
                    events.extend(self.take(&line));
                }
                _ => {
                    self.bytes += 1;
                    if self.bytes > EVENT_BYTES {
                        *self = Self { id: self.id.take(), begun: true, ..Self::reading_by(self.read_line) };
                        return Err(TooLarge);
                    }
                    self.line.push(*byte);
                }
            }
        }
        Ok(events)
    }

    /// Takes a line. A blank one ends the event, if there is one.
    fn take(&mut self, line: &[u8]) -> Option<Event> {
        let text = (self.read_line)(line);
        let mut line = text.as_str();
        if !std::mem::replace(&mut self.begun, true) {
            line = line.strip_prefix('\u{feff}').unwrap_or(line);
        }
        if line.is_empty() {
            return self.end();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "data" => self.add(value),
            "event" => self.name = value.to_owned(),
            // No field of the specification, but llama.cpp's server has written `error: {…}`.
            "error" => {
                self.name = "error".to_owned();
                self.add(value);
            }
            "id" if !value.contains('\0') => self.id = Some(value.to_owned()),
            _ => {}
        }
        None
    }

    fn add(&mut self, data: &str) {
        self.data.push_str(data);
        self.data.push('\n');
    }

    fn end(&mut self) -> Option<Event> {
        self.bytes = 0;
        let name = std::mem::take(&mut self.name);
        let mut data = std::mem::take(&mut self.data);
        // The line feed behind the last line.
        data.pop()?;
        let name = if name.is_empty() { "message".to_owned() } else { name };
        Some(Event { id: self.id.clone().filter(|id| !id.is_empty()), name, data })
    }
}

/// Encodes one event. Line breaks in the data become lines of their own; in id and name they are left out.
pub fn encode(id: Option<&str>, name: &str, data: &str) -> String {
    let plain = |text: &str| text.replace(['\r', '\n', '\0'], "");
    let mut event = String::with_capacity(data.len() + 64);
    if let Some(id) = id {
        event.push_str(&format!("id: {}\n", plain(id)));
    }
    event.push_str(&format!("event: {}\n", plain(name)));
    for line in data.replace("\r\n", "\n").split(['\r', '\n']) {
        event.push_str("data: ");
        event.push_str(line);
        event.push('\n');
    }
    event.push('\n');
    event
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn decode(pieces: &[&[u8]]) -> Vec<(Option<String>, String, String)> {
        let mut decoder = Decoder::default();
        let events = pieces.iter().flat_map(|piece| decoder.push(piece).unwrap());
        events.map(|event| (event.id, event.name, event.data)).collect()
    }

    fn event(id: Option<&str>, name: &str, data: &str) -> (Option<String>, String, String) {
        (id.map(str::to_owned), name.to_owned(), data.to_owned())
    }

    #[test]
    fn every_line_ending_counts() {
        for ending in ["\n", "\r", "\r\n"] {
            let stream =
                ["id: 1", "event: delta", "data: a", "data:b", "", ": ping", "data", "", ""].join(ending);
            let expected = [event(Some("1"), "delta", "a\nb"), event(Some("1"), "message", "")];
            assert_eq!(decode(&[stream.as_bytes()]), expected, "{ending:?}");
        }
    }

    #[test]
    fn any_split_of_the_bytes_gives_the_same_events() {
        let stream =
            "\u{feff}id: é1\r\nevent: start\r\ndata: ä\r\ndata: 🙂\r\n\r\n: ping\r\rdata: x\n\n".as_bytes();
        let whole = decode(&[stream]);
        assert_eq!(whole, [event(Some("é1"), "start", "ä\n🙂"), event(Some("é1"), "message", "x")]);
        for first in 0..=stream.len() {
            for second in first..=stream.len() {
                let pieces = [&stream[..first], &stream[first..second], &stream[second..]];
                assert_eq!(decode(&pieces), whole, "split at {first} and {second}");
            }
        }
    }

    #[test]
    fn an_unfinished_event_is_dropped() {
        assert_eq!(decode(&[b"data: whole\n\ndata: half"]), [event(None, "message", "whole")]);
    }

    #[test]
    fn an_event_without_data_is_none() {
        assert_eq!(decode(&[b"event: delta\nid: 4\n\n"]), []);
    }

    #[test]
    fn an_event_that_is_too_large_is_refused() {
        let mut decoder = Decoder::default();
        let piece = vec![b'x'; EVENT_BYTES];
        assert!(decoder.push(b"data: ").is_ok());
        assert_eq!(decoder.push(&piece), Err(TooLarge));
        assert_eq!(decoder.push(b"\n\ndata: next\n\n").unwrap().last().unwrap().data, "next");
    }

    #[test]
    fn what_is_encoded_is_decoded() {
        for data in ["", "one", "one\ntwo", "a\r\nb\rc", " leading", "🙂"] {
            let encoded = encode(Some("r:5"), "delta", data);
            let expected = data.replace("\r\n", "\n").replace('\r', "\n");
            assert_eq!(decode(&[encoded.as_bytes()]), [event(Some("r:5"), "delta", &expected)]);
        }
        assert_eq!(
            decode(&[encode(Some("1\ndata: x"), "a\nb", "y").as_bytes()]),
            [event(Some("1data: x"), "ab", "y")]
        );
    }

    proptest! {
        #[test]
        fn any_stream_reads_alike_however_it_is_split(
            lines in "(data|id|event|:|: ?[a-z\u{0}é🙂]{0,3}|\r|\n|\r\n|\n\n|\u{feff}){0,40}",
            cuts in prop::collection::vec(0_usize..200, 0..6),
        ) {
            let bytes = lines.as_bytes();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(bytes.len())).chain([0, bytes.len()]).collect();
            cuts.sort_unstable();
            let pieces: Vec<_> = cuts.windows(2).map(|pair| &bytes[pair[0]..pair[1]]).collect();
            prop_assert_eq!(decode(&pieces), decode(&[bytes]));
        }

        #[test]
        fn whatever_is_encoded_is_decoded(data in "\\PC{0,40}\n?\\PC{0,40}", name in "[a-z]{1,8}") {
            prop_assert_eq!(decode(&[encode(None, &name, &data).as_bytes()]), [event(None, &name, &data)]);
        }
    }
}
