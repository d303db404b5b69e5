use candor::markdown::{browser, render_block};
use candor_markdown::Document;
use wasm_bindgen_test::*;
use yew::prelude::*;
use yew::{Renderer, component};

use super::stage::Stage;

#[derive(PartialEq, Properties)]
struct PageProps {
    text: AttrValue,
}

#[component]
fn Page(props: &PageProps) -> Html {
    let mut document = Document::new(browser());
    document.push(&props.text);
    document.finish();
    html! { <div class="page">{ render_block(&document.root()) }</div> }
}

async fn page(text: &str) -> (Stage, web_sys::Element) {
    let stage = Stage::new();
    let props = PageProps { text: text.to_owned().into() };
    let _app = Renderer::<Page>::with_root_and_props(stage.root.clone().into(), props).render();
    let page = stage.find(".page").await;
    (stage, page)
}

async fn html_of(text: &str) -> String {
    page(text).await.1.inner_html()
}

#[wasm_bindgen_test]
async fn what_models_write_is_rendered() {
    assert_eq!(
        html_of("Two **seats** fit:\n\n- `Pere`\n- *IT*").await,
        "<p>Two <strong>seats</strong> fit:</p><ul><li><p><code>Pere</code></p></li><li><p><em>IT</em></p></li></ul>"
    );
    assert_eq!(
        html_of("3. three\n4. four").await,
        "<ol start=\"3\"><li><p>three</p></li><li><p>four</p></li></ol>"
    );
    assert_eq!(html_of("# Title").await, "<h3>Title</h3>");
}

#[wasm_bindgen_test]
async fn a_table_keeps_its_columns() {
    let (stage, _page) = page("| a | b |\n| --- | ---: |\n| 1 | 2 |").await;
    assert_eq!(stage.count("th"), 2);
    assert_eq!(stage.count("td"), 2);
    assert_eq!(stage.find("td.right").await.text_content().unwrap(), "2");
}

#[wasm_bindgen_test]
async fn a_code_block_that_is_still_being_written_is_shown_as_code() {
    let (stage, _page) = page("```rust\nfn main() {").await;
    let block = stage.find("pre").await;
    assert_eq!(block.get_attribute("data-language").unwrap(), "rust");
    assert_eq!(block.text_content().unwrap().trim(), "fn main() {");
}

#[wasm_bindgen_test]
async fn markup_in_a_message_is_text() {
    let attack = "<img src=x onerror=alert(1)> and <script>alert(2)</script>\n\n<iframe src=\"https://a.example\"></iframe>";
    let (stage, page) = page(attack).await;
    assert_eq!(stage.count("img, script, iframe"), 0);
    assert!(page.text_content().unwrap().contains("<script>alert(2)</script>"));
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
        let (stage, page) = page(&format!("[words]({address})")).await;
        assert_eq!(stage.count("a"), 0, "{address}");
        assert!(page.text_content().unwrap().contains("words"), "{address}");
    }
    for address in [
        "https://shop.example/a",
        "http://shop.example",
        "mailto:a@shop.example",
        "tel:+4412345",
        "/refunds",
        "#top",
    ] {
        let (stage, _page) = page(&format!("[words]({address})")).await;
        assert_eq!(stage.find("a").await.get_attribute("href").unwrap(), address);
    }
}

#[wasm_bindgen_test]
async fn a_link_outside_tells_the_other_page_nothing() {
    let (stage, _page) = page("<https://shop.example/>").await;
    let link = stage.find("a").await;
    assert_eq!(link.get_attribute("rel").unwrap(), "noopener noreferrer nofollow ugc");
    assert_eq!(link.get_attribute("target").unwrap(), "_blank");
}

#[wasm_bindgen_test]
async fn an_image_is_never_loaded() {
    let (stage, _page) = page("![a seat](https://tracker.example/pixel.png)").await;
    assert_eq!(stage.count("img"), 0);
    let link = stage.find("a").await;
    assert_eq!(link.text_content().unwrap(), "a seat");
}

#[wasm_bindgen_test]
async fn deep_nesting_ends() {
    let (stage, page) = page(&format!("{}deep", "> ".repeat(5000))).await;
    assert!(page.text_content().unwrap().contains("deep"));
    assert!(stage.count("blockquote") <= 24);
}
