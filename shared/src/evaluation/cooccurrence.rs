//! Item-based nearest neighbours: songs that the same people played (Sarwar et al., "Item-based
//! collaborative filtering recommendation algorithms", 2001).
//!
//! The similarity of two songs is the cosine of their listeners: the number of people who played both
//! over the root of the product of the numbers who played each.

use super::history::Listen;
use std::collections::BTreeSet;

/// Who played what.
#[derive(Debug, Clone)]
pub(super) struct Cooccurrence {
    /// Listeners of each song.
    users_of: Vec<Vec<usize>>,
    /// Songs of each listener.
    songs_of: Vec<Vec<usize>>,
}

impl Cooccurrence {
    pub(super) fn new(n_songs: usize, n_users: usize, listens: &[Listen]) -> Self {
        let pairs: BTreeSet<(usize, usize)> =
            listens.iter().map(|own| (own.user, own.song)).collect();
        let mut own =
            Self { users_of: vec![Vec::new(); n_songs], songs_of: vec![Vec::new(); n_users] };
        for (user, song) in pairs {
            own.users_of[song].push(user);
            own.songs_of[user].push(song);
        }
        own
    }

    /// The similarity of every song to this one, `[n_songs]`; 0 where nobody played both.
    pub(super) fn similarities(&self, song: usize) -> Vec<f32> {
        let mut n_both = vec![0usize; self.users_of.len()];
        for user in &self.users_of[song] {
            self.songs_of[*user].iter().for_each(|other| n_both[*other] += 1);
        }
        let n_own = self.users_of[song].len();
        let cosine = |(n_both, users): (&usize, &Vec<usize>)| match n_both {
            0 => 0.0,
            n_both => (*n_both as f64 / ((n_own * users.len()) as f64).sqrt()) as f32,
        };
        n_both.iter().zip(&self.users_of).map(cosine).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::random::Seed;

    /// The cosine of two columns of zeros and ones.
    #[test]
    fn same_as_the_cosine_of_columns() {
        let mut stream = Seed(4).stream("cooccurrence");
        let (n_users, n_songs) = (30, 12);
        let listens: Vec<Listen> = (0..120)
            .map(|at| Listen {
                user: stream.below(n_users),
                song: stream.below(n_songs - 1),
                at: f64::from(at),
            })
            .collect();
        let own = Cooccurrence::new(n_songs, n_users, &listens);
        let column = |song: usize| -> Vec<f64> {
            let has = |user| listens.iter().any(|own| own.user == user && own.song == song);
            (0..n_users).map(|user| f64::from(u8::from(has(user)))).collect()
        };
        let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
        for song in 0..n_songs {
            for (other, got) in own.similarities(song).into_iter().enumerate() {
                let (a, b) = (column(song), column(other));
                let length = (dot(&a, &a) * dot(&b, &b)).sqrt();
                let expected = if length > 0.0 { dot(&a, &b) / length } else { 0.0 };
                assert!((f64::from(got) - expected).abs() < 1e-6, "{song}, {other}: {got}");
            }
        }
    }
}
