//! What can be wrong with a bundle as a whole.

use super::error::BundleError;
use crate::catalog::TrackId;
use crate::recommend::Condition;
use crate::study::PlanError;

/// One thing that is wrong with a bundle.
#[derive(Debug, thiserror::Error)]
pub enum Fault {
    /// A file is missing, changed, or does not parse.
    #[error(transparent)]
    File(#[from] BundleError),
    /// A file can't be read.
    #[error("'{file}' can't be read")]
    Unreadable {
        /// Its path.
        file: String,
        /// Why.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
    /// A file that the manifest does not name.
    #[error("'{file}' is not in the manifest: remove it, or export the bundle again")]
    ExtraFile {
        /// Its path.
        file: String,
    },
    /// A path that leaves the bundle or is not the same everywhere.
    #[error("the manifest names '{file}', which can't be the path of a file in a bundle")]
    BadPath {
        /// The path.
        file: String,
    },
    /// The manifest uses a file that it does not list.
    #[error("the manifest's entry '{entry}' names the file '{file}', which it does not list")]
    Unlisted {
        /// The entry.
        entry: String,
        /// The file.
        file: String,
    },
    /// A value that stands in the manifest and in a file, differently.
    #[error("'{file}': {what} is {got}, the manifest says {expected}")]
    NotAsManifest {
        /// Its path.
        file: String,
        /// Of what.
        what: &'static str,
        /// What the manifest says.
        expected: String,
        /// What the file says.
        got: String,
    },
    /// A song without its stimulus.
    #[error("the stimulus '{file}' of track '{track_id}' is missing")]
    StimulusMissing {
        /// The song.
        track_id: TrackId,
        /// Where the stimulus should be.
        file: String,
    },
    /// A stimulus without its song.
    #[error("the stimulus '{file}' belongs to no song of catalog.json")]
    StimulusOfNoSong {
        /// Its path.
        file: String,
    },
    /// The songs are not in the order of their ids, or one stands twice.
    #[error("catalog.json: track '{track_id}' is out of order or stands twice")]
    SongsNotSorted {
        /// The song.
        track_id: TrackId,
    },
    /// A genre that the list of genres lacks.
    #[error("catalog.json: the genre '{genre}' of track '{track_id}' is not in its list of genres")]
    UnknownGenre {
        /// The song.
        track_id: TrackId,
        /// Its genre.
        genre: String,
    },
    /// A page of songs that is not of the list of songs.
    #[error("'{file}' does not say what catalog.json says; export the bundle again")]
    OtherSongs {
        /// Its path.
        file: String,
    },
    /// A part of an embedding table with other songs than the index says, or with other vectors.
    #[error(
        "'{file}': {n_wrong} of its songs are in another part, or have another vector in the table; export again"
    )]
    OtherPart {
        /// Its path.
        file: String,
        /// How many.
        n_wrong: usize,
    },
    /// A song without a vector.
    #[error("embeddings '{table}': track '{track_id}' of catalog.json has no row")]
    NoRow {
        /// The table.
        table: String,
        /// The song.
        track_id: TrackId,
    },
    /// A vector without a song.
    #[error("embeddings '{table}': the row of '{track_id}' belongs to no song of catalog.json")]
    RowOfNoSong {
        /// The table.
        table: String,
        /// The id.
        track_id: TrackId,
    },
    /// A recommendation that names a song which the catalogue lacks.
    #[error(
        "recommendations.csv: track '{track_id}' ({condition}, anchor '{anchor_id}') is unknown"
    )]
    UnknownTrack {
        /// The anchor.
        anchor_id: TrackId,
        /// The condition.
        condition: Condition,
        /// The song that is unknown: the anchor or what is recommended.
        track_id: TrackId,
    },
    /// A song recommended to itself.
    #[error("recommendations.csv: '{anchor_id}' is recommended to itself ({condition})")]
    AnchorItself {
        /// The song.
        anchor_id: TrackId,
        /// The condition.
        condition: Condition,
    },
    /// A song recommended twice to one anchor.
    #[error("recommendations.csv: '{track_id}' stands twice for '{anchor_id}' ({condition})")]
    RecommendedTwice {
        /// The anchor.
        anchor_id: TrackId,
        /// The condition.
        condition: Condition,
        /// The song.
        track_id: TrackId,
    },
    /// Ranks must be 1, 2, 3 and so on.
    #[error(
        "recommendations.csv: anchor '{anchor_id}' ({condition}): expected rank {expected}, got \
         {got}"
    )]
    WrongRank {
        /// The anchor.
        anchor_id: TrackId,
        /// The condition.
        condition: Condition,
        /// The next rank.
        expected: usize,
        /// The rank found.
        got: usize,
    },
    /// A condition by embeddings without its table.
    #[error("recommendations.csv has the condition '{condition}', the bundle no such embeddings")]
    NoTable {
        /// The condition.
        condition: Condition,
    },
    /// A study that compares what the bundle does not have.
    #[error(
        "study.json, field 'recommenders': the bundle has no embeddings '{condition}'; export it with \
         them, or leave the recommender out"
    )]
    StudyWithoutTable {
        /// The recommender.
        condition: Condition,
    },
    /// A study over more songs than there are.
    #[error("study.json, field 'songs': {0}")]
    StudyTooFewSongs(PlanError),
    /// A similarity that is not that of the vectors.
    #[error(
        "recommendations.csv: the similarity of '{track_id}' to '{anchor_id}' ({condition}) is \
         {}, by the embeddings it is {expected}; recommend again from the same tables",
        got.map_or_else(|| "missing".to_owned(), |got| got.to_string())
    )]
    WrongSimilarity {
        /// The anchor.
        anchor_id: TrackId,
        /// The condition.
        condition: Condition,
        /// The song.
        track_id: TrackId,
        /// By the table of the bundle.
        expected: f32,
        /// In the file.
        got: Option<f32>,
    },
}
