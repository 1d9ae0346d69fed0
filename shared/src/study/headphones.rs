//! The sounds of the sound check: a test tone, and a headphone check by Huggins pitch.
//!
//! *Huggins pitch*: white noise that is the same in both ears but for a narrow band, whose phase is
//! turned by 180 degrees in one ear, is heard as noise with a faint tone. Through loudspeakers both
//! channels mix in the air and the tone is gone. Each trial plays three noises, one of which hides the
//! tone (Milne and others, "An online headphone screening test based on dichotic pitch", Behavior
//! Research Methods 53, 2021): 1,000 ms each, 600 Hz plus and minus 6 %.
//!
//! Samples are 32-bit floats between -1 and 1; channels stand apart.

use crate::random::{Seed, Stream};

/// Middle of the band whose phase is turned, in Hz.
const BAND_HZ: f64 = 600.0;
/// How far the band goes to either side, as a share of its middle.
const BAND_SHARE: f64 = 0.06;
/// Length of a noise in seconds.
const NOISE_SECS: f64 = 1.0;
/// Rise and fall of a noise in seconds.
const NOISE_RAMP_SECS: f64 = 0.03;
/// Standard deviation of the noise, -20 dB of full scale: peaks stay far below it.
const NOISE_RMS: f64 = 0.1;
/// The notes of the test tone in Hz: C5, E5, G5, which any loudspeaker of a phone can play.
const CHORD_HZ: [f64; 3] = [523.25, 659.26, 783.99];
/// Length of the test tone in seconds.
const TONE_SECS: f64 = 1.2;
/// Rise of the test tone in seconds.
const TONE_RISE_SECS: f64 = 0.05;
/// Fall of the test tone in seconds.
const TONE_FALL_SECS: f64 = 0.5;
/// Amplitude of each note: together they stay below -12 dB of full scale, which is 0.251.
const NOTE_AMPLITUDE: f64 = 0.08;

/// One trial of the headphone check.
#[derive(Debug, Clone, PartialEq)]
pub struct HeadphoneTrial {
    /// Which noise hides the tone, 0 to 2.
    pub target: u8,
    /// The noises in the order in which they are played.
    pub intervals: [StereoSamples; 3],
}

/// A sound for two ears, equally long in both.
#[derive(Debug, Clone, PartialEq)]
pub struct StereoSamples {
    /// For the left ear.
    pub left: Vec<f32>,
    /// For the right ear.
    pub right: Vec<f32>,
}

/// The sounds of one trial of the headphone check; `index` is its number, from 0. The same arguments
/// give the same sounds.
///
/// # Panics
///
/// If the sample rate is below 8,000 Hz.
pub fn huggins_trial(seed: Seed, index: u32, sample_rate_hz: u32) -> HeadphoneTrial {
    expect_rate(sample_rate_hz);
    let mut stream = seed.stream(&format!("study/headphones/{index}"));
    let target = stream.below(3) as u8;
    let intervals = [0, 1, 2].map(|at| interval(at == target, &mut stream, sample_rate_hz));
    HeadphoneTrial { target, intervals }
}

/// One noise, with the tone or without.
fn interval(has_tone: bool, stream: &mut Stream, sample_rate_hz: u32) -> StereoSamples {
    let n_samples = (NOISE_SECS * f64::from(sample_rate_hz)).round() as usize;
    let noise: Vec<f32> = (0..n_samples).map(|_| stream.normal(0.0, NOISE_RMS) as f32).collect();
    let mut right = if has_tone { turned(&noise, sample_rate_hz) } else { noise.clone() };
    let mut left = noise;
    for channel in [&mut left, &mut right] {
        shape(channel, sample_rate_hz, (NOISE_RAMP_SECS, NOISE_RAMP_SECS));
    }
    StereoSamples { left, right }
}

/// The same noise with the band's phase turned by 180 degrees; the strength of every frequency stays.
///
/// The band holds few of the noise's frequencies, so that each is found and taken away twice by itself:
/// a Fourier transform of all would make the website larger by the whole of its library.
fn turned(noise: &[f32], sample_rate_hz: u32) -> Vec<f32> {
    let n_samples = noise.len() as f64;
    let bin_hz = f64::from(sample_rate_hz) / n_samples;
    let first = (BAND_HZ * (1.0 - BAND_SHARE) / bin_hz).ceil() as usize;
    let last = (BAND_HZ * (1.0 + BAND_SHARE) / bin_hz).floor() as usize;
    let mut samples: Vec<f64> = noise.iter().map(|sample| f64::from(*sample)).collect();
    for bin in first..=last {
        let turn = std::f64::consts::TAU * bin as f64 / n_samples;
        let wave = |at: usize| (turn * at as f64).sin_cos();
        let (mut by_sine, mut by_cosine) = (0.0, 0.0);
        for (at, sample) in noise.iter().enumerate() {
            let (sine, cosine) = wave(at);
            by_sine += f64::from(*sample) * sine;
            by_cosine += f64::from(*sample) * cosine;
        }
        // The part of this frequency is 2 / n times the sums; taken away twice it is turned.
        let scale = 2.0 * 2.0 / n_samples;
        for (at, sample) in samples.iter_mut().enumerate() {
            let (sine, cosine) = wave(at);
            *sample -= scale * (by_sine * sine + by_cosine * cosine);
        }
    }
    samples.into_iter().map(|sample| sample as f32).collect()
}

/// The test tone, for both ears: a soft major chord of 1.2 s whose peak stays below -12 dB of full
/// scale.
///
/// # Panics
///
/// If the sample rate is below 8,000 Hz.
pub fn test_tone(sample_rate_hz: u32) -> Vec<f32> {
    expect_rate(sample_rate_hz);
    let n_samples = (TONE_SECS * f64::from(sample_rate_hz)).round() as usize;
    let at_secs = |at: usize| at as f64 / f64::from(sample_rate_hz);
    let note = |at: usize, hz: f64| (std::f64::consts::TAU * hz * at_secs(at)).sin();
    let chord = |at: usize| CHORD_HZ.iter().map(|hz| NOTE_AMPLITUDE * note(at, *hz)).sum::<f64>();
    let mut samples: Vec<f32> = (0..n_samples).map(|at| chord(at) as f32).collect();
    shape(&mut samples, sample_rate_hz, (TONE_RISE_SECS, TONE_FALL_SECS));
    samples
}

/// Lets a sound rise and fall by half a period of a cosine, so that it does not click.
fn shape(samples: &mut [f32], sample_rate_hz: u32, (rise_secs, fall_secs): (f64, f64)) {
    let n_samples = samples.len();
    let gain = |at: usize, secs: f64| {
        let share = at as f64 / (secs * f64::from(sample_rate_hz));
        if share < 1.0 { 0.5 - 0.5 * (std::f64::consts::PI * share).cos() } else { 1.0 }
    };
    for (at, sample) in samples.iter_mut().enumerate() {
        *sample *= (gain(at, rise_secs) * gain(n_samples - 1 - at, fall_secs)) as f32;
    }
}

fn expect_rate(sample_rate_hz: u32) {
    assert!(
        sample_rate_hz >= 8_000,
        "a sample rate of {sample_rate_hz} Hz, expected 8000 at least"
    );
}

#[cfg(feature = "sound")]
#[cfg(test)]
mod tests {
    use super::*;
    use rustfft::FftPlanner;
    use rustfft::num_complex::Complex;

    const RATE_HZ: u32 = 44_100;

    fn spectrum(samples: &[f32]) -> Vec<Complex<f32>> {
        let mut spectrum: Vec<_> = samples.iter().map(|re| Complex::new(*re, 0.0)).collect();
        FftPlanner::<f32>::new().plan_fft_forward(samples.len()).process(&mut spectrum);
        // The other half mirrors this one.
        spectrum.truncate(samples.len() / 2 + 1);
        spectrum
    }

    /// By the definition: equal strengths everywhere, opposite phases in the band and nowhere else.
    #[test]
    fn only_the_phase_of_the_band_is_turned() {
        let mut stream = Seed(1).stream("noise");
        let noise: Vec<f32> = (0..RATE_HZ).map(|_| stream.normal(0.0, 0.1) as f32).collect();
        let (left, right) = (spectrum(&noise), spectrum(&turned(&noise, RATE_HZ)));
        let tolerance = 1e-3 * left.iter().map(|value| value.norm()).fold(0.0, f32::max);
        for (hz, (left, right)) in left.iter().zip(&right).enumerate() {
            let sign = if (564..=636).contains(&hz) { -1.0 } else { 1.0 };
            assert!((left * sign - right).norm() < tolerance, "{hz} Hz: {left} and {right}");
        }
    }

    #[test]
    fn one_noise_of_three_differs_between_the_ears() {
        for index in 0..6 {
            let trial = huggins_trial(Seed(3), index, RATE_HZ);
            for (at, StereoSamples { left, right }) in trial.intervals.iter().enumerate() {
                assert_eq!((left.len(), right.len()), (44_100, 44_100));
                assert_eq!(left != right, at == usize::from(trial.target), "{index}: noise {at}");
                let strength = |samples: &[f32]| samples.iter().map(|s| s * s).sum::<f32>();
                let share = strength(right) / strength(left);
                assert!((share - 1.0).abs() < 0.002, "{share}");
                assert!(left.iter().chain(right).all(|sample| sample.abs() < 0.7));
                assert!(left[0].abs() < 1e-3 && right[44_099].abs() < 1e-3, "no click");
            }
            let [first, second, third] = &trial.intervals;
            assert!(first.left != second.left && second.left != third.left);
        }
    }

    /// In the difference of the ears only the band is left; in their sum it is what lacks.
    #[test]
    fn the_tone_is_in_the_difference_of_the_ears() {
        let trial = huggins_trial(Seed(5), 0, RATE_HZ);
        let StereoSamples { left, right } = &trial.intervals[usize::from(trial.target)];
        let mixed = |sign: f32| -> Vec<f32> {
            spectrum(&left.iter().zip(right).map(|(l, r)| l + sign * r).collect::<Vec<_>>())
                .iter()
                .map(|value| value.norm_sqr())
                .collect()
        };
        let strength = |power: &[f32], from: usize, to: usize| {
            power[from..to].iter().sum::<f32>() / (to - from) as f32
        };
        let (difference, sum) = (mixed(-1.0), mixed(1.0));
        let inside = strength(&difference, 570, 630);
        assert!(strength(&difference, 700, 2000) < 1e-4 * inside);
        assert!(strength(&difference, 100, 500) < 1e-4 * inside);
        assert!(strength(&sum, 570, 630) < 1e-2 * strength(&sum, 700, 2000));
    }

    #[test]
    fn targets_are_drawn_evenly_and_repeat_with_the_seed() {
        let mut counts = [0u32; 3];
        for seed in 0..300 {
            let trial = huggins_trial(Seed(seed), 2, 8_000);
            counts[usize::from(trial.target)] += 1;
            if seed < 3 {
                assert_eq!(trial, huggins_trial(Seed(seed), 2, 8_000));
                assert_ne!(trial, huggins_trial(Seed(seed), 3, 8_000));
            }
        }
        // Chi-squared with 2 degrees of freedom: 13.8 is the 0.1 % point.
        let chi2: f64 = counts.iter().map(|n| (f64::from(*n) - 100.0).powi(2) / 100.0).sum();
        assert!(chi2 < 13.8, "{counts:?}");
    }

    #[test]
    fn the_test_tone_is_soft_and_heard() {
        for rate_hz in [8_000, 44_100, 48_000] {
            let tone = test_tone(rate_hz);
            assert_eq!(tone.len(), (f64::from(rate_hz) * 1.2) as usize);
            let peak = tone.iter().fold(0.0f32, |peak, sample| peak.max(sample.abs()));
            assert!((0.1..0.251).contains(&peak), "{peak}");
            assert!(tone[0] == 0.0 && tone[tone.len() - 1].abs() < 1e-6);
            let steepest =
                tone.windows(2).map(|pair| (pair[1] - pair[0]).abs()).fold(0.0, f32::max);
            assert!(
                f64::from(steepest) < 0.24 * 784.0 * std::f64::consts::TAU / f64::from(rate_hz)
            );
        }
    }
}
