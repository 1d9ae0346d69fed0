//! The catalogue: which songs there are, where their audio and lyrics come from, and which split
//! each belongs to.
//!
//! A [`Track`] is one song with its audio file and its lyrics; a [`Catalog`] is the list of them,
//! kept as `catalog.csv`.

mod ambiguous;
mod audio_file;
mod blocking;
mod genius;
mod language;
mod letters;
mod link;
mod normalize;
mod numbered_rows;
mod other_genres;
mod records;
mod report;
mod score;
mod select;
#[cfg(test)]
mod slowly;
mod split;
mod table;
mod title;
mod track;

pub use ambiguous::{Ambiguous, Candidate, Decision, DecisionError, Decisions, write_ambiguous};
pub use audio_file::AudioFile;
pub use genius::{BrokenRow, GeniusError, GeniusReader, LyricsRow, RowFault};
pub use language::Language;
pub use link::{Link, LinkOptions, Linked, Linker, song_key};
pub use normalize::{fold, main_artist_key};
pub use numbered_rows::{NumberedRows, RowError, shown_header};
pub use other_genres::OtherGenres;
pub use records::MAX_RECORD_BYTES;
pub use report::{FileCounts, MAX_LISTED, Report};
pub use select::{
    DropReason, GenreQuota, MostViewed, Passed, RowFilter, SelectError, choose, one_song_an_id,
};
pub use split::{SPLIT_SHARES, SplitBy, assign_splits};
pub use table::{Catalog, CatalogError};
pub use track::{Split, Track, TrackId};
