//! The drums: each is rendered once for a song and then put wherever it is struck.

use super::super::composition::{Drum, Stroke};
use super::super::style::{Style, Trait};
use super::filter::Filter;
use super::oscillator::Noise;
use super::{RATE, sample_at, saturate};
use shared::random::Stream;
use std::f32::consts::TAU;

/// Drums that stand at one place in the stereo field.
#[derive(Debug)]
pub struct Side {
    /// Place from -1 (left) to 1 (right).
    pub pan: f32,
    drums: &'static [Drum],
}

/// The places of the drums.
pub const SIDES: [Side; 3] = [
    Side { pan: 0.0, drums: &[Drum::Kick, Drum::Snare] },
    Side { pan: 0.3, drums: &[Drum::Hat, Drum::OpenHat] },
    Side { pan: -0.3, drums: &[Drum::Tom, Drum::Crash] },
];

/// The sounds of a song's drums.
#[derive(Debug)]
pub struct Kit {
    sounds: [Vec<f32>; 6],
}

impl Kit {
    /// Draws the drums of a song: between a kit in a room and a machine, as its style has it.
    pub fn draw(style: &Style, stream: &mut Stream) -> Self {
        let electronic = style.get(Trait::Electronic);
        let sub = style.get(Trait::SubBass);
        let mut noise = Noise::new(stream.bits());
        let vary = |stream: &mut Stream| stream.between(0.9, 1.1) as f32;
        let snare = Snare {
            body_hz: (215.0 - 35.0 * electronic) * vary(stream),
            centre_hz: (2200.0 - 700.0 * electronic) * vary(stream),
            decay_secs: (0.13 - 0.04 * electronic) * vary(stream),
            clap: electronic > 0.55,
        };
        let hat_hz = (6500.0 + 2000.0 * electronic) * vary(stream);
        let kick_secs = (0.11 + 0.22 * sub * electronic) * vary(stream);
        Self {
            // In the order of `Drum`.
            sounds: [
                thump(58.0 - 12.0 * sub, 170.0 - 60.0 * electronic, kick_secs),
                snare.render(&mut noise),
                cymbal(hat_hz, 0.025, 0.65, &mut noise),
                cymbal(hat_hz, 0.16, 0.55, &mut noise),
                thump(105.0, 60.0, 0.16),
                cymbal(4200.0, 0.55, 0.5, &mut noise),
            ],
        }
    }

    /// Plays the strokes on the drums of one side onto a track.
    pub fn play(&self, strokes: &[Stroke], side: &Side, track: &mut [f32]) {
        for stroke in strokes.iter().filter(|stroke| side.drums.contains(&stroke.drum)) {
            let start = sample_at(stroke.start_secs).min(track.len());
            let sound = &self.sounds[stroke.drum as usize];
            for (sample, value) in track[start..].iter_mut().zip(sound) {
                *sample += stroke.velocity * value;
            }
        }
    }
}

/// A skin: a sine that falls by `fall_hz` to `end_hz` and dies away.
fn thump(end_hz: f32, fall_hz: f32, decay_secs: f32) -> Vec<f32> {
    let mut phase = 0.0f32;
    (0..sample_at(decay_secs * 5.0))
        .map(|at| {
            let secs = at as f32 / RATE;
            phase += (end_hz + fall_hz * (-secs / 0.022).exp()) / RATE;
            let attack = (secs / 0.002).min(1.0);
            saturate(1.4 * attack * (TAU * phase.fract()).sin() * (-secs / decay_secs).exp())
        })
        .collect()
}

/// A cymbal: noise above a corner in hertz.
fn cymbal(corner_hz: f32, decay_secs: f32, level: f32, noise: &mut Noise) -> Vec<f32> {
    let mut filter = Filter::new(corner_hz, 0.9);
    (0..sample_at(decay_secs * 5.0))
        .map(|at| {
            let secs = at as f32 / RATE;
            let attack = (secs / 0.001).min(1.0);
            level * attack * filter.high(noise.advance()) * (-secs / decay_secs).exp()
        })
        .collect()
}

/// A snare drum or a clap: a body and rattling noise.
struct Snare {
    body_hz: f32,
    centre_hz: f32,
    decay_secs: f32,
    /// Whether the noise comes in four quick bursts, as of many hands.
    clap: bool,
}

impl Snare {
    fn render(&self, noise: &mut Noise) -> Vec<f32> {
        let mut rattle = Filter::new(self.centre_hz, 0.8);
        let mut phase = 0.0f32;
        (0..sample_at(self.decay_secs * 5.0))
            .map(|at| {
                let secs = at as f32 / RATE;
                phase += self.body_hz * (1.0 + 0.4 * (-secs / 0.01).exp()) / RATE;
                let attack = (secs / 0.001).min(1.0);
                let body = 0.5 * (TAU * phase.fract()).sin() * (-secs / 0.06).exp();
                let burst =
                    if self.clap && secs < 0.03 { 1.0 - (secs / 0.01).fract() } else { 1.0 };
                let hiss =
                    1.3 * rattle.band(noise.advance()) * burst * (-secs / self.decay_secs).exp();
                let body = if self.clap { 0.3 * body } else { body };
                saturate(attack * (body + hiss))
            })
            .collect()
    }
}
