//! What the worker that searches is given: the tables, from the bundle's files.

use super::catalogue_error::CatalogueError;
use super::songs::Songs;
use crate::bundle_source::{LoadError, file_address};
use crate::platform::search::{BundleFile, SearchTask, Searching};
use crate::platform::{fetch, worker::Message};
use shared::bundle::{BundleError, Manifest, TableEntry};
use shared::recommend::{Condition, ExplorerSong, SameArtist};

/// Starts the worker with the tables of these conditions.
pub(super) async fn open(
    manifest: &Manifest,
    songs: &Songs,
    rules: (&[ExplorerSong], SameArtist),
    conditions: &[Condition],
) -> Result<Searching, CatalogueError> {
    let mut given = vec![SearchTask::songs(rules.0, rules.1, songs.ids())];
    for condition in conditions {
        if let Some(entry) = manifest.embeddings.get(condition.name()) {
            given.push(table(manifest, *condition, entry).await?);
        }
    }
    Ok(Searching::open(given, conditions.len()).await?)
}

/// The task that gives the worker a table, or where its parts lie.
async fn table(
    manifest: &Manifest,
    condition: Condition,
    entry: &TableEntry,
) -> Result<Message, LoadError> {
    let Some(parts) = &entry.parts else {
        let task = |file| SearchTask::Table { condition, file };
        return with_file(manifest, &entry.file, task).await;
    };
    let most_rows = parts.most_rows;
    let task = |file| SearchTask::Index { condition, file, most_rows };
    with_file(manifest, &parts.index, task).await
}

/// A task with a file of the bundle, which the page hands on as it comes: the worker checks and reads it.
async fn with_file(
    manifest: &Manifest,
    path: &str,
    task: impl FnOnce(BundleFile) -> SearchTask,
) -> Result<Message, LoadError> {
    let missing = || BundleError::FileMissing { file: path.to_owned() };
    let record = manifest.files.get(path).ok_or_else(missing)?.clone();
    let file = fetch::blob(&file_address(path)).await?;
    Ok(task(BundleFile { path: path.to_owned(), record }).with_file(file))
}

/// The task that gives the worker a part of a table.
pub(super) async fn part(
    manifest: &Manifest,
    condition: Condition,
    number: usize,
) -> Result<Message, CatalogueError> {
    let table = manifest.embeddings.get(condition.name());
    let file = table.and_then(|table| table.parts.as_ref()?.files.get(number));
    let file = file.ok_or(CatalogueError::NoPart { condition, number })?;
    let task = |file| SearchTask::Part { condition, number, file };
    Ok(with_file(manifest, file, task).await?)
}
