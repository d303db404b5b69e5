//! What a visitor downloads, held to a budget.

use crate::bundle::{brotli, files};
use crate::fault::{Fault, Result};
use crate::workspace::Workspace;

/// The most that the loader may weigh, in bytes after brotli 11: every page with the script tag pays for it. A chat that is
/// part of the page, loaded once it is scrolled to, took 160 of it.
const LOADER_BUDGET: usize = 3_200;
/// The most that the widget (module, glue and stylesheet together) may weigh, in bytes after brotli 11: whoever opens
/// the chat pays for it. It weighs 344 kB. The chat alone was 226, of whose code Yew, the components, Markdown, JSON and the
/// reader of errors have about a fifth each; Diagnostics with the catalogue's words and rules, the checks, the report and
/// the owner's part add 57, what lets no conversation be lost (the outbox, tabs that agree, search, export) 15, and
/// conversations that the browser keeps (IndexedDB, recording, the reader of chat completions), consent and other devices
/// 43. Raise it only together with the reason.
const WIDGET_BUDGET: usize = 347_000;

/// A file of the bundle, in bytes.
pub struct Size {
    pub name: String,
    pub raw: usize,
    pub compressed: usize,
}

/// Something with a budget, in bytes after brotli 11.
pub struct Budget {
    pub name: &'static str,
    pub used: usize,
    pub allowed: usize,
}

/// The files of the widget as they lie in `dist`, compressed copies left out.
pub fn of_bundle(workspace: &Workspace) -> Result<Vec<Size>> {
    let mut sizes = Vec::new();
    for path in files(&workspace.dist())? {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if name.ends_with(".br") || name.ends_with(".gz") {
            continue;
        }
        let content = std::fs::read(&path).map_err(|e| Fault::file("read", &path, &e))?;
        let ready = path.with_file_name(format!("{name}.br"));
        let compressed = match std::fs::metadata(&ready) {
            Ok(data) => usize::try_from(data.len()).unwrap_or(usize::MAX),
            Err(_) => brotli(&content)?.len(),
        };
        sizes.push(Size { name, raw: content.len(), compressed });
    }
    Ok(sizes)
}

/// What is used of each budget.
pub fn budgets(sizes: &[Size]) -> [Budget; 2] {
    let total = |is_counted: fn(&str) -> bool| {
        sizes.iter().filter(|size| is_counted(&size.name)).map(|size| size.compressed).sum()
    };
    [
        Budget {
            name: "the loader, candor.js",
            used: total(|name| name == "candor.js"),
            allowed: LOADER_BUDGET,
        },
        Budget {
            name: "the widget: module, glue and stylesheet",
            used: total(|name| name.starts_with("candor-")),
            allowed: WIDGET_BUDGET,
        },
    ]
}

/// Prints the table of `cargo xtask build`.
pub fn print(workspace: &Workspace) -> Result<()> {
    println!("{:>12} {:>12}  file", "raw", "brotli 11");
    let sizes = of_bundle(workspace)?;
    for size in &sizes {
        println!("{:>12} {:>12}  dist/{}", grouped(size.raw), grouped(size.compressed), size.name);
    }
    let binary = workspace.binary();
    let bytes = std::fs::metadata(&binary).map_err(|e| Fault::file("read", &binary, &e))?.len();
    println!(
        "{:>12} {:>12}  {}",
        grouped(usize::try_from(bytes).unwrap_or(usize::MAX)),
        "",
        binary.display()
    );
    for budget in budgets(&sizes) {
        println!("{budget}");
    }
    Ok(())
}

impl Budget {
    /// Whether the budget holds; nothing at all is no success.
    pub fn holds(&self) -> bool {
        self.used > 0 && self.used <= self.allowed
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} of {} bytes after brotli", self.name, grouped(self.used), grouped(self.allowed))?;
        match self.used {
            0 => write!(f, " (it is not in dist)"),
            used if used > self.allowed => write!(f, " ({} too many)", grouped(used - self.allowed)),
            _ => Ok(()),
        }
    }
}

/// A number with a comma between thousands.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Budget, Size, budgets, grouped};

    fn size(name: &str, compressed: usize) -> Size {
        Size { name: name.into(), raw: compressed * 3, compressed }
    }

    #[test]
    fn counts_the_widget_and_leaves_the_example_page_out() {
        let sizes = [
            size("candor.js", 1),
            size("candor-12.js", 10),
            size("candor-12_bg.wasm", 100),
            size("candor-34.css", 1_000),
            size("example-56.css", 10_000),
            size("index.html", 100_000),
        ];
        let [loader, widget] = budgets(&sizes);
        assert_eq!((loader.used, widget.used), (1, 1_110));
    }

    #[test]
    fn a_budget_holds_up_to_its_last_byte_but_not_for_nothing() {
        let budget = |used| Budget { name: "x", used, allowed: 3_000 };
        assert!(budget(3_000).holds());
        assert!(!budget(3_001).holds());
        assert!(!budget(0).holds());
        assert!(budget(3_001).to_string().contains("1 too many"));
    }

    #[test]
    fn groups_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
