//! A release of the widget, from the linked module to the folder that is served.

use std::collections::BTreeMap;
use std::path::Path;

use rayon::prelude::*;

use crate::bindgen;
use crate::compress;
use crate::error::Result;
use crate::files;
use crate::imports;
use crate::libraries::Modules;
use crate::loader::{self, Values};
use crate::locales::{self, Locale};
use crate::manifest::{
    CAUSES, CHALLENGE, File, GLUE, LANGUAGE, LIBRARY, LOADER, MAIN, Manifest, PAGE, STYLESHEET, WORDS,
};
use crate::minify::{bundle, bundle_glue, minify};
use crate::names::Names;
use crate::optimize::optimize;
use crate::pack::{Door, pack};
use crate::page;
use crate::split::{self, LOADERS};
use crate::tool::Tool;

/// What a release is made with.
#[derive(Debug)]
pub struct Bundler<'a> {
    /// The repository's folder, with `index.html` and `www`.
    pub root: &'a Path,
    /// A folder for intermediate files, emptied first.
    pub work: &'a Path,
    /// Binaryen's optimiser.
    pub wasm_opt: Tool,
    /// The minifier.
    pub esbuild: Tool,
    /// What others have written.
    pub libraries: Modules,
}

/// What a visitor's browser fetches, before it has names.
#[derive(Debug)]
struct Widget {
    glue: String,
    main: Vec<u8>,
    /// By the part's name.
    chunks: BTreeMap<String, Vec<u8>>,
    /// What the chat does beyond its panel.
    page: String,
    /// What shows new visitors what they solve.
    challenge: String,
    /// What others have written.
    libraries: Modules,
    /// What speaks another language than English.
    language: String,
    /// By their tags.
    locales: BTreeMap<String, Locale>,
    /// By the part's name; the core's has none.
    stylesheet: String,
    /// What each door needs.
    doors: BTreeMap<String, Door>,
    /// The loader, its placeholders open.
    loader: String,
}

impl Bundler<'_> {
    /// Makes a release of a module that was linked with relocations and names, in place of what is in `dist`.
    pub fn release(&self, linked: &Path, dist: &Path) -> Result<Manifest> {
        files::empty_folder(self.work)?;
        let widget = self.widget(&files::read(linked)?)?;
        files::empty_folder(dist)?;
        let names = widget.write(dist)?;
        self.write_page(dist)?;
        compress::compress_all(dist)?;
        widget.manifest(dist, &names)
    }

    fn widget(&self, linked: &[u8]) -> Result<Widget> {
        let split = split::split(linked, self.work)?;
        let bound = bindgen::bind(split.main)?;

        let modules: Vec<(String, Vec<u8>)> =
            split.chunks.into_iter().chain([(MAIN.to_owned(), bound.main)]).collect();
        let mut modules: BTreeMap<String, Vec<u8>> = modules
            .into_par_iter()
            .map(|(name, module)| Ok((name.clone(), optimize(&self.wasm_opt, &name, &module, self.work)?)))
            .collect::<Result<_>>()?;
        let main = modules.remove(MAIN).unwrap_or_default();
        let (chunks, doors) = pack(modules, &split.doors);

        files::write(&self.work.join(bindgen::SCRIPT), &bound.glue)?;
        let host = files::read(&self.root.join("www").join(bindgen::HOST))?;
        files::write(&self.work.join(bindgen::HOST), host)?;
        let entry = self.work.join("entry.js");
        files::write(&entry, bindgen::ENTRY)?;
        let chunk_loader = files::read_text(&self.root.join("www/chunks.js"))?;
        files::write(&self.work.join(LOADERS), split::loaders(&chunk_loader, &doors))?;
        let (glue, short_names) = bundle_glue(&self.esbuild, &entry, self.work)?;
        let main = imports::rename(&main, &short_names)?;

        Ok(Widget {
            glue,
            main,
            chunks,
            page: bundle(&self.esbuild, &self.root.join("www/page.js"), self.work)?,
            challenge: self.script("challenge.js")?,
            libraries: self.libraries.clone(),
            language: self.language()?,
            locales: locales::read(&self.root.join("www/locales"))?,
            stylesheet: self.stylesheet()?,
            doors,
            loader: self.loader()?,
        })
    }

    /// A script of `www`, made small.
    fn script(&self, name: &str) -> Result<String> {
        minify(&self.esbuild, name, &files::read_text(&self.root.join("www").join(name))?, self.work)
    }

    fn language(&self) -> Result<String> {
        let www = self.root.join("www");
        let script = files::read_text(&www.join("language.js"))?;
        let script = locales::with_languages(&script, &www.join("locales"))?;
        minify(&self.esbuild, "language.js", &script, self.work)
    }

    fn loader(&self) -> Result<String> {
        let www = self.root.join("www");
        let style =
            minify(&self.esbuild, "loader.css", &files::read_text(&www.join("loader.css"))?, self.work)?;
        let loader = loader::with_style(&files::read_text(&www.join("candor.js"))?, &style)?;
        minify(&self.esbuild, "loader.js", &loader, self.work)
    }

    /// The core's. Those of parts are compiled into the parts.
    fn stylesheet(&self) -> Result<String> {
        let css = files::read_text(&self.root.join("www/candor.css"))?;
        minify(&self.esbuild, "candor.css", &css, self.work)
    }

    /// The example page, which shows the widget off.
    fn write_page(&self, dist: &Path) -> Result<()> {
        let page = page::released(&files::read_text(&self.root.join("index.html"))?);
        files::write(&dist.join("index.html"), page.html)?;
        for file in page.files {
            let path = self.root.join(file);
            files::write(&dist.join(files::name(&path)), files::read(&path)?)?;
        }
        Ok(())
    }
}

impl Widget {
    /// Writes the files under their names.
    fn write(&self, dist: &Path) -> Result<Names> {
        let contents = [self.glue.as_bytes(), self.main.as_slice()].into_iter();
        let chunks = self.chunks.values().map(Vec::as_slice);
        let texts = [&self.page, &self.challenge, &self.language, &self.stylesheet];
        let texts = texts.into_iter().chain(self.libraries.values());
        let texts = texts.chain(self.locales.values().flat_map(|it| [&it.words, &it.causes]));
        let names = Names::of(contents.chain(chunks).chain(texts.map(|text| text.as_bytes())));

        let glue = self.glue.replace(bindgen::MODULE, &names.main());
        files::write(&dist.join(names.glue()), glue)?;
        files::write(&dist.join(names.main()), &self.main)?;
        for (part, chunk) in &self.chunks {
            files::write(&dist.join(names.chunk(part)), chunk)?;
        }
        files::write(&dist.join(names.page()), &self.page)?;
        files::write(&dist.join(names.challenge()), &self.challenge)?;
        for (name, module) in &self.libraries {
            files::write(&dist.join(names.library(name)), module)?;
        }
        files::write(&dist.join(names.language()), &self.language)?;
        for (tag, locale) in &self.locales {
            files::write(&dist.join(names.words(tag)), &locale.words)?;
            files::write(&dist.join(names.causes(tag)), &locale.causes)?;
        }
        files::write(&dist.join(names.stylesheet()), &self.stylesheet)?;
        let values = Values {
            glue: &names.glue(),
            wasm: &names.main(),
            stylesheet: &names.stylesheet(),
            version: env!("CARGO_PKG_VERSION"),
        };
        files::write(&dist.join("candor.js"), loader::fill(&self.loader, &values)?)?;
        Ok(names)
    }

    /// What was written, with the sizes of the files in `dist`.
    fn manifest(&self, dist: &Path, names: &Names) -> Result<Manifest> {
        let mut manifest = Manifest::default();
        let mut add = |kind: String, name: String| -> Result<()> {
            let size = |name: &str| Ok(files::read(&dist.join(name))?.len());
            let file = File { raw: size(&name)?, brotli: size(&format!("{name}.br"))?, name };
            manifest.files.insert(kind, file);
            Ok(())
        };
        add(LOADER.to_owned(), "candor.js".to_owned())?;
        add(GLUE.to_owned(), names.glue())?;
        add(MAIN.to_owned(), names.main())?;
        for part in self.chunks.keys() {
            add(format!("{part}.wasm"), names.chunk(part))?;
        }
        add(PAGE.to_owned(), names.page())?;
        add(CHALLENGE.to_owned(), names.challenge())?;
        for name in self.libraries.keys() {
            add([name, LIBRARY].concat(), names.library(name))?;
        }
        add(LANGUAGE.to_owned(), names.language())?;
        for tag in self.locales.keys() {
            add([WORDS, tag].concat(), names.words(tag))?;
            add([CAUSES, tag].concat(), names.causes(tag))?;
        }
        add(STYLESHEET.to_owned(), names.stylesheet())?;
        for (name, door) in &self.doors {
            let files = door.files.iter().map(|file| format!("{file}.wasm")).collect();
            manifest.parts.insert(name.clone(), files);
        }
        Ok(manifest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scratch::Scratch;

    fn widget(glue: &str) -> Widget {
        Widget {
            glue: format!("new URL('candor_bg.wasm', import.meta.url);{glue}"),
            main: b"main".to_vec(),
            chunks: [("history", "h"), ("shared-1", "s")]
                .map(|(part, code)| (part.to_owned(), code.into()))
                .into(),
            page: "export const attend = 1;".to_owned(),
            challenge: "export const show = 1;".to_owned(),
            libraries: [("altcha", "export default '';".to_owned())].into(),
            language: "export const speak = 1;".to_owned(),
            locales: [("de".to_owned(), Locale { words: "{}".to_owned(), causes: "{}".to_owned() })].into(),
            stylesheet: "a{}".to_owned(),
            doors: [(
                "history".to_owned(),
                Door { files: vec!["shared-1".to_owned(), "history".to_owned()], ..Door::default() },
            )]
            .into(),
            loader: "load('{{glue}}', '{{wasm}}', '{{stylesheet}}', '{{version}}')".to_owned(),
        }
    }

    fn text(folder: &Scratch, name: &str) -> String {
        String::from_utf8(folder.read(name)).unwrap()
    }

    #[test]
    fn the_loader_and_the_glue_name_the_files_that_lie_beside_them() {
        let dist = Scratch::new();
        let names = widget("").write(dist.path()).unwrap();
        let loader = text(&dist, "candor.js");
        for name in [names.glue(), names.main(), names.stylesheet()] {
            assert!(loader.contains(&format!("'{name}'")), "{loader} lacks {name}");
            assert!(dist.listing().contains(&name), "{name}");
        }
        assert!(text(&dist, &names.glue()).contains(&names.main()));
        assert!(!text(&dist, &names.glue()).contains(bindgen::MODULE));
        for name in [names.language(), names.words("de"), names.causes("de")] {
            assert!(dist.listing().contains(&name), "{name}");
        }
    }

    #[test]
    fn every_name_changes_when_one_file_does() {
        let (one, same, other) = (Scratch::new(), Scratch::new(), Scratch::new());
        widget("").write(one.path()).unwrap();
        widget("").write(same.path()).unwrap();
        widget("other").write(other.path()).unwrap();
        assert_eq!(one.listing(), same.listing());
        let kept: Vec<_> = one.listing().into_iter().filter(|name| other.listing().contains(name)).collect();
        assert_eq!(kept, ["candor.js"]);
    }

    #[test]
    fn the_manifest_tells_what_opening_a_door_fetches() {
        let dist = Scratch::new();
        let names = widget("").write(dist.path()).unwrap();
        compress::compress_all(dist.path()).unwrap();
        let manifest = widget("").manifest(dist.path(), &names).unwrap();
        assert_eq!(manifest.parts["history"], ["shared-1.wasm", "history.wasm"]);
        assert_eq!(manifest.files["shared-1.wasm"].name, names.chunk("shared-1"));
        assert_eq!(manifest.files[STYLESHEET].raw, 3);
        manifest.write(&dist.path().join("manifest.json")).unwrap();
        assert_eq!(Manifest::read(&dist.path().join("manifest.json")).unwrap(), manifest);
    }
}
