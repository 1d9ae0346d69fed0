//! The minimum of a smooth function with a gradient.
//!
//! BFGS finds the neighbourhood; a Newton step with the Hessian, taken from differences of gradients,
//! settles it, and the same Hessian gives the standard errors.

use super::cholesky;
use crate::eigen::Eigen;

/// A function to be minimised.
pub(super) trait Objective {
    /// The value there; infinite where it has none.
    fn value(&mut self, at: &[f64]) -> f64;
    /// The gradient where the value was last asked for.
    fn gradient(&mut self) -> Vec<f64>;
}

/// Where the function is least.
#[derive(Debug, Clone)]
pub(super) struct Minimum {
    pub(super) at: Vec<f64>,
    pub(super) value: f64,
    /// `[n, n]`; positive definite unless the function has no minimum there.
    pub(super) hessian: Vec<f64>,
    /// Twice of how much lower the function could still be, by gradient and Hessian; `None` where the
    /// Hessian is not positive definite.
    pub(super) decrement: Option<f64>,
    pub(super) n_evaluations: usize,
}

/// BFGS stops when the function would fall by less than half of this.
const NEAR: f64 = 1e-5;
/// Newton's method stops here.
const THERE: f64 = 1e-9;
const MAX_ITERATIONS: usize = 200;
/// Newton steps at most.
const MAX_NEWTON: usize = 40;
/// How often a saddle is left, and how far from it the search begins anew.
const MAX_SADDLES: usize = 6;
const FROM_SADDLE: f64 = 0.3;
/// Share of the largest diagonal value of a Hessian that rounding may take from its lowest eigenvalue.
const LIFTED: f64 = 1e-5;
/// No parameter moves further in one step.
const MAX_MOVE: f64 = 2.0;

/// Minimises from `start`, where the inverse of the Hessian is about `inverse_hessian` `[n, n]`.
pub(super) fn minimize(
    objective: &mut impl Objective,
    start: &[f64],
    inverse_hessian: Vec<f64>,
) -> Minimum {
    let mut search = Search::new(objective, start, inverse_hessian);
    for _ in 0..MAX_SADDLES {
        search.descend();
        let hessian = search.hessian();
        match downhill(&hessian, start.len()) {
            Some(along) => search.leave_saddle(&along, hessian),
            None => return search.settle(hessian),
        }
    }
    search.descend();
    let hessian = search.hessian();
    search.settle(hessian)
}

/// The direction, of length 1, in which the function curves downwards most; `None` where it does so in none.
///
/// A mixed model's deviance is even in each standard deviation, so that its slope vanishes where one is
/// zero: a place where a search can come to rest although a positive value would be better. With slopes the way
/// down may lead along several parameters at once, a standard deviation and its covariances.
fn downhill(hessian: &[f64], n: usize) -> Option<Vec<f64>> {
    let diagonal = |i: usize| hessian[i * n + i];
    let largest = (0..n).map(diagonal).fold(0.0, f64::max);
    let lowest = (0..n).min_by(|a, b| diagonal(*a).total_cmp(&diagonal(*b)))?;
    if diagonal(lowest) < -1e-6 * largest {
        return Some((0..n).map(|i| f64::from(u8::from(i == lowest))).collect());
    }
    if hessian.iter().any(|value| !value.is_finite()) {
        return None;
    }
    let Eigen { values, mut vectors } = Eigen::of(hessian.to_vec(), n);
    // What is nearer to zero is so by rounding, as [`lift`] takes it, too.
    (*values.last()? < -LIFTED * largest).then(|| vectors.pop())?
}

struct Search<'a, O> {
    objective: &'a mut O,
    at: Vec<f64>,
    value: f64,
    gradient: Vec<f64>,
    inverse_hessian: Vec<f64>,
    n_evaluations: usize,
}

impl<'a, O: Objective> Search<'a, O> {
    fn new(objective: &'a mut O, start: &[f64], inverse_hessian: Vec<f64>) -> Self {
        let value = objective.value(start);
        let gradient = objective.gradient();
        Self { objective, at: start.to_vec(), value, gradient, inverse_hessian, n_evaluations: 1 }
    }

    /// BFGS until the neighbourhood of a minimum, or of a saddle.
    fn descend(&mut self) {
        for _ in 0..MAX_ITERATIONS {
            if !self.go_on() {
                return;
            }
        }
    }

    /// Begins anew beside a saddle that curves downwards in a direction, on its lower side.
    fn leave_saddle(&mut self, along: &[f64], mut hessian: Vec<f64>) {
        let n = self.at.len();
        // As it is across the direction, and steep along it.
        let turned: Vec<f64> = hessian.chunks_exact(n).map(|row| dot(row, along)).collect();
        let curvature = dot(along, &turned);
        let steep = (0..n).map(|i| hessian[i * n + i]).fold(1.0, f64::max);
        for i in 0..n {
            for j in 0..n {
                hessian[i * n + j] += (curvature + steep) * along[i] * along[j]
                    - along[i] * turned[j]
                    - turned[i] * along[j];
            }
        }
        lift(&mut hessian, n);
        if let Some(inverse) = cholesky::inverse_of(&hessian, n) {
            self.inverse_hessian = inverse;
        }
        let beside = |sign: f64| -> Vec<f64> {
            self.at.iter().zip(along).map(|(x, part)| x + sign * FROM_SADDLE * part).collect()
        };
        let sides = [beside(1.0), beside(-1.0)];
        let values = [self.evaluate(&sides[0]), self.evaluate(&sides[1])];
        let [one, other] = sides;
        self.at = if values[1] < values[0] { other } else { one };
        let at = self.at.clone();
        self.value = self.evaluate(&at);
        self.gradient = self.objective.gradient();
    }

    fn evaluate(&mut self, at: &[f64]) -> f64 {
        self.n_evaluations += 1;
        self.objective.value(at)
    }

    /// One step of BFGS; `false` where it is the last.
    fn go_on(&mut self) -> bool {
        let n = self.at.len();
        let mut step: Vec<f64> =
            self.inverse_hessian.chunks_exact(n).map(|row| -dot(row, &self.gradient)).collect();
        let slope = dot(&step, &self.gradient);
        if slope > -NEAR || !slope.is_finite() {
            return false;
        }
        let largest = step.iter().fold(0.0, |largest: f64, s| largest.max(s.abs()));
        if largest > MAX_MOVE {
            step.iter_mut().for_each(|s| *s *= MAX_MOVE / largest);
        }
        let slope = slope * (MAX_MOVE / largest).min(1.0);
        let mut factor = 1.0;
        loop {
            let next: Vec<f64> = self.at.iter().zip(&step).map(|(x, s)| x + factor * s).collect();
            let value = self.evaluate(&next);
            if value <= self.value + 1e-4 * factor * slope {
                self.update(next, value);
                return true;
            }
            // The minimum of the parabola through what is known.
            let parabola = -slope * factor / (2.0 * ((value - self.value) / factor - slope));
            factor = if parabola.is_finite() {
                parabola.clamp(0.1 * factor, 0.5 * factor)
            } else {
                0.2 * factor
            };
            if factor < 1e-8 {
                // Leave the objective where the search stands.
                let at = self.at.clone();
                self.evaluate(&at);
                return false;
            }
        }
    }

    /// Moves on and learns from how the gradient changed (Nocedal and Wright, 2006, equation 6.17).
    fn update(&mut self, next: Vec<f64>, value: f64) {
        let gradient = self.objective.gradient();
        let n = next.len();
        let s: Vec<f64> = next.iter().zip(&self.at).map(|(a, b)| a - b).collect();
        let y: Vec<f64> = gradient.iter().zip(&self.gradient).map(|(a, b)| a - b).collect();
        let curvature = dot(&s, &y);
        if curvature > 1e-12 {
            let h = &mut self.inverse_hessian;
            let hy: Vec<f64> = h.chunks_exact(n).map(|row| dot(row, &y)).collect();
            let scale = (1.0 + dot(&y, &hy) / curvature) / curvature;
            for i in 0..n {
                for j in 0..n {
                    h[i * n + j] += scale * s[i] * s[j] - (hy[i] * s[j] + s[i] * hy[j]) / curvature;
                }
            }
        }
        (self.at, self.value, self.gradient) = (next, value, gradient);
    }

    /// Newton steps while they help. Where slopes are nearly perfectly correlated the minimum lies in a long, bent and almost
    /// level valley, in which whole steps lead up its sides: they are then shortened.
    fn settle(mut self, mut hessian: Vec<f64>) -> Minimum {
        let n = self.at.len();
        lift(&mut hessian, n);
        for _ in 0..MAX_NEWTON {
            let step = downward_step(&hessian, &self.gradient);
            let expected = -dot(&step, &self.gradient);
            let Some(is_whole) = self.step_down(&step) else { break };
            let left = newton_step(&hessian, &self.gradient);
            let left = left.map_or(f64::INFINITY, |step| -dot(&step, &self.gradient));
            if is_whole && left < THERE {
                break;
            }
            if !is_whole || expected > 1e-3 || left > 0.1 * expected {
                hessian = self.hessian();
                lift(&mut hessian, n);
            }
        }
        let at = self.at.clone();
        self.value = self.evaluate(&at);
        let step = newton_step(&hessian, &self.gradient);
        let decrement = step.map(|step| -dot(&step, &self.gradient));
        debug_assert_eq!(hessian.len(), n * n);
        Minimum {
            at: self.at,
            value: self.value,
            hessian,
            decrement,
            n_evaluations: self.n_evaluations,
        }
    }

    /// Goes along a step as far as that leads down, and whether it was the whole step; `None` where it leads down nowhere.
    fn step_down(&mut self, step: &[f64]) -> Option<bool> {
        for halvings in 0..8 {
            let factor = 0.5_f64.powi(halvings);
            let next: Vec<f64> = self.at.iter().zip(step).map(|(x, s)| x + factor * s).collect();
            let value = self.evaluate(&next);
            // A whole step at the minimum changes nothing but the last digits.
            let allowed = if halvings == 0 { 1e-8 } else { 0.0 };
            if value <= self.value + allowed {
                (self.at, self.value, self.gradient) = (next, value, self.objective.gradient());
                return Some(halvings == 0);
            }
        }
        None
    }

    /// The Hessian by central differences of the gradient.
    fn hessian(&mut self) -> Vec<f64> {
        let n = self.at.len();
        let mut hessian = vec![0.0; n * n];
        for i in 0..n {
            let width = 5e-4 * self.at[i].abs().max(0.5);
            let mut ends = [1.0, -1.0].map(|sign| {
                let mut at = self.at.clone();
                at[i] += sign * width;
                self.evaluate(&at);
                self.objective.gradient()
            });
            let [above, below] = &mut ends;
            for (j, (above, below)) in above.iter().zip(below.iter()).enumerate() {
                hessian[i * n + j] = (above - below) / (2.0 * width);
            }
        }
        for i in 0..n {
            for j in 0..i {
                let mean = (hessian[i * n + j] + hessian[j * n + i]) / 2.0;
                hessian[i * n + j] = mean;
                hessian[j * n + i] = mean;
            }
        }
        hessian
    }
}

/// Makes a Hessian positive definite that is not so by rounding alone: where a variance is zero, its
/// correlations make no difference and the function is flat in them. A Hessian that needs more than [`LIFTED`] of
/// its largest diagonal value stays as it is.
fn lift(hessian: &mut [f64], n: usize) {
    let largest = (0..n).map(|i| hessian[i * n + i]).fold(0.0, f64::max);
    for share in [0.0, 1e-7, 1e-6, LIFTED] {
        let mut lifted = hessian.to_vec();
        (0..n).for_each(|i| lifted[i * n + i] += share * largest);
        if cholesky::factorize(&mut lifted.clone(), n) {
            hessian.copy_from_slice(&lifted);
            return;
        }
    }
}

/// Down to the minimum of the parabola; `None` where there is none.
fn newton_step(hessian: &[f64], gradient: &[f64]) -> Option<Vec<f64>> {
    let n = gradient.len();
    let mut factor = hessian.to_vec();
    if !cholesky::factorize(&mut factor, n) {
        return None;
    }
    let mut step: Vec<f64> = gradient.iter().map(|g| -g).collect();
    cholesky::solve(&factor, n, &mut step);
    Some(step)
}

/// Down to the minimum of the parabola, or, where it has none, along every direction as far as its curvature, taken
/// without its sign, tells; no parameter further than [`MAX_MOVE`].
fn downward_step(hessian: &[f64], gradient: &[f64]) -> Vec<f64> {
    let n = gradient.len();
    let mut step = newton_step(hessian, gradient).unwrap_or_else(|| {
        let Eigen { values, vectors } = Eigen::of(hessian.to_vec(), n);
        let steepest = values.iter().fold(0.0, |a: f64, b| a.max(b.abs()));
        let mut step = vec![0.0; n];
        for (value, vector) in values.iter().zip(&vectors) {
            let part = -dot(vector, gradient) / value.abs().max(LIFTED * steepest);
            step.iter_mut().zip(vector).for_each(|(s, v)| *s += part * v);
        }
        step
    });
    let largest = step.iter().fold(0.0, |largest: f64, s| largest.max(s.abs()));
    if largest > MAX_MOVE {
        step.iter_mut().for_each(|s| *s *= MAX_MOVE / largest);
    }
    step
}

fn dot(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}

#[cfg(test)]
mod tests;
