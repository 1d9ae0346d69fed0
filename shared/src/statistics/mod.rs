//! Numbers in, numbers out: tests and intervals of shares, and how well a classifier does.
//!
//! | question | answer |
//! |---|---|
//! | do independent shares differ? | [`proportion_test`], [`odds_ratio`], [`risk_difference`] |
//! | do matched answers differ? | [`DiscordantPairs::mcnemar`], [`cochran_q`], [`permute_within_anchors`] |
//! | how sure is a share? | [`wilson_interval`], [`cluster_bootstrap`], [`crossed_bootstrap`] |
//! | do conditions differ where people and songs come up again? | [`glmm`] |
//! | what if several are tested? | [`holm`], [`benjamini_hochberg`] |
//! | was enough asked? | [`ln_bayes_factor`], [`SequentialRule`] |
//!
//! `docs/statistics.md` says which of them agrees with which function of R, and how far.

mod bayes;
mod bootstrap;
mod classification;
mod crossed_bootstrap;
mod effect;
pub mod glmm;
mod matched;
mod multiplicity;
mod permutation;
mod proportion;
mod proportion_test;
pub mod special;

pub use bayes::{
    Beta, SequentialDecision, SequentialRule, ln_bayes_factor, ln_bayes_factor_matched,
};
pub use bootstrap::{
    Bootstrap, FEW_CLUSTERS, Interval, LEAST_CLUSTERS, cluster_bootstrap, quantile,
};
pub use classification::{ClassScores, ConfusionMatrix};
pub use crossed_bootstrap::crossed_bootstrap;
pub use effect::{Estimate, odds_ratio, risk_difference};
pub use matched::{CochranTest, DiscordantPairs, McNemarTest, cochran_q};
pub use multiplicity::{benjamini_hochberg, holm};
pub use permutation::permute_within_anchors;
pub use proportion::{wilson_interval, wilson_interval_at};
pub use proportion_test::{
    Alternative, AlternativeError, Count, CountError, ProportionTest, ProportionTestError,
    ProportionTestOptions, proportion_test, two_proportions_p_value,
};

#[cfg(test)]
mod tests;
