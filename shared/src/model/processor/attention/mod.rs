//! Attention on the processor (Vaswani et al., 2017): each head of each text by itself.
//!
//! In training, burn's own way writes and reads the weights of all pairs of tokens of all heads again and again: product,
//! scale, mask, softmax, product. Here those of one head are computed, used while they lie in a near cache, and forgotten;
//! the gradient computes them once more (as FlashAttention does; Dao et al., 2022). Heads are shared out over the threads.
//!
//! Queries, keys, values and outputs are `[batch, n_tokens, n_heads * dim]`, as dense layers give them.

#[cfg(feature = "gradients")]
mod gradient;
mod operation;
mod product;
mod softmax;

pub(in crate::model) use operation::attend;

use super::dropped::Dropped;
use super::split::each;
use super::tile::width;
use product::{Rows, multiply, panels, turned_panels};
use pulp::{Arch, Simd, WithSimd};
use softmax::softmax;

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

    /// Numbers of a head of a text.
    fn head(self) -> usize {
        self.n_tokens * self.dim
    }

    /// What belongs to a head of a text, of all its tokens.
    fn rows(self, batch: &[f32], head: Head) -> Rows<'_> {
        Rows {
            values: &batch[head.text * self.text() + head.at * self.dim..],
            stride: self.stride(),
            n_rows: self.n_tokens,
            n_columns: self.dim,
        }
    }

    /// The heads of texts of these lengths, in the order in which [`Self::joined`] takes them.
    fn heads(self, lengths: &[usize]) -> impl Iterator<Item = Head> {
        let texts = lengths.iter().enumerate();
        texts.flat_map(move |(text, &length)| {
            (0..self.n_heads).map(move |at| Head { text, at, length })
        })
    }

    /// What heads gave one after another, `[batch, n_heads, n_tokens, dim]`, as `[batch, n_tokens, n_heads * dim]`.
    fn joined(self, heads: &[f32]) -> Vec<f32> {
        let mut joined = vec![0.0; heads.len()];
        let texts = joined.chunks_exact_mut(self.text()).zip(heads.chunks_exact(self.text()));
        for (joined, heads) in texts {
            for (at, head) in heads.chunks_exact(self.head()).enumerate() {
                let tokens =
                    joined.chunks_exact_mut(self.stride()).zip(head.chunks_exact(self.dim));
                for (joined, token) in tokens {
                    joined[at * self.dim..][..self.dim].copy_from_slice(token);
                }
            }
        }
        joined
    }
}

/// A head at one text.
#[derive(Debug, Clone, Copy)]
struct Head {
    text: usize,
    at: usize,
    /// How many of the text's tokens count, from the first; the others fill it up.
    length: usize,
}

/// Queries, keys and values of a batch, `[batch, n_tokens, n_heads * dim]` each.
#[derive(Debug, Clone, Copy)]
struct Batch<'a> {
    sizes: Sizes,
    query: &'a [f32],
    key: &'a [f32],
    value: &'a [f32],
    lengths: &'a [usize],
    /// Which weights are dropped.
    dropped: Option<Dropped>,
}

/// The output.
fn attention(batch: Batch<'_>) -> Vec<f32> {
    let mut output = vec![0.0; batch.query.len()];
    let heads = batch.sizes.heads(batch.lengths);
    let pieces = output.chunks_exact_mut(batch.sizes.head()).zip(heads);
    each(pieces, |(output, head)| Arch::new().dispatch(Output { batch, head, output }));
    batch.sizes.joined(&output)
}

/// Fills in the output of a head, `[n_tokens, dim]`.
struct Output<'a> {
    batch: Batch<'a>,
    head: Head,
    output: &'a mut [f32],
}

impl WithSimd for Output<'_> {
    type Output = ();

    #[inline(always)]
    fn with_simd<S: Simd>(self, simd: S) {
        let Self { batch, head, output } = self;
        let (sizes, mut packed) = (batch.sizes, Vec::new());
        let mut weights = Weights::of(simd, batch, head, &mut packed);
        weights.drop_some(batch, head);
        panels(sizes.rows(batch.value, head).first(head.length), width::<S>(), &mut packed);
        multiply(simd, weights.rows(), &packed, output, (sizes.dim, sizes.dim));
    }
}

/// How much each token of a text takes of each that counts, by one head; in the gradient also what is asked of that.
struct Weights {
    values: Vec<f32>,
    /// From the start of a token's to that of the next's: the length, filled up to whole panels.
    stride: usize,
    n_tokens: usize,
    length: usize,
}

impl Weights {
    /// All zero.
    fn new<S: Simd>(sizes: Sizes, length: usize) -> Self {
        let stride = length.next_multiple_of(width::<S>());
        let values = vec![0.0; sizes.n_tokens * stride];
        Self { values, stride, n_tokens: sizes.n_tokens, length }
    }

    /// Those of the head.
    #[inline(always)]
    fn of<S: Simd>(simd: S, batch: Batch<'_>, head: Head, packed: &mut Vec<f32>) -> Self {
        let sizes = batch.sizes;
        let mut own = Self::new::<S>(sizes, head.length);
        turned_panels(sizes.rows(batch.key, head).first(own.length), width::<S>(), packed);
        let query = sizes.rows(batch.query, head);
        multiply(simd, query, packed, &mut own.values, (own.stride, own.length));
        for row in own.values.chunks_exact_mut(own.stride) {
            softmax(&mut row[..own.length], sizes.scale());
        }
        own
    }

    /// Drops those that are dropped: the same ones for output and gradient.
    #[inline(always)]
    fn drop_some(&mut self, batch: Batch<'_>, head: Head) {
        let Some(dropped) = batch.dropped else { return };
        let n_tokens = batch.sizes.n_tokens;
        let first_row = ((head.text * batch.sizes.n_heads + head.at) * n_tokens) as u64;
        for (at, row) in (first_row..).zip(self.values.chunks_exact_mut(self.stride)) {
            dropped.apply(&mut row[..self.length], at * Dropped::n_runs(n_tokens));
        }
    }

    fn rows(&self) -> Rows<'_> {
        let Self { values, stride, n_tokens: n_rows, length: n_columns } = self;
        Rows { values, stride: *stride, n_rows: *n_rows, n_columns: *n_columns }
    }
}

#[cfg(test)]
mod tests;
