//! The networks, beside the page: a song is heard and lyrics are read on the listener's own device.
//!
//! [`Listening`], [`Graphics`] and [`Reading`] each are a worker that is loaded when one is started, keeps its
//! networks, does one task after another and ends when it is dropped, which also cancels. [`Told::Fetched`] says how much of
//! its program is there. What comes of a task is [`Told`] with the task's number: [`Told::Stage`] as it goes on,
//! [`Told::Sound`] as soon as there is something to draw, and at the end [`Told::Said`] or [`Told::Failed`]. A worker that
//! died, as without memory, is told as [`Told::Failed`] without a number: start a new one.

use super::worker::{Computation, Message};
use inference_worker::{GraphicsTask, ListeningTask, OutlineTask, ReadingTask, SongTask, causes};
pub(crate) use inference_worker::{
    Job, MOST_LYRICS_BYTES, NetworkFiles, NetworkTokens, Said, Sound, Stage, TokenCounts, Told,
};
use shared::audio::ClipSettings;
use shared::bundle::Manifest;
use shared::json;
use shared::spectrogram::SliceStack;
use std::cell::Cell;
use web_sys::Blob;

/// The page states under these names what starts the workers.
const LISTENING: &str = "listening-start";
const GRAPHICS: &str = "graphics-start";
const READING: &str = "reading-start";

/// The worker that hears.
#[must_use = "the worker ends when this is dropped"]
pub(crate) struct Listening {
    worker: Computation,
    n_jobs: Cell<Job>,
}

/// A song as it was chosen. Only the worker reads the file, whatever its size.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SongFile {
    /// The file, or bytes that were fetched.
    pub(crate) file: Blob,
    /// Its name, of which the end is a hint to what it is.
    pub(crate) name: String,
}

impl SongFile {
    fn extension(&self) -> Option<String> {
        self.name.rsplit_once('.').map(|(_, end)| end.to_lowercase())
    }
}

impl Listening {
    /// Loads the worker and gives it a network that hears only.
    ///
    /// # Errors
    ///
    /// If the browser has no such workers.
    pub(crate) fn start(
        network: NetworkFiles,
        heard: impl Fn(Told) + Clone + 'static,
    ) -> Result<Self, String> {
        let worker = start(LISTENING, ListeningTask::network(network), heard)?;
        Ok(Self { worker, n_jobs: Cell::new(0) })
    }

    /// Has a clip of a song heard; its outline gets `n_columns`. Where the network is to run elsewhere,
    /// the task ends with what is heard. Gives the number of the task.
    ///
    /// # Errors
    ///
    /// If the browser can't post it.
    pub(crate) fn hear(
        &self,
        song: &SongFile,
        clip: ClipSettings,
        (n_columns, runs_network): (usize, bool),
    ) -> Result<Job, String> {
        let job = next(&self.n_jobs);
        let task = SongTask { job, extension: song.extension(), clip, n_columns, runs_network };
        self.worker.send(ListeningTask::song(task, song.file.clone()))?;
        Ok(job)
    }

    /// Runs the network on slices, `n_runs` times. Gives the number of the task.
    ///
    /// # Errors
    ///
    /// If the browser can't post it.
    pub(crate) fn run(&self, slices: &SliceStack, n_runs: usize) -> Result<Job, String> {
        let job = next(&self.n_jobs);
        self.worker.send(ListeningTask::slices(job, slices, n_runs))?;
        Ok(job)
    }
}

/// A worker that draws a whole song, and ends when this is dropped.
#[must_use = "the worker ends when this is dropped"]
pub(crate) struct Drawing {
    _worker: Computation,
}

impl Drawing {
    /// Loads a worker of its own, so that nothing waits for it: all of the song is decoded. What comes of it is
    /// [`Told::Outline`], as far as it is, the last time with all columns.
    ///
    /// # Errors
    ///
    /// If the browser has no such workers.
    pub(crate) fn start(
        song: &SongFile,
        (song_secs, n_columns): (f64, usize),
        drawn: impl Fn(Told) + Clone + 'static,
    ) -> Result<Self, String> {
        let task = OutlineTask { job: 1, extension: song.extension(), song_secs, n_columns };
        let task = ListeningTask::outline(task, song.file.clone());
        Ok(Self { _worker: start(LISTENING, task, drawn)? })
    }
}

/// The worker with the graphics processor.
#[must_use = "the worker ends when this is dropped"]
pub(crate) struct Graphics {
    worker: Computation,
    n_jobs: Cell<Job>,
}

impl Graphics {
    /// Whether the website was built with this worker.
    pub(crate) fn is_there() -> bool {
        super::program::stated(GRAPHICS).is_some()
    }

    /// Loads the worker and gives it networks.
    ///
    /// # Errors
    ///
    /// If the browser has no such workers.
    pub(crate) fn start(
        networks: Vec<NetworkFiles>,
        heard: impl Fn(Told) + Clone + 'static,
    ) -> Result<Self, String> {
        let worker = start(GRAPHICS, GraphicsTask::networks(networks), heard)?;
        Ok(Self { worker, n_jobs: Cell::new(0) })
    }

    /// Gives it more networks.
    ///
    /// # Errors
    ///
    /// If the browser can't post it.
    pub(crate) fn take(&self, networks: Vec<NetworkFiles>) -> Result<(), String> {
        self.worker.send(GraphicsTask::networks(networks))
    }

    /// Runs networks on slices and tokens, each `n_runs` times. Gives the number of the task.
    ///
    /// # Errors
    ///
    /// If the browser can't post it.
    pub(crate) fn run(
        &self,
        slices: Option<&SliceStack>,
        networks: &[NetworkTokens],
        n_runs: usize,
    ) -> Result<Job, String> {
        let job = next(&self.n_jobs);
        self.worker.send(GraphicsTask::song(job, slices, networks.to_vec(), n_runs))?;
        Ok(job)
    }
}

/// The worker that reads.
#[must_use = "the worker ends when this is dropped"]
pub(crate) struct Reading {
    worker: Computation,
    n_jobs: Cell<Job>,
}

impl Reading {
    /// Loads the worker and gives it networks that read, alone or with what was heard.
    ///
    /// # Errors
    ///
    /// If the browser has no such workers.
    pub(crate) fn start(
        networks: Vec<NetworkFiles>,
        heard: impl Fn(Told) + Clone + 'static,
    ) -> Result<Self, String> {
        let worker = start(READING, ReadingTask::networks(networks), heard)?;
        Ok(Self { worker, n_jobs: Cell::new(0) })
    }

    /// Has lyrics read, with the slices of [`Sound::slices`] or without; without them only networks that
    /// do not hear have an answer. The networks run `n_runs` times; not at all where they are to run elsewhere: the
    /// task then ends with what they take, [`Told::Tokens`]. Gives the number of the task.
    ///
    /// # Errors
    ///
    /// If the browser can't post it.
    pub(crate) fn read(
        &self,
        lyrics: &str,
        slices: Option<&SliceStack>,
        n_runs: usize,
    ) -> Result<Job, String> {
        let job = next(&self.n_jobs);
        self.worker.send(ReadingTask::lyrics(job, lyrics.to_owned(), slices, n_runs))?;
        Ok(job)
    }
}

/// The part of each song that the bundle's songs were prepared from; `None` where it does not say.
pub(crate) fn clip_settings(manifest: &Manifest) -> Option<ClipSettings> {
    let clip = manifest.configs.prepare.get("clip")?;
    json::from_value(clip).ok().filter(ClipSettings::is_valid)
}

/// What starts the workers, by names with a hash of their content.
pub(crate) fn programs() -> impl Iterator<Item = String> {
    [LISTENING, GRAPHICS, READING].into_iter().filter_map(super::program::stated)
}

fn next(n_jobs: &Cell<Job>) -> Job {
    n_jobs.set(n_jobs.get() + 1);
    n_jobs.get()
}

/// Starts a worker. How much of its program is there is told, too, where the page states how large that is.
fn start(
    name: &str,
    task: Message,
    heard: impl Fn(Told) + Clone + 'static,
) -> Result<Computation, String> {
    let (of, fetched) = (super::program::stated_bytes(name), heard.clone());
    Computation::start(name, task, told(heard), move |n_bytes| {
        if let Some(of) = of {
            fetched(Told::Fetched { n_bytes, of });
        }
    })
}

/// Makes what a worker posts what it tells.
fn told(heard: impl Fn(Told) + Clone + 'static) -> impl Fn(Result<Message, String>) + Clone {
    move |message| {
        let failed = |causes| Told::Failed { job: None, causes };
        heard(match message {
            Ok(message) => Told::of(&message).unwrap_or_else(|error| failed(causes(&error))),
            Err(cause) => failed(vec![cause]),
        });
    }
}
