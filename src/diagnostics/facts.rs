//! Facts, which stand in a list of names and values.

use yew::Html;

use crate::element::{element, fragment};
use crate::words::Diagnostics;

/// A name and its value; where the value is not known, nothing in their place.
#[inline(never)]
pub fn fact(name: Diagnostics, value: Option<&str>) -> Html {
    value.map_or_else(Html::default, |value| {
        fragment(vec![element!("dt").say(name).into(), element!("dd").string(value).into()])
    })
}
