//! Cleaning of lyrics, as the study that Segue rebuilds did it.

/// Lyrics as a network reads them: section marks such as `[Verse 1: X]` and echoes such as `(oh)` are
/// removed, and newlines become spaces.
///
/// The rule is the study's regular expression `[\(\[].*?[\)\]]` followed by the replacement of each
/// newline by one space. Hence the shortest text between an opening and the next closing mark goes,
/// whichever kind each of them is, never beyond the end of its line; a mark without a partner stays.
/// `\r\n` and `\r` count as one newline. Nothing else changes: case, punctuation and further spaces
/// are for the tokenizer.
pub fn clean(lyrics: &str) -> String {
    let mut cleaned = String::with_capacity(lyrics.len());
    for (number, line) in lines(lyrics).enumerate() {
        if number > 0 {
            cleaned.push(' ');
        }
        push_without_marked(line, &mut cleaned);
    }
    cleaned
}

/// The lines, ended by `\n`, `\r\n` or `\r`; the text after the last end counts as a line.
fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'))
}

fn push_without_marked(line: &str, cleaned: &mut String) {
    let mut rest = line;
    while let Some(open) = rest.find(['(', '[']) {
        let Some(length) = rest[open..].find([')', ']']) else { break };
        cleaned.push_str(&rest[..open]);
        // Both closing marks are one byte long.
        rest = &rest[open + length + 1..];
    }
    cleaned.push_str(rest);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_go_and_newlines_become_spaces() {
        let lyrics = "[Verse 1: Ä & B]\nHello (hello) world\r\n\n[Chorus]\rBye";
        assert_eq!(clean(lyrics), " Hello  world   Bye");
    }

    /// Values of Python 3.11: `re.sub(r"[\(\[].*?[\)\]]", "", text).replace("\n", " ")`.
    #[test]
    fn the_same_as_the_regular_expression() {
        let cases = [
            ("", ""),
            ("a (b (c) d) e", "a  d) e"),
            ("a [b) c] d", "a  c] d"),
            ("a ) b ( c", "a ) b ( c"),
            ("one (two\nthree) four", "one (two three) four"),
            ("()[]x", "x"),
            ("ä(ö)ü\n", "äü "),
        ];
        for (lyrics, expected) in cases {
            assert_eq!(clean(lyrics), expected, "{lyrics:?}");
        }
    }
}
