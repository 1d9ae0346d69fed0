//! Segue's native half: songs and lyrics in, trained networks, recommendations and a bundle out.
//!
//! Each command of the program `segue` is one file in [`commands`] that reads like a recipe; what
//! the website must compute in the same way stands in the crate `shared`.

pub mod cli;
pub mod commands;
pub mod files;
pub mod interrupt;
pub mod mp3;
pub mod prepared;
pub mod rasterize;
