//! Bars and steps in seconds.

use super::super::style::{Style, Trait};

/// Steps (sixteenth notes) a bar.
pub const STEPS: usize = 16;

/// Seconds at the end of a song in which the last chord rings.
const RINGING_SECS: f64 = 2.0;

/// The time grid of a song: bars of 16 steps, with swing.
#[derive(Debug, Clone, PartialEq)]
pub struct Grid {
    /// Bars before the last chord.
    pub n_bars: usize,
    /// Seconds a step.
    pub step_secs: f64,
    /// Steps in half a swinging pair: 1 swings sixteenths, 2 swings eighths.
    swing_unit: f64,
    /// Where the middle of a pair falls: 0.5 straight, 2/3 triplets.
    middle: f64,
}

impl Grid {
    /// A grid of about the style's tempo of which a whole number of bars fills the song.
    pub fn fit(style: &Style, duration_secs: f64) -> Self {
        let tempo = f64::from(style.get(Trait::TempoBpm));
        let bar_secs = 4.0 * 60.0 / tempo;
        let room = (duration_secs - RINGING_SECS).max(duration_secs * 0.5);
        let n_bars = (room / bar_secs).round().max(1.0);
        Self {
            n_bars: n_bars as usize,
            step_secs: room / n_bars / STEPS as f64,
            // Slow songs swing in sixteenths, quick ones in eighths.
            swing_unit: if tempo < 100.0 { 1.0 } else { 2.0 },
            middle: 0.5 + f64::from(style.get(Trait::Swing)) / 6.0,
        }
    }

    /// Seconds from the beginning at which this step of this bar starts. Steps beyond the bar
    /// belong to the next.
    pub fn at(&self, bar: usize, step: usize) -> f32 {
        let steps = (bar * STEPS + step) as f64;
        let pair = 2.0 * self.swing_unit;
        let whole = (steps / pair).floor();
        let part = steps / pair - whole;
        let swung = if part < 0.5 {
            2.0 * part * self.middle
        } else {
            self.middle + (2.0 * part - 1.0) * (1.0 - self.middle)
        };
        ((whole + swung) * pair * self.step_secs) as f32
    }

    /// Seconds that this many steps take without swing.
    pub fn secs(&self, steps: f64) -> f32 {
        (steps * self.step_secs) as f32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn swing_moves_only_the_second_of_a_pair() {
        let grid = Grid { n_bars: 1, step_secs: 0.1, swing_unit: 1.0, middle: 2.0 / 3.0 };
        assert!((grid.at(0, 2) - 0.2).abs() < 1e-6);
        assert!((grid.at(0, 1) - 0.2 * 2.0 / 3.0).abs() < 1e-6);
        assert!((grid.at(1, 0) - grid.at(0, 16)).abs() < 1e-6);
    }
}
