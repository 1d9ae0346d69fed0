//! Intervals by resampling participants and songs at once.
//!
//! Answers share a participant with some and a song with others. The *pigeonhole bootstrap* draws
//! participants with replacement and, independently, songs; an answer counts as often as its
//! participant was drawn times how often its song was. It is a little too wide rather than too
//! narrow (A. B. Owen, "The pigeonhole bootstrap", Annals of Applied Statistics 1, 2007).

use super::bootstrap::{Bootstrap, Interval, quantile};
use crate::random::Stream;

/// The percentile interval of a statistic under the pigeonhole bootstrap.
///
/// `participants[i]` and `songs[i]` number those of answer `i` from 0. `statistic` is given how often
/// each answer counts, `[n]`; where it gives `None` (a condition was not drawn at all) the
/// replication is drawn anew. `None` where not even one in ten replications gave a value.
///
/// # Panics
///
/// If there is no answer, lengths differ, there is no replication, or `level` is not between 0 and 1.
pub fn crossed_bootstrap(
    (participants, songs): (&[u32], &[u32]),
    bootstrap: Bootstrap,
    stream: &mut Stream,
    statistic: impl Fn(&[f64]) -> Option<f64>,
) -> Option<Interval> {
    let Bootstrap { n_replications, level } = bootstrap;
    assert_eq!(participants.len(), songs.len(), "crossed_bootstrap: one song an answer");
    assert!(!songs.is_empty() && n_replications > 0, "crossed_bootstrap: nothing to resample");
    assert!(level > 0.0 && level < 1.0, "crossed_bootstrap: level {level} is not in 0 to 1");
    let mut weights = vec![0.0; songs.len()];
    let mut values = Vec::with_capacity(n_replications);
    for _ in 0..10 * n_replications {
        let by_participant = draw_counts(participants, stream);
        let by_song = draw_counts(songs, stream);
        for (weight, (p, s)) in weights.iter_mut().zip(participants.iter().zip(songs)) {
            *weight = by_participant[*p as usize] * by_song[*s as usize];
        }
        values.extend(statistic(&weights));
        if values.len() == n_replications {
            break;
        }
    }
    if values.len() < n_replications {
        return None;
    }
    values.sort_by(f64::total_cmp);
    let tail = (1.0 - level) / 2.0;
    Some(Interval { low: quantile(&values, tail), high: quantile(&values, 1.0 - tail) })
}

/// How often each of the numbered ones is drawn in as many draws as there are.
fn draw_counts(numbers: &[u32], stream: &mut Stream) -> Vec<f64> {
    let n = numbers.iter().max().map_or(0, |largest| *largest as usize + 1);
    let mut counts = vec![0.0; n];
    for _ in 0..n {
        counts[stream.below(n)] += 1.0;
    }
    counts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    fn mean(values: &[f64]) -> impl Fn(&[f64]) -> Option<f64> {
        move |weights| {
            let total: f64 = weights.iter().sum();
            let sum: f64 = weights.iter().zip(values).map(|(w, v)| w * v).sum();
            (total > 0.0).then(|| sum / total)
        }
    }

    /// 20 participants by 30 songs with effects of both: the interval of the mean has the width that
    /// the variances say.
    #[test]
    fn it_is_as_wide_as_both_variances_make_it() {
        let mut stream = Seed(5).stream("crossed");
        let (n_p, n_s) = (20, 30);
        let of_participant: Vec<f64> = (0..n_p).map(|_| stream.normal(0.0, 1.0)).collect();
        let of_song: Vec<f64> = (0..n_s).map(|_| stream.normal(0.0, 1.0)).collect();
        let rows = (0..n_p as u32).flat_map(|p| (0..n_s as u32).map(move |s| (p, s)));
        let (participants, songs): (Vec<u32>, Vec<u32>) = rows.unzip();
        let value = |(p, s): (&u32, &u32)| of_participant[*p as usize] + of_song[*s as usize];
        let values: Vec<f64> = participants.iter().zip(&songs).map(value).collect();
        let how = Bootstrap { n_replications: 4000, level: 0.95 };
        let crossed =
            crossed_bootstrap((&participants, &songs), how, &mut stream, mean(&values)).unwrap();
        let variance = |values: &[f64]| {
            let mean = values.iter().sum::<f64>() / values.len() as f64;
            values.iter().map(|v| (v - mean).powi(2)).sum::<f64>() / values.len() as f64
        };
        let expected = (variance(&of_participant) / n_p as f64 + variance(&of_song) / n_s as f64)
            .sqrt()
            * 3.92;
        let width = crossed.high - crossed.low;
        assert!((width / expected - 1.0).abs() < 0.08, "{width}, expected {expected}");
    }

    #[test]
    fn what_can_never_be_computed_has_no_interval() {
        let mut stream = Seed(5).stream("crossed");
        let how = Bootstrap { n_replications: 20, level: 0.95 };
        assert_eq!(crossed_bootstrap((&[0, 1], &[0, 0]), how, &mut stream, |_| None), None);
    }
}
