//! The measures and what they mean.

use serde::{Serialize, Serializer};

/// One thing that is measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[allow(missing_docs, reason = "each is described by `what`")]
pub enum Measure {
    ArtistPrecision1,
    ArtistPrecision5,
    ArtistPrecision10,
    ArtistReciprocalRank,
    ArtistNdcg,
    GenrePrecision1,
    GenrePrecision5,
    GenrePrecision10,
    GenreReciprocalRank,
    GenreNdcg,
    HubnessSkewness,
    AntiHubs,
    Coverage,
    Popularity,
    Novelty,
    GenreDiversity,
    ProbeAccuracy,
    ProbeMacroF1,
    NetworkAccuracy,
    NetworkMacroF1,
    HitRate1,
    HitRate5,
    HitRate10,
    NextReciprocalRank,
    NextNdcg,
}

impl Measure {
    /// Precision at each depth, reciprocal rank and nDCG of songs by the same artist.
    pub const SAME_ARTIST: [Self; 5] = [
        Self::ArtistPrecision1,
        Self::ArtistPrecision5,
        Self::ArtistPrecision10,
        Self::ArtistReciprocalRank,
        Self::ArtistNdcg,
    ];

    /// The same of songs of the same genre.
    pub const SAME_GENRE: [Self; 5] = [
        Self::GenrePrecision1,
        Self::GenrePrecision5,
        Self::GenrePrecision10,
        Self::GenreReciprocalRank,
        Self::GenreNdcg,
    ];

    /// Hit rate at each depth, reciprocal rank and nDCG of the track that was played next.
    pub const NEXT_TRACK: [Self; 5] =
        [Self::HitRate1, Self::HitRate5, Self::HitRate10, Self::NextReciprocalRank, Self::NextNdcg];

    /// The name used in files.
    pub fn name(self) -> &'static str {
        self.row().0
    }

    /// What it is, for people.
    pub fn what(self) -> &'static str {
        self.row().1
    }

    fn row(self) -> (&'static str, &'static str) {
        match self {
            Self::ArtistPrecision1 => ("same_artist_precision_1", "same artist, first"),
            Self::ArtistPrecision5 => ("same_artist_precision_5", "same artist, share of first 5"),
            Self::ArtistPrecision10 => {
                ("same_artist_precision_10", "same artist, share of first 10")
            }
            Self::ArtistReciprocalRank => ("same_artist_mrr", "same artist, mean reciprocal rank"),
            Self::ArtistNdcg => ("same_artist_ndcg_10", "same artist, nDCG at 10"),
            Self::GenrePrecision1 => ("same_genre_precision_1", "same genre, first"),
            Self::GenrePrecision5 => ("same_genre_precision_5", "same genre, share of first 5"),
            Self::GenrePrecision10 => ("same_genre_precision_10", "same genre, share of first 10"),
            Self::GenreReciprocalRank => ("same_genre_mrr", "same genre, mean reciprocal rank"),
            Self::GenreNdcg => ("same_genre_ndcg_10", "same genre, nDCG at 10"),
            Self::HubnessSkewness => ("hubness_skewness", "hubness: skewness of N10"),
            Self::AntiHubs => ("anti_hubs", "anti-hubs: songs near to none"),
            Self::Coverage => ("coverage", "coverage: songs that are recommended"),
            Self::Popularity => ("popularity", "popularity of what is recommended (percentile)"),
            Self::Novelty => ("novelty", "novelty (bits)"),
            Self::GenreDiversity => ("genre_diversity", "genre diversity of a list"),
            Self::ProbeAccuracy => ("probe_accuracy", "linear probe, accuracy"),
            Self::ProbeMacroF1 => ("probe_macro_f1", "linear probe, macro F1"),
            Self::NetworkAccuracy => ("network_accuracy", "network, accuracy"),
            Self::NetworkMacroF1 => ("network_macro_f1", "network, macro F1"),
            Self::HitRate1 => ("hit_rate_1", "next track is the first"),
            Self::HitRate5 => ("hit_rate_5", "next track is among 5"),
            Self::HitRate10 => ("hit_rate_10", "next track is among 10"),
            Self::NextReciprocalRank => ("next_track_mrr", "next track, mean reciprocal rank"),
            Self::NextNdcg => ("next_track_ndcg_10", "next track, nDCG at 10"),
        }
    }
}

impl Serialize for Measure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}
