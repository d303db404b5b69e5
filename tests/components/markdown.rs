//! The renderer of parsed Markdown.

use std::rc::Rc;

use candor::attribute::Attribute;
use candor::element::Element;
use candor::markdown::{browser, render};
use candor_markdown::Document;
use wasm_bindgen::JsCast;
use wasm_bindgen_test::*;
use yew::{AppHandle, Component, Context, Html, Properties, Renderer};

use super::stage::{Stage, until};

#[derive(PartialEq, Properties)]
struct PageProps {
    root: Tree,
    version: u32,
}

/// A tree, the same where it is the same tree.
#[derive(Clone)]
struct Tree(Rc<candor_markdown::Element>);

impl PartialEq for Tree {
    fn eq(&self, other: &Self) -> bool {
        Rc::ptr_eq(&self.0, &other.0)
    }
}

struct Page;

impl Component for Page {
    type Message = ();
    type Properties = PageProps;

    fn create(_: &Context<Self>) -> Self {
        Self
    }

    fn view(&self, context: &Context<Self>) -> Html {
        let PageProps { root, version } = context.props();
        let values = ["page".attribute(), version.to_string().attribute()];
        Element::varying("div", &["class", "data-version"], Box::new(values)).node(render(&root.0)).into()
    }
}

/// A page on which a document is written.
struct Writing {
    stage: Stage,
    document: Document,
    app: AppHandle<Page>,
    page: web_sys::Element,
    version: u32,
}

impl Writing {
    async fn new(text: &str) -> Self {
        let stage = Stage::new();
        let mut document = Document::new(browser());
        document.push(text);
        let props = PageProps { root: Tree(document.root()), version: 0 };
        let app = Renderer::<Page>::with_root_and_props(stage.root.clone().into(), props).render();
        let page = stage.find(".page").await;
        Self { stage, document, app, page, version: 0 }
    }

    /// Shows the document as it is now, and waits until it is shown.
    async fn show(&mut self) {
        self.version += 1;
        self.app.update(PageProps { root: Tree(self.document.root()), version: self.version });
        let version = self.version.to_string();
        until(&version, || (self.page.get_attribute("data-version")? == version).then_some(())).await;
    }

    async fn push(&mut self, delta: &str) {
        self.document.push(delta);
        self.show().await;
    }
}

async fn whole(text: &str) -> Writing {
    let mut writing = Writing::new(text).await;
    writing.document.finish();
    writing.show().await;
    writing
}

async fn html_of(text: &str) -> String {
    blocks(&whole(text).await.page)
}

/// The blocks of all stretches, as HTML.
fn blocks(page: &web_sys::Element) -> String {
    let stretches = page.children();
    (0..stretches.length())
        .filter_map(|index| stretches.item(index))
        .map(|stretch| stretch.inner_html())
        .collect()
}

#[wasm_bindgen_test]
async fn what_models_write_is_rendered() {
    assert_eq!(
        html_of("Two **seats** fit:\n\n- `Pere`\n- *IT*").await,
        "<p>Two <strong>seats</strong> fit:</p><ul><li><p><code>Pere</code></p></li><li><p><em>IT</em></p></li></ul>"
    );
    assert_eq!(
        html_of("3. three\n\n4. four").await,
        "<ol class=\"loose\" start=\"3\"><li><p>three</p></li><li><p>four</p></li></ol>"
    );
    assert_eq!(
        html_of("# One\n## Two\n### Three\n###### Six").await,
        "<h3>One</h3><h3>Two</h3><h4>Three</h4><h5>Six</h5>"
    );
    assert_eq!(html_of("- [x] done").await, "<ul><li><p>☑ done</p></li></ul>");
    assert_eq!(html_of("one\ntwo  \n~~three~~\n\n---").await, "<p>one<br>two<br><del>three</del></p><hr>");
    assert_eq!(html_of("so \\(a_1\\)").await, "<p>so <span class=\"math\">\\(a_1\\)</span></p>");
    assert_eq!(html_of("> a").await, "<blockquote><p>a</p></blockquote>");
}

#[wasm_bindgen_test]
async fn the_browser_knows_entities_and_punctuation() {
    assert_eq!(html_of("&copy; &notit; &nope; &hellip;").await, "<p>© &amp;notit; &amp;nope; …</p>");
    // “ is punctuation, so that these are no openers.
    assert_eq!(html_of("a*“b”*").await, "<p>a*“b”*</p>");
    assert_eq!(html_of("**「注意」**してください").await, "<p><strong>「注意」</strong>してください</p>");
}

#[wasm_bindgen_test]
async fn a_table_keeps_its_columns() {
    let writing = whole("| a | b | c |\n| --- | ---: | :-: |\n| 1 | 2 | 3 |").await;
    assert_eq!(writing.stage.count("table > tr"), 2);
    assert_eq!(writing.stage.count("th"), 3);
    assert_eq!(writing.stage.find("td.right").await.text_content().unwrap(), "2");
    assert_eq!(writing.stage.find("td.center").await.text_content().unwrap(), "3");
    assert_eq!(writing.stage.count("td[class]"), 2);
}

#[wasm_bindgen_test]
async fn a_code_block_that_is_still_being_written_is_shown_as_code() {
    let writing = Writing::new("```rust\nfn main() {").await;
    let block = writing.stage.find("pre").await;
    assert_eq!(block.get_attribute("data-language").unwrap(), "rust");
    assert_eq!(block.get_attribute("tabindex").unwrap(), "0");
    assert_eq!(block.text_content().unwrap().trim(), "fn main() {");
}

#[wasm_bindgen_test]
async fn markup_in_a_message_is_text() {
    let attack = "<img src=x onerror=alert(1)> and <script>alert(2)</script>\n\n<iframe src=\"https://a.example\"></iframe>";
    let writing = whole(attack).await;
    assert_eq!(writing.stage.count("img, script, iframe"), 0);
    assert!(writing.page.text_content().unwrap().contains("<script>alert(2)</script>"));
}

#[wasm_bindgen_test]
async fn links_go_only_where_the_list_allows() {
    let hostile = [
        "javascript:alert(1)",
        "JaVaScRiPt:alert(1)",
        "data:text/html,x",
        "vbscript:x",
        "//evil.example",
        "/\\evil.example",
        "file:///etc/passwd",
        "blob:x",
        "&#106;avascript:alert(1)",
        "java&#10;script:alert(1)",
    ];
    for address in hostile {
        let writing = whole(&format!("[words]({address})")).await;
        assert_eq!(writing.stage.count("a"), 0, "{address}");
        assert!(writing.page.text_content().unwrap().contains("words"), "{address}");
    }
    for address in [
        "https://shop.example/a",
        "http://shop.example",
        "mailto:a@shop.example",
        "tel:+4412345",
        "/refunds",
        "#top",
    ] {
        let writing = whole(&format!("[words]({address})")).await;
        assert_eq!(writing.stage.find("a").await.get_attribute("href").unwrap(), address);
    }
}

#[wasm_bindgen_test]
async fn a_link_outside_tells_the_other_page_nothing() {
    let writing = whole("<https://shop.example/>").await;
    let link = writing.stage.find("a").await;
    assert_eq!(link.get_attribute("rel").unwrap(), "noopener noreferrer nofollow ugc");
    assert_eq!(link.get_attribute("target").unwrap(), "_blank");
    let writing = whole("[in](/here)").await;
    let link = writing.stage.find("a").await;
    assert_eq!(link.get_attribute("rel"), None);
    assert_eq!(link.get_attribute("target"), None);
}

#[wasm_bindgen_test]
async fn an_image_is_never_loaded() {
    let writing = whole("![a seat](https://tracker.example/pixel.png) [![b](/b)](/c)").await;
    assert_eq!(writing.stage.count("img"), 0);
    assert_eq!(writing.stage.count("a"), 2);
    assert_eq!(writing.stage.find("a").await.text_content().unwrap(), "a seat");
}

#[wasm_bindgen_test]
async fn deep_nesting_ends() {
    let writing = whole(&format!("{}deep", "> ".repeat(5000))).await;
    assert!(writing.page.text_content().unwrap().contains("deep"));
    assert!(writing.stage.count("blockquote") <= 24);
}

#[wasm_bindgen_test]
async fn a_long_answer_stands_in_stretches_of_neighbours() {
    let writing = whole(&"A paragraph.\n\n".repeat(70)).await;
    let stretches = writing.page.children();
    let sizes: Vec<_> =
        (0..stretches.length()).map(|at| stretches.item(at).unwrap().child_element_count()).collect();
    assert_eq!(sizes, [32, 32, 6]);
}

/// Every element below a page, in order.
fn nodes(page: &web_sys::Element) -> Vec<web_sys::Element> {
    let list = page.query_selector_all("*").unwrap();
    (0..list.length()).filter_map(|index| list.item(index)?.dyn_into().ok()).collect()
}

#[wasm_bindgen_test]
async fn what_has_ended_keeps_its_nodes() {
    let start = "One.\n\n- a\n- b\n\n| x |\n|---|\n| y |\n\n";
    let mut writing = Writing::new(start).await;
    let before = nodes(&writing.page);
    for number in 0..8 {
        for delta in [
            "Paragraph ",
            "with **strong",
            "** words ",
            &number.to_string(),
            ".\n\n- item\n",
            "- item\n\n",
            "1. x",
            "\n\n```\ncode\n",
            "```\n",
        ] {
            writing.push(delta).await;
        }
    }
    writing.document.finish();
    writing.show().await;
    let after = nodes(&writing.page);
    assert!(after.len() > before.len() + 8 * 8);
    for (before, after) in before.iter().zip(&after) {
        assert!(before.is_same_node(Some(after)), "{}", before.outer_html());
    }
    assert_eq!(writing.stage.count("pre"), 8);
    // What came in pieces is what comes whole.
    let mut text = start.to_owned();
    for number in 0..8 {
        text.push_str(&format!(
            "Paragraph with **strong** words {number}.\n\n- item\n- item\n\n1. x\n\n```\ncode\n```\n"
        ));
    }
    assert_eq!(blocks(&writing.page), html_of(&text).await);
}

#[wasm_bindgen_test]
async fn the_open_block_keeps_the_nodes_at_its_start() {
    let mut writing = Writing::new("Some **strong** words and `code`").await;
    let strong = writing.stage.find("strong").await;
    let words = writing.stage.find("p").await.first_child().unwrap();
    writing.push(", and *more* of them\n- an item").await;
    writing.push("\n- another\n").await;
    assert!(strong.is_same_node(Some(writing.stage.find("strong").await.as_ref())));
    assert!(words.is_same_node(writing.stage.find("p").await.first_child().as_ref()));
    assert_eq!(writing.stage.count("li"), 2);
}
