//! Melody: what the voice and the solo instrument do.
//!
//! Each kind of section has one contour that its lines share, so that a chorus is recognised when it
//! comes back. Tones on the beat belong to the chord; those between them are steps of the scale.

use super::super::style::Trait;
use super::form::{Kind, Section};
use super::grid::STEPS;
use super::harmony::Harmony;
use super::{Brief, Note, Plan, Score, Syllable, Vowel};
use shared::random::Stream;

/// Points of a melodic contour over one line.
const CONTOUR_POINTS: usize = 8;

/// A contour in scale degrees around the middle of the voice.
type Contour = [i32; CONTOUR_POINTS];

/// A random walk of small steps that returns to where it began.
fn contour(stream: &mut Stream) -> Contour {
    let mut contour = [0; CONTOUR_POINTS];
    let mut degree = stream.below(3) as i32 - 1;
    for point in &mut contour {
        *point = degree;
        degree += stream.weighted(&[1.0, 3.0, 2.0, 3.0, 1.0]) as i32 - 2;
        degree = degree.clamp(-3, 4);
    }
    contour[CONTOUR_POINTS - 1] = contour[0];
    contour
}

/// How the voice of a song moves, drawn once.
struct Singer {
    /// How much is sung rather than spoken, 0 to 1.
    sung: f32,
    /// Bars that a line of text takes.
    bars_per_line: usize,
    centre: i32,
    /// Contours of verse, chorus and bridge, two each for questions and answers.
    contours: [[Contour; 2]; 3],
}

impl Singer {
    fn draw(brief: &Brief<'_>, stream: &mut Stream) -> Self {
        let dense = brief.style.get(Trait::Syllables);
        Self {
            sung: brief.style.get(Trait::Sung),
            bars_per_line: if dense > 0.58 { 1 } else { 2 },
            centre: brief.voice_centre.round() as i32,
            contours: std::array::from_fn(|_| [contour(stream), contour(stream)]),
        }
    }

    /// Pitch of a syllable at this part (0 to 1) of a line.
    fn pitch(&self, harmony: &Harmony, place: &Place<'_>, part: f64) -> f32 {
        let kind = match place.section.kind {
            Kind::Intro | Kind::Verse => 0,
            Kind::Chorus => 1,
            Kind::Bridge => 2,
        };
        let lift = if kind == 1 { 2 } else { 0 };
        let contour = &self.contours[kind][place.line % 2];
        let degree = contour[(part * CONTOUR_POINTS as f64) as usize % CONTOUR_POINTS] + lift;
        let tuned = harmony.pitch(self.centre - 6, degree);
        let tuned =
            if place.on_beat { harmony.nearest_chord_tone(place.bar, tuned) } else { tuned };
        // Speech stays near one pitch and falls towards the end of the line.
        let spoken = (self.centre - 4) as f32 + 0.5 * degree as f32 - 3.0 * part as f32;
        spoken + (tuned as f32 - spoken) * (2.2 * self.sung - 0.4).clamp(0.0, 1.0)
    }
}

/// Where a syllable stands.
struct Place<'a> {
    section: &'a Section,
    line: usize,
    bar: usize,
    on_beat: bool,
}

/// The voice: each section sings as many of its lines as fit.
pub fn write_voice(plan: &Plan<'_>, stream: &mut Stream, score: &mut Score) {
    let Plan { brief, grid, harmony } = plan;
    let singer = Singer::draw(brief, stream);
    for section in &harmony.sections {
        let lines = brief.text.lines(section);
        if lines.is_empty() {
            continue;
        }
        let starts = section.bars.clone().step_by(singer.bars_per_line);
        for (line, bar) in starts.enumerate() {
            let n_bars = singer.bars_per_line.min(section.bars.end - bar);
            let sung = sing_line(&lines[line % lines.len()], n_bars, stream);
            for (step, n_steps, part, sound) in sung {
                let bar = bar + step / STEPS;
                let step = step % STEPS;
                let place = Place { section, line, bar, on_beat: step.is_multiple_of(4) };
                let note = Note {
                    start_secs: grid.at(bar, step),
                    duration_secs: grid.secs(n_steps as f64) * 0.95,
                    pitch: singer.pitch(harmony, &place, part),
                    velocity: 0.7 + 0.2 * section.kind.energy(),
                };
                let syllable = Syllable { note, vowel: sound.vowel, hiss: sound.hiss };
                score.voice.push(syllable);
                if section.kind == Kind::Chorus && singer.sung > 0.5 {
                    score.harmony_voice.push(second_voice(&syllable, harmony, bar));
                }
            }
        }
    }
}

/// The same syllable on the chord tone above, softer.
fn second_voice(syllable: &Syllable, harmony: &Harmony, bar: usize) -> Syllable {
    let above = harmony.nearest_chord_tone(bar, syllable.note.pitch.round() as i32 + 4);
    let note = Note { pitch: above as f32, ..syllable.note };
    Syllable { note, hiss: false, ..*syllable }
}

/// Start step, length in steps, part of the line gone by, and sound of each syllable of a line.
fn sing_line(line: &str, n_bars: usize, stream: &mut Stream) -> Vec<(usize, usize, f64, Sound)> {
    let room = n_bars * STEPS - 2;
    // Sixteenths are the quickest that can be sung: what does not fit is left out.
    let sounds: Vec<Sound> = line.split_whitespace().flat_map(sounds).take(room * 3 / 4).collect();
    if sounds.is_empty() {
        return Vec::new();
    }
    // Slow lines move in eighths, quick ones in sixteenths; each syllable gets a step of its own.
    let unit = if 2 * sounds.len() <= room { 2 } else { 1 };
    let late = if stream.chance(0.3) { unit } else { 0 };
    let mut starts: Vec<usize> = Vec::with_capacity(sounds.len());
    for at in 0..sounds.len() {
        let ideal = at * (room - late) / sounds.len() / unit * unit + late;
        starts.push(starts.last().map_or(ideal, |last| ideal.max(last + 1)));
    }
    let n = sounds.len() as f64;
    (0..sounds.len())
        .map(|at| {
            let end = starts.get(at + 1).copied().unwrap_or(room).max(starts[at] + 1);
            (starts[at], (end - starts[at]).min(8), at as f64 / n, sounds[at])
        })
        .collect()
}

/// What the singer makes of a syllable.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sound {
    vowel: Vowel,
    hiss: bool,
}

/// The syllables of an English word, roughly: one for each group of vowel letters, a final silent
/// "e" left out, with a hiss where one of s, c, f, t, x, z, h stands before it.
fn sounds(word: &str) -> Vec<Sound> {
    let letters: Vec<char> = word.to_lowercase().chars().filter(|c| c.is_alphabetic()).collect();
    let mut sounds = Vec::new();
    for (at, letter) in letters.iter().enumerate() {
        let Some(vowel) = vowel(*letter) else { continue };
        let before = at.checked_sub(1).map(|before| letters[before]);
        let silent = *letter == 'e' && at + 1 == letters.len() && !sounds.is_empty();
        if before.is_some_and(|before| self::vowel(before).is_some()) || silent {
            continue;
        }
        let hiss = before.is_some_and(|before| "scftxzh".contains(before));
        sounds.push(Sound { vowel, hiss });
    }
    sounds
}

fn vowel(letter: char) -> Option<Vowel> {
    match letter {
        'a' => Some(Vowel::A),
        'e' => Some(Vowel::E),
        'i' | 'y' => Some(Vowel::I),
        'o' => Some(Vowel::O),
        'u' => Some(Vowel::U),
        _ => None,
    }
}

/// The solo instrument: a melody over intro and bridge.
pub fn write_solo(plan: &Plan<'_>, stream: &mut Stream, score: &mut Score) {
    let Plan { grid, harmony, .. } = plan;
    let shape = contour(stream);
    for section in &harmony.sections {
        if !matches!(section.kind, Kind::Intro | Kind::Bridge) {
            continue;
        }
        for bar in section.bars.clone() {
            let mut step = 0;
            while step < STEPS {
                let n_steps = (*stream.pick(&[2, 2, 4, 4, 6])).min(STEPS - step);
                if stream.chance(0.85) {
                    let degree = shape[(bar * 3 + step / 2) % CONTOUR_POINTS];
                    let tuned = harmony.pitch(66, degree);
                    let pitch = if step.is_multiple_of(4) {
                        harmony.nearest_chord_tone(bar, tuned)
                    } else {
                        tuned
                    };
                    score.solo.push(Note {
                        start_secs: grid.at(bar, step),
                        duration_secs: grid.secs(n_steps as f64) * 0.95,
                        pitch: pitch as f32,
                        velocity: 0.7,
                    });
                }
                step += n_steps;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn syllables_are_counted() {
        let count = |word: &str| sounds(word).len();
        assert_eq!(["fire", "tonight", "love", "a", "river"].map(count), [1, 2, 1, 1, 2]);
        assert!(sounds("stay")[0] == Sound { vowel: Vowel::A, hiss: true });
    }

    #[test]
    fn syllables_of_a_line_follow_each_other_within_its_bars() {
        let mut stream = shared::random::Seed(1).stream("line");
        for n_words in 1..20 {
            let line = "river ".repeat(n_words);
            for n_bars in 1..3 {
                let sung = sing_line(&line, n_bars, &mut stream);
                assert!(!sung.is_empty());
                for pair in sung.windows(2) {
                    assert!(pair[0].0 + pair[0].1 <= pair[1].0, "{sung:?}");
                }
                let (start, n_steps, ..) = sung[sung.len() - 1];
                assert!(start + n_steps <= n_bars * STEPS, "{n_words} words: {sung:?}");
            }
        }
    }
}
