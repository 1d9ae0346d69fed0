//! What stands within a line of Markdown: emphasis, code, links.

/// Writes a text as HTML.
pub(super) fn write(html: &mut String, text: &str) {
    Line { html, is_link: false }.write(text);
}

/// Writes characters, none of which becomes markup.
pub(super) fn push_text(html: &mut String, text: &str) {
    for c in text.chars() {
        match c {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            c => html.push(c),
        }
    }
}

struct Line<'a> {
    html: &'a mut String,
    /// Within a link, which holds no other.
    is_link: bool,
}

impl Line<'_> {
    fn write(&mut self, text: &str) {
        let mut at = 0;
        while let Some(c) = text[at..].chars().next() {
            let rest = &text[at..];
            let taken = match c {
                '\\' => self.escape(rest),
                '`' => self.code(rest),
                '<' => self.address(rest),
                '!' if rest[1..].starts_with('[') => self.picture(rest),
                '[' => self.link(rest),
                '*' | '_' => self.emphasis(text, at, c),
                '&' => self.entity(rest),
                ' ' => self.line_break(rest),
                _ => None,
            };
            at += taken.unwrap_or_else(|| {
                push_text(self.html, &rest[..c.len_utf8()]);
                c.len_utf8()
            });
        }
    }

    fn escape(&mut self, rest: &str) -> Option<usize> {
        let c = rest[1..].chars().next()?;
        if c == '\n' {
            self.html.push_str("<br />\n");
        } else if c.is_ascii_punctuation() {
            push_text(self.html, &rest[1..2]);
        } else {
            return None;
        }
        Some(2)
    }

    /// Two blanks and more at the end of a line break it; other blanks there are nothing.
    fn line_break(&mut self, rest: &str) -> Option<usize> {
        let after = rest.trim_start_matches(' ');
        let n_blanks = rest.len() - after.len();
        if !after.starts_with('\n') {
            return None;
        }
        self.html.push_str(if n_blanks >= 2 { "<br />\n" } else { "\n" });
        Some(n_blanks + 1)
    }

    fn code(&mut self, rest: &str) -> Option<usize> {
        let (start, end, taken) = code_span(rest)?;
        let code = rest[start..end].replace('\n', " ");
        let inner = code.strip_prefix(' ').and_then(|inner| inner.strip_suffix(' '));
        let code = inner.filter(|inner| !inner.trim().is_empty()).unwrap_or(&code);
        self.html.push_str("<code>");
        push_text(self.html, code);
        self.html.push_str("</code>");
        Some(taken)
    }

    /// `<https://example.org>` or `<me@example.org>`.
    fn address(&mut self, rest: &str) -> Option<usize> {
        let end = rest.find('>')?;
        let text = &rest[1..end];
        let address = match allowed(text) {
            Some(address) => address.to_owned(),
            None if is_mail(text) => format!("mailto:{text}"),
            None => return None,
        };
        self.anchor(&address, |line| push_text(line.html, text));
        Some(end + 1)
    }

    /// A picture gives way to its description.
    fn picture(&mut self, rest: &str) -> Option<usize> {
        let (text, _, taken) = link_parts(&rest[1..])?;
        self.write(text);
        Some(taken + 1)
    }

    fn link(&mut self, rest: &str) -> Option<usize> {
        let (text, destination, taken) = link_parts(rest)?;
        match allowed(destination) {
            Some(address) => self.anchor(address, |line| line.write(text)),
            None => self.write(text),
        }
        Some(taken)
    }

    /// Opens beside the session, which a reader of the consent text must not lose.
    fn anchor(&mut self, address: &str, text: impl FnOnce(&mut Line<'_>)) {
        if self.is_link {
            return text(self);
        }
        self.html.push_str("<a href=\"");
        let mut safe = String::new();
        push_text(&mut safe, address);
        self.html.push_str(&safe.replace('"', "&quot;").replace('\'', "&#39;"));
        self.html.push_str("\" rel=\"noopener noreferrer\" target=\"_blank\">");
        text(&mut Line { html: self.html, is_link: true });
        self.html.push_str("</a>");
    }

    fn emphasis(&mut self, text: &str, at: usize, sign: char) -> Option<usize> {
        let n_signs = run(&text[at..], sign);
        let before = text[..at].chars().next_back();
        let begins = text[at + n_signs..].chars().next().is_some_and(|c| !c.is_whitespace());
        for (n, tags) in [
            (3, ("<em><strong>", "</strong></em>")),
            (2, ("<strong>", "</strong>")),
            (1, ("<em>", "</em>")),
        ] {
            let inner = at + n;
            if !begins || n > n_signs || (sign == '_' && before.is_some_and(char::is_alphanumeric))
            {
                continue;
            }
            if let Some(end) = closing(text, inner, (sign, n)) {
                self.html.push_str(tags.0);
                self.write(&text[inner..end]);
                self.html.push_str(tags.1);
                return Some(end + n - at);
            }
        }
        // The signs are text, all of them: what is behind them can't begin here.
        push_text(self.html, &text[at..at + n_signs]);
        Some(n_signs)
    }

    fn entity(&mut self, rest: &str) -> Option<usize> {
        let end = rest.find(';').filter(|end| *end <= 10)?;
        let c = match &rest[1..end] {
            "amp" => '&',
            "lt" => '<',
            "gt" => '>',
            "quot" => '"',
            "nbsp" => '\u{a0}',
            name => {
                let number = name.strip_prefix('#')?;
                let code = match number.strip_prefix(['x', 'X']) {
                    Some(digits) => u32::from_str_radix(digits, 16),
                    None => number.parse(),
                };
                char::from_u32(code.ok()?)?
            }
        };
        push_text(self.html, c.encode_utf8(&mut [0; 4]));
        Some(end + 1)
    }
}

/// How many of these signs begin a text.
fn run(text: &str, sign: char) -> usize {
    text.len() - text.trim_start_matches(sign).len()
}

/// Where the code of a text that begins with backquotes starts and ends, and how much it takes.
fn code_span(text: &str) -> Option<(usize, usize, usize)> {
    let n_quotes = run(text, '`');
    let mut at = n_quotes;
    loop {
        at += text[at..].find('`')?;
        let n = run(&text[at..], '`');
        if n == n_quotes {
            return Some((n_quotes, at, at + n));
        }
        at += n;
    }
}

/// Where emphasis of `n` signs that begins before `from` ends.
fn closing(text: &str, from: usize, (sign, n): (char, usize)) -> Option<usize> {
    let mut at = from;
    while let Some(c) = text[at..].chars().next() {
        if let Some(taken) = skipped(&text[at..], c) {
            at += taken;
            continue;
        }
        let n_signs = run(&text[at..], sign);
        if n_signs == 0 {
            at += c.len_utf8();
            continue;
        }
        let before = text[..at].chars().next_back();
        let after = text[at + n_signs..].chars().next();
        let ends = at > from
            && !before.is_none_or(char::is_whitespace)
            && (sign == '*' || !after.is_some_and(char::is_alphanumeric));
        // Two signs within emphasis of one are another's.
        if ends && n_signs >= n && (n_signs != 2 || n == 2) {
            return Some(at + if n_signs > n && n < 3 { n_signs - n } else { 0 });
        }
        at += n_signs;
    }
    None
}

/// What emphasis and brackets do not look into: escapes and code.
fn skipped(rest: &str, c: char) -> Option<usize> {
    match c {
        '\\' => Some(1 + rest[1..].chars().next().map_or(0, char::len_utf8)),
        '`' => Some(code_span(rest).map_or_else(|| run(rest, '`'), |(_, _, taken)| taken)),
        _ => None,
    }
}

/// Text and destination of `[text](destination "title")`, and how much it takes.
fn link_parts(rest: &str) -> Option<(&str, &str, usize)> {
    let text_end = matching(rest, ('[', ']'))?;
    let target = rest[text_end + 1..].strip_prefix('(')?;
    let target_start = text_end + 2;
    let target_end = matching(&rest[target_start - 1..], ('(', ')'))?;
    let inside = target[..target_end - 1].trim();
    let destination = match inside.strip_prefix('<').and_then(|inside| inside.split_once('>')) {
        Some((destination, _)) => destination,
        None => inside.split(char::is_whitespace).next().unwrap_or(""),
    };
    Some((&rest[1..text_end], destination, target_start + target_end))
}

/// Where the bracket that begins a text is closed.
fn matching(text: &str, (open, close): (char, char)) -> Option<usize> {
    let (mut depth, mut at) = (0, 0);
    while let Some(c) = text[at..].chars().next() {
        if let Some(taken) = skipped(&text[at..], c) {
            at += taken;
            continue;
        }
        if c == open {
            depth += 1;
        } else if c == close {
            depth -= 1;
            if depth == 0 {
                return Some(at);
            }
        }
        at += c.len_utf8();
    }
    None
}

/// Where a link leads, if it may: browsers skip blanks and control characters before and within a
/// scheme, so an address with any of them is none.
fn allowed(destination: &str) -> Option<&str> {
    if destination.chars().any(|c| c.is_control() || c.is_whitespace()) {
        return None;
    }
    let (scheme, _) = destination.split_once(':')?;
    let allowed = ["http", "https", "mailto"];
    allowed.iter().any(|allowed| scheme.eq_ignore_ascii_case(allowed)).then_some(destination)
}

fn is_mail(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_alphanumeric() || "@.+-_".contains(c);
    text.chars().all(fits)
        && text.split_once('@').is_some_and(|(name, host)| !name.is_empty() && host.contains('.'))
}
