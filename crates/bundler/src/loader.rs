//! The loader `candor.js`, with what it has to know filled in between double braces.

use crate::error::{Error, Result};

/// What the loader has to know of the files beside it, each a name relative to its own address.
#[derive(Debug)]
pub struct Values<'a> {
    pub glue: &'a str,
    pub wasm: &'a str,
    pub stylesheet: &'a str,
    pub version: &'a str,
}

/// Puts the launcher's stylesheet into the loader, which paints before anything is fetched. Done before it is minified.
pub fn with_style(loader: &str, css: &str) -> Result<String> {
    // It stands in a template literal there.
    let css = css.replace('\\', "\\\\").replace('`', "\\`").replace("${", "\\${");
    replace(loader, "style", &css)
}

/// The loader with the other placeholders filled in; each must be there, and no other may be left.
pub fn fill(loader: &str, values: &Values<'_>) -> Result<String> {
    let mut filled = loader.to_owned();
    for (name, value) in [
        ("glue", values.glue),
        ("wasm", values.wasm),
        ("stylesheet", values.stylesheet),
        ("version", values.version),
    ] {
        filled = replace(&filled, name, value)?;
    }
    match unknown_placeholder(&filled) {
        Some(left) => Err(Error::UnknownPlaceholder(left)),
        None => Ok(filled),
    }
}

fn replace(loader: &str, name: &str, value: &str) -> Result<String> {
    let placeholder = format!("{{{{{name}}}}}");
    if !loader.contains(&placeholder) {
        return Err(Error::LostPlaceholder(placeholder));
    }
    Ok(loader.replace(&placeholder, value))
}

fn unknown_placeholder(text: &str) -> Option<String> {
    text.split("{{").skip(1).find_map(|after| {
        let (name, _) = after.split_once("}}")?;
        let is_name =
            !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_' || c == '-');
        is_name.then(|| format!("{{{{{name}}}}}"))
    })
}

#[cfg(test)]
mod tests {
    use super::{Values, fill, with_style};

    const LOADER: &str =
        "const files = ['{{glue}}', '{{wasm}}', '{{stylesheet}}']; const version = '{{version}}';";
    const VALUES: Values<'_> = Values { glue: "a.js", wasm: "b.wasm", stylesheet: "c.css", version: "1.2.3" };

    #[test]
    fn fills_in_every_placeholder() {
        let filled = fill(LOADER, &VALUES).unwrap();
        assert_eq!(filled, "const files = ['a.js', 'b.wasm', 'c.css']; const version = '1.2.3';");
    }

    #[test]
    fn a_lost_placeholder_is_named() {
        let error = fill(&LOADER.replace("{{wasm}}", ""), &VALUES).unwrap_err();
        assert!(error.to_string().contains("{{wasm}}"), "{error}");
    }

    #[test]
    fn a_misspelt_placeholder_is_named() {
        let error = fill(&format!("{LOADER} {{{{gleu}}}}"), &VALUES).unwrap_err();
        assert!(error.to_string().contains("{{gleu}}"), "{error}");
    }

    #[test]
    fn braces_of_javascript_are_no_placeholder() {
        assert!(fill(&format!("{LOADER} const deep = {{{{}}}};"), &VALUES).is_ok());
    }

    #[test]
    fn a_stylesheet_cannot_end_the_literal_that_it_stands_in() {
        let filled = with_style("const style = `{{style}}`;", r"a::after { content: '`${x}\201c' }").unwrap();
        assert_eq!(filled, r"const style = `a::after { content: '\`\${x}\\201c' }`;");
    }
}
