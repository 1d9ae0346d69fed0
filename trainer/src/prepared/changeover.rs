//! When a folder changes over from what it holds to what is asked for.
//!
//! `settings.json` and `catalog.csv` say what a folder holds. A run that asks for something else leaves
//! them, and all that they speak of, until every track of its catalogue has been seen to, those of the
//! other shares among them; the share that ends last changes the folder over and removes what it held
//! before. A run that fails or is interrupted thus costs nothing that was there.

use super::folder::{Folder, read_json, write_json};
use super::shard::Shard;
use super::{PrepareSettings, PreparedError, key, sweep};
use crate::files::{self, FileError};
use shared::catalog::Catalog;
use std::collections::HashSet;
use std::path::Path;

/// What keeps a folder from being changed over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Awaited {
    /// Tracks that nobody has seen to yet.
    pub n_open: usize,
    /// Tracks that the folder holds and whose audio file can't be read any more.
    pub n_lost: usize,
    /// Those of them that are of the share of this run.
    pub n_lost_here: usize,
}

/// Tracks of all shares.
#[derive(Default)]
struct Count {
    /// Prepared as asked for.
    n_prepared: usize,
    /// Could not be.
    n_failed: usize,
    /// Can't be, because their file can't be read, but have been prepared before: a disk that is away is no reason to
    /// remove what was made of it.
    n_lost: usize,
    /// Those of this share.
    n_lost_here: usize,
}

/// What a run asks of a folder.
pub(super) struct Changeover<'a> {
    folder: &'a Folder,
    settings: &'a PrepareSettings,
    catalog: &'a Catalog,
    csv: Vec<u8>,
}

impl<'a> Changeover<'a> {
    /// Of a run that begins. A folder that holds nothing yet, or what no program of this version reads, is
    /// changed over at once: what is done of it can then be used before the rest.
    pub(super) fn begin(
        folder: &'a Folder,
        settings: &'a PrepareSettings,
        catalog: &'a Catalog,
    ) -> Result<Self, PreparedError> {
        let mut csv = Vec::new();
        catalog
            .write_csv(&mut csv)
            .map_err(|source| PreparedError::Catalog { path: folder.catalog(), source })?;
        let begun = Self { folder, settings, catalog, csv };
        match folder.expect_own_schema() {
            Ok(()) => {}
            Err(PreparedError::NotPrepared { .. } | PreparedError::OlderSchema { .. }) => {
                begun.change_over()?;
            }
            Err(error) => return Err(error),
        }
        Ok(begun)
    }

    /// Changes the folder over if every track has been seen to, and removes what is left of earlier runs.
    /// Gives what is still awaited; `None` where the folder holds what is asked for.
    pub(super) fn end(&self, shard: Shard) -> Result<Option<Awaited>, PreparedError> {
        if self.is_done() {
            sweep::remove_stale(self.folder, self.catalog, self.settings, shard)?;
            return Ok(None);
        }
        let Count { n_prepared, n_failed, n_lost, n_lost_here } = self.count(shard)?;
        let n_open = self.catalog.tracks().len() - n_prepared - n_failed - n_lost;
        // Where nothing could be prepared, what the folder holds is worth more.
        if n_open > 0 || n_lost > 0 || n_prepared == 0 {
            return Ok(Some(Awaited { n_open, n_lost, n_lost_here }));
        }
        self.change_over()?;
        sweep::remove_stale(self.folder, self.catalog, self.settings, Shard::ALL)?;
        Ok(None)
    }

    fn is_done(&self) -> bool {
        let settings = read_json::<PrepareSettings>(&self.folder.settings()).ok();
        let csv = files::read(&self.folder.catalog()).ok();
        settings.as_ref() == Some(self.settings) && csv.as_ref() == Some(&self.csv)
    }

    fn count(&self, shard: Shard) -> Result<Count, FileError> {
        let (records, failures) = (stems(&self.folder.records())?, stems(&self.folder.failures())?);
        let prepared_before: HashSet<&str> =
            records.iter().filter_map(|stem| Some(stem.rsplit_once('-')?.0)).collect();
        let mut count = Count::default();
        for track in self.catalog.tracks() {
            let recipe = key::recipe(&track.lyrics, self.settings);
            let stem = Folder::stem(&track.track_id, &recipe);
            if records.contains(&stem) {
                count.n_prepared += 1;
            } else if failures.contains(&stem) {
                let is_lost = prepared_before.contains(track.track_id.as_str())
                    && self
                        .folder
                        .read_failure(&track.track_id, &recipe)?
                        .is_some_and(|failure| failure.stamp.is_none());
                if is_lost {
                    count.n_lost += 1;
                    count.n_lost_here += usize::from(shard.holds(&track.track_id));
                } else {
                    count.n_failed += 1;
                }
            }
        }
        Ok(count)
    }

    /// Writes the settings last: they make a folder a prepared one.
    fn change_over(&self) -> Result<(), FileError> {
        files::write(&self.folder.catalog(), &self.csv)?;
        write_json(&self.folder.settings(), self.settings)
    }
}

/// Names of the files of a folder, without their endings.
fn stems(place: &Path) -> Result<HashSet<String>, FileError> {
    let stem = |path: &Path| Some(path.file_stem()?.to_str()?.to_owned());
    Ok(files::list(place)?.iter().filter_map(|path| stem(path)).collect())
}
