//! Every sentence of the widget, by area, so that an area's words travel with the part that says them. English is compiled in.
//! Those of another language are a file of `www/locales`, which `www/language.js` fetches beside the core, and hands to [`set`].
//!
//! An area is one text, a line for each of its words: in a module that visitors download, each word of its own would cost its
//! place and its length besides. Both are in the order of their keys. Words of the same number are forms of one, `one:…|other:…`,
//! of which [`count`] takes the one that the language has for a number.

pub mod causes;
mod contact;
mod conversation;
mod core;
mod diagnostics;
mod export;
mod history;
mod time;

pub use self::contact::Contact;
pub use self::conversation::Conversation;
pub use self::core::Core;
pub use self::diagnostics::Diagnostics;
pub use self::export::Export;
pub use self::history::History;
pub use self::time::Time;

use std::cell::{Cell, RefCell};

use candor_protocol::problem::Problem;
use js_sys::{Array, Function, Promise};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use yew::virtual_dom::AttributeOrProperty;

use crate::attribute::Attribute;
use crate::json::get;

/// The words of an area: a variant for each, with its key and its English.
macro_rules! words {
    ($(#[$doc:meta])* pub enum $name:ident of $area:literal { $($word:ident $key:literal = $english:literal,)* }) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum $name {
            $(#[doc = $english] $word,)*
        }

        impl $name {
            const ENGLISH: &'static str = concat!($($english, "\n"),*);
            const AREA: Area =
                Area { name: $area, english: Self::ENGLISH, number: Number::$name as usize };

            /// The key of each, and its English.
            pub const ALL: &'static [(&'static str, &'static str)] = &[$(($key, $english)),*];

            /// The word, in the language of the widget.
            pub fn text(self) -> &'static str {
                Word::from(self).text()
            }

            /// The word in English, as reports have it whatever the widget's language is.
            pub fn english(self) -> &'static str {
                line(Self::ENGLISH, self as usize)
            }

            /// The word that has this English, where there is one: a chat server and the other crates speak English.
            pub fn of_english(english: &str) -> Option<&'static str> {
                let at = Self::ENGLISH.lines().position(|line| line == english)?;
                Some(Word { area: &Self::AREA, at }.text())
            }
        }

        impl From<$name> for Word {
            #[inline]
            fn from(word: $name) -> Self {
                Self { area: &$name::AREA, at: word as usize }
            }
        }

        impl Attribute for $name {
            #[inline]
            fn attribute(self) -> Option<AttributeOrProperty> {
                Word::from(self).attribute()
            }
        }
    };
}
use words;

/// The areas.
#[derive(Clone, Copy)]
enum Number {
    Core,
    Conversation,
    Contact,
    Time,
    History,
    Export,
    Diagnostics,
}

const AREAS: usize = Number::Diagnostics as usize + 1;

/// A word of any area. Views hand these on, since a text that is given back takes more code at each place than a number.
#[derive(Clone, Copy)]
pub struct Word {
    area: &'static Area,
    at: usize,
}

impl Word {
    /// The word, in the language of the widget.
    #[inline(never)]
    pub fn text(self) -> &'static str {
        line(self.area.lines(), self.at)
    }
}

impl Attribute for Word {
    #[inline(never)]
    fn attribute(self) -> Option<AttributeOrProperty> {
        self.text().attribute()
    }
}

/// An area's words.
struct Area {
    /// What the locale calls it.
    name: &'static str,
    english: &'static str,
    number: usize,
}

thread_local! {
    /// The words of another language than English, as `www/language.js` has them; else `undefined`.
    static LOCALE: RefCell<JsValue> = const { RefCell::new(JsValue::UNDEFINED) };
    /// The words of each area, once one of them was wanted.
    static SAID: [Cell<&'static str>; AREAS] = const { [const { Cell::new("") }; AREAS] };
}

/// Takes over the words of another language than English. They stay for as long as the page does: a page has one language.
pub fn set(locale: JsValue) {
    LOCALE.with_borrow_mut(|known| {
        if known.is_undefined() {
            *known = locale;
        }
    });
}

/// Whether there is a browser, which has a locale. Natively, in tests, all is English, and a value of a browser’s cannot even be made.
const HAS_BROWSER: bool = cfg!(target_family = "wasm");

/// What the locale has of this name; `undefined` in English.
#[inline(never)]
fn of_locale(name: &str) -> JsValue {
    LOCALE.with_borrow(|locale| get(locale, name))
}

/// A text of the locale’s; none in English.
fn text_of_locale(name: &str) -> Option<String> {
    if HAS_BROWSER { of_locale(name).as_string() } else { None }
}

impl Area {
    #[inline(never)]
    fn lines(&'static self) -> &'static str {
        SAID.with(|said| {
            let said = &said[self.number];
            if said.get().is_empty() {
                let own = text_of_locale(self.name);
                said.set(own.map_or(self.english, |own| String::leak(own)));
            }
            said.get()
        })
    }
}

/// The line of that number; an empty one where there are less. By bytes, since the searchers of `str` are 2 kB.
#[inline(never)]
fn line(text: &str, at: usize) -> &str {
    let mut rest = text;
    for _ in 0..at {
        rest = behind(rest, end(rest, b'\n'));
    }
    &rest[..end(rest, b'\n')]
}

/// Where this byte, an ASCII one, stands first; else where the text ends.
#[inline(never)]
fn end(text: &str, byte: u8) -> usize {
    text.bytes().position(|other| other == byte).unwrap_or(text.len())
}

/// What stands behind this place.
fn behind(text: &str, place: usize) -> &str {
    text.get(place + 1..).unwrap_or_default()
}

/// A word with what stands in the place of its placeholders, each by its name.
#[inline]
pub fn fill(word: impl Into<Word>, values: &[(&str, &str)]) -> String {
    fill_word(word.into(), values)
}

#[inline(never)]
fn fill_word(word: Word, values: &[(&str, &str)]) -> String {
    fill_text(word.text(), values)
}

/// The same of a text.
#[inline(never)]
pub fn fill_text(text: &str, values: &[(&str, &str)]) -> String {
    let (mut filled, mut rest) = (String::new(), text);
    while let Some(start) = rest.bytes().position(|byte| byte == b'{') {
        let (before, after) = (&rest[..start], &rest[start + 1..]);
        let end = end(after, b'}');
        filled.push_str(before);
        let value = values.iter().find(|(name, _)| *name == &after[..end]);
        filled.push_str(value.map_or("", |(_, value)| value));
        rest = behind(after, end);
    }
    filled.push_str(rest);
    filled
}

/// The form of a word that the language has for a number, with that number as `{count}`, and with one more value.
#[inline]
pub fn count(forms: impl Into<Word>, number: u64, value: Option<(&str, &str)>) -> String {
    count_forms(forms.into(), number, value)
}

#[inline(never)]
fn count_forms(forms: Word, number: u64, value: Option<(&str, &str)>) -> String {
    let category = call_with_number("plural", number);
    let category = category.as_deref().unwrap_or(if number == 1 { "one" } else { "other" });
    let counted = self::number(number);
    fill_text(form(forms.text(), category), &[("count", &counted), value.unwrap_or_default()])
}

/// The form of this category, else the last one.
fn form<'a>(forms: &'a str, category: &str) -> &'a str {
    let mut rest = forms;
    loop {
        let end_of_form = end(rest, b'|');
        let name = end(rest, b':');
        if rest.get(..name) == Some(category) || end_of_form == rest.len() {
            return rest.get(name + 1..end_of_form).unwrap_or_default();
        }
        rest = behind(rest, end_of_form);
    }
}

/// A number as the language writes it.
pub fn number(number: u64) -> String {
    call_with_number("number", number).unwrap_or_else(|| itoa::Buffer::new().format(number).to_owned())
}

fn call_with_number(name: &str, number: u64) -> Option<String> {
    if HAS_BROWSER { call(name, &JsValue::from_f64(number as f64)).as_string() } else { None }
}

/// Several, of which any, in words.
pub fn any_of(names: &[&str], or: &str) -> String {
    let own = HAS_BROWSER.then(|| {
        let list: Array = names.iter().map(|name| JsValue::from_str(name)).collect();
        call("list", &list).as_string()
    });
    own.flatten().unwrap_or_else(|| names.join(&[" ", or, " "].concat()))
}

/// Calls a function of the locale; `undefined` in English.
fn call(name: &str, given: &JsValue) -> JsValue {
    let function = of_locale(name);
    if function.is_undefined() {
        return function;
    }
    function.unchecked_ref::<Function>().call1(&JsValue::UNDEFINED, given).unwrap_or_default()
}

/// Whether the words of Diagnostics are still to be fetched, by [`fetch_diagnostics`].
pub fn lacks_diagnostics() -> bool {
    HAS_BROWSER && !of_locale("more").is_undefined() && of_locale("diagnostics").is_undefined()
}

/// Fetches them; where they cannot be had, Diagnostics speaks English.
pub async fn fetch_diagnostics() {
    if lacks_diagnostics() {
        let promise: Promise = call("more", &JsValue::UNDEFINED).unchecked_into();
        let _ = JsFuture::from(promise).await;
    }
}

/// The language's tag, as `Intl` takes it.
pub fn tag() -> Option<String> {
    text_of_locale("lang")
}

/// What happened, in the widget's language: by the cause, or in the problem's own words where the language has none for it.
#[inline(never)]
pub fn title(problem: &Problem) -> String {
    of_map("titles", &problem.cause, &problem.title)
}

/// What is safe and what to do, as [`title`].
#[inline(never)]
pub fn detail(problem: &Problem) -> String {
    of_map(if problem.retryable { "retryable" } else { "final" }, &problem.cause, &problem.detail)
}

/// What the owner has an empty conversation say, which is a word of the language where it is what the proxy says by itself.
pub fn of_owner(text: &str) -> String {
    of_map("defaults", text, text)
}

#[inline(never)]
fn of_map(map: &str, key: &str, own: &str) -> String {
    let words = if HAS_BROWSER { get(&of_locale(map), key).as_string() } else { None };
    words.unwrap_or_else(|| own.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_word_is_found_in_its_line() {
        assert_eq!(Core::Assistant.text(), "Assistant");
        assert_eq!(Core::You.text(), "You");
        assert_eq!(line("one\ntwo", 1), "two", "without an end of line");
    }

    #[test]
    fn placeholders_are_filled_by_their_names_in_any_order() {
        assert_eq!(fill_text("{b} and {a}, {c}.", &[("a", "1"), ("b", "2")]), "2 and 1, .");
        assert_eq!(fill_text("none", &[]), "none");
        assert_eq!(fill_text("{open", &[("open", "x")]), "x");
    }

    #[test]
    fn the_form_is_that_of_the_number_or_the_last() {
        let forms = "one:a: 1|few:b|other:c";
        assert_eq!([form(forms, "one"), form(forms, "few"), form(forms, "many")], ["a: 1", "b", "c"]);
        assert_eq!(count(Conversation::TrySeconds, 1, None), "Try again in 1 second.");
        assert_eq!(count(Conversation::TrySeconds, 20, None), "Try again in 20 seconds.");
    }
}
