//! Documents as models write them mean what pulldown-cmark says.

#[allow(dead_code, reason = "each test uses a part")]
mod support;

use proptest::prelude::*;
use pulldown_cmark::{Options, Parser};
use support::html;

/// What pulldown-cmark makes of a text, with the line breaks of its HTML as ours.
fn oracle(text: &str) -> String {
    let options = Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH | Options::ENABLE_TASKLISTS;
    let mut out = String::new();
    pulldown_cmark::html::push_html(&mut out, Parser::new_ext(text, options));
    plain(&out)
}

/// HTML without what the two writers do differently and a reader does not see.
fn plain(html: &str) -> String {
    let mut plain = html
        .replace("<thead>", "")
        .replace("</thead>", "")
        .replace("<tbody>", "")
        .replace("</tbody>", "")
        .replace(" style=\"text-align: left\"", " align=\"left\"")
        .replace(" style=\"text-align: center\"", " align=\"center\"")
        .replace(" style=\"text-align: right\"", " align=\"right\"")
        .replace("<input disabled=\"\" type=\"checkbox\"/>", "<input disabled=\"\" type=\"checkbox\">")
        .replace(
            "<input disabled=\"\" type=\"checkbox\" checked=\"\"/>",
            "<input checked=\"\" disabled=\"\" type=\"checkbox\">",
        )
        .replace("&#x27;", "'")
        .replace("&quot;", "\"");
    plain.retain(|char| !char.is_whitespace());
    plain
}

fn word() -> impl Strategy<Value = String> {
    prop::sample::select(vec![
        "The",
        "answer",
        "is",
        "a",
        "snake_case_name",
        "2 * 3",
        "don’t",
        "(maybe)",
        "x < y",
        "a & b",
        "100%",
        "#1",
        "e.g.",
        "it's",
        "\"so\"",
        "well-known",
        "café",
        "3.14",
        "C++",
        "[note]",
        "1",
        "-",
        "+",
        "=",
    ])
    .prop_map(str::to_owned)
}

fn words() -> impl Strategy<Value = String> {
    prop::collection::vec(word(), 1..6).prop_map(|words| words.join(" "))
}

/// Words with what stands within lines.
fn line() -> impl Strategy<Value = String> {
    let inline = prop_oneof![
        4 => words(),
        1 => words().prop_map(|words| format!("**{words}**")),
        1 => words().prop_map(|words| format!("*{words}*")),
        1 => words().prop_map(|words| format!("_{words}_")),
        1 => words().prop_map(|words| format!("***{words}***")),
        1 => (words(), words()).prop_map(|(one, two)| format!("**{one} *{two}***")),
        1 => words().prop_map(|words| format!("~~{words}~~")),
        1 => words().prop_map(|words| format!("`{words}`")),
        1 => words().prop_map(|words| format!("``{words} ` more``")),
        1 => words().prop_map(|words| format!("[{words}](https://a.example/b?c=d)")),
        1 => words().prop_map(|words| format!("[{words}](/a \"title\")")),
        1 => Just("<https://a.example>".to_owned()),
        1 => Just("&copy; &amp; &#65;".to_owned()),
        1 => Just("\\*no\\*".to_owned()),
    ];
    // A word first, so that the line begins no block by chance.
    (prop::collection::vec(inline, 1..5), prop::sample::select(vec![" ", ", ", " and "]))
        .prop_map(|(inlines, between)| format!("So {}", inlines.join(between)))
}

fn paragraph() -> impl Strategy<Value = String> {
    prop::collection::vec(line(), 1..4).prop_map(|lines| lines.join("\n"))
}

fn fence() -> impl Strategy<Value = String> {
    (
        prop::sample::select(vec!["", "rust", "python title"]),
        prop::collection::vec(prop_oneof![words(), Just(String::new()), Just("    - *x*".into())], 0..5),
    )
        .prop_map(|(language, lines)| format!("```{language}\n{}\n```", lines.join("\n")))
}

fn table() -> impl Strategy<Value = String> {
    (2..4usize, prop::collection::vec(prop::collection::vec(line(), 1..5), 0..4)).prop_map(
        |(columns, rows)| {
            let mut table = format!("|{}\n|{}", " *head* |".repeat(columns), " :--- |".repeat(columns));
            for row in rows {
                table.push_str(&format!("\n| {} |", row.join(" | ")));
            }
            table
        },
    )
}

fn indent(block: &str, by: usize) -> String {
    let pad = " ".repeat(by);
    let mut lines = block.lines();
    let first = lines.next().unwrap_or_default().to_owned();
    lines.fold(first, |all, line| if line.is_empty() { all + "\n" } else { all + "\n" + &pad + line })
}

fn list(item: impl Strategy<Value = String> + 'static) -> impl Strategy<Value = String> {
    (
        prop::sample::select(vec!["- ", "* ", "1. ", "7. ", "- [ ] ", "- [x] "]),
        prop::bool::ANY,
        prop::collection::vec(item, 1..5),
    )
        .prop_map(|(marker, loose, items)| {
            let width = if marker.starts_with("- [") { 2 } else { marker.len() };
            let items: Vec<_> = items.iter().map(|item| format!("{marker}{}", indent(item, width))).collect();
            items.join(if loose { "\n\n" } else { "\n" })
        })
}

fn block() -> impl Strategy<Value = String> {
    let leaf = prop_oneof![
        3 => paragraph(),
        1 => (1..7usize, line()).prop_map(|(level, line)| format!("{} {line}", "#".repeat(level))),
        1 => Just("***".to_owned()),
        1 => fence(),
        1 => table(),
    ];
    leaf.prop_recursive(3, 24, 4, |inner| {
        // An item begins with a paragraph, and may hold other blocks below it.
        let item = (paragraph(), prop::option::of(inner.clone()), prop::bool::ANY).prop_map(
            |(first, second, apart)| {
                second.map_or(first.clone(), |second| {
                    format!("{first}\n{}{second}", if apart { "\n" } else { "" })
                })
            },
        );
        prop_oneof![
            3 => list(item),
            1 => prop::collection::vec(inner, 1..3).prop_map(|blocks| {
                let text = blocks.join("\n\n");
                text.lines().map(|line| format!("> {line}")).collect::<Vec<_>>().join("\n")
            }),
        ]
    })
}

/// A heading by its underline. Not within items: pulldown-cmark makes a task of its words there.
fn underlined() -> impl Strategy<Value = String> {
    line().prop_map(|line| format!("{line}\n==="))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 3000, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn documents_mean_what_pulldown_cmark_says(blocks in prop::collection::vec(prop_oneof![6 => block(), 1 => underlined()], 1..6)) {
        let text = blocks.join("\n\n");
        prop_assert_eq!(plain(&html(&text)), oracle(&text), "{}", text);
    }
}
