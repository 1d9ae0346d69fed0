//! Removing what is left of earlier runs: files of tracks that are no longer in the catalogue, of
//! other recipes or keys, and half-written ones of killed runs.

use super::folder::Folder;
use super::shard::Shard;
use super::{PrepareSettings, key};
use crate::files::{self, FileError};
use shared::catalog::{Catalog, TrackId};
use std::path::Path;
use std::time::Duration;

/// Age from which a temporary file belongs to no run that is still going.
const ABANDONED_AFTER: Duration = Duration::from_secs(3600);

/// Removes the files of this share of the catalogue that belong to no record by these settings.
pub(super) fn remove_stale(
    folder: &Folder,
    catalog: &Catalog,
    settings: &PrepareSettings,
    shard: Shard,
) -> Result<(), FileError> {
    for place in folder.track_folders() {
        for path in files::list(&place)? {
            if is_abandoned(&path) || is_stale(folder, catalog, settings, shard, &path)? {
                files::remove(&path)?;
            }
        }
    }
    Ok(())
}

fn is_abandoned(path: &Path) -> bool {
    let is_temporary = path.extension().is_some_and(|extension| extension == "tmp");
    let age = path.metadata().and_then(|metadata| metadata.modified()).map(|time| time.elapsed());
    is_temporary && age.is_ok_and(|age| age.is_ok_and(|age| age > ABANDONED_AFTER))
}

/// Whether a file is what an older version recorded of a track.
fn is_of_track(path: &Path, track_id: &str) -> Result<bool, FileError> {
    // Another share may have removed it meanwhile.
    let bytes = files::read_if_there(path)?.unwrap_or_default();
    let json: Option<serde_json::Value> = serde_json::from_slice(&bytes).ok();
    Ok(json.is_some_and(|record| record["track_id"] == track_id))
}

/// Names are `<track_id>-<recipe>.json` and `<track_id>-<key>.<extension>`, in older folders also
/// `<track_id>.json`; whatever else stands there is somebody else's and left alone.
fn is_stale(
    folder: &Folder,
    catalog: &Catalog,
    settings: &PrepareSettings,
    shard: Shard,
    path: &Path,
) -> Result<bool, FileError> {
    let Some(stem) = path.file_stem().and_then(|stem| stem.to_str()) else { return Ok(false) };
    let extension = path.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
    let is_record = extension == "json";
    let (id, hash) = match stem.rsplit_once('-') {
        Some((id, hash)) if key::is_hash(hash) => (id, hash),
        _ if is_record => (stem, ""),
        _ => return Ok(false),
    };
    if !["json", "safetensors", "mp3"].contains(&extension) {
        return Ok(false);
    }
    let Some(track_id) = TrackId::parse(id).filter(|track_id| shard.holds(track_id)) else {
        return Ok(false);
    };
    if hash.is_empty() && !is_of_track(path, stem)? {
        return Ok(false);
    }
    let Some(track) = catalog.track(&track_id) else { return Ok(true) };
    let recipe = key::recipe(&track.lyrics, settings);
    if is_record {
        return Ok(hash != recipe);
    }
    // A record that can't be fetched makes nothing stale: what is removed is computed again.
    Ok(folder.read_record(&track_id, &recipe)?.is_none_or(|record| record.key != hash))
}
