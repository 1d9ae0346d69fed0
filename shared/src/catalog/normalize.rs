//! Names of songs and artists in a form that can be compared.
//!
//! [`fold`] takes away what writers of names disagree on: case, accents and scripts (by
//! transliteration), punctuation. [`ArtistName`] takes an artist line apart into its artists; titles are
//! taken apart in [`super::title`].

use super::letters::Letters;
use any_ascii::any_ascii;

/// Lower-case ASCII words separated by single spaces; empty only where `text` is blank.
///
/// Apostrophes and full stops vanish (`don't` -> `dont`, `R.E.M.` -> `rem`), `&` and `+` become `and`,
/// `$` and `!` inside a word become `s` and `i` (`A$AP`, `P!nk`), everything else that is neither letter
/// nor digit separates. A name of symbols alone (`!!!`) stays as it is.
pub fn fold(text: &str) -> String {
    let ascii = any_ascii(text);
    let bytes = ascii.as_bytes();
    let letter = |at: usize| bytes.get(at).is_some_and(u8::is_ascii_alphabetic);
    let mut folded = String::with_capacity(ascii.len());
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b'0'..=b'9' | b'a'..=b'z' | b'A'..=b'Z' => {
                folded.push(byte.to_ascii_lowercase().into());
            }
            b'\'' | b'`' | b'"' | b'.' => {}
            b'&' | b'+' => folded.push_str(" and "),
            b'$' if letter(at + 1) || (at > 0 && letter(at - 1)) => folded.push('s'),
            b'!' if letter(at + 1) && at > 0 && letter(at - 1) => folded.push('i'),
            _ => folded.push(' '),
        }
    }
    let words: Vec<&str> = folded.split_whitespace().collect();
    if words.is_empty() {
        text.to_lowercase().split_whitespace().collect()
    } else {
        words.join(" ")
    }
}

/// The folded text without its spaces: `AC/DC`, `ACDC` and `ac dc` agree.
pub(super) fn compact(folded: &str) -> String {
    folded.replace(' ', "")
}

/// The name by which the songs of one main artist are kept together, such as in a split.
///
/// It is the first of the artists named. Bands whose name holds a comma or an `&` may be put together
/// with others of that first word; that errs on the side of keeping artists apart between splits.
pub fn main_artist_key(artist: &str) -> String {
    let name = ArtistName::of(artist);
    name.parts.into_iter().next().unwrap_or(name.full)
}

/// An artist line.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct ArtistName {
    /// The whole line, compact.
    pub(super) full: String,
    /// The artists in it, compact, the main one first.
    pub(super) parts: Vec<String>,
    /// The letters of each of [`Self::all`], with which they can be compared quickly.
    pub(super) letters: Vec<Letters>,
}

impl ArtistName {
    /// Takes an artist line apart.
    pub(super) fn of(text: &str) -> Self {
        let mut parts: Vec<String> = Vec::new();
        for part in artist_parts(text) {
            let part = artist_compact(&part);
            if !part.is_empty() && !parts.contains(&part) {
                parts.push(part);
            }
        }
        let mut name = Self { full: artist_compact(text), parts, letters: Vec::new() };
        name.letters = name.all().map(Letters::of).collect();
        name
    }

    /// The main artist; empty where no artist is named.
    pub(super) fn main(&self) -> &str {
        self.parts.first().map_or("", String::as_str)
    }

    /// Every name, the whole line first.
    pub(super) fn all(&self) -> impl Iterator<Item = &str> {
        let parts = self.parts.iter().filter(|part| **part != self.full);
        std::iter::once(&self.full).chain(parts).map(String::as_str)
    }
}

fn artist_compact(text: &str) -> String {
    let folded = fold(text);
    compact(folded.strip_prefix("the ").unwrap_or(&folded))
}

/// Splits at commas and the like and at `feat.` and its kin. A `/` joins artists in ID3v2.3, but it
/// also stands within names such as AC/DC: it splits only between longer names.
fn artist_parts(text: &str) -> Vec<String> {
    const JOINTS: [&str; 9] =
        ["feat", "ft", "featuring", "with", "and", "x", "vs", "versus", "presents"];
    let spaced = split_long_slashes(text).replace([',', ';', '&', '+', '|', '\0'], " , ");
    let mut parts = vec![String::new()];
    for word in spaced.split_whitespace() {
        let bare = word.trim_matches(['.', '(', ')', '[', ']']).to_lowercase();
        if bare == "," || JOINTS.contains(&bare.as_str()) {
            parts.push(String::new());
        } else if let Some(part) = parts.last_mut() {
            part.push_str(word);
            part.push(' ');
        }
    }
    parts
}

fn split_long_slashes(text: &str) -> String {
    let pieces: Vec<&str> = text.split('/').collect();
    let long = pieces.iter().all(|piece| piece.chars().filter(|c| c.is_alphanumeric()).count() > 3);
    if long { pieces.join(",") } else { text.replace(" / ", ",") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folding() {
        let cases = [
            ("Don't Stop", "dont stop"),
            ("  Beyoncé – Déjà Vu ", "beyonce deja vu"),
            ("R.E.M.", "rem"),
            ("A$AP & P!nk", "asap and pink"),
            ("Кино", "kino"),
            ("!!!", "!!!"),
            ("", ""),
        ];
        for (text, expected) in cases {
            assert_eq!(fold(text), expected, "{text:?}");
        }
    }

    #[test]
    fn artists() {
        let parts = |text| ArtistName::of(text).parts;
        assert_eq!(parts("Ann, Bob & Cy feat. Dee"), ["ann", "bob", "cy", "dee"]);
        assert_eq!(parts("AC/DC"), ["acdc"]);
        assert_eq!(parts("Annie/Bobby"), ["annie", "bobby"]);
        assert_eq!(ArtistName::of("The Earth, Wind & Fire").full, "earthwindandfire");
        assert_eq!(main_artist_key("The Beats ft. Zoë"), "beats");
        assert_eq!(main_artist_key("AC/DC"), main_artist_key("acdc"));
    }
}
