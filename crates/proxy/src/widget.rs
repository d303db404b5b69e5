//! The built widget, carried inside the program. The library does not know it, so that it can be compiled while the widget is
//! built.

use candor_proxy::assets::Assets;
use rust_embed::RustEmbed;

#[derive(RustEmbed)]
#[folder = "$CANDOR_BUILT_WIDGET"]
struct BuiltWidget;

/// Has the program compiled anew with each release of the widget: rust-embed sees that a file changes, not that one is new.
const _: &[u8] = include_bytes!(concat!(env!("CANDOR_BUILT_WIDGET"), "/index.html"));

/// What was built in. Where nothing was, an empty page lies in its place (`build.rs`), which counts for none.
pub fn built_in() -> Assets {
    let files =
        BuiltWidget::iter().filter_map(|path| Some((path.to_string(), BuiltWidget::get(&path)?.data)));
    Assets::of(files.filter(|(_, bytes)| !bytes.is_empty()))
}
