//! The settings, from a file and from variables.

use bolero::check;
use candor_proxy::config::Settings;

use super::file;
use super::redactor::KEYS;
use crate::input::Input;

const FILE: &str = r#"
provider = "openai"
model = "gpt-4o-mini"
api_key = "KEY"
base_url = "https://api.openai.com/v1"
allowed_origins = ["https://www.example.com", "*"]
title = "Ask Harbour Cycles"
suggestions = ["Which seats fit my bicycle?", "When are you open?"]
addr = "127.0.0.1:8787"
database_url = "sqlite://candor.db"
trusted_proxies = ["loopback", "192.0.2.0/24", "cloudflare"]
keep_days = 30
consent = "Your messages go to an AI service."
consent_url = "https://www.example.com/privacy"
contact = "help@example.com"
log = "candor_proxy=debug,info"
diagnostics = "reference"
input_price = 0.15
output_price = 0.6

[limits]
answers_visitor_minute = 5
cents_site_day = 100
"#;

const WORDS: &[&str] = &[
    "\n",
    "=",
    "\"",
    "'",
    "\"\"\"",
    "[",
    "]",
    "[[",
    "{",
    "}",
    "#",
    ",",
    ".",
    "-1",
    "0",
    "1e400",
    "nan",
    "true",
    "1979-05-27",
    "\\u0000",
    "\0",
    "é",
    "[limits]",
    "limits = \"off\"",
    "*",
    "https://",
    "::1",
    "sqlite::memory:",
    "postgres://u:p@h/d",
    "/129",
    "|",
];

/// Whatever the owner has written is read, or refused in words that do not have the key in them.
pub fn run(inputs: usize) {
    let documented = file("docs/deploy.md");
    let names: Vec<String> = documented
        .lines()
        .filter_map(|line| Some(line.strip_prefix("| `")?.split('`').next()?.to_owned()))
        .collect();
    let texts = FILE.lines().map(|line| format!("{line}\n"));
    let samples: Vec<Vec<u8>> = [FILE.to_owned()]
        .into_iter()
        .chain(texts)
        .map(|text| text.replace("KEY", KEYS[0]).into_bytes())
        .collect();
    let values: Vec<&str> =
        FILE.lines().filter_map(|line| Some(line.split_once(" = ")?.1.trim_matches('"'))).collect();
    check!().with_type::<Input>().with_iterations(inputs).for_each(|input| {
        let text = input.text(&samples, WORDS);
        let variable = |name: u16, value: u16| {
            let name = &names[usize::from(name) % names.len()];
            (format!("CANDOR_{}", name.to_uppercase()), values[usize::from(value) % values.len()].to_owned())
        };
        let [a, b, c, d, ..] = input.choices;
        if let Err(error) =
            Settings::from_sources(Some(("candor.toml", &text)), [variable(a, b), variable(c, d)])
        {
            let told = error.to_string();
            assert!(!told.contains(KEYS[0]), "{told}");
            assert!(!told.trim().is_empty());
        }
    });
}
