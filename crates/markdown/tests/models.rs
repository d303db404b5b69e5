//! What models write, where it counts more than corner cases.

#[allow(dead_code, reason = "each test uses a part")]
mod support;

use support::html;

/// Checks pairs of Markdown and HTML.
fn check(cases: &[(&str, &str)]) {
    for (markdown, wanted) in cases {
        assert_eq!(html(markdown).trim_end(), *wanted, "{markdown}");
    }
}

#[test]
fn a_line_end_is_a_line_end() {
    // The renderer for tests writes what was typed as a line, and what was asked for with <br />.
    check(&[
        ("Roses are red,\nViolets are blue", "<p>Roses are red,\nViolets are blue</p>"),
        ("1 Shop Lane  \nLondon", "<p>1 Shop Lane<br />\nLondon</p>"),
        ("1 Shop Lane\\\nLondon", "<p>1 Shop Lane<br />\nLondon</p>"),
        ("one\r\ntwo\r\n\r\nthree", "<p>one\ntwo</p>\n<p>three</p>"),
    ]);
}

#[test]
fn a_zero_byte_is_a_sign_like_any_other() {
    // What reads at a place beyond the end reads a zero.
    check(&[
        ("\0", "<p>\0</p>"),
        ("\0\0 a\n\0", "<p>\0\0 a\n\0</p>"),
        ("```\n\0\n```", "<pre><code>\0\n</code></pre>"),
    ]);
}

#[test]
fn br_is_a_line_end_and_every_other_tag_is_words() {
    check(&[
        ("one<br>two<br/>three<BR />four", "<p>one<br />\ntwo<br />\nthree<br />\nfour</p>"),
        (
            "| a |\n|---|\n| x<br>y |",
            concat!(
                "<table>\n<thead>\n<tr>\n<th>a</th>\n</tr>\n</thead>\n<tbody>\n<tr>\n",
                "<td>x<br />\ny</td>\n</tr>\n</tbody>\n</table>"
            ),
        ),
        ("<b title=\"*a*\">*b*</b>", "<p>&lt;b title=&quot;*a*&quot;&gt;<em>b</em>&lt;/b&gt;</p>"),
        ("<brand>", "<p>&lt;brand&gt;</p>"),
        ("<script>alert(1)</script>", "<p>&lt;script&gt;alert(1)&lt;/script&gt;</p>"),
        ("<!-- *x* -->", "<p>&lt;!-- <em>x</em> --&gt;</p>"),
    ]);
}

#[test]
fn mathematics_is_kept_as_it_was_written() {
    check(&[
        (r"so \(a_1 * b_2 * c\) is", r"<p>so <math>\(a_1 * b_2 * c\)</math> is</p>"),
        (r"\[ \frac{a}{b} \\ x^* \]", r"<p><math>\[ \frac{a}{b} \\ x^* \]</math></p>"),
        ("$a_b$ and $c_d$", "<p><math>$a_b$</math> and <math>$c_d$</math></p>"),
        ("$$x * y * z$$", "<p><math>$$x * y * z$$</math></p>"),
        (r"$a\$b$ *c*", r"<p><math>$a\$b$</math> <em>c</em></p>"),
        ("`$a$` *b*", "<p><code>$a$</code> <em>b</em></p>"),
    ]);
}

#[test]
fn lines_of_a_formula_begin_no_lists_and_no_headings() {
    check(&[
        (
            "\\[\na\n= b\n- c\n=\n+ d\n\\]\nand *so*",
            "<p><math>\\[\na\n= b\n- c\n=\n+ d\n\\]</math>\nand <em>so</em></p>",
        ),
        (
            "The sum: $$\n1. x\n---\n$$\n\n- item",
            "<p>The sum: <math>$$\n1. x\n---\n$$</math></p>\n<ul>\n<li>item</li>\n</ul>",
        ),
        // A formula ends with its paragraph, whatever happens.
        ("$$\nx\n\n- item", "<p>$$\nx</p>\n<ul>\n<li>item</li>\n</ul>"),
        ("Use $$ for it.\n- item", "<p>Use $$ for it.</p>\n<ul>\n<li>item</li>\n</ul>"),
    ]);
}

#[test]
fn money_is_no_mathematics() {
    check(&[
        ("$5 and $6", "<p>$5 and $6</p>"),
        ("$5-$10 *each*", "<p>$5-$10 <em>each</em></p>"),
        ("a $ b $ c", "<p>a $ b $ c</p>"),
        ("$", "<p>$</p>"),
    ]);
}

#[test]
fn bare_addresses_are_links_without_the_punctuation_round_them() {
    check(&[
        (
            "See https://a.example/x_y_z, or (http://b.example/(c)).",
            concat!(
                "<p>See <a href=\"https://a.example/x_y_z\">https://a.example/x_y_z</a>, ",
                "or (<a href=\"http://b.example/(c)\">http://b.example/(c)</a>).</p>"
            ),
        ),
        (
            "**https://a.example**",
            "<p><strong><a href=\"https://a.example\">https://a.example</a></strong></p>",
        ),
        (
            "https://a.example/__init__.py",
            "<p><a href=\"https://a.example/__init__.py\">https://a.example/__init__.py</a></p>",
        ),
        ("看https://a.example。好", "<p>看<a href=\"https://a.example\">https://a.example</a>。好</p>"),
        ("“https://a.example”", "<p>“<a href=\"https://a.example\">https://a.example</a>”</p>"),
        ("www.a.example!", "<p><a href=\"http://www.a.example\">www.a.example</a>!</p>"),
        ("xhttps://a.example https:// www.", "<p>xhttps://a.example https:// www.</p>"),
        ("`https://a.example`", "<p><code>https://a.example</code></p>"),
        (
            "[https://a.example](https://b.example)",
            "<p><a href=\"https://b.example\">https://a.example</a></p>",
        ),
        ("[*www.a.example*](/b)", "<p><a href=\"/b\"><em>www.a.example</em></a></p>"),
        ("[a@b.example](mailto:c@d.example)", "<p><a href=\"mailto:c@d.example\">a@b.example</a></p>"),
        (
            "<https://a.example/b c>",
            "<p>&lt;<a href=\"https://a.example/b\">https://a.example/b</a> c&gt;</p>",
        ),
        ("<https://a.example/*b*>", "<p><a href=\"https://a.example/*b*\">https://a.example/*b*</a></p>"),
    ]);
}

#[test]
fn bare_mail_addresses_are_links() {
    check(&[
        (
            "Write to first_last+x@shop.example.",
            "<p>Write to <a href=\"mailto:first_last+x@shop.example\">first_last+x@shop.example</a>.</p>",
        ),
        ("@somebody and a@b and @", "<p>@somebody and a@b and @</p>"),
        ("**a@b.example**", "<p><strong><a href=\"mailto:a@b.example\">a@b.example</a></strong></p>"),
    ]);
}

#[test]
fn strong_words_need_no_spaces_beside_chinese_japanese_and_korean() {
    check(&[
        ("これは**重要（じゅうよう）**です。", "<p>これは<strong>重要（じゅうよう）</strong>です。</p>"),
        ("**「注意」**してください。", "<p><strong>「注意」</strong>してください。</p>"),
        ("请看**“重点”**内容", "<p>请看<strong>“重点”</strong>内容</p>"),
        ("**이것(this)**은 중요하다", "<p><strong>이것(this)</strong>은 중요하다</p>"),
        ("价格是**￥100。**谢谢", "<p>价格是<strong>￥100。</strong>谢谢</p>"),
        ("カッコ*（注）*と`コード`", "<p>カッコ<em>（注）</em>と<code>コード</code></p>"),
        // Variation selectors belong to the character before them.
        ("葛\u{e0100}**（かつ）**", "<p>葛\u{e0100}<strong>（かつ）</strong></p>"),
        ("a **b** c * d * e", "<p>a <strong>b</strong> c * d * e</p>"),
        ("5~10元，20~30元", "<p>5~10元，20~30元</p>"),
    ]);
}

#[test]
fn nested_lists_are_indented_by_two_three_or_four_spaces() {
    let bullets = "<ul>\n<li>a\n<ul>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n</li>\n<li>d</li>\n</ul>";
    let numbers = "<ol>\n<li>a\n<ul>\n<li>b\n<ul>\n<li>c</li>\n</ul>\n</li>\n</ul>\n</li>\n<li>d</li>\n</ol>";
    for spaces in 2..=4 {
        let indent = " ".repeat(spaces);
        check(&[
            (&format!("- a\n{indent}- b\n{indent}{indent}- c\n- d"), bullets),
            (&format!("1. a\n{indent}- b\n{indent}{indent}- c\n2. d"), numbers),
        ]);
    }
    check(&[
        (
            "10. a\n  - b\n    more\n  - c\n11. d",
            "<ol start=\"10\">\n<li>a\n<ul>\n<li>b\nmore</li>\n<li>c</li>\n</ul>\n</li>\n<li>d</li>\n</ol>",
        ),
        ("1. a\n\n   b\n2. c", "<ol>\n<li>\n<p>a</p>\n<p>b</p>\n</li>\n<li>\n<p>c</p>\n</li>\n</ol>"),
    ]);
}

#[test]
fn tables_are_tables() {
    check(&[(
        "Prices:\n| a | b |\n| :-: | --: |\n| `x\\|y` | **1** | more |\n| z\n\nafter",
        concat!(
            "<p>Prices:</p>\n<table>\n<thead>\n<tr>\n<th align=\"center\">a</th>\n<th align=\"right\">b</th>\n</tr>\n",
            "</thead>\n<tbody>\n<tr>\n<td align=\"center\"><code>x|y</code></td>\n",
            "<td align=\"right\"><strong>1</strong></td>\n</tr>\n<tr>\n<td align=\"center\">z</td>\n",
            "<td align=\"right\"></td>\n</tr>\n</tbody>\n</table>\n<p>after</p>"
        ),
    )]);
}

#[test]
fn tasks_have_boxes() {
    check(&[(
        "- [ ] a\n- [x] b\n- [X] *c*\n- [y] d\n- [ ]e",
        concat!(
            "<ul>\n<li><input disabled=\"\" type=\"checkbox\"> a</li>\n",
            "<li><input checked=\"\" disabled=\"\" type=\"checkbox\"> b</li>\n",
            "<li><input checked=\"\" disabled=\"\" type=\"checkbox\"> <em>c</em></li>\n",
            "<li>[y] d</li>\n<li>[ ]e</li>\n</ul>"
        ),
    )]);
}

#[test]
fn references_work_once_they_are_defined() {
    check(&[
        (
            "[a]: https://a.example 'A'\n\nSee [a] and [B][A].",
            concat!(
                "<p>See <a href=\"https://a.example\" title=\"A\">a</a> and ",
                "<a href=\"https://a.example\" title=\"A\">B</a>.</p>"
            ),
        ),
        // What has ended never changes.
        ("See [a].\n\n[a]: https://a.example", "<p>See [a].</p>"),
    ]);
}

#[test]
fn characters_have_names_and_numbers() {
    check(&[(
        "&copy; &amp; &lt;b&gt; &#65;&#x42; &nope; &#0; AT&T",
        "<p>© &amp; &lt;b&gt; AB &amp;nope; \u{fffd} AT&amp;T</p>",
    )]);
}
