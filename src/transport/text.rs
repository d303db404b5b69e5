//! Bytes as text, by the browser's decoder: the one of Rust's library would be a second one in the download.

use web_sys::TextDecoder;

thread_local! {
    static DECODER: Option<TextDecoder> = TextDecoder::new().ok();
}

/// UTF-8 as text, with U+FFFD for what is none, and without a byte order mark before it. `None` where the browser cannot
/// say.
pub fn decode(bytes: &[u8]) -> Option<String> {
    // Most lines of a stream; a call of the browser would take longer than they do.
    if bytes.is_ascii() {
        return Some(bytes.iter().map(|byte| char::from(*byte)).collect());
    }
    DECODER.with(|decoder| decoder.as_ref()?.decode_with_u8_array(bytes).ok())
}
