//! What a recommender is worth: figures from its rankings, with intervals.
//!
//! Offline evaluation asks of each song (the *query*) how a recommender ranks all others of the same
//! pool. Songs by the same artist or of the same genre stand in for "fits", as is usual where nobody
//! was asked (Schedl, Gómez and Urbano, "Music Information Retrieval: Recent Developments and
//! Applications", 2014, section 4); a listening history, where there is one, tells what was really
//! played next.
//!
//! | question | answer |
//! |---|---|
//! | is what fits ranked first? | [`score_ranking`]: precision, reciprocal rank, nDCG |
//! | what are the lists like? | [`judge_lists`]: hubness, coverage, popularity, novelty, diversity |
//! | what does an embedding know of genres? | [`LinearProbe`] |
//! | is it what people play next? | [`History`], [`judge_next_tracks`] |
//! | how sure is all this, and do two differ? | [`compare`]: bootstrap over artists or listeners |

mod compare;
mod cooccurrence;
mod history;
mod lbfgs;
mod lists;
mod measure;
mod next_track;
mod probe;
mod ranking;
mod report;
mod resample;
mod time;

pub use compare::{Comparison, Contrast, Judged, Value, compare};
pub use history::{History, HistoryError, Known, Listen, RowFault, RowFaultKind};
pub use lists::{LIST_LENGTH, SongFacts, judge_lists};
pub use measure::Measure;
pub use next_track::{PlayedNext, SHARE_OF_PAST, judge_next_tracks};
pub use probe::{LinearProbe, ProbeError, probe_scores};
pub use ranking::{DEPTHS, NDCG_DEPTH, RankingScores, TargetScores, score_ranking, score_target};
pub use report::{Classification, Evaluation, HistorySummary, ProbeSummary};
pub use resample::{Clusters, Replications, SongData};
