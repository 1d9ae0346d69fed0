//! The networks beside the page.
//!
//! A listener's own song and lyrics never leave the device: two programs run in workers of the
//! browser, loaded only when they are asked for. `listening` goes from the bytes of a sound file to
//! what a network that hears makes of it, `reading` from lyrics, with what was heard or without, to
//! what the networks that read make of them. Both take the same ways through the crate `shared` as
//! the trainer, so that the same file has the same embedding.
//!
//! The page and its workers talk in [`Message`]s: a text, which is a [`ListeningTask`], a
//! [`ReadingTask`] or what is [`Told`], and long rows of numbers beside it. Without the feature `model`
//! this crate is the messages alone: that is what the page's programs are built with.

mod message;
mod numbers;
mod sound;
mod task;
mod told;

#[cfg(feature = "model")]
mod desk;
#[cfg(feature = "model")]
mod listening;
#[cfg(feature = "model")]
mod reading;
#[cfg(feature = "model")]
mod trained;

pub use message::{Message, MessageError, is_worker, serve, tell};
pub use sound::{MelPicture, Sound};
pub use task::{Job, ListeningTask, LyricsTask, NetworkFiles, ReadingTask, SongTask};
pub use told::{Said, Stage, Told, causes};

#[cfg(feature = "model")]
pub use desk::{serve_listening, serve_reading};
