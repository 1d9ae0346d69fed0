//! Song form: which section each bar belongs to, and the text of each section.

use shared::random::Stream;

/// The kind of a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Instruments alone, thinly.
    Intro,
    /// New words over a quiet accompaniment.
    Verse,
    /// The same words each time, with everyone playing.
    Chorus,
    /// Something else before the last chorus.
    Bridge,
}

impl Kind {
    /// How much is going on, 0 to 1.
    pub fn energy(self) -> f32 {
        match self {
            Self::Intro => 0.8,
            Self::Verse => 0.75,
            Self::Chorus => 1.0,
            Self::Bridge => 0.65,
        }
    }
}

/// A section of a song.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Section {
    /// Its kind.
    pub kind: Kind,
    /// Which of its kind, from 0.
    pub number: usize,
    /// Its bars.
    pub bars: std::ops::Range<usize>,
}

/// What is sung: lines by section.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Text {
    /// Lines of each verse.
    pub verses: Vec<Vec<String>>,
    /// Lines of the chorus.
    pub chorus: Vec<String>,
    /// Lines of the bridge.
    pub bridge: Vec<String>,
}

impl Text {
    /// The lines of a section; none in the intro.
    pub fn lines(&self, section: &Section) -> &[String] {
        match section.kind {
            Kind::Intro => &[],
            Kind::Verse if self.verses.is_empty() => &[],
            Kind::Verse => &self.verses[section.number % self.verses.len()],
            Kind::Chorus => &self.chorus,
            Kind::Bridge => &self.bridge,
        }
    }
}

/// Forms: sections with their part of the song.
const FORMS: [&[(Kind, f64)]; 3] = [
    &[
        (Kind::Intro, 0.09),
        (Kind::Verse, 0.19),
        (Kind::Chorus, 0.18),
        (Kind::Verse, 0.18),
        (Kind::Chorus, 0.18),
        (Kind::Bridge, 0.08),
        (Kind::Chorus, 0.10),
    ],
    &[
        (Kind::Intro, 0.05),
        (Kind::Chorus, 0.14),
        (Kind::Verse, 0.21),
        (Kind::Chorus, 0.16),
        (Kind::Verse, 0.18),
        (Kind::Bridge, 0.09),
        (Kind::Chorus, 0.17),
    ],
    &[
        (Kind::Intro, 0.09),
        (Kind::Verse, 0.33),
        (Kind::Chorus, 0.17),
        (Kind::Bridge, 0.09),
        (Kind::Verse, 0.15),
        (Kind::Chorus, 0.17),
    ],
];

/// The sections of a song of so many bars: each an even number of bars where there is room.
pub fn sections(n_bars: usize, stream: &mut Stream) -> Vec<Section> {
    let form = *stream.pick(&FORMS);
    let unit = if n_bars >= 24 { 2 } else { 1 };
    let mut counts = [0usize; 4];
    let mut sections = Vec::with_capacity(form.len());
    let (mut start, mut part_done) = (0, 0.0);
    for (at, (kind, part)) in form.iter().enumerate() {
        part_done += part;
        let end = (part_done * n_bars as f64 / unit as f64).round() as usize * unit;
        let end = if at + 1 == form.len() { n_bars } else { end.min(n_bars) };
        if end > start {
            let number = counts[*kind as usize];
            counts[*kind as usize] += 1;
            sections.push(Section { kind: *kind, number, bars: start..end });
            start = end;
        }
    }
    sections
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::random::Seed;

    #[test]
    fn sections_fill_the_song_without_gaps() {
        let mut stream = Seed(2).stream("form");
        for n_bars in 1..80 {
            let sections = sections(n_bars, &mut stream);
            let mut next = 0;
            for section in &sections {
                assert_eq!(section.bars.start, next, "{n_bars} bars: {sections:?}");
                next = section.bars.end;
            }
            assert_eq!(next, n_bars);
        }
    }

    #[test]
    fn a_whole_song_has_every_kind_of_section() {
        let sections = sections(42, &mut Seed(2).stream("form"));
        for kind in [Kind::Intro, Kind::Verse, Kind::Chorus, Kind::Bridge] {
            assert!(sections.iter().any(|section| section.kind == kind), "{kind:?}");
        }
    }
}
