//! The widget's drawings: strokes on a field of 24 by 24, in the colour of the text around them.

use crate::element::{Element, element};
use crate::words::Word;

/// A drawing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Icon {
    /// A speech bubble.
    Chat,
    /// A cross.
    Close,
    /// An arrow that points up.
    Send,
    /// A filled square.
    Stop,
    /// A plus.
    New,
    /// A printer.
    Print,
    /// A pencil.
    Rename,
    /// A bin.
    Delete,
    /// A tick.
    Good,
    /// An exclamation in a triangle.
    Warning,
    /// A short line.
    Dash,
}

impl Icon {
    fn path(self) -> &'static str {
        match self {
            Self::Chat => {
                "M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z"
            }
            Self::Close => "M6.5 6.5l11 11M17.5 6.5l-11 11",
            Self::Send => "M12 19V6M6.5 11.5 12 6l5.5 5.5",
            Self::Stop => "M8 8h8v8H8z",
            Self::New => "M12 5.5v13M5.5 12h13",
            Self::Print => "M7 9V4.5h10V9M7 16.5H4.5V9h15v7.5H17M7 14h10v5.5H7z",
            Self::Rename => "M5 19l.8-3.6L15.6 5.6a1.6 1.6 0 0 1 2.3 0l.5.5a1.6 1.6 0 0 1 0 2.3L8.6 18.2z",
            Self::Delete => "M5 7.5h14M10 7.5V5.5h4v2M7 7.5l.8 11.5h8.4L17 7.5",
            Self::Good => "M6 12.5l4 4 8-9",
            Self::Dash => "M8 12h8",
            Self::Warning => "M12 9.5v4M12 16.6v.1M12 4.5l8.5 15h-17z",
        }
    }
}

/// Draws an icon; decoration, since the button around it carries the name.
pub fn icon(icon: Icon) -> Element {
    let fill = if icon == Icon::Stop { "currentColor" } else { "none" };
    element!("svg", "class" = "icon", "viewBox" = "0 0 24 24", "aria-hidden" = "true", "focusable" = "false")
        .child(element!("path", "d" = icon.path(), "fill" = fill))
}

/// A button with a sign, and its name as its tip.
#[inline]
pub fn icon_button(name: impl Into<Word>, sign: Icon) -> Element {
    named_button(name.into(), sign)
}

#[inline(never)]
fn named_button(name: Word, sign: Icon) -> Element {
    element!("button", "type" = "button", "class" = "plain", "aria-label" = name, "title" = name)
        .child(icon(sign))
}
