//! How far a step is from the same step on the CPU, and how far it may be.

use super::{LEARNING_RATE, Step};
use crate::training::config::Precision;
use std::fmt;

/// A gradient whose norm is below this is rounding (that of an offset before a normalisation) and has no digits
/// to compare.
const SMALLEST_NORM: f64 = 1e-3;
/// A gradient that is smaller beside the largest of its parameter may have another sign elsewhere.
const CLEAR_GRADIENT: f64 = 0.05;

/// How far a step is from the CPU's.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Apart {
    /// Difference of the losses, as a share.
    pub loss: f64,
    /// Largest difference of a logit, as a share of the largest logit.
    pub logits: f64,
    /// Norm of the difference of a parameter's gradients as a share of their norm: the worst parameter.
    pub gradients: f64,
    /// That parameter.
    pub worst_gradient: String,
    /// Largest difference of what a step of Adam changes a weight by, as a share of the step size. Weights whose
    /// gradient is small beside the largest of its parameter are left out: rounding decides about their sign.
    pub updates: f64,
}

impl Apart {
    /// Compares the same step on both.
    pub(super) fn between(cpu: &Step, own: &Step) -> Self {
        let (gradients, worst_gradient) = gradients_apart(cpu, own);
        Self {
            loss: (cpu.loss - own.loss).abs() / cpu.loss.abs(),
            logits: largest(&difference(&cpu.logits, &own.logits)) / largest(&cpu.logits),
            gradients,
            worst_gradient,
            updates: updates_apart(cpu, own),
        }
    }

    /// Whether no difference exceeds its limit; not so where one is no number.
    pub fn is_within(&self, limits: Limits) -> bool {
        let forward = largest(&[self.loss, self.logits]);
        forward <= limits.forward
            && self.gradients <= limits.gradients
            && self.updates <= limits.updates.unwrap_or(f64::MAX)
    }
}

/// How far a device may be from the CPU.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Limits {
    /// Loss and logits.
    pub forward: f64,
    /// Gradients.
    pub gradients: f64,
    /// What a step changes; `None` where rounding decides about the sign of too many gradients.
    pub updates: Option<f64>,
}

impl Limits {
    /// The same for all that has a limit.
    #[must_use]
    pub fn at(self, tolerance: f64) -> Self {
        let updates = self.updates.map(|_| tolerance);
        Self { forward: tolerance, gradients: tolerance, updates }
    }

    /// The same for all.
    pub fn all(tolerance: f64) -> Self {
        Self { forward: tolerance, gradients: tolerance, updates: Some(tolerance) }
    }

    /// Those of a precision. bf16 has three decimal digits, and in a fresh network the gradients of a normalisation
    /// are small sums of large parts: with PyTorch's autocast (2.15, on the CPU), too, the worst parameter is off by
    /// 0.21 to 0.31 at 16 slices a step, by 0.13 to 0.42 at 4 and by 0.19 to 0.65 at 2 (`benches/peers/autocast.py`),
    /// so that small steps can't be judged.
    pub fn of(precision: Precision) -> Self {
        match precision {
            Precision::F32 => Self::all(1e-3),
            Precision::Bf16 => Self { forward: 0.03, gradients: 0.4, updates: None },
        }
    }
}

impl fmt::Display for Limits {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of loss and logits, {} of gradients", self.forward, self.gradients)?;
        match self.updates {
            Some(updates) => write!(f, ", {updates} of updates"),
            None => Ok(()),
        }
    }
}

/// The worst parameter; one that has a gradient on one side only is infinitely far apart.
pub(super) fn gradients_apart(cpu: &Step, own: &Step) -> (f64, String) {
    let names = |step: &Step| -> Vec<String> {
        step.gradients.iter().map(|(name, _)| name.clone()).collect()
    };
    let (expected, found) = (names(cpu), names(own));
    let missing = |these: &[String], those: &[String]| {
        these.iter().find(|name| !those.contains(name)).cloned()
    };
    if let Some(name) = missing(&expected, &found).or_else(|| missing(&found, &expected)) {
        return (f64::INFINITY, name);
    }
    let pairs = cpu.gradients.iter().zip(&own.gradients);
    let apart = pairs.map(|((name, cpu), (_, own))| {
        (norm(&difference(cpu, own)) / norm(cpu).max(SMALLEST_NORM), name.clone())
    });
    apart.max_by(|(a, _), (b, _)| a.total_cmp(b)).unwrap_or((f64::INFINITY, String::new()))
}

pub(super) fn updates_apart(cpu: &Step, own: &Step) -> f64 {
    let mut apart = vec![0.0];
    for (name, gradient) in &cpu.gradients {
        let of =
            |step: &Step| step.weights.iter().find(|(own, _)| own == name).map(|(_, w)| w.clone());
        let (Some(cpu), Some(own)) = (of(cpu), of(own)) else { continue };
        if norm(gradient) < SMALLEST_NORM {
            continue;
        }
        let clear = CLEAR_GRADIENT * largest(gradient);
        let updates = difference(&cpu, &own);
        let clear = updates.iter().zip(gradient).filter(|(_, gradient)| gradient.abs() >= clear);
        apart.extend(clear.map(|(update, _)| update / LEARNING_RATE));
    }
    largest(&apart)
}

fn difference(a: &[f64], b: &[f64]) -> Vec<f64> {
    a.iter().zip(b).map(|(a, b)| a - b).collect()
}

fn norm(values: &[f64]) -> f64 {
    values.iter().map(|value| value * value).sum::<f64>().sqrt()
}

/// The largest size of a value; NaN where there is one, so that it is never taken for agreement.
pub fn largest(values: &[f64]) -> f64 {
    values.iter().fold(0.0, |largest: f64, value| {
        if value.is_nan() || largest.is_nan() { f64::NAN } else { largest.max(value.abs()) }
    })
}
