//! Texts of a study, written in Markdown, as safe HTML.
//!
//! A bundle may come from anywhere: raw HTML is shown as the text that it is, links lead to the web or
//! to a mail address and nowhere else, pictures are replaced by their description. Tables stay
//! switched off, as their alignment would need inline styles, which the page forbids itself.

use leptos::prelude::*;
use pulldown_cmark::{CowStr, Event, HeadingLevel, LinkType, Parser, Tag, TagEnd, html};

/// A text in Markdown.
#[component]
pub(crate) fn Markdown(
    /// The text.
    #[prop(into)]
    text: Signal<String>,
) -> impl IntoView {
    view! { <div class="prose" inner_html=move || to_html(&text.read()) /> }
}

/// Safe HTML whose headings begin at `h2` and leave no level out, whichever the text begins with.
fn to_html(markdown: &str) -> String {
    let mut levels = Vec::new();
    for event in Parser::new(markdown) {
        if let Event::Start(Tag::Heading { level, .. }) = event {
            levels.push(level);
        }
    }
    let mut open_links = Vec::new();
    let events = Parser::new(markdown).map(|event| made_safe(event, &mut open_links, &levels));
    let mut text = String::new();
    html::push_html(&mut text, events);
    text
}

/// `open_links` holds of each link around this place whether it was let through; they never nest,
/// but a picture within a link is dropped like a link.
fn made_safe<'a>(
    event: Event<'a>,
    open_links: &mut Vec<bool>,
    levels: &[HeadingLevel],
) -> Event<'a> {
    let nothing = || Event::Text(CowStr::Borrowed(""));
    match event {
        Event::Html(raw) | Event::InlineHtml(raw) => Event::Text(raw),
        Event::Start(Tag::HtmlBlock) => Event::Start(Tag::Paragraph),
        Event::End(TagEnd::HtmlBlock) => Event::End(TagEnd::Paragraph),
        Event::Start(Tag::Heading { level, .. }) => Event::Start(Tag::Heading {
            level: below_page_title(level, levels),
            id: None,
            classes: Vec::new(),
            attrs: Vec::new(),
        }),
        Event::End(TagEnd::Heading(level)) => {
            Event::End(TagEnd::Heading(below_page_title(level, levels)))
        }
        Event::Start(Tag::Link { link_type, dest_url, .. }) => {
            let address = address(link_type, &dest_url);
            open_links.push(address.is_some());
            address.map_or_else(nothing, |address| Event::InlineHtml(link(&address).into()))
        }
        Event::End(TagEnd::Link) => match open_links.pop() {
            Some(true) => Event::InlineHtml(CowStr::Borrowed("</a>")),
            _ => nothing(),
        },
        Event::Start(Tag::Image { .. }) | Event::End(TagEnd::Image) => nothing(),
        // Info strings become a class.
        Event::Start(Tag::CodeBlock(_)) => {
            Event::Start(Tag::CodeBlock(pulldown_cmark::CodeBlockKind::Indented))
        }
        other => other,
    }
}

/// The level of a heading under the `h1` of the page, among those that the text uses.
fn below_page_title(level: HeadingLevel, used: &[HeadingLevel]) -> HeadingLevel {
    use HeadingLevel::{H1, H2, H3, H4, H5, H6};
    let is_above = |higher: &HeadingLevel| *higher < level && used.contains(higher);
    match [H1, H2, H3, H4, H5].iter().filter(|higher| is_above(higher)).count() {
        0 => H2,
        1 => H3,
        2 => H4,
        3 => H5,
        _ => H6,
    }
}

/// Where a link leads, if it may: browsers skip blanks and control characters before and within a
/// scheme, so an address with any of them is none.
fn address(kind: LinkType, destination: &str) -> Option<String> {
    if destination.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    if kind == LinkType::Email {
        return Some(format!("mailto:{destination}"));
    }
    let (scheme, _) = destination.split_once(':')?;
    let allowed = ["http", "https", "mailto"];
    let is_allowed = allowed.iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed));
    is_allowed.then(|| destination.to_owned())
}

/// Opens beside the session, which a reader of the consent text must not lose.
fn link(address: &str) -> String {
    format!("<a href=\"{}\" rel=\"noopener noreferrer\" target=\"_blank\">", escaped(address))
}

fn escaped(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn plain_markdown_comes_out() {
        let html = to_html("# One\n\nSome *words*.\n\n## Two\n\n* a\n* b\n");
        let wanted = "<h2>One</h2>\n<p>Some <em>words</em>.</p>\n<h3>Two</h3>\n<ul>\n<li>a</li>\n<li>b</li>\n</ul>\n";
        assert_eq!(html, wanted);
        assert_eq!(to_html("###### Six"), "<h2>Six</h2>\n");
        assert_eq!(to_html("## A\n#### B\n## C"), "<h2>A</h2>\n<h3>B</h3>\n<h2>C</h2>\n");
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
