//! CommonMark's own examples.
#![allow(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

#[allow(dead_code, reason = "each test uses a part")]
mod support;

use support::{Example, examples, html};

/// What an example that deviates by decision must still be.
enum Still {
    /// Its result, where the text stands in the document for the second time: the definitions have come by then.
    Late,
    /// Its result, if the characters of HTML are not escaped: tags are words, and kept as they were written.
    Written,
    /// Something else.
    Different,
}

/// The examples that deviate by decision, in groups with their reason.
const DEVIATIONS: &[(&str, Still, &[u32])] = &[
    (
        "a definition comes after its use, and what has ended never changes",
        Still::Late,
        &[
            23, 33, 203, 204, 214, 218, 527, 528, 529, 530, 532, 533, 534, 535, 539, 542, 543, 549, 553, 554,
            555, 556, 557, 558, 559, 560, 561, 562, 565, 566, 568, 569, 570, 571, 573, 576, 577, 582, 583,
            584, 585, 586, 587, 588, 589, 591, 593,
        ],
    ),
    (
        "a tag within a line is words",
        Still::Written,
        &[
            201, 344, 475, 476, 477, 491, 494, 524, 536, 613, 614, 615, 616, 617, 623, 625, 626, 627, 628,
            629, 630, 631, 642, 643,
        ],
    ),
    (
        "a block of HTML is a paragraph",
        Still::Different,
        &[
            21, 31, 148, 149, 150, 151, 152, 153, 154, 155, 156, 157, 158, 159, 160, 161, 162, 163, 164, 165,
            166, 167, 168, 169, 170, 171, 172, 173, 174, 175, 176, 177, 178, 179, 180, 181, 182, 183, 184,
            185, 186, 187, 188, 189, 190, 191, 308, 309,
        ],
    ),
    ("a bare address is a link", Still::Different, &[602, 606, 608, 611, 612]),
    ("a link holds no image, since an image is shown as a link", Still::Different, &[517, 531]),
    ("labels are compared without Unicode's table of cases", Still::Different, &[206, 540]),
    ("bullets below a numbered item may be indented by two spaces", Still::Different, &[297]),
    ("mathematics is kept as it was written", Still::Different, &[12]),
];

#[test]
fn the_examples_of_commonmark_pass_but_for_the_deviations() {
    let examples = examples(include_str!("fixtures/commonmark-0.31.2.txt"));
    assert_eq!(examples.len(), 652);
    let mut wrong = Vec::new();
    let mut passed = 0;
    for example in &examples {
        let is = html(&example.markdown);
        let passes = is == example.html;
        passed += usize::from(passes);
        let mut deviations = DEVIATIONS.iter().filter(|(_, _, numbers)| numbers.contains(&example.number));
        let listed = deviations.next();
        assert!(deviations.next().is_none(), "{} is listed twice", example.number);
        let complaint = match listed {
            None if !passes => "deviates",
            Some(_) if passes => "is listed and passes",
            Some((_, still, _)) if !is_still(still, example, &is) => "is listed, and deviates in another way",
            _ => continue,
        };
        wrong.push(format!(
            "{} ({}) {complaint}\n{}--- wanted\n{}--- is\n{is}",
            example.number, example.section, example.markdown, example.html
        ));
    }
    println!("{passed} of {} pass", examples.len());
    assert!(wrong.is_empty(), "{} wrong\n\n{}", wrong.len(), wrong.join("\n=====\n"));
}

fn is_still(still: &Still, example: &Example, is: &str) -> bool {
    match still {
        Still::Late => html(&format!("{0}\n{0}", example.markdown)).ends_with(&example.html),
        Still::Written => {
            let plain = |html: &str| {
                html.replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"")
            };
            plain(is) == plain(&example.html)
        }
        Still::Different => true,
    }
}
