//! Rhythm: drums, bass and the playing of the chords.

use super::super::style::Trait;
use super::form::Kind;
use super::grid::STEPS;
use super::{Drum, Note, Plan, Score, Stroke};
use shared::random::Stream;

/// How a chord instrument is played.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Strumming {
    /// Held through the bar.
    Held,
    /// Struck in a syncopated pattern.
    Struck,
    /// Strummed in eighths, string after string.
    Strummed,
    /// Root and fifth in eighths.
    Driven,
}

/// A rhythm of one bar: each character is a step, `x` a stroke.
type Pattern = (&'static str, [f64; 4]);

/// Bass drum, with weights by genre (rap, pop, country, rock).
const KICKS: [Pattern; 8] = [
    ("x.....x...x.....", [3.0, 1.0, 0.3, 0.5]),
    ("x..x..x...x...x.", [3.0, 0.7, 0.1, 0.3]),
    ("x......x..x..x..", [2.5, 0.7, 0.1, 0.3]),
    ("x...x...x...x...", [0.5, 3.0, 0.7, 0.7]),
    ("x.....x.x.......", [1.0, 2.0, 1.0, 1.5]),
    ("x.......x.......", [0.5, 1.0, 3.0, 1.0]),
    ("x.......x.x.....", [0.5, 1.0, 2.0, 2.5]),
    ("x.x.....x.x...x.", [0.3, 0.5, 0.7, 3.0]),
];

/// Snare drum.
const SNARES: [Pattern; 4] = [
    ("....x.......x...", [2.0, 3.0, 2.5, 3.0]),
    ("........x.......", [1.5, 0.5, 0.3, 0.3]),
    ("....x.......x..x", [1.5, 0.7, 0.3, 0.7]),
    ("....x..x....x...", [0.7, 0.7, 0.7, 1.0]),
];

/// Strokes of struck chords.
const STRUCK: [Pattern; 5] = [
    ("x.....x.........", [2.0, 1.0, 0.5, 0.5]),
    ("x..x..x.........", [1.0, 2.0, 0.5, 0.5]),
    ("x...x...x...x...", [1.0, 1.0, 2.0, 1.5]),
    ("x.......x.......", [1.5, 1.0, 1.5, 1.0]),
    ("....x.......x...", [1.0, 1.0, 1.5, 0.7]),
];

/// Strokes of strummed chords.
const STRUMMED: [Pattern; 4] = [
    ("x...x.x...x.x.x.", [1.0, 2.0, 1.5, 1.0]),
    ("x...x.x.x...x.x.", [0.7, 1.0, 2.5, 1.0]),
    ("x.x.x.x.x.x.x.x.", [0.5, 0.7, 1.0, 2.5]),
    ("x.....x.....x...", [2.0, 1.5, 1.0, 0.7]),
];

fn strokes(pattern: &str) -> impl Iterator<Item = usize> {
    pattern.bytes().enumerate().filter(|(_, mark)| *mark == b'x').map(|(step, _)| step)
}

/// The drums: patterns drawn once for the song, fills at the ends of sections.
pub fn write_drums(plan: &Plan<'_>, stream: &mut Stream, score: &mut Score) {
    let Plan { brief, grid, harmony } = plan;
    let kick = brief.shares.choose(&KICKS, |row| &row.1, stream).0;
    let snare = brief.shares.choose(&SNARES, |row| &row.1, stream).0;
    let density = brief.style.get(Trait::HatDensity);
    let mut add = |drum, at, velocity: f32| {
        score.drums.push(Stroke { start_secs: at, drum, velocity });
    };
    for section in &harmony.sections {
        let energy = section.kind.energy();
        if section.kind == Kind::Chorus {
            add(Drum::Crash, grid.at(section.bars.start, 0), 0.55);
        }
        for bar in section.bars.clone() {
            let filled = bar + 1 == section.bars.end && section.bars.len() > 2;
            if section.kind != Kind::Intro {
                strokes(kick).for_each(|step| add(Drum::Kick, grid.at(bar, step), 0.95));
                let last = if filled { 12 } else { STEPS };
                strokes(snare)
                    .filter(|step| *step < last)
                    .for_each(|step| add(Drum::Snare, grid.at(bar, step), 0.55 + 0.35 * energy));
            }
            for (step, drum, velocity) in hats(density * energy, stream) {
                add(drum, grid.at(bar, step), velocity);
            }
            if filled {
                let fill = [Drum::Snare, Drum::Tom, Drum::Tom, Drum::Snare];
                for (at, drum) in fill.into_iter().enumerate() {
                    add(drum, grid.at(bar, 12 + at), 0.5 + 0.1 * at as f32);
                }
            }
        }
    }
    add(Drum::Crash, grid.at(grid.n_bars, 0), 0.5);
    add(Drum::Kick, grid.at(grid.n_bars, 0), 0.9);
}

/// One bar of hi-hats of a density between 0 and 1: quarters, eighths, sixteenths, rolls.
fn hats(density: f32, stream: &mut Stream) -> Vec<(usize, Drum, f32)> {
    let mut hats = Vec::with_capacity(STEPS);
    for step in 0..STEPS {
        let (likelihood, velocity) = match step % 4 {
            0 => (1.0, 0.6),
            2 => (2.2 * density, 0.45),
            _ => (1.6 * (density - 0.45), 0.3),
        };
        if stream.chance(f64::from(likelihood)) {
            let open = step % 8 == 6 && stream.chance(0.12);
            let drum = if open { Drum::OpenHat } else { Drum::Hat };
            hats.push((step, drum, velocity * stream.between(0.8, 1.1) as f32));
        }
    }
    hats
}

/// The bass: roots with the bass drum's accents, fifths on the way.
pub fn write_bass(plan: &Plan<'_>, stream: &mut Stream, score: &mut Score) {
    let Plan { brief, grid, harmony } = plan;
    let pattern = brief.shares.choose(&KICKS, |row| &row.1, stream).0;
    let driving = stream.chance(0.25 + 0.5 * brief.shares.0[3]);
    let alternating = stream.chance(0.15 + 0.6 * brief.shares.0[2]);
    for section in &harmony.sections {
        if section.kind == Kind::Intro {
            continue;
        }
        for bar in section.bars.clone() {
            let root = harmony.chords[bar].root as f32;
            let steps: Vec<usize> = if driving && section.kind == Kind::Chorus {
                (0..STEPS).step_by(2).collect()
            } else {
                strokes(pattern).collect()
            };
            for (at, step) in steps.iter().enumerate() {
                let next = steps.get(at + 1).copied().unwrap_or(STEPS);
                let fifth = if alternating && at % 2 == 1 { 7.0 } else { 0.0 };
                score.bass.push(Note {
                    start_secs: grid.at(bar, *step),
                    duration_secs: grid.secs((next - step) as f64) * 0.92,
                    pitch: root + fifth,
                    velocity: if step.is_multiple_of(4) { 0.9 } else { 0.75 },
                });
            }
        }
    }
    let last = &harmony.chords[grid.n_bars];
    score.bass.push(Note {
        start_secs: grid.at(grid.n_bars, 0),
        duration_secs: 1.2,
        pitch: last.root as f32,
        velocity: 0.8,
    });
}

/// The two chord instruments: the main one throughout, the second one held in the choruses.
pub fn write_chords(plan: &Plan<'_>, stream: &mut Stream, score: &mut Score) {
    let Plan { brief, grid, harmony } = plan;
    let struck = brief.shares.choose(&STRUCK, |row| &row.1, stream).0;
    let strummed = brief.shares.choose(&STRUMMED, |row| &row.1, stream).0;
    let steps: Vec<usize> = match brief.strumming {
        Strumming::Held => vec![0],
        Strumming::Struck => strokes(struck).collect(),
        Strumming::Strummed => strokes(strummed).collect(),
        Strumming::Driven => (0..STEPS).step_by(2).collect(),
    };
    for section in &harmony.sections {
        for bar in section.bars.clone() {
            for (at, step) in steps.iter().enumerate() {
                let next = steps.get(at + 1).copied().unwrap_or(STEPS);
                let stroke = ChordStroke { bar, step: *step, n_steps: next - step };
                let velocity =
                    section.kind.energy() * if step.is_multiple_of(4) { 0.9 } else { 0.7 };
                write_stroke(plan, &stroke, velocity, &mut score.chords);
            }
            if section.kind == Kind::Chorus {
                let held = ChordStroke { bar, step: 0, n_steps: STEPS };
                hold(plan, &held, 0.6, &mut score.support);
            }
        }
    }
    let last = ChordStroke { bar: grid.n_bars, step: 0, n_steps: STEPS };
    write_stroke(plan, &last, 0.8, &mut score.chords);
    hold(plan, &last, 0.6, &mut score.support);
}

/// A stroke of a chord: where it starts and how many steps it lasts.
struct ChordStroke {
    bar: usize,
    step: usize,
    n_steps: usize,
}

fn hold(plan: &Plan<'_>, stroke: &ChordStroke, velocity: f32, notes: &mut Vec<Note>) {
    let Plan { grid, harmony, .. } = plan;
    notes.extend(harmony.chords[stroke.bar].voices.map(|pitch| Note {
        start_secs: grid.at(stroke.bar, stroke.step),
        duration_secs: grid.secs(stroke.n_steps as f64),
        pitch: pitch as f32,
        velocity,
    }));
}

fn write_stroke(plan: &Plan<'_>, stroke: &ChordStroke, velocity: f32, notes: &mut Vec<Note>) {
    let Plan { brief, grid, harmony } = plan;
    let chord = &harmony.chords[stroke.bar];
    let [low, middle, high] = chord.voices;
    let (pitches, delay_secs, part) = match brief.strumming {
        Strumming::Held | Strumming::Struck => (vec![low, middle, high], 0.0, 1.0),
        // Down strokes begin with the low strings, up strokes with the high ones.
        Strumming::Strummed if stroke.step.is_multiple_of(4) => {
            (vec![chord.root + 12, low, middle, high], 0.012, 1.4)
        }
        Strumming::Strummed => (vec![high, middle, low], 0.009, 1.2),
        Strumming::Driven => (vec![chord.root + 12, chord.root + 19], 0.0, 0.95),
    };
    let start_secs = grid.at(stroke.bar, stroke.step);
    let duration_secs = grid.secs(stroke.n_steps as f64) * part;
    notes.extend(pitches.into_iter().enumerate().map(|(at, pitch)| Note {
        start_secs: start_secs + delay_secs * at as f32,
        duration_secs,
        pitch: pitch as f32,
        velocity,
    }));
}
