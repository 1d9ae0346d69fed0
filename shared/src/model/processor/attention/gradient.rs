//! From the output's gradient to those of queries, keys and values.

use super::product::{Rows, multiply, panels, turned_panels};
use super::{Inputs, Sizes, Weights};
use crate::model::processor::layout::turned;
use crate::model::processor::split::each;
use crate::model::processor::sum_of_pairs;
use crate::model::processor::tile::width;
use pulp::{Arch, Simd, WithSimd};

/// Of queries, keys and values.
pub(super) struct Gradients {
    pub(super) query: Vec<f32>,
    pub(super) key: Vec<f32>,
    pub(super) value: Vec<f32>,
}

/// From the gradient of the output.
pub(super) fn gradients(
    sizes: Sizes,
    inputs: Inputs<'_>,
    lengths: &[usize],
    output: &[f32],
) -> Gradients {
    let zeros = || vec![0.0; inputs.query.len()];
    let mut own = Gradients { query: zeros(), key: zeros(), value: zeros() };
    let query = own.query.chunks_mut(sizes.text());
    let key = own.key.chunks_mut(sizes.text());
    let value = own.value.chunks_mut(sizes.text());
    let texts = query.zip(key).zip(value).zip(output.chunks(sizes.text())).zip(lengths).enumerate();
    each(texts, |(at, ((((query, key), value), output), &length))| {
        let inputs = inputs.text(sizes, at);
        Arch::new().dispatch(OfText { sizes, inputs, length, output, query, key, value });
    });
    own
}

/// Fills in the gradients of a text.
struct OfText<'a> {
    sizes: Sizes,
    inputs: Inputs<'a>,
    length: usize,
    /// Gradient of its output.
    output: &'a [f32],
    query: &'a mut [f32],
    key: &'a mut [f32],
    value: &'a mut [f32],
}

impl WithSimd for OfText<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sizes, inputs, length, output, query, key, value } = self;
        let (width, place) = (width::<S>(), (sizes.stride(), sizes.dim));
        let [mut weights, mut scores] = [(); 2].map(|()| Weights::new::<S>(sizes, length));
        let mut packed = Vec::new();
        for at in 0..sizes.n_heads {
            let [query, key, value] = [&mut *query, &mut *key, &mut *value]
                .map(|gradient| &mut gradient[at * sizes.dim..]);
            let output = sizes.head(output, at);
            weights.compute(simd, sizes, inputs, at, &mut packed);
            // What the weights are asked for, and from that the products of queries and keys.
            turned_panels(sizes.head(inputs.value, at).first(length), width, &mut packed);
            multiply(simd, output, &packed, &mut scores.values, (scores.stride, length));
            scores.through_softmax(&weights, sizes.scale());

            panels(output, width, &mut packed);
            multiply(simd, weights.turned().rows(length), &packed, value, place);
            panels(sizes.head(inputs.query, at), width, &mut packed);
            multiply(simd, scores.turned().rows(length), &packed, key, place);
            panels(sizes.head(inputs.key, at).first(length), width, &mut packed);
            multiply(simd, scores.rows(), &packed, query, place);
        }
    }
}

impl Weights {
    /// From what is asked of the weights to what is asked of the products of queries and keys.
    #[inline(always)]
    fn through_softmax(&mut self, weights: &Self, scale: f32) {
        let rows = self.values.chunks_exact_mut(self.stride);
        for (row, weights) in rows.zip(weights.values.chunks_exact(self.stride)) {
            let (row, weights) = (&mut row[..self.length], &weights[..self.length]);
            let mean = sum_of_pairs(row, weights, |asked, weight| asked * weight);
            for (asked, weight) in row.iter_mut().zip(weights) {
                *asked = (*asked - mean) * weight * scale;
            }
        }
    }

    fn turned(&self) -> Turned {
        let values = turned(&self.values, self.n_tokens, self.stride).into_owned();
        Turned { values, n_tokens: self.n_tokens }
    }
}

/// The same, by the tokens that are taken of.
struct Turned {
    values: Vec<f32>,
    n_tokens: usize,
}

impl Turned {
    fn rows(&self, length: usize) -> Rows<'_> {
        let Self { values, n_tokens } = self;
        Rows { values, stride: *n_tokens, n_rows: length, n_columns: *n_tokens }
    }
}
