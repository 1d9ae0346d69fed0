//! The short-time Fourier transform: how much energy each frequency has in each frame.

use super::MelConfig;
use realfft::{RealFftPlanner, RealToComplex, num_complex::Complex32};
use std::sync::Arc;

/// Powers of the Fourier bins of overlapping frames.
///
/// As `numpy.abs(librosa.stft(samples, pad_mode="constant")) ** 2`: frames are centred on every
/// `hop_length`-th sample, with zeros before the first and after the last, and weighted by a
/// periodic Hann window. Plan and buffers are kept from one sound to the next.
pub struct PowerStft {
    hop_length: usize,
    window: Vec<f32>,
    plan: Arc<dyn RealToComplex<f32>>,
    frame: Vec<f32>,
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    powers: Vec<f32>,
}

impl PowerStft {
    /// The transform of a configuration that [`MelConfig::check`] accepts, with the powers of the
    /// first `n_bins` bins only.
    ///
    /// # Panics
    ///
    /// If there are not so many bins.
    pub fn new(config: &MelConfig, n_bins: usize) -> Self {
        assert!(n_bins <= config.n_bins(), "{n_bins} bins of {}", config.n_bins());
        let plan = RealFftPlanner::<f32>::new().plan_fft_forward(config.n_fft);
        Self {
            hop_length: config.hop_length,
            window: hann(config.n_fft),
            frame: plan.make_input_vec(),
            spectrum: plan.make_output_vec(),
            scratch: plan.make_scratch_vec(),
            powers: vec![0.0; n_bins],
            plan,
        }
    }

    /// Powers of the bins of the frame of that index, `[n_bins]`.
    pub fn frame(&mut self, samples: &[f32], index: usize) -> &[f32] {
        self.place_frame(samples, index);
        self.plan
            .process_with_scratch(&mut self.frame, &mut self.spectrum, &mut self.scratch)
            .expect("buffers were made by the plan");
        for (power, value) in self.powers.iter_mut().zip(&self.spectrum) {
            *power = value.norm_sqr();
        }
        &self.powers
    }

    /// Puts the weighted samples of a frame into `self.frame`.
    fn place_frame(&mut self, samples: &[f32], index: usize) {
        let n_fft = self.window.len();
        let half = n_fft / 2;
        let centre = index * self.hop_length;
        let start = centre.saturating_sub(half).min(samples.len());
        let end = (centre + half).min(samples.len());
        let n_zeros_before = half.saturating_sub(centre);
        let n_inside = end.saturating_sub(start);
        self.frame[..n_zeros_before].fill(0.0);
        self.frame[n_zeros_before + n_inside..].fill(0.0);
        let inside = n_zeros_before..n_zeros_before + n_inside;
        let weighted = self.frame[inside.clone()].iter_mut().zip(&self.window[inside]);
        for ((value, weight), sample) in weighted.zip(&samples[start..end]) {
            *value = weight * sample;
        }
    }
}

/// The periodic Hann window.
fn hann(n: usize) -> Vec<f32> {
    let weight = |k: usize| 0.5 - 0.5 * (std::f64::consts::TAU * k as f64 / n as f64).cos();
    (0..n).map(|k| weight(k) as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The transform by its definition, in double precision.
    fn naive_powers(samples: &[f32], config: &MelConfig, index: usize) -> Vec<f64> {
        let n = config.n_fft as i64;
        let at = |k: i64| {
            let position = (index * config.hop_length) as i64 - n / 2 + k;
            usize::try_from(position)
                .ok()
                .and_then(|p| samples.get(p))
                .map_or(0.0, |s| f64::from(*s))
        };
        let turn = std::f64::consts::TAU / n as f64;
        let weighted: Vec<f64> =
            (0..n).map(|k| at(k) * (0.5 - 0.5 * (turn * k as f64).cos())).collect();
        (0..config.n_bins())
            .map(|bin| {
                let (mut re, mut im) = (0.0, 0.0);
                for (k, value) in weighted.iter().enumerate() {
                    let angle = turn * ((bin * k) % config.n_fft) as f64;
                    re += value * angle.cos();
                    im -= value * angle.sin();
                }
                re * re + im * im
            })
            .collect()
    }

    fn noise(n: usize) -> Vec<f32> {
        let mut stream = crate::random::Seed(5).stream("noise");
        (0..n).map(|_| stream.between(-1.0, 1.0) as f32).collect()
    }

    #[test]
    fn as_the_naive_transform() {
        for (n_samples, n_fft, hop_length) in
            [(1000, 64, 16), (33, 64, 20), (70, 50, 7), (0, 16, 4)]
        {
            let config = MelConfig { n_fft, hop_length, ..MelConfig::default() };
            let samples = noise(n_samples);
            let mut stft = PowerStft::new(&config, config.n_bins());
            for index in 0..config.n_frames(n_samples) {
                let naive = naive_powers(&samples, &config, index);
                let largest = naive.iter().fold(0.0f64, |a, b| a.max(*b)).max(1e-12);
                for (fast, naive) in stft.frame(&samples, index).iter().zip(&naive) {
                    let error = (f64::from(*fast) - naive).abs() / largest;
                    assert!(error < 1e-5, "frame {index} of {n_samples}: {fast}, not {naive}");
                }
            }
        }
    }
}
