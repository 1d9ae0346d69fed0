//! What a page asks of the worker that searches.

use inference_worker::{Message, MessageError};
use serde::{Deserialize, Serialize};
use shared::bundle::FileRecord;
use shared::json;
use shared::recommend::{Condition, ExplorerSong, Lead, SameArtist};
use web_sys::Blob;

/// The number of a search: what is found carries it.
pub type Job = u32;

/// An artist in a row of numbers that is unknown.
const UNKNOWN: u32 = u32::MAX;

/// What the worker that searches is asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SearchTask {
    /// To take these songs, and forget all tables. Rows of numbers go with it.
    Songs(SongRules),
    /// To take the embedding table of a condition. The file goes with it.
    Table {
        /// The condition.
        condition: Condition,
        /// The file.
        file: BundleFile,
    },
    /// To take the index of a table in parts. The file goes with it.
    Index {
        /// The condition.
        condition: Condition,
        /// The file.
        file: BundleFile,
        /// How many songs a search looks at.
        most_rows: usize,
    },
    /// To take a part of a table. The file goes with it.
    Part {
        /// The condition.
        condition: Condition,
        /// Number of the part.
        number: usize,
        /// The file.
        file: BundleFile,
    },
    /// To use a graphics processor from now on, or not.
    Graphics(GraphicsUse),
    /// To say what comes next.
    Next {
        /// Number of the search.
        job: Job,
        /// What leads, by the table of each condition.
        leads: Vec<(Condition, Lead)>,
        /// Songs of a list.
        k: usize,
    },
}

/// The songs and the rules of recommending.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SongRules {
    /// Number of songs.
    pub n_songs: usize,
    /// Whether an artist may follow themselves.
    pub same_artist: SameArtist,
    /// Whether the ids of the songs go with it, which tables must have then.
    pub has_ids: bool,
}

/// A file of a bundle that the worker reads and checks.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct BundleFile {
    /// Its path in the bundle.
    pub path: String,
    /// What the manifest says of it.
    pub record: FileRecord,
}

/// Whether a graphics processor is to be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum GraphicsUse {
    /// It is not.
    Never,
    /// It is where it is quicker.
    IfQuicker,
    /// It is wherever it can be.
    Always,
}

impl SearchTask {
    /// A task that is its text.
    pub fn to_message(&self) -> Message {
        self.with(Vec::new(), Vec::new())
    }

    /// A task that a file goes with.
    pub fn with_file(&self, file: Blob) -> Message {
        self.with(Vec::new(), vec![file])
    }

    /// To take these songs; `ids` are theirs, where they are known.
    pub fn songs(songs: &[ExplorerSong], same_artist: SameArtist, ids: Option<String>) -> Message {
        let n_songs = songs.len();
        let rules = SongRules { n_songs, same_artist, has_ids: ids.is_some() };
        let artists = songs.iter().flat_map(|song| song.artist.unwrap_or(UNKNOWN).to_le_bytes());
        let candidates = songs.iter().map(|song| u8::from(song.is_candidate));
        let bytes =
            vec![artists.collect(), candidates.collect(), ids.unwrap_or_default().into_bytes()];
        Self::Songs(rules).with(bytes, Vec::new())
    }

    fn with(&self, bytes: Vec<Vec<u8>>, files: Vec<Blob>) -> Message {
        let text = serde_json::to_string(self).expect("texts and numbers are JSON");
        Message { text, bytes, files }
    }

    /// The task that a message is.
    ///
    /// # Errors
    ///
    /// If it is none.
    pub fn of(message: &Message) -> Result<Self, MessageError> {
        Ok(json::from_slice(message.text.as_bytes())?)
    }
}

impl SongRules {
    /// The songs, from the rows that came with them, and their ids, a line each; `None` where they are not known.
    ///
    /// # Errors
    ///
    /// If the rows are of other songs.
    pub fn read(
        &self,
        bytes: &[Vec<u8>],
    ) -> Result<(Vec<ExplorerSong>, Option<String>), MessageError> {
        let [artists, candidates, ids] = bytes else {
            return Err(MessageError::Parts { expected: 3, got: bytes.len() });
        };
        let n_bytes = artists.len() + candidates.len();
        let expected = self.n_songs * 5;
        if n_bytes != expected || candidates.len() != self.n_songs {
            return Err(MessageError::Bytes { expected, got: n_bytes });
        }
        let artists = artists.as_chunks().0.iter().map(|bytes| u32::from_le_bytes(*bytes));
        let song = |(artist, is_candidate): (u32, &u8)| ExplorerSong {
            artist: Some(artist).filter(|artist| *artist != UNKNOWN),
            is_candidate: *is_candidate != 0,
        };
        let ids = self.has_ids.then(|| String::from_utf8_lossy(ids).into_owned());
        Ok((artists.zip(candidates).map(song).collect(), ids))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::recommend::Taste;

    #[test]
    fn songs_come_with_their_rows() {
        let song = |artist, is_candidate| ExplorerSong { artist, is_candidate };
        let songs = [song(Some(0), true), song(None, false), song(Some(70_000), true)];
        for ids in [None, Some("a\nb\nc".to_owned())] {
            let message = SearchTask::songs(&songs, SameArtist::Allow, ids.clone());
            let Ok(SearchTask::Songs(rules)) = SearchTask::of(&message) else {
                panic!("{message:?}")
            };
            assert_eq!((rules.n_songs, rules.same_artist), (3, SameArtist::Allow));
            assert_eq!(rules.read(&message.bytes).unwrap(), (songs.to_vec(), ids));
            assert!(rules.read(&message.bytes[..2]).is_err());
            let short = [vec![0; 12], vec![0; 2], Vec::new()];
            assert!(rules.read(&short).is_err());
        }
    }

    #[test]
    fn leads_come_back() {
        let mut taste = Taste::of(3);
        taste.turn_dislike(9);
        let leads = vec![
            (Condition::Audio, Lead::Taste(taste)),
            (Condition::Lyrics, Lead::Vector(vec![0.1, -1e-7, 3.0])),
        ];
        let task = SearchTask::Next { job: 7, leads, k: 10 };
        assert_eq!(SearchTask::of(&task.to_message()).unwrap(), task);
        assert!(SearchTask::of(&Message::default()).is_err());
    }
}
