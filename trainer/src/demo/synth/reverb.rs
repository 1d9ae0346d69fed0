//! A small room: parallel combs and all-passes in series (Schroeder, "Natural Sounding Artificial
//! Reverberation", 1962), with damping in the combs (Moorer, 1979).

use super::RATE;

/// Delays of the combs in seconds, without common divisors.
const COMB_SECS: [f32; 4] = [0.0297, 0.0371, 0.0411, 0.0437];

/// Delays of the all-passes in seconds.
const ALL_PASS_SECS: [f32; 2] = [0.0050, 0.0017];

/// Seconds by which the right side's delays are longer.
const WIDTH_SECS: f32 = 0.0009;

/// A delay line that goes round.
struct Delay {
    line: Vec<f32>,
    at: usize,
}

impl Delay {
    fn new(secs: f32) -> Self {
        Self { line: vec![0.0; ((secs * RATE) as usize).max(1)], at: 0 }
    }

    #[inline]
    fn oldest(&self) -> f32 {
        self.line[self.at]
    }

    #[inline]
    fn put(&mut self, value: f32) {
        self.line[self.at] = value;
        self.at = if self.at + 1 == self.line.len() { 0 } else { self.at + 1 };
    }
}

/// Adds the reverberation of `send` to both sides. `space` (0 to 1) lengthens it from about one
/// second to two and a half.
pub fn add(send: &[f32], space: f32, left: &mut [f32], right: &mut [f32]) {
    add_side(send, space, 0.0, left);
    add_side(send, space, WIDTH_SECS, right);
}

fn add_side(send: &[f32], space: f32, longer_secs: f32, side: &mut [f32]) {
    let feedback = 0.76 + 0.12 * space;
    let mut combs = COMB_SECS.map(|secs| (Delay::new(secs + longer_secs), 0.0f32));
    let mut all_passes = ALL_PASS_SECS.map(|secs| Delay::new(secs + longer_secs));
    for (dry, out) in send.iter().zip(side) {
        let mut wet = 0.0;
        for (delay, damped) in &mut combs {
            let old = delay.oldest();
            *damped += 0.55 * (old - *damped);
            // The tiny constant keeps the tail clear of denormal numbers, which are slow.
            delay.put(dry + feedback * *damped + 1e-18);
            wet += old;
        }
        for delay in &mut all_passes {
            let old = delay.oldest();
            let inner = wet + 0.6 * old;
            delay.put(inner);
            wet = old - 0.6 * inner;
        }
        *out += 0.25 * wet;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_click_rings_and_dies() {
        let n = 4 * RATE as usize;
        let mut send = vec![0.0; n];
        send[0] = 1.0;
        let (mut left, mut right) = (vec![0.0; n], vec![0.0; n]);
        add(&send, 0.5, &mut left, &mut right);
        let energy = |part: &[f32]| part.iter().map(|x| x * x).sum::<f32>();
        let half = n / 8;
        assert!(energy(&left[half..2 * half]) > 1e-6);
        assert!(energy(&left[7 * half..]) < 1e-4 * energy(&left[..half]));
        assert_ne!(left, right);
    }
}
