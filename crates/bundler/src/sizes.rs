//! What a visitor downloads, held to budgets: whatever is added to the core is paid for by everybody who opens the chat.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::manifest::{File, GLUE, LANGUAGE, LOADER, MAIN, Manifest, STYLESHEET, WORDS};

/// What is fetched before a visitor can write.
const CORE: &[&str] = &[GLUE, MAIN, STYLESHEET];

/// The most that `candor.js` may weigh, in bytes after brotli 11: every page with the script tag pays for it.
const LOADER_BYTES: usize = 3_000;
/// The most that is fetched until the input can be used, in bytes after brotli 11.
const INPUT_BYTES: usize = 80_000;
/// The same until the first answer is shown formatted, that included: what the best full peer weighs.
const ANSWER_BYTES: usize = 92_000;
/// The same for what opening History fetches on top of the core.
const HISTORY_BYTES: usize = 20_000;

/// The same for what another language adds to the first answer, the heaviest of them.
const LANGUAGE_BYTES: usize = 6_000;

/// The sizes of an earlier build, in bytes after brotli 11: `crates/bundler/sizes.json`.
pub type Reference = BTreeMap<String, usize>;

/// Something with a budget, in bytes after brotli 11.
#[derive(Debug)]
pub struct Budget {
    name: &'static str,
    allowed: usize,
    /// The names of what counts; `None` where a part is missing in the build.
    files: Option<Vec<String>>,
    used: usize,
}

/// What is used of each budget.
pub fn budgets(manifest: &Manifest) -> [Budget; 5] {
    let core = || Some(CORE.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>());
    let part = |name: &str| manifest.parts.get(name).cloned();
    let both = |one: Option<Vec<String>>, other: Option<Vec<String>>| Some([one?, other?].concat());
    let budget = |name, allowed, files: Option<Vec<String>>| {
        let used =
            files.iter().flatten().filter_map(|file| manifest.files.get(file)).map(|file| file.brotli).sum();
        Budget { name, allowed, files, used }
    };
    [
        budget("candor.js, on every page", LOADER_BYTES, Some(vec![LOADER.to_owned()])),
        budget("to an input that can be used", INPUT_BYTES, core()),
        budget("to the first formatted answer", ANSWER_BYTES, both(core(), part("markdown"))),
        budget("opening History, on top of the core", HISTORY_BYTES, part("history")),
        budget("another language, on top of the answer", LANGUAGE_BYTES, heaviest_language(manifest)),
    ]
}

/// What is fetched for the language of which that is the most.
fn heaviest_language(manifest: &Manifest) -> Option<Vec<String>> {
    let words = manifest.files.iter().filter(|(name, _)| name.starts_with(WORDS));
    let (heaviest, _) = words.max_by_key(|(_, file)| file.brotli)?;
    Some(vec![LANGUAGE.to_owned(), heaviest.clone()])
}

impl Budget {
    /// Whether the budget holds; nothing at all is no success.
    pub fn holds(&self) -> bool {
        self.used > 0 && self.used <= self.allowed && self.files.is_some()
    }

    /// For a budget that does not hold: what it is made of, and what has grown since the reference.
    pub fn explain(&self, manifest: &Manifest, reference: &Reference) -> String {
        let mut text = format!("{self}:\n");
        for name in self.files.iter().flatten() {
            let size = manifest.files.get(name).map_or(0, |file| file.brotli);
            let _ = writeln!(text, "{:>10}  {name}", grouped(size));
        }
        text.push_str("Grown since crates/bundler/sizes.json was written:\n");
        let grown = totals(manifest).into_iter().filter_map(|(name, now)| {
            let before = reference.get(&name).copied().unwrap_or_default();
            (now > before).then(|| format!("{:>+10}  {name}\n", now.saturating_sub(before)))
        });
        text.extend(grown);
        text.push_str("Find out what made it grow; what is not needed for a chat belongs behind a door.\n");
        text
    }
}

impl std::fmt::Display for Budget {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {} of {} bytes", self.name, grouped(self.used), grouped(self.allowed))?;
        match self.used {
            _ if self.files.is_none() => write!(f, " (a part is not in the build)"),
            0 => write!(f, " (it is not in the build)"),
            used if used > self.allowed => write!(f, " ({} too many)", grouped(used - self.allowed)),
            _ => Ok(()),
        }
    }
}

/// What can be compared between builds: each file of the core, and all that opening a part fetches. The files that
/// several parts share are cut and counted otherwise in each build.
pub fn totals(manifest: &Manifest) -> Reference {
    let size = |name: &str| manifest.files.get(name).map_or(0, |file| file.brotli);
    let core = [LOADER].iter().chain(CORE).map(|name| ((*name).to_owned(), size(name)));
    let parts = manifest
        .parts
        .iter()
        .map(|(part, files)| (format!("opening {part}"), files.iter().map(|file| size(file)).sum()));
    core.chain(parts).collect()
}

/// Every file and every part, with the change since the reference.
pub fn table(manifest: &Manifest, reference: &Reference) -> String {
    let mut text = format!("{:>10} {:>10} {:>8}\n", "raw", "brotli 11", "change");
    let mut row = |raw: Option<usize>, brotli: usize, name: &str, shown: &str| {
        let raw = raw.map(grouped).unwrap_or_default();
        let _ = writeln!(
            text,
            "{raw:>10} {:>10} {:>8}  {shown}",
            grouped(brotli),
            change(reference.get(name), brotli)
        );
    };
    for name in [LOADER].iter().chain(CORE) {
        if let Some(File { name: file, raw, brotli }) = manifest.files.get(*name) {
            row(Some(*raw), *brotli, name, &format!("{name} ({file})"));
        }
    }
    for (name, file) in &manifest.files {
        if name != LOADER && !CORE.contains(&name.as_str()) {
            row(Some(file.raw), file.brotli, name, name);
        }
    }
    for (name, brotli) in totals(manifest) {
        if let Some(part) = name.strip_prefix("opening ") {
            let files = manifest.parts.get(part).map(|files| files.join(", ")).unwrap_or_default();
            row(None, brotli, &name, &format!("{name}: {files}"));
        }
    }
    for budget in budgets(manifest) {
        let _ = writeln!(text, "{budget}");
    }
    text
}

fn change(before: Option<&usize>, now: usize) -> String {
    match before {
        Some(before) if *before == now => String::new(),
        Some(before) if *before < now => format!("+{}", grouped(now - before)),
        Some(before) => format!("-{}", grouped(before - now)),
        None => String::new(),
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
    use super::*;

    fn manifest() -> Manifest {
        let file = |name: &str, brotli| {
            (name.to_owned(), File { name: format!("candor-1-{name}"), raw: brotli * 3, brotli })
        };
        Manifest {
            files: [
                file(LOADER, 2_900),
                file(GLUE, 5_000),
                file(MAIN, 65_000),
                file(STYLESHEET, 3_000),
                file("markdown.wasm", 12_000),
                file("history.wasm", 14_000),
                file("shared-1.wasm", 2_000),
                file(LANGUAGE, 1_000),
                file("words de", 3_000),
                file("words hi", 4_000),
            ]
            .into(),
            parts: [
                ("markdown", vec!["markdown.wasm", "shared-1.wasm"]),
                ("history", vec!["history.wasm", "shared-1.wasm"]),
            ]
            .map(|(part, files)| (part.to_owned(), files.into_iter().map(str::to_owned).collect()))
            .into(),
        }
    }

    #[test]
    fn adds_up_what_a_visitor_fetches() {
        let used = budgets(&manifest()).map(|budget| (budget.used, budget.holds()));
        assert_eq!(used, [(2_900, true), (73_000, true), (87_000, true), (16_000, true), (5_000, true)]);
    }

    #[test]
    fn a_budget_holds_up_to_its_last_byte() {
        let mut manifest = manifest();
        let mut with_main = |brotli| {
            manifest.files.get_mut(MAIN).unwrap().brotli = brotli;
            budgets(&manifest)[1].holds()
        };
        assert!(with_main(INPUT_BYTES - 8_000));
        assert!(!with_main(INPUT_BYTES - 7_999));
    }

    #[test]
    fn a_part_that_is_not_in_the_build_is_no_success() {
        let mut manifest = manifest();
        manifest.parts.remove("markdown");
        assert!(!budgets(&manifest)[2].holds());
        assert!(budgets(&manifest)[2].to_string().contains("not in the build"));
        assert!(budgets(&Manifest::default()).iter().all(|budget| !budget.holds()));
    }

    #[test]
    fn a_budget_that_fails_names_its_parts_and_what_grew() {
        let mut grown = manifest();
        let reference = totals(&grown);
        grown.files.get_mut("history.wasm").unwrap().brotli = 19_000;
        let text = budgets(&grown)[3].explain(&grown, &reference);
        assert!(text.contains("(1,000 too many)"), "{text}");
        assert!(text.contains("    19,000  history.wasm\n"), "{text}");
        assert!(text.contains("     +5000  opening history\n"), "{text}");
        assert!(!text.contains("opening markdown"), "{text}");
    }

    #[test]
    fn the_table_tells_the_change_since_the_reference() {
        let reference = Reference::from([(MAIN.to_owned(), 64_000), (GLUE.to_owned(), 5_000)]);
        let text = table(&manifest(), &reference);
        assert!(text.contains("   195,000     65,000   +1,000  main wasm (candor-1-main wasm)\n"), "{text}");
        assert!(
            text.contains("               16,000           opening history: history.wasm, shared-1.wasm\n"),
            "{text}"
        );
    }

    #[test]
    fn groups_thousands() {
        assert_eq!(grouped(0), "0");
        assert_eq!(grouped(999), "999");
        assert_eq!(grouped(1_000), "1,000");
        assert_eq!(grouped(1_234_567), "1,234,567");
    }
}
