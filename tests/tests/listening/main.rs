//! The workers that run networks, in a real browser: what they make of a song is what the trainer makes
//! of it, and what is no song has its own sentence and harms nothing.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod cancel;
mod devices;
mod download;
mod dropped;
mod faults;
mod fingers;
mod firefox;
mod kept;
mod long;
mod material;
mod page;
mod parity;
mod reasons;
mod slices;
mod song_picture;
mod workers;
