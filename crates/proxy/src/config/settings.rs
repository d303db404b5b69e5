//! The settings: from a TOML file and from `CANDOR_` variables, which win.
//!
//! Each setting has one name; its variable is the same name in capitals behind `CANDOR_`. A name that is not known
//! is an error rather than ignored, since a setting that is silently without effect is found last.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use candor_protocol::contact;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::Consent;

use super::database::{DEFAULT_URL, DatabaseAddress};
use super::error::SettingsError;
use super::key;
use super::secret::Secret;
use crate::access::origins::{AllowedOrigins, Origin};
use crate::random;

/// The file that is read where neither `--config` nor `CANDOR_CONFIG` names one, if it is there.
pub const DEFAULT_FILE: &str = "candor.toml";

const PREFIX: &str = "CANDOR_";

/// The most characters of what visitors agree to. Who wants to say more has a page for it.
const MAX_CONSENT_CHARS: usize = 1000;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// The name that the demo gives its model.
pub const DEMO_MODEL: &str = "demo";

/// Every setting's name, as the TOML file has it.
const NAMES: &[&str] = &[
    "addr",
    "allowed_origins",
    "api_key",
    "base_url",
    "consent",
    "consent_url",
    "contact",
    "database_url",
    "diagnostics",
    "error_days",
    "greeting",
    "keep_days",
    "linking",
    "log",
    "max_streams",
    "max_tokens",
    "message_chars",
    "model",
    "notice",
    "owner_token",
    "provider",
    "reply_timeout",
    "stall_timeout",
    "subtitle",
    "suggestions",
    "system_prompt",
    "title",
];

/// `CANDOR_` variables that are no settings: the settings file's path, and the widget's folder when building.
const OTHER_VARIABLES: &[&str] = &["CANDOR_CONFIG", "CANDOR_DIST"];

/// Who answers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ProviderSettings {
    /// The built-in one, which needs no key and fails on demand.
    Demo,
    /// Any API that speaks OpenAI's chat completions.
    OpenAi(OpenAiSettings),
}

/// How an OpenAI-compatible API is reached.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OpenAiSettings {
    /// Without a slash at the end, such as `https://api.openai.com/v1`.
    pub base_url: String,
    /// Sent as a bearer token.
    pub api_key: Secret,
    /// The model's name.
    pub model: String,
}

impl ProviderSettings {
    /// The name that the setting `provider` has for it.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Demo => "demo",
            Self::OpenAi(_) => "openai",
        }
    }

    /// The model's name.
    pub fn model(&self) -> &str {
        match self {
            Self::Demo => DEMO_MODEL,
            Self::OpenAi(openai) => &openai.model,
        }
    }
}

/// How long conversations are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Keep {
    /// Until their visitor deletes them.
    Always,
    /// For so long after their last message.
    For(Duration),
    /// Not at all: they stay in the visitors' browsers.
    Nothing,
}

/// Everything that an owner can decide. See `docs/deploy.md` for each setting's meaning.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where to listen.
    pub addr: SocketAddr,
    /// Who answers.
    pub provider: ProviderSettings,
    /// What the model is told before every conversation.
    pub system_prompt: Option<String>,
    /// The most tokens of one reply. `None` leaves it to the provider, since newer models refuse the parameter.
    pub max_tokens: Option<u32>,
    /// The most replies under way for everybody together.
    pub max_streams: usize,
    /// Whose pages may use the chat.
    pub allowed_origins: AllowedOrigins,
    /// What a visitor may see of an error.
    pub diagnostics: Diagnostics,
    /// Known to the owner alone.
    pub owner_token: Option<Secret>,
    /// How long errors are kept for the owner.
    pub error_age: Duration,
    /// The chat's title.
    pub title: String,
    /// The line under the title.
    pub subtitle: String,
    /// What an empty conversation says first.
    pub greeting: String,
    /// Messages that an empty conversation offers.
    pub suggestions: Vec<String>,
    /// The line under the input.
    pub notice: String,
    /// How long to wait for a reply's first byte.
    pub reply_timeout: Duration,
    /// How long a reply may pause.
    pub stall_timeout: Duration,
    /// The most characters of one message.
    pub message_chars: usize,
    /// Where conversations are kept.
    pub database: DatabaseAddress,
    /// How long conversations are kept after their last message.
    pub keep: Keep,
    /// What visitors are asked to agree to before their first message.
    pub consent: Option<Consent>,
    /// Whom visitors can turn to, as [`contact::address`] has it.
    pub contact: Option<String>,
    /// Whether visitors may move to another device by a code.
    pub linking: bool,
    /// Which logs are written, in the syntax of tracing's `EnvFilter`.
    pub log: String,
}

impl Settings {
    /// Reads the file, if there is one, and the process's variables.
    ///
    /// # Errors
    /// The first thing that is wrong, with where it stands and what would be right.
    pub fn load(config: Option<&Path>) -> Result<Self, SettingsError> {
        let mut variables = BTreeMap::new();
        for (name, value) in std::env::vars_os() {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else { continue };
            let name = name.to_owned();
            let Ok(value) = value.into_string() else { return Err(SettingsError::NotUtf8 { name }) };
            variables.insert(name, value);
        }
        let named = config.map(Path::to_owned).or_else(|| variables.get("CANDOR_CONFIG").map(PathBuf::from));
        let file = match named {
            Some(path) => Some(path),
            None => Some(PathBuf::from(DEFAULT_FILE)).filter(|path| path.exists()),
        };
        let text = match &file {
            Some(path) => Some(
                std::fs::read_to_string(path)
                    .map_err(|source| SettingsError::Unreadable { file: path.clone(), source })?,
            ),
            None => None,
        };
        let name = file.map(|path| path.display().to_string()).unwrap_or_default();
        Self::from_sources(text.as_deref().map(|text| (name.as_str(), text)), variables)
    }

    /// Puts the settings together: `file` is a name to speak of it by and its TOML, `variables` win over it.
    ///
    /// # Errors
    /// The first thing that is wrong, with where it stands and what would be right.
    pub fn from_sources(
        file: Option<(&str, &str)>,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, SettingsError> {
        let mut given = Given(BTreeMap::new());
        if let Some((name, text)) = file {
            given.add_file(name, text)?;
        }
        given.add_variables(variables)?;
        given.settings()
    }
}

/// One setting as it was given, and where.
struct Value {
    value: toml::Value,
    place: String,
    is_variable: bool,
}

struct Given(BTreeMap<&'static str, Value>);

impl Given {
    fn add_file(&mut self, file: &str, text: &str) -> Result<(), SettingsError> {
        let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
            // Only the reason is passed on: the whole error quotes the line, which may hold a key.
            let line =
                error.span().map_or(1, |span| text[..span.start.min(text.len())].matches('\n').count() + 1);
            let reason = error.message().lines().next().unwrap_or_default().to_owned();
            SettingsError::NotToml { file: file.to_owned(), line, reason }
        })?;
        for (name, value) in table {
            let Some(known) = NAMES.iter().find(|known| **known == name) else {
                let nearest = nearest(&name, NAMES.iter().copied());
                return Err(SettingsError::UnknownSetting { file: file.to_owned(), name, nearest });
            };
            let place = format!("{known} in {file}");
            self.0.insert(known, Value { value, place, is_variable: false });
        }
        Ok(())
    }

    fn add_variables(
        &mut self,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<(), SettingsError> {
        for (name, value) in variables {
            if !name.starts_with(PREFIX) || OTHER_VARIABLES.contains(&name.as_str()) {
                continue;
            }
            let known = NAMES.iter().find(|known| format!("{PREFIX}{}", known.to_uppercase()) == name);
            let Some(known) = known else {
                let capitals: Vec<String> =
                    NAMES.iter().map(|known| format!("{PREFIX}{}", known.to_uppercase())).collect();
                let nearest = nearest(&name, capitals.iter().map(String::as_str));
                return Err(SettingsError::UnknownVariable { name, nearest });
            };
            // An empty variable is how shells and containers say "not set".
            if !value.is_empty() {
                self.0.insert(
                    known,
                    Value { value: toml::Value::String(value), place: name, is_variable: true },
                );
            }
        }
        Ok(())
    }

    fn text(&self, name: &'static str) -> Result<Option<&str>, SettingsError> {
        match self.0.get(name) {
            None => Ok(None),
            Some(Value { value: toml::Value::String(text), .. }) => Ok(Some(text)),
            Some(Value { place, .. }) => Err(SettingsError::NotText { place: place.clone() }),
        }
    }

    fn text_or(&self, name: &'static str, otherwise: &str) -> Result<String, SettingsError> {
        Ok(self.text(name)?.unwrap_or(otherwise).to_owned())
    }

    fn invalid(&self, name: &'static str, wanted: impl Into<String>) -> SettingsError {
        SettingsError::Invalid { place: self.place(name), wanted: wanted.into(), source: None }
    }

    /// For `map_err`: as [`Self::invalid`], with what the reader of its syntax says.
    fn unreadable<E: Error + Send + Sync + 'static>(
        &self,
        name: &'static str,
        wanted: &'static str,
    ) -> impl FnOnce(E) -> SettingsError {
        let place = self.place(name);
        move |error| SettingsError::Invalid { place, wanted: wanted.to_owned(), source: Some(error.into()) }
    }

    fn place(&self, name: &'static str) -> String {
        self.0.get(name).map_or(name, |given| given.place.as_str()).to_owned()
    }

    fn number(&self, name: &'static str, least: u32, most: u32) -> Result<Option<u32>, SettingsError> {
        let Some(given) = self.0.get(name) else { return Ok(None) };
        let number = match &given.value {
            toml::Value::Integer(number) => u32::try_from(*number).ok(),
            toml::Value::String(text) if given.is_variable => text.trim().parse().ok(),
            _ => None,
        };
        number
            .filter(|number| (least..=most).contains(number))
            .map(Some)
            .ok_or_else(|| self.invalid(name, format!("a whole number from {least} to {most}")))
    }

    /// On or off; off where nothing is given.
    fn flag(&self, name: &'static str) -> Result<bool, SettingsError> {
        let Some(given) = self.0.get(name) else { return Ok(false) };
        let flag = match &given.value {
            toml::Value::Boolean(flag) => Some(*flag),
            toml::Value::String(text) if given.is_variable => text.trim().parse().ok(),
            _ => None,
        };
        flag.ok_or_else(|| self.invalid(name, "true or false"))
    }

    fn seconds(&self, name: &'static str, otherwise: u32) -> Result<Duration, SettingsError> {
        Ok(Duration::from_secs(self.number(name, 1, 600)?.unwrap_or(otherwise).into()))
    }

    /// A list: an array of texts in TOML; in a variable separated by `separator`.
    fn list(&self, name: &'static str, separator: char) -> Result<Option<Vec<String>>, SettingsError> {
        let Some(given) = self.0.get(name) else { return Ok(None) };
        let texts = match &given.value {
            toml::Value::String(text) if given.is_variable => Some(
                text.split(separator)
                    .map(str::trim)
                    .filter(|text| !text.is_empty())
                    .map(str::to_owned)
                    .collect(),
            ),
            toml::Value::Array(values) => {
                values.iter().map(|value| value.as_str().map(str::to_owned)).collect::<Option<Vec<_>>>()
            }
            _ => None,
        };
        texts.map(Some).ok_or_else(|| self.invalid(name, "a list of texts, such as [\"one\", \"two\"]"))
    }

    fn settings(self) -> Result<Settings, SettingsError> {
        let provider = self.provider()?;
        let is_demo = provider == ProviderSettings::Demo;
        let allowed_origins = match self.list("allowed_origins", ',')? {
            Some(origins) => self.origins(&origins)?,
            None if is_demo => AllowedOrigins::Any,
            None => AllowedOrigins::These(Vec::new()),
        };
        let diagnostics = match self.text("diagnostics")? {
            Some("reference") => Diagnostics::Reference,
            Some("full") => Diagnostics::Full,
            Some("off") => Diagnostics::Off,
            Some(_) => return Err(self.invalid("diagnostics", "reference, full or off")),
            None if is_demo => Diagnostics::Full,
            None => Diagnostics::Reference,
        };
        let (title, subtitle, greeting, notice) = if is_demo {
            (
                "Candor",
                "A demo that needs no key",
                "Hello. Ask me anything, or try a failure to see how it is told.",
                "Answers come from the built-in demo.",
            )
        } else {
            ("Chat", "", "Hello. How can I help?", "Answers are written by AI and can be wrong.")
        };
        let suggestions: &[&str] =
            if is_demo { &["What can you do?", "How do I embed this?", "fail: missing scopes"] } else { &[] };
        Ok(Settings {
            addr: self.addr()?,
            system_prompt: self.text("system_prompt")?.map(str::to_owned),
            max_streams: self.number("max_streams", 1, 100_000)?.map_or(512, |number| number as usize),
            max_tokens: self.number("max_tokens", 1, 1_000_000)?,
            allowed_origins,
            diagnostics,
            owner_token: self.owner_token()?,
            error_age: Duration::from_secs(
                DAY_SECONDS * u64::from(self.number("error_days", 1, 365)?.unwrap_or(30)),
            ),
            title: self.text_or("title", title)?,
            subtitle: self.text_or("subtitle", subtitle)?,
            greeting: self.text_or("greeting", greeting)?,
            suggestions: self
                .list("suggestions", '|')?
                .unwrap_or_else(|| suggestions.iter().map(|text| (*text).to_owned()).collect()),
            notice: self.text_or("notice", notice)?,
            reply_timeout: self.seconds("reply_timeout", if is_demo { 5 } else { 60 })?,
            stall_timeout: self.seconds("stall_timeout", if is_demo { 5 } else { 30 })?,
            message_chars: self.number("message_chars", 1, 50_000)?.map_or(8000, |number| number as usize),
            log: self.log()?,
            database: self.database()?,
            keep: match self.number("keep_days", 0, 3650)? {
                None => Keep::Always,
                Some(0) => Keep::Nothing,
                Some(days) => Keep::For(Duration::from_secs(DAY_SECONDS * u64::from(days))),
            },
            consent: self.consent()?,
            contact: self.contact()?,
            linking: self.flag("linking")?,
            provider,
        })
    }

    fn database(&self) -> Result<DatabaseAddress, SettingsError> {
        DatabaseAddress::parse(self.text("database_url")?.unwrap_or(DEFAULT_URL).trim()).ok_or_else(|| {
            self.invalid(
                "database_url",
                "sqlite://path/to/a/file, sqlite::memory: or postgres://user:password@host/database",
            )
        })
    }

    fn consent(&self) -> Result<Option<Consent>, SettingsError> {
        let url = self.text("consent_url")?.map(str::trim).filter(|url| !url.is_empty());
        let is_page =
            |url: &str| reqwest::Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
        if url.is_some_and(|url| !is_page(url)) {
            return Err(self.invalid("consent_url", "an address such as https://www.example.com/privacy"));
        }
        let Some(text) = self.text("consent")?.map(str::trim).filter(|text| !text.is_empty()) else {
            return match url {
                None => Ok(None),
                Some(_) => Err(SettingsError::NoConsent),
            };
        };
        if text.chars().count() > MAX_CONSENT_CHARS {
            return Err(self.invalid("consent", format!("at most {MAX_CONSENT_CHARS} characters")));
        }
        Ok(Some(Consent { text: text.to_owned(), url: url.map(str::to_owned) }))
    }

    fn contact(&self) -> Result<Option<String>, SettingsError> {
        let Some(text) = self.text("contact")?.map(str::trim).filter(|text| !text.is_empty()) else {
            return Ok(None);
        };
        let wanted = "a mail address, a telephone number or an https address, such as help@example.com";
        contact::address(text).map(Some).ok_or_else(|| self.invalid("contact", wanted))
    }

    fn log(&self) -> Result<String, SettingsError> {
        let log = self.text_or("log", "info")?;
        tracing_subscriber::EnvFilter::try_new(&log)
            .map(|_| log)
            .map_err(self.unreadable("log", "a filter such as info, debug or candor_proxy=debug"))
    }

    fn owner_token(&self) -> Result<Option<Secret>, SettingsError> {
        let Some(token) = self.text("owner_token")?.map(str::trim).filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        if token.starts_with(random::TOKEN) || !token.chars().all(|c| c.is_ascii_graphic()) {
            let wanted =
                format!("made of ASCII letters, digits and signs, and must not begin with {}", random::TOKEN);
            return Err(self.invalid("owner_token", &wanted));
        }
        Ok(Some(token.into()))
    }

    fn addr(&self) -> Result<SocketAddr, SettingsError> {
        let text = self.text("addr")?.unwrap_or("127.0.0.1:8787");
        let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        SocketAddr::from_str(numeric.as_deref().unwrap_or(text))
            .map_err(self.unreadable("addr", "an IP address and a port, such as 127.0.0.1:8787"))
    }

    fn provider(&self) -> Result<ProviderSettings, SettingsError> {
        match self.text("provider")?.unwrap_or("demo") {
            "demo" => Ok(ProviderSettings::Demo),
            "openai" => Ok(ProviderSettings::OpenAi(OpenAiSettings {
                base_url: self.base_url()?,
                api_key: self.api_key()?.into(),
                model: self.needed_by_openai("model")?.to_owned(),
            })),
            "anthropic" => Err(SettingsError::NoAnthropic),
            _ => Err(self.invalid("provider", "demo or openai")),
        }
    }

    fn api_key(&self) -> Result<&str, SettingsError> {
        let key = key::tidy(self.text("api_key")?.unwrap_or_default());
        if key.is_empty() {
            return Err(SettingsError::NeededByOpenAi { name: "api_key" });
        }
        if !key.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(
                self.invalid("api_key", "one word of letters, digits and signs, as the provider shows it")
            );
        }
        Ok(key)
    }

    fn needed_by_openai(&self, name: &'static str) -> Result<&str, SettingsError> {
        let text = self.text(name)?.map(str::trim).filter(|text| !text.is_empty());
        let text = text.ok_or(SettingsError::NeededByOpenAi { name })?;
        // What cannot stand in a header is a copying mistake, such as a line break inside a key.
        if text.chars().any(char::is_control) {
            return Err(self.invalid(name, "one line without control characters"));
        }
        Ok(text)
    }

    fn base_url(&self) -> Result<String, SettingsError> {
        let text = self.text("base_url")?.unwrap_or("https://api.openai.com/v1").trim();
        let wanted =
            "an http or https address without user, query or fragment, such as https://api.openai.com/v1";
        let url = reqwest::Url::parse(text).map_err(self.unreadable("base_url", wanted))?;
        let is_plain = url.username().is_empty()
            && url.password().is_none()
            && url.query().is_none()
            && url.fragment().is_none();
        if !matches!(url.scheme(), "http" | "https") || !url.has_host() || !is_plain {
            return Err(self.invalid("base_url", wanted));
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }

    fn origins(&self, texts: &[String]) -> Result<AllowedOrigins, SettingsError> {
        if texts.iter().any(|text| text == "*") {
            return Ok(AllowedOrigins::Any);
        }
        texts
            .iter()
            .map(|text| {
                Origin::parse(text).ok_or_else(|| {
                    self.invalid(
                        "allowed_origins",
                        format!(
                            "a list of origins such as https://www.example.com, or *; “{text}” is neither"
                        ),
                    )
                })
            })
            .collect::<Result<_, _>>()
            .map(AllowedOrigins::These)
    }
}

/// A sentence that names the nearest known name, where one is near enough to be meant.
fn nearest<'a>(name: &str, known: impl Iterator<Item = &'a str>) -> String {
    known
        .map(|candidate| (strsim::jaro_winkler(name, candidate), candidate))
        .filter(|(likeness, _)| *likeness > 0.8)
        .max_by(|one, other| one.0.total_cmp(&other.0))
        .map_or_else(
            || " Remove it; docs/deploy.md lists every setting.".to_owned(),
            |(_, candidate)| format!(" Did you mean {candidate}?"),
        )
}
