//! The widget's languages beside English. What translators write is `www/locales/<tag>.json`, a word a key, and what is said of
//! causes in `www/locales/causes/<tag>.json`. Of each language two files are made: what is fetched with the core, and what
//! Diagnostics adds. The widget finds its words by their place (`src/words`), so that no key is shipped with them.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::files;

/// What is shipped of one language.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Locale {
    /// What `www/language.js` fetches.
    pub words: String,
    /// What it fetches for Diagnostics.
    pub causes: String,
}

/// Words by their keys.
type Words = BTreeMap<String, String>;

/// The numbers' kinds that languages have (Unicode's plural categories); what is said of all others stands last.
const CATEGORIES: [&str; 6] = ["zero", "one", "two", "few", "many", "other"];

/// The areas whose words are found by their names, by the scripts of `www`.
const OF_SCRIPTS: [&str; 2] = ["loader", "page"];

/// The area that comes with Diagnostics.
const DIAGNOSTICS: &str = "diagnostics";

/// Every language that lies in this folder, by its tag.
pub fn read(folder: &Path) -> Result<BTreeMap<String, Locale>> {
    let mut locales = BTreeMap::new();
    for path in files::list(folder)? {
        let name = files::name(&path);
        if let Some(tag) = name.strip_suffix(".json") {
            let locale = locale(&words(&path)?, &words(&folder.join("causes").join(&name))?);
            locales.insert(tag.to_owned(), locale);
        }
    }
    Ok(locales)
}

/// The script of the languages with what it has to know of each before its file is here: what the launcher says, and what is
/// said while the chat is on its way.
pub fn with_languages(script: &str, folder: &Path) -> Result<String> {
    let mut languages = Map::new();
    for path in files::list(folder)? {
        let name = files::name(&path);
        if let Some(tag) = name.strip_suffix(".json") {
            let words = words(&path)?;
            let said =
                ["loader.open", "loader.loading"].map(|key| words.get(key).cloned().unwrap_or_default());
            languages.insert(tag.to_owned(), json!(said));
        }
    }
    const PLACEHOLDER: &str = "'{{languages}}'";
    if !script.contains(PLACEHOLDER) {
        return Err(Error::LostPlaceholder(PLACEHOLDER.to_owned()));
    }
    Ok(script.replace(PLACEHOLDER, &Value::from(languages).to_string()))
}

fn words(path: &Path) -> Result<Words> {
    serde_json::from_slice(&files::read(path)?).map_err(|source| Error::Unreadable {
        path: path.to_owned(),
        source,
        next: "It holds a text for each key. `cargo test --test locales` says what is missing.",
    })
}

fn locale(words: &Words, causes: &Words) -> Locale {
    let areas = areas(words);
    let mut file = Map::new();
    for (area, words) in &areas {
        let value = if OF_SCRIPTS.contains(area) { json!(words) } else { json!(lines(words)) };
        if *area != DIAGNOSTICS {
            file.insert((*area).to_owned(), value);
        }
    }
    // What the proxy says by itself is told from what its owner says by the whole text.
    let default = |word: &str| areas.get("conversation").and_then(|words| words.get(word).cloned());
    file.insert(
        "defaults".to_owned(),
        json!({ "greeting": default("greeting"), "notice": default("notice") }),
    );
    let (told, plain) = visitors(causes);
    file.insert("causes".to_owned(), json!(told));
    file.insert("plain".to_owned(), json!(plain));
    file.insert("otherwise".to_owned(), json!(of(causes, "otherwise")));
    let diagnostics = areas.get(DIAGNOSTICS).map(lines).unwrap_or_default();
    Locale {
        words: Value::from(file).to_string(),
        causes: json!({ DIAGNOSTICS: diagnostics, "causes": owners(causes) }).to_string(),
    }
}

/// The words of each area in the order of their keys, the forms of one as `one:…|other:…`.
fn areas(words: &Words) -> BTreeMap<&str, BTreeMap<&str, String>> {
    let mut areas: BTreeMap<&str, BTreeMap<&str, String>> = BTreeMap::new();
    for (key, text) in words {
        let Some((area, word)) = key.split_once('.') else { continue };
        let area = areas.entry(area).or_default();
        match word.rsplit_once('.').filter(|(_, category)| CATEGORIES.contains(category)) {
            None => {
                area.insert(word, text.clone());
            }
            Some((word, _)) => {
                area.entry(word).or_insert_with(|| forms(words, key));
            }
        }
    }
    areas
}

/// All forms of the word whose key, with one of the categories at its end, this is.
fn forms(words: &Words, key: &str) -> String {
    let stem = key.rsplit_once('.').map_or(key, |(stem, _)| stem);
    let form = |category: &&str| Some(format!("{category}:{}", words.get(&format!("{stem}.{category}"))?));
    CATEGORIES.iter().filter_map(form).collect::<Vec<_>>().join("|")
}

fn lines(words: &BTreeMap<&str, String>) -> String {
    words.values().map(|text| format!("{text}\n")).collect()
}

/// What is said of a cause by the fields of their keys.
fn of<'a>(causes: &'a Words, id: &str) -> BTreeMap<&'a str, &'a str> {
    let fields = causes.iter().filter_map(|(key, text)| {
        let field = key.strip_prefix(id)?.strip_prefix('.')?;
        Some((field, text.as_str()))
    });
    fields.collect()
}

/// The ids of the causes: each has a name.
fn ids(causes: &Words) -> impl Iterator<Item = &str> {
    causes.keys().filter_map(|key| key.strip_suffix(".name")).filter(|id| !id.contains('.'))
}

/// What visitors read of each cause, title and detail in two lines; and the ids of those of which they read what is said of all.
fn visitors(causes: &Words) -> (BTreeMap<&str, String>, Vec<&str>) {
    let (mut told, mut plain) = (BTreeMap::new(), Vec::new());
    for id in ids(causes) {
        let text = |field: &str| causes.get(&format!("{id}.{field}")).map(String::as_str).unwrap_or_default();
        match [text("title"), text("detail")] {
            ["", ""] => plain.push(id),
            [title, ""] => drop(told.insert(id, title.to_owned())),
            both => drop(told.insert(id, both.join("\n"))),
        }
    }
    (told, plain)
}

/// What owners read of each cause, a line each: name, verdict, meaning, steps; of a finer kind, which has no verdict, under the
/// cause's id and its number.
fn owners(causes: &Words) -> BTreeMap<String, String> {
    let mut told = BTreeMap::new();
    for id in ids(causes) {
        told.insert(id.to_owned(), owners_lines(causes, id));
        let cases = (0..).map(|number| format!("{id}.case.{number}"));
        let known = cases.take_while(|case| causes.contains_key(&format!("{case}.name")));
        for (number, case) in known.enumerate() {
            told.insert(format!("{id}.{number}"), owners_lines(causes, &case));
        }
    }
    told
}

fn owners_lines(causes: &Words, prefix: &str) -> String {
    let fields = ["name", "verdict", "meaning"].map(|field| causes.get(&format!("{prefix}.{field}")));
    let steps = (0..).map_while(|number: u32| causes.get(&format!("{prefix}.steps.{number}")));
    fields.into_iter().flatten().chain(steps).map(String::as_str).collect::<Vec<_>>().join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(pairs: &[(&str, &str)]) -> Words {
        pairs.iter().map(|(key, text)| ((*key).to_owned(), (*text).to_owned())).collect()
    }

    #[test]
    fn words_lie_in_the_order_of_their_keys_and_forms_of_one_together() {
        let causes = words(&[("otherwise.title", "O")]);
        let words = words(&[
            ("core.you", "Sie"),
            ("core.agree", "Ja"),
            ("history.found.other", "{count} da"),
            ("history.found.one", "eine da"),
            ("loader.open", "Öffnen"),
            ("diagnostics.run", "Prüfen"),
        ]);
        let Locale { words, causes } = locale(&words, &causes);
        let words: Value = serde_json::from_str(&words).unwrap();
        assert_eq!(words["core"], "Ja\nSie\n");
        assert_eq!(words["history"], "one:eine da|other:{count} da\n");
        assert_eq!(words["loader"]["open"], "Öffnen");
        assert_eq!(words["otherwise"]["title"], "O");
        assert_eq!(words.get("diagnostics"), None);
        let causes: Value = serde_json::from_str(&causes).unwrap();
        assert_eq!(causes["diagnostics"], "Prüfen\n");
    }

    #[test]
    fn causes_are_parted_into_what_visitors_and_what_owners_read() {
        let causes = words(&[
            ("a.name", "A"),
            ("a.verdict", "V"),
            ("a.meaning", "M"),
            ("a.steps.0", "1"),
            ("a.steps.1", "2"),
            ("a.case.0.name", "F"),
            ("a.case.0.meaning", "FM"),
            ("a.case.0.steps.0", "F1"),
            ("b.name", "B"),
            ("b.title", "T"),
            ("b.detail", "D"),
        ]);
        let (told, plain) = visitors(&causes);
        assert_eq!((told["b"].as_str(), plain), ("T\nD", vec!["a"]));
        let told = owners(&causes);
        assert_eq!((told["a"].as_str(), told["a.0"].as_str()), ("A\nV\nM\n1\n2", "F\nFM\nF1"));
    }

    #[test]
    fn the_script_knows_what_each_launcher_says() {
        let folder = crate::scratch::Scratch::new();
        folder.write("de.json", r#"{"loader.open":"Chat öffnen","loader.loading":"Lädt…"}"#);
        let script = with_languages("const L = '{{languages}}';", folder.path()).unwrap();
        assert_eq!(script, r#"const L = {"de":["Chat öffnen","Lädt…"]};"#);
        assert!(with_languages("", folder.path()).is_err());
    }
}
