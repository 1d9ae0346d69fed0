//! Segue's native half: songs and lyrics in, trained networks, recommendations and a bundle out.
//!
//! Each command of the program `segue` is one file in [`commands`] that reads like a recipe; what
//! the website must compute in the same way stands in the crate `shared`.

pub mod audio_tags;
pub mod bundle_folder;
mod causes;
pub mod cli;
pub mod commands;
pub mod demo;
pub mod device;
pub mod files;
pub mod interrupt;
pub mod language;
mod memory;
pub mod mp3;
pub mod named_paths;
mod own_output;
pub mod prepared;
pub mod rasterize;
pub mod site_server;
pub mod songs;
pub mod steps;
pub mod training;
