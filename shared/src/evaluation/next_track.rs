//! Is the track that was played next among those that are recommended?
//!
//! The history is cut at one moment: what was played before it is the *past*, from which popularity and
//! item-based neighbours are learnt; the *transitions* after it are the test, each from the song that a
//! listener played to the one that he or she played next. One cut for all, rather than each listener's last
//! song, so that nobody's future is learnt from (Ji et al., "A critical study on data leakage in
//! recommender system offline evaluation", 2023). A song played again at once is no transition. Songs outside the pool are
//! passed over, as usual where a history is larger than a catalogue: the next song is the next one *of the pool*.
//!
//! Every recommender ranks all songs of the pool but the one that was just played. Clusters are
//! listeners.

use super::cooccurrence::Cooccurrence;
use super::history::{History, Listen};
use super::measure::Measure;
use super::ranking::{TargetScores, score_target};
use super::resample::{Clusters, SongData};
use std::collections::BTreeMap;

/// Share of the listens that are the past.
pub const SHARE_OF_PAST: f64 = 0.8;

/// A history, cut.
#[derive(Debug, Clone)]
pub struct PlayedNext {
    /// Time of the cut, in seconds since 1970 where the history has dates.
    pub cut: f64,
    n_listens: usize,
    past: Vec<Listen>,
    /// Listener, song, next song.
    transitions: Vec<(usize, usize, usize)>,
    n_songs: usize,
    n_users: usize,
}

impl PlayedNext {
    /// Cuts a history over a pool of `n_songs`; `None` where no transition is left for the test.
    pub fn of(history: &History, n_songs: usize) -> Option<Self> {
        let mut times: Vec<f64> = history.listens.iter().map(|own| own.at).collect();
        times.sort_by(f64::total_cmp);
        let cut = *times.get((times.len() as f64 * SHARE_OF_PAST) as usize)?;
        let past = history.listens.iter().filter(|own| own.at < cut).copied().collect();
        let pairs = history.listens.windows(2);
        let transitions: Vec<(usize, usize, usize)> = pairs
            .filter(|pair| pair[0].user == pair[1].user && pair[1].at >= cut)
            .filter(|pair| pair[0].song != pair[1].song)
            .map(|pair| (pair[0].user, pair[0].song, pair[1].song))
            .collect();
        let n_users = history.users.len();
        let n_listens = times.len();
        let next = Self { cut, n_listens, past, transitions, n_songs, n_users };
        (!next.transitions.is_empty()).then_some(next)
    }

    /// Number of listens before the cut.
    pub fn n_past(&self) -> usize {
        self.past.len()
    }

    /// Share of the listens that are before the cut: less than [`SHARE_OF_PAST`] where many are of its very moment.
    pub fn share_of_past(&self) -> f64 {
        self.past.len() as f64 / self.n_listens as f64
    }

    /// Number of transitions that are asked about.
    pub fn n_transitions(&self) -> usize {
        self.transitions.len()
    }

    /// The listener of each transition.
    pub fn clusters(&self, history: &History) -> Clusters {
        Clusters::new(self.transitions.iter().map(|own| history.users[own.0].as_str()))
    }

    /// How often each song was played before the cut, for the baseline of popularity.
    pub fn popularity(&self) -> Vec<f32> {
        let mut counts = vec![0.0; self.n_songs];
        self.past.iter().for_each(|own| counts[own.song] += 1.0);
        counts
    }

    /// The similarity of every song to each song that a transition begins with, by who played them
    /// before the cut.
    pub fn item_neighbours(&self) -> impl Fn(usize) -> Vec<f32> {
        let own = Cooccurrence::new(self.n_songs, self.n_users, &self.past);
        move |song| own.similarities(song)
    }
}

/// Judges a recommender that scores, for the song at a position of the pool, every song (`[n]`).
pub fn judge_next_tracks(
    next: &PlayedNext,
    scores: impl Fn(usize) -> Vec<f32>,
) -> BTreeMap<Measure, SongData> {
    // Several transitions begin with one song.
    let mut by_song: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (at, (_, from, _)) in next.transitions.iter().enumerate() {
        by_song.entry(*from).or_default().push(at);
    }
    let mut found = vec![None; next.transitions.len()];
    for (from, transitions) in by_song {
        let scores = scores(from);
        for at in transitions {
            let to = next.transitions[at].2;
            found[at] = Some(score_target(&scores, to, |other| other != from));
        }
    }
    let of = |at: usize| {
        let value = move |own: &TargetScores| {
            let TargetScores { hit: [one, five, ten], reciprocal_rank, ndcg } = *own;
            [one, five, ten, reciprocal_rank, ndcg][at]
        };
        SongData::Values(found.iter().map(|own| own.as_ref().map(value)).collect())
    };
    Measure::NEXT_TRACK.into_iter().enumerate().map(|(at, measure)| (measure, of(at))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn history(rows: &[(usize, usize, i32)]) -> History {
        let mut listens: Vec<Listen> = rows
            .iter()
            .map(|(user, song, at)| Listen { user: *user, song: *song, at: f64::from(*at) })
            .collect();
        listens.sort_by(|a, b| a.user.cmp(&b.user).then(a.at.total_cmp(&b.at)));
        let users = (0..3).map(|user| format!("u{user}")).collect();
        History { users, listens, ..History::default() }
    }

    #[test]
    fn the_past_is_learnt_from_and_the_rest_asked_about() {
        // The cut is at the ninth of ten times.
        let rows = [
            (0, 0, 1),
            (0, 1, 2),
            (1, 0, 3),
            (1, 1, 4),
            (2, 2, 5),
            (2, 3, 6),
            (0, 3, 7),
            (1, 3, 8),
            (0, 2, 9),
            (1, 3, 10),
        ];
        let history = history(&rows);
        let next = PlayedNext::of(&history, 4).unwrap();
        assert_eq!((next.cut, next.n_past(), next.share_of_past()), (9.0, 8, 0.8));
        // Listener 1 played the same again.
        assert_eq!(next.transitions, [(0, 3, 2)]);
        assert_eq!(next.popularity(), [2.0, 2.0, 1.0, 3.0]);
        // Song 3 has three listeners, song 2 one of them, songs 0 and 1 the two others.
        let near = next.item_neighbours()(3);
        let cosine = |both: f32, users: f32| both / (3.0 * users).sqrt();
        for (got, expected) in near.iter().zip([cosine(2., 2.), cosine(2., 2.), cosine(1., 1.)]) {
            assert!((got - expected).abs() < 1e-6, "{near:?}");
        }
        let data = judge_next_tracks(&next, |_| next.popularity());
        // Both others come first; at random each of three places would be as likely.
        assert_eq!(data[&Measure::NextReciprocalRank], SongData::Values(vec![Some(1.0 / 3.0)]));
        let random = judge_next_tracks(&next, |_| vec![0.0; 4]);
        assert_eq!(random[&Measure::HitRate1], SongData::Values(vec![Some(1.0 / 3.0)]));
        assert_eq!(random[&Measure::HitRate5], SongData::Values(vec![Some(1.0)]));
    }

    #[test]
    fn nothing_to_ask_about_is_none() {
        assert!(PlayedNext::of(&history(&[]), 4).is_none());
        assert!(PlayedNext::of(&history(&[(0, 1, 1), (1, 2, 2), (2, 3, 3)]), 4).is_none());
    }
}
