//! The Laplace approximation of the deviance of a mixed logistic model, and its gradient.
//!
//! With `eta = X beta + A u`, where `A = Z Lambda(theta)` and the `u` are independent standard normal,
//! the deviance is approximated at the most probable `u` by
//!
//! ```text
//! F(theta, beta) = -2 ln p(y | u) + u'u + ln |A' W A + I|
//! ```
//!
//! as in glmer with `nAGQ = 1` (D. Bates and others, Journal of Statistical Software 67, 2015; the
//! vignette "Computational methods for mixed models" of lme4). The gradient is exact: the most
//! probable `u` moves with the parameters, and `W` with it, which one more solution of the same system
//! accounts for (implicit differentiation).

mod derivatives;

use super::crossed::Crossed;
use super::model::MixedModel;

/// A Newton step that would lower the penalised deviance by less than this is the last one; since the
/// steps converge quadratically, what is left then is far below rounding.
const LAST_DECREMENT: f64 = 1e-7;
/// The same for steps with an old factor, which converge only linearly.
const LAST_OF_OLD_FACTOR: f64 = 1e-12;
/// Below this an old factor is tried again.
const NEARLY_THERE: f64 = 1e-2;
/// By so much each decrement must shrink with an old factor.
const OLD_FACTOR_SHRINKS: f64 = 1e-3;
/// More steps than any sound model takes.
const MAX_STEPS: usize = 60;

/// Rows, sorted for [`Crossed`], and the state of the last evaluation.
#[derive(Debug)]
pub(super) struct Laplace {
    n: usize,
    n_terms: usize,
    /// Values a level: of participants and songs.
    q: [usize; 2],
    /// Which grouping is eliminated: 0 participants, 1 songs.
    eliminated: usize,
    x: Vec<f64>,
    y: Vec<f64>,
    levels: [Vec<u32>; 2],
    /// What a participant's values are multiplied by, `[n, q]`.
    z: Vec<f64>,
    crossed: Crossed,
    /// Rows of `A`, `[n, q]` each.
    a: [Vec<f64>; 2],
    /// Most probable values, `[n_levels, q]` each; where the next evaluation starts.
    u: [Vec<f64>; 2],
    /// `X beta`.
    offset: Vec<f64>,
    mu: Vec<f64>,
    weights: Vec<f64>,
    /// Whether `crossed` holds a factor that may serve.
    has_factor: bool,
}

/// A step of Newton's method.
struct Step {
    values: [Vec<f64>; 2],
    /// By about how much the penalised deviance falls.
    decrement: f64,
}

impl Laplace {
    pub(super) fn new(model: &MixedModel) -> Self {
        let q = [1 + model.slopes.len(), 1];
        let n_levels = [model.participants.names.len(), model.songs.names.len()];
        let eliminated = usize::from(n_levels[0] * q[0] <= n_levels[1]);
        let kept = 1 - eliminated;
        let of_row = [&model.participants.of_row, &model.songs.of_row];
        let mut order: Vec<usize> = (0..model.n_rows()).collect();
        order.sort_by_key(|row| (of_row[eliminated][*row], of_row[kept][*row]));
        let levels = of_row.map(|levels| order.iter().map(|row| levels[*row]).collect::<Vec<_>>());
        let n_terms = model.terms.len();
        let x: Vec<f64> = order.iter().flat_map(|row| model.row(*row)).copied().collect();
        let z = x
            .chunks_exact(n_terms)
            .flat_map(|x| std::iter::once(1.0).chain(model.slopes.iter().map(|term| x[*term])));
        let n = order.len();
        let crossed = Crossed::new(
            &levels[eliminated],
            &levels[kept],
            [n_levels[eliminated], n_levels[kept]],
            [q[eliminated], q[kept]],
        );
        Self {
            n,
            n_terms,
            q,
            eliminated,
            z: z.collect(),
            y: order.iter().map(|row| f64::from(u8::from(model.liked[*row]))).collect(),
            crossed,
            a: q.map(|q| vec![0.0; n * q]),
            u: [0, 1].map(|side| vec![0.0; n_levels[side] * q[side]]),
            offset: vec![0.0; n],
            mu: vec![0.0; n],
            weights: vec![0.0; n],
            has_factor: false,
            levels,
            x,
        }
    }

    /// Number of values of `theta`.
    pub(super) fn n_theta(&self) -> usize {
        self.q[0] * (self.q[0] + 1) / 2 + 1
    }

    /// Number of parameters: `theta` (participants' factor column by column, then the songs'), then
    /// `beta`.
    pub(super) fn n_parameters(&self) -> usize {
        self.n_theta() + self.n_terms
    }

    /// The most probable values of participants and songs, `[n_levels, q]` each.
    pub(super) fn modes(&self) -> &[Vec<f64>; 2] {
        &self.u
    }

    /// The deviance; infinite where the most probable values can't be found.
    pub(super) fn deviance(&mut self, parameters: &[f64]) -> f64 {
        self.set(parameters);
        let before = self.u.clone();
        let value = self.find_modes().or_else(|| {
            // From a bad start anew.
            self.u.iter_mut().for_each(|u| u.fill(0.0));
            self.has_factor = false;
            self.find_modes()
        });
        value.filter(|value| value.is_finite()).unwrap_or_else(|| {
            self.u = before;
            self.has_factor = false;
            f64::INFINITY
        })
    }

    /// Sets `A` and `X beta`.
    fn set(&mut self, parameters: &[f64]) {
        let q = self.q[0];
        let (theta, beta) = parameters.split_at(self.n_theta());
        for (z, a) in self.z.chunks_exact(q).zip(self.a[0].chunks_exact_mut(q)) {
            let mut column = theta;
            for (c, a) in a.iter_mut().enumerate() {
                *a = column.iter().zip(&z[c..]).map(|(theta, z)| theta * z).take(q - c).sum();
                column = &column[q - c..];
            }
        }
        self.a[1].fill(theta[theta.len() - 1]);
        for (offset, x) in self.offset.iter_mut().zip(self.x.chunks_exact(self.n_terms)) {
            *offset = x.iter().zip(beta).map(|(x, beta)| x * beta).sum();
        }
    }

    /// Newton's method for the most probable `u`; the deviance there.
    ///
    /// A factor that is a little old serves as well, as long as the steps shrink quickly with it: in a
    /// search most evaluations are near the one before.
    fn find_modes(&mut self) -> Option<f64> {
        let mut penalised = self.look();
        let mut before = f64::INFINITY;
        for _ in 0..MAX_STEPS {
            let mut is_fresh = !self.has_factor;
            if is_fresh {
                self.factorize()?;
            }
            let mut step = self.newton_step();
            if !is_fresh && step.decrement > OLD_FACTOR_SHRINKS * before {
                self.factorize()?;
                is_fresh = true;
                step = self.newton_step();
            }
            if !step.decrement.is_finite() {
                return None;
            }
            penalised = self.walk(&step.values, penalised)?;
            before = if is_fresh { f64::INFINITY } else { step.decrement };
            if step.decrement < if is_fresh { LAST_DECREMENT } else { LAST_OF_OLD_FACTOR } {
                return Some(penalised + self.factorize()?);
            }
            self.has_factor = step.decrement < NEARLY_THERE;
        }
        None
    }

    /// The factor at the present weights; the logarithm of the determinant.
    fn factorize(&mut self) -> Option<f64> {
        let [e, k] = [self.eliminated, 1 - self.eliminated];
        let ln_determinant = self.crossed.factorize(&self.weights, &self.a[e], &self.a[k]);
        self.has_factor = ln_determinant.is_some();
        ln_determinant
    }

    /// From the present `u` towards the most probable one.
    fn newton_step(&self) -> Step {
        let residual: Vec<f64> = self.y.iter().zip(&self.mu).map(|(y, mu)| y - mu).collect();
        let mut slope = self.transposed(&residual);
        for (slope, u) in slope.iter_mut().zip(&self.u) {
            slope.iter_mut().zip(u).for_each(|(slope, u)| *slope -= u);
        }
        let mut values = slope.clone();
        self.solve(&mut values);
        let decrement = (0..2).map(|side| product(&slope[side], &values[side])).sum();
        Step { values, decrement }
    }

    /// Takes the step, or as much of it as helps; the penalised deviance there.
    fn walk(&mut self, step: &[Vec<f64>; 2], before: f64) -> Option<f64> {
        self.add_to_modes(1.0, step);
        let mut penalised = self.look();
        let mut taken = 1.0;
        while penalised.is_nan() || penalised > before + 1e-9 * before.abs() {
            if taken < 1e-6 {
                return None;
            }
            taken /= 2.0;
            self.add_to_modes(-taken, step);
            penalised = self.look();
        }
        Some(penalised)
    }

    fn add_to_modes(&mut self, factor: f64, step: &[Vec<f64>; 2]) {
        for (u, step) in self.u.iter_mut().zip(step) {
            u.iter_mut().zip(step).for_each(|(u, step)| *u += factor * step);
        }
    }

    /// Sets `mu` and the weights; gives `-2 ln p(y | u) + u'u`.
    fn look(&mut self) -> f64 {
        let q = self.q[0];
        let (mut deviance, mut odds_product) = (0.0, 1.0);
        for row in 0..self.n {
            let participant = self.levels[0][row] as usize;
            let own = &self.u[0][participant * q..][..q];
            let song = self.u[1][self.levels[1][row] as usize];
            let eta =
                self.offset[row] + product(&self.a[0][row * q..][..q], own) + self.a[1][row] * song;
            let small = (-eta.abs()).exp();
            let share = 1.0 / (1.0 + small);
            let mu = if eta >= 0.0 { share } else { small * share };
            self.mu[row] = mu;
            self.weights[row] = small * share * share;
            // ln(1 + exp(eta)) - y eta; one logarithm for many rows.
            deviance += eta.max(0.0) - self.y[row] * eta;
            odds_product *= 1.0 + small;
            if row % 512 == 511 {
                deviance += odds_product.ln();
                odds_product = 1.0;
            }
        }
        deviance += odds_product.ln();
        2.0 * deviance + self.u.iter().map(|u| product(u, u)).sum::<f64>()
    }

    /// `A'` times a value for each row.
    fn transposed(&self, values: &[f64]) -> [Vec<f64>; 2] {
        [0, 1].map(|side| {
            let q = self.q[side];
            let mut sums = vec![0.0; self.u[side].len()];
            let rows = self.a[side].chunks_exact(q).zip(&self.levels[side]);
            for ((a, level), value) in rows.zip(values) {
                let target = &mut sums[*level as usize * q..][..q];
                target.iter_mut().zip(a).for_each(|(target, a)| *target += a * value);
            }
            sums
        })
    }

    /// `A` times a value for each level.
    fn times(&self, values: &[Vec<f64>; 2]) -> Vec<f64> {
        let of = |side: usize, row: usize| {
            let q = self.q[side];
            let level = self.levels[side][row] as usize;
            product(&self.a[side][row * q..][..q], &values[side][level * q..][..q])
        };
        (0..self.n).map(|row| of(0, row) + of(1, row)).collect()
    }

    fn solve(&self, values: &mut [Vec<f64>; 2]) {
        let [participants, songs] = values;
        match self.eliminated {
            0 => self.crossed.solve(participants, songs),
            _ => self.crossed.solve(songs, participants),
        }
    }

    /// What a participant's values are at most probable ones.
    pub(super) fn q(&self) -> usize {
        self.q[0]
    }
}

fn product(a: &[f64], b: &[f64]) -> f64 {
    a.iter().zip(b).map(|(a, b)| a * b).sum()
}
