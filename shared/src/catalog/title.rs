//! Titles, taken apart: core, subtitle, guests and *version* (live, remix, ...).

use super::letters::Letters;
use super::normalize::{compact, fold};

/// What makes a recording another one than the song's own: a set of the kinds in [`VERSION_WORDS`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Versions(u16);

impl Versions {
    pub(super) fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub(super) fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    pub(super) fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The kind that this folded word names.
    pub(super) fn of_word(word: &str) -> Self {
        let kind = VERSION_WORDS.iter().position(|(_, words)| words.contains(&word));
        kind.map_or(Self(0), |kind| Self(1 << kind))
    }

    /// The kinds' names, for people.
    pub(super) fn names(self) -> String {
        let kinds = VERSION_WORDS.iter().enumerate();
        let named = kinds.filter(|(kind, _)| self.0 & (1 << kind) != 0).map(|(_, (name, _))| *name);
        let named: Vec<&str> = named.collect();
        if named.is_empty() { "plain".to_owned() } else { named.join("+") }
    }

    /// The kinds that a folded phrase of a bracket or after a dash names.
    fn of_phrase(folded: &str) -> Self {
        let words = folded.split(' ').map(Self::of_word).fold(Self::default(), Self::union);
        let padded = format!(" {folded} ");
        let phrases = PHRASES.iter().filter(|(phrase, _)| padded.contains(&format!(" {phrase} ")));
        let named = phrases.map(|(_, word)| Self::of_word(word)).fold(words, Self::union);
        if is_mix(folded) {
            named.union(Self::of_word("remix"))
        } else if is_somebodys_version(folded) {
            named.union(Self::of_word("rerecorded"))
        } else {
            named
        }
    }
}

/// `Somebody's Mix`, `Club Mix`: the word after another.
fn is_mix(folded: &str) -> bool {
    folded.split(' ').skip(1).any(|word| word == "mix")
}

/// `Ann's Version`, of which folding leaves `anns version`: a word with an s before `version` that is none of the plain ones.
fn is_somebodys_version(folded: &str) -> bool {
    let words: Vec<&str> = folded.split(' ').collect();
    let is_owner = |word: &str| word.len() > 2 && word.ends_with('s') && !NO_OWNERS.contains(&word);
    words.windows(2).any(|pair| pair[1] == "version" && is_owner(pair[0]))
}

/// Words with an s at their end that are nobody who recorded a song anew.
const NO_OWNERS: [&str; 13] = [
    "bonus",
    "lyrics",
    "christmas",
    "xmas",
    "bass",
    "brass",
    "strings",
    "drums",
    "vocals",
    "voices",
    "series",
    "credits",
    "express",
];

/// Kinds of versions and the folded words that name them.
const VERSION_WORDS: [(&str, &[&str]); 12] = [
    ("live", &["live", "concert", "vivo"]),
    ("cover", &["cover", "tribute", "covered"]),
    ("remix", &["remix", "rmx", "bootleg", "mashup", "rework", "refix", "flip", "dub"]),
    ("acoustic", &["acoustic", "unplugged", "stripped"]),
    ("karaoke", &["karaoke"]),
    ("instrumental", &["instrumental", "instrumentals"]),
    ("demo", &["demo", "rehearsal", "outtake"]),
    ("other speed", &["sped", "nightcore", "slowed", "chopped"]),
    ("new recording", &["rerecorded", "rerecording"]),
    ("other setting", &["orchestral", "symphonic", "piano"]),
    ("a cappella", &["acapella", "acappella"]),
    ("other language", &["spanish", "french", "german", "italian", "japanese", "portuguese"]),
];

/// Phrases that name a kind, by one of its words.
const PHRASES: [(&str, &str); 9] = [
    ("a cappella", "acapella"),
    ("backing track", "karaoke"),
    ("backing tracks", "karaoke"),
    ("in the style of", "karaoke"),
    ("made famous by", "cover"),
    ("originally performed", "cover"),
    ("originally by", "cover"),
    ("re recorded", "rerecorded"),
    ("mtv unplugged", "acoustic"),
];

/// Words of a bracket or after a dash that do not make it another recording.
const NEUTRAL_WORDS: [&str; 27] = [
    "remaster",
    "remastered",
    "remastering",
    "mono",
    "stereo",
    "explicit",
    "clean",
    "official",
    "video",
    "audio",
    "lyrics",
    "lyric",
    "hd",
    "hq",
    "4k",
    "bonus",
    "single",
    "album",
    "edit",
    "version",
    "deluxe",
    "anniversary",
    "original",
    "visualizer",
    "radio",
    "soundtrack",
    "extended",
];

/// A title, taken apart.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct TitleName {
    /// Folded words outside of brackets, without guests and version.
    pub(super) core: Vec<String>,
    /// The same with the words in brackets that name neither guests nor a version.
    pub(super) full: Vec<String>,
    /// Kinds of the version.
    pub(super) versions: Versions,
    /// The folded words that told the version.
    pub(super) version_text: String,
    /// The letters of a title of plain words, with which it can be compared quickly; `None` where it has
    /// a subtitle, a word that may name a version, or letters beyond ASCII.
    pub(super) letters: Option<Letters>,
}

impl TitleName {
    /// Takes a title apart.
    pub(super) fn of(title: &str) -> Self {
        let (mut core, mut full) = (Vec::new(), Vec::new());
        let (mut versions, mut version_text) = (Versions::default(), String::new());
        let mut first = true;
        for (phrase, is_aside) in phrases(title) {
            let folded = fold(&without_guests(phrase, is_aside || !first));
            let kind = if is_aside || !first { aside(&folded) } else { Aside::Words };
            first = false;
            match kind {
                Aside::Nothing => {}
                Aside::Version(kinds) => {
                    versions = versions.union(kinds);
                    version_text.push_str(&compact(&folded));
                }
                Aside::Words => {
                    let words = folded.split_whitespace().map(str::to_owned);
                    full.extend(words.clone());
                    if !is_aside {
                        core.extend(words);
                    }
                }
            }
        }
        if core.is_empty() {
            core.clone_from(&full);
        }
        if core.is_empty() {
            // A title that is nothing but an aside, such as "(Live)".
            core = fold(title).split_whitespace().map(str::to_owned).collect();
            full.clone_from(&core);
            (versions, version_text) = (Versions::default(), String::new());
        }
        let letters = plain_letters(&core, &full);
        Self { core, full, versions, version_text, letters }
    }
}

fn plain_letters(core: &[String], full: &[String]) -> Option<Letters> {
    let is_plain = |word: &String| word.is_ascii() && Versions::of_word(word).is_empty();
    (core == full && full.iter().all(is_plain)).then(|| Letters::of(&full.concat()))
}

/// Whether this part of a name, after a dash, tells of the recording and is neither title nor artist.
pub(super) fn is_remark(part: &str) -> bool {
    !matches!(aside(&fold(&without_guests(part, false))), Aside::Words)
}

enum Aside {
    Nothing,
    Version(Versions),
    Words,
}

/// What a folded bracket, or a part after a dash, says.
fn aside(folded: &str) -> Aside {
    let words = || folded.split_whitespace();
    let neutral = words().any(|word| NEUTRAL_WORDS.contains(&word));
    let versions = match folded {
        "mono mix" | "stereo mix" | "original mix" | "album mix" | "single mix" | "radio mix"
        | "extended mix" => return Aside::Nothing,
        _ => Versions::of_phrase(folded),
    };
    let numbered = words().any(|word| matches!(word, "part" | "pt" | "vol" | "no" | "chapter"));
    if folded.is_empty() {
        Aside::Nothing
    } else if !versions.is_empty() && words().count() <= 8 {
        Aside::Version(versions)
    } else if neutral && !numbered {
        Aside::Nothing
    } else {
        Aside::Words
    }
}

/// The pieces of a title: those in brackets and those between spaced dashes; `true` for brackets.
fn phrases(title: &str) -> Vec<(&str, bool)> {
    let mut pieces = Vec::new();
    let mut rest = title;
    while let Some(open) = rest.find(['(', '[', '{']) {
        let inner = &rest[open + 1..];
        // An unclosed bracket, as in a name cut short, reaches to the end.
        let close = inner.find([')', ']', '}']).unwrap_or(inner.len());
        dashed(&rest[..open], &mut pieces);
        pieces.push((&inner[..close], true));
        rest = inner.get(close + 1..).unwrap_or("");
    }
    dashed(rest, &mut pieces);
    pieces
}

fn dashed<'a>(text: &'a str, pieces: &mut Vec<(&'a str, bool)>) {
    let mut start = 0;
    for dash in dashes(text).chain(std::iter::once(text.len()..text.len())) {
        let piece = &text[start..dash.start];
        start = dash.end;
        if !piece.trim().is_empty() {
            pieces.push((piece, false));
        }
    }
}

/// Where dashes separate: those before a space (`Title- Live` is what is left of `Title: Live` in the
/// name of a file).
pub(super) fn dashes(text: &str) -> impl Iterator<Item = std::ops::Range<usize>> {
    let dash = |c: char| matches!(c, '-' | '\u{2013}' | '\u{2014}');
    text.char_indices()
        .filter(move |(at, c)| dash(*c) && text[at + c.len_utf8()..].starts_with(' '))
        .map(|(at, c)| at..at + c.len_utf8())
}

/// The text before `feat.` and its kin. What stands in brackets or after a dash may begin with `with` for guests; a title that
/// does (`With or Without You`) is a title.
fn without_guests(phrase: &str, is_beside: bool) -> String {
    let mut words: Vec<&str> = Vec::new();
    for word in phrase.split_whitespace() {
        let bare = word.trim_matches('.').to_lowercase();
        let joint = matches!(bare.as_str(), "feat" | "ft" | "featuring" | "prod");
        if joint || (is_beside && words.is_empty() && bare == "with") {
            break;
        }
        words.push(word);
    }
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn titles() {
        let title = |text: &str| {
            let name = TitleName::of(text);
            (name.core.join(" "), name.full.join(" "), name.versions.names())
        };
        let plain = |core: &str, full: &str, kinds: &str| {
            (core.to_owned(), full.to_owned(), kinds.to_owned())
        };
        assert_eq!(title("Song (feat. X) - Remastered 2011"), plain("song", "song", "plain"));
        assert_eq!(title("Song ft. X [Live at Y]"), plain("song", "song", "live"));
        assert_eq!(title("Live and Let Go"), plain("live and let go", "live and let go", "plain"));
        assert_eq!(title("(I Want) More"), plain("more", "i want more", "plain"));
        assert_eq!(title("Song - Acoustic Version"), plain("song", "song", "acoustic"));
        assert_eq!(title("Song (Ann's Version)"), plain("song", "song", "new recording"));
        assert_eq!(title("Song (Anns Version)"), plain("song", "song", "new recording"));
        for of_the_same in
            ["Bonus Version", "Lyrics Version", "Christmas Version", "Mixtape Version"]
        {
            let whole = format!("Song ({of_the_same})");
            assert_eq!(title(&whole).2, "plain", "{of_the_same}");
        }
        assert_eq!(title("Song (Club Mix)"), plain("song", "song", "remix"));
        let with = "with or without you";
        assert_eq!(title("With or Without You - Remastered 2007"), plain(with, with, "plain"));
        assert_eq!(title("With You (feat. X)"), plain("with you", "with you", "plain"));
        assert_eq!(title("Song (with X)"), plain("song", "song", "plain"));
        assert_eq!(title("Song - with X"), plain("song", "song", "plain"));
        assert!(!is_remark("With You"));
        assert_eq!(title("Song, Pt. 2"), plain("song pt 2", "song pt 2", "plain"));
        assert_eq!(title("(Live)"), plain("live", "live", "plain"));
        assert_eq!(title("Song- The Story"), plain("song the story", "song the story", "plain"));
    }
}
