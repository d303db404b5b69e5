//! Turns the catalogue of causes, `causes.toml` of `candor-protocol`, into Rust: an entry for each cause, and the rules in
//! their order. What the file gets wrong stops the build, so that nothing of it is checked when a reply is read.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::fmt::Write;
use std::path::Path;
use std::{env, fs};

use serde::Deserialize;
use serde::de::DeserializeOwned;

const CATALOGUE: &str = "../protocol/causes.toml";

/// The words by which redaction knows what to take out.
const REDACTION: &str = "redaction.toml";

/// What providers call the end of an answer.
const FINISH_REASONS: &str = "finish_reasons.toml";

/// Between which marks models write their thoughts.
const THOUGHT_MARKS: &str = "thought_marks.toml";

/// By which words models refuse parts of a request.
const UNSUPPORTED: &str = "unsupported.toml";

/// The last rank of rules that leave no doubt, whatever the words say.
const CERTAIN: u8 = 20;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Catalogue {
    #[serde(rename = "otherwise")]
    _otherwise: toml::Table,
    cause: Vec<Cause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Cause {
    id: String,
    #[serde(rename = "link")]
    _link: String,
    name: String,
    #[serde(rename = "title")]
    _title: Option<String>,
    #[serde(rename = "detail")]
    _detail: Option<String>,
    verdict: String,
    meaning: String,
    who: Vec<String>,
    #[serde(rename = "retry")]
    _retry: bool,
    #[serde(default, rename = "resume")]
    _resume: bool,
    steps: Vec<String>,
    #[serde(default)]
    observed: String,
    #[serde(default)]
    when: Vec<Rule>,
    #[serde(default)]
    case: Vec<Case>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Case {
    name: String,
    meaning: String,
    steps: Vec<String>,
    when: Vec<Rule>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Rule {
    rank: u8,
    status: Vec<String>,
    code: Vec<String>,
    words: Vec<String>,
    exact: Vec<String>,
    also: Vec<String>,
    unless: Vec<String>,
    content: Vec<String>,
    by: Vec<String>,
    page: Option<bool>,
    silent: Option<bool>,
    wait: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThoughtMarks {
    mark: Vec<ThoughtMark>,
    opened_by_template: Vec<OpenedByTemplate>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct OpenedByTemplate {
    name: Vec<String>,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct ThoughtMark {
    begin: String,
    end: String,
    source: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct FinishReason {
    meaning: String,
    message: Option<String>,
    source: String,
}

fn main() -> Result<(), Box<dyn Error>> {
    compile(CATALOGUE, "catalogue.rs", |catalogue: Catalogue| code(&catalogue.cause))?;
    compile(REDACTION, "redaction.rs", |words: BTreeMap<String, Vec<String>>| {
        let constant =
            |(name, words): (&String, _)| format!("const {}: &[&str] = &{words:?};\n", name.to_uppercase());
        Ok(words.iter().map(constant).collect())
    })?;
    compile(FINISH_REASONS, "finish_reasons.rs", |reasons| finish_reasons(&reasons))?;
    compile(UNSUPPORTED, "unsupported.rs", |parts| unsupported(&parts))?;
    compile(THOUGHT_MARKS, "thought_marks.rs", |marks| thought_marks(&marks))
}

/// Reads the data of a file and writes what is made of them as a file of Rust.
fn compile<T: DeserializeOwned>(
    source: &str,
    target: &str,
    code: impl FnOnce(T) -> Result<String, Box<dyn Error>>,
) -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed={source}");
    let data = toml::from_str(&fs::read_to_string(source)?)?;
    Ok(fs::write(Path::new(&env::var("OUT_DIR")?).join(target), code(data)?)?)
}

fn unsupported(parts: &BTreeMap<String, BTreeMap<String, Vec<String>>>) -> Result<String, Box<dyn Error>> {
    let mut code = String::from("static WORDS: &[(&str, &[&str])] = &[\n");
    for (name, part) in parts {
        let words = part.get("words").filter(|words| !words.is_empty());
        let words = words.ok_or_else(|| format!("{name} in {UNSUPPORTED} has no words"))?;
        writeln!(code, "({name:?}, &{words:?}),")?;
    }
    code.push_str("];\n");
    Ok(code)
}

fn thought_marks(marks: &ThoughtMarks) -> Result<String, Box<dyn Error>> {
    let mut code = String::from("static MARKS: &[(&str, &str)] = &[\n");
    for ThoughtMark { begin, end, source } in &marks.mark {
        if !source.starts_with("https://") || begin.is_empty() || end.is_empty() {
            return Err(format!("{begin} in {THOUGHT_MARKS} has no end or no source").into());
        }
        writeln!(code, "({begin:?}, {end:?}),")?;
    }
    code.push_str("];\nstatic OPENED_BY_TEMPLATE: &[&[&str]] = &[\n");
    for OpenedByTemplate { name, source } in &marks.opened_by_template {
        if !source.starts_with("https://") || name.is_empty() {
            return Err(format!("{name:?} in {THOUGHT_MARKS} has no part or no source").into());
        }
        writeln!(code, "&{name:?},")?;
    }
    code.push_str("];\n");
    Ok(code)
}

fn finish_reasons(reasons: &BTreeMap<String, FinishReason>) -> Result<String, Box<dyn Error>> {
    let mut code = String::from("static ALL: &[FinishReason] = &[\n");
    for (name, FinishReason { meaning, message, source }) in reasons {
        if !source.starts_with("https://") {
            return Err(format!("{name} in {FINISH_REASONS} has no source").into());
        }
        let meaning = match meaning.as_str() {
            "tool_call" => "ToolCall".to_owned(),
            meaning => variant(meaning, &["done", "length", "filter", "failure"])?,
        };
        writeln!(
            code,
            "FinishReason {{ name: {name:?}, meaning: Meaning::{meaning}, message: {message:?} }},"
        )?;
    }
    code.push_str("];\n");
    Ok(code)
}

fn code(causes: &[Cause]) -> Result<String, Box<dyn Error>> {
    let mut code = String::new();
    let mut ids = BTreeSet::new();
    for cause in causes {
        if !ids.insert(&cause.id) {
            return Err(format!("{} stands twice in {CATALOGUE}", cause.id).into());
        }
        write_cause(&mut code, cause).map_err(|error| format!("{} in {CATALOGUE}: {error}", cause.id))?;
    }
    let all = causes.iter().map(|cause| format!("&{}", cause.id)).collect::<Vec<_>>().join(", ");
    writeln!(code, "/// Every entry, as the catalogue has them.")?;
    writeln!(code, "pub static ALL: &[&Entry] = &[{all}];")?;

    // Of rules that fit, the lowest rank wins, and among equals the one that stands first: the sort is stable.
    let mut order: Vec<(u8, String)> = causes
        .iter()
        .flat_map(|cause| {
            let id = &cause.id;
            cause
                .when
                .iter()
                .enumerate()
                .map(move |(at, rule)| (rule.rank, format!("(&{id}.rules[{at}], &{id})")))
        })
        .collect();
    order.sort_by_key(|(rank, _)| *rank);
    let certain = order.iter().filter(|(rank, _)| *rank <= CERTAIN).count();
    let order = order.into_iter().map(|(_, pair)| pair).collect::<Vec<_>>().join(", ");
    writeln!(code, "pub(crate) static ORDER: &[(&Rule, &Entry)] = &[{order}];")?;
    writeln!(code, "pub(crate) const CERTAIN: usize = {certain};")?;
    Ok(code)
}

fn write_cause(code: &mut String, cause: &Cause) -> Result<(), Box<dyn Error>> {
    let fixers = cause
        .who
        .iter()
        .map(|who| Ok(format!("Fixer::{}", variant(who, &["visitor", "owner", "host", "provider"])?)))
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    if cause.who.is_empty() || cause.steps.is_empty() {
        return Err("somebody must be able to do something".into());
    }
    if cause.when.is_empty() && cause.observed.is_empty() {
        return Err("nothing says how it is recognised".into());
    }
    let cases = cause
        .case
        .iter()
        .map(|case| {
            let rules = rules(&case.when)?;
            Ok(format!(
                "Case {{ name: {:?}, meaning: {:?}, steps: {}, rules: &[{rules}] }}",
                case.name,
                case.meaning,
                list(&case.steps)?
            ))
        })
        .collect::<Result<Vec<_>, Box<dyn Error>>>()?;
    writeln!(code, "/// {}", cause.name)?;
    writeln!(
        code,
        "pub static {id}: Entry = Entry {{ cause: &known::{id}, name: {:?}, verdict: {:?}, meaning: {:?}, fixers: &[{}], steps: {}, observed: {:?}, \
         rules: &[{}], cases: &[{}] }};",
        cause.name,
        cause.verdict,
        cause.meaning,
        fixers.join(", "),
        list(&cause.steps)?,
        cause.observed,
        rules(&cause.when)?,
        cases.join(", "),
        id = cause.id,
    )?;
    Ok(())
}

fn rules(rules: &[Rule]) -> Result<String, Box<dyn Error>> {
    Ok(rules.iter().map(rule).collect::<Result<Vec<_>, _>>()?.join(", "))
}

fn rule(rule: &Rule) -> Result<String, Box<dyn Error>> {
    let lists = [&rule.code, &rule.words, &rule.exact, &rule.also, &rule.unless, &rule.content, &rule.by];
    if let Some(text) = lists.into_iter().flatten().find(|text| **text != text.to_lowercase()) {
        return Err(format!("“{text}” must be in lower case").into());
    }
    let status = rule.status.iter().map(|range| range_of(range, u16::MAX)).collect::<Result<Vec<_>, _>>()?;
    let wait = match rule.wait.as_deref() {
        None => "Wait::Any".to_owned(),
        Some("none") => "Wait::Unknown".to_owned(),
        Some(range) => {
            let (from, to) = range_of(range, u64::MAX)?;
            format!("Wait::Seconds({from}, {to})")
        }
    };
    Ok(format!(
        "Rule {{ status: &{status:?}, code: {}, words: {}, exact: {}, also: {}, unless: {}, content: {}, by: {}, \
         page: {:?}, silent: {:?}, wait: {wait} }}",
        list(&rule.code)?,
        list(&rule.words)?,
        list(&rule.exact)?,
        list(&rule.also)?,
        list(&rule.unless)?,
        list(&rule.content)?,
        list(&rule.by)?,
        rule.page,
        rule.silent
    ))
}

/// A list of texts as one, a line each: in a module that visitors download, each text of its own would cost its place
/// and its length besides.
fn list(texts: &[String]) -> Result<String, String> {
    match texts.iter().find(|text| text.is_empty() || text.contains('\n')) {
        Some(text) => Err(format!("“{text}” must be one line")),
        None => Ok(format!("Lines({:?})", texts.join("\n"))),
    }
}

/// Reads `429`, `502-504` or `3600-`.
fn range_of<T: std::str::FromStr + Copy>(text: &str, most: T) -> Result<(T, T), String> {
    let number = |text: &str| text.parse::<T>().map_err(|_| format!("“{text}” is no number"));
    match text.split_once('-') {
        None => number(text).map(|only| (only, only)),
        Some((from, "")) => Ok((number(from)?, most)),
        Some((from, to)) => Ok((number(from)?, number(to)?)),
    }
}

/// The name of the enum's variant.
fn variant(name: &str, known: &[&str]) -> Result<String, String> {
    if !known.contains(&name) {
        return Err(format!("“{name}” is none of {known:?}"));
    }
    let mut letters = name.chars();
    Ok(letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default())
}
