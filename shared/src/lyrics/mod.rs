//! The words of a song: cleaning them, and making tokens of them.

mod clean;
#[cfg(feature = "tokens")]
mod tokenize;

pub use clean::clean;
#[cfg(feature = "tokens")]
pub use tokenize::{BertLetters, LyricsTokenizer, TokenizeError};
#[cfg(feature = "model")]
pub(crate) use tokenize::{truncated, windowed};
