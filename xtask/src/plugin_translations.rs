//! The plugin's translations, compiled from its `languages/*.po`: a `.mo` for PHP, the one form that every supported WordPress reads (6.5
//! knows `.l10n.php` too), and JSON for each of its scripts.

use std::path::{Path, PathBuf};

use polib::catalog::Catalog;
use polib::message::MessageView;
use polib::{mo_file, po_file};
use serde_json::{Map, Value, json};

use crate::error::{Error, Result};
use crate::fingerprint::files;
use crate::workspace::Workspace;

/// The plugin's scripts that speak: the handle by which WordPress knows each and looks for its translation, and where it is.
const SCRIPTS: &[(&str, &str)] =
    &[("candor-admin", "assets/admin.js"), ("candor-block", "blocks/chat/editor.js")];

/// Writes the compiled translations into the build's folder. Gives each file's name in the plugin, and where it is.
pub fn write(workspace: &Workspace) -> Result<Vec<(String, PathBuf)>> {
    let folder = workspace.target.join("plugin-translations");
    std::fs::create_dir_all(&folder).map_err(|e| Error::file("make", &folder, &e))?;
    let mut written = Vec::new();
    for source in files(&workspace.root.join("wordpress/candor/languages"))? {
        if source.extension().is_none_or(|ending| ending != "po") {
            continue;
        }
        let name = source.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        let catalog = read(&source)?;
        let mut add = |file: String, save: &dyn Fn(&Path) -> std::io::Result<()>| {
            let path = folder.join(&file);
            save(&path).map_err(|e| Error::file("write", &path, &e))?;
            written.push((format!("languages/{file}"), path));
            Ok(())
        };
        add(format!("{name}.mo"), &|path| save_mo(&catalog, path))?;
        for (handle, script) in SCRIPTS {
            let sentences = of_script(&catalog, script).to_string();
            add(format!("{name}-{handle}.json"), &|path| std::fs::write(path, &sentences))?;
        }
    }
    Ok(written)
}

fn read(path: &Path) -> Result<Catalog> {
    po_file::parse(path).map_err(|e| {
        Error::new(format!("{} cannot be read: {e}.", path.display()), "`msgfmt --check` names the line.")
    })
}

/// As polib writes it, with one number more. It has no hash table and calls its place 0; WordPress before 6.5 takes a file for broken where
/// that place is not the end of the table of translations.
/// Source: <https://www.gnu.org/software/gettext/manual/html_node/MO-Files.html>
fn save_mo(catalog: &Catalog, path: &Path) -> std::io::Result<()> {
    /// Bytes of a number, and of a table's entry: a length and a place.
    const NUMBER: usize = 4;
    const ENTRY: u32 = 8;
    mo_file::write(catalog, path)?;
    let mut bytes = std::fs::read(path)?;
    let numbers: Vec<u32> = bytes
        .chunks_exact(NUMBER)
        .take(7)
        .filter_map(|number| number.try_into().ok().map(u32::from_ne_bytes))
        .collect();
    if let [_magic, _version, count, _originals, translations, _hash_size, _hash_place] = numbers[..] {
        let end = translations + ENTRY * count;
        bytes.splice(6 * NUMBER..7 * NUMBER, end.to_ne_bytes());
    }
    std::fs::write(path, bytes)
}

/// What `wp.i18n` takes (Jed's format): the forms of each sentence that stands in the script.
/// Source: <https://developer.wordpress.org/reference/functions/load_script_textdomain/>
fn of_script(catalog: &Catalog, script: &str) -> Value {
    let rules = &catalog.metadata.plural_rules;
    let about = json!({
        "domain": "messages",
        "lang": catalog.metadata.language,
        "plural-forms": rules.dump(),
    });
    let mut sentences: Map<String, Value> = [(String::new(), about)].into_iter().collect();
    for message in catalog.messages().filter(|message| stands_in(*message, script)) {
        let key = match message.msgctxt() {
            Some(context) => format!("{context}\u{4}{}", message.msgid()),
            None => message.msgid().to_owned(),
        };
        let forms = match (message.msgstr(), message.msgstr_plural()) {
            (Ok(only), _) => json!([only]),
            (_, Ok(forms)) => json!(forms),
            _ => continue,
        };
        sentences.insert(key, forms);
    }
    json!({ "domain": "messages", "locale_data": { "messages": sentences } })
}

/// Whether one of the places that the message names (`file:line`) is in the script.
fn stands_in(message: &dyn MessageView, script: &str) -> bool {
    message
        .source()
        .split_whitespace()
        .any(|place| place.rsplit_once(':').is_some_and(|(file, _)| file == script))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    /// A translation with a sentence of PHP's, one of a script's, and one of both.
    const PO: &str = r#"
msgid ""
msgstr ""
"Language: pl\n"
"Plural-Forms: nplurals=3; plural=(n == 1) ? 0 : 1;\n"

#: includes/Plugin.php:3
msgid "Save"
msgstr "Zapisz"

#: assets/admin.js:5
#, javascript-format
msgid "%d model"
msgid_plural "%d models"
msgstr[0] "%d model"
msgstr[1] "%d modele"
msgstr[2] "%d modeli"

#: includes/Plugin.php:8
#: assets/admin.js:9
msgctxt "a person’s"
msgid "Say \"hello\""
msgstr "Powiedz „dzień dobry”"
"#;

    fn written(po: &str) -> (Scratch, Result<Vec<(String, PathBuf)>>) {
        let scratch = Scratch::new();
        scratch.write("wordpress/candor/languages/candor-pl_PL.po", po);
        scratch.write("wordpress/candor/languages/candor.pot", "no translation");
        let root = scratch.path().to_owned();
        let outcome = write(&Workspace { target: root.clone(), root });
        (scratch, outcome)
    }

    #[test]
    fn a_script_has_its_own_sentences_alone() {
        let (_scratch, outcome) = written(PO);
        let files = outcome.unwrap();
        let names: Vec<&str> = files.iter().map(|(name, _)| name.as_str()).collect();
        assert_eq!(
            names,
            [
                "languages/candor-pl_PL.mo",
                "languages/candor-pl_PL-candor-admin.json",
                "languages/candor-pl_PL-candor-block.json"
            ]
        );
        let json = |place: usize| -> Value {
            serde_json::from_slice(&std::fs::read(&files[place].1).unwrap()).unwrap()
        };
        let about = json!({ "domain": "messages", "lang": "pl", "plural-forms": "nplurals=3; plural=(n == 1) ? 0 : 1;" });
        assert_eq!(
            json(1)["locale_data"]["messages"],
            json!({
                "": about,
                "%d model": ["%d model", "%d modele", "%d modeli"],
                "a person’s\u{4}Say \"hello\"": ["Powiedz „dzień dobry”"],
            })
        );
        assert_eq!(json(2)["locale_data"]["messages"], json!({ "": about }));
    }

    #[test]
    fn php_has_every_sentence_with_all_its_forms() {
        let (_scratch, outcome) = written(PO);
        let bytes = std::fs::read(&outcome.unwrap()[0].1).unwrap();
        let has = |text: &str| bytes.windows(text.len()).any(|part| part == text.as_bytes());
        assert!(has("\0Zapisz\0"));
        assert!(has("\0%d model\0%d modele\0%d modeli\0"));
        assert!(has("\0a person’s\u{4}Say \"hello\"\0"));
        assert!(has("Plural-Forms: nplurals=3; plural=(n == 1) ? 0 : 1;\n"));
        let number = |place: usize| u32::from_ne_bytes(bytes[place * 4..][..4].try_into().unwrap());
        let (count, originals, translations, hash) = (number(2), number(3), number(4), number(6));
        assert_eq!(
            (translations - originals, hash - translations),
            (count * 8, count * 8),
            "each table’s length"
        );
    }

    #[test]
    fn a_file_that_is_no_translation_is_named() {
        let (_scratch, outcome) = written("msgid \"Save\"\nmsgstr \"Zapisz\"\n");
        assert!(outcome.unwrap_err().to_string().contains("candor-pl_PL.po"));
    }
}
