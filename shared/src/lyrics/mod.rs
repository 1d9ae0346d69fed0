//! The words of a song: cleaning them, and making tokens of them.

mod clean;

pub use clean::clean;
