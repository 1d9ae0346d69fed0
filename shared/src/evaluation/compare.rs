//! Every figure of every recommender with its interval, and every two recommenders against each
//! other.

use super::measure::Measure;
use super::resample::{Clusters, Replications, SongData, Sums};
use crate::statistics::Interval;
use serde::Serialize;
use std::collections::BTreeMap;

/// A recommender and what was found of it, song by song.
#[derive(Debug, Clone)]
pub struct Judged {
    /// `audio`, `random`.
    pub name: String,
    /// One entry a song, for each measure.
    pub data: BTreeMap<Measure, SongData>,
}

/// One measure over all recommenders.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Comparison {
    /// What was measured.
    pub measure: Measure,
    /// What it is, for people.
    pub what: &'static str,
    /// Of each recommender that has it.
    pub values: Vec<Value>,
    /// Of every two of them.
    pub differences: Vec<Contrast>,
}

/// A figure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Value {
    /// Whose.
    pub recommender: String,
    /// Songs (or listens) that it is of.
    pub n: usize,
    /// The figure.
    pub estimate: f64,
    /// Its interval; `None` where resampling gives none.
    pub interval: Option<Interval>,
}

/// A paired difference: the first less the second, on songs for which both have the measure.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Contrast {
    /// One.
    pub first: String,
    /// The other.
    pub second: String,
    /// Songs (or listens) that it is of.
    pub n: usize,
    /// The difference.
    pub estimate: f64,
    /// Its interval; `None` where resampling gives none.
    pub interval: Option<Interval>,
}

/// Compares recommenders by every measure that one of them has.
pub fn compare(all: &[Judged], clusters: &Clusters, draws: &Replications) -> Vec<Comparison> {
    let mut measures: Vec<Measure> = all.iter().flat_map(|own| own.data.keys().copied()).collect();
    measures.sort_unstable();
    measures.dedup();
    measures.into_iter().map(|measure| one(measure, all, clusters, draws)).collect()
}

fn one(measure: Measure, all: &[Judged], clusters: &Clusters, draws: &Replications) -> Comparison {
    let having: Vec<(&str, &SongData)> =
        all.iter().filter_map(|own| Some((own.name.as_str(), own.data.get(&measure)?))).collect();
    let mut values = Vec::new();
    let mut differences = Vec::new();
    for (at, (name, data)) in having.iter().enumerate() {
        values.extend(value(name, data, clusters, draws));
        for (other, other_data) in &having[at + 1..] {
            differences.extend(contrast((name, data), (other, other_data), clusters, draws));
        }
    }
    Comparison { measure, what: measure.what(), values, differences }
}

fn value(name: &str, data: &SongData, clusters: &Clusters, draws: &Replications) -> Option<Value> {
    let sums = Sums::new(data, clusters, |_| true);
    Some(Value {
        recommender: name.to_owned(),
        n: (0..clusters.n_songs()).filter(|song| data.has(*song)).count(),
        estimate: sums.of_all()?,
        interval: draws.interval(sums.n_clusters(), |counts| sums.at(counts)),
    })
}

fn contrast(
    (first, first_data): (&str, &SongData),
    (second, second_data): (&str, &SongData),
    clusters: &Clusters,
    draws: &Replications,
) -> Option<Contrast> {
    let both = |song: usize| first_data.has(song) && second_data.has(song);
    let [one, other] = [first_data, second_data].map(|data| Sums::new(data, clusters, both));
    Some(Contrast {
        first: first.to_owned(),
        second: second.to_owned(),
        n: (0..clusters.n_songs()).filter(|song| both(*song)).count(),
        estimate: one.of_all()? - other.of_all()?,
        interval: draws
            .interval(one.n_clusters(), |counts| Some(one.at(counts)? - other.at(counts)?)),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    fn judged(name: &str, values: Vec<Option<f64>>) -> Judged {
        let data = BTreeMap::from([(Measure::GenreNdcg, SongData::Values(values))]);
        Judged { name: name.to_owned(), data }
    }

    /// Artists differ widely and recommenders by the same little everywhere: each interval is wide,
    /// that of the difference has no width.
    #[test]
    fn differences_are_paired() {
        let names: Vec<String> = (0..40).map(|song| format!("{}", song / 4)).collect();
        let clusters = Clusters::new(names.iter().map(String::as_str));
        let draws = Replications::draw(&clusters, 300, 0.95, &mut Seed(1).stream("x"));
        let values =
            |more: f64| (0..40).map(|song| Some((song / 4) as f64 / 10.0 + more)).collect();
        let all = [judged("a", values(0.03)), judged("b", values(0.0))];
        let [found] = &compare(&all, &clusters, &draws)[..] else { panic!("one measure") };
        let interval = found.values[0].interval.unwrap();
        assert!(interval.high - interval.low > 0.2, "{interval:?}");
        let difference = &found.differences[0];
        assert_eq!((difference.first.as_str(), difference.n), ("a", 40));
        let interval = difference.interval.unwrap();
        assert!((interval.low - 0.03).abs() < 1e-9 && (interval.high - 0.03).abs() < 1e-9);
    }

    /// Whoever has something may be one of many, who then is drawn every time or not at all.
    #[test]
    fn one_artist_or_listener_gives_no_interval() {
        let one = Clusters::new(["a", "a"]);
        let two = Clusters::new(["a", "a", "b"]);
        for (clusters, values) in
            [(one, vec![Some(1.0), Some(0.0)]), (two, vec![Some(1.0), Some(0.0), None])]
        {
            let draws = Replications::draw(&clusters, 50, 0.95, &mut Seed(1).stream("x"));
            let all = [judged("a", values.clone()), judged("b", values)];
            let found = &compare(&all, &clusters, &draws)[0];
            assert_eq!((found.values[0].estimate, found.values[0].interval), (0.5, None));
            assert_eq!(found.differences[0].interval, None);
        }
    }

    #[test]
    fn only_songs_that_both_have_make_a_difference() {
        let clusters = Clusters::new(["a", "b", "c"]);
        let draws = Replications::draw(&clusters, 50, 0.95, &mut Seed(1).stream("x"));
        let all = [
            judged("a", vec![Some(1.0), Some(0.0), None]),
            judged("b", vec![Some(0.5), None, Some(9.0)]),
        ];
        let found = &compare(&all, &clusters, &draws)[0];
        assert_eq!((found.values[0].n, found.values[1].estimate), (2, 4.75));
        assert_eq!((found.differences[0].n, found.differences[0].estimate), (1, 0.5));
    }
}
