//! The chord instruments.

use super::super::composition::Note;
use super::super::composition::rhythm::Strumming;
use super::super::genre::Shares;
use super::super::style::{Style, Trait};
use super::envelope::{Envelope, Shape};
use super::oscillator::{HOLLOW, Noise, ORGAN, Oscillator, SAW, SOFT, Wavetable};
use super::{RATE, filter, frequency_hz, sample_at, saturate};
use shared::random::Stream;

/// A chord instrument.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Instrument {
    /// Slow detuned strings.
    Pad,
    /// Electric piano.
    ElectricPiano,
    /// Piano.
    Piano,
    /// Acoustic guitar.
    Guitar,
    /// Distorted guitar.
    DrivenGuitar,
    /// Organ.
    Organ,
}

/// Instruments with weights by genre (rap, pop, country, rock).
const WEIGHTS: [(Instrument, [f64; 4]); 6] = [
    (Instrument::Pad, [0.32, 0.28, 0.03, 0.04]),
    (Instrument::ElectricPiano, [0.34, 0.20, 0.06, 0.04]),
    (Instrument::Piano, [0.18, 0.20, 0.16, 0.08]),
    (Instrument::Guitar, [0.11, 0.22, 0.54, 0.24]),
    (Instrument::DrivenGuitar, [0.03, 0.06, 0.14, 0.50]),
    (Instrument::Organ, [0.02, 0.04, 0.07, 0.10]),
];

impl Instrument {
    /// Draws the main chord instrument of a song with these shares.
    pub fn draw(shares: &Shares, stream: &mut Stream) -> Self {
        shares.choose(&WEIGHTS, |row| &row.1, stream).0
    }

    /// Draws the second chord instrument, one that can hold a chord.
    pub fn draw_support(shares: &Shares, stream: &mut Stream) -> Self {
        match Self::draw(shares, stream) {
            Self::Guitar => Self::Organ,
            held => held,
        }
    }

    /// How the instrument is played.
    pub fn strumming(self) -> Strumming {
        match self {
            Self::Pad | Self::Organ => Strumming::Held,
            Self::ElectricPiano | Self::Piano => Strumming::Struck,
            Self::Guitar => Strumming::Strummed,
            Self::DrivenGuitar => Strumming::Driven,
        }
    }

    fn tone(self) -> Tone<'static> {
        let (table, attack_secs, decay_secs, sustain, release_secs, detune_cents): (
            &'static Wavetable,
            f32,
            f32,
            f32,
            f32,
            f32,
        ) = match self {
            Self::Pad => (&SAW, 0.18, 1.0, 0.8, 0.12, 9.0),
            Self::ElectricPiano => (&HOLLOW, 0.004, 0.7, 0.1, 0.06, 3.0),
            Self::Piano => (&SOFT, 0.003, 0.6, 0.08, 0.05, 2.0),
            Self::Guitar => (&SAW, 0.002, 0.5, 0.0, 0.05, 0.0),
            Self::DrivenGuitar => (&SAW, 0.004, 1.5, 0.6, 0.02, 6.0),
            Self::Organ => (&ORGAN, 0.02, 0.5, 0.9, 0.03, 2.0),
        };
        let shape = Shape { attack_secs, decay_secs, sustain, release_secs };
        Tone { table, shape, detune_cents, vibrato_cents: 0.0 }
    }

    /// Plays the notes onto a track.
    pub fn play(self, notes: &[Note], style: &Style, stream: &mut Stream, track: &mut [f32]) {
        let bright = style.get(Trait::Brightness);
        let drive = style.get(Trait::Drive);
        if self == Self::Guitar {
            let mut noise = Noise::new(stream.bits());
            notes.iter().for_each(|note| pluck(note, bright, &mut noise, track));
        } else {
            let tone = self.tone();
            notes.iter().for_each(|note| tone.add(note, 0.3, track));
        }
        let (gain, corner_hz, floor_hz) = match self {
            Self::DrivenGuitar => (4.0 + 12.0 * drive, 2200.0 + 2600.0 * bright, 90.0),
            Self::Pad => (1.0 + drive, 900.0 + 3000.0 * bright, 120.0),
            Self::Guitar => (1.0 + 1.5 * drive, 3500.0 + 5000.0 * bright, 100.0),
            _ => (1.0 + 1.5 * drive, 1800.0 + 4500.0 * bright, 100.0),
        };
        track.iter_mut().for_each(|sample| *sample = saturate(gain * *sample) / gain.sqrt());
        filter::low_pass(track, corner_hz);
        filter::high_pass(track, floor_hz);
    }
}

/// A tone of one or two oscillators under an envelope.
pub struct Tone<'a> {
    /// The wave.
    pub table: &'a Wavetable,
    /// The envelope.
    pub shape: Shape,
    /// Hundredths of a semitone between two oscillators; 0 for one alone.
    pub detune_cents: f32,
    /// Depth of a vibrato of 5.5 Hz in hundredths of a semitone.
    pub vibrato_cents: f32,
}

impl Tone<'_> {
    /// Adds a note to a track.
    pub fn add(&self, note: &Note, level: f32, track: &mut [f32]) {
        /// Samples between two looks at the vibrato.
        const BLOCK: usize = 64;
        let start = sample_at(note.start_secs).min(track.len());
        let n_samples = self.shape.n_samples(note.duration_secs).min(track.len() - start);
        let frequency = frequency_hz(note.pitch);
        let ratio = (self.detune_cents / 2400.0).exp2();
        // Starting phases differ so that the notes of a chord do not pile up.
        let phase = (note.pitch * 0.381_966).fract();
        let mut one = Oscillator::new(self.table, frequency * ratio, phase);
        let mut two = Oscillator::new(self.table, frequency / ratio, 0.5 * phase);
        let both = self.detune_cents > 0.0;
        let mut envelope = Envelope::new(&self.shape, note.duration_secs);
        let level = level * note.velocity;
        let blocks = track[start..start + n_samples].chunks_mut(BLOCK);
        for (at, block) in blocks.enumerate() {
            if self.vibrato_cents > 0.0 {
                let secs = (at * BLOCK) as f32 / RATE;
                let depth = self.vibrato_cents * (4.0 * secs).min(1.0);
                let bend = depth / 1200.0 * (std::f32::consts::TAU * 5.5 * secs).sin();
                one.bend(frequency * ratio * bend.exp2());
                two.bend(frequency / ratio * bend.exp2());
            }
            for sample in block {
                let wave = if both { 0.6 * (one.advance() + two.advance()) } else { one.advance() };
                *sample += level * envelope.advance() * wave;
            }
        }
    }
}

/// Adds a plucked string to a track: noise in a delay line with a low-pass filter in its loop
/// (Karplus and Strong, "Digital Synthesis of Plucked-String and Drum Timbres", 1983).
fn pluck(note: &Note, bright: f32, noise: &mut Noise, track: &mut [f32]) {
    const MOST_SECS: f32 = 1.6;
    let start = sample_at(note.start_secs).min(track.len());
    let held = sample_at(note.duration_secs.min(MOST_SECS));
    let n_samples = (held + sample_at(0.08)).min(track.len() - start);
    let period = RATE / frequency_hz(note.pitch) - 0.5;
    let n_line = (period as usize).max(2);
    // An all-pass of first order makes up for the fraction of a sample.
    let part = period - n_line as f32;
    let tuning = (1.0 - part) / (1.0 + part);
    let mut pick = filter::Filter::new(1500.0 + 4000.0 * bright, 0.707);
    let mut line: Vec<f32> = (0..n_line).map(|_| pick.low(noise.advance())).collect();
    let loss = 0.996f32.powf(frequency_hz(note.pitch) / 220.0).min(0.9985);
    let (mut at, mut before, mut passed, mut fade) = (0, 0.0, [0.0f32; 2], 1.0f32);
    for (age, sample) in track[start..start + n_samples].iter_mut().enumerate() {
        let now = line[at];
        let smooth = loss * 0.5 * (now + before);
        before = now;
        passed[1] = tuning * (smooth - passed[1]) + passed[0];
        passed[0] = smooth;
        line[at] = passed[1];
        at = if at + 1 == n_line { 0 } else { at + 1 };
        if age > held {
            fade *= 0.997;
        }
        *sample += 0.55 * note.velocity * fade * now;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_plucked_string_has_its_pitch() {
        let mut track = vec![0.0; RATE as usize];
        let note = Note { start_secs: 0.0, duration_secs: 1.0, pitch: 57.0, velocity: 1.0 };
        pluck(&note, 0.5, &mut Noise::new(3), &mut track);
        let tail = &track[sample_at(0.3)..sample_at(0.8)];
        let likeness =
            |lag: usize| -> f32 { tail.iter().zip(&tail[lag..]).map(|(a, b)| a * b).sum() };
        // 220 Hz at 32 kHz: 145.45 samples a period.
        let best = (100..200).max_by(|a, b| likeness(*a).total_cmp(&likeness(*b)));
        assert!(best == Some(145) || best == Some(146), "{best:?}");
    }
}
