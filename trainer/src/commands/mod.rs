//! One file a command; each reads like a recipe.

pub mod analyse;
pub mod catalog;
pub mod demo;
pub mod embed;
pub mod evaluate;
pub mod export;
#[cfg(test)]
mod made_up;
pub mod parity;
pub mod power;
pub mod prepare;
pub mod recommend;
pub mod runs;
pub mod serve;
pub mod spectrogram;
pub mod statistics;
pub mod study;
pub mod sweep;
pub mod train;
pub mod verify;
