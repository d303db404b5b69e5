//! What the attributes of [elements](crate::element) are given.

use yew::AttrValue;
use yew::virtual_dom::AttributeOrProperty;

/// What an attribute can be given.
pub trait Attribute {
    /// What it is set to; `None` leaves it out.
    fn attribute(self) -> Option<AttributeOrProperty>;
}

impl Attribute for &'static str {
    fn attribute(self) -> Option<AttributeOrProperty> {
        Some(AttributeOrProperty::Static(self))
    }
}

impl Attribute for String {
    fn attribute(self) -> Option<AttributeOrProperty> {
        Some(AttributeOrProperty::Attribute(AttrValue::from(self)))
    }
}

/// An attribute that is there or not, as `disabled`.
impl Attribute for bool {
    fn attribute(self) -> Option<AttributeOrProperty> {
        self.then_some(AttributeOrProperty::Static(""))
    }
}

impl<T: Attribute> Attribute for Option<T> {
    fn attribute(self) -> Option<AttributeOrProperty> {
        self.and_then(T::attribute)
    }
}
