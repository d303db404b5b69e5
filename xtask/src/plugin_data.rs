//! What the plugin shares with the Rust side as data, written as PHP arrays: PHP keeps those in its cache of compiled code,
//! where JSON would be parsed at every request.

use std::fmt::Write;
use std::path::{Path, PathBuf};

use toml::{Table, Value};

use crate::error::{Error, Result};
use crate::workspace::Workspace;

/// What of a file the plugin needs.
type Pick = fn(Table) -> Value;

/// The data files: the plugin's name for each, where it is kept, and what of it the plugin needs.
const DATA: &[(&str, &str, Pick)] = &[
    ("causes", "crates/protocol/causes.toml", causes),
    ("demo", "crates/proxy/src/provider/demo/answers.toml", Value::Table),
    ("finish_reasons", "crates/diagnosis/finish_reasons.toml", finish_reasons),
    ("limits", "crates/proxy/limits.toml", limits),
    ("prices", "crates/proxy/prices.toml", Value::Table),
    ("redaction", "crates/diagnosis/redaction.toml", Value::Table),
    ("thought_marks", "crates/diagnosis/thought_marks.toml", Value::Table),
    ("trusted_proxies", "crates/proxy/trusted_proxies.toml", trusted_proxies),
    ("unsupported", "crates/diagnosis/unsupported.toml", Value::Table),
];

/// Writes the data into the build's folder. Gives each file's name in the plugin, and where it is.
pub fn write(workspace: &Workspace) -> Result<Vec<(String, PathBuf)>> {
    let folder = workspace.target.join("plugin-data");
    std::fs::create_dir_all(&folder).map_err(|e| Error::file("make", &folder, &e))?;
    let written = DATA.iter().map(|(name, from, pick)| {
        let data = read(&workspace.root.join(from))?;
        let path = folder.join(format!("{name}.php"));
        let php = format!("<?php\n\n// Made from {from}.\nreturn {};\n", php(&pick(data)));
        std::fs::write(&path, php).map_err(|e| Error::file("write", &path, &e))?;
        Ok((format!("data/{name}.php"), path))
    });
    written.collect()
}

fn read(path: &Path) -> Result<Table> {
    let text = std::fs::read_to_string(path).map_err(|e| Error::file("read", path, &e))?;
    text.parse()
        .map_err(|e| Error::new(format!("{} is not valid TOML: {e}.", path.display()), "Correct it there."))
}

/// Of each cause what travels in a problem, by its id; the rest of the catalogue is the widget's.
fn causes(mut catalogue: Table) -> Value {
    let otherwise = catalogue.remove("otherwise").unwrap_or(Value::Table(Table::new()));
    let Some(Value::Array(causes)) = catalogue.remove("cause") else { return otherwise };
    let fields = causes.into_iter().filter_map(|cause| match cause {
        Value::Table(mut cause) => Some((cause.get("id")?.as_str()?.to_owned(), {
            let retry = cause.get("retry").and_then(Value::as_bool).unwrap_or_default();
            let detail = if retry { "try_again" } else { "owner_must_act" };
            let mut field = |name: &str, otherwise_name: &str| {
                (name.to_owned(), cause.remove(name).unwrap_or_else(|| otherwise[otherwise_name].clone()))
            };
            let text = [
                field("link", "title"),
                field("name", "title"),
                field("title", "title"),
                field("detail", detail),
            ];
            let retryable = ("retryable".to_owned(), Value::Boolean(retry));
            Value::Table(text.into_iter().chain([retryable]).collect())
        })),
        _ => None,
    });
    let causes = Value::Table(fields.collect());
    Value::Table([("otherwise".to_owned(), otherwise), ("cause".to_owned(), causes)].into_iter().collect())
}

/// Of each reason what it means, and its message; whoever asks for its source finds it in the file.
fn finish_reasons(mut reasons: Table) -> Value {
    for reason in reasons.iter_mut().filter_map(|(_, reason)| reason.as_table_mut()) {
        reason.remove("source");
    }
    Value::Table(reasons)
}

/// The limits in their order, each with its name: what is counted, for whom, and in which time. What the figure means the plugin
/// says in its own words, which can be translated.
fn limits(mut table: Table) -> Value {
    let named = entries(&mut table, "limit").map(|mut limit| {
        let words = ["what", "whom", "per"].iter().filter_map(|field| limit.get(*field)?.as_str());
        let name = words.collect::<Vec<_>>().join("_");
        limit.remove("means");
        limit.insert("name".to_owned(), Value::String(name));
        Value::Table(limit)
    });
    let list = Value::Array(named.collect());
    Value::Table([("limit".to_owned(), list)].into_iter().collect())
}

/// The proxies by their names: whom each means, and where it writes who asked it.
fn trusted_proxies(mut table: Table) -> Value {
    let named = entries(&mut table, "proxy").filter_map(|mut proxy| {
        proxy.remove("source");
        let name = proxy.remove("name")?.as_str()?.to_owned();
        Some((name, Value::Table(proxy)))
    });
    Value::Table(named.collect())
}

/// The tables of an array of tables.
fn entries(table: &mut Table, name: &str) -> impl Iterator<Item = Table> {
    let entries = match table.remove(name) {
        Some(Value::Array(entries)) => entries,
        _ => Vec::new(),
    };
    entries.into_iter().filter_map(|entry| match entry {
        Value::Table(entry) => Some(entry),
        _ => None,
    })
}

/// A value as PHP writes it.
fn php(value: &Value) -> String {
    match value {
        Value::Array(values) => list(values.iter().map(php)),
        Value::Table(table) => {
            list(table.iter().map(|(name, value)| format!("{} => {}", quoted(name), php(value))))
        }
        Value::String(text) => quoted(text),
        Value::Integer(number) => number.to_string(),
        Value::Boolean(flag) => flag.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Datetime(time) => quoted(&time.to_string()),
    }
}

fn list(entries: impl Iterator<Item = String>) -> String {
    let mut list = String::from("[");
    for entry in entries {
        // Writing to a text cannot fail.
        let _ = write!(list, "{entry}, ");
    }
    list.push(']');
    list
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.trim_end_matches('\n').replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_is_an_array_of_php() {
        let table: Table = "a = [\"it's\", \"C:\\\\\"]\n[b]\nc = true\nd = 3\n".parse().unwrap();
        assert_eq!(
            php(&Value::Table(table)),
            r"['a' => ['it\'s', 'C:\\', ], 'b' => ['c' => true, 'd' => 3, ], ]"
        );
    }

    #[test]
    fn a_cause_has_its_own_words_or_those_for_all() {
        let catalogue = "[otherwise]\ntitle = \"t\"\ntry_again = \"again\"\nowner_must_act = \"owner\"\n\
             [[cause]]\nid = \"one\"\nlink = \"page\"\nname = \"One\"\nretry = true\nsteps = []\n\
             [[cause]]\nid = \"two\"\nlink = \"page\"\nname = \"Two\"\nretry = false\ndetail = \"own\"\n";
        let causes = causes(catalogue.parse().unwrap());
        let words =
            |id: &str| ["title", "detail"].map(|name| causes["cause"][id][name].as_str().unwrap().to_owned());
        assert_eq!(
            (words("one"), words("two")),
            (["t", "again"].map(str::to_owned), ["t", "own"].map(str::to_owned))
        );
        assert_eq!(causes["cause"]["one"].get("steps"), None);
    }

    #[test]
    fn a_finish_reason_has_its_meaning_and_message_alone() {
        let reasons = "[stop]\nmeaning = \"done\"\nmessage = \"m\"\nsource = \"https://a.test\"\n";
        assert_eq!(
            php(&finish_reasons(reasons.parse().unwrap())),
            "['stop' => ['meaning' => 'done', 'message' => 'm', ], ]"
        );
    }

    #[test]
    fn a_limit_is_called_by_what_it_counts_for_whom_and_when() {
        let table = "[[limit]]\nwhat = \"answers\"\nwhom = \"site\"\nper = \"day\"\nmost = 3\nmeans = \"m\"\n\
             [[limit]]\nwhat = \"turns\"\nwhom = \"question\"\nmeans = \"m\"\n";
        let limits = limits(table.parse().unwrap());
        let names = [0, 1].map(|place| limits["limit"][place]["name"].as_str());
        assert_eq!(names, [Some("answers_site_day"), Some("turns_question")]);
    }

    #[test]
    fn a_trusted_proxy_has_its_networks_and_header_alone() {
        let table = "[[proxy]]\nname = \"cdn\"\nheader = \"h\"\nnetworks = [\"10.0.0.0/8\"]\nsource = \"https://a.test\"\n";
        assert_eq!(
            php(&trusted_proxies(table.parse().unwrap())),
            "['cdn' => ['header' => 'h', 'networks' => ['10.0.0.0/8', ], ], ]"
        );
    }
}
