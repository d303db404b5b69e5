//! Which addresses a message may lead to. Whatever is not on this list stays text.

/// Whether an address is on the allow-list.
pub fn is_allowed(address: &str) -> bool {
    leads_outside(address.trim_ascii()).is_some()
}

/// Whether an address on the allow-list leads away from the page; none for any other.
pub fn leads_outside(address: &str) -> Option<bool> {
    let outside = ["https://", "http://", "mailto:", "tel:"]
        .iter()
        .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)));
    let inside = (address.starts_with('/') && !address.starts_with("//") && !address.starts_with("/\\"))
        || address.starts_with('#');
    ((outside || inside) && !address.chars().any(char::is_control)).then_some(outside)
}
