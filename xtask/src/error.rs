//! How a command fails: one line with the cause, and the way on.

use std::fmt;

/// What went wrong, and what the person at the terminal can do about it.
#[derive(Debug)]
pub struct Error {
    cause: String,
    next: String,
}

/// The result of everything that can fail here.
pub type Result<T> = std::result::Result<T, Error>;

impl Error {
    /// A failure with its cause and the next step, each a sentence of its own.
    pub fn new(cause: impl Into<String>, next: impl Into<String>) -> Self {
        Self { cause: cause.into(), next: next.into() }
    }

    /// A file or folder that could not be read, written or moved.
    pub fn file(action: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        Self::new(
            format!("Could not {action} {}: {error}.", path.display()),
            "Check that the path exists and may be written, and that the disk has room.",
        )
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.cause, self.next)
    }
}

impl std::error::Error for Error {}

#[cfg(test)]
mod tests {
    use super::Error;

    #[test]
    fn reads_as_one_line() {
        let error = Error::new("Trunk is missing.", "Run `cargo xtask setup`.");
        assert_eq!(error.to_string(), "Trunk is missing. Run `cargo xtask setup`.");
    }
}
