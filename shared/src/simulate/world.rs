//! A made-up catalogue for simulated studies: songs of several genres and artists, with embeddings.

use crate::catalog::TrackId;
use crate::embedding::EmbeddingTable;
use crate::random::Seed;
use crate::recommend::{Condition, NextTracks, PoolTrack};
use crate::study::StudyDesign;

const N_GENRES: usize = 4;
const SONGS_BY_ARTIST: usize = 4;
const DIM: usize = 8;

/// The recommenders of a design over `n_songs` made-up songs, which lie around the middles of four
/// genres.
///
/// # Panics
///
/// If there is no song.
pub fn simulated_catalogue(design: &StudyDesign, n_songs: usize, seed: Seed) -> NextTracks {
    assert!(n_songs > 0, "a catalogue without songs");
    let id = |at: usize| TrackId::parse(&format!("song{at:05}")).expect("letters and digits");
    let genre = |at: usize| at % N_GENRES;
    let track = |at: usize| PoolTrack {
        track_id: id(at),
        artist: format!("artist{}", at / (N_GENRES * SONGS_BY_ARTIST) * N_GENRES + genre(at)),
        genre: format!("genre{}", genre(at)),
    };
    let conditions = design.conditions();
    let table = |condition: &Condition| {
        let mut stream = seed.stream(&format!("simulate/embedding/{condition}"));
        let middles: Vec<f64> = (0..N_GENRES * DIM).map(|_| stream.normal(0.0, 1.0)).collect();
        let values = (0..n_songs * DIM).map(|at| {
            let middle = middles[genre(at / DIM) * DIM + at % DIM];
            stream.normal(middle, 1.0) as f32
        });
        let ids = (0..n_songs).map(id).collect();
        let table = EmbeddingTable::new(condition.name(), DIM, ids, values.collect());
        (*condition, table.expect("each song once, with its values"))
    };
    let embedded = conditions.iter().filter(|condition| condition.needs_embeddings());
    let tables: Vec<(Condition, EmbeddingTable)> = embedded.map(table).collect();
    let find = |condition| tables.iter().find(|(own, _)| *own == condition).map(|(_, table)| table);
    let tracks = (0..n_songs).map(track).collect();
    NextTracks::new(tracks, (&conditions, design.same_artist), find, seed)
        .expect("each condition has a table of all songs")
}
