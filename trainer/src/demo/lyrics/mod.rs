//! Lyrics by rule: rhyming couplets from templates, with words drawn from a mixture of topics.
//!
//! They are English enough for a language detector and for a tokenizer, and mean as little as they
//! should. A verse is new each time, the chorus comes back.

pub mod vocabulary;

use super::composition::form::Text;
use super::genre::Shares;
use shared::random::Stream;
use vocabulary::{AD_LIBS, OPENINGS, RHYMES, STEMS, TOPICS, Topic};

/// How far an artist's or a song's favourite topics differ from their genre's, as standard deviation of
/// the logarithm of the weights.
const TASTE: f64 = 0.3;

/// An artist's love of each topic, as a factor.
#[derive(Debug, Clone, PartialEq)]
pub struct Taste([f64; TOPICS.len()]);

impl Taste {
    /// Draws a taste.
    pub fn draw(stream: &mut Stream) -> Self {
        Self(std::array::from_fn(|_| stream.normal(0.0, TASTE).exp()))
    }
}

/// The words of one song while it is written.
pub struct Writer<'a> {
    shares: Shares,
    /// How often each topic comes up.
    topics: [f64; TOPICS.len()],
    stream: &'a mut Stream,
}

impl<'a> Writer<'a> {
    /// A writer for a song of these shares by an artist of that taste.
    pub fn new(shares: Shares, taste: &Taste, stream: &'a mut Stream) -> Self {
        let topics = std::array::from_fn(|at| {
            let mood = stream.normal(0.0, TASTE).exp();
            shares.mean(&TOPICS[at].weights) * taste.0[at] * mood
        });
        Self { shares, topics, stream }
    }

    /// A title of two to four words.
    pub fn title(&mut self) -> String {
        const TITLES: [&str; 9] = [
            "{a} {n}",
            "{v} the {n}",
            "the {n} and the {n}",
            "{a} {n} {p}",
            "{n} {p}",
            "don't {v} the {n}",
            "one more {n}",
            "my {a} {n}",
            "never {v} a {n}",
        ];
        let template = *self.stream.pick(&TITLES);
        title_case(&self.fill(template))
    }

    /// The lines of a song of that title.
    pub fn text(&mut self, title: &str) -> Text {
        // Rap has more to say: its verses are longer.
        let n_lines = if self.stream.chance(0.15 + 0.6 * self.shares.0[0]) { 8 } else { 6 };
        let verses = vec![self.couplets(n_lines), self.couplets(n_lines)];
        let mut chorus = self.couplets(4);
        let hook = sentence_case(title.trim_end_matches(['?', '!']));
        chorus[0] = format!("{hook}, {}", self.end_of(&chorus[0]));
        chorus[2] = format!("{hook}, {hook}");
        Text { verses, chorus, bridge: self.couplets(2) }
    }

    /// An even number of lines, of which each two rhyme.
    fn couplets(&mut self, n_lines: usize) -> Vec<String> {
        let mut lines = Vec::with_capacity(n_lines);
        while lines.len() < n_lines {
            let rhymes = *self.stream.pick(&RHYMES);
            let first = self.stream.below(rhymes.len());
            let second = (first + 1 + self.stream.below(rhymes.len() - 1)) % rhymes.len();
            for end in [rhymes[first], rhymes[second]] {
                lines.push(self.line(end));
            }
        }
        lines
    }

    fn line(&mut self, end: &str) -> String {
        let opening = self.shares.choose(&OPENINGS, |row| &row.1, self.stream).0;
        let stem = *self.stream.pick(&STEMS);
        let start = self.fill(stem);
        let start = if opening.is_empty() { start } else { inside(&start) };
        let mut line = format!("{opening}{start}");
        if self.stream.chance(0.1 + 0.3 * self.shares.0[0]) {
            let second = *self.stream.pick(&STEMS);
            line = format!("{line}, {}", inside(&self.fill(second)));
        }
        sentence_case(&format!("{line}, {end}"))
    }

    /// The rhyming end of a line.
    fn end_of<'l>(&self, line: &'l str) -> &'l str {
        line.rsplit(", ").next().unwrap_or(line)
    }

    /// Fills a template with words, each from a topic of its own.
    fn fill(&mut self, template: &str) -> String {
        let mut filled = String::with_capacity(2 * template.len());
        let mut rest = template;
        while let Some((before, after)) = rest.split_once('{') {
            let (slot, after) = after.split_once('}').unwrap_or((after, ""));
            filled.push_str(before);
            filled.push_str(self.word(slot));
            rest = after;
        }
        with_articles(&(filled + rest))
    }

    fn word(&mut self, slot: &str) -> &'static str {
        let topic: &Topic = &TOPICS[self.stream.weighted(&self.topics)];
        let words = match slot {
            "n" => topic.nouns,
            "v" => topic.verbs,
            "a" => topic.adjectives,
            _ => topic.places,
        };
        words[self.stream.below(words.len())]
    }

    /// The text as a lyrics site has it: marked sections, now and then a call in brackets.
    pub fn page(&mut self, text: &Text, artist: &str) -> String {
        let mut page = String::new();
        let mut add = |mark: String, lines: &[String], writer: &mut Self| {
            page.push_str(&format!("[{mark}]\n"));
            for line in lines {
                page.push_str(line);
                if writer.stream.chance(0.1) {
                    let call = writer.shares.choose(&AD_LIBS, |row| &row.1, writer.stream).0;
                    page.push_str(&format!(" {call}"));
                }
                page.push('\n');
            }
            page.push('\n');
        };
        for (at, verse) in text.verses.iter().enumerate() {
            add(format!("Verse {}: {artist}", at + 1), verse, self);
            add("Chorus".into(), &text.chorus, self);
        }
        add("Bridge".into(), &text.bridge, self);
        if self.stream.chance(0.5) {
            add("Outro".into(), &text.chorus[..2], self);
        }
        page.trim_end().to_owned()
    }
}

/// The beginning of a sentence as it stands inside one: in lower case, unless it is "I".
fn inside(text: &str) -> String {
    let mut letters = text.chars();
    match letters.next() {
        Some(first) if !text.starts_with("I ") => first.to_lowercase().chain(letters).collect(),
        _ => text.to_owned(),
    }
}

/// "a" made "an" before a vowel.
fn with_articles(text: &str) -> String {
    let words: Vec<&str> = text.split(' ').collect();
    let article = |at: usize| {
        let next = words.get(at + 1).and_then(|word| word.chars().next());
        match words[at] {
            "a" if next.is_some_and(|letter| "aeio".contains(letter)) => "an",
            word => word,
        }
    };
    (0..words.len()).map(article).collect::<Vec<_>>().join(" ")
}

/// The first letter of the first word in upper case.
fn sentence_case(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

/// The first letter of every word in upper case, but for the small ones inside.
fn title_case(text: &str) -> String {
    const SMALL: [&str; 11] =
        ["the", "a", "of", "and", "in", "on", "by", "at", "to", "for", "with"];
    let words: Vec<String> =
        text.split(' ')
            .enumerate()
            .map(|(at, word)| {
                if at > 0 && SMALL.contains(&word) { word.to_owned() } else { sentence_case(word) }
            })
            .collect();
    words.join(" ")
}

#[cfg(test)]
mod tests {
    use super::super::genre::Genre;
    use super::*;
    use shared::random::Seed;
    use std::collections::BTreeMap;

    fn song(seed: u64, genre: Genre) -> String {
        let mut stream = Seed(seed).stream("song");
        let taste = Taste::draw(&mut stream);
        let lean = stream.unit();
        let shares = Shares::draw(genre, genre.partner_in_words(), lean, &mut stream);
        let mut writer = Writer::new(shares, &taste, &mut stream);
        let title = writer.title();
        let text = writer.text(&title);
        writer.page(&text, "Nobody")
    }

    #[test]
    fn a_song_has_sections_and_a_few_hundred_english_words() {
        for seed in 0..20 {
            let page = song(seed, Genre::ALL[seed as usize % 4]);
            let n_words = page.split_whitespace().count();
            assert!((150..=420).contains(&n_words), "{n_words} words: {page}");
            assert!(page.contains("[Verse 1: Nobody]") && page.contains("[Chorus]"));
            assert!(!page.contains(['{', '}']), "{page}");
            assert_eq!(whichlang::detect_language(&page), whichlang::Lang::Eng);
        }
    }

    /// The words of two genres agree in part: more between partners than between strangers.
    #[test]
    fn vocabularies_overlap_without_agreeing() {
        let counts = |genre: Genre| {
            let mut counts: BTreeMap<String, f64> = BTreeMap::new();
            let pages: Vec<String> = (0..60).map(|seed| song(seed, genre)).collect();
            let words: Vec<&str> = pages.iter().flat_map(|page| page.split_whitespace()).collect();
            for word in &words {
                *counts.entry((*word).to_owned()).or_default() += 1.0 / words.len() as f64;
            }
            counts
        };
        let shared = |a: Genre, b: Genre| -> f64 {
            let (a, b) = (counts(a), counts(b));
            a.iter().map(|(word, part)| part.min(*b.get(word).unwrap_or(&0.0))).sum()
        };
        let partners = shared(Genre::Pop, Genre::Country);
        let strangers = shared(Genre::Rap, Genre::Country);
        assert!(strangers < partners, "{strangers} {partners}");
        assert!(strangers > 0.4 && partners < 0.97, "{strangers} {partners}");
    }
}
