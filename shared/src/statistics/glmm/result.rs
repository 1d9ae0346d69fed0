//! What a fit of the mixed model says.

use crate::statistics::bootstrap::Interval;
use crate::statistics::effect::Estimate;
use crate::statistics::special::{logistic, logit, normal_quantile, normal_sf};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// A fitted mixed model.
///
/// As JSON: `fixed.<term>.{estimate,se,z,p_value,conf_low,conf_high}`,
/// `random.{participant,song}.{variance,sd,n_levels}` (with slopes also
/// `random.participant.slopes.<term>.{variance,sd,correlations}`), `converged`, `singular`, `messages`,
/// `log_likelihood`, `n_observations`.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GlmmFit {
    /// The fixed effects on the logit scale, in the order of the model's terms.
    #[serde(serialize_with = "by_term")]
    pub fixed: Vec<FixedEffect>,
    /// How participants and songs differ.
    pub random: RandomEffects,
    /// Whether the deviance's minimum was found.
    pub converged: bool,
    /// Whether a variance is zero or slopes are perfectly correlated: the model is richer than the data.
    pub singular: bool,
    /// What is to be said of the fit.
    pub messages: Vec<String>,
    /// Logarithm of the likelihood, by Laplace's approximation.
    pub log_likelihood: f64,
    /// Number of answers.
    pub n_observations: usize,
    /// How often the deviance was computed.
    #[serde(skip)]
    pub n_evaluations: usize,
    /// The participants, in the order in which they were first met.
    #[serde(skip)]
    pub participants: Vec<Level>,
    #[serde(skip)]
    pub(super) parameters: Vec<f64>,
    #[serde(skip)]
    pub(super) covariance: Vec<f64>,
    #[serde(skip)]
    pub(super) conditions: Vec<String>,
}

/// A fixed effect.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct FixedEffect {
    /// Its term.
    #[serde(skip)]
    pub term: String,
    /// Its estimate, a difference of logits.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Estimate in standard errors.
    pub z: f64,
    /// Two-sided p-value by the normal distribution (Wald).
    pub p_value: f64,
    /// Lower end of the 95 % interval (Wald).
    pub conf_low: f64,
    /// Its upper end.
    pub conf_high: f64,
}

/// How participants and songs differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct RandomEffects {
    /// Participants.
    pub participant: GroupEffect,
    /// Songs.
    pub song: GroupEffect,
}

/// How the levels of a grouping differ.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct GroupEffect {
    /// Variance of the intercepts, on the logit scale.
    pub variance: f64,
    /// Its square root.
    pub sd: f64,
    /// Number of levels.
    pub n_levels: usize,
    /// How the conditions' effects differ, where the model has slopes.
    #[serde(serialize_with = "by_slope", skip_serializing_if = "Vec::is_empty")]
    pub slopes: Vec<SlopeEffect>,
}

/// How the effect of a condition differs between participants.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct SlopeEffect {
    /// The term.
    #[serde(skip)]
    pub term: String,
    /// Variance of the effect.
    pub variance: f64,
    /// Its square root.
    pub sd: f64,
    /// Correlation with the intercepts and the slopes before; `None` where a variance is zero.
    pub correlations: Vec<Option<f64>>,
}

/// A participant: what differs from the mean of all, drawn towards it (shrunk).
#[derive(Debug, Clone, PartialEq)]
pub struct Level {
    /// Its name.
    pub name: String,
    /// Most probable values: of the intercept, then of the slopes.
    pub effects: Vec<f64>,
    /// How far the true ones lie around these, as standard deviations.
    pub sds: Vec<f64>,
    /// Their covariance, `[q, q]`.
    pub covariance: Vec<f64>,
}

fn by_term<S: Serializer>(effects: &[FixedEffect], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(effects.len()))?;
    for effect in effects {
        map.serialize_entry(&effect.term, effect)?;
    }
    map.end()
}

fn by_slope<S: Serializer>(effects: &[SlopeEffect], serializer: S) -> Result<S::Ok, S::Error> {
    let mut map = serializer.serialize_map(Some(effects.len()))?;
    for effect in effects {
        map.serialize_entry(&effect.term, effect)?;
    }
    map.end()
}

/// A weighted sum of fixed effects, such as one condition less another.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Contrast {
    /// Difference of logits: the logarithm of the odds ratio.
    pub estimate: f64,
    /// Standard error.
    pub se: f64,
    /// Estimate in standard errors.
    pub z: f64,
    /// Two-sided p-value (Wald).
    pub p_value: f64,
    /// P-value against the estimate being zero or less.
    pub p_greater: f64,
    /// The 95 % interval (Wald).
    pub interval: Interval,
}

impl GlmmFit {
    /// All parameters: theta, then the fixed effects; a start for similar fits.
    pub(super) fn parameters(&self) -> &[f64] {
        &self.parameters
    }

    /// The fixed effect of a term.
    pub fn effect(&self, term: &str) -> Option<&FixedEffect> {
        self.fixed.iter().find(|effect| effect.term == term)
    }

    fn n_theta(&self) -> usize {
        self.parameters.len() - self.fixed.len()
    }

    /// The place of a condition's term among the fixed effects; `None` for the reference.
    ///
    /// # Panics
    ///
    /// If the model has no such condition.
    fn term_of(&self, condition: &str) -> Option<usize> {
        let at = self.conditions.iter().position(|name| name == condition);
        at.unwrap_or_else(|| panic!("no condition '{condition}' in {:?}", self.conditions))
            .checked_sub(1)
            .map(|at| at + 1)
    }

    /// One condition less another, on the logit scale.
    ///
    /// # Panics
    ///
    /// If the model has no such condition.
    pub fn contrast(&self, first: &str, second: &str) -> Contrast {
        let mut weights = vec![0.0; self.fixed.len()];
        if let Some(at) = self.term_of(first) {
            weights[at] += 1.0;
        }
        if let Some(at) = self.term_of(second) {
            weights[at] -= 1.0;
        }
        let estimate: f64 = weights.iter().zip(&self.fixed).map(|(w, e)| w * e.estimate).sum();
        let (n, n_theta) = (self.parameters.len(), self.n_theta());
        let mut variance = 0.0;
        for (i, left) in weights.iter().enumerate() {
            for (j, right) in weights.iter().enumerate() {
                variance += left * right * self.covariance[(n_theta + i) * n + n_theta + j];
            }
        }
        let se = variance.sqrt();
        let half = normal_quantile(0.975) * se;
        Contrast {
            estimate,
            se,
            z: estimate / se,
            p_value: 2.0 * normal_sf((estimate / se).abs()),
            p_greater: normal_sf(estimate / se),
            interval: Interval { low: estimate - half, high: estimate + half },
        }
    }

    /// How probably a song of that condition is liked, on average over participants and songs, with
    /// covariates at zero, and its 95 % interval.
    ///
    /// The logistic function is averaged over the normal distribution of participants and songs; the
    /// interval is symmetric on the logit scale, by the delta method over all parameters.
    ///
    /// # Panics
    ///
    /// If the model has no such condition.
    pub fn marginal(&self, condition: &str) -> Estimate {
        let of = |parameters: &[f64]| logit(self.marginal_at(parameters, self.term_of(condition)));
        let value = of(&self.parameters);
        let n = self.parameters.len();
        let gradient: Vec<f64> = (0..n)
            .map(|i| {
                let width = 1e-5;
                let [above, below] = [width, -width].map(|width| {
                    let mut moved = self.parameters.clone();
                    moved[i] += width;
                    of(&moved)
                });
                (above - below) / (2.0 * width)
            })
            .collect();
        let mut variance = 0.0;
        for i in 0..n {
            for j in 0..n {
                variance += gradient[i] * gradient[j] * self.covariance[i * n + j];
            }
        }
        let half = normal_quantile(0.975) * variance.sqrt();
        let interval = Interval { low: logistic(value - half), high: logistic(value + half) };
        Estimate { value: logistic(value), interval }
    }

    fn marginal_at(&self, parameters: &[f64], term: Option<usize>) -> f64 {
        let n_theta = self.n_theta();
        let (theta, beta) = parameters.split_at(n_theta);
        let mean = beta[0] + term.map_or(0.0, |term| beta[term]);
        let q = self.random.participant.slopes.len() + 1;
        let mut variance = theta[n_theta - 1].powi(2);
        // Row of the factor for the intercept, plus that of the condition's slope.
        let mut column = &theta[..n_theta - 1];
        for c in 0..q {
            let intercept = if c == 0 { column[0] } else { 0.0 };
            let slope =
                term.filter(|term| q > 1 && *term >= c).map_or(0.0, |term| column[term - c]);
            variance += (intercept + slope).powi(2);
            column = &column[q - c..];
        }
        mean_logistic(mean, variance.sqrt())
    }

    /// The logit of a participant for a condition (covariates at zero) and how far it is known, as a
    /// standard deviation around the fixed effects' estimate.
    ///
    /// # Panics
    ///
    /// If the model has no such condition.
    pub fn participant_logit(&self, participant: &Level, condition: &str) -> (f64, f64) {
        let term = self.term_of(condition);
        let fixed = self.fixed[0].estimate + term.map_or(0.0, |term| self.fixed[term].estimate);
        let q = participant.effects.len();
        let slope = term.filter(|_| q > 1);
        let effect = participant.effects[0] + slope.map_or(0.0, |at| participant.effects[at]);
        let entry = |i: usize, j: usize| participant.covariance[i * q + j];
        let variance =
            slope.map_or(entry(0, 0), |at| entry(0, 0) + 2.0 * entry(0, at) + entry(at, at));
        (fixed + effect, variance.max(0.0).sqrt())
    }
}

/// The logistic function of a normal value, on average: by the trapezoid rule, which is exact to 1e-12
/// for so smooth a function.
fn mean_logistic(mean: f64, sd: f64) -> f64 {
    if sd == 0.0 {
        return logistic(mean);
    }
    const STEP: f64 = 0.125;
    const N: i32 = 72;
    let (mut sum, mut weight) = (0.0, 0.0);
    for i in -N..=N {
        let z = f64::from(i) * STEP;
        let density = (-z * z / 2.0).exp();
        sum += density * logistic(mean + sd * z);
        weight += density;
    }
    sum / weight
}
