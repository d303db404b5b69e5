//! Making modules smaller: by Binaryen's wasm-opt, and by the order of what is left.

use std::path::Path;

use crate::error::Result;
use crate::files;
use crate::order::reorder;
use crate::tool::Tool;

/// The features are those that every browser has which runs the widget: wasm-opt assumes none by itself.
const FLAGS: &[&str] = &[
    "-Oz",
    // The linker puts the stack first and data behind it, so that no object lies in the first kilobyte: an address with a
    // constant added to it can be one instruction.
    "--low-memory-unused",
    "--enable-bulk-memory",
    "--enable-mutable-globals",
    "--enable-sign-ext",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-multivalue",
    "--strip-producers",
    // Notes for linkers.
    "--strip-target-features",
];

/// A module of the same behaviour, without names. `work` is a folder for intermediate files.
pub fn optimize(wasm_opt: &Tool, name: &str, module: &[u8], work: &Path) -> Result<Vec<u8>> {
    let (before, after) = (work.join(format!("{name}.wasm")), work.join(format!("{name}.small.wasm")));
    files::write(&before, module)?;
    let output = ["-o".as_ref(), after.as_os_str()];
    wasm_opt.run(&before, FLAGS.iter().map(AsRef::as_ref).chain(output))?;
    reorder(&files::read(&after)?)
}
