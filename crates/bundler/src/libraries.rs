//! Libraries of others that the chat fetches once they are wanted: scripts of npm packages as they are, each one module with its
//! licence before it.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::error::{Error, Result};
use crate::files;

/// One of them.
#[derive(Debug)]
pub struct Library {
    /// In the names of files.
    pub name: &'static str,
    /// The variable that names its npm package, unpacked.
    variable: &'static str,
    /// In the package.
    licence: &'static str,
    /// In the package: what runs in any page.
    script: &'static str,
    /// What stands behind the script, so that a module exports what it is.
    export: Export,
}

#[derive(Debug)]
enum Export {
    /// The script is a module.
    Own,
    /// This stylesheet of the package: the script itself defines an element.
    Stylesheet(&'static str),
    /// What the script has called so; and this stylesheet as `css`.
    NameAndStylesheet(&'static str, &'static str),
}

/// All of them.
pub const LIBRARIES: &[Library] = &[
    // Solves ALTCHA's challenge. It comes without workers, which a page's policy may refuse.
    Library {
        name: "altcha",
        variable: "ALTCHA",
        licence: "LICENSE.txt",
        script: "dist/external/altcha.min.js",
        export: Export::Stylesheet("dist/external/altcha.css"),
    },
    // Finds the keywords, names and comments of a program.
    Library {
        name: "highlight",
        variable: "HIGHLIGHT",
        licence: "LICENSE",
        script: "es/highlight.min.js",
        export: Export::Own,
    },
    // Makes MathML of TeX.
    Library {
        name: "temml",
        variable: "TEMML",
        licence: "LICENSE",
        script: "dist/temml.min.js",
        export: Export::NameAndStylesheet("temml", "dist/Temml-Local.css"),
    },
];

impl Library {
    /// The unpacked package, where the environment names it.
    fn package(&self) -> Option<PathBuf> {
        std::env::var_os(self.variable).filter(|path| !path.is_empty()).map(PathBuf::from)
    }

    /// The module that is served.
    fn module(&self, package: &Path) -> Result<String> {
        let read = |name: &str| files::read_text(&package.join(name));
        let (licence, script) = (read(self.licence)?, read(self.script)?);
        let quoted = |name: &str| {
            serde_json::to_string(&read(name)?).map_err(|source| Error::Unreadable {
                path: package.to_owned(),
                source,
                next: "This is a fault of the bundler’s.",
            })
        };
        let export = match self.export {
            Export::Own => String::new(),
            Export::Stylesheet(css) => format!("export default {};\n", quoted(css)?),
            Export::NameAndStylesheet(name, css) => {
                format!("export default {name};\nexport const css = {};\n", quoted(css)?)
            }
        };
        Ok(format!("/*! {}\n*/\n{}\n{export}", licence.trim(), script.trim()))
    }
}

/// The modules by the libraries' names.
pub type Modules = BTreeMap<&'static str, String>;

/// Those whose packages the environment names.
pub fn found() -> Result<Modules> {
    let found = LIBRARIES.iter().filter_map(|library| Some((library, library.package()?)));
    found.map(|(library, package)| Ok((library.name, library.module(&package)?))).collect()
}

/// All of them.
pub fn all() -> Result<Modules> {
    let found = found()?;
    match LIBRARIES.iter().find(|library| !found.contains_key(library.name)) {
        Some(library) => Err(Error::WithoutLibrary(library.variable)),
        None => Ok(found),
    }
}

#[cfg(test)]
mod tests {
    use super::LIBRARIES;
    use crate::scratch::Scratch;

    fn module(name: &str, folder: &Scratch) -> crate::error::Result<String> {
        let library = LIBRARIES.iter().find(|library| library.name == name).unwrap();
        library.module(&folder.path().join("package"))
    }

    #[test]
    fn a_script_goes_with_its_licence_and_what_it_exports() {
        let folder = Scratch::new();
        folder.write("package/LICENSE.txt", "MIT License\n");
        folder.write("package/LICENSE", "BSD License\n");
        folder.write("package/dist/external/altcha.min.js", "customElements.define(\"altcha-widget\");\n");
        folder.write("package/dist/external/altcha.css", ".altcha { content: \"`\" }");
        folder.write("package/es/highlight.min.js", "export default 1;\n");
        folder.write("package/dist/temml.min.js", "var temml=function(){}();\n");
        folder.write("package/dist/Temml-Local.css", "math {}");
        for (name, expected) in [
            (
                "altcha",
                "/*! MIT License\n*/\ncustomElements.define(\"altcha-widget\");\nexport default \".altcha { content: \\\"`\\\" }\";\n",
            ),
            ("highlight", "/*! BSD License\n*/\nexport default 1;\n"),
            (
                "temml",
                "/*! BSD License\n*/\nvar temml=function(){}();\nexport default temml;\nexport const css = \"math {}\";\n",
            ),
        ] {
            assert_eq!(module(name, &folder).unwrap(), expected);
        }
        assert!(module("altcha", &Scratch::new()).unwrap_err().to_string().contains("LICENSE.txt"));
    }
}
