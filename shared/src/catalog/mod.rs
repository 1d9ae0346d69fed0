//! The catalogue: which songs there are, where their audio and lyrics come from, and which split
//! each belongs to.
//!
//! A [`Track`] is one song with its audio file and its lyrics; a [`Catalog`] is the list of them,
//! kept as `catalog.csv`.

mod table;
mod track;

pub use table::{Catalog, CatalogError};
pub use track::{Split, Track, TrackId};
