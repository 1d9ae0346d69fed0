//! The embedding tables of a bundle, as they come file by file.

use crate::task::{BundleFile, SongRules};
use inference_worker::MessageError;
use shared::bundle::BundleError;
use shared::embedding::EmbeddingTable;
use shared::recommend::{Condition, Explorer, NextTracksError, PartIndex, TablePart};

/// The songs, and the tables that are there.
pub(crate) struct Tables {
    pub(crate) explorer: Explorer,
    /// The songs' ids, a line each, where they are known.
    ids: Option<String>,
}

impl Tables {
    /// The songs, without a table.
    ///
    /// # Errors
    ///
    /// If the rows are of other songs.
    pub(crate) fn new(rules: &SongRules, bytes: &[Vec<u8>]) -> Result<Self, TablesError> {
        let (songs, ids) = rules.read(bytes)?;
        Ok(Self { explorer: Explorer::new(songs, rules.same_artist), ids })
    }

    /// Takes a whole table.
    ///
    /// # Errors
    ///
    /// If it is not the file of the manifest, no table, or over other songs.
    pub(crate) fn take(
        &mut self,
        condition: Condition,
        file: &BundleFile,
        bytes: &[u8],
    ) -> Result<(), TablesError> {
        file.record.check(&file.path, bytes)?;
        let table = EmbeddingTable::from_safetensors(bytes).map_err(|source| {
            BundleError::Embeddings { file: file.path.clone(), source: Box::new(source) }
        })?;
        // Rows are known by their places.
        let is_over_others =
            |ids: &String| !ids.lines().eq(table.track_ids().iter().map(|id| id.as_str()));
        if self.ids.as_ref().is_some_and(is_over_others) {
            return Err(BundleError::OtherSongs { file: file.path.clone() }.into());
        }
        Ok(self.explorer.add_table(condition, table)?)
    }

    /// Takes the index of a table in parts.
    ///
    /// # Errors
    ///
    /// If it is not the file of the manifest, no index, or over another number of songs.
    pub(crate) fn take_index(
        &mut self,
        condition: Condition,
        (file, bytes): (&BundleFile, &[u8]),
        most_rows: usize,
    ) -> Result<(), TablesError> {
        file.record.check(&file.path, bytes)?;
        let index = PartIndex::from_safetensors(bytes)
            .map_err(|source| BundleError::Part { file: file.path.clone(), source })?;
        Ok(self.explorer.add_parted(condition, index, most_rows)?)
    }

    /// Takes a part of a table.
    ///
    /// # Errors
    ///
    /// If it is not the file of the manifest, no part, or one of other songs or vectors.
    pub(crate) fn take_part(
        &mut self,
        condition: Condition,
        (file, bytes): (&BundleFile, &[u8]),
        number: usize,
    ) -> Result<(), TablesError> {
        file.record.check(&file.path, bytes)?;
        let part = TablePart::from_safetensors(bytes)
            .map_err(|source| BundleError::Part { file: file.path.clone(), source })?;
        Ok(self.explorer.add_part(condition, number, part)?)
    }
}

/// Why a table can't be had.
#[derive(Debug, thiserror::Error)]
pub(crate) enum TablesError {
    /// A message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A file.
    #[error(transparent)]
    Bundle(#[from] BundleError),
    /// A table that does not fit.
    #[error(transparent)]
    Table(#[from] NextTracksError),
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::task::SearchTask;
    use shared::bundle::{FileRecord, FileRole, MediaKind};
    use shared::catalog::TrackId;
    use shared::embedding::ValueFormat;
    use shared::hash::sha256_hex;
    use shared::recommend::{ExplorerSong, SameArtist, Taste};

    fn file(bytes: &[u8]) -> BundleFile {
        let record = FileRecord {
            role: FileRole::Embeddings,
            media: MediaKind::Bytes,
            bytes: bytes.len() as u64,
            sha256: sha256_hex(bytes),
        };
        BundleFile { path: "embeddings/audio.safetensors".to_owned(), record }
    }

    fn table(n: usize) -> EmbeddingTable {
        let ids = (0..n).map(|at| TrackId::parse(&format!("t{at}")).unwrap()).collect();
        let values = (0..n).flat_map(|at| [1.0, at as f32]).collect();
        EmbeddingTable::new("audio", 2, ids, values).unwrap()
    }

    fn tables(ids: Option<&str>) -> Tables {
        let songs = [ExplorerSong { artist: None, is_candidate: true }; 3];
        let message = SearchTask::songs(&songs, SameArtist::Exclude, ids.map(str::to_owned));
        let Ok(SearchTask::Songs(rules)) = SearchTask::of(&message) else { panic!("{message:?}") };
        Tables::new(&rules, &message.bytes).unwrap()
    }

    #[test]
    fn a_table_is_taken_where_it_is_the_right_one() {
        let bytes = table(3).to_safetensors(ValueFormat::F32).unwrap();
        for ids in [Some("t0\nt1\nt2"), None] {
            let mut tables = tables(ids);
            tables.take(Condition::Audio, &file(&bytes), &bytes).unwrap();
            let found = tables.explorer.next(Condition::Audio, &Taste::of(2).into(), 5);
            assert_eq!(found.iter().map(|own| own.position).collect::<Vec<_>>(), [1, 0]);
        }
        let other = tables(Some("t0\nt1\nu2")).take(Condition::Audio, &file(&bytes), &bytes);
        let other = other.unwrap_err().to_string();
        assert!(other.contains("over other songs") && other.contains("audio"), "{other}");
        let changed = tables(None).take(Condition::Audio, &file(&bytes[1..]), &bytes).unwrap_err();
        assert!(changed.to_string().contains("bytes, the manifest says"), "{changed}");
        let none = tables(None).take(Condition::Audio, &file(b"x"), b"x").unwrap_err();
        assert!(none.to_string().contains("is no embedding table"), "{none}");
    }

    #[test]
    fn a_table_in_parts_is_taken_part_by_part() {
        let (index, parts) = PartIndex::cut(&table(3));
        let mut tables = tables(None);
        let bytes = index.to_safetensors();
        tables.take_index(Condition::Audio, (&file(&bytes), &bytes), 3).unwrap();
        let lead = Taste::of(2).into();
        loop {
            let missing = tables.explorer.missing_parts(Condition::Audio, &lead);
            if missing.is_empty() {
                break;
            }
            for number in missing {
                let bytes = parts[number].to_safetensors();
                let short = (&file(&bytes[1..]), &bytes[1..]);
                assert!(tables.take_part(Condition::Audio, short, number).is_err());
                tables.take_part(Condition::Audio, (&file(&bytes), &bytes), number).unwrap();
            }
        }
        assert_eq!(tables.explorer.next(Condition::Audio, &lead, 5).len(), 2);
    }
}
