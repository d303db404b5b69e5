//! The last step of `trunk serve`, run by its hook: names that carry hashes, and the loader filled in. What Trunk builds
//! is unsplit and for whoever works on the widget; nothing in it is made small.

use std::path::{Path, PathBuf};

use crate::bindgen;
use crate::error::{Error, Result};
use crate::files;
use crate::libraries::Modules;
use crate::loader::{self, Values};
use crate::locales;
use crate::names::Names;

/// Works on the folder that Trunk's hook names, before Trunk moves it to `dist`. Libraries whose packages are not known are left out.
pub fn finish_staged(root: &Path, libraries: &Modules) -> Result<()> {
    let staged = std::env::var_os("TRUNK_STAGING_DIR").map(PathBuf::from).ok_or(Error::WithoutTrunk)?;
    finish(&staged, &root.join("www"), libraries)
}

/// Trunk's own hash is of the module before `wasm-bindgen`, and caches keep these names for ever.
fn finish(staged: &Path, www: &Path, libraries: &Modules) -> Result<()> {
    let module = the_module(staged)?;
    let stem = module.trim_end_matches("_bg.wasm").to_owned();
    let (glue_path, wasm_path) = (staged.join(format!("{stem}.js")), staged.join(&module));
    let (glue, wasm) = (files::read_text(&glue_path)?, files::read(&wasm_path)?);
    let stylesheet = files::read(&www.join("candor.css"))?;
    let page = files::read(&www.join("page.js"))?;
    let of_page = files::list(&www.join("page"))?;
    let of_page =
        of_page.iter().map(|path| Ok((files::name(path), files::read(path)?))).collect::<Result<Vec<_>>>()?;
    let challenge = files::read(&www.join("challenge.js"))?;
    let glue = [glue, files::read_text(&www.join(bindgen::HOST))?].concat();
    let locales = locales::read(&www.join("locales"))?;
    let language = files::read_text(&www.join("language.js"))?;
    let language = locales::with_languages(&language, &www.join("locales"))?;

    let code = [glue.as_bytes(), &wasm, &stylesheet, &page, &challenge, language.as_bytes()];
    let words = locales.values().flat_map(|locale| [locale.words.as_bytes(), locale.causes.as_bytes()]);
    let modules = of_page.iter().map(|(_, module)| module.as_slice());
    let modules = modules.chain(libraries.values().map(String::as_bytes));
    let names = Names::of(code.into_iter().chain(modules).chain(words));
    files::remove(&glue_path)?;
    files::remove(&wasm_path)?;
    files::write(&staged.join(names.main()), &wasm)?;
    files::write(&staged.join(names.glue()), glue.replace(bindgen::MODULE, &names.main()))?;
    files::write(&staged.join(names.stylesheet()), &stylesheet)?;
    files::write(&staged.join(names.page()), &page)?;
    files::empty_folder(&staged.join("page"))?;
    for (name, module) in &of_page {
        files::write(&staged.join("page").join(name), module)?;
    }
    files::write(&staged.join(names.challenge()), &challenge)?;
    files::write(&staged.join(names.language()), &language)?;
    for (tag, locale) in &locales {
        files::write(&staged.join(names.words(tag)), &locale.words)?;
        files::write(&staged.join(names.causes(tag)), &locale.causes)?;
    }
    for (name, module) in libraries {
        files::write(&staged.join(names.library(name)), module)?;
    }

    let style = files::read_text(&www.join("loader.css"))?;
    let values = Values {
        glue: &names.glue(),
        wasm: &names.main(),
        stylesheet: &names.stylesheet(),
        version: env!("CARGO_PKG_VERSION"),
    };
    let loader = loader::with_style(&files::read_text(&www.join("candor.js"))?, &style)?;
    files::write(&staged.join("candor.js"), loader::fill(&loader, &values)?)
}

/// The file name of the only WebAssembly module that Trunk made.
fn the_module(folder: &Path) -> Result<String> {
    let mut modules: Vec<String> = files::list(folder)?
        .iter()
        .map(|path| files::name(path))
        .filter(|name| name.ends_with("_bg.wasm"))
        .collect();
    match (modules.pop(), modules.is_empty()) {
        (Some(module), true) => Ok(module),
        _ => Err(Error::NotOneModule),
    }
}

#[cfg(test)]
mod tests {
    use super::finish;
    use crate::error::Error;
    use crate::libraries::Modules;
    use crate::scratch::Scratch;

    fn staged() -> Scratch {
        let folder = Scratch::new();
        folder
            .write("www/candor.js", "['{{glue}}', '{{wasm}}', '{{stylesheet}}', '{{version}}', `{{style}}`]");
        folder.write("www/loader.css", ".launcher { color: red }\n");
        folder.write("www/candor.css", ".panel { color: red }\n");
        folder.write("www/page.js", "export { attend } from './page/attend.js';\n");
        folder.write("www/page/attend.js", "export const attend = 1;\n");
        folder.write("www/challenge.js", "export const show = 1;\n");
        folder.write("www/language.js", "const LANGUAGES = '{{languages}}';\n");
        folder.write("www/locales/de.json", r#"{"core.you":"Sie"}"#);
        folder.write("www/locales/causes/de.json", r#"{"a.name":"A"}"#);
        folder.write("www/host.js", "export const settle = 1;\n");
        folder.write("dist/index.html", "<!doctype html><script src=\"candor.js\" async></script>");
        folder.write("dist/candor-1a2b.js", "const url = new URL('candor_bg.wasm', import.meta.url);");
        folder.write("dist/candor-1a2b_bg.wasm", [0, b'a', b's', b'm']);
        folder
    }

    fn built(folder: &Scratch) -> Vec<String> {
        finish(&folder.path().join("dist"), &folder.path().join("www"), &Modules::new()).unwrap();
        let listed = crate::files::list(&folder.path().join("dist")).unwrap();
        listed.iter().map(|path| crate::files::name(path)).collect()
    }

    #[test]
    fn what_trunk_built_has_hashed_names_and_a_filled_loader() {
        let folder = staged();
        let names = built(&folder);
        assert_eq!(names.len(), 10, "{names:?}");
        let page = names.iter().find(|name| name.ends_with("-page.js")).unwrap();
        let hashed = |ending: &str| {
            let parts = ["-page.js", "-challenge.js", "-language.js"];
            let is_part = |name: &String| parts.iter().any(|part| name.ends_with(part));
            names.iter().find(|n| n.starts_with("candor-") && n.ends_with(ending) && !is_part(n)).unwrap()
        };
        let loader = String::from_utf8(folder.read("dist/candor.js")).unwrap();
        for expected in [hashed(".js"), hashed("_bg.wasm"), hashed(".css"), ".launcher { color: red }"] {
            assert!(loader.contains(expected), "{loader} lacks {expected}");
        }
        let glue = String::from_utf8(folder.read(&format!("dist/{}", hashed(".js")))).unwrap();
        assert!(glue.contains(hashed("_bg.wasm")), "{glue}");
        assert_eq!(
            page.trim_end_matches("-page.js"),
            hashed(".js").trim_end_matches(".js"),
            "the glue finds it"
        );
        assert_eq!(
            folder.read("dist/page/attend.js"),
            b"export const attend = 1;\n",
            "it finds what it imports"
        );
    }

    #[test]
    fn names_change_with_the_content_that_they_name_and_only_then() {
        let first = built(&staged());
        assert_eq!(built(&staged()), first);
        for file in [
            "dist/candor-1a2b.js",
            "dist/candor-1a2b_bg.wasm",
            "www/candor.css",
            "www/challenge.js",
            "www/page.js",
            "www/page/attend.js",
            "www/locales/de.json",
            "www/locales/causes/de.json",
        ] {
            let folder = staged();
            folder.write(file, if file.ends_with(".json") { "{}" } else { "other" });
            assert_ne!(built(&folder), first, "{file}");
        }
    }

    #[test]
    fn two_modules_are_refused() {
        let folder = staged();
        folder.write("dist/other_bg.wasm", "");
        let error =
            finish(&folder.path().join("dist"), &folder.path().join("www"), &Modules::new()).unwrap_err();
        assert!(matches!(error, Error::NotOneModule), "{error}");
    }
}
