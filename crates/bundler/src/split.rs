//! Cutting the linked module at its doors: what every visitor needs stays in main, and each door's own code goes into a
//! file of its own. What several doors need, and main does not, goes into shared files, one for each set of doors.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use crate::error::{Error, Result};
use crate::files;
use crate::pack::Door;

/// The module that main imports the doors' loaders from, as `wasm_split_macros` has it.
pub const LOADERS: &str = "./__wasm_split.js";

/// A module that has been cut.
#[derive(Debug)]
pub struct Split {
    /// What is loaded first.
    pub main: Vec<u8>,
    /// The other modules by their part's name: a door's (`history`), or `shared-1` for what several doors need.
    pub chunks: BTreeMap<String, Vec<u8>>,
    /// The chunks that each door needs, its own included.
    pub doors: BTreeMap<String, Vec<String>>,
}

/// Cuts a module that was linked with relocations and names. `work` is a folder for intermediate files.
///
/// The splitter walks a hash map, so that two runs on the same module may cut it differently: files of two runs never
/// go together.
pub fn split(linked: &[u8], work: &Path) -> Result<Split> {
    let main = work.join("main.wasm");
    let mut options = wasm_split_cli_support::Options::new(linked);
    options.output_dir = work;
    options.main_out_path = &main;
    options.link_name = LOADERS;
    options.target.web();
    let output =
        wasm_split_cli_support::transform(options).map_err(|error| Error::Split(format!("{error:#}")))?;

    let doors: BTreeMap<String, Vec<String>> = output.prefetch_map.into_iter().collect();
    let names = names(&doors);
    let mut chunks = BTreeMap::new();
    for path in output.split_modules {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        // The splitter writes empty modules too, which no door asks for.
        if let Some(name) = names.get(&stem) {
            chunks.insert(name.clone(), files::read(&path)?);
        }
    }
    let renamed = |stems: Vec<String>| stems.iter().filter_map(|stem| names.get(stem).cloned()).collect();
    let doors = doors.into_iter().map(|(door, stems)| (door, renamed(stems))).collect();
    Ok(Split { main: files::read(&main)?, chunks, doors })
}

/// The names of the splitter's files: a door's own has the door's name, the others are counted.
fn names(doors: &BTreeMap<String, Vec<String>>) -> BTreeMap<String, String> {
    let mut names: BTreeMap<String, String> =
        doors.keys().map(|door| (format!("split_{door}"), door.clone())).collect();
    let shared: BTreeSet<&String> =
        doors.values().flatten().filter(|stem| !names.contains_key(*stem)).collect();
    let counted: Vec<_> = shared
        .into_iter()
        .enumerate()
        .map(|(at, stem)| (stem.clone(), format!("shared-{}", at + 1)))
        .collect();
    names.extend(counted);
    names
}

/// The JavaScript module that main imports its doors from: `loader`, which fetches chunks, and a function for each door.
pub fn loaders(loader: &str, doors: &BTreeMap<String, Door>) -> String {
    let mut script = loader.to_owned();
    for (name, door) in doors {
        let files = quoted(&door.files);
        let packed: Vec<_> =
            door.packed.iter().map(|(file, chunks)| format!("'{file}': [{}]", quoted(chunks))).collect();
        let packed = packed.join(", ");
        script.push_str(&format!("export const __wasm_split_load_{name} = door([{files}], {{{packed}}});\n"));
    }
    script
}

/// JavaScript strings, separated by commas; a chunk's name has neither quotes nor backslashes.
fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("'{name}'")).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn doors() -> BTreeMap<String, Vec<String>> {
        [("history", vec!["chunk_7", "split_history"]), ("export", vec!["chunk_7", "chunk_12"])]
            .into_iter()
            .map(|(door, stems)| (door.to_owned(), stems.into_iter().map(str::to_owned).collect()))
            .collect()
    }

    #[test]
    fn a_door_has_its_own_name_and_shared_files_are_counted() {
        let names = names(&doors());
        assert_eq!(names["split_history"], "history");
        let shared: BTreeSet<&str> = [&names["chunk_7"], &names["chunk_12"]].map(String::as_str).into();
        assert_eq!(shared, BTreeSet::from(["shared-1", "shared-2"]));
    }

    #[test]
    fn each_door_becomes_a_function_that_names_its_chunks() {
        let door = Door {
            files: vec!["shared-1".to_owned(), "history".to_owned()],
            packed: [("history".to_owned(), vec!["shared-2".to_owned(), "shared-3".to_owned()])].into(),
        };
        let script = loaders("const door = () => {};\n", &[("history".to_owned(), door)].into());
        let line = "export const __wasm_split_load_history = door(['shared-1', 'history'], \
                    {'history': ['shared-2', 'shared-3']});\n";
        assert!(script.ends_with(line), "{script}");
    }

    #[test]
    fn what_is_no_module_is_refused() {
        let folder = crate::scratch::Scratch::new();
        let error = split(b"<!doctype html>", folder.path()).unwrap_err();
        assert!(matches!(error, Error::Split(_)), "{error}");
    }
}
