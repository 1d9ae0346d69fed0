//! Next tracks: for each anchor, what each condition recommends.
//!
//! A *condition* is a way to choose: the nearest songs by an embedding ([`Condition::Audio`],
//! [`Condition::Multimodal`], [`Condition::Lyrics`]) or, as controls, random songs
//! ([`Condition::Random`]) and random songs of the anchor's genre ([`Condition::Genre`]). All of
//! them choose from the same [`Pool`] under the same rules, so that conditions differ in nothing
//! but how they choose: never the anchor, and none of its artist's songs unless
//! [`SameArtist::Allow`].

mod clusters;
mod conditions;
mod eight_bit;
mod explorer;
mod moments;
mod nearest;
mod next_tracks;
mod overlap;
mod parted;
mod table;
mod taste;
mod vectors;

pub use clusters::{Clusters, probe};
pub use conditions::{Choice, Condition, Pool, PoolTrack, Recommender, SameArtist};
pub use eight_bit::EightBitRows;
pub use explorer::{Explorer, ExplorerSong};
pub use moments::{MomentPair, most_alike};
pub use nearest::{NearestIndex, Neighbour};
pub use next_tracks::{NextTrack, NextTracks, NextTracksError};
pub use overlap::{DEPTHS, DepthOverlap, Overlap, PairOverlap};
pub use parted::{PartError, PartIndex, TablePart, merged};
pub use table::{Recommendation, Recommendations, RecommendationsError};
pub use taste::{Lead, Taste};
