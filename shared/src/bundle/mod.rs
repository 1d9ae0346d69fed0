//! The bundle: everything that the website needs, as named bytes.
//!
//! A *bundle* is a folder: `manifest.json` names every other file with its role, size and SHA-256;
//! `catalog.json` lists the songs without lyrics or paths; `embeddings/NAME.safetensors` holds the
//! tables, `recommendations.csv` what each condition recommends, `stimuli/` what participants hear,
//! `models/NAME/` the networks. `docs/bundle-format.md` describes each file exactly.
//!
//! Nothing here opens a file: the trainer gives bytes from its disk, the website from its server.
//! [`BundleWriter`] hands out named bytes, [`Bundle::from_files`] makes sense of them, [`Checker`]
//! lists everything that is wrong with them.

mod check;
mod error;
mod fault;
mod file_record;
mod lists;
mod manifest;
mod pages;
mod read;
mod songs;
mod write;

pub use check::Checker;
pub use error::BundleError;
pub use fault::Fault;
pub use file_record::{FileRecord, FileRole, MediaKind};
pub use manifest::{
    Configs, FORMAT, FileListEntry, Manifest, ManifestError, ModelEntry, PartsEntry, Provenance,
    RunProvenance, SCHEMA_VERSION, StoredTextWeights, TableEntry, is_bundle_path, is_part_name,
};
pub use pages::{SongIndex, SongPage, SongPagesEntry, SongWords};
pub use read::Bundle;
pub use songs::{Song, SongList};
pub use write::{BundleWriteError, BundleWriter, ManifestParts, ModelFiles};

/// The file that names all others.
pub const MANIFEST_FILE: &str = "manifest.json";
/// The list of songs.
pub const CATALOG_FILE: &str = "catalog.json";
/// What each condition recommends.
pub const RECOMMENDATIONS_FILE: &str = "recommendations.csv";

/// Where the embedding table of that name stands.
pub fn embeddings_file(name: &str) -> String {
    format!("embeddings/{name}.safetensors")
}

/// The file of a part of the embedding table of that name; of the index of the parts without a number.
pub fn part_file(name: &str, part: Option<usize>) -> String {
    match part {
        Some(part) => format!("embeddings/{name}/{part:04}.safetensors"),
        None => format!("embeddings/{name}/index.safetensors"),
    }
}

/// Metadata of moments: seconds from one slice to the next, and that each lasts.
pub const MOMENT_SECS: &str = "slice_secs";

/// Songs that share a file of moments where songs are in pages.
pub const SONGS_PER_MOMENTS_FILE: usize = 1_000;

/// The file of the slices of an embedding table that lie in the stimuli; where songs are in pages, that of the songs from
/// `part` times [`SONGS_PER_MOMENTS_FILE`] on.
pub fn moments_file(name: &str, part: Option<usize>) -> String {
    match part {
        Some(part) => format!("moments/{name}/{part:04}.safetensors"),
        None => format!("moments/{name}.safetensors"),
    }
}

/// Name and part of a file of moments; no part where it has those of all songs. `None` where it is named otherwise.
fn moments_part(file: &str) -> Option<(&str, Option<usize>)> {
    let path = file.strip_prefix("moments/")?.strip_suffix(".safetensors")?;
    let (name, part) = match path.split_once('/') {
        Some((name, part)) => (name, Some(part.parse().ok()?)),
        None => (path, None),
    };
    (moments_file(name, part) == file).then_some((name, part))
}

/// The file of the map of an embedding table.
pub fn map_file(name: &str) -> String {
    format!("maps/{name}.safetensors")
}

/// Where a file of the network of that name stands.
pub fn model_file(name: &str, file: &str) -> String {
    format!("models/{name}/{file}")
}

/// Where a stimulus stands.
pub fn stimulus_file(file: &str) -> String {
    format!("stimuli/{file}")
}

#[cfg(test)]
mod tests;
