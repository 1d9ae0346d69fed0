//! `run.json`: everything that a run depends on, so that it can be repeated and resumed.

use super::config::TrainConfig;
use super::evaluate::artists;
use super::run_folder::RunFolder;
use crate::device::FoundDevices;
use crate::files::{self, FileError};
use crate::prepared::Prepared;
use serde::{Deserialize, Serialize};
use shared::catalog::{Split, Track};
use shared::random::Seed;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// A run, resolved.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Run {
    /// Version of Segue.
    pub version: String,
    /// Git revision of Segue, where it was built from a repository.
    pub git_revision: Option<String>,
    /// Seed of weights, order and dropout.
    pub seed: Seed,
    /// Hash of the prepared songs ([`Prepared::content_hash`]).
    pub data_hash: String,
    /// Settings.
    pub config: TrainConfig,
    /// Where it runs: `cpu`, `wgpu`, `cuda:0`.
    pub device: String,
    /// The data.
    pub data: DataRecord,
    /// Libraries that decide about numbers, with their versions.
    pub libraries: BTreeMap<String, String>,
    /// Kind of machine: `linux x86_64`; empty in runs of earlier versions.
    #[serde(default)]
    pub platform: String,
    /// What the device calls itself; of a processor also how wide its registers are, which decides the last digits. Empty in
    /// runs of earlier versions.
    #[serde(default)]
    pub device_name: String,
    /// Where an interrupted run went on by another program or on another device: each of these in turn.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub continued: Vec<Continuation>,
}

/// What went on with an interrupted run.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Continuation {
    /// Whole epochs that were there.
    pub after_epoch: usize,
    /// As in [`Run`].
    pub version: String,
    /// As in [`Run`].
    pub git_revision: Option<String>,
    /// As in [`Run`].
    pub device: String,
    /// As in [`Run`].
    pub device_name: String,
    /// As in [`Run`].
    pub platform: String,
}

/// What a run was trained on.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DataRecord {
    /// Hash of audio, lyrics, settings, genres and splits of all prepared songs.
    pub hash: String,
    /// Songs of each split.
    pub n_songs: BTreeMap<String, usize>,
    /// Songs of the catalogue that are not prepared and were left out.
    pub n_left_out: usize,
    /// Artists of each split; empty in runs of earlier versions.
    #[serde(default)]
    pub n_artists: BTreeMap<String, usize>,
    /// Hash of ids, artists and genres of the songs of each split: which songs these were. Empty in runs of
    /// earlier versions.
    #[serde(default)]
    pub split_hashes: BTreeMap<String, String>,
}

impl DataRecord {
    /// Describes a prepared folder.
    pub fn new(prepared: &Prepared) -> Self {
        let mut hash = blake3::Hasher::new();
        hash.update(prepared.content_hash().as_bytes());
        let is_prepared = |track: &&Track| prepared.tracks.contains_key(&track.track_id);
        for track in prepared.catalog.tracks().iter().filter(is_prepared) {
            hash_song(&mut hash, track);
        }
        let of_splits = |of: &dyn Fn(&[&Track]) -> usize| -> BTreeMap<String, usize> {
            let splits = Split::ALL.map(|split| {
                let tracks: Vec<&Track> =
                    prepared.catalog.split(split).filter(is_prepared).collect();
                (split.name().to_owned(), of(&tracks))
            });
            splits.into()
        };
        Self {
            hash: hash.finalize().to_string(),
            n_songs: of_splits(&|tracks| tracks.len()),
            n_left_out: prepared.catalog.tracks().len() - prepared.tracks.len(),
            n_artists: of_splits(&|tracks| {
                artists(tracks.iter().map(|track| &*track.artist)).n_clusters()
            }),
            split_hashes: split_hashes(prepared),
        }
    }
}

/// Which prepared songs each split holds.
fn split_hashes(prepared: &Prepared) -> BTreeMap<String, String> {
    let of_split = |split: Split| {
        let is_prepared = |track: &&Track| prepared.tracks.contains_key(&track.track_id);
        let tracks = prepared.catalog.split(split).filter(is_prepared);
        (split.name().to_owned(), split_hash(tracks))
    };
    Split::ALL.map(of_split).into()
}

/// Which songs these are: a hash (BLAKE3) of their ids, genres, artists and splits.
pub fn split_hash<'a>(tracks: impl Iterator<Item = &'a Track>) -> String {
    let mut hash = blake3::Hasher::new();
    tracks.for_each(|track| hash_song(&mut hash, track));
    hash.finalize().to_string()
}

/// What to know where the songs that a run was trained on, by the hashes in its record, are not those that are for
/// training in a prepared folder.
pub fn note_on_splits(
    trained_on: &BTreeMap<String, String>,
    prepared: &Prepared,
) -> Option<&'static str> {
    let train = Split::Train.name();
    let is_other = split_hashes(prepared).get(train) != Some(trained_on.get(train)?);
    is_other.then_some(
        "was trained on other songs than those that are for training here, and songs that are for the test here may be \
         among them: right for another catalogue, but if it is the same one split anew, train again",
    )
}

fn hash_song(hash: &mut blake3::Hasher, track: &Track) {
    for part in [track.track_id.as_str(), &track.genre, &track.artist, track.split.name()] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part.as_bytes());
    }
}

/// Differences from an earlier run that are named at most.
const MOST_NAMED: usize = 3;

/// Libraries that decide about numbers; the workspace pins these versions.
const LIBRARIES: [(&str, &str); 4] =
    [("burn", "0.22.1"), ("burn-flex", "0.22.1"), ("gemm-f32", "0.19.0"), ("tokenizers", "0.23.2")];

impl Run {
    /// The run of these settings on these data, by this program.
    pub fn new(config: TrainConfig, devices: &FoundDevices, prepared: &Prepared) -> Self {
        Self {
            version: env!("CARGO_PKG_VERSION").to_owned(),
            git_revision: option_env!("SEGUE_GIT_REVISION")
                .filter(|own| !own.is_empty())
                .map(str::to_owned),
            seed: config.seed,
            data_hash: prepared.content_hash(),
            config,
            device: devices.name.clone(),
            data: DataRecord::new(prepared),
            libraries: LIBRARIES
                .map(|(name, version)| (name.to_owned(), version.to_owned()))
                .into(),
            platform: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            device_name: devices.identity(),
            continued: Vec::new(),
        }
    }

    /// The run as it was begun, with who goes on with it now, where that is another program or device than before.
    #[must_use]
    pub fn going_on(&self, earlier: Self, after_epoch: usize) -> Self {
        let of = |run: &Self| Continuation {
            after_epoch,
            version: run.version.clone(),
            git_revision: run.git_revision.clone(),
            device: run.device.clone(),
            device_name: run.device_name.clone(),
            platform: run.platform.clone(),
        };
        let (now, begun) = (of(self), of(&earlier));
        let mut last = earlier.continued.last().cloned().unwrap_or(begun);
        if last.device_name.is_empty() {
            last.device_name.clone_from(&now.device_name);
        }
        let mut run = earlier;
        if now != (Continuation { after_epoch, ..last }) {
            run.continued.push(now);
        }
        run
    }

    /// Reads `run.json`.
    ///
    /// # Errors
    ///
    /// If it is not there or is no run.
    pub fn read(folder: &RunFolder) -> Result<Self, RunError> {
        let path = folder.run_json();
        let bytes = files::read(&path)?;
        serde_json::from_slice(&bytes).map_err(|source| RunError::Json { path, source })
    }

    /// Writes `run.json`.
    ///
    /// # Errors
    ///
    /// If it can't be written.
    pub fn write(&self, folder: &RunFolder) -> Result<(), RunError> {
        let mut json = serde_json::to_vec_pretty(self).expect("plain data");
        json.push(b'\n');
        Ok(files::write(&folder.run_json(), &json)?)
    }

    /// Whether this run may go on with what `earlier` began.
    ///
    /// # Errors
    ///
    /// Names what is different.
    pub fn check_continues(&self, earlier: &Self) -> Result<(), RunError> {
        let (now, before) = (as_map(&self.config), as_map(&earlier.config));
        // An encoder is the same wherever its folder stands, if its weights are.
        let is_place = |name: &str| {
            name == "text_encoder"
                && now.get("text_encoder_blake3").is_some_and(|own| !own.is_null())
        };
        let others = now
            .iter()
            .filter(|(name, value)| !is_place(name.as_str()) && before.get(*name) != Some(*value));
        let mut others: Vec<String> = others
            .map(|(name, value)| {
                let before = before.get(name).map_or_else(|| "nothing".into(), ToString::to_string);
                format!("{name} ({before}, now {value})")
            })
            .collect();
        if self.data.hash != earlier.data.hash {
            others.push(format!("data ({}, now {})", earlier.data.hash, self.data.hash));
        }
        // Another model has other defaults, which nobody asked for.
        others.sort_by_key(|other| !other.starts_with("model "));
        others.truncate(MOST_NAMED);
        if others.is_empty() { Ok(()) } else { Err(RunError::Other { what: others.join(", ") }) }
    }
}

/// The settings by name.
pub fn as_map(config: &TrainConfig) -> serde_json::Map<String, serde_json::Value> {
    // By way of text, in which a number of 32 bits has no more digits than it needs.
    let json = serde_json::to_vec(config).expect("plain data");
    match serde_json::from_slice(&json) {
        Ok(serde_json::Value::Object(map)) => map,
        other => unreachable!("settings are an object, not {other:?}"),
    }
}

/// What can be wrong with a run.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file.
    #[error(transparent)]
    File(#[from] FileError),
    /// Not a run.
    #[error("'{}' is not the record of a run", path.display())]
    Json {
        /// File.
        path: PathBuf,
        /// Why.
        source: serde_json::Error,
    },
    /// Another run.
    #[error("this run was begun with another {what}; give the same, or train into another folder")]
    Other {
        /// What differs, with what it was and is.
        what: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::config::TrainPreset;
    use shared::model::NetworkKind;

    #[test]
    fn a_changed_setting_is_named() {
        let config = TrainConfig::preset(TrainPreset::Thesis, NetworkKind::Audio);
        let data = DataRecord {
            hash: "a".into(),
            n_songs: BTreeMap::new(),
            n_left_out: 0,
            n_artists: BTreeMap::new(),
            split_hashes: BTreeMap::new(),
        };
        let run = Run {
            version: "1".into(),
            git_revision: None,
            seed: config.seed,
            data_hash: "b".into(),
            config,
            device: "cpu".into(),
            data,
            libraries: BTreeMap::new(),
            platform: String::new(),
            device_name: "a processor".into(),
            continued: Vec::new(),
        };
        run.check_continues(&run).unwrap();
        let other =
            Run { config: TrainConfig { seed: Seed(9), ..run.config.clone() }, ..run.clone() };
        let error = other.check_continues(&run).unwrap_err().to_string();
        assert!(error.contains("seed") && error.contains("now 9"), "{error}");
        let moved = DataRecord { hash: "b".into(), ..run.data.clone() };
        let error = Run { data: moved, ..run.clone() }.check_continues(&run).unwrap_err();
        assert!(error.to_string().contains("data"), "{error}");

        let encoder = |folder: &str, hash: &str| {
            let mut run = run.clone();
            run.config.text.text_encoder = Some(folder.into());
            run.config.text.text_encoder_blake3 = Some(hash.into());
            run
        };
        encoder("/tmp/1/hf", "a").check_continues(&encoder("hf", "a")).unwrap();
        let error = encoder("hf", "b").check_continues(&encoder("hf", "a")).unwrap_err();
        assert!(error.to_string().contains("text_encoder_blake3"), "{error}");

        // Whoever goes on is told where it is somebody else than before.
        let again = run.going_on(run.clone(), 2);
        assert_eq!(again, run);
        let elsewhere = Run { device: "cuda:0".into(), ..run.clone() };
        let moved = elsewhere.going_on(again, 3);
        assert_eq!((moved.device.as_str(), moved.continued.len()), ("cpu", 1));
        assert_eq!(
            (moved.continued[0].device.as_str(), moved.continued[0].after_epoch),
            ("cuda:0", 3)
        );
        let moved = elsewhere.going_on(moved, 4);
        assert_eq!(moved.continued.len(), 1, "it is still there");
        assert_eq!(run.going_on(moved, 5).continued.len(), 2, "and comes back");
    }

    #[test]
    fn the_libraries_are_those_that_are_locked() {
        let locked = include_str!("../../../Cargo.lock").replace('\r', "");
        for (name, version) in LIBRARIES {
            let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
            assert!(locked.contains(&entry), "{name} {version} is not what Cargo.lock holds");
        }
    }
}
