//! Values that must not be shown.

use secrecy::{ExposeSecret, SecretString};

/// A value that must not be shown: its `Debug` output says only that it is there, and its memory is overwritten when it is
/// dropped.
#[derive(Clone, Debug)]
pub struct Secret(SecretString);

impl Secret {
    /// The value itself, for the one place that sends it.
    pub fn reveal(&self) -> &str {
        self.0.expose_secret()
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self(value.into())
    }
}

impl PartialEq for Secret {
    fn eq(&self, other: &Self) -> bool {
        self.reveal() == other.reveal()
    }
}

impl Eq for Secret {}

#[cfg(test)]
mod tests {
    use super::Secret;

    #[test]
    fn is_not_shown() {
        assert!(!format!("{:?}", Secret::from("sk-planted")).contains("planted"));
    }
}
