//! From the output's gradient to those of queries, keys and values.

use super::product::{Rows, multiply, panels, turned_panels};
use super::{Batch, Head, Weights};
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
pub(super) fn gradients(batch: Batch<'_>, output: &[f32]) -> Gradients {
    let sizes = batch.sizes;
    let [mut query, mut key, mut value] = [(); 3].map(|()| vec![0.0; output.len()]);
    let [queries, keys, values] =
        [&mut query, &mut key, &mut value].map(|gradient| gradient.chunks_exact_mut(sizes.head()));
    let heads = queries.zip(keys).zip(values).zip(sizes.heads(batch.lengths));
    each(heads, |(((query, key), value), head)| {
        Arch::new().dispatch(OfHead { batch, head, output, query, key, value });
    });
    let [query, key, value] = [query, key, value].map(|gradient| sizes.joined(&gradient));
    Gradients { query, key, value }
}

/// Fills in the gradients of a head, `[n_tokens, dim]` each.
struct OfHead<'a> {
    batch: Batch<'a>,
    head: Head,
    /// Gradient of the output of the batch.
    output: &'a [f32],
    query: &'a mut [f32],
    key: &'a mut [f32],
    value: &'a mut [f32],
}

impl WithSimd for OfHead<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { batch, head, output, query, key, value } = self;
        let sizes = batch.sizes;
        let (width, place) = (width::<S>(), (sizes.dim, sizes.dim));
        let mut packed = Vec::new();
        let output = sizes.rows(output, head);
        let mut weights = Weights::of(simd, batch, head, &mut packed);
        // What is asked of the weights, and from that of the products of queries and keys.
        let mut scores = Weights::new::<S>(sizes, head.length);
        turned_panels(sizes.rows(batch.value, head).first(head.length), width, &mut packed);
        multiply(simd, output, &packed, &mut scores.values, (scores.stride, head.length));
        scores.drop_some(batch, head);
        scores.through_softmax(&weights, sizes.scale());
        weights.drop_some(batch, head);

        panels(output, width, &mut packed);
        multiply(simd, weights.turned().rows(head.length), &packed, value, place);
        panels(sizes.rows(batch.query, head), width, &mut packed);
        multiply(simd, scores.turned().rows(head.length), &packed, key, place);
        panels(sizes.rows(batch.key, head).first(head.length), width, &mut packed);
        multiply(simd, scores.rows(), &packed, query, place);
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
