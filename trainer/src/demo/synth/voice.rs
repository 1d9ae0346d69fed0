//! The voice: a sawtooth for the vocal folds, and a resonance for each formant of the vowel.
//!
//! Formant frequencies follow Peterson and Barney, "Control Methods Used in a Study of the Vowels"
//! (1952). It sings vowels and hisses, no words: one hears where a text would be, not which.

use super::super::composition::{Syllable, Vowel};
use super::super::style::{Style, Trait};
use super::filter::{self, Filter};
use super::oscillator::{Noise, Oscillator, SAW};
use super::{RATE, frequency_hz, sample_at};
use shared::random::Stream;
use std::f32::consts::TAU;

/// Samples between two settings of pitch and formants: 2 ms.
const BLOCK: usize = 64;

/// Loudness of the three formants.
const FORMANT_LEVELS: [f32; 3] = [1.0, 0.55, 0.3];

/// The build of a singer.
#[derive(Debug, Clone, PartialEq)]
pub struct Singer {
    /// Comfortable middle, as MIDI number.
    pub centre: f32,
    /// Formants relative to those of a grown man: about 1.15 for a woman.
    pub formant_scale: f32,
}

impl Vowel {
    /// Frequencies of the first three formants in hertz.
    fn formants_hz(self) -> [f32; 3] {
        match self {
            Self::A => [730.0, 1090.0, 2440.0],
            Self::E => [530.0, 1840.0, 2480.0],
            Self::I => [300.0, 2290.0, 3010.0],
            Self::O => [500.0, 870.0, 2410.0],
            Self::U => [330.0, 900.0, 2240.0],
        }
    }
}

/// What changes while a song is sung.
struct Throat {
    folds: Oscillator<'static>,
    noise: Noise,
    formants: [Filter; 3],
    hiss: Filter,
    formants_hz: [f32; 3],
    pitch: f32,
    level: f32,
}

impl Singer {
    /// Sings the syllables, one after the other, onto a track.
    pub fn sing(
        &self,
        syllables: &[Syllable],
        style: &Style,
        stream: &mut Stream,
        track: &mut [f32],
    ) {
        let mut throat = Throat {
            folds: Oscillator::new(&SAW, frequency_hz(self.centre + 5.0), 0.0),
            noise: Noise::new(stream.bits()),
            formants: std::array::from_fn(|_| Filter::new(500.0, 5.0)),
            hiss: Filter::new(5500.0, 1.2),
            formants_hz: Vowel::A.formants_hz(),
            pitch: self.centre,
            level: 0.0,
        };
        for (at, syllable) in syllables.iter().enumerate() {
            let start = sample_at(syllable.note.start_secs).min(track.len());
            let next = syllables.get(at + 1).map_or(track.len(), |next| {
                sample_at(next.note.start_secs).clamp(start, track.len())
            });
            // A voice fades within a fifth of a second: silence between lines costs nothing.
            let end = next.min(start + sample_at(syllable.note.duration_secs + 0.2));
            self.sing_one(syllable, &mut throat, style, &mut track[start..end]);
            if end < next {
                throat.level = 0.0;
            }
        }
        filter::high_pass(track, 110.0);
    }

    fn sing_one(&self, syllable: &Syllable, throat: &mut Throat, style: &Style, track: &mut [f32]) {
        let note = &syllable.note;
        let target_hz = syllable.vowel.formants_hz().map(|hz| hz * self.formant_scale);
        let breath = 0.02 + 0.12 * style.get(Trait::Breath);
        let vibrato = 0.45 * style.get(Trait::Vibrato);
        let hiss_secs = if syllable.hiss { 0.045 } else { 0.0 };
        for (at, block) in track.chunks_mut(BLOCK).enumerate() {
            let secs = (at * BLOCK) as f32 / RATE;
            let held = secs < note.duration_secs && secs >= hiss_secs;
            // Pitch and mouth glide to the new syllable within some 40 ms.
            throat.pitch += 0.08 * (note.pitch - throat.pitch);
            let swell = ((secs - 0.2) / 0.3).clamp(0.0, 1.0);
            let pitch = throat.pitch + vibrato * swell * (TAU * 5.2 * secs).sin();
            throat.folds.bend(frequency_hz(pitch));
            for (now, target) in throat.formants_hz.iter_mut().zip(target_hz) {
                *now += 0.1 * (target - *now);
            }
            for (filter, hz) in throat.formants.iter_mut().zip(throat.formants_hz) {
                filter.tune(hz, (hz / 110.0).clamp(4.0, 14.0));
            }
            let target = if held { note.velocity } else { 0.0 };
            let hiss = if secs < hiss_secs { 0.10 } else { 0.0 };
            throat.fill(block, target, breath, hiss);
        }
    }
}

impl Throat {
    fn fill(&mut self, block: &mut [f32], target: f32, breath: f32, hiss: f32) {
        for sample in block {
            self.level += 0.0022 * (target - self.level);
            let noise = self.noise.advance();
            let source = self.level * (self.folds.advance() + breath * noise);
            let mut out = 0.12 * source;
            for (filter, level) in self.formants.iter_mut().zip(FORMANT_LEVELS) {
                out += level * filter.band(source);
            }
            *sample += out;
            if hiss > 0.0 {
                *sample += hiss * self.hiss.band(noise);
            }
        }
    }
}
