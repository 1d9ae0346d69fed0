//! Fitting the model, and what is read from the fit.

use super::cholesky;
use super::laplace::Laplace;
use super::minimize::{Minimum, Objective, minimize};
use super::model::MixedModel;
use super::result::{FixedEffect, GlmmFit, GroupEffect, Level, RandomEffects, SlopeEffect};
use crate::statistics::special::{logit, normal_quantile, normal_sf};

/// A diagonal value of theta below this is zero: lme4's `isSingular(tol = 1e-4)`.
const SINGULAR: f64 = 1e-4;
/// Twice of how much lower the deviance could still be; lme4's limit on the scaled gradient is 2e-3,
/// whose square this is.
const CONVERGED: f64 = 4e-6;
/// Standard deviations at which a search begins, in turn.
const START_SDS: [f64; 3] = [0.5, 1.5, 0.15];
/// Log-likelihoods that are no further apart are the same.
const SAME_LIKELIHOOD: f64 = 1e-4;
/// A search that begins at a smaller standard deviation than this hardly finds away from zero, where the deviance is flat.
const LEAST_START_SD: f64 = 0.1;
/// A larger effect (on the logit scale) is not one that data can tell from an infinite one.
const LARGEST_EFFECT: f64 = 12.0;

impl MixedModel {
    /// Fits the model by maximum likelihood with the Laplace approximation: lme4's
    /// `glmer(..., family = binomial)` with `nAGQ = 1`.
    pub fn fit(&self) -> GlmmFit {
        self.fit_from(None)
    }

    /// The same, starting at the parameters of a fit of the same model to similar data, which saves
    /// about half of the time. Where no minimum is found from there, the search begins at other places before it gives up.
    ///
    /// # Panics
    ///
    /// If that fit has other parameters.
    pub fn fit_from(&self, near: Option<&GlmmFit>) -> GlmmFit {
        let mut laplace = Laplace::new(self);
        let near = near.map(|fit| start_near(&laplace, fit));
        let fresh = START_SDS.map(|sd| self.start(&laplace, sd));
        let mut best: Option<GlmmFit> = None;
        for start in near.into_iter().chain(fresh) {
            let fit = self.fit_at(&mut laplace, &start);
            let highest = best.as_ref().map(|best| best.log_likelihood);
            let highest = highest.filter(|own| own.is_finite()).unwrap_or(f64::NEG_INFINITY);
            let is_separated = fit.fixed.iter().any(|own| own.estimate.abs() >= LARGEST_EFFECT);
            if fit.converged && fit.log_likelihood > highest - SAME_LIKELIHOOD {
                return fit;
            }
            if best.is_none() || fit.log_likelihood > highest {
                best = Some(fit);
            }
            if is_separated {
                break;
            }
        }
        best.expect("there is a start")
    }

    fn fit_at(&self, laplace: &mut Laplace, start: &[f64]) -> GlmmFit {
        assert_eq!(start.len(), laplace.n_parameters(), "a start of another model");
        let curvature = start_curvature(laplace, start);
        let minimum = minimize(laplace, start, curvature);
        self.result(laplace, minimum)
    }

    /// All standard deviations the same, and the logits of the conditions.
    fn start(&self, laplace: &Laplace, sd: f64) -> Vec<f64> {
        let q = laplace.q();
        let mut start = Vec::with_capacity(laplace.n_parameters());
        for column in 0..q {
            start.extend((column..q).map(|row| if row == column { sd } else { 0.0 }));
        }
        start.push(sd);
        let share = |term: Option<usize>| {
            let is_own = |row: &[f64]| match term {
                Some(term) => row[term] == 1.0,
                None => row[1..self.conditions.len()].iter().all(|value| *value == 0.0),
            };
            let rows = (0..self.n_rows()).filter(|row| is_own(self.row(*row)));
            let (n, n_liked) = rows.fold((0.0, 0.0), |(n, liked), row| {
                (n + 1.0, liked + f64::from(u8::from(self.liked[row])))
            });
            logit((n_liked + 0.5) / (n + 1.0))
        };
        let base = share(None);
        start.push(base);
        start.extend((1..self.conditions.len()).map(|term| share(Some(term)) - base));
        start.resize(laplace.n_parameters(), 0.0);
        start
    }

    fn result(&self, laplace: &mut Laplace, minimum: Minimum) -> GlmmFit {
        let n_theta = laplace.n_theta();
        let Minimum { at: parameters, value, hessian, decrement, n_evaluations } = minimum;
        let (theta, beta) = parameters.split_at(n_theta);
        let factor = Factor::new(theta, laplace.q());
        let is_singular = factor.has_zero() || theta[n_theta - 1].abs() < SINGULAR;
        let is_finite = beta.iter().all(|beta| beta.abs() < LARGEST_EFFECT);
        let is_converged = decrement.is_some_and(|left| left < CONVERGED) && is_finite;
        let covariance = covariance(laplace, &hessian);
        let n = laplace.n_parameters();
        let fixed = self.terms.iter().zip(beta).enumerate().map(|(at, (term, estimate))| {
            let own = n_theta + at;
            FixedEffect::new(term, *estimate, covariance[own * n + own].sqrt())
        });
        let random = RandomEffects {
            participant: factor.effects(self),
            song: GroupEffect {
                variance: theta[n_theta - 1].powi(2),
                sd: theta[n_theta - 1].abs(),
                n_levels: self.songs.names.len(),
                slopes: Vec::new(),
            },
        };
        let mut messages = Vec::new();
        if !is_converged {
            messages.push(if is_finite {
                "the fit did not converge: the deviance has no clear minimum".to_owned()
            } else {
                "the fit did not converge: an effect grows without bound, as where answers can be told \
                 from the terms (separation)"
                    .to_owned()
            });
        }
        if is_singular {
            messages.push(
                "the fit is singular: a variance is zero, or slopes are perfectly correlated"
                    .to_owned(),
            );
        }
        GlmmFit {
            fixed: fixed.collect(),
            random,
            converged: is_converged,
            singular: is_singular,
            messages,
            log_likelihood: -value / 2.0,
            n_observations: self.n_rows(),
            n_evaluations,
            participants: factor.levels(self, laplace),
            parameters,
            covariance,
            conditions: self.conditions.clone(),
        }
    }
}

impl Objective for Laplace {
    fn value(&mut self, at: &[f64]) -> f64 {
        self.deviance(at)
    }

    fn gradient(&mut self) -> Vec<f64> {
        Laplace::gradient(self)
    }
}

/// The parameters of a fit to similar data, with no standard deviation near zero.
fn start_near(laplace: &Laplace, fit: &GlmmFit) -> Vec<f64> {
    let mut start = fit.parameters().to_vec();
    let (q, n_theta) = (laplace.q(), laplace.n_theta());
    let mut at = 0;
    for column in 0..q {
        start[at] = start[at].abs().max(LEAST_START_SD);
        at += q - column;
    }
    start[n_theta - 1] = start[n_theta - 1].abs().max(LEAST_START_SD);
    start
}

/// The inverse of the Hessian, roughly: of `beta` by its information, of `theta` as for standard
/// deviations of so many levels.
fn start_curvature(laplace: &mut Laplace, start: &[f64]) -> Vec<f64> {
    let (n, n_theta) = (laplace.n_parameters(), laplace.n_theta());
    laplace.deviance(start);
    let mut inverse = vec![0.0; n * n];
    let q = laplace.q();
    let [participants, songs] = laplace.modes();
    let n_levels = [participants.len() / q, songs.len()];
    for i in 0..n_theta {
        let levels = if i + 1 == n_theta { n_levels[1] } else { n_levels[0] };
        inverse[i * n + i] = 0.5 * start[i].powi(2).max(0.1) / levels as f64;
    }
    let n_terms = n - n_theta;
    let by_information = cholesky::inverse_of(&laplace.information(), n_terms);
    for i in 0..n_terms {
        for j in 0..n_terms {
            let fallback = if i == j { 0.1 } else { 0.0 };
            let value = by_information.as_ref().map_or(fallback, |m| m[i * n_terms + j] / 2.0);
            inverse[(n_theta + i) * n + n_theta + j] = value;
        }
    }
    inverse
}

/// Covariance of all parameters, `[n, n]`: twice the inverse of the deviance's Hessian, as glmer's.
///
/// At a singular fit the deviance can be flat in theta; then that of `beta` with theta held fixed, as
/// glmer does, and none for theta.
fn covariance(laplace: &Laplace, hessian: &[f64]) -> Vec<f64> {
    let (n, n_theta) = (laplace.n_parameters(), laplace.n_theta());
    if let Some(inverse) = cholesky::inverse_of(hessian, n) {
        return inverse.iter().map(|value| 2.0 * value).collect();
    }
    let n_terms = n - n_theta;
    let mut covariance = vec![0.0; n * n];
    let inverse = cholesky::inverse_of(&laplace.information(), n_terms);
    for i in 0..n_terms {
        for j in 0..n_terms {
            let value = inverse.as_ref().map_or(f64::INFINITY, |m| m[i * n_terms + j]);
            covariance[(n_theta + i) * n + n_theta + j] = value;
        }
    }
    covariance
}

/// The participants' factor `Lambda`, lower triangle.
struct Factor {
    q: usize,
    /// `[q, q]`.
    values: Vec<f64>,
}

impl Factor {
    fn new(theta: &[f64], q: usize) -> Self {
        let mut values = vec![0.0; q * q];
        let lower = (0..q).flat_map(|column| (column..q).map(move |row| row * q + column));
        lower.zip(theta).for_each(|(at, theta)| values[at] = *theta);
        Self { q, values }
    }

    fn has_zero(&self) -> bool {
        (0..self.q).any(|i| self.values[i * self.q + i].abs() < SINGULAR)
    }

    fn covariance(&self, i: usize, j: usize) -> f64 {
        let row = |i: usize| &self.values[i * self.q..][..self.q];
        row(i).iter().zip(row(j)).map(|(a, b)| a * b).sum()
    }

    fn effects(&self, model: &MixedModel) -> GroupEffect {
        let variance = |i: usize| self.covariance(i, i);
        let correlation = |i: usize, j: usize| {
            let scale = (variance(i) * variance(j)).sqrt();
            (scale > 0.0).then(|| self.covariance(i, j) / scale)
        };
        let slopes = model.slopes.iter().enumerate().map(|(at, term)| SlopeEffect {
            term: model.terms[*term].clone(),
            variance: variance(at + 1),
            sd: variance(at + 1).sqrt(),
            correlations: (0..=at).map(|other| correlation(at + 1, other)).collect(),
        });
        GroupEffect {
            variance: variance(0),
            sd: variance(0).sqrt(),
            n_levels: model.participants.names.len(),
            slopes: slopes.collect(),
        }
    }

    /// What is most probable of each participant, drawn towards the mean as far as little is known.
    fn levels(&self, model: &MixedModel, laplace: &Laplace) -> Vec<Level> {
        let q = self.q;
        let covariances = laplace.participant_covariances();
        let modes = laplace.modes()[0].chunks_exact(q);
        let levels = modes.zip(covariances.chunks_exact(q * q)).zip(&model.participants.names);
        let level = |((mode, covariance), name): ((&[f64], &[f64]), &String)| {
            let row = |i: usize| &self.values[i * q..][..q];
            let effect = |i: usize| row(i).iter().zip(mode).map(|(l, u)| l * u).sum::<f64>();
            let variance = |i: usize, k: usize| {
                let mut sum = 0.0;
                for (a, left) in row(i).iter().enumerate() {
                    for (b, right) in row(k).iter().enumerate() {
                        sum += left * covariance[a * q + b] * right;
                    }
                }
                sum
            };
            Level {
                name: name.clone(),
                effects: (0..q).map(effect).collect(),
                sds: (0..q).map(|i| variance(i, i).sqrt()).collect(),
                covariance: (0..q * q).map(|at| variance(at / q, at % q)).collect(),
            }
        };
        levels.map(level).collect()
    }
}

impl FixedEffect {
    fn new(term: &str, estimate: f64, se: f64) -> Self {
        let half = normal_quantile(0.975) * se;
        Self {
            term: term.to_owned(),
            estimate,
            se,
            z: estimate / se,
            p_value: 2.0 * normal_sf((estimate / se).abs()),
            conf_low: estimate - half,
            conf_high: estimate + half,
        }
    }
}
