//! The bass.

use super::super::composition::Note;
use super::super::genre::Shares;
use super::super::style::{Style, Trait};
use super::envelope::Shape;
use super::oscillator::{SAW, SINE, SOFT};
use super::{chords::Tone, filter, saturate};
use shared::random::Stream;

/// A bass instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instrument {
    /// A deep sine that rings on.
    Sub,
    /// A plucked bass guitar.
    Finger,
    /// A synthesiser's sawtooth.
    Saw,
}

/// Instruments with weights by genre (rap, pop, country, rock).
const WEIGHTS: [(Instrument, [f64; 4]); 3] = [
    (Instrument::Sub, [0.65, 0.30, 0.04, 0.05]),
    (Instrument::Finger, [0.20, 0.35, 0.86, 0.75]),
    (Instrument::Saw, [0.15, 0.35, 0.10, 0.20]),
];

impl Instrument {
    /// Draws the bass of a song with these shares.
    pub fn draw(shares: &Shares, stream: &mut Stream) -> Self {
        shares.choose(&WEIGHTS, |row| &row.1, stream).0
    }

    /// Plays the notes onto a track.
    pub fn play(self, notes: &[Note], style: &Style, track: &mut [f32]) {
        let (table, decay_secs, sustain, corner_hz) = match self {
            Self::Sub => (&*SINE, 0.5, 0.45, 900.0),
            Self::Finger => (&*SOFT, 0.35, 0.35, 1200.0),
            Self::Saw => (&*SAW, 0.3, 0.6, 600.0),
        };
        let shape = Shape { attack_secs: 0.006, decay_secs, sustain, release_secs: 0.03 };
        let tone = Tone { table, shape, detune_cents: 0.0, vibrato_cents: 0.0 };
        for note in notes {
            tone.add(note, 0.8, track);
        }
        // Saturation gives small loudspeakers something to show of the low notes.
        let drive = 1.0 + 2.0 * style.get(Trait::Drive);
        track.iter_mut().for_each(|sample| *sample = saturate(drive * *sample) / drive.sqrt());
        filter::low_pass(track, corner_hz * (0.7 + style.get(Trait::Brightness)));
    }
}
