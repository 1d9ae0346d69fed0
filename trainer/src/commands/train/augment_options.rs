//! Options of `segue train` that concern augmentation.

use crate::training::augment::Augmentation;
use clap::ArgAction;

/// What is done to the slices of the train split, another way in every epoch.
#[derive(Debug, Clone, clap::Args)]
pub struct AugmentOptions {
    /// Cover up to N mel bands of each slice, twice (SpecAugment)
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub mask_bands: usize,
    /// Cover up to N frames of each slice, twice (SpecAugment)
    #[arg(long, value_name = "N", default_value_t = 0, allow_negative_numbers = true)]
    pub mask_frames: usize,
    /// Let slices begin at any frame of the clip
    #[arg(long, num_args = 0..=1, require_equals = true, action = ArgAction::Set, default_value_t = false, default_missing_value = "true", value_name = "BOOL")]
    pub random_offset: bool,
    /// Mix each slice with another one, by a share drawn from Beta(X, X); X is 0.01 to 1
    #[arg(long, value_name = "X", default_value_t = 0.0, value_parser = mixup, allow_negative_numbers = true)]
    pub mixup: f64,
}

fn mixup(text: &str) -> Result<f64, String> {
    let expected = || format!("expected 0, or a number from 0.01 to 1 such as 0.2, got '{text}'");
    let value: f64 = text.parse().map_err(|_| expected())?;
    // Draws of a distribution that is nearly all at its ends would take for ever.
    if value == 0.0 || (0.01..=1.0).contains(&value) { Ok(value) } else { Err(expected()) }
}

impl AugmentOptions {
    /// As settings of a run.
    pub(super) fn settings(&self) -> Augmentation {
        Augmentation {
            mask_bands: self.mask_bands,
            mask_frames: self.mask_frames,
            random_offset: self.random_offset,
            mixup: self.mixup,
        }
    }
}
