//! The short-time Fourier transform: how much energy each frequency has in each frame.

use super::MelConfig;
use pulp::{Arch, Simd, WithSimd};
use rustfft::{Fft, FftPlanner, num_complex::Complex32};
use std::ops::Range;
use std::sync::Arc;

/// Frames that are computed side by side: what is summed over bins is summed for all of them at once.
pub const FRAMES_AT_ONCE: usize = 8;

/// One number for each of these frames.
pub type Side = [f32; FRAMES_AT_ONCE];

/// Powers of the Fourier bins of overlapping frames, [`FRAMES_AT_ONCE`] frames at a time.
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
    /// Room for frames that reach over an end of the sound.
    ends: [Vec<f32>; 2],
    spectrum: Vec<Complex32>,
    scratch: Vec<Complex32>,
    powers: Vec<Side>,
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
            ends: [0, 1].map(|_| vec![0.0; config.n_fft]),
            spectrum: vec![Complex32::default(); config.n_fft],
            scratch: vec![Complex32::default(); plan.get_inplace_scratch_len()],
            powers: vec![Side::default(); n_bins],
            plan,
        }
    }

    /// Powers of the bins of some frames, at most [`FRAMES_AT_ONCE`], `[n_bins]`; where there are fewer, what stands in the
    /// places of the others means nothing.
    ///
    /// # Panics
    ///
    /// If there are more.
    pub fn frames(&mut self, samples: &[f32], frames: Range<usize>) -> &[Side] {
        assert!(frames.len() <= FRAMES_AT_ONCE, "{} frames at once", frames.len());
        let arch = Arch::new();
        for (first, place) in frames.step_by(2).zip((0..FRAMES_AT_ONCE).step_by(2)) {
            let [end, next_end] = &mut self.ends;
            let frame = frame_around(samples, first * self.hop_length, end);
            let next_frame = frame_around(samples, (first + 1) * self.hop_length, next_end);
            let spectrum = &mut self.spectrum;
            arch.dispatch(Weigh { window: &self.window, frame, next_frame, spectrum });
            self.plan.process_with_scratch(&mut self.spectrum, &mut self.scratch);
            arch.dispatch(Powers { spectrum: &self.spectrum, place, powers: &mut self.powers });
        }
        &self.powers
    }
}

/// The samples around a centre, with zeros for those that there are not.
fn frame_around<'a>(samples: &'a [f32], centre: usize, end: &'a mut [f32]) -> &'a [f32] {
    let half = end.len() / 2;
    let n_zeros_before = half.saturating_sub(centre);
    let inside = centre.saturating_sub(half).min(samples.len())..(centre + half).min(samples.len());
    if inside.len() == end.len() {
        return &samples[inside];
    }
    end.fill(0.0);
    end[n_zeros_before..n_zeros_before + inside.len()].copy_from_slice(&samples[inside]);
    end
}

/// Weighs two frames and makes them real and imaginary part.
struct Weigh<'a> {
    window: &'a [f32],
    frame: &'a [f32],
    next_frame: &'a [f32],
    spectrum: &'a mut [Complex32],
}

impl WithSimd for Weigh<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let samples = self.frame.iter().zip(self.next_frame);
        let weighted = self.window.iter().zip(samples);
        for (value, (weight, (sample, next_sample))) in self.spectrum.iter_mut().zip(weighted) {
            *value = Complex32::new(weight * sample, weight * next_sample);
        }
    }
}

/// Takes the powers of two frames out of their spectrum.
struct Powers<'a> {
    spectrum: &'a [Complex32],
    /// Place of the first of them; the next one is the other's.
    place: usize,
    powers: &'a mut [Side],
}

impl WithSimd for Powers<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, _: S) {
        let Self { spectrum, place, powers } = self;
        // Bin 0 mirrors itself, and bin k the k-th from the end.
        let mirrored = spectrum[..1].iter().chain(spectrum.iter().rev());
        for (powers, (z, y)) in powers.iter_mut().zip(spectrum.iter().zip(mirrored)) {
            powers[place] = 0.25 * ((z.re + y.re).powi(2) + (z.im - y.im).powi(2));
            powers[place + 1] = 0.25 * ((z.re - y.re).powi(2) + (z.im + y.im).powi(2));
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
            let n_frames = config.n_frames(n_samples);
            for first in (0..n_frames).step_by(FRAMES_AT_ONCE) {
                let frames = first..n_frames.min(first + FRAMES_AT_ONCE);
                let naive: Vec<Vec<f64>> =
                    frames.clone().map(|at| naive_powers(&samples, &config, at)).collect();
                let largest = naive.iter().flatten().fold(0.0f64, |a, b| a.max(*b)).max(1e-12);
                let fast = stft.frames(&samples, frames);
                for (place, naive) in naive.iter().enumerate() {
                    for (fast, naive) in fast.iter().map(|powers| powers[place]).zip(naive) {
                        let error = (f64::from(fast) - naive).abs() / largest;
                        assert!(error < 1e-5, "frame {} of {n_samples}", first + place);
                    }
                }
            }
        }
    }
}
