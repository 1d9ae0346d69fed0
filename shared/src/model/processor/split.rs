//! Work for all threads, where a program has some.

/// How many of `n` go to one thread.
#[cfg(feature = "threads")]
pub(super) fn share(n: usize) -> usize {
    n.div_ceil(rayon::current_num_threads()).max(1)
}

/// Runs each piece.
#[cfg(feature = "threads")]
#[allow(clippy::redundant_closure)] // what `run` holds need not be sent, only shared
pub(super) fn each<T: Send>(pieces: impl Iterator<Item = T>, run: impl Fn(T) + Sync) {
    use rayon::iter::{IntoParallelIterator, ParallelIterator};
    pieces.collect::<Vec<T>>().into_par_iter().for_each(|piece| run(piece));
}

/// How many of `n` go to one thread.
#[cfg(not(feature = "threads"))]
pub(super) fn share(n: usize) -> usize {
    n.max(1)
}

/// Runs each piece.
#[cfg(not(feature = "threads"))]
pub(super) fn each<T>(pieces: impl Iterator<Item = T>, run: impl Fn(T)) {
    pieces.for_each(run);
}

/// How many of `n` numbers are best taken together: a multiple of `of`, and not so few that handing them out costs more.
#[cfg(any(feature = "gradients", feature = "reading"))]
pub(super) fn piece(n: usize, of: usize) -> usize {
    const LEAST: usize = 8192;
    share(n).max(LEAST).next_multiple_of(of)
}
