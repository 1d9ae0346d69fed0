//! Shares of a table, each a file of its own until all are there: `OUT.parts/0-of-4.safetensors`.

use crate::files::{self, FileError};
use crate::prepared::Shard;
use shared::catalog::TrackId;
use shared::embedding::{EmbeddingTable, ValueFormat};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// What came of a share.
#[derive(Debug)]
pub(super) enum Outcome {
    /// It was the last one: the whole table.
    Joined(EmbeddingTable),
    /// Others are still missing, or there was nothing to do.
    Waiting(String),
}

/// What the table is made of.
#[derive(Debug, Clone)]
pub(super) struct Recipe {
    /// Weights and songs.
    pub(super) metadata: BTreeMap<String, String>,
    /// Whether the vectors of slices are wanted, too.
    pub(super) slices: bool,
}

/// Computes a share unless it is there, and joins all where this was the last one.
///
/// # Errors
///
/// What `embed` reports, and files that can't be read or written.
pub(super) fn embed(
    out: &Path,
    shard: Shard,
    recipe: &Recipe,
    embed: impl FnOnce() -> anyhow::Result<EmbeddingTable>,
) -> anyhow::Result<Outcome> {
    if read(out, recipe)?.is_some() {
        return Ok(Outcome::Waiting(format!("{} is whole: nothing to do", out.display())));
    }
    let own = part(out, shard);
    if read(&own, recipe)?.is_none() {
        files::write(&own, &embed()?.to_safetensors(ValueFormat::F32)?)?;
    }
    let parts = (0..shard.count).map(|index| read(&part(out, Shard { index, ..shard }), recipe));
    let parts = parts.collect::<Result<Vec<Option<EmbeddingTable>>, FileError>>()?;
    let missing: Vec<String> = (0..shard.count)
        .zip(&parts)
        .filter(|(_, part)| part.is_none())
        .map(|(index, _)| index.to_string())
        .collect();
    if missing.is_empty() {
        return Ok(Outcome::Joined(join(&parts.into_iter().flatten().collect::<Vec<_>>())?));
    }
    // Another share may have joined them and cleared up meanwhile.
    if read(out, recipe)?.is_some() {
        return Ok(Outcome::Waiting(format!("{} is whole", out.display())));
    }
    let Shard { index, count } = shard;
    Ok(Outcome::Waiting(format!(
        "share {index} of {count} is done; not yet there: {}. The share that ends last writes {}",
        missing.join(", "),
        out.display()
    )))
}

/// Removes the shares of a table that is whole.
pub(super) fn remove_parts(out: &Path) -> Result<(), FileError> {
    let folder = folder(out);
    files::list(&folder)?.iter().try_for_each(|part| files::remove(part))?;
    files::remove_empty_folder(&folder);
    Ok(())
}

fn folder(out: &Path) -> PathBuf {
    let mut name = out.as_os_str().to_owned();
    name.push(".parts");
    name.into()
}

fn part(out: &Path, Shard { index, count }: Shard) -> PathBuf {
    folder(out).join(format!("{index}-of-{count}.safetensors"))
}

/// A table that was made of the same; any other counts as absent and is made anew.
fn read(path: &Path, recipe: &Recipe) -> Result<Option<EmbeddingTable>, FileError> {
    let Some(bytes) = files::read_if_there(path)? else { return Ok(None) };
    let Ok(table) = EmbeddingTable::from_safetensors(&bytes) else { return Ok(None) };
    let has_slices = table.track_ids().first().map(|id| table.slice_rows(id).is_some());
    let fits = *table.metadata() == recipe.metadata
        && has_slices.is_none_or(|has_slices| has_slices == recipe.slices);
    Ok(fits.then_some(table))
}

fn join(parts: &[EmbeddingTable]) -> anyhow::Result<EmbeddingTable> {
    let rows = || parts.iter().flat_map(EmbeddingTable::rows);
    let track_ids: Vec<TrackId> = rows().map(|(id, _)| id.clone()).collect();
    let values = rows().flat_map(|(_, row)| row.iter().copied()).collect();
    let (name, dim) = (parts[0].name(), parts[0].dim());
    let mut table = EmbeddingTable::new(name, dim, track_ids.clone(), values)?;
    for (key, value) in parts[0].metadata() {
        table = table.with_metadata(key, value);
    }
    let slices_of = |id: &TrackId| parts.iter().find_map(|part| part.slice_rows(id));
    let slices: Option<BTreeMap<TrackId, Vec<f32>>> =
        track_ids.iter().map(|id| slices_of(id).map(|rows| (id.clone(), rows.to_vec()))).collect();
    Ok(match slices.filter(|_| !track_ids.is_empty()) {
        Some(slices) => table.with_slices(&slices)?,
        None => table,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> (EmbeddingTable, Recipe) {
        let ids: Vec<TrackId> = (0..20).map(|k| TrackId::from_parts(&[&k.to_string()])).collect();
        let values = (0..40).map(|k| k as f32).collect();
        let slices =
            ids.iter().enumerate().map(|(at, id)| (id.clone(), vec![at as f32; 2 * (at % 3)]));
        let slices = slices.collect();
        let table = EmbeddingTable::new("audio", 2, ids, values).unwrap();
        let table = table.with_metadata("data", "x").with_slices(&slices).unwrap();
        let metadata = BTreeMap::from([("data".to_owned(), "x".to_owned())]);
        (table, Recipe { metadata, slices: true })
    }

    fn share(of: &EmbeddingTable, shard: Shard) -> EmbeddingTable {
        of.moments(usize::MAX / of.dim(), |id| shard.holds(id)).unwrap()
    }

    #[test]
    fn shares_in_any_order_give_the_table_of_one_machine() {
        let (table, recipe) = whole();
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("audio.safetensors");
        let bytes = |table: &EmbeddingTable| table.to_safetensors(ValueFormat::F32).unwrap();
        for index in [2, 0, 3, 1] {
            let shard = Shard { index, count: 4 };
            let outcome = embed(&out, shard, &recipe, || Ok(share(&table, shard))).unwrap();
            match outcome {
                Outcome::Joined(joined) => {
                    assert_eq!(index, 1);
                    assert_eq!(bytes(&joined), bytes(&table));
                    files::write(&out, &bytes(&joined)).unwrap();
                    remove_parts(&out).unwrap();
                }
                Outcome::Waiting(text) => assert!(text.contains("not yet there"), "{text}"),
            }
        }
        // A share that is run again when all is done finds nothing to do.
        let again = Shard { index: 3, count: 4 };
        let outcome = embed(&out, again, &recipe, || panic!("computed again")).unwrap();
        assert!(matches!(outcome, Outcome::Waiting(text) if text.contains("nothing to do")));
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[test]
    fn shares_of_other_songs_or_damaged_ones_are_made_anew() {
        let (table, recipe) = whole();
        let folder = tempfile::tempdir().unwrap();
        let out = folder.path().join("audio.safetensors");
        let [first, second] = [0, 1].map(|index| Shard { index, count: 2 });
        let other = share(&table, first).with_metadata("data", "other songs");
        let other = other.to_safetensors(ValueFormat::F32).unwrap();
        let without_slices = share(&table, first).filtered(|_| true);
        let without_slices = without_slices.to_safetensors(ValueFormat::F32).unwrap();
        for bytes in [other, without_slices, b"half a".to_vec()] {
            files::write(&part(&out, first), &bytes).unwrap();
            let outcome = embed(&out, second, &recipe, || Ok(share(&table, second))).unwrap();
            assert!(
                matches!(outcome, Outcome::Waiting(text) if text.contains("not yet there: 0."))
            );
        }
        let outcome = embed(&out, first, &recipe, || Ok(share(&table, first))).unwrap();
        assert!(matches!(outcome, Outcome::Joined(joined) if joined == table));
    }
}
