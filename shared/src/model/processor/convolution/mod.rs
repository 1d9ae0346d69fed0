//! Convolutions on the processor, computed where the input lies.
//!
//! The usual way unfolds the input (im2col) into memory of its own, `kernel`² times as large, multiplies, and sorts the
//! product back. Here channels lie last, so that a row of a window is one run of numbers: four pixels at once are
//! multiplied with the weights of two registers of channels, and the sums stay in registers until a window is
//! done (a direct convolution, as of Zhang, Franchetti and Low, 2018). The same inner loop gives the gradients.
//!
//! No padding, square kernels; weights are `[channels_out, channels_in, kernel, kernel]`.

mod forward;
mod geometry;
#[cfg(any(test, feature = "gradients"))]
mod gradient;
mod operation;

pub(in crate::model) use operation::{conv2d, conv2d_rectified};

#[cfg(any(test, feature = "gradients"))]
use super::layout::channels_first;
use super::layout::channels_last;
use super::split::{each, share};
use forward::Then;
use geometry::Geometry;
use pulp::Arch;

/// The output `[batch, channels_out, height, width]`.
fn convolve(geometry: Geometry, input: &[f32], weight: &[f32], then: Then<'_>) -> Vec<f32> {
    let mut output = vec![0.0; geometry.batch * geometry.size_of_output()];
    let n_pictures = share(geometry.batch);
    let pieces = input
        .chunks(n_pictures * geometry.size_of_input())
        .zip(output.chunks_mut(n_pictures * geometry.size_of_output()));
    each(pieces, |(input, output)| {
        let geometry = geometry.with_batch(input.len() / geometry.size_of_input());
        let input = &channels_last(input, geometry.channels_in, geometry.area_in());
        Arch::new().dispatch(forward::Forward { geometry, input, weight, then, output });
    });
    output
}

/// The gradient of the input, from that of the output.
#[cfg(any(test, feature = "gradients"))]
fn input_gradient(geometry: Geometry, output: &[f32], weight: &[f32]) -> Vec<f32> {
    let mut input = vec![0.0; geometry.batch * geometry.size_of_input()];
    let n_pictures = share(geometry.batch);
    let pieces = output
        .chunks(n_pictures * geometry.size_of_output())
        .zip(input.chunks_mut(n_pictures * geometry.size_of_input()));
    each(pieces, |(output, input)| {
        let geometry = geometry.with_batch(output.len() / geometry.size_of_output());
        let output = &channels_last(output, geometry.channels_out, geometry.area_out());
        let turned = Arch::new().dispatch(gradient::OfInput { geometry, output, weight });
        input.copy_from_slice(&channels_first(&turned, geometry.channels_in, geometry.area_in()));
    });
    input
}

/// The gradient of the weights, from that of the output.
#[cfg(any(test, feature = "gradients"))]
fn weight_gradient(geometry: Geometry, input: &[f32], output: &[f32]) -> Vec<f32> {
    let input = &channels_last(input, geometry.channels_in, geometry.area_in());
    let n_weights = geometry.kernel * geometry.run();
    let mut weight = vec![0.0; geometry.channels_out * n_weights];
    let n_channels = share(geometry.channels_out).next_multiple_of(gradient::CHANNELS_TOGETHER);
    let pieces = weight.chunks_mut(n_channels * n_weights).enumerate();
    each(pieces, |(piece, weight)| {
        let first_channel = piece * n_channels;
        let work = gradient::OfWeight { geometry, input, output, first_channel, weight };
        Arch::new().dispatch(work);
    });
    weight
}

/// The gradient of the offsets, from that of the output.
#[cfg(any(test, feature = "gradients"))]
fn bias_gradient(geometry: Geometry, output: &[f32]) -> Vec<f32> {
    let area = geometry.area_out();
    (0..geometry.channels_out)
        .map(|channel| {
            let channels = output.chunks_exact(area).skip(channel).step_by(geometry.channels_out);
            channels.map(|pixels| f64::from(super::sum_of(pixels, |x| x))).sum::<f64>() as f32
        })
        .collect()
}

#[cfg(test)]
mod tests;
