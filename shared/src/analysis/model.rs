//! The planned model: a mixed logistic regression of all answers, with planned contrasts.
//!
//! ```text
//! like ~ condition + position (+ familiar) + (1 + condition | participant) + (1 | song)
//! ```
//!
//! `position` is the place after the anchor and `familiar` whether the song was known, both less their
//! means, so that the other effects are those at an average place of an averagely known song.
//!
//! A singular fit is kept and said aloud: to take the effects of conditions to be the same for all
//! participants because few data do not show how they differ would find differences too often (simulated
//! with a standard deviation of .6 between 12 participants: in 10 to 12 instead of 5 % of studies). Only where the fit does
//! not converge they are taken to be the same, and the report says so. The rule is part of the plan.

use super::answers::Answer;
use crate::recommend::Condition;
use crate::statistics::glmm::{Contrast, GlmmFit, MixedModel, ModelError, ModelOptions, Rating};
use crate::statistics::{Estimate, holm};
use serde::Serialize;
use std::collections::BTreeSet;

/// A planned comparison of two conditions.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ContrastResult {
    /// The condition that is held to be liked more.
    pub first: Condition,
    /// The other.
    pub second: Condition,
    /// The difference of logits.
    pub contrast: Contrast,
    /// The odds ratio with its 95 % interval.
    pub odds_ratio: Estimate,
    /// The two-sided p-value, corrected by Holm for all planned contrasts.
    pub p_holm: f64,
}

/// The planned model, fitted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ModelResult {
    /// As lme4 would write it.
    pub formula: String,
    /// Whether the effects of conditions may differ between participants; else the fit in which they may
    /// did not converge.
    pub has_slopes: bool,
    /// The fit.
    pub fit: GlmmFit,
    /// The planned contrasts.
    pub contrasts: Vec<ContrastResult>,
    /// How probably a song of each condition is liked, over all participants and songs.
    pub marginals: Vec<(Condition, Estimate)>,
}

/// The comparisons that are planned where these conditions are heard: multimodal and audio, then audio and
/// multimodal with the control; lyrics with the control where it takes part.
pub fn planned_contrasts(conditions: &[Condition]) -> Vec<(Condition, Condition)> {
    let control = conditions.iter().copied().find(|c| !c.needs_embeddings());
    let mut planned = vec![(Condition::Multimodal, Condition::Audio)];
    if let Some(control) = control {
        planned.extend([
            (Condition::Audio, control),
            (Condition::Multimodal, control),
            (Condition::Lyrics, control),
        ]);
    }
    planned.retain(|(first, second)| conditions.contains(first) && conditions.contains(second));
    planned
}

/// Fits the planned model. `near` is the fit of similar data, where to start from.
///
/// # Errors
///
/// If there is no such model: one participant or song, a condition always or never liked.
pub fn fit_planned(
    answers: &[Answer],
    near: Option<&ModelResult>,
) -> Result<ModelResult, ModelError> {
    let conditions: BTreeSet<Condition> = answers.iter().map(|answer| answer.condition).collect();
    let conditions: Vec<Condition> = conditions.into_iter().collect();
    let control = conditions.iter().find(|condition| !condition.needs_embeddings());
    let reference = control.or(conditions.first()).map_or("", |condition| condition.name());
    let (names, ratings) = ratings(answers);
    let model = |has_slopes| {
        MixedModel::new(&ratings, ModelOptions { reference, covariates: &names, has_slopes })
    };
    let fit_near = |model: &MixedModel, has_slopes: bool| {
        let near = near.filter(|near| near.has_slopes == has_slopes).map(|near| &near.fit);
        model.fit_from(near.filter(|fit| fit.fixed.iter().map(|e| &e.term).eq(model.terms())))
    };
    let fit = fit_near(&model(true)?, true);
    let has_slopes = fit.converged;
    let fit = if has_slopes { fit } else { fit_near(&model(false)?, false) };
    let contrasts = contrasts(&fit, &conditions);
    let marginals = conditions.iter().map(|c| (*c, fit.marginal(c.name()))).collect();
    let formula = formula(&names, has_slopes);
    Ok(ModelResult { formula, has_slopes, fit, contrasts, marginals })
}

fn formula(covariates: &[&str], has_slopes: bool) -> String {
    let covariates: String = covariates.iter().map(|name| format!(" + {name}")).collect();
    let slopes = if has_slopes { "1 + condition" } else { "1" };
    format!("like ~ condition{covariates} + ({slopes} | participant) + (1 | song)")
}

fn contrasts(fit: &GlmmFit, conditions: &[Condition]) -> Vec<ContrastResult> {
    let planned = planned_contrasts(conditions);
    let found: Vec<Contrast> =
        planned.iter().map(|(a, b)| fit.contrast(a.name(), b.name())).collect();
    let p_values: Vec<f64> = found.iter().map(|contrast| contrast.p_value).collect();
    let adjusted = holm(&p_values);
    let results = planned.into_iter().zip(found).zip(adjusted);
    let results = results.map(|(((first, second), contrast), p_holm)| {
        let mut interval = contrast.interval;
        (interval.low, interval.high) = (interval.low.exp(), interval.high.exp());
        let odds_ratio = Estimate { value: contrast.estimate.exp(), interval };
        ContrastResult { first, second, contrast, odds_ratio, p_holm }
    });
    results.collect()
}

/// A name, the mean, and the value of an answer.
type Covariate<'a> = (&'static str, f64, &'a dyn Fn(&Answer) -> f64);

/// The answers as ratings, with the names of the covariates that vary.
fn ratings(answers: &[Answer]) -> (Vec<&'static str>, Vec<Rating<'_>>) {
    let n = answers.len().max(1) as f64;
    let position = |answer: &Answer| f64::from(answer.position);
    let familiar = |answer: &Answer| f64::from(u8::from(answer.familiar == Some(true)));
    let mean = |of: &dyn Fn(&Answer) -> f64| answers.iter().map(of).sum::<f64>() / n;
    let varies = |of: &dyn Fn(&Answer) -> f64| {
        answers.first().is_some_and(|first| answers.iter().any(|other| of(other) != of(first)))
    };
    let mut covariates: Vec<Covariate<'_>> = Vec::new();
    if varies(&position) {
        covariates.push(("position", mean(&position), &position));
    }
    // An effect of knowing the song needs both kinds of answers among the known ones.
    let known = || answers.iter().filter(|answer| answer.familiar == Some(true));
    if varies(&familiar) && known().any(|a| a.liked) && known().any(|a| !a.liked) {
        covariates.push(("familiar", mean(&familiar), &familiar));
    }
    let mut ratings = Vec::with_capacity(answers.len());
    for answer in answers {
        ratings.push(Rating {
            participant: &answer.participant,
            song: &answer.song,
            condition: answer.condition.name(),
            liked: answer.liked,
            covariates: covariates.iter().map(|(_, mean, of)| of(answer) - mean).collect(),
        });
    }
    (covariates.iter().map(|(name, _, _)| *name).collect(), ratings)
}
