//! Somebody else's Markdown as a quotation in a document of one's own.

/// What somebody has written, as a block quote: whatever it says, it stays within, and whoever opens the document fetches
/// nothing by it. Markup and images are words. In code the two signs that begin them are written as `&lt;` and `&#91;` too.
pub fn quotation(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + text.len() / 16 + 2);
    quoted.push_str("> ");
    let mut last = ' ';
    for letter in text.trim_end().chars() {
        match letter {
            // The two are one line end.
            '\n' if last == '\r' => {}
            '\n' | '\r' => quoted.push_str("\n> "),
            // By entities: a backslash before a backslash would be none.
            '<' => quoted.push_str("&lt;"),
            '[' if last == '!' => quoted.push_str("&#91;"),
            _ => quoted.push(letter),
        }
        last = letter;
    }
    quoted
}
