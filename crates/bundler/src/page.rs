//! The example page. `index.html` is written for Trunk, whose links tell what belongs to it; a release is made without it.

/// The page of a release, and the files of the page's own that lie beside it.
#[derive(Debug, PartialEq, Eq)]
pub struct Page {
    /// The page without a word for Trunk.
    pub html: String,
    /// Paths relative to `index.html`.
    pub files: Vec<String>,
}

/// Reads Trunk's links: stylesheets become plain ones, `copy-file` names a file, the rest is the bundler's own business.
pub fn released(html: &str) -> Page {
    let mut page = Page { html: String::with_capacity(html.len()), files: Vec::new() };
    let mut rest = html;
    while let Some((before, tag, after)) = next_link(rest) {
        rest = after;
        if !tag.contains("data-trunk") {
            page.html.extend([before, tag]);
            continue;
        }
        let file = attribute(tag, "href").unwrap_or_default();
        let name = file.rsplit('/').next().unwrap_or(file);
        match attribute(tag, "rel") {
            Some("css") => {
                page.html.push_str(&format!("{before}<link rel=\"stylesheet\" href=\"{name}\" />"));
                page.files.push(file.to_owned());
            }
            kind => {
                page.html.push_str(before.trim_end());
                if kind == Some("copy-file") {
                    page.files.push(file.to_owned());
                }
            }
        }
    }
    page.html.push_str(rest);
    page
}

/// What stands before the first link, the link itself, and the rest.
fn next_link(html: &str) -> Option<(&str, &str, &str)> {
    let start = html.find("<link")?;
    let end = start + html[start..].find("/>")? + "/>".len();
    Some((&html[..start], &html[start..end], &html[end..]))
}

fn attribute<'a>(tag: &'a str, name: &str) -> Option<&'a str> {
    tag.split_once(&format!(" {name}=\""))?.1.split('"').next()
}

#[cfg(test)]
mod tests {
    use super::{Page, released};

    #[test]
    fn trunks_links_become_plain_ones_or_go() {
        let html = "<head>\n  <title>T</title>\n  <link data-trunk rel=\"css\" href=\"www/example.css\" />\n  \
            <link\n    data-trunk\n    rel=\"rust\"\n    data-wasm-opt=\"z\"\n  />\n  \
            <link data-trunk rel=\"copy-file\" href=\"www/example.js\" />\n  <script src=\"candor.js\" async></script>\n</head>\n";
        let Page { html, files } = released(html);
        assert_eq!(
            html,
            "<head>\n  <title>T</title>\n  <link rel=\"stylesheet\" href=\"example.css\" />\n  <script src=\"candor.js\" async></script>\n</head>\n"
        );
        assert_eq!(files, ["www/example.css", "www/example.js"]);
    }

    #[test]
    fn the_real_page_keeps_no_word_for_trunk() {
        let Page { html, files } = released(include_str!("../../../index.html"));
        assert!(!html.contains("data-trunk"), "{html}");
        assert!(html.contains("<script src=\"candor.js\" async"), "{html}");
        assert_eq!(files, ["www/example.css", "www/example.js"]);
    }
}
