//! What `segue recommend` reports.

use serde::Serialize;
use shared::catalog::TrackId;
use shared::random::Seed;
use shared::recommend::{Condition, Overlap, SameArtist};
use std::fmt;

/// Settings, what was left out, and how far the conditions agree; kept as
/// `recommendations.overlap.json`.
#[derive(Debug, Serialize)]
pub(super) struct Report {
    pub(super) settings: Settings,
    pub(super) n_anchors: usize,
    pub(super) n_recommendations: usize,
    /// Lists with fewer than `k` songs because there were no more that may be recommended.
    pub(super) n_short_lists: usize,
    pub(super) without_embedding: Vec<WithoutEmbedding>,
    #[serde(flatten)]
    pub(super) overlap: Overlap,
}

/// What was asked for.
#[derive(Debug, Serialize)]
pub(super) struct Settings {
    pub(super) k: u32,
    pub(super) split: String,
    pub(super) same_artist: SameArtist,
    pub(super) seed: Seed,
    pub(super) conditions: Vec<Condition>,
}

/// Tracks of the split that a table lacks.
#[derive(Debug, Serialize)]
pub(super) struct WithoutEmbedding {
    pub(super) table: String,
    pub(super) track_ids: Vec<TrackId>,
}

impl Report {
    pub(super) fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("texts and numbers are JSON");
        json.push(b'\n');
        json
    }
}

/// The summary in the terminal.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let conditions: Vec<&str> = self.settings.conditions.iter().map(|c| c.name()).collect();
        writeln!(
            f,
            "{} recommendations for {} anchors ({}; split {})",
            self.n_recommendations,
            self.n_anchors,
            conditions.join(", "),
            self.settings.split
        )?;
        for without in self.without_embedding.iter().filter(|w| !w.track_ids.is_empty()) {
            let first: Vec<&str> = without.track_ids.iter().take(5).map(TrackId::as_str).collect();
            let more = if without.track_ids.len() > first.len() { ", ..." } else { "" };
            writeln!(
                f,
                "left out: {} tracks without an embedding in '{}': {}{more}",
                without.track_ids.len(),
                without.table,
                first.join(", ")
            )?;
        }
        if self.n_short_lists > 0 {
            let (n, k) = (self.n_short_lists, self.settings.k);
            writeln!(f, "{n} lists have fewer than {k} songs: there were no more to recommend")?;
        }
        self.write_overlap(f)
    }
}

impl Report {
    fn write_overlap(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.overlap.pairs.is_empty() {
            return Ok(());
        }
        writeln!(f, "{:<24} {:>10}  mean Jaccard index at", "conditions", "same first")?;
        for pair in &self.overlap.pairs {
            let name = format!("{} / {}", pair.first, pair.second);
            write!(f, "{name:<24} {:>9.1}%", 100.0 * pair.share_same_first)?;
            for depth in &pair.jaccard {
                write!(f, "  {}: {:.3}", depth.depth, depth.mean)?;
            }
            writeln!(f)?;
        }
        Ok(())
    }
}
