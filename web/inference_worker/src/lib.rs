//! The networks beside the page.
//!
//! A listener's own song and lyrics never leave the device: programs run in workers of the browser,
//! loaded only when they are asked for. `listening` goes from a sound file to what a network that hears
//! makes of it, `reading` goes from lyrics, with what was heard or without, to what the networks that read
//! make of them, and `graphics` does the last step of both on a graphics processor. They take the same ways through the crate `shared` as
//! the trainer, so that the same file has the same embedding.
//!
//! The page and its workers talk in [`Message`]s: a text, which is a [`ListeningTask`], a
//! [`ReadingTask`], a [`GraphicsTask`] or what is [`Told`], and long rows of numbers beside it. Without the feature `model`
//! this crate is the messages alone: that is what the page's programs are built with.

mod message;
mod numbers;
mod sound;
mod task;
mod told;

#[cfg(feature = "processor")]
mod desk;
#[cfg(feature = "processor")]
mod file;
#[cfg(feature = "model")]
mod graphics;
#[cfg(feature = "processor")]
mod listening;
#[cfg(feature = "processor")]
mod reading;
#[cfg(feature = "model")]
mod trained;

#[cfg(feature = "turns")]
pub use message::serve_in_turn;
pub use message::{Message, MessageError, is_worker, serve, tell};
pub use sound::{MelPicture, Sound};
pub use task::{
    GraphicsTask, Job, ListeningTask, LyricsTask, MOST_LYRICS_BYTES, NetworkFiles, NetworkTokens,
    NetworksTask, OutlineTask, ReadingTask, SlicesTask, SongTask,
};
pub use told::{Said, Stage, TokenCounts, Told, causes};

#[cfg(feature = "processor")]
pub use desk::{serve_listening, serve_reading};
#[cfg(feature = "model")]
pub use graphics::serve_graphics;
