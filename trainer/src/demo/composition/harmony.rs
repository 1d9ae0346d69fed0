//! Harmony: a key, a progression for each kind of section, and chords whose voices move little.

use super::super::genre::Shares;
use super::form::{Kind, Section};
use shared::random::Stream;

/// Semitones of the scale degrees above the key note.
type Scale = [i32; 7];

const MAJOR: Scale = [0, 2, 4, 5, 7, 9, 11];
const MINOR: Scale = [0, 2, 3, 5, 7, 8, 10];
const MIXOLYDIAN: Scale = [0, 2, 4, 5, 7, 9, 10];

/// Lowest and highest pitch of the chords' voices, as MIDI numbers.
const CHORD_RANGE: std::ops::RangeInclusive<i32> = 52..=71;

/// Scales, with weights by genre (rap, pop, country, rock).
const SCALES: [(Scale, [f64; 4]); 3] = [
    (MAJOR, [0.20, 0.60, 0.85, 0.35]),
    (MINOR, [0.75, 0.35, 0.05, 0.35]),
    (MIXOLYDIAN, [0.05, 0.05, 0.10, 0.30]),
];

/// Progressions as degrees from 0, with weights by genre. They work in all the scales.
const PROGRESSIONS: [([usize; 4], [f64; 4]); 12] = [
    ([0, 5, 2, 6], [3.0, 1.0, 0.1, 1.0]),
    ([0, 3, 0, 4], [2.0, 0.5, 1.0, 0.5]),
    ([0, 6, 5, 6], [2.0, 0.5, 0.1, 2.0]),
    ([0, 0, 5, 4], [2.0, 0.7, 0.4, 0.7]),
    ([0, 4, 5, 3], [0.7, 3.0, 1.5, 1.0]),
    ([5, 3, 0, 4], [1.0, 3.0, 0.7, 1.0]),
    ([0, 5, 3, 4], [0.5, 2.0, 1.0, 0.5]),
    ([0, 3, 4, 0], [0.3, 0.7, 3.0, 1.0]),
    ([0, 0, 3, 4], [0.3, 0.5, 2.5, 1.0]),
    ([0, 4, 3, 0], [0.3, 0.7, 2.5, 1.0]),
    ([0, 6, 3, 0], [0.5, 0.3, 0.5, 3.0]),
    ([0, 3, 4, 3], [0.3, 0.7, 1.0, 2.5]),
];

/// A chord.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Chord {
    /// The root below the voices, as MIDI number between 28 and 39.
    pub root: i32,
    /// Three voices from low to high, as MIDI numbers.
    pub voices: [i32; 3],
}

/// The harmony of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct Harmony {
    /// Key note, 0 (C) to 11.
    pub key: i32,
    scale: Scale,
    /// The section of each bar.
    pub sections: Vec<Section>,
    /// The chord of each bar, and at the end the last one.
    pub chords: Vec<Chord>,
}

impl Harmony {
    /// Draws key, scale and progressions, and voices the chords.
    pub fn draw(shares: &Shares, sections: &[Section], stream: &mut Stream) -> Self {
        let (scale, _) = *shares.choose(&SCALES, |row| &row.1, stream);
        let key = stream.below(12) as i32;
        let progressions: Vec<[usize; 4]> =
            (0..3).map(|_| shares.choose(&PROGRESSIONS, |row| &row.1, stream).0).collect();
        let mut chords: Vec<Chord> = Vec::new();
        for section in sections {
            let progression = match section.kind {
                Kind::Intro | Kind::Chorus => progressions[0],
                Kind::Verse => progressions[1],
                Kind::Bridge => progressions[2],
            };
            for bar in 0..section.bars.len() {
                let chord = voiced(key, &scale, progression[bar % 4], chords.last());
                chords.push(chord);
            }
        }
        let last = voiced(key, &scale, 0, chords.last());
        chords.push(last);
        Self { key, scale, sections: sections.to_vec(), chords }
    }

    /// The pitch of a scale degree counted from the key note at or above `base` (a MIDI number).
    pub fn pitch(&self, base: i32, degree: i32) -> i32 {
        let tonic = base + (self.key - base).rem_euclid(12);
        tonic + 12 * degree.div_euclid(7) + self.scale[degree.rem_euclid(7) as usize]
    }

    /// The tone of a bar's chord nearest to a pitch, in any octave.
    pub fn nearest_chord_tone(&self, bar: usize, pitch: i32) -> i32 {
        let tones = self.chords[bar.min(self.chords.len() - 1)].voices;
        let distance = |tone: i32| (tone - pitch + 6).rem_euclid(12) - 6;
        pitch + tones.map(distance).into_iter().min_by_key(|d| d.abs()).unwrap_or(0)
    }
}

/// The triad on a degree, in the inversion whose voices lie nearest to those before.
fn voiced(key: i32, scale: &Scale, degree: usize, before: Option<&Chord>) -> Chord {
    let tone = |third: usize| {
        let at = degree + 2 * third;
        key + scale[at % 7] + 12 * (at / 7) as i32
    };
    let classes = [tone(0), tone(1), tone(2)].map(|pitch| pitch.rem_euclid(12));
    let root = 28 + (classes[0] - 28).rem_euclid(12);
    let target = before.map_or([57, 60, 64], |chord| chord.voices);
    let mut best = (i32::MAX, target);
    for lowest in CHORD_RANGE {
        let Some(first) = classes.iter().position(|class| *class == lowest.rem_euclid(12)) else {
            continue;
        };
        let above = |pitch: i32, class: i32| pitch + 1 + (class - pitch - 1).rem_euclid(12);
        let second = above(lowest, classes[(first + 1) % 3]);
        let third = above(second, classes[(first + 2) % 3]);
        let voices = [lowest, second, third];
        let motion: i32 = voices.iter().zip(target).map(|(a, b)| (a - b).abs()).sum();
        if CHORD_RANGE.contains(&third) && motion < best.0 {
            best = (motion, voices);
        }
    }
    Chord { root, voices: best.1 }
}

#[cfg(test)]
mod tests {
    use super::super::form;
    use super::*;
    use shared::random::Seed;

    #[test]
    fn voices_move_little_and_stay_in_range() {
        let mut stream = Seed(4).stream("harmony");
        for _ in 0..200 {
            let sections = form::sections(40, &mut stream);
            let harmony = Harmony::draw(&Shares([0.25; 4]), &sections, &mut stream);
            assert_eq!(harmony.chords.len(), 41);
            for pair in harmony.chords.windows(2) {
                for (a, b) in pair[0].voices.iter().zip(pair[1].voices) {
                    assert!((a - b).abs() <= 5, "{pair:?}");
                    assert!(CHORD_RANGE.contains(&b));
                }
            }
        }
    }

    #[test]
    fn a_chord_holds_its_own_tones() {
        let chord = voiced(0, &MAJOR, 3, None);
        let mut classes = chord.voices.map(|voice| voice % 12);
        classes.sort_unstable();
        assert_eq!((classes, chord.root), ([0, 5, 9], 29), "F major on C");
    }
}
