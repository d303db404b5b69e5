//! Shorter names between the main module and its glue. wasm-bindgen's carry a hash each (`__wbg_append_2f8a…`), which no
//! compression shrinks.

use std::collections::BTreeMap;
use std::convert::Infallible;

use wasm_encoder::reencode::{self, Reencode, utils};
use wasm_encoder::{ExportSection, ImportSection, Module};
use wasmparser::{Export, Import, Imports, Parser};

use crate::error::{Error, Result};

/// New names by old ones, as esbuild has used them in the glue.
pub type Names = BTreeMap<String, String>;

/// The names that esbuild is to shorten, as a regular expression: wasm-bindgen's, and the modules that main imports from.
pub const LONG_NAMES: &str = r"^__wb(g|indgen)_|^wasm_bindgen_|^__externref_|^\./";

/// What the linker and wasm-bindgen export for nobody here.
const UNUSED_EXPORTS: [&str; 4] = ["__abort_handler", "__data_end", "__heap_base", "__instance_terminated"];

/// The module with other names for its imports, for the modules that they are from, and for its exports. A name that
/// is not in `names` stays; an export that nobody uses does not.
pub fn rename(module: &[u8], names: &Names) -> Result<Vec<u8>> {
    let mut renamed = Module::new();
    Renamer { names }.parse_core_module(&mut renamed, Parser::new(0), module).map_err(Error::Module)?;
    Ok(renamed.finish())
}

struct Renamer<'names> {
    names: &'names Names,
}

/// What a name becomes.
fn new_name<'a>(names: &'a Names, old: &'a str) -> &'a str {
    names.get(old).map_or(old, String::as_str)
}

impl Reencode for Renamer<'_> {
    type Error = Infallible;

    fn parse_imports(
        &mut self,
        section: &mut ImportSection,
        imports: Imports<'_>,
    ) -> std::result::Result<(), reencode::Error> {
        let names = self.names;
        let imports = match imports {
            Imports::Single(at, Import { module, name, ty }) => Imports::Single(
                at,
                Import { module: new_name(names, module), name: new_name(names, name), ty },
            ),
            // A proposal that neither the linker nor wasm-opt writes.
            compact => compact,
        };
        utils::parse_imports(self, section, imports)
    }

    fn parse_export(
        &mut self,
        section: &mut ExportSection,
        export: Export<'_>,
    ) -> std::result::Result<(), reencode::Error> {
        let names = self.names;
        if UNUSED_EXPORTS.contains(&export.name) {
            return Ok(());
        }
        utils::parse_export(self, section, Export { name: new_name(names, export.name), ..export })
    }
}

#[cfg(test)]
mod tests {
    use wasm_encoder::{EntityType, ExportKind, TypeSection};
    use wasmparser::Payload;

    use super::*;

    /// A module that imports `__wbg_log_1` from `./candor_bg.js` and `load` from `./doors.js`, and exports the first.
    fn module() -> Vec<u8> {
        let mut types = TypeSection::new();
        types.ty().function([], []);
        let mut imports = ImportSection::new();
        imports.import("./candor_bg.js", "__wbg_log_1", EntityType::Function(0));
        imports.import("./doors.js", "load", EntityType::Function(0));
        let mut exports = ExportSection::new();
        exports.export("__wbindgen_start", ExportKind::Func, 0);
        exports.export("mount", ExportKind::Func, 1);
        exports.export("__heap_base", ExportKind::Global, 0);
        let mut module = Module::new();
        module.section(&types).section(&imports).section(&exports);
        module.finish()
    }

    /// Every import as `module name`, and every export's name.
    fn names(module: &[u8]) -> Vec<String> {
        let mut names = Vec::new();
        for payload in Parser::new(0).parse_all(module) {
            match payload.unwrap() {
                Payload::ImportSection(section) => names.extend(
                    section
                        .into_imports()
                        .map(|import| import.unwrap())
                        .map(|i| format!("{} {}", i.module, i.name)),
                ),
                Payload::ExportSection(section) => {
                    names.extend(section.into_iter().map(|export| export.unwrap().name.to_owned()));
                }
                _ => {}
            }
        }
        names
    }

    #[test]
    fn what_the_glue_calls_otherwise_is_renamed_and_the_rest_stays() {
        let short = [("./candor_bg.js", "a"), ("__wbg_log_1", "b"), ("__wbindgen_start", "c"), ("gone", "d")];
        let short = short.map(|(old, new)| (old.to_owned(), new.to_owned())).into();
        let renamed = rename(&module(), &short).unwrap();
        assert_eq!(names(&renamed), ["a b", "./doors.js load", "c", "mount"]);
    }

    #[test]
    fn without_new_names_all_keep_theirs_but_what_nobody_uses() {
        let before = names(&module());
        let after = names(&rename(&module(), &Names::new()).unwrap());
        assert_eq!(before.split_last(), Some((&"__heap_base".to_owned(), &after[..])));
    }

    #[test]
    fn what_is_no_module_is_refused() {
        assert!(matches!(rename(b"<!doctype html>", &Names::new()), Err(Error::Module(_))));
    }
}
