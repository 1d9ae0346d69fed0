//! Everything the trainer and the website of Segue must agree on, once.
//!
//! A *song* is heard (its mel spectrogram) and read (its lyrics). A network trained on genre gives
//! an *embedding*, the values of the layer before the softmax; the nearest other songs by cosine
//! similarity are the *recommendation*. Segue compares recommenders that hear, read, or do both.
//!
//! # Flow of the data
//!
//! ```text
//! audio files + lyrics csv -> catalog -> spectrogram slices, lyrics -> model -> embedding
//!                                                             -> recommend -> bundle -> website
//! ```
//!
//! # Dependency rule
//!
//! Downwards only; `tests/tests/dependency_rule.rs` holds it.
//!
//! | module | what it is | may use |
//! |---|---|---|
//! | [`random`] | seeds and named, portable random streams | nothing |
//! | [`hash`] | hashes as text | nothing |
//! | [`json`] | typed values out of JSON, with the path of what does not fit | nothing |
//! | [`audio`] | decoding, mixing, resampling, the clip, loudness | nothing |
//! | [`catalog`] | tracks, lyrics rows, linking, splits | hash, random |
//! | [`lyrics`] | cleaning and tokenizing | catalog |
//! | [`spectrogram`] | mel spectrograms and their slices | audio |
//! | [`model`] | the networks (behind the feature `model`) | spectrogram, lyrics, burn |
//! | `eigen` | eigenvalues of small symmetric matrices | |
//! | [`embedding`] | embedding tables, cosine similarity | catalog, eigen, json |
//! | [`recommend`] | one recommender per condition | embedding, catalog, random |
//! | [`study`] | design, plan and progress of a session, its log | catalog, hash, json, recommend, random |
//! | [`statistics`] | numbers in, numbers out | eigen, random |
//! | [`evaluation`] | what a recommender is worth, from its rankings | embedding, catalog, recommend, statistics, random |
//! | [`analysis`] | sessions to a report | study, hash, statistics |
//! | [`simulate`] | simulated participants; power | study, analysis, json, random |
//! | [`bundle`] | named bytes to and from a bundle | catalog, hash, json, spectrogram, embedding, recommend, study |
//! | [`figure`] | numbers to SVG, reports to HTML | analysis, evaluation, statistics, spectrogram |
//!
//! # What is absent
//!
//! No files, no network, no clock, no threads and no unseeded randomness: times and seeds are
//! arguments, bytes come in and go out. So the same code runs in the trainer and in the browser. One exception is for
//! the trainer to ask for, the feature `threads`: networks compute by all threads, to the same numbers.
//!
//! # Features
//!
//! `sound` is what decodes and analyses sound, `tokens` what makes tokens of words, `model` the networks: on the
//! `processor`, able to read (`reading`), able to be trained (`gradients`). Without any the crate is what the website's
//! page needs.

pub mod analysis;
pub mod audio;
pub mod bundle;
pub mod catalog;
mod eigen;
pub mod embedding;
pub mod evaluation;
pub mod figure;
pub mod hash;
pub mod json;
pub mod lyrics;
#[cfg(feature = "model")]
pub mod model;
pub mod random;
pub mod recommend;
pub mod simulate;
pub mod spectrogram;
pub mod statistics;
pub mod study;
