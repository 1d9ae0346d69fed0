//! Filters of second order.

use super::RATE;
use std::f32::consts::PI;

/// A state-variable filter in its trapezoidal form (Zavalishin, "The Art of VA Filter Design",
/// 2012), stable at any cutoff below half the sample rate.
#[derive(Debug, Clone, Default)]
pub struct Filter {
    a1: f32,
    a2: f32,
    a3: f32,
    k: f32,
    state: [f32; 2],
}

impl Filter {
    /// A filter with its corner or centre at a frequency in hertz; `quality` is about the ratio of
    /// centre and bandwidth.
    pub fn new(frequency_hz: f32, quality: f32) -> Self {
        let mut filter = Self::default();
        filter.tune(frequency_hz, quality);
        filter
    }

    /// Changes frequency and quality without a click.
    pub fn tune(&mut self, frequency_hz: f32, quality: f32) {
        let g = (PI * frequency_hz.clamp(10.0, 0.45 * RATE) / RATE).tan();
        self.k = 1.0 / quality;
        self.a1 = 1.0 / (1.0 + g * (g + self.k));
        self.a2 = g * self.a1;
        self.a3 = g * self.a2;
    }

    /// Band and low output for the next sample.
    #[inline]
    fn step(&mut self, x: f32) -> (f32, f32) {
        let v3 = x - self.state[1];
        let v1 = self.a1 * self.state[0] + self.a2 * v3;
        let v2 = self.state[1] + self.a2 * self.state[0] + self.a3 * v3;
        self.state =
            [2.0 * v1 - self.state[0], 2.0 * v2 - self.state[1]].map(without_what_nobody_hears);
        (v1, v2)
    }

    /// What lies below the corner.
    #[inline]
    pub fn low(&mut self, x: f32) -> f32 {
        self.step(x).1
    }

    /// What lies around the centre, at unit gain there.
    #[inline]
    pub fn band(&mut self, x: f32) -> f32 {
        self.k * self.step(x).0
    }

    /// What lies above the corner.
    #[inline]
    pub fn high(&mut self, x: f32) -> f32 {
        let (band, low) = self.step(x);
        x - self.k * band - low
    }
}

/// In silence a filter fades for ever, and numbers near the smallest cost a processor a hundred times as
/// much as others: what is 300 dB below full scale is nothing.
#[inline]
fn without_what_nobody_hears(value: f32) -> f32 {
    if value.abs() < 1e-15 { 0.0 } else { value }
}

/// Removes from a track what lies above a frequency in hertz.
pub fn low_pass(track: &mut [f32], frequency_hz: f32) {
    let mut filter = Filter::new(frequency_hz, 0.707);
    track.iter_mut().for_each(|sample| *sample = filter.low(*sample));
}

/// Removes from a track what lies below a frequency in hertz.
pub fn high_pass(track: &mut [f32], frequency_hz: f32) {
    let mut filter = Filter::new(frequency_hz, 0.707);
    track.iter_mut().for_each(|sample| *sample = filter.high(*sample));
}

#[cfg(test)]
mod tests {
    use super::super::oscillator::{Oscillator, SINE};
    use super::*;

    fn gain(frequency_hz: f32, mut filter: impl FnMut(f32) -> f32) -> f32 {
        let mut sine = Oscillator::new(&SINE, frequency_hz, 0.0);
        (0..8000).map(|_| filter(sine.advance()).abs()).skip(4000).fold(0.0, f32::max)
    }

    #[test]
    fn each_output_passes_its_range() {
        let filter = || Filter::new(1000.0, 0.707);
        let (mut low, mut high, mut band) = (filter(), filter(), filter());
        assert!((gain(100.0, |x| low.low(x)) - 1.0).abs() < 0.02);
        assert!(gain(8000.0, |x| low.low(x)) < 0.03);
        assert!((gain(8000.0, |x| high.high(x)) - 1.0).abs() < 0.05);
        assert!(gain(100.0, |x| high.high(x)) < 0.03);
        assert!((gain(1000.0, |x| band.band(x)) - 1.0).abs() < 0.02);
    }
}
