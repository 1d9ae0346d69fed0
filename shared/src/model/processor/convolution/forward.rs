//! From input to output.

use super::geometry::Geometry;
use crate::model::processor::tile::{STREAMS, Sums, add_products, in_tiles, numbers, pairs, width};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// What is done to the sums of a window, `[channels_out]` each.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Then<'a> {
    /// They are multiplied by it,
    pub(super) scale: Option<&'a [f32]>,
    /// it is added,
    pub(super) offsets: Option<&'a [f32]>,
    /// and what is below zero is made zero.
    pub(super) is_rectified: bool,
}

/// Fills in the output `[batch, channels_out, height, width]` of an input whose channels lie last.
pub(super) struct Forward<'a> {
    pub(super) geometry: Geometry,
    pub(super) input: &'a [f32],
    pub(super) weight: &'a [f32],
    pub(super) then: Then<'a>,
    pub(super) output: &'a mut [f32],
}

impl WithSimd for Forward<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { geometry, input, weight, then, output } = self;
        let (run, row, area) = (geometry.run(), geometry.row(), geometry.area_out());
        let (windows, places) = (in_tiles(geometry.windows()), in_tiles(geometry.places()));
        let mut block = vec![0.0; geometry.kernel * run * width::<S>()];
        let mut start = vec![0.0; width::<S>()];
        for first in (0..geometry.channels_out).step_by(width::<S>()) {
            let channels = first..geometry.channels_out.min(first + width::<S>());
            pack(&geometry, weight, then.scale, channels.clone(), width::<S>(), &mut block);
            if let Some(offsets) = then.offsets {
                start[..channels.len()].copy_from_slice(&offsets[channels.clone()]);
            }
            let begin = pairs::<S>(&start)[0];
            let least = simd.splat_f32s(if then.is_rectified { 0.0 } else { f32::NEG_INFINITY });
            for (&[p, q, r, s], places) in windows.iter().zip(&places) {
                let mut sums: Sums<S> = [begin; STREAMS];
                for (at, factors) in block.chunks_exact(run * width::<S>()).enumerate() {
                    let from = |window: usize| &input[window + at * row..][..run];
                    let streams = [from(p), from(q), from(r), from(s)];
                    add_products(simd, &mut sums, streams, factors);
                }
                for (&place, sums) in places.iter().zip(&sums) {
                    // In this order what is no number stays none: processors give the second then.
                    let sums = &[simd.max_f32s(least, sums[0]), simd.max_f32s(least, sums[1])];
                    let output = output[place + first * area..].iter_mut().step_by(area);
                    let sums = numbers::<S>(sums).iter().take(channels.len());
                    output.zip(sums).for_each(|(to, &sum)| *to = sum);
                }
            }
        }
    }
}

/// The weights of some channels, scaled, in the order in which windows are read, `width` channels beside each other;
/// those that there are not stay 0.
fn pack(
    geometry: &Geometry,
    weight: &[f32],
    scale: Option<&[f32]>,
    channels: Range<usize>,
    width: usize,
    block: &mut [f32],
) {
    let area = geometry.kernel * geometry.kernel;
    let n_weights = area * geometry.channels_in;
    block.fill(0.0);
    let weights = weight[channels.start * n_weights..].chunks_exact(n_weights);
    for (lane, weight) in weights.take(channels.len()).enumerate() {
        let scale = scale.map_or(1.0, |scale| scale[channels.start + lane]);
        for (channel_in, weight) in weight.chunks_exact(area).enumerate() {
            for (at, &value) in weight.iter().enumerate() {
                block[(at * geometry.channels_in + channel_in) * width + lane] = value * scale;
            }
        }
    }
}
