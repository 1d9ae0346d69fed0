//! One share of a catalogue, of many that are worked on apart.

use shared::catalog::TrackId;

/// One of `count` shares of a catalogue, by the hash of the track id.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Shard {
    /// Which, from 0.
    pub index: u32,
    /// Of how many.
    pub count: u32,
}

impl Shard {
    /// The whole catalogue.
    pub const ALL: Self = Self { index: 0, count: 1 };

    /// Reads `i/n`, with i from 0 to n - 1 (the numbering of Slurm's job arrays).
    pub fn parse(text: &str) -> Option<Self> {
        let (index, count) = text.split_once('/')?;
        let shard = Self { index: index.trim().parse().ok()?, count: count.trim().parse().ok()? };
        (shard.index < shard.count).then_some(shard)
    }

    /// Whether a track belongs to this share.
    pub fn holds(self, track_id: &TrackId) -> bool {
        let hash = blake3::hash(track_id.as_str().as_bytes());
        let (first, _) = hash.as_bytes().split_at(8);
        let number = first.iter().fold(0u64, |number, byte| (number << 8) | u64::from(*byte));
        number % u64::from(self.count) == u64::from(self.index)
    }
}
