//! The short-time Fourier transform: how much energy each frequency has in each frame.

use super::MelConfig;
use rustfft::{Fft, FftPlanner, num_complex::Complex32};
use std::sync::Arc;

/// Powers of the Fourier bins of overlapping frames, two frames at a time.
///
/// As `numpy.abs(librosa.stft(samples, pad_mode="constant")) ** 2`: frames are centred on every
/// `hop_length`-th sample, with zeros before the first and after the last, and weighted by a
/// periodic Hann window. Plan and buffers are kept from one sound to the next.
///
/// One transform of complex numbers serves two frames of real ones, the second as the imaginary part (Press and others,
/// *Numerical Recipes*, section 12.3): of its bins, those that mirror each other hold both frames' as sum and difference.
pub struct PowerStft {
    hop_length: usize,
    window: Vec<f32>,
    plan: Arc<dyn Fft<f32>>,
    frames: [Vec<f32>; 2],
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    powers: [Vec<f32>; 2],
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
        let plan = FftPlanner::<f32>::new().plan_fft_forward(config.n_fft);
        Self {
            hop_length: config.hop_length,
            window: hann(config.n_fft),
            frames: [0, 1].map(|_| vec![0.0; config.n_fft]),
            spectrum: vec![Complex32::default(); config.n_fft],
            scratch: vec![Complex32::default(); plan.get_inplace_scratch_len()],
            powers: [0, 1].map(|_| vec![0.0; n_bins]),
            plan,
        }
    }

    /// Powers of the bins of the frame of that index and of the next one, `[n_bins]` each.
    pub fn two_frames(&mut self, samples: &[f32], index: usize) -> [&[f32]; 2] {
        for (frame, index) in self.frames.iter_mut().zip(index..) {
            place_frame(&self.window, samples, index * self.hop_length, frame);
        }
        let [first, second] = &self.frames;
        for (value, (re, im)) in self.spectrum.iter_mut().zip(first.iter().zip(second)) {
            *value = Complex32::new(*re, *im);
        }
        self.plan.process_with_scratch(&mut self.spectrum, &mut self.scratch);
        let [first, second] = &mut self.powers;
        // Bin 0 mirrors itself, and bin k the k-th from the end.
        let mirrored = std::iter::once(&self.spectrum[0]).chain(self.spectrum.iter().rev());
        let bins = self.spectrum.iter().zip(mirrored);
        for ((first, second), (z, y)) in first.iter_mut().zip(second).zip(bins) {
            *first = 0.25 * ((z.re + y.re).powi(2) + (z.im - y.im).powi(2));
            *second = 0.25 * ((z.re - y.re).powi(2) + (z.im + y.im).powi(2));
        }
        self.powers.each_ref().map(Vec::as_slice)
    }
}

/// Puts the weighted samples around a centre into a frame.
fn place_frame(window: &[f32], samples: &[f32], centre: usize, frame: &mut [f32]) {
    let half = window.len() / 2;
    let start = centre.saturating_sub(half).min(samples.len());
    let end = (centre + half).min(samples.len());
    let n_zeros_before = half.saturating_sub(centre);
    let n_inside = end.saturating_sub(start);
    frame[..n_zeros_before].fill(0.0);
    frame[n_zeros_before + n_inside..].fill(0.0);
    let inside = n_zeros_before..n_zeros_before + n_inside;
    let weighted = frame[inside.clone()].iter_mut().zip(&window[inside]);
    for ((value, weight), sample) in weighted.zip(&samples[start..end]) {
        *value = weight * sample;
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
                let naive = [index, index + 1].map(|at| naive_powers(&samples, &config, at));
                let largest = naive.iter().flatten().fold(0.0f64, |a, b| a.max(*b)).max(1e-12);
                let fast = stft.two_frames(&samples, index);
                for (fast, naive) in fast.into_iter().flatten().zip(naive.iter().flatten()) {
                    let error = (f64::from(*fast) - naive).abs() / largest;
                    assert!(error < 1e-5, "frame {index} of {n_samples}: {fast}, not {naive}");
                }
            }
        }
    }
}
