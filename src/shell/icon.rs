//! The widget's drawings: strokes on a field of 24 by 24, in the colour of the text around them.

use crate::element::{Element, element};
use crate::words::Word;

/// A drawing. Each goes with the part that shows it, since nothing names them all.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Icon {
    /// The `d` of an SVG path.
    path: &'static str,
    /// Its `fill`.
    fill: &'static str,
}

impl Icon {
    /// A speech bubble.
    pub const CHAT: Self =
        Self::strokes("M5 5h14a2 2 0 0 1 2 2v8a2 2 0 0 1-2 2h-7l-4 3.5V17H5a2 2 0 0 1-2-2V7a2 2 0 0 1 2-2z");
    /// A cross.
    pub const CLOSE: Self = Self::strokes("M6.5 6.5l11 11M17.5 6.5l-11 11");
    /// An arrow that points up.
    pub const SEND: Self = Self::strokes("M12 19V6M6.5 11.5 12 6l5.5 5.5");
    /// A filled square.
    pub const STOP: Self = Self::strokes("M8 8h8v8H8z").filled();
    /// A plus.
    pub const NEW: Self = Self::strokes("M12 5.5v13M5.5 12h13");
    /// A printer.
    pub const PRINT: Self = Self::strokes("M7 9V4.5h10V9M7 16.5H4.5V9h15v7.5H17M7 14h10v5.5H7z");
    /// A pencil.
    pub const RENAME: Self = Self::strokes("M5 19l1-4L16 5l3 3L9 18z");
    /// A bin.
    pub const DELETE: Self = Self::strokes("M5 7.5h14M10 7.5V5.5h4v2M7 7.5l.8 11.5h8.4L17 7.5");
    /// A tick.
    pub const GOOD: Self = Self::strokes("M6 12.5l4 4 8-9");
    /// An exclamation in a triangle.
    pub const WARNING: Self = Self::strokes("M12 9.5v4M12 16.6v.1M12 4.5l8.5 15h-17z");
    /// A short line.
    pub const DASH: Self = Self::strokes("M8 12h8");
    /// A thumb that points up.
    pub const THUMB: Self = Self::strokes(
        "M7.5 11v8.5H4.5V11zM7.5 11l3.2-5.6a1.7 1.7 0 0 1 3.1 1.2L13 10h4.4a2 2 0 0 1 2 2.4l-1.2 5.5a2 2 0 0 1-2 1.6H7.5",
    );
    /// The same once it is pressed.
    pub const THUMB_PRESSED: Self = Self::THUMB.filled();

    const fn strokes(path: &'static str) -> Self {
        Self { path, fill: "none" }
    }

    /// The same with what its strokes surround filled.
    const fn filled(self) -> Self {
        Self { fill: "currentColor", ..self }
    }
}

/// Draws an icon; decoration, since the button around it carries the name.
#[inline(never)]
pub fn icon(icon: &'static Icon) -> Element {
    element!("svg", "class" = "icon", "viewBox" = "0 0 24 24", "aria-hidden" = "true", "focusable" = "false")
        .child(element!("path", "d" = icon.path, "fill" = icon.fill))
}

/// A button with a sign, and its name as its tip.
#[inline]
pub fn icon_button(name: impl Into<Word>, sign: &'static Icon) -> Element {
    named_button(name.into(), sign)
}

#[inline(never)]
fn named_button(name: Word, sign: &'static Icon) -> Element {
    element!("button", "type" = "button", "class" = "plain", "aria-label" = name, "title" = name)
        .child(icon(sign))
}
