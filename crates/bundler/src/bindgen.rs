//! The JavaScript that connects the main module with the browser, by wasm-bindgen.

use wasm_bindgen_cli_support::Bindgen;

use crate::error::{Error, Result};

/// The glue's file, by which the chunk loader imports it.
pub const SCRIPT: &str = "candor.js";
/// The main module's name in the glue, for a page that starts it without naming one.
pub const MODULE: &str = "candor_bg.wasm";

/// The function of the glue's that gives the main module's exports, for the chunk loader.
pub const MAIN_EXPORTS: &str = "mainExports";
/// What the page's loader uses of the glue; the rest is left out of the bundle.
pub const ENTRY: &str =
    "export { default, mount } from './candor.js';\nexport { explain, settle } from './host.js';\n";
/// The file beside the glue that the entry names too.
pub const HOST: &str = "host.js";

/// What wasm-bindgen makes of the main module.
#[derive(Debug)]
pub struct Bound {
    /// An ES module that exports what Rust exports, and [`MAIN_EXPORTS`].
    pub glue: String,
    /// The module without wasm-bindgen's notes.
    pub main: Vec<u8>,
}

/// Binds the main module. What the chunks import from it stays exported.
pub fn bind(main: Vec<u8>) -> Result<Bound> {
    let failed = |error: &dyn std::fmt::Display| Error::Bindgen(format!("{error:#}"));
    let mut bindgen = Bindgen::new();
    bindgen.input_bytes("candor", main).out_name("candor").typescript(false).keep_lld_exports(true);
    let mut output = bindgen.web(true).and_then(Bindgen::generate_output).map_err(|error| failed(&error))?;
    let main = output.wasm_mut().emit_wasm();
    // `wasm` is what the glue calls them.
    let glue = [output.js(), "export const ", MAIN_EXPORTS, " = () => wasm;\n"].concat();
    Ok(Bound { glue, main })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_module_that_is_none_is_refused() {
        assert!(matches!(bind(b"<!doctype html>".to_vec()), Err(Error::Bindgen(_))));
    }
}
