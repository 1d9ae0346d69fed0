//! Attention on the processor (Vaswani et al., 2017): each head of each text by itself.
//!
//! burn's own way writes and reads the weights of all pairs of tokens of all heads ten times over: product, scale, mask,
//! maximum, difference, power, sum, quotient, product. Here those of one head are computed, used while they lie in a near
//! cache, and forgotten; the gradient computes them once more (as FlashAttention does; Dao et al., 2022). Texts are
//! shared out over the threads.
//!
//! Queries, keys, values and outputs are `[batch, n_tokens, n_heads * dim]`, as dense layers give them.

#[cfg(any(test, feature = "gradients"))]
mod gradient;
mod operation;
mod product;
mod softmax;

pub(in crate::model) use operation::attend;

use super::split::each;
use product::{Rows, multiply, panels, turned_panels};
use pulp::{Arch, Simd, WithSimd};
use softmax::softmax;

use crate::model::processor::tile::width;

/// The sizes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Sizes {
    n_tokens: usize,
    n_heads: usize,
    /// Numbers of a head.
    dim: usize,
}

impl Sizes {
    /// From the start of a token to that of the next.
    fn stride(self) -> usize {
        self.n_heads * self.dim
    }

    /// Numbers of a text.
    fn text(self) -> usize {
        self.n_tokens * self.stride()
    }

    /// By what products of queries and keys are multiplied.
    fn scale(self) -> f32 {
        (self.dim as f32).sqrt().recip()
    }

    /// What belongs to a head, of all tokens of a text.
    fn head(self, text: &[f32], at: usize) -> Rows<'_> {
        Rows {
            values: &text[at * self.dim..],
            stride: self.stride(),
            n_rows: self.n_tokens,
            n_columns: self.dim,
        }
    }
}

/// Queries, keys and values, of a batch or of one text.
#[derive(Debug, Clone, Copy)]
struct Inputs<'a> {
    query: &'a [f32],
    key: &'a [f32],
    value: &'a [f32],
}

impl<'a> Inputs<'a> {
    /// Those of one text of a batch.
    fn text(self, sizes: Sizes, at: usize) -> Self {
        let of = |batch: &'a [f32]| &batch[at * sizes.text()..][..sizes.text()];
        Self { query: of(self.query), key: of(self.key), value: of(self.value) }
    }
}

/// The output. Of each text the first tokens count, as many as `lengths` says; the others fill it up.
fn attention(sizes: Sizes, inputs: Inputs<'_>, lengths: &[usize]) -> Vec<f32> {
    let mut output = vec![0.0; inputs.query.len()];
    let texts = output.chunks_mut(sizes.text()).zip(lengths).enumerate();
    each(texts, |(at, (output, &length))| {
        let inputs = inputs.text(sizes, at);
        Arch::new().dispatch(Text { sizes, inputs, length, output });
    });
    output
}

/// Fills in the output of a text.
struct Text<'a> {
    sizes: Sizes,
    inputs: Inputs<'a>,
    length: usize,
    output: &'a mut [f32],
}

impl WithSimd for Text<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { sizes, inputs, length, output } = self;
        let (mut weights, mut packed) = (Weights::new::<S>(sizes, length), Vec::new());
        for at in 0..sizes.n_heads {
            weights.compute(simd, sizes, inputs, at, &mut packed);
            panels(sizes.head(inputs.value, at).first(length), width::<S>(), &mut packed);
            let output = &mut output[at * sizes.dim..];
            multiply(simd, weights.rows(), &packed, output, (sizes.stride(), sizes.dim));
        }
    }
}

/// How much each token of a text takes of each that counts, by one head.
struct Weights {
    values: Vec<f32>,
    /// From the start of a token's to that of the next's: the length, filled up to whole panels.
    stride: usize,
    n_tokens: usize,
    length: usize,
}

impl Weights {
    fn new<S: Simd>(sizes: Sizes, length: usize) -> Self {
        let stride = length.next_multiple_of(width::<S>());
        let values = vec![0.0; sizes.n_tokens * stride];
        Self { values, stride, n_tokens: sizes.n_tokens, length }
    }

    fn rows(&self) -> Rows<'_> {
        let Self { values, stride, n_tokens: n_rows, length: n_columns } = self;
        Rows { values, stride: *stride, n_rows: *n_rows, n_columns: *n_columns }
    }

    /// Those of the head.
    #[inline(always)]
    fn compute<S: Simd>(
        &mut self,
        simd: S,
        sizes: Sizes,
        inputs: Inputs<'_>,
        at: usize,
        packed: &mut Vec<f32>,
    ) {
        turned_panels(sizes.head(inputs.key, at).first(self.length), width::<S>(), packed);
        let query = sizes.head(inputs.query, at);
        multiply(simd, query, packed, &mut self.values, (self.stride, self.length));
        for row in self.values.chunks_exact_mut(self.stride) {
            softmax(&mut row[..self.length], sizes.scale());
        }
    }
}

#[cfg(test)]
mod tests;
