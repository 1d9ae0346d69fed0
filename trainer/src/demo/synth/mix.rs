//! The mix: tracks to stereo, reverb, and the master.

use super::{RATE, reverb, saturate};

/// Peak of a finished song: -1 dB of full scale.
pub const PEAK: f32 = 0.891;

/// Mean power that the master aims at before its limiter: about -19 dB of full scale.
const TARGET_RMS: f32 = 0.11;

/// Where a track stands in the mix.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Place {
    /// From -1 (left) to 1 (right), at constant power.
    pub pan: f32,
    /// Gain.
    pub level: f32,
    /// Gain into the reverb, on top of the level.
    pub send: f32,
}

/// A stereo mix under way.
#[derive(Debug)]
pub struct Mix {
    left: Vec<f32>,
    right: Vec<f32>,
    send: Vec<f32>,
}

impl Mix {
    /// Silence of so many samples.
    pub fn new(n_samples: usize) -> Self {
        let silence = vec![0.0; n_samples];
        Self { left: silence.clone(), right: silence.clone(), send: silence }
    }

    /// Adds a track.
    pub fn add(&mut self, track: &[f32], place: &Place) {
        let angle = (place.pan + 1.0) * std::f32::consts::FRAC_PI_4;
        let (left, right) = (place.level * angle.cos(), place.level * angle.sin());
        let send = place.level * place.send;
        let sides = self.left.iter_mut().zip(&mut self.right).zip(&mut self.send);
        for (((l, r), s), sample) in sides.zip(track) {
            *l += left * sample;
            *r += right * sample;
            *s += send * sample;
        }
    }

    /// The finished song: reverb, level, a soft limiter, a short fade at both ends.
    pub fn master(mut self, space: f32) -> [Vec<f32>; 2] {
        reverb::add(&self.send, space, &mut self.left, &mut self.right);
        let energy: f64 =
            self.left.iter().chain(&self.right).map(|x| f64::from(*x) * f64::from(*x)).sum();
        let rms = (energy / (2 * self.left.len()).max(1) as f64).sqrt() as f32;
        let gain = TARGET_RMS / rms.max(1e-6);
        let mut sides = [self.left, self.right];
        sides.iter_mut().flatten().for_each(|sample| *sample = saturate(gain * *sample));
        let peak = sides.iter().flatten().fold(1e-6f32, |peak, x| peak.max(x.abs()));
        for side in &mut sides {
            side.iter_mut().for_each(|sample| *sample *= PEAK / peak);
            fade(side);
        }
        sides
    }
}

/// Fades 5 ms in and 300 ms out.
fn fade(side: &mut [f32]) {
    let ramp = |secs: f32, n: usize| ((secs * RATE) as usize).min(n).max(1);
    let (rise, fall) = (ramp(0.005, side.len()), ramp(0.3, side.len()));
    for (at, sample) in side.iter_mut().take(rise).enumerate() {
        *sample *= at as f32 / rise as f32;
    }
    for (at, sample) in side.iter_mut().rev().take(fall).enumerate() {
        *sample *= at as f32 / fall as f32;
    }
}
