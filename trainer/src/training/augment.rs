//! Augmentation: what makes a slice another one in every epoch, so that a network learns from few songs
//! what stays the same.
//!
//! SpecAugment (Park et al., 2019) without its warping, clips that begin elsewhere, and mixup (Zhang et
//! al., 2018). All of it is drawn from the seed and the epoch's number.

use serde::{Deserialize, Serialize};
use shared::random::Stream;

/// Masks of each kind in a slice, as SpecAugment's policies have them.
const N_MASKS: usize = 2;

/// What is done to the slices of the train split.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize, Deserialize)]
#[serde(default)]
pub struct Augmentation {
    /// Mel bands that one of the two masks over bands covers, at most.
    pub mask_bands: usize,
    /// Frames that one of the two masks over time covers, at most.
    pub mask_frames: usize,
    /// Whether slices begin at any frame and not at every 128th.
    pub random_offset: bool,
    /// Parameter of the Beta distribution, 0.01 to 1, from which the share of the other slice is drawn; 0 mixes
    /// nothing.
    pub mixup: f64,
}

/// How a batch was mixed: row by row with another row of it.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Mix {
    /// The other row of each row.
    pub(super) others: Vec<usize>,
    /// The share of the row itself, 1/2 to 1.
    pub(super) share: f64,
}

impl Augmentation {
    /// Where a slice begins, in frames after its own beginning, if another one follows it.
    pub(super) fn offset(self, n_frames: usize, has_next: bool, stream: &mut Stream) -> usize {
        if self.random_offset && has_next { stream.below(n_frames) } else { 0 }
    }

    /// Covers bands and frames of a slice `[n_mels, n_frames]` by its mean.
    pub(super) fn mask(self, slice: &mut [f32], n_frames: usize, stream: &mut Stream) {
        let n_mels = slice.len() / n_frames;
        let mean = slice.iter().sum::<f32>() / slice.len() as f32;
        let mut span = |most: usize, n: usize| {
            let width = stream.below(most.min(n) + 1);
            let from = stream.below(n - width + 1);
            from..from + width
        };
        for _ in 0..N_MASKS {
            let bands = span(self.mask_bands, n_mels);
            slice[bands.start * n_frames..bands.end * n_frames].fill(mean);
            let frames = span(self.mask_frames, n_frames);
            slice.chunks_exact_mut(n_frames).for_each(|band| band[frames.clone()].fill(mean));
        }
    }

    /// How a batch of that many rows is mixed; `None` where nothing is.
    pub(super) fn mix(self, n_rows: usize, stream: &mut Stream) -> Option<Mix> {
        if self.mixup <= 0.0 || n_rows < 2 {
            return None;
        }
        let share = beta(self.mixup, stream);
        let mut others: Vec<usize> = (0..n_rows).collect();
        stream.shuffle(&mut others);
        Some(Mix { others, share: share.max(1.0 - share) })
    }
}

impl Mix {
    /// Mixes the rows, each of `n` values.
    pub(super) fn apply(&self, values: &[f32], n: usize) -> Vec<f32> {
        let share = self.share as f32;
        let rows = values.chunks_exact(n).zip(&self.others);
        rows.flat_map(|(row, other)| {
            let other = &values[other * n..][..n];
            row.iter().zip(other).map(move |(own, other)| share * own + (1.0 - share) * other)
        })
        .collect()
    }
}

/// A draw of Beta(`alpha`, `alpha`) for `alpha` up to 1 (Jöhnk, 1964).
fn beta(alpha: f64, stream: &mut Stream) -> f64 {
    loop {
        let [a, b] = [stream.unit(), stream.unit()].map(|unit| unit.powf(1.0 / alpha));
        let sum = a + b;
        if sum > 0.0 && sum <= 1.0 {
            return a / sum;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::random::Seed;

    #[test]
    fn masks_cover_no_more_than_they_may() {
        let augmentation =
            Augmentation { mask_bands: 2, mask_frames: 3, ..Augmentation::default() };
        let mut stream = Seed(1).stream("masks");
        let (mut most_bands, mut most_frames) = (0, 0);
        for _ in 0..200 {
            // No value of it is its mean.
            let mut slice: Vec<f32> =
                (0..8 * 10).map(|at| if at % 2 == 0 { at as f32 } else { -200.0 }).collect();
            let mean = slice.iter().sum::<f32>() / 80.0;
            augmentation.mask(&mut slice, 10, &mut stream);
            let is_covered = |band: usize, frame: usize| slice[band * 10 + frame] == mean;
            let n_bands = (0..8).filter(|band| (0..10).all(|f| is_covered(*band, f))).count();
            let n_frames = (0..10).filter(|frame| (0..8).all(|b| is_covered(b, *frame))).count();
            assert!(n_bands <= 4 && n_frames <= 6, "{slice:?}");
            (most_bands, most_frames) = (most_bands.max(n_bands), most_frames.max(n_frames));
        }
        assert_eq!((most_bands, most_frames), (4, 6));
    }

    #[test]
    fn nothing_is_done_where_nothing_is_asked_for() {
        let mut stream = Seed(1).stream("nothing");
        let mut slice = vec![1.0, 2.0, 3.0, 4.0];
        Augmentation::default().mask(&mut slice, 2, &mut stream);
        assert_eq!(slice, [1.0, 2.0, 3.0, 4.0]);
        assert_eq!(Augmentation::default().mix(4, &mut stream), None);
        assert_eq!(Augmentation::default().offset(128, true, &mut stream), 0);
    }

    #[test]
    fn rows_are_mixed_with_others() {
        let mix = Mix { others: vec![1, 0], share: 0.75 };
        assert_eq!(mix.apply(&[0.0, 4.0, 8.0, 0.0], 2), [2.0, 3.0, 6.0, 1.0]);
    }

    /// Mean 1/2 and variance 1 / (4 (2 alpha + 1)).
    #[test]
    fn shares_are_of_the_beta_distribution() {
        for alpha in [0.2, 1.0] {
            let mut stream = Seed(3).stream("beta");
            let draws: Vec<f64> = (0..20_000).map(|_| beta(alpha, &mut stream)).collect();
            let mean = draws.iter().sum::<f64>() / draws.len() as f64;
            let square = |draw: &f64| (draw - mean) * (draw - mean);
            let variance = draws.iter().map(square).sum::<f64>() / draws.len() as f64;
            assert!((mean - 0.5).abs() < 0.01, "{mean}");
            assert!((variance - 0.25 / (2.0 * alpha + 1.0)).abs() < 0.005, "{variance}");
        }
    }
}
