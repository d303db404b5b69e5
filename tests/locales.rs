//! Every language has every word, whole: no key is missing, unused or untranslated, no placeholder is lost, and each form is there
//! that the language has for a number.

#![cfg(not(target_family = "wasm"))]
#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use candor::words::{Contact, Conversation, Core, Diagnostics, Export, History, Time};
use candor_diagnosis::catalogue::{self, Fixer};
use candor_protocol::cause::Link;
use candor_protocol::wire::AuditAction;
use serde_json::Value;

type Words = BTreeMap<String, String>;

/// The languages, and the forms that each has for whole numbers as people count messages (Unicode's plural rules).
const LANGUAGES: [(&str, &[&str]); 16] = [
    ("ar", &["zero", "one", "two", "few", "many", "other"]),
    ("de", &["one", "other"]),
    ("es", &["one", "other"]),
    ("fr", &["one", "other"]),
    ("he", &["one", "two", "other"]),
    ("hi", &["one", "other"]),
    ("it", &["one", "other"]),
    ("ja", &["other"]),
    ("ko", &["other"]),
    ("nl", &["one", "other"]),
    ("pl", &["one", "few", "many", "other"]),
    ("pt-BR", &["one", "other"]),
    ("tr", &["one", "other"]),
    ("uk", &["one", "few", "many", "other"]),
    ("zh-CN", &["other"]),
    ("zh-TW", &["other"]),
];

/// Words that may read as in English: names, and what a language has taken over.
const SAME_LETTERS: usize = 14;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).to_owned()
}

fn read(path: &Path) -> Words {
    serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap()
}

fn locale(tag: &str) -> Words {
    read(&root().join("www/locales").join(format!("{tag}.json")))
}

fn causes(tag: &str) -> Words {
    read(&root().join("www/locales/causes").join(format!("{tag}.json")))
}

/// The areas of the Rust code, each with its keys and their English, in their order.
fn areas() -> [(&'static str, &'static [(&'static str, &'static str)]); 7] {
    [
        ("core", Core::ALL),
        ("conversation", Conversation::ALL),
        ("contact", Contact::ALL),
        ("time", Time::ALL),
        ("history", History::ALL),
        ("export", Export::ALL),
        ("diagnostics", Diagnostics::ALL),
    ]
}

/// The words that a script has between these two lines, `key: 'English',` each.
fn words_of_script(file: &str, begin: &str) -> Words {
    let script = fs::read_to_string(root().join("www").join(file)).unwrap();
    let (_, from) = script.split_once(begin).unwrap();
    let (list, _) = from.split_once("};").unwrap();
    let words = list.lines().filter_map(|line| line.trim().strip_suffix("',")?.split_once(": '"));
    words.map(|(key, english)| (key.to_owned(), english.to_owned())).collect()
}

/// What is between single quotation marks behind these words.
fn quoted_behind(file: &str, begin: &str) -> String {
    let script = fs::read_to_string(root().join("www").join(file)).unwrap();
    let (_, from) = script.split_once(begin).unwrap();
    from.split('\'').nth(1).unwrap().to_owned()
}

/// All that is said in English, by the keys that the locales have. Of what has forms, each form.
fn english() -> Words {
    let mut all = Words::new();
    let mut add = |area: &str, key: &str, english: &str| {
        if !english.starts_with("one:") {
            all.insert(format!("{area}.{key}"), english.to_owned());
            return;
        }
        for form in english.split('|') {
            let (category, text) = form.split_once(':').unwrap();
            all.insert(format!("{area}.{key}.{category}"), text.to_owned());
        }
    };
    for (area, words) in areas() {
        for (key, english) in words {
            add(area, key, english);
        }
    }
    let loader = words_of_script("candor.js", "const words = {");
    let page = words_of_script("page/words.js", "const WORDS = {");
    assert!(loader.len() > 5 && page.len() > 5, "the scripts say {} and {} words", loader.len(), page.len());
    for (key, english) in &loader {
        add("loader", key, english);
    }
    add("loader", "no_wasm", &quoted_behind("page/webassembly.js", "words.no_wasm ??="));
    for (key, english) in &page {
        add("page", key, english);
    }
    all
}

/// All that the catalogue of causes says, by the keys that the locales have.
fn english_causes() -> Words {
    let path = root().join("crates/protocol/causes.toml");
    let catalogue: toml::Table = fs::read_to_string(path).unwrap().parse().unwrap();
    let mut all = Words::new();
    for (key, text) in catalogue["otherwise"].as_table().unwrap() {
        all.insert(format!("otherwise.{key}"), text.as_str().unwrap().to_owned());
    }
    let mut add = |prefix: &str, said: &toml::Value| {
        for field in ["title", "detail", "name", "verdict", "meaning"] {
            if let Some(text) = said.get(field).and_then(toml::Value::as_str) {
                all.insert(format!("{prefix}.{field}"), text.to_owned());
            }
        }
        for (number, step) in said["steps"].as_array().unwrap().iter().enumerate() {
            all.insert(format!("{prefix}.steps.{number}"), step.as_str().unwrap().to_owned());
        }
    };
    for cause in catalogue["cause"].as_array().unwrap() {
        let id = cause["id"].as_str().unwrap();
        add(id, cause);
        let cases = cause.get("case").and_then(toml::Value::as_array).map_or(&[][..], Vec::as_slice);
        for (number, case) in cases.iter().enumerate() {
            add(&format!("{id}.case.{number}"), case);
        }
    }
    all
}

/// A key without the form of a number, and that form.
fn stem(key: &str) -> (&str, Option<&str>) {
    let categories = ["zero", "one", "two", "few", "many", "other"];
    match key.rsplit_once('.').filter(|(_, last)| categories.contains(last)) {
        Some((stem, category)) => (stem, Some(category)),
        None => (key, None),
    }
}

fn placeholders(text: &str) -> BTreeSet<&str> {
    text.split('{').skip(1).filter_map(|rest| Some(rest.split_once('}')?.0)).collect()
}

/// What is wrong with a translation, a line each. `is_number` says of which keys a form is meant.
fn faults(tag: &str, english: &Words, own: &Words, forms: &[&str]) -> Vec<String> {
    let mut faults = Vec::new();
    let counted: BTreeSet<&str> = english.keys().filter_map(|key| key.strip_suffix(".one")).collect();
    let is_counted = |key: &str| counted.contains(stem(key).0);
    let mut wanted: BTreeMap<String, &str> = BTreeMap::new();
    for (key, text) in english {
        if !is_counted(key) {
            wanted.insert(key.clone(), text);
        } else if key.ends_with(".other") {
            for form in forms {
                wanted.insert(format!("{}.{form}", stem(key).0), text);
            }
        }
    }
    for (key, english) in &wanted {
        let Some(text) = own.get(key) else {
            faults.push(format!("{tag}: {key} is missing"));
            continue;
        };
        let (has, needs) = (placeholders(text), placeholders(english));
        // A form for a few numbers may say the number in words.
        let may_lack_count = matches!(stem(key).1, Some("zero" | "one" | "two"));
        let lacks = needs.difference(&has).filter(|name| !(may_lack_count && **name == "count")).count();
        if lacks > 0 || has.difference(&needs).count() > 0 {
            faults.push(format!("{tag}: {key} has the placeholders {has:?} in place of {needs:?}"));
        }
        if text.trim().is_empty() || text.trim() != text || text.contains(['\n', '|']) {
            faults.push(format!("{tag}: {key} is no line: {text:?}"));
        }
        if text == english && text.len() > SAME_LETTERS && text.contains(' ') {
            faults.push(format!("{tag}: {key} is not translated: {text}"));
        }
    }
    faults.extend(
        own.keys().filter(|key| !wanted.contains_key(*key)).map(|key| format!("{tag}: {key} is not used")),
    );
    faults
}

#[test]
fn every_language_says_all_that_english_says() {
    let (english, english_causes) = (english(), english_causes());
    let mut faults = Vec::new();
    for (tag, forms) in LANGUAGES {
        faults.extend(self::faults(tag, &english, &locale(tag), forms));
        faults.extend(self::faults(tag, &english_causes, &causes(tag), &[]));
    }
    assert!(faults.is_empty(), "{} to mend:\n{}", faults.len(), faults.join("\n"));
}

#[test]
fn every_fault_is_found() {
    let words = |pairs: &[(&str, &str)]| -> Words {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    };
    let english = words(&[
        ("a.x", "It is {name} that is missing."),
        ("a.n.one", "{count} day"),
        ("a.n.other", "{count} days"),
    ]);
    let whole = words(&[("a.x", "Es fehlt {name}."), ("a.n.one", "ein Tag"), ("a.n.other", "{count} Tage")]);
    let forms = ["one", "other"];
    assert_eq!(faults("de", &english, &whole, &forms), [""; 0]);
    let broken = |key: &str, text: Option<&str>| {
        let mut own = whole.clone();
        match text {
            Some(text) => drop(own.insert(key.to_owned(), text.to_owned())),
            None => drop(own.remove(key)),
        }
        faults("de", &english, &own, &forms).join("\n")
    };
    for (key, text, said) in [
        ("a.x", None, "missing"),
        ("a.n.other", None, "missing"),
        ("a.x", Some("Es fehlt {nmae}."), "placeholders"),
        ("a.n.other", Some("Tage"), "placeholders"),
        ("a.x", Some("It is {name} that is missing."), "not translated"),
        ("a.x", Some(""), "no line"),
        ("a.y", Some("Zu viel"), "not used"),
        ("a.n.few", Some("{count} Tage"), "not used"),
    ] {
        assert!(broken(key, text).contains(said), "{key} {text:?}: {}", broken(key, text));
    }
}

#[test]
fn words_stand_in_the_order_of_their_keys_by_which_a_locale_is_read() {
    for (area, words) in areas() {
        let keys: Vec<_> = words.iter().map(|(key, _)| *key).collect();
        assert!(keys.is_sorted(), "{area}: {keys:?}");
    }
}

#[test]
fn no_locale_lies_there_that_is_not_tested() {
    for folder in ["www/locales", "www/locales/causes"] {
        let files = fs::read_dir(root().join(folder)).unwrap();
        let names = files.map(|file| file.unwrap().file_name().into_string().unwrap());
        let tags: BTreeSet<_> =
            names.filter_map(|name| name.strip_suffix(".json").map(str::to_owned)).collect();
        assert_eq!(tags, LANGUAGES.map(|(tag, _)| tag.to_owned()).into(), "{folder}");
    }
}

#[test]
fn what_others_say_in_english_has_words_in_every_language() {
    let links = Link::ALL.map(Link::name);
    let fixers = [Fixer::Visitor, Fixer::Owner, Fixer::Host, Fixer::Provider].map(Fixer::name);
    let actions = AuditAction::ALL.map(AuditAction::words);
    let said = links.into_iter().chain(fixers).chain(actions);
    // What the chat server tries, and what visitors may see of what came back.
    let server = fs::read_to_string(root().join("crates/proxy/src/replies/checks.rs")).unwrap();
    let checks = fs::read_to_string(root().join("crates/protocol/src/checks.rs")).unwrap();
    let verdict = fs::read_to_string(root().join("crates/diagnosis/src/verdict.rs")).unwrap();
    let (verdict, _) = verdict.split_once("#[cfg(test)]").unwrap();
    let tried = ["Read the ", "Asked the ", "Had a "];
    let of_server = texts(&server).filter(|text| tried.iter().any(|begin| text.starts_with(begin)));
    let (checks, _) = checks.split_once("#[cfg(test)]").unwrap();
    let seen = texts(checks).filter(|text| text.starts_with("It "));
    let judged = texts(verdict).filter(|text| text.ends_with('.') && !text.contains('{'));
    let others: Vec<_> = of_server.chain(seen).chain(judged).collect();
    assert!(others.len() > 15, "{others:?}");
    let known: BTreeSet<_> = Diagnostics::ALL.iter().map(|(_, english)| *english).collect();
    let unknown: Vec<_> = said.chain(others).filter(|text| !known.contains(text)).collect();
    assert_eq!(unknown, [""; 0]);
}

/// The texts between quotation marks in code.
fn texts(code: &str) -> impl Iterator<Item = &str> {
    code.lines()
        .filter(|line| !line.trim_start().starts_with("//"))
        .flat_map(|line| line.split('"').skip(1).step_by(2))
}

#[test]
fn every_word_of_the_tables_is_said_somewhere() {
    let mut code = String::new();
    gather(&root().join("src"), &mut code);
    let said: BTreeSet<_> = {
        let others = [Link::ALL.map(Link::name).to_vec(), AuditAction::ALL.map(AuditAction::words).to_vec()];
        let fixers = [Fixer::Visitor, Fixer::Owner, Fixer::Host, Fixer::Provider].map(Fixer::name);
        let crates = [
            "crates/proxy/src/replies/checks.rs",
            "crates/protocol/src/checks.rs",
            "crates/diagnosis/src/verdict.rs",
        ];
        let files: String = crates.map(|file| fs::read_to_string(root().join(file)).unwrap()).concat();
        let texts: Vec<String> = texts(&files).map(str::to_owned).collect();
        others.concat().into_iter().chain(fixers).map(str::to_owned).chain(texts).collect()
    };
    let mut unused = Vec::new();
    for (area, words) in areas() {
        for (key, english) in words {
            let variant: String =
                key.split(['_', '.']).map(|part| part[..1].to_uppercase() + &part[1..]).collect();
            if !code.contains(&format!("::{variant}")) && !said.contains(*english) {
                unused.push(format!("{area}.{key}"));
            }
        }
    }
    assert_eq!(unused, [""; 0]);
}

fn gather(folder: &Path, code: &mut String) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            gather(&path, code);
        } else if !path.parent().is_some_and(|parent| parent.ends_with("words"))
            || path.ends_with("causes.rs")
        {
            code.push_str(&fs::read_to_string(path).unwrap());
        }
    }
}

#[test]
fn every_cause_of_the_catalogue_is_in_the_list_of_what_is_translated() {
    let english = english_causes();
    for entry in catalogue::ALL {
        assert_eq!(english[&format!("{}.name", entry.id())], entry.name);
    }
    let _: Value = serde_json::json!(english);
}
