//! Blocks of Markdown: headings, paragraphs, lists, quotations, code.

use super::inline;

/// The HTML of a text; see the module above for what is understood.
pub(super) fn to_html(markdown: &str) -> String {
    let lines: Vec<&str> = markdown.lines().collect();
    // Once to see which levels of headings there are, once to write them.
    let mut seen = Writer::default();
    seen.blocks(&lines, false);
    let mut writer = Writer { levels: seen.levels, ..Writer::default() };
    writer.blocks(&lines, false);
    writer.html
}

/// Lists and quotations within each other beyond this are taken as text: no consent form has them, and
/// a hostile bundle is to keep no page busy.
const MAX_DEPTH: usize = 6;

#[derive(Default)]
struct Writer {
    html: String,
    /// Levels of the headings.
    levels: Vec<usize>,
    /// In how many lists and quotations this stands.
    depth: usize,
}

impl Writer {
    /// `is_tight`: paragraphs stand as bare text, as in a list without blank lines.
    fn blocks(&mut self, lines: &[&str], is_tight: bool) {
        let mut at = 0;
        while at < lines.len() {
            at += self.block(&lines[at..], is_tight);
        }
    }

    /// Writes the block that begins the lines, and gives how many lines it takes.
    fn block(&mut self, lines: &[&str], is_tight: bool) -> usize {
        let line = lines[0];
        if is_blank(line) {
            return 1;
        }
        if let Some((level, text)) = heading(line) {
            self.heading(level, text);
            return 1;
        }
        if is_rule(line) {
            self.html.push_str("<hr />\n");
            return 1;
        }
        if let Some(fence) = fence(line) {
            return self.code(lines, fence);
        }
        if self.depth < MAX_DEPTH {
            if line.trim_start().starts_with('>') {
                return self.quotation(lines);
            }
            if let Some(marker) = Marker::of(line) {
                return self.list(lines, marker);
            }
        }
        self.paragraph(lines, is_tight)
    }

    /// Below the `h1` of the page; no level is left out, whichever the text begins with.
    fn heading(&mut self, level: usize, text: &str) {
        self.levels.push(level);
        let used = |higher: &usize| self.levels.contains(higher);
        let level = 2 + (1..level).filter(used).count().min(4);
        self.html.push_str(&format!("<h{level}>"));
        inline::write(&mut self.html, text);
        self.html.push_str(&format!("</h{level}>\n"));
    }

    fn code(&mut self, lines: &[&str], fence: &str) -> usize {
        let is_end = |line: &&str| {
            line.trim().len() >= fence.len()
                && line.trim().trim_start_matches(&fence[..1]).is_empty()
        };
        let body = &lines[1..];
        let n_lines = body.iter().position(is_end).unwrap_or(body.len());
        self.html.push_str("<pre><code>");
        for line in &body[..n_lines] {
            inline::push_text(&mut self.html, line);
            self.html.push('\n');
        }
        self.html.push_str("</code></pre>\n");
        lines.len().min(n_lines + 2)
    }

    fn quotation(&mut self, lines: &[&str]) -> usize {
        let mut inner = Vec::new();
        for line in lines {
            match line.trim_start().strip_prefix('>') {
                Some(rest) => inner.push(rest.strip_prefix(' ').unwrap_or(rest)),
                // A paragraph goes on without its sign.
                None if !inner.last().is_none_or(|last| is_blank(last)) && is_plain(line) => {
                    inner.push(line);
                }
                None => break,
            }
        }
        self.html.push_str("<blockquote>\n");
        self.depth += 1;
        self.blocks(&inner, false);
        self.depth -= 1;
        self.html.push_str("</blockquote>\n");
        inner.len()
    }

    fn list(&mut self, lines: &[&str], first: Marker) -> usize {
        let (items, n_lines) = items(lines, first);
        let is_tight = items.iter().enumerate().all(|(at, item)| {
            let is_last = at + 1 == items.len();
            !self.is_loose(item, is_last)
        });
        let (tag, start) = match first.number {
            None => ("ul", String::new()),
            Some(1) => ("ol", String::new()),
            Some(number) => ("ol", format!(" start=\"{number}\"")),
        };
        self.html.push_str(&format!("<{tag}{start}>\n"));
        for item in &items {
            self.html.push_str(if is_tight { "<li>" } else { "<li>\n" });
            self.depth += 1;
            self.blocks(item, is_tight);
            self.depth -= 1;
            self.html.push_str("</li>\n");
        }
        self.html.push_str(&format!("</{tag}>\n"));
        n_lines
    }

    /// Whether blank lines stand between the blocks of an item, or behind one that is not the last.
    fn is_loose(&self, item: &[&str], is_last: bool) -> bool {
        let mut scratch = Self { depth: self.depth + 1, ..Self::default() };
        let (mut at, mut after_blank) = (0, false);
        while at < item.len() {
            if is_blank(item[at]) {
                after_blank = true;
                at += 1;
            } else if after_blank {
                return true;
            } else {
                at += scratch.block(&item[at..], true);
            }
        }
        after_blank && !is_last
    }

    fn paragraph(&mut self, lines: &[&str], is_tight: bool) -> usize {
        let n_more =
            lines[1..].iter().position(|line| !is_plain(line) || underline(line).is_some());
        let n_lines = 1 + n_more.unwrap_or(lines.len() - 1);
        let mut text = String::new();
        for line in &lines[..n_lines] {
            // Blanks at the end of a line can break it, those of the last one are nothing.
            text.push_str(line.trim_start());
            text.push('\n');
        }
        if let Some(level) = lines.get(n_lines).and_then(|line| underline(line)) {
            self.heading(level, text.trim());
            return n_lines + 1;
        }
        let text = text.trim_end();
        if is_tight {
            inline::write(&mut self.html, text);
            if n_lines < lines.len() {
                self.html.push('\n');
            }
        } else {
            self.html.push_str("<p>");
            inline::write(&mut self.html, text);
            self.html.push_str("</p>\n");
        }
        n_lines
    }
}

/// How an item of a list begins.
#[derive(Clone, Copy)]
struct Marker {
    /// `-`, `*` or `+`; `.` or `)` behind a number.
    sign: char,
    number: Option<u32>,
    /// Where its text begins, in characters of one byte.
    indent: usize,
}

impl Marker {
    fn of(line: &str) -> Option<Self> {
        let text = line.trim_start();
        let n_digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let sign = text[n_digits..].chars().next()?;
        let number = match (n_digits, sign) {
            (0, '-' | '*' | '+') => None,
            (1..=9, '.' | ')') => Some(text[..n_digits].parse().ok()?),
            _ => return None,
        };
        let rest = &text[n_digits + 1..];
        let content = rest.trim_start_matches(' ');
        if !rest.is_empty() && content.len() == rest.len() {
            return None;
        }
        // Five blanks and more begin code, which is not understood here.
        let n_blanks = if content.is_empty() { 1 } else { rest.len() - content.len() };
        Some(Self { sign, number, indent: line.len() - text.len() + n_digits + 1 + n_blanks })
    }
}

/// The lines of each item, without their indentation, and how many lines the list takes.
fn items<'a>(lines: &[&'a str], first: Marker) -> (Vec<Vec<&'a str>>, usize) {
    let mut items: Vec<Vec<&str>> = Vec::new();
    let mut indent = 0;
    let mut n_lines = 0;
    for line in lines {
        let n_blanks = line.len() - line.trim_start().len();
        let begins = Marker::of(line).filter(|_| n_blanks < indent || items.is_empty());
        match (begins, items.last_mut()) {
            (_, Some(item)) if is_blank(line) => item.push(""),
            (Some(marker), _) if marker.sign == first.sign && !is_rule(line) => {
                indent = marker.indent;
                items.push(vec![line.get(indent..).unwrap_or("")]);
            }
            (None, Some(item)) if n_blanks >= indent => {
                item.push(line.get(indent..).unwrap_or_else(|| line.trim_start()));
            }
            (None, Some(item))
                if is_plain(line) && item.last().is_some_and(|last| !is_blank(last)) =>
            {
                item.push(line.trim_start());
            }
            _ => break,
        }
        n_lines += 1;
    }
    // Blank lines behind a list are not its own.
    if let Some(item) = items.last_mut() {
        while item.len() > 1 && item.last().is_some_and(|line| is_blank(line)) {
            item.pop();
            n_lines -= 1;
        }
    }
    (items, n_lines)
}

fn is_blank(line: &str) -> bool {
    line.trim().is_empty()
}

/// Whether a line goes on with a paragraph.
fn is_plain(line: &str) -> bool {
    let interrupts = |marker: Marker| {
        line.len() > marker.indent && marker.number.is_none_or(|number| number == 1)
    };
    !is_blank(line)
        && heading(line).is_none()
        && !is_rule(line)
        && fence(line).is_none()
        && !line.trim_start().starts_with('>')
        && !Marker::of(line).is_some_and(interrupts)
}

/// Level and text of `## Text ##`.
fn heading(line: &str) -> Option<(usize, &str)> {
    let text = line.trim();
    let rest = text.trim_start_matches('#');
    let level = text.len() - rest.len();
    let is_heading = (1..=6).contains(&level) && (rest.is_empty() || rest.starts_with([' ', '\t']));
    let without_end = rest.trim_end_matches('#');
    let text = if without_end.is_empty() || without_end.ends_with([' ', '\t']) {
        without_end
    } else {
        rest
    };
    is_heading.then(|| (level, text.trim()))
}

/// Whether a line is `---`, `***` or `___`.
fn is_rule(line: &str) -> bool {
    let signs: Vec<char> = line.chars().filter(|c| !c.is_whitespace()).collect();
    signs.len() >= 3 && ['-', '*', '_'].iter().any(|sign| signs.iter().all(|c| c == sign))
}

/// The level of the heading that a line of `===` or `---` makes of the text above it.
fn underline(line: &str) -> Option<usize> {
    let text = line.trim();
    let all = |sign: char| !text.is_empty() && text.chars().all(|c| c == sign);
    if all('=') {
        Some(1)
    } else if all('-') {
        Some(2)
    } else {
        None
    }
}

/// The backquotes or tildes with which code begins.
fn fence(line: &str) -> Option<&str> {
    let text = line.trim_start();
    let run = |sign: char| text.len() - text.trim_start_matches(sign).len();
    let n_signs = run('`').max(run('~'));
    let is_fence = n_signs >= 3 && !text[n_signs..].contains('`');
    is_fence.then(|| &text[..n_signs])
}
