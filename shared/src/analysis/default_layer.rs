//! The analysis to report.

use super::answers::Answer;
use super::exclude::Kept;
use super::model::{ModelResult, fit_planned};
use super::options::AnalysisOptions;
use super::robustness::{Robustness, robustness};
use crate::recommend::Condition;
use crate::statistics::special::{logistic, normal_quantile};
use crate::statistics::{
    CochranTest, Count, Estimate, Interval, cochran_q, quantile, wilson_interval_at,
};
use serde::Serialize;
use std::collections::{BTreeMap, BTreeSet};

/// The default layer.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct DefaultLayer {
    /// Each condition by itself.
    pub conditions: Vec<ConditionSummary>,
    /// The planned model, or why there is none.
    pub model: Result<ModelResult, String>,
    /// Each participant, drawn towards the mean as far as little is known of them.
    pub participants: Vec<ParticipantEstimate>,
    /// The planned contrasts without a model.
    pub robustness: Vec<Robustness>,
    /// Cochran's Q over the anchors after which all conditions were heard; `None` where no such anchor
    /// was answered in different ways.
    pub cochran: Option<CochranTest>,
    /// Likes by place after the anchor, from 1.
    pub by_position: Vec<(u32, Count)>,
    /// Likes of songs that were not known, and of those that were; empty where that was not asked.
    pub by_familiarity: Vec<(bool, Count)>,
    /// Likes by genre of the song and condition; empty where genres are not known.
    pub by_genre: Vec<((String, Condition), Count)>,
}

/// A condition by itself.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ConditionSummary {
    /// The condition.
    pub condition: Condition,
    /// Likes and answers.
    pub count: Count,
    /// The share with Wilson's 95 % interval, which takes answers to be independent.
    pub share: Estimate,
    /// How long answers took.
    pub reaction: ReactionTimes,
}

/// How long answers took, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct ReactionTimes {
    /// Half of them were quicker.
    pub median: f64,
    /// A quarter was quicker.
    pub lower_quartile: f64,
    /// A quarter was slower.
    pub upper_quartile: f64,
    /// Mean.
    pub mean: f64,
}

/// A participant's probability of liking a song of a condition.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ParticipantEstimate {
    /// The participant.
    pub participant: String,
    /// The condition.
    pub condition: Condition,
    /// Likes and answers.
    pub count: Count,
    /// The shrunk probability, of an average song, with its 95 % interval given the fixed effects;
    /// `None` where there is no model.
    pub shrunk: Option<Estimate>,
}

/// Computes the layer.
pub(super) fn default_layer(kept: &Kept, options: AnalysisOptions<'_>) -> DefaultLayer {
    let AnalysisOptions { bootstrap, seed, genres, .. } = options;
    let answers = &kept.answers;
    let conditions: BTreeSet<Condition> = answers.iter().map(|answer| answer.condition).collect();
    let conditions: Vec<Condition> = conditions.into_iter().collect();
    let model = fit_planned(answers, None);
    DefaultLayer {
        conditions: conditions.iter().map(|c| summary(answers, *c)).collect(),
        participants: participants(answers, model.as_ref().ok()),
        model: model.map_err(|error| error.to_string()),
        robustness: robustness(answers, &conditions, bootstrap, seed),
        cochran: cochran(answers, &conditions),
        by_position: counted(answers.iter().map(|a| (a.position, a.liked))),
        by_familiarity: counted(answers.iter().filter_map(|a| Some((a.familiar?, a.liked)))),
        by_genre: counted(answers.iter().filter_map(|a| {
            let genre = genres?.get(&a.song)?;
            Some(((genre.clone(), a.condition), a.liked))
        })),
    }
}

fn summary(answers: &[Answer], condition: Condition) -> ConditionSummary {
    let own = || answers.iter().filter(|answer| answer.condition == condition);
    let count = Count {
        n_yes: own().filter(|answer| answer.liked).count() as u64,
        n: own().count() as u64,
    };
    let mut times: Vec<f64> = own().map(|answer| answer.rt_millis as f64).collect();
    times.sort_by(f64::total_cmp);
    ConditionSummary {
        condition,
        count,
        share: Estimate { value: count.share(), interval: wilson_interval_at(count, 0.95) },
        reaction: ReactionTimes {
            median: quantile(&times, 0.5),
            lower_quartile: quantile(&times, 0.25),
            upper_quartile: quantile(&times, 0.75),
            mean: times.iter().sum::<f64>() / times.len() as f64,
        },
    }
}

fn participants(answers: &[Answer], model: Option<&ModelResult>) -> Vec<ParticipantEstimate> {
    let by_both = answers.iter().map(|a| ((a.participant.as_str(), a.condition), a.liked));
    let estimates = counted(by_both).into_iter().map(|((participant, condition), count)| {
        let shrunk = model.and_then(|model| {
            let level = model.fit.participants.iter().find(|level| level.name == participant)?;
            let (logit, sd) = model.fit.participant_logit(level, condition.name());
            let half = normal_quantile(0.975) * sd;
            let interval = Interval { low: logistic(logit - half), high: logistic(logit + half) };
            Some(Estimate { value: logistic(logit), interval })
        });
        ParticipantEstimate { participant: participant.to_owned(), condition, count, shrunk }
    });
    estimates.collect()
}

fn cochran(answers: &[Answer], conditions: &[Condition]) -> Option<CochranTest> {
    let mut by_block: BTreeMap<&(String, u32), BTreeMap<Condition, bool>> = BTreeMap::new();
    for answer in answers {
        by_block.entry(&answer.block).or_default().insert(answer.condition, answer.liked);
    }
    let whole = by_block.into_values().filter(|block| block.len() == conditions.len());
    let occasions: Vec<Vec<bool>> = whole.map(|block| block.into_values().collect()).collect();
    if conditions.len() < 2 { None } else { cochran_q(conditions.len(), &occasions) }
}

/// Likes and answers by some key, in its order.
fn counted<K: Ord>(answers: impl Iterator<Item = (K, bool)>) -> Vec<(K, Count)> {
    let mut counts: BTreeMap<K, Count> = BTreeMap::new();
    for (key, liked) in answers {
        let count = counts.entry(key).or_insert(Count { n_yes: 0, n: 0 });
        count.n += 1;
        count.n_yes += u64::from(liked);
    }
    counts.into_iter().collect()
}
