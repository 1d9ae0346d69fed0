//! Texts of a study, written in Markdown, as safe HTML.
//!
//! Understood is what such texts need, written as CommonMark has it: headings, paragraphs, emphasis,
//! lists, quotations, code, rules, line breaks, links and addresses in `<>`. The whole of CommonMark
//! with its table of 2,125 entities would make up an eighth of what a participant loads. A bundle may
//! come from anywhere: raw HTML is shown as the text that it is, links lead to the web or to a mail
//! address and nowhere else, pictures are replaced by their description. The tests hold the outcome
//! against pulldown-cmark.

mod blocks;
mod inline;

use leptos::prelude::*;

/// A text in Markdown.
#[component]
pub(crate) fn Markdown(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! { <div class="prose" inner_html=move || blocks::to_html(&text.read()) /> }
}

#[cfg(test)]
mod tests {
    use super::blocks::to_html;
    use pulldown_cmark::{Parser, html};
    use shared::study::Preset;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn plain_markdown_comes_out() {
        let html = to_html("# One\n\nSome *words*.\n\n## Two\n\n* a\n* b\n");
        let wanted = "<h2>One</h2>\n<p>Some <em>words</em>.</p>\n<h3>Two</h3>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n";
        assert_eq!(html, wanted);
        assert_eq!(to_html("###### Six"), "<h2>Six</h2>\n");
        assert_eq!(to_html("## A\n#### B\n## C"), "<h2>A</h2>\n<h3>B</h3>\n<h2>C</h2>\n");
    }

    /// What pulldown-cmark makes of a text whose headings are at their place.
    fn by_peer(markdown: &str) -> String {
        let mut text = String::new();
        html::push_html(&mut text, Parser::new(markdown));
        text.replace("&quot;", "\"")
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn blocks_and_lines_come_out_as_the_peer_has_them() {
        for text in [
            "One line\nand another.  \nA break\\\nand one more.\n\nA paragraph.",
            "* a\n* b\n  goes on\nlazily\n* c",
            "- a\n\n- b\n\n  second\n- c\n\nafter",
            "1. a\n2. b\n   - x\n   - y\n\n     z\n3. c",
            "7) a\n8) b",
            "- a\n+ b\n\nText\n- list\n\n2. not\nText\n2. no list",
            "> quoted *text*\n> goes on\nlazily\n>\n> - a\n> - b\n\nafter",
            "```rust\n<b> & *c*\n\n```\nafter\n~~~\nx\n",
            "---\n\n***\ntext\n\n* * *\n",
            "*a* **b** ***c*** _d_ __e__ *a **b** c* **a *b* c**",
            "snake_case_name 2 * 3 * 4 ** a * b *c d* e*f*g _a_b",
            "*not closed and `code *x*` ``a ` b`` ` ` `a",
            "\\*a\\* \\[b](c) \\q & &amp; &lt; &#60; &#x263a; &quot; AT&T &nope",
            "a < b > c <d <https a@b <>",
            "## ",
            "",
        ] {
            let peer = by_peer(text).replace(" class=\"language-rust\"", "");
            assert_eq!(to_html(text), peer, "{text}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_texts_of_the_presets_come_out_as_the_peer_has_them() {
        for preset in [Preset::Default, Preset::Thesis] {
            let texts = preset.design().texts;
            for text in
                [&texts.consent, &texts.debrief].into_iter().flat_map(|text| text.0.values())
            {
                assert_eq!(to_html(text), by_peer(text));
            }
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn any_text_comes_to_an_end() {
        let signs = [
            "*", "_", "`", "[", "]", "(", ")", "<", ">", "\\", "\n", " ", "a", "#", "-", "1.", "é",
            "&", ";", "!",
        ];
        let mut stream = shared::random::Seed(5).stream("markdown");
        for _ in 0..3_000 {
            let n_signs = stream.below(40);
            let text: String = (0..n_signs).map(|_| *stream.pick(&signs)).collect();
            let html = to_html(&text);
            assert!(!html.contains("<script"), "{text}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn raw_html_is_shown_as_text() {
        for nasty in [
            "<script>alert(1)</script>",
            "a <img src=x onerror=alert(1)> b",
            "<div style=\"position:fixed\">\n\n<iframe src=\"https://example.org\">\n\n</div>",
            "<svg/onload=alert(1)>",
            "<!-- --><style>*{}</style>",
            "`<b>`\n\n    <script>",
            "```\"><script>\n<b>\n```",
            "# a {onclick=alert(1)}",
            "\\<b>&lt;i>&#60;u>",
        ] {
            let html = to_html(nasty);
            let tags = html.split('<').skip(1).map(|rest| rest.split('>').next().unwrap_or(""));
            for tag in tags {
                let known = ["p", "/p", "h2", "/h2", "code", "/code", "pre", "/pre"];
                assert!(known.contains(&tag), "'{tag}' of {html}");
            }
        }
        assert_eq!(to_html("a <b>c</b>"), "<p>a &lt;b&gt;c&lt;/b&gt;</p>\n");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn links_lead_to_the_web_or_to_mail_alone() {
        let good = to_html("[a](https://example.org/?q=\"x\"&y='z')");
        assert!(
            good.contains(
                "<a href=\"https://example.org/?q=&quot;x&quot;&amp;y=&#39;z&#39;\" \
                 rel=\"noopener noreferrer\" target=\"_blank\">a</a>"
            ),
            "{good}"
        );
        assert!(to_html("<me@example.org>").contains("<a href=\"mailto:me@example.org\""));
        assert!(to_html("<HTTP://example.org>").contains("<a href=\"HTTP://example.org\""));
        for nasty in [
            "[a](javascript:alert(1))",
            "[a](JaVaScRiPt:alert(1))",
            "[a](java&#x09;script:alert(1))",
            "[a](&#1;javascript:alert(1))",
            "[a](data:text/html,x)",
            "[a](vbscript:x)",
            "[a](//example.org)",
            "[a](other.html)",
            "<javascript:alert(1)>",
            "[a][b]\n\n[b]: javascript:alert(1)",
        ] {
            let html = to_html(nasty);
            assert!(!html.contains("<a") && !html.contains("href"), "{html}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn pictures_give_way_to_their_description() {
        let html =
            to_html("![a *cat*](https://example.org/cat.png \"t\") [![b](c.png)](https://d.e)");
        assert!(!html.contains("<img") && !html.contains("cat.png"), "{html}");
        assert!(html.contains("a <em>cat</em>") && html.contains(">b</a>"), "{html}");
    }
}
