//! Synthesis: from a [`Score`] to stereo sound.
//!
//! Each group of instruments is rendered on a track of its own, in mono, and then put into the
//! [`mix`]: band-limited wavetables, plucked strings, filtered noise, and a voice of a few formants.
//! All values are amplitudes, full scale at 1, sampled at [`SAMPLE_RATE_HZ`].

pub mod bass;
pub mod chords;
pub mod drums;
pub mod envelope;
pub mod filter;
pub mod mix;
pub mod oscillator;
pub mod reverb;
pub mod solo;
pub mod voice;

use super::composition::Score;
use super::composition::rhythm::Strumming;
use super::genre::Shares;
use super::style::{Style, Trait};
use mix::{Mix, Place};
use shared::random::Stream;

/// Sample rate of the demo's songs in hertz: the networks look at nothing above 8 kHz, so that
/// 32,000 is ample and a quarter cheaper than 44,100.
pub const SAMPLE_RATE_HZ: u32 = 32_000;

/// Samples a second, as the oscillators need it.
const RATE: f32 = SAMPLE_RATE_HZ as f32;

/// The instruments of a song.
#[derive(Debug, Clone, PartialEq)]
pub struct Band {
    /// The main chord instrument.
    pub chords: chords::Instrument,
    /// The second one.
    pub support: chords::Instrument,
    /// The bass.
    pub bass: bass::Instrument,
    /// The solo instrument.
    pub solo: solo::Instrument,
    /// The singer.
    pub singer: voice::Singer,
}

impl Band {
    /// Draws the instruments of a song with these shares.
    pub fn draw(shares: &Shares, singer: voice::Singer, stream: &mut Stream) -> Self {
        Self {
            chords: chords::Instrument::draw(shares, stream),
            support: chords::Instrument::draw_support(shares, stream),
            bass: bass::Instrument::draw(shares, stream),
            solo: solo::Instrument::draw(shares, stream),
            singer,
        }
    }

    /// How the main chord instrument is played.
    pub fn strumming(&self) -> Strumming {
        self.chords.strumming()
    }

    /// Renders a score: left and right, `duration_secs` long, with a peak of -1 dB of full scale.
    pub fn render(
        &self,
        score: &Score,
        style: &Style,
        duration_secs: f64,
        stream: &mut Stream,
    ) -> [Vec<f32>; 2] {
        let n_samples = (duration_secs * f64::from(SAMPLE_RATE_HZ)).round() as usize;
        let mut mix = Mix::new(n_samples);
        let mut track = vec![0.0; n_samples];
        let mut play = |place: Place, fill: &mut dyn FnMut(&mut [f32])| {
            track.fill(0.0);
            fill(&mut track);
            mix.add(&track, &place);
        };
        let space = style.get(Trait::Space);
        let chord_level = 0.25 + 0.35 * style.get(Trait::ChordLevel);
        let voice_level = 0.7 + 0.5 * style.get(Trait::VoiceLevel);
        let drum_level = 0.45 + 0.6 * style.get(Trait::DrumLevel);
        let kit = drums::Kit::draw(style, stream);
        for side in &drums::SIDES {
            play(Place { pan: side.pan, level: drum_level, send: 0.12 * space }, &mut |track| {
                kit.play(&score.drums, side, track);
            });
        }
        play(
            Place { pan: 0.0, level: 0.4 + 0.25 * style.get(Trait::SubBass), send: 0.0 },
            &mut |t| {
                self.bass.play(&score.bass, style, t);
            },
        );
        play(Place { pan: -0.35, level: chord_level, send: 0.35 * space }, &mut |track| {
            self.chords.play(&score.chords, style, stream, track);
        });
        play(Place { pan: 0.4, level: 0.6 * chord_level, send: 0.5 * space }, &mut |track| {
            self.support.play(&score.support, style, stream, track);
        });
        play(Place { pan: 0.15, level: 0.55, send: 0.6 * space }, &mut |track| {
            self.solo.play(&score.solo, style, track);
        });
        play(Place { pan: 0.0, level: voice_level, send: 0.5 * space }, &mut |track| {
            self.singer.sing(&score.voice, style, stream, track);
        });
        play(Place { pan: 0.45, level: 0.4 * voice_level, send: 0.6 * space }, &mut |track| {
            self.singer.sing(&score.harmony_voice, style, stream, track);
        });
        mix.master(space)
    }
}

/// Index of the sample at a time.
fn sample_at(secs: f32) -> usize {
    (secs.max(0.0) * RATE) as usize
}

/// Frequency in hertz of a MIDI pitch in equal temperament, 69 being 440 Hz.
fn frequency_hz(pitch: f32) -> f32 {
    440.0 * ((pitch - 69.0) / 12.0).exp2()
}

/// Saturation: `tanh` as a rational function, within 3 % and exactly 1 from 3 on.
fn saturate(x: f32) -> f32 {
    let x = x.clamp(-3.0, 3.0);
    x * (27.0 + x * x) / (27.0 + 9.0 * x * x)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pitches_are_tempered() {
        assert!((frequency_hz(69.0) - 440.0).abs() < 1e-3);
        assert!((frequency_hz(57.0) - 220.0).abs() < 1e-3);
    }

    #[test]
    fn saturation_is_close_to_tanh_and_bounded() {
        for at in -60..=60 {
            let x = at as f32 / 10.0;
            assert!((saturate(x) - x.tanh()).abs() < 0.03, "{x}");
            assert!(saturate(x).abs() <= 1.0);
        }
    }
}
