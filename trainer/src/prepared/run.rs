//! `segue prepare`: all tracks of a catalogue, in parallel, each only where it is needed.

use super::changeover::{Awaited, Changeover};
use super::folder::{Folder, write_json};
use super::shard::Shard;
use super::track::{Audio, Outcome, Workbench};
use super::{FailedTrack, FileStamp, PrepareSettings, PreparedError, PreparedTrack, key};
use crate::causes::chain;
use crate::files;
use rayon::prelude::*;
use shared::catalog::{Track, TrackId};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};

/// What to prepare, and where.
#[derive(Debug, Clone)]
pub struct PrepareJob {
    /// `catalog.csv`; audio paths are relative to its folder.
    pub catalog: PathBuf,
    /// The prepared folder.
    pub out: PathBuf,
    /// What is asked for.
    pub settings: PrepareSettings,
    /// The share of the catalogue.
    pub shard: Shard,
}

/// What a run did.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct PrepareReport {
    /// Tracks of this share.
    pub n_tracks: usize,
    /// Tracks that were prepared now.
    pub n_prepared: usize,
    /// Tracks that were there already.
    pub n_unchanged: usize,
    /// Tracks that could not be prepared.
    pub failed: Vec<FailedTrack>,
    /// Tracks with notes: id and note.
    pub notes: Vec<(TrackId, String)>,
    /// Tracks that were not reached, because the run was interrupted.
    pub n_left: usize,
    /// The tracks of all shares for which the folder waits: until they are there too, it holds what it held
    /// before. `None` where it holds what was asked for; none where it will not, because not one track could
    /// be prepared.
    pub awaited: Option<Awaited>,
}

/// Prepares the tracks of a catalogue that are not prepared yet.
///
/// A track whose audio can't be used is recorded as failed and the others go on. `on_track` is called
/// after each track, from any thread, with the number of tracks in all. When `interrupted` becomes true, the run ends after the tracks at
/// hand; the next run goes on from there.
///
/// A folder that was prepared with other settings or another catalogue holds what it held until all tracks
/// of all shares are there; the run that ends last changes it over.
///
/// # Errors
///
/// If the catalogue can't be read, the folder can't be written (no room, no permission), or the folder
/// was prepared by a newer version.
pub fn prepare(
    job: &PrepareJob,
    interrupted: &AtomicBool,
    on_track: &(dyn Fn(usize) + Sync),
) -> Result<PrepareReport, PreparedError> {
    let catalog = super::read_catalog(&job.catalog)?;
    Workbench::new(&job.settings)?;
    let folder = Folder::new(&job.out);
    let changeover = Changeover::begin(&folder, &job.settings, &catalog)?;
    let base = job.catalog.parent().unwrap_or(Path::new("."));
    let run = Run { folder: &folder, settings: &job.settings, base };
    let tracks: Vec<&Track> =
        catalog.tracks().iter().filter(|track| job.shard.holds(&track.track_id)).collect();
    let states: Result<Vec<State>, PreparedError> = tracks
        .par_iter()
        .map_init(
            || Workbench::new(&job.settings),
            |workbench, track| {
                if interrupted.load(Ordering::Relaxed) {
                    return Ok(State::Left);
                }
                let workbench = workbench.as_mut().map_err(|error| error.clone())?;
                let state = run.bring_up_to_date(track, workbench);
                on_track(tracks.len());
                state
            },
        )
        .collect();
    let report = report(states?);
    let awaited = changeover.end(job.shard)?;
    Ok(PrepareReport { awaited, ..report })
}

/// What became of a track.
enum State {
    Prepared(Vec<(TrackId, String)>),
    Unchanged(Vec<(TrackId, String)>),
    Failed(FailedTrack),
    Left,
}

struct Run<'a> {
    folder: &'a Folder,
    settings: &'a PrepareSettings,
    /// Folder to which the catalogue's audio paths are relative.
    base: &'a Path,
}

/// A track and what it is to become.
struct Task<'a> {
    track: &'a Track,
    recipe: String,
}

impl Run<'_> {
    fn bring_up_to_date(
        &self,
        track: &Track,
        workbench: &mut Workbench,
    ) -> Result<State, PreparedError> {
        let task = Task { track, recipe: key::recipe(&track.lyrics, self.settings) };
        let path = self.base.join(&track.audio_path);
        let record = self.folder.read_record(&track.track_id, &task.recipe)?;
        let failure = self.folder.read_failure(&track.track_id, &task.recipe)?;
        let known = record
            .as_ref()
            .map(|record| &record.source.stamp)
            .or_else(|| failure.as_ref().and_then(|failure| failure.stamp.as_ref()));
        let source = match Source::look(&path, known) {
            Ok(source) => source,
            Err(reason) => return self.without_source(&task, record, reason),
        };
        let key = key::key(&source.stamp.blake3, &task.recipe);
        if let Some(record) = record.filter(|record| self.is_whole(record, &key)) {
            return self.keep(&task, record, source.stamp);
        }
        if let Some(failure) = failure.filter(|failure| failure.key == key) {
            return Ok(State::Failed(failure));
        }
        let Source { stamp, bytes } = source;
        let bytes = match bytes.map_or_else(|| files::read(&path), Ok) {
            Ok(bytes) => bytes,
            Err(error) => return self.fail(&task, chain(&error), None),
        };
        let audio = Audio { bytes: &bytes, stamp: stamp.clone(), key: key.clone() };
        match workbench.prepare(track, audio, self.settings) {
            Ok(outcome) => self.store(&task, outcome),
            Err(error) => self.fail(&task, chain(&error), Some((key, stamp))),
        }
    }

    /// A track whose audio file can't be read: what was prepared from it earlier is still right.
    fn without_source(
        &self,
        task: &Task<'_>,
        record: Option<PreparedTrack>,
        reason: String,
    ) -> Result<State, PreparedError> {
        let key_of = |record: &PreparedTrack| key::key(&record.source.stamp.blake3, &task.recipe);
        match record.filter(|record| self.is_whole(record, &key_of(record))) {
            Some(record) => Ok(State::Unchanged(notes_of(&record))),
            None => self.fail(task, reason, None),
        }
    }

    /// Whether a record is that of the key and its files are as it says.
    fn is_whole(&self, record: &PreparedTrack, key: &str) -> bool {
        let size = |path: &Path| files::stamp(path).map(|stamp| stamp.n_bytes).ok();
        record.key == key
            && size(&self.folder.slices(&record.track_id, key)) == Some(record.slices_bytes)
            && record.stimulus.as_ref().is_none_or(|stimulus| {
                size(&self.folder.root().join(&stimulus.file)) == Some(stimulus.n_bytes)
            })
    }

    /// Keeps a prepared track; where its audio file was touched but not changed, the new time is noted so
    /// that the next run need not read it again.
    fn keep(
        &self,
        task: &Task<'_>,
        mut record: PreparedTrack,
        stamp: FileStamp,
    ) -> Result<State, PreparedError> {
        if record.source.stamp != stamp {
            record.source.stamp = stamp;
            write_json(&self.folder.record(&record.track_id, &task.recipe), &record)?;
        }
        Ok(State::Unchanged(notes_of(&record)))
    }

    /// Writes a prepared track, its record last.
    fn store(&self, task: &Task<'_>, outcome: Outcome) -> Result<State, PreparedError> {
        let Outcome { record, slices, stimulus } = outcome;
        if let Some(stimulus) = stimulus {
            files::write(&self.folder.root().join(&stimulus.record.file), &stimulus.mp3)?;
        }
        files::write(&self.folder.slices(&record.track_id, &record.key), &slices)?;
        write_json(&self.folder.record(&record.track_id, &task.recipe), &record)?;
        files::remove(&self.folder.failure(&record.track_id, &task.recipe))?;
        Ok(State::Prepared(notes_of(&record)))
    }

    fn fail(
        &self,
        task: &Task<'_>,
        reason: String,
        known: Option<(String, FileStamp)>,
    ) -> Result<State, PreparedError> {
        let (key, stamp) = known.map_or((String::new(), None), |(key, stamp)| (key, Some(stamp)));
        let failure = FailedTrack {
            track_id: task.track.track_id.clone(),
            key,
            audio_path: task.track.audio_path.clone(),
            reason,
            stamp,
        };
        files::remove(&self.folder.record(&failure.track_id, &task.recipe))?;
        write_json(&self.folder.failure(&failure.track_id, &task.recipe), &failure)?;
        Ok(State::Failed(failure))
    }
}

/// An audio file: read only where size and time of change do not tell that it is the one known.
struct Source {
    stamp: FileStamp,
    bytes: Option<Vec<u8>>,
}

impl Source {
    fn look(path: &Path, known: Option<&FileStamp>) -> Result<Self, String> {
        let files::Stamp { n_bytes, modified_nanos } =
            files::stamp(path).map_err(|error| chain(&error))?;
        if let Some(known) = known
            && (known.n_bytes, known.modified_nanos) == (n_bytes, modified_nanos)
        {
            return Ok(Self { stamp: known.clone(), bytes: None });
        }
        let bytes = files::read(path).map_err(|error| chain(&error))?;
        let blake3 = blake3::hash(&bytes).to_string();
        let stamp = FileStamp { n_bytes: bytes.len() as u64, modified_nanos, blake3 };
        Ok(Self { stamp, bytes: Some(bytes) })
    }
}

fn notes_of(record: &PreparedTrack) -> Vec<(TrackId, String)> {
    record.notes.iter().map(|note| (record.track_id.clone(), note.clone())).collect()
}

fn report(states: Vec<State>) -> PrepareReport {
    let mut report = PrepareReport { n_tracks: states.len(), ..PrepareReport::default() };
    for state in states {
        match state {
            State::Prepared(notes) => {
                report.n_prepared += 1;
                report.notes.extend(notes);
            }
            State::Unchanged(notes) => {
                report.n_unchanged += 1;
                report.notes.extend(notes);
            }
            State::Failed(failure) => report.failed.push(failure),
            State::Left => report.n_left += 1,
        }
    }
    report
}
