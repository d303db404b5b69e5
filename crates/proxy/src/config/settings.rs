//! The settings: from a TOML file and from `CANDOR_` variables, which win.
//!
//! Each setting has one name; its variable is the same name in capitals behind `CANDOR_`. A name that is not known
//! is an error rather than ignored, since a setting that is silently without effect is found last.

use std::collections::BTreeMap;
use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use axum::http::{HeaderName, HeaderValue};
use candor_protocol::contact;
use candor_protocol::visibility::Diagnostics;
use candor_protocol::wire::{ChallengeKind, Consent};
use url::{Host, Url};

use super::challenge::{
    ChallengeSettings, HCAPTCHA_VERIFY_URL, MIN_SIGNING_SECRET_CHARS, ServiceSettings, TURNSTILE_VERIFY_URL,
};
use super::database::{DEFAULT_URL, DatabaseAddress};
use super::error::SettingsError;
use super::key;
use super::limits::{self, Limits};
use super::price::{Price, Pricing};
use super::secret::Secret;
use super::traces::{self, TracesSettings};
use crate::access::address::{self, TrustedProxies};
use crate::access::origins::{AllowedOrigins, Origin};
use crate::random;

/// The file that is read where neither `--config` nor `CANDOR_CONFIG` names one, if it is there.
pub const DEFAULT_FILE: &str = "candor.toml";

const PREFIX: &str = "CANDOR_";

/// The most characters of what visitors agree to. Who wants to say more has a page for it.
const MAX_CONSENT_CHARS: usize = 1000;

/// The most that a million tokens can be said to cost: more than anybody takes.
const MAX_PRICE_DOLLARS: f64 = 10_000.0;

/// What one price needs.
const OTHER_PRICE: &str = "set beside the other price, in US dollars a million tokens";

/// Where the chat listens without a setting.
const DEFAULT_ADDR: SocketAddr = SocketAddr::new(IpAddr::V4(Ipv4Addr::LOCALHOST), 8787);

/// The connections that there may be beside one for each answer under way: pages, lists, other tabs.
const OTHER_CONNECTIONS: usize = 4096;

/// The connections that an address may have: some dozens of people behind one router, with some tabs each.
const CONNECTIONS_PER_ADDRESS: usize = 256;

const DAY_SECONDS: u64 = 24 * 60 * 60;

/// The name that the demo gives its model.
pub const DEMO_MODEL: &str = "demo";

/// The table of limits, and the word that switches all of them off.
const LIMITS: &str = "limits";

/// Every setting's name, as the TOML file has it; those of the table `[limits]` are in [`limits::ALL`].
const NAMES: &[&str] = &[
    "addr",
    "allow_plain_http",
    "allowed_origins",
    "api_key",
    "base_url",
    "body_timeout",
    "challenge",
    "challenge_secret",
    "challenge_site_key",
    "challenge_verify_url",
    "consent",
    "consent_url",
    "contact",
    "database_url",
    "diagnostics",
    "drain_time",
    "error_days",
    "feedback",
    "greeting",
    "idle_timeout",
    "input_price",
    "keep_days",
    LIMITS,
    "linking",
    "log",
    "log_format",
    "max_connections",
    "max_connections_per_address",
    "max_output_tokens",
    "max_streams",
    "message_chars",
    "metrics_addr",
    "metrics_token",
    "model",
    "moderation",
    "notice",
    "output_price",
    "owner_token",
    "provider",
    "reply_timeout",
    "stall_timeout",
    "subtitle",
    "suggestions",
    "system_prompt",
    "title",
    "traces",
    "traces_headers",
    "traces_parent",
    "traces_ratio",
    "traces_to_provider",
    "trusted_proxies",
    "visitor_language",
    "write_timeout",
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
    /// Whether it is told which trace a request is of.
    pub continues_trace: bool,
}

impl OpenAiSettings {
    /// Whether the API is on this machine or in a private network, where nobody is paid for a token, unless it is a gateway.
    pub fn is_near(&self) -> bool {
        Url::parse(&self.base_url).is_ok_and(|url| is_near(&url))
    }
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

/// How a line of the log is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For people.
    Text,
    /// One JSON object a line, for whatever gathers logs.
    Json,
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
    pub max_output_tokens: Option<u32>,
    /// Whether the model is asked to answer in the visitor's language.
    pub visitor_language: bool,
    /// Whether the provider's moderation looks at what visitors write before the model is asked.
    pub moderation: bool,
    /// The most replies under way for everybody together.
    pub max_streams: usize,
    /// The most connections for everybody together.
    pub max_connections: usize,
    /// The most connections of an address.
    pub max_connections_per_address: usize,
    /// How long a request's head may take to arrive, and how long a connection may be without a request.
    pub idle_timeout: Duration,
    /// How long a request's body may take to arrive.
    pub body_timeout: Duration,
    /// How long a reader may take nothing of what is sent.
    pub write_timeout: Duration,
    /// How long connections are still accepted once the proxy was asked to stop.
    pub drain_time: Duration,
    /// What the model costs.
    pub pricing: Pricing,
    /// How much visitors may take.
    pub limits: Limits,
    /// Whose word about the address of whoever asks is believed.
    pub trusted_proxies: TrustedProxies,
    /// Whose pages may use the chat.
    pub allowed_origins: AllowedOrigins,
    /// What a visitor may see of an error.
    pub diagnostics: Diagnostics,
    /// Known to the owner alone.
    pub owner_token: Option<Secret>,
    /// Where Prometheus finds its figures, beside the chat's own address.
    pub metrics_addr: Option<SocketAddr>,
    /// Known to Prometheus alone.
    pub metrics_token: Option<Secret>,
    /// How traces are exported, where they are.
    pub traces: Option<TracesSettings>,
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
    /// What new visitors solve before they are let in.
    pub challenge: Option<ChallengeSettings>,
    /// Whether visitors may move to another device by a code.
    pub linking: bool,
    /// Whether visitors are asked what they think of answers.
    pub feedback: bool,
    /// Which logs are written, in the syntax of tracing's `EnvFilter`.
    pub log: String,
    /// For whom.
    pub log_format: LogFormat,
    /// What was given, by name, to tell which settings have changed when the proxy is started anew.
    pub given: BTreeMap<&'static str, Secret>,
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

/// The least of a token of the owner's, which a script may try from many addresses.
const MIN_TOKEN_CHARS: usize = 12;
const MIN_TOKEN_VARIETY: usize = 6;

/// Ends of names that lead nowhere but into a private network (RFC 6761, 6762 and 8375; ICANN reserved `internal` in 2024).
const PRIVATE_NAMES: &[&str] = &[".localhost", ".local", ".internal", ".home.arpa", ".lan"];

/// Whether an address is of this machine or of a private network, as far as it tells: a name without a dot is, such as that of
/// another container.
fn is_near(url: &Url) -> bool {
    match url.host() {
        Some(Host::Ipv4(ip)) => address::is_near(ip.into()),
        Some(Host::Ipv6(ip)) => address::is_near(ip.into()),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.').to_ascii_lowercase();
            !name.contains('.') || PRIVATE_NAMES.iter().any(|end| name.ends_with(end))
        }
        None => false,
    }
}

/// Whether it leads by http to a host, and has nothing in it but the way there.
fn is_plain_address(url: &Url) -> bool {
    matches!(url.scheme(), "http" | "https")
        && url.has_host()
        && url.username().is_empty()
        && url.password().is_none()
        && url.query().is_none()
        && url.fragment().is_none()
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
            match value {
                toml::Value::Table(table) if *known == LIMITS => self.add_limits(file, table)?,
                value => {
                    let place = format!("{known} in {file}");
                    self.0.insert(known, Value { value, place, is_variable: false });
                }
            }
        }
        Ok(())
    }

    /// The table `[limits]` of a file.
    fn add_limits(&mut self, file: &str, table: toml::Table) -> Result<(), SettingsError> {
        for (name, value) in table {
            let Some(limit) = limits::ALL.iter().find(|limit| limit.name == name) else {
                let nearest = nearest(&name, limits::ALL.iter().map(|limit| limit.name));
                return Err(SettingsError::UnknownSetting {
                    file: format!("[limits] in {file}"),
                    name,
                    nearest,
                });
            };
            let place = format!("limits.{} in {file}", limit.name);
            self.0.insert(limit.setting, Value { value, place, is_variable: false });
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
            let names = || NAMES.iter().copied().chain(limits::ALL.iter().map(|limit| limit.setting));
            let known = names().find(|known| format!("{PREFIX}{}", known.to_uppercase()) == name);
            let Some(known) = known else {
                let capitals: Vec<String> =
                    names().map(|known| format!("{PREFIX}{}", known.to_uppercase())).collect();
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

    /// On or off.
    fn flag(&self, name: &'static str, otherwise: bool) -> Result<bool, SettingsError> {
        let Some(given) = self.0.get(name) else { return Ok(otherwise) };
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
        let max_streams = self.number("max_streams", 1, 100_000)?.map_or(512, |number| number as usize);
        let suggestions: &[&str] =
            if is_demo { &["What can you do?", "How do I embed this?", "fail: missing scopes"] } else { &[] };
        Ok(Settings {
            addr: self.addr("addr")?.unwrap_or(DEFAULT_ADDR),
            system_prompt: self.text("system_prompt")?.map(str::to_owned),
            visitor_language: self.flag("visitor_language", false)?,
            moderation: self.flag("moderation", false)?,
            max_streams,
            max_connections: self
                .number("max_connections", 1, 1_000_000)?
                .map_or(max_streams + OTHER_CONNECTIONS, |number| number as usize),
            max_connections_per_address: self
                .number("max_connections_per_address", 1, 1_000_000)?
                .map_or(CONNECTIONS_PER_ADDRESS, |number| number as usize),
            idle_timeout: self.seconds("idle_timeout", 10)?,
            body_timeout: self.seconds("body_timeout", 30)?,
            write_timeout: self.seconds("write_timeout", 30)?,
            drain_time: Duration::from_secs(self.number("drain_time", 0, 600)?.unwrap_or(0).into()),
            max_output_tokens: self.number("max_output_tokens", 1, 1_000_000)?,
            pricing: self.pricing(&provider)?,
            limits: self.limits(is_demo)?,
            trusted_proxies: self.trusted_proxies()?,
            allowed_origins,
            diagnostics,
            owner_token: self.token("owner_token")?,
            metrics_addr: self.addr("metrics_addr")?,
            metrics_token: self.token("metrics_token")?,
            traces: self.traces()?,
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
            log_format: match self.text("log_format")? {
                None | Some("text") => LogFormat::Text,
                Some("json") => LogFormat::Json,
                Some(_) => return Err(self.invalid("log_format", "text or json")),
            },
            database: self.database()?,
            keep: match self.number("keep_days", 0, 3650)? {
                None => Keep::Always,
                Some(0) => Keep::Nothing,
                Some(days) => Keep::For(Duration::from_secs(DAY_SECONDS * u64::from(days))),
            },
            consent: self.consent()?,
            contact: self.contact()?,
            challenge: self.challenge()?,
            linking: self.flag("linking", false)?,
            feedback: self.flag("feedback", true)?,
            given: self
                .0
                .iter()
                .map(|(name, given)| (*name, given.value.to_string().as_str().into()))
                .collect(),
            provider,
        })
    }

    fn pricing(&self, provider: &ProviderSettings) -> Result<Pricing, SettingsError> {
        let own = (self.dollars("input_price")?, self.dollars("output_price")?);
        Ok(match (own, provider) {
            ((Some(input), Some(output)), _) => Pricing::Own(Price::in_dollars(input, output)),
            ((Some(_), None), _) => return Err(self.invalid("output_price", OTHER_PRICE)),
            ((None, Some(_)), _) => return Err(self.invalid("input_price", OTHER_PRICE)),
            (_, ProviderSettings::Demo) => Pricing::Free,
            (_, ProviderSettings::OpenAi(openai)) if openai.is_near() => {
                Pricing::Near(Price::of(&openai.model))
            }
            (_, ProviderSettings::OpenAi(openai)) => match Price::of(&openai.model) {
                Some(price) => Pricing::Known(price),
                None => Pricing::Unknown(Price::dearest()),
            },
        })
    }

    /// A price in US dollars.
    fn dollars(&self, name: &'static str) -> Result<Option<f64>, SettingsError> {
        let Some(given) = self.0.get(name) else { return Ok(None) };
        let dollars = match &given.value {
            toml::Value::Float(dollars) => Some(*dollars),
            toml::Value::Integer(dollars) => i32::try_from(*dollars).ok().map(f64::from),
            toml::Value::String(text) if given.is_variable => text.trim().parse().ok(),
            _ => None,
        };
        dollars
            .filter(|dollars| (0.0..=MAX_PRICE_DOLLARS).contains(dollars))
            .map(Some)
            .ok_or_else(|| self.invalid(name, "US dollars a million tokens, such as 0.15"))
    }

    fn limits(&self, is_demo: bool) -> Result<Limits, SettingsError> {
        // Each is read, so that a wrong figure is told even where it has no effect now.
        let limits = Limits::new(is_demo, |limit| self.number(limit.setting, 0, u32::MAX))?;
        match self.text(LIMITS)? {
            None | Some("on") => Ok(limits),
            Some("off") => Ok(Limits::OFF),
            Some(_) => Err(self.invalid(LIMITS, "on, off, or a table of limits")),
        }
    }

    fn traces(&self) -> Result<Option<TracesSettings>, SettingsError> {
        // Each is read, so that a wrong one is told even where it has no effect now.
        let (ratio, headers) = (self.ratio("traces_ratio")?.unwrap_or(1.0), self.headers("traces_headers")?);
        let continues = self.flag("traces_parent", false)?;
        if continues && self.trusted_proxies()?.is_empty() {
            let wanted =
                "false where trusted_proxies is empty: whoever else begins a trace decides what is kept";
            return Err(self.invalid("traces_parent", wanted));
        }
        let endpoint = match self.text("traces")?.map(str::trim) {
            None | Some("off") => return Ok(None),
            Some("on") => None,
            Some(address) => Some(self.collector(address)?),
        };
        if !traces::CAN_BE_EXPORTED {
            return Err(SettingsError::NoTraces { place: self.place("traces") });
        }
        Ok(Some(TracesSettings { endpoint, headers, ratio, continues }))
    }

    /// Where traces are sent, with what the headers have in them.
    fn collector(&self, address: &str) -> Result<String, SettingsError> {
        let wanted = "on, off, or an http or https address without user, query or fragment, such as http://127.0.0.1:4318";
        let url = Url::parse(address).map_err(self.unreadable("traces", wanted))?;
        if !is_plain_address(&url) {
            return Err(self.invalid("traces", wanted));
        }
        if url.scheme() == "http" && !is_near(&url) && !self.flag("allow_plain_http", false)? {
            return Err(self.invalid(
                "traces",
                "an https address: over plain http anybody on the way reads what is sent. Set allow_plain_http to true where it leads through a network of your own",
            ));
        }
        Ok(url.as_str().trim_end_matches('/').to_owned())
    }

    /// A part of a whole.
    fn ratio(&self, name: &'static str) -> Result<Option<f64>, SettingsError> {
        let Some(given) = self.0.get(name) else { return Ok(None) };
        let ratio = match &given.value {
            toml::Value::Float(ratio) => Some(*ratio),
            toml::Value::Integer(ratio) => i32::try_from(*ratio).ok().map(f64::from),
            toml::Value::String(text) if given.is_variable => text.trim().parse().ok(),
            _ => None,
        };
        ratio
            .filter(|ratio| (0.0..=1.0).contains(ratio))
            .map(Some)
            .ok_or_else(|| self.invalid(name, "a number from 0 to 1, such as 0.1"))
    }

    /// Headers as they are sent.
    fn headers(&self, name: &'static str) -> Result<Vec<(String, Secret)>, SettingsError> {
        let header = |text: &String| {
            let (header, value) = text.split_once('=')?;
            let (header, value) = (header.trim(), value.trim());
            let is_header = header.parse::<HeaderName>().is_ok() && HeaderValue::from_str(value).is_ok();
            is_header.then(|| (header.to_owned(), value.into()))
        };
        self.list(name, ',')?
            .unwrap_or_default()
            .iter()
            .map(|text| {
                header(text).ok_or_else(|| self.invalid(name, "a list of headers, each as name=value"))
            })
            .collect()
    }

    fn trusted_proxies(&self) -> Result<TrustedProxies, SettingsError> {
        let texts = self.list("trusted_proxies", ',')?.unwrap_or_default();
        TrustedProxies::parse(&texts).map_err(|text| {
            let names = address::names().collect::<Vec<_>>().join(", ");
            let wanted = format!(
                "a list of addresses, of networks such as 192.0.2.0/24, and of the names {names}; “{text}” is none of them"
            );
            self.invalid("trusted_proxies", wanted)
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
        let is_page = |url: &str| Url::parse(url).is_ok_and(|url| matches!(url.scheme(), "http" | "https"));
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

    fn challenge(&self) -> Result<Option<ChallengeSettings>, SettingsError> {
        let service = |kind, challenge, verify_url| {
            let needed = |name, what| self.needed_by_challenge(challenge, name, what);
            let site_key = needed("challenge_site_key", "the site’s public key there")?.to_owned();
            let secret = needed("challenge_secret", "the site’s secret key there")?.into();
            let verify_url = self.verify_url(verify_url)?;
            Ok(Some(ChallengeSettings::Service(ServiceSettings { kind, site_key, secret, verify_url })))
        };
        match self.text("challenge")? {
            None | Some("off") => Ok(None),
            Some("altcha") => {
                let what = "a word that nobody guesses, such as `openssl rand -hex 32` makes";
                let secret = self.needed_by_challenge("altcha", "challenge_secret", what)?;
                if secret.chars().count() < MIN_SIGNING_SECRET_CHARS {
                    let wanted = format!("at least {MIN_SIGNING_SECRET_CHARS} signs, {what}");
                    return Err(self.invalid("challenge_secret", wanted));
                }
                Ok(Some(ChallengeSettings::Altcha { secret: secret.into() }))
            }
            Some("turnstile") => service(ChallengeKind::Turnstile, "turnstile", TURNSTILE_VERIFY_URL),
            Some("hcaptcha") => service(ChallengeKind::Hcaptcha, "hcaptcha", HCAPTCHA_VERIFY_URL),
            Some(_) => Err(self.invalid("challenge", "off, altcha, turnstile or hcaptcha")),
        }
    }

    fn needed_by_challenge(
        &self,
        challenge: &'static str,
        name: &'static str,
        what: &'static str,
    ) -> Result<&str, SettingsError> {
        let text = self.text(name)?.map(str::trim).filter(|text| !text.is_empty());
        text.ok_or(SettingsError::NeededByChallenge { challenge, name, what })
    }

    /// Where the service is asked, to which its secret goes.
    fn verify_url(&self, usual: &str) -> Result<String, SettingsError> {
        let name = "challenge_verify_url";
        let text = self.text(name)?.map(str::trim).filter(|text| !text.is_empty()).unwrap_or(usual);
        let url = Url::parse(text).map_err(self.unreadable(name, "an https address"))?;
        match url.scheme() == "https" || (url.scheme() == "http" && is_near(&url)) {
            true => Ok(url.into()),
            false => Err(self.invalid(name, "an https address, since a secret is sent there")),
        }
    }

    fn log(&self) -> Result<String, SettingsError> {
        let log = self.text_or("log", "info")?;
        tracing_subscriber::EnvFilter::try_new(&log)
            .map(|_| log)
            .map_err(self.unreadable("log", "a filter such as info, debug or candor_proxy=debug"))
    }

    /// A token that nobody guesses.
    fn token(&self, name: &'static str) -> Result<Option<Secret>, SettingsError> {
        let Some(token) = self.text(name)?.map(str::trim).filter(|token| !token.is_empty()) else {
            return Ok(None);
        };
        if token.starts_with(random::TOKEN) || !token.chars().all(|c| c.is_ascii_graphic()) {
            let wanted =
                format!("made of ASCII letters, digits and signs, and must not begin with {}", random::TOKEN);
            return Err(self.invalid(name, &wanted));
        }
        let variety = token.chars().collect::<std::collections::BTreeSet<_>>().len();
        if token.len() < MIN_TOKEN_CHARS || variety < MIN_TOKEN_VARIETY {
            let wanted = format!(
                "at least {MIN_TOKEN_CHARS} signs, {MIN_TOKEN_VARIETY} of them different, such as `openssl rand -hex 16` makes"
            );
            return Err(self.invalid(name, wanted));
        }
        Ok(Some(token.into()))
    }

    /// Where to listen.
    fn addr(&self, name: &'static str) -> Result<Option<SocketAddr>, SettingsError> {
        let Some(text) = self.text(name)? else { return Ok(None) };
        let numeric = text.strip_prefix("localhost:").map(|port| format!("127.0.0.1:{port}"));
        SocketAddr::from_str(numeric.as_deref().unwrap_or(text))
            .map(Some)
            .map_err(self.unreadable(name, "an IP address and a port, such as 127.0.0.1:8787"))
    }

    fn provider(&self) -> Result<ProviderSettings, SettingsError> {
        match self.text("provider")?.unwrap_or("demo") {
            "demo" => Ok(ProviderSettings::Demo),
            "openai" => Ok(ProviderSettings::OpenAi(OpenAiSettings {
                base_url: self.base_url()?,
                api_key: self.api_key()?.into(),
                model: self.needed_by_openai("model")?.to_owned(),
                continues_trace: self.flag("traces_to_provider", false)?,
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
        let url = Url::parse(text).map_err(self.unreadable("base_url", wanted))?;
        if !is_plain_address(&url) {
            return Err(self.invalid("base_url", wanted));
        }
        if url.scheme() == "http" && !is_near(&url) && !self.flag("allow_plain_http", false)? {
            return Err(self.invalid(
                "base_url",
                "an https address: over plain http anybody on the way reads the key and the conversations. Set allow_plain_http to true where it leads through a network of your own",
            ));
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

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(variables: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Settings::from_sources(None, variables)
    }

    fn before(base_url: &str, more: &[(&str, &str)]) -> Result<Settings, SettingsError> {
        let openai = [("CANDOR_PROVIDER", "openai"), ("CANDOR_API_KEY", "sk-1"), ("CANDOR_MODEL", "m")];
        settings(&[&openai, more, &[("CANDOR_BASE_URL", base_url)]].concat())
    }

    #[test]
    fn the_key_goes_over_plain_http_only_where_nobody_else_is_on_the_way() {
        for near in [
            "http://127.0.0.1:11434/v1",
            "http://localhost:1234/v1",
            "http://[::1]:8080/v1",
            "http://192.168.0.7/v1",
            "http://10.1.2.3/v1",
            "http://[fd00::7]/v1",
            "http://[::ffff:10.1.2.3]/v1",
            "http://ollama:11434/v1",
            "http://host.docker.internal/v1",
            "http://box.local./v1",
        ] {
            assert!(before(near, &[]).is_ok(), "{near}");
        }
        for far in [
            "http://api.example.com/v1",
            "http://8.8.8.8/v1",
            "http://172.32.0.1/v1",
            "http://[2001:db8::1]/v1",
            "http://[::ffff:8.8.8.8]/v1",
            "http://local.example.com/v1",
        ] {
            let error = before(far, &[]).unwrap_err().to_string();
            assert!(error.starts_with("CANDOR_BASE_URL must be an https address"), "{far}: {error}");
            assert!(before(&far.replace("http:", "https:"), &[]).is_ok());
            assert!(before(far, &[("CANDOR_ALLOW_PLAIN_HTTP", "true")]).is_ok());
        }
    }

    #[test]
    fn a_model_nearby_costs_nothing_unless_the_table_or_the_owner_knows_its_price() {
        let pricing = |base_url, model, more: &[(&str, &str)]| {
            let model = [("CANDOR_MODEL", model)];
            before(base_url, &[&model, more].concat()).unwrap().pricing
        };
        let mini = Price::in_dollars(0.15, 0.6);
        for near in ["http://litellm:4000", "http://127.0.0.1:4000/v1", "https://models.internal/v1"] {
            for model in ["llama3.2", "qwen3:8b", "my-deployment"] {
                assert_eq!(pricing(near, model, &[]), Pricing::Near(None), "{near} {model}");
            }
            for model in ["gpt-4o-mini", "openai/gpt-4o-mini"] {
                assert_eq!(pricing(near, model, &[]), Pricing::Near(Some(mini)), "{near} {model}");
            }
        }
        let own = |price: &'static str| [("CANDOR_INPUT_PRICE", price), ("CANDOR_OUTPUT_PRICE", price)];
        let set = |model, price| pricing("http://litellm:4000", model, &own(price)).price();
        assert_eq!(set("openai/gpt-4o-mini", "0"), Some(Price::in_dollars(0.0, 0.0)));
        assert_eq!(set("my-deployment", "3"), Some(Price::in_dollars(3.0, 3.0)));
        assert_eq!(pricing("https://api.openai.com/v1", "gpt-4o-mini", &[]), Pricing::Known(mini));
    }

    #[test]
    fn traces_say_what_is_wrong_with_them_and_are_off_without_a_word() {
        let with = |more: &[(&str, &str)]| settings(more).map(|settings| settings.traces);
        let error = |more: &[(&str, &str)]| with(more).unwrap_err().to_string();
        assert_eq!(with(&[("CANDOR_TRACES_RATIO", "0.5")]).unwrap(), None);
        assert_eq!(with(&[("CANDOR_TRACES", "off")]).unwrap(), None);
        assert!(error(&[("CANDOR_TRACES", "yes")]).contains("on, off, or an http or https address"));
        assert!(error(&[("CANDOR_TRACES", "http://user:planted@127.0.0.1:4318")]).contains("without user"));
        assert!(error(&[("CANDOR_TRACES", "http://collector.example.com")]).contains("allow_plain_http"));
        assert!(error(&[("CANDOR_TRACES_RATIO", "1.5")]).contains("from 0 to 1"));
        assert!(error(&[("CANDOR_TRACES_PARENT", "true")]).contains("trusted_proxies"));
        let no_header = error(&[("CANDOR_TRACES_HEADERS", "authorization: planted")]);
        assert!(no_header.contains("name=value") && !no_header.contains("planted"), "{no_header}");
    }

    #[cfg(feature = "traces")]
    #[test]
    fn traces_go_where_the_owner_says_and_their_headers_are_not_shown() {
        let traces = settings(&[
            ("CANDOR_TRACES", "https://collector.example.com/otlp/"),
            ("CANDOR_TRACES_HEADERS", "authorization=Bearer planted, x-tenant=shop"),
            ("CANDOR_TRACES_RATIO", "0.25"),
            ("CANDOR_TRUSTED_PROXIES", "loopback"),
            ("CANDOR_TRACES_PARENT", "true"),
        ]);
        let traces = traces.unwrap().traces.unwrap();
        assert_eq!(traces.endpoint.as_deref(), Some("https://collector.example.com/otlp"));
        assert!(traces.ratio == 0.25 && traces.continues, "{traces:?}");
        let headers: Vec<_> = traces.headers().collect();
        let header = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(headers, [header("authorization", "Bearer planted"), header("x-tenant", "shop")]);
        assert!(!format!("{traces:?}").contains("planted"), "{traces:?}");
    }

    #[test]
    fn an_owners_token_is_no_word_that_a_script_would_try() {
        for weak in ["short", "123456", "aaaaaaaaaaaaaaaaaaaa", "abababababababab"] {
            let error = settings(&[("CANDOR_OWNER_TOKEN", weak)]).unwrap_err().to_string();
            assert!(error.contains("at least 12 signs") && !error.contains(weak), "{error}");
        }
        assert!(settings(&[("CANDOR_OWNER_TOKEN", "3f9c1d5e7a2b4c6d")]).is_ok());
    }

    #[test]
    fn a_challenge_says_what_it_lacks_and_sends_its_secret_nowhere_in_the_open() {
        let with = |more: &[(&str, &str)]| settings(more).map(|settings| settings.challenge);
        assert_eq!(with(&[]).unwrap(), None);
        assert_eq!(with(&[("CANDOR_CHALLENGE", "off")]).unwrap(), None);
        let error = |more: &[(&str, &str)]| with(more).unwrap_err().to_string();
        assert!(error(&[("CANDOR_CHALLENGE", "recaptcha")]).contains("off, altcha, turnstile or hcaptcha"));
        let altcha = ("CANDOR_CHALLENGE", "altcha");
        assert!(error(&[altcha]).starts_with("The challenge altcha needs challenge_secret"));
        let weak = error(&[altcha, ("CANDOR_CHALLENGE_SECRET", "planted")]);
        assert!(weak.contains("at least 16 signs") && !weak.contains("planted"), "{weak}");
        let secret = ("CANDOR_CHALLENGE_SECRET", "planted-signing-secret");
        let strong = with(&[altcha, secret]).unwrap();
        assert!(strong.is_some() && !format!("{strong:?}").contains("planted"), "{strong:?}");

        let turnstile = [("CANDOR_CHALLENGE", "turnstile"), secret];
        assert!(error(&turnstile).starts_with("The challenge turnstile needs challenge_site_key"));
        let verify_url = |url| {
            let more = [("CANDOR_CHALLENGE_SITE_KEY", "k"), ("CANDOR_CHALLENGE_VERIFY_URL", url)];
            with(&[turnstile.as_slice(), &more].concat())
        };
        assert!(verify_url("").is_ok() && verify_url("http://127.0.0.1:9/").is_ok());
        assert!(verify_url("http://challenges.example.com/").unwrap_err().to_string().contains("https"));
    }
}
