//! Training: songs in batches, burn-train's loop, what is kept and what is reported.

pub mod augment;
pub mod batches;
mod checkpoints;
pub mod config;
pub mod contrastive;
pub mod evaluate;
pub mod figures;
pub mod fit;
pub mod history;
mod learnable;
pub mod model_card;
pub mod parity;
pub mod progress;
pub mod run;
pub mod run_folder;
pub mod songs;
mod tally;
pub mod tensorboard;
pub mod text_encoder;
pub mod text_training;
pub mod trained;
