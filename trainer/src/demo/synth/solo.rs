//! The solo instrument of intro and bridge.

use super::super::composition::Note;
use super::super::genre::Shares;
use super::super::style::{Style, Trait};
use super::chords::Tone;
use super::envelope::Shape;
use super::oscillator::{HOLLOW, SAW, SOFT, Wavetable};
use super::{filter, saturate};
use shared::random::Stream;

/// A solo instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instrument {
    /// Struck bars.
    Bell,
    /// A synthesiser.
    Synthesiser,
    /// A fiddle.
    Fiddle,
    /// A distorted guitar.
    DrivenGuitar,
}

/// Instruments with weights by genre (rap, pop, country, rock).
const WEIGHTS: [(Instrument, [f64; 4]); 4] = [
    (Instrument::Bell, [0.50, 0.35, 0.10, 0.05]),
    (Instrument::Synthesiser, [0.35, 0.45, 0.05, 0.15]),
    (Instrument::Fiddle, [0.05, 0.10, 0.60, 0.10]),
    (Instrument::DrivenGuitar, [0.10, 0.10, 0.25, 0.70]),
];

impl Instrument {
    /// Draws the solo instrument of a song with these shares.
    pub fn draw(shares: &Shares, stream: &mut Stream) -> Self {
        shares.choose(&WEIGHTS, |row| &row.1, stream).0
    }

    /// Plays the notes onto a track.
    pub fn play(self, notes: &[Note], style: &Style, track: &mut [f32]) {
        let (table, attack_secs, sustain, vibrato_cents, gain): (&Wavetable, _, _, _, f32) =
            match self {
                Self::Bell => (&HOLLOW, 0.002, 0.0, 0.0, 1.0),
                Self::Synthesiser => (&SOFT, 0.01, 0.6, 8.0, 1.5),
                Self::Fiddle => (&SAW, 0.06, 0.85, 22.0, 1.0),
                Self::DrivenGuitar => (&SAW, 0.005, 0.8, 15.0, 8.0),
            };
        let shape = Shape { attack_secs, decay_secs: 0.45, sustain, release_secs: 0.08 };
        let tone = Tone { table, shape, detune_cents: 4.0, vibrato_cents };
        notes.iter().for_each(|note| tone.add(note, 0.5, track));
        track.iter_mut().for_each(|sample| *sample = saturate(gain * *sample) / gain.sqrt());
        filter::low_pass(track, 2000.0 + 3500.0 * style.get(Trait::Brightness));
        filter::high_pass(track, 180.0);
    }
}
