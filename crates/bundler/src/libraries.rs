//! ALTCHA’s widget, which new visitors meet where the owner asks them to solve its challenge: the script and the stylesheet of its
//! npm package as they are, in one module, with the licence before them.

use std::path::Path;

use crate::error::{Error, Result};
use crate::files;

/// The variable that names the unpacked package `altcha`.
pub const PACKAGE: &str = "ALTCHA";

/// A module that defines `<altcha-widget>`, and exports what it looks like. The widget comes without workers, which a page’s policy
/// may refuse.
pub fn module(package: &Path) -> Result<String> {
    let read = |name: &str| files::read_text(&package.join(name));
    let (licence, script) = (read("LICENSE.txt")?, read("dist/external/altcha.min.js")?);
    let css = read("dist/external/altcha.css")?;
    let css = serde_json::to_string(&css).map_err(|source| Error::Unreadable {
        path: package.to_owned(),
        source,
        next: "This is a fault of the bundler’s.",
    })?;
    Ok(format!("/*! {}\n*/\n{}\nexport default {css};\n", licence.trim(), script.trim()))
}

#[cfg(test)]
mod tests {
    use super::module;
    use crate::scratch::Scratch;

    #[test]
    fn the_script_goes_with_its_stylesheet_and_its_licence() {
        let folder = Scratch::new();
        folder.write("altcha/LICENSE.txt", "MIT License\n");
        folder.write("altcha/dist/external/altcha.min.js", "customElements.define(\"altcha-widget\");\n");
        folder.write("altcha/dist/external/altcha.css", ".altcha { content: \"`\" }");
        assert_eq!(
            module(&folder.path().join("altcha")).unwrap(),
            "/*! MIT License\n*/\ncustomElements.define(\"altcha-widget\");\nexport default \".altcha { content: \\\"`\\\" }\";\n"
        );
        assert!(module(folder.path()).unwrap_err().to_string().contains("LICENSE.txt"));
    }
}
