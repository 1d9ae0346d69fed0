//! Envelopes: how a note swells and fades.

use super::RATE;

/// Times and levels of an envelope.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Shape {
    /// Seconds to full strength.
    pub attack_secs: f32,
    /// Seconds in which the note falls to 37 % of its way to the held level.
    pub decay_secs: f32,
    /// Level of a held note, as a part of the full strength.
    pub sustain: f32,
    /// Seconds in which the note falls to 37 % once it is let go.
    pub release_secs: f32,
}

impl Shape {
    /// Samples that a note of this length takes, with its release.
    pub fn n_samples(&self, duration_secs: f32) -> usize {
        ((duration_secs + 5.0 * self.release_secs) * RATE) as usize
    }
}

/// An envelope on its way.
#[derive(Debug, Clone)]
pub struct Envelope {
    level: f32,
    sustain: f32,
    attack_step: f32,
    decay: f32,
    release: f32,
    in_attack: bool,
    left: usize,
}

impl Envelope {
    /// The envelope of a note of this length.
    pub fn new(shape: &Shape, duration_secs: f32) -> Self {
        let decay = |secs: f32| (-1.0 / (secs.max(1e-3) * RATE)).exp();
        Self {
            level: 0.0,
            sustain: shape.sustain,
            attack_step: 1.0 / (shape.attack_secs.max(1e-3) * RATE),
            decay: decay(shape.decay_secs),
            release: decay(shape.release_secs),
            in_attack: true,
            left: (duration_secs * RATE) as usize,
        }
    }

    /// The level at the next sample.
    #[inline]
    pub fn advance(&mut self) -> f32 {
        if self.left == 0 {
            self.level *= self.release;
            return self.level;
        }
        self.left -= 1;
        if self.in_attack {
            self.level += self.attack_step;
            self.in_attack = self.level < 1.0;
        } else {
            self.level = self.sustain + (self.level - self.sustain) * self.decay;
        }
        self.level
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_note_swells_holds_and_fades() {
        let shape = Shape { attack_secs: 0.01, decay_secs: 0.01, sustain: 0.5, release_secs: 0.01 };
        let mut envelope = Envelope::new(&shape, 0.2);
        let levels: Vec<f32> = (0..shape.n_samples(0.2)).map(|_| envelope.advance()).collect();
        assert!(levels[0] < 0.02);
        assert!(levels.iter().all(|level| *level <= 1.01));
        assert!((levels[super::super::sample_at(0.15)] - 0.5).abs() < 0.01);
        assert!(levels[levels.len() - 1] < 0.01);
    }
}
