//! From the output's gradient to those of weights and input.

use super::geometry::Geometry;
use crate::model::processor::tile::{
    STREAMS, Sums, add_pair, add_product, add_products, pairs, pairs_mut, width,
};
use pulp::{Simd, WithSimd};
use std::ops::Range;

/// Channels of the output that are best given to one thread, or a multiple of them.
pub(super) const CHANNELS_TOGETHER: usize = 16;

/// Pixels whose gradients are used again and again while they lie in a near cache: full tiles.
const N_NEAR: usize = 64 * STREAMS;

/// Fills in the gradient of the weights of some channels of the output, from an input whose channels lie last and
/// the output's gradient `[batch, channels_out, height, width]`.
pub(super) struct OfWeight<'a> {
    pub(super) geometry: Geometry,
    pub(super) input: &'a [f32],
    pub(super) output: &'a [f32],
    pub(super) first_channel: usize,
    pub(super) weight: &'a mut [f32],
}

impl WithSimd for OfWeight<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { geometry, input, output, first_channel, weight } = self;
        let run = geometry.run();
        let n_sums = geometry.kernel * run * width::<S>();
        let n_channels = weight.len() / (geometry.kernel * run);
        let mut sums = vec![0.0; n_channels.div_ceil(width::<S>()) * n_sums];
        let mut near = vec![0.0; N_NEAR * width::<S>()];
        let (windows, places) = (geometry.windows(), geometry.places());
        for (windows, places) in windows.chunks(N_NEAR).zip(places.chunks(N_NEAR)) {
            for (block, sums) in sums.chunks_exact_mut(n_sums).enumerate() {
                let first = first_channel + block * width::<S>();
                let last = (first_channel + n_channels).min(first + width::<S>());
                gather(&geometry, output, places, first..last, width::<S>(), &mut near);
                let near = &pairs::<S>(&near)[..places.len()];
                for (row, sums) in sums.chunks_exact_mut(run * width::<S>()).enumerate() {
                    let input = &input[row * geometry.row()..];
                    for (tile, sums) in pairs_mut::<S>(sums).chunks_mut(STREAMS).enumerate() {
                        let numbers = tile * STREAMS..run;
                        add_outer_products(simd, sums, input, numbers, windows, near);
                    }
                }
            }
        }
        unpack(&geometry, &sums, width::<S>(), weight);
    }
}

/// The gradients of some channels at some pixels, pixel by pixel, `width` of them beside each other.
fn gather(
    geometry: &Geometry,
    output: &[f32],
    places: &[usize],
    channels: Range<usize>,
    width: usize,
    near: &mut [f32],
) {
    let first = channels.start * geometry.area_out();
    near.fill(0.0);
    for (place, near) in places.iter().zip(near.chunks_exact_mut(width)) {
        let from = output[place + first..].iter().step_by(geometry.area_out()).take(channels.len());
        near.iter_mut().zip(from).for_each(|(to, &from)| *to = from);
    }
}

/// Adds for each pixel the products of up to four of the numbers of its window with its gradients.
#[inline(always)]
fn add_outer_products<S: Simd>(
    simd: S,
    sums: &mut [[S::f32s; 2]],
    input: &[f32],
    numbers: Range<usize>,
    windows: &[usize],
    gradients: &[[S::f32s; 2]],
) {
    let mut tile: Sums<S> = [[simd.splat_f32s(0.0); 2]; STREAMS];
    let [mut a, mut b, mut c, mut d] = tile;
    // Where fewer are left, the last is computed more than once.
    let at = |stream: usize| stream.min(numbers.len() - 1);
    let [p, q, r, s] = [at(0), at(1), at(2), at(3)];
    for (&window, gradients) in windows.iter().zip(gradients) {
        let near = &input[window + numbers.start..window + numbers.end];
        a = add_product(simd, near[p], gradients, a);
        b = add_product(simd, near[q], gradients, b);
        c = add_product(simd, near[r], gradients, c);
        d = add_product(simd, near[s], gradients, d);
    }
    tile = [a, b, c, d];
    for (sum, new) in sums.iter_mut().zip(&tile) {
        *sum = add_pair(simd, sum, new);
    }
}

/// Sums `[block, number of the window, width]` as weights.
fn unpack(geometry: &Geometry, sums: &[f32], width: usize, weight: &mut [f32]) {
    let area = geometry.kernel * geometry.kernel;
    let n_weights = area * geometry.channels_in;
    for (channel, weight) in weight.chunks_exact_mut(n_weights).enumerate() {
        let sums = &sums[(channel / width) * n_weights * width + channel % width..];
        for (channel_in, weight) in weight.chunks_exact_mut(area).enumerate() {
            for (at, value) in weight.iter_mut().enumerate() {
                *value = sums[(at * geometry.channels_in + channel_in) * width];
            }
        }
    }
}

/// The gradient of the input, from an output's gradient; the channels of both lie last.
pub(super) struct OfInput<'a> {
    pub(super) geometry: Geometry,
    pub(super) output: &'a [f32],
    pub(super) weight: &'a [f32],
}

impl WithSimd for OfInput<'_> {
    type Output = Vec<f32>;

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) -> Vec<f32> {
        let Self { geometry, output, weight } = self;
        let (run, n_out) = (geometry.run(), geometry.channels_out);
        let blocks = turned_blocks(&geometry, weight, width::<S>());
        // What the last tile of a row adds beyond the row are zeros; beyond the last row they need a place.
        let n_input = geometry.batch * geometry.size_of_input();
        let mut input = vec![0.0; n_input + width::<S>()];
        let windows = geometry.windows();
        let near = windows_near(&geometry, &windows, output);
        for (windows, output) in near {
            let mut blocks = blocks.chunks_exact(n_out * width::<S>());
            for row in 0..geometry.kernel {
                for first in (0..run).step_by(width::<S>()) {
                    let factors = blocks.next().expect("one for each row and column of blocks");
                    let offset = row * geometry.row() + first;
                    let pieces = windows.chunks(STREAMS).zip(output.chunks(STREAMS * n_out));
                    for (windows, output) in pieces {
                        let last = windows.len() - 1;
                        let of = |at: usize| &output[at.min(last) * n_out..][..n_out];
                        let mut sums: Sums<S> = [[simd.splat_f32s(0.0); 2]; STREAMS];
                        let streams = [of(0), of(1), of(2), of(3)];
                        add_products(simd, &mut sums, streams, factors);
                        for (window, sums) in windows.iter().zip(&sums) {
                            let input = &mut input[window + offset..][..width::<S>()];
                            let input = &mut pairs_mut::<S>(input)[0];
                            *input = add_pair(simd, input, sums);
                        }
                    }
                }
            }
        }
        input.truncate(n_input);
        input
    }
}

/// Windows that are added while their gradients lie in a near cache: those of some whole pictures, or a part of one. A
/// picture is cut in the same places whatever lies beside it, so that its sums are rounded alike whichever pictures a
/// thread is given.
fn windows_near<'a>(
    geometry: &Geometry,
    windows: &'a [usize],
    output: &'a [f32],
) -> impl Iterator<Item = (&'a [usize], &'a [f32])> {
    let (n_pixels, n_out) = (geometry.area_out(), geometry.channels_out);
    let n_together = (N_NEAR / n_pixels).max(1) * n_pixels;
    let pictures = windows.chunks(n_together).zip(output.chunks(n_together * n_out));
    pictures.flat_map(move |(windows, output)| {
        windows.chunks(N_NEAR).zip(output.chunks(N_NEAR * n_out))
    })
}

/// The weights by rows of the window, in blocks of `width` numbers of a row that lie beside each other for each channel
/// of the output; those that there are not stay 0.
fn turned_blocks(geometry: &Geometry, weight: &[f32], width: usize) -> Vec<f32> {
    let (kernel, n_in, n_out) = (geometry.kernel, geometry.channels_in, geometry.channels_out);
    let n_blocks = geometry.run().div_ceil(width);
    let mut blocks = vec![0.0; kernel * n_blocks * n_out * width];
    for (channel, weight) in weight.chunks_exact(n_in * kernel * kernel).enumerate() {
        for (channel_in, weight) in weight.chunks_exact(kernel * kernel).enumerate() {
            for (at, &value) in weight.iter().enumerate() {
                let (row, number) = (at / kernel, at % kernel * n_in + channel_in);
                let block = row * n_blocks + number / width;
                blocks[(block * n_out + channel) * width + number % width] = value;
            }
        }
    }
    blocks
}
