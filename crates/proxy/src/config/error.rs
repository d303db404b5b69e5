//! What can be wrong with the settings.

use std::error::Error;
use std::io;
use std::path::PathBuf;

/// Why the settings cannot be used: one line with the cause and the way on.
#[derive(Debug, thiserror::Error)]
pub enum SettingsError {
    /// A variable that is no text.
    #[error("{name} is not valid UTF-8. Set it to plain text.")]
    NotUtf8 {
        /// The variable.
        name: String,
    },
    /// The file is not there, or may not be read.
    #[error("The settings file {} cannot be read: {source}. Check its path and its permissions.", file.display())]
    Unreadable {
        /// The settings file.
        file: PathBuf,
        /// The system's error.
        source: io::Error,
    },
    /// A line that is no TOML. The reader's whole error is no source here: it quotes the line, which may hold a key.
    #[error("{file}, line {line}, is not valid TOML: {reason}. Correct that line.")]
    NotToml {
        /// The settings file.
        file: String,
        /// Counted from one.
        line: usize,
        /// The reader's reason, without the line.
        reason: String,
    },
    /// A name in the file that no setting has.
    #[error("{file} has an unknown setting, {name}.{nearest}")]
    UnknownSetting {
        /// The settings file.
        file: String,
        /// The name as it stands there.
        name: String,
        /// A sentence with what may have been meant.
        nearest: String,
    },
    /// A variable that no setting has.
    #[error("{name} is not a known variable.{nearest}")]
    UnknownVariable {
        /// The variable.
        name: String,
        /// A sentence with what may have been meant.
        nearest: String,
    },
    /// A number, say, where a text is wanted.
    #[error("{place} must be a text. Put it in quotation marks.")]
    NotText {
        /// The setting, and where it stands.
        place: String,
    },
    /// A value that the setting cannot have.
    #[error("{place} must be {wanted}.")]
    Invalid {
        /// The setting, and where it stands.
        place: String,
        /// What it can have.
        wanted: String,
        /// What the reader of its syntax says, where it has one.
        source: Option<Box<dyn Error + Send + Sync>>,
    },
    /// A page about consent, and nothing to agree to.
    #[error("consent_url is set and consent is not. Set consent to the words that visitors agree to.")]
    NoConsent,
    /// Traces, in a program without them.
    #[error(
        "{place} asks for traces, which this build of candor has not. Build it with `cargo xtask build`, or with `--features traces`, or set traces to off."
    )]
    NoTraces {
        /// The setting, and where it stands.
        place: String,
    },
    /// A provider that is still to come.
    #[error(
        "The provider anthropic is not in this version yet. Use openai with any compatible base_url, or demo."
    )]
    NoAnthropic,
    /// A setting that the chosen challenge cannot do without.
    #[error("The challenge {challenge} needs {name}: {what}. Set CANDOR_{} or {name} in the settings file.", name.to_uppercase())]
    NeededByChallenge {
        /// The challenge.
        challenge: &'static str,
        /// The setting.
        name: &'static str,
        /// What belongs into it.
        what: &'static str,
    },
    /// A setting that the chosen provider cannot do without.
    #[error("The provider openai needs {name}. Set CANDOR_{} or {name} in the settings file.", name.to_uppercase())]
    NeededByOpenAi {
        /// The setting.
        name: &'static str,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Settings;

    #[test]
    fn what_a_syntax_reader_says_is_kept() {
        let unreadable = [("CANDOR_ADDR", "here"), ("CANDOR_LOG", "candor=loud")];
        for (name, value) in unreadable {
            let error = Settings::from_sources(None, [(name.to_owned(), value.to_owned())]).unwrap_err();
            assert!(error.source().is_some(), "{error}");
        }
    }

    #[test]
    fn a_line_that_may_hold_a_key_is_not_kept() {
        let error = Settings::from_sources(Some(("candor.toml", "api_key = sk-secret")), []).unwrap_err();
        assert!(matches!(error, SettingsError::NotToml { line: 1, .. }), "{error}");
        assert!(error.source().is_none() && !format!("{error:?}").contains("secret"), "{error:?}");
    }
}
