//! Numbers in, numbers out: how well a classifier does, and how sure that is.

mod bootstrap;
mod classification;
mod proportion;

pub use bootstrap::{Bootstrap, Interval, cluster_bootstrap, quantile};
pub use classification::{ClassScores, ConfusionMatrix};
pub use proportion::wilson_interval;
