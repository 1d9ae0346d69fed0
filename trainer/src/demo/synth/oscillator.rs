//! Band-limited wavetable oscillators.

use super::RATE;
use std::f32::consts::TAU;
use std::sync::LazyLock;

/// Samples of one period.
const SIZE: usize = 1024;

/// Tables with 1, 2, 4, ... 256 harmonics.
const N_LEVELS: usize = 9;

/// One period of a wave, once for each octave, so that no harmonic lies above half the sample rate.
pub struct Wavetable {
    levels: Vec<[f32; SIZE + 1]>,
}

impl Wavetable {
    /// A wave of the harmonics whose amplitudes `amplitude(1)`, `amplitude(2)`, ... gives, scaled to
    /// a peak of 1.
    fn new(amplitude: impl Fn(usize) -> f32) -> Self {
        let mut wave = [0.0f32; SIZE + 1];
        let mut levels: Vec<[f32; SIZE + 1]> = Vec::with_capacity(N_LEVELS);
        for level in 0..N_LEVELS {
            let first = if level == 0 { 1 } else { (1 << (level - 1)) + 1 };
            for harmonic in first..=1 << level {
                let amplitude = amplitude(harmonic);
                for (at, value) in wave.iter_mut().enumerate() {
                    // The period is kept in whole numbers: sin of a large angle loses digits.
                    let phase = (at * harmonic % SIZE) as f32 / SIZE as f32;
                    *value += amplitude * (TAU * phase).sin();
                }
            }
            levels.push(wave);
        }
        let peak = wave.iter().fold(1e-6f32, |peak, value| peak.max(value.abs()));
        levels.iter_mut().flatten().for_each(|value| *value /= peak);
        Self { levels }
    }

    /// The table for a frequency in hertz.
    fn level(&self, frequency_hz: f32) -> &[f32; SIZE + 1] {
        let n_harmonics = (0.45 * RATE / frequency_hz.max(1.0)).max(1.0);
        &self.levels[(n_harmonics.log2() as usize).min(N_LEVELS - 1)]
    }
}

/// A sine.
pub static SINE: LazyLock<Wavetable> =
    LazyLock::new(|| Wavetable::new(|n| if n == 1 { 1.0 } else { 0.0 }));
/// A sawtooth: strings, brass, the glottis.
pub static SAW: LazyLock<Wavetable> = LazyLock::new(|| Wavetable::new(|n| 1.0 / n as f32));
/// A soft wave, halfway between sine and sawtooth.
pub static SOFT: LazyLock<Wavetable> = LazyLock::new(|| Wavetable::new(|n| (n as f32).powf(-2.0)));
/// Odd harmonics: reeds and bells of struck bars.
pub static HOLLOW: LazyLock<Wavetable> =
    LazyLock::new(|| Wavetable::new(|n| if n % 2 == 1 { (n as f32).powf(-1.5) } else { 0.0 }));
/// Organ pipes.
pub static ORGAN: LazyLock<Wavetable> = LazyLock::new(|| {
    Wavetable::new(|n| match n {
        1 | 2 => 1.0,
        3 => 0.6,
        4 => 0.5,
        6 => 0.3,
        8 => 0.25,
        _ => 0.0,
    })
});

/// An oscillator on a wavetable.
pub struct Oscillator<'a> {
    level: &'a [f32; SIZE + 1],
    /// Position in the period, 0 to 1.
    phase: f32,
    /// Part of the period a sample.
    increment: f32,
}

impl<'a> Oscillator<'a> {
    /// An oscillator at a frequency in hertz that begins at this part (0 to 1) of its period.
    pub fn new(table: &'a Wavetable, frequency_hz: f32, phase: f32) -> Self {
        Self { level: table.level(frequency_hz), phase, increment: frequency_hz / RATE }
    }

    /// Changes the frequency. The table stays: the change should be under half an octave.
    pub fn bend(&mut self, frequency_hz: f32) {
        self.increment = frequency_hz / RATE;
    }

    /// The next sample, by linear interpolation.
    #[inline]
    pub fn advance(&mut self) -> f32 {
        let place = self.phase * SIZE as f32;
        let at = (place as usize).min(SIZE - 1);
        let part = place - at as f32;
        self.phase += self.increment;
        if self.phase >= 1.0 {
            self.phase -= 1.0;
        }
        self.level[at] + part * (self.level[at + 1] - self.level[at])
    }
}

/// White noise that costs next to nothing: a linear congruential generator (Knuth, "The Art of
/// Computer Programming" 2, 3.3.4). It is seeded from a named stream.
#[derive(Debug, Clone)]
pub struct Noise(u32);

impl Noise {
    /// Noise from a seed.
    pub fn new(seed: u64) -> Self {
        Self(seed as u32)
    }

    /// The next sample, between -1 and 1.
    #[inline]
    pub fn advance(&mut self) -> f32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_oscillator_has_its_frequency() {
        let mut oscillator = Oscillator::new(&SINE, 440.0, 0.0);
        let samples: Vec<f32> = (0..RATE as usize).map(|_| oscillator.advance()).collect();
        let rises = samples.windows(2).filter(|pair| pair[0] < 0.0 && pair[1] >= 0.0).count();
        assert!((439..=441).contains(&rises), "{rises} periods a second");
    }

    #[test]
    fn a_high_sawtooth_has_no_harmonic_to_fold_back() {
        // 5 kHz: only harmonics 1 and 2 lie below 16 kHz with room to spare.
        let mut high = Oscillator::new(&SAW, 5_000.0, 0.0);
        let mut jump = 0.0f32;
        let mut before = high.advance();
        for _ in 0..1000 {
            let now = high.advance();
            jump = jump.max((now - before).abs());
            before = now;
        }
        assert!(jump < 1.0, "a jump of {jump} is an unfiltered edge");
    }
}
