//! A listener's own song: heard, drawn and compared on their own device; the file goes nowhere.

use super::catalogue::READERS;
use super::devices::{Device, Devices, Wish};
use crate::bundle_source::{self, checked_file};
use crate::platform::address::Parameters;
use crate::platform::graphics::{self, Adapter};
use crate::platform::networks::{
    Drawing, Graphics, Job, Listening, NetworkFiles, Reading, Said, SongFile, Sound, Stage, Told,
    clip_settings,
};
use crate::wording::chain;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::audio::ClipSettings;
use shared::bundle::Manifest;
use shared::recommend::Condition;
use std::cell::RefCell;
use std::rc::Rc;
use std::sync::Arc;

/// Columns of the drawn outline.
const N_COLUMNS: usize = 640;
/// Runs by which a device is timed: the first one makes ready what later ones use.
const N_TIMED_RUNS: usize = 4;

/// How far a task is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Progress {
    /// Nothing was asked for.
    Idle,
    /// A worker or a network is fetched.
    Loading,
    /// A stage of the task.
    At(Stage),
    /// It can't be done.
    Failed(String),
    /// It is done.
    Done,
}

/// What is known of the song, and the workers that find it out.
#[derive(Clone, Copy)]
pub(super) struct OwnSong {
    pub(super) name: RwSignal<Option<String>>,
    pub(super) hearing: RwSignal<Progress>,
    pub(super) reading: RwSignal<Progress>,
    pub(super) sound: RwSignal<Option<Arc<Sound>>>,
    /// The whole song, as far as it is drawn; why it can't be.
    pub(super) whole: RwSignal<Option<Result<Arc<Whole>, String>>>,
    /// What each network says, by its name.
    pub(super) said: RwSignal<Vec<Said>>,
    /// Where the network that hears runs.
    pub(super) devices: RwSignal<Devices>,
    workers: StoredValue<Rc<RefCell<Workers>>, LocalStorage>,
}

/// A song from beginning to end.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Whole {
    /// Smallest and largest sample of each column; the columns share the song's length.
    pub(super) columns: Vec<[f32; 2]>,
    /// How many of them are whole.
    pub(super) n_whole: usize,
}

#[derive(Default)]
struct Workers {
    manifest: Option<Arc<Manifest>>,
    listening: Option<Listening>,
    graphics: Option<Graphics>,
    reading: Option<Reading>,
    /// Draws the whole song.
    drawing: Option<Drawing>,
    song: Option<SongFile>,
    clip: Option<ClipSettings>,
    /// Lyrics that were read: they are read again with what is heard of another clip.
    lyrics: Option<String>,
    /// The last task of each; what is told of earlier ones is out of date.
    hearing_job: Option<Job>,
    graphics_job: Option<Job>,
    reading_job: Option<Job>,
    /// Tasks that time a device; what the network says there is known already.
    timing_jobs: Vec<(Worker, Job)>,
}

/// Who tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Worker {
    Listening,
    Graphics,
    Reading,
}

impl OwnSong {
    pub(super) fn new() -> Self {
        Self {
            name: RwSignal::new(None),
            hearing: RwSignal::new(Progress::Idle),
            reading: RwSignal::new(Progress::Idle),
            sound: RwSignal::new(None),
            whole: RwSignal::new(None),
            said: RwSignal::new(Vec::new()),
            devices: RwSignal::new(Devices::new(Wish::of(Parameters::of_page().device()))),
            workers: StoredValue::new_local(Rc::default()),
        }
    }

    /// The song's vector by the network of a condition, once that has heard or read it.
    pub(super) fn vector(self, condition: Condition) -> Option<Vec<f32>> {
        self.said.with(|said| {
            let own = said.iter().find(|own| own.name == condition.name());
            own.map(|own| own.embedding.clone())
        })
    }

    /// The vectors of its slices by the network of a condition, one after another, where that has heard it.
    pub(super) fn slice_vectors(self, condition: Condition) -> Option<Vec<f32>> {
        self.sound.with_untracked(Option::is_some).then_some(())?;
        self.said.with_untracked(|said| {
            let own = said.iter().find(|own| own.name == condition.name());
            own.map(|own| own.slice_embeddings.concat())
        })
    }

    /// Whether a song or lyrics were given.
    pub(super) fn is_given(self) -> bool {
        self.said.with(|said| !said.is_empty())
    }

    /// As [`Self::is_given`], without following it.
    pub(super) fn is_given_untracked(self) -> bool {
        self.said.with_untracked(|said| !said.is_empty())
    }

    /// Takes it away again.
    pub(super) fn clear(self) {
        self.name.set(None);
        self.sound.set(None);
        self.whole.set(None);
        self.said.set(Vec::new());
        self.hearing.set(Progress::Idle);
        self.reading.set(Progress::Idle);
        self.workers.with_value(|workers| {
            let mut workers = workers.borrow_mut();
            (workers.song, workers.lyrics, workers.drawing) = (None, None, None);
            (workers.hearing_job, workers.graphics_job, workers.reading_job) = (None, None, None);
            workers.timing_jobs.clear();
        });
    }

    fn workers<T>(self, take: impl FnOnce(&mut Workers) -> T) -> T {
        self.workers.with_value(|workers| take(&mut workers.borrow_mut()))
    }

    /// Takes a file and has it heard.
    pub(super) fn take(self, song: SongFile) {
        self.clear();
        self.name.set(Some(song.name.clone()));
        self.workers(|workers| {
            workers.song = Some(song);
            workers.clip = None;
        });
        self.hear(None);
    }

    /// Has the song heard from `start_secs` on; from where the bundle's songs were, if `None`.
    pub(super) fn hear(self, start_secs: Option<f64>) {
        self.hearing.set(Progress::Loading);
        spawn_local(async move {
            if let Err(why) = self.try_to_hear(start_secs).await {
                let _gone = self.hearing.try_set(Progress::Failed(why));
            }
        });
    }

    async fn try_to_hear(self, start_secs: Option<f64>) -> Result<(), String> {
        let manifest = self.manifest().await?;
        if self.workers(|workers| workers.listening.is_none()) {
            let network = files(&manifest, Condition::Audio.name()).await?;
            let network =
                network.ok_or("the bundle holds no network named 'audio' that could hear it")?;
            self.look_for_graphics(&network).await?;
            let listening =
                Listening::start(network, move |told| self.told(told, Worker::Listening))?;
            self.workers(|workers| workers.listening = Some(listening));
        }
        let usual = clip_settings(&manifest)
            .ok_or("the bundle does not say which part of a song to hear")?;
        let clip = ClipSettings { start_secs: start_secs.unwrap_or(usual.start_secs), ..usual };
        self.workers(|workers| {
            workers.clip = Some(clip);
            let (Some(listening), Some(song)) = (&workers.listening, &workers.song) else {
                return Ok(());
            };
            let runs_network = self.devices.with_untracked(Devices::chosen) == Device::Processor;
            workers.graphics_job = None;
            workers.hearing_job = Some(listening.hear(song, clip, (N_COLUMNS, runs_network))?);
            Ok(())
        })
    }

    /// Starts the worker with the graphics processor where there is one that may be of use.
    async fn look_for_graphics(self, network: &NetworkFiles) -> Result<(), String> {
        if !self.devices.with_untracked(Devices::is_unknown) {
            return Ok(());
        }
        if !Graphics::is_there() {
            self.devices.update(|devices| {
                devices.without_graphics(
                    "this website was built without the program for graphics processors",
                );
            });
            return Ok(());
        }
        let is_forced = self.devices.with_untracked(Devices::takes_any_graphics);
        match graphics::adapter().await {
            Adapter::None => self.devices.update(|devices| {
                devices.without_graphics("this browser offers no graphics processor");
            }),
            Adapter::Software if !is_forced => self.devices.update(|devices| {
                devices.without_graphics("the graphics processor is only imitated here");
            }),
            Adapter::Software | Adapter::Hardware => {
                let told = move |told| self.told(told, Worker::Graphics);
                let graphics = Graphics::start(network.clone(), told)?;
                self.workers(|workers| workers.graphics = Some(graphics));
                self.devices.update(Devices::begin_graphics);
            }
        }
        Ok(())
    }

    /// Has the network run on the slices by a device.
    fn run_on(self, device: Device, n_runs: usize) -> Result<(), String> {
        let Some(sound) = self.sound.get_untracked() else { return Ok(()) };
        let slices = sound.slices();
        self.workers(|workers| {
            let job = match (device, &workers.listening, &workers.graphics) {
                (Device::Processor, Some(listening), _) => {
                    (Worker::Listening, listening.run(&slices, n_runs)?)
                }
                (Device::Graphics, _, Some(graphics)) => {
                    (Worker::Graphics, graphics.run(&slices, n_runs)?)
                }
                _ => return Ok(()),
            };
            match job {
                job if n_runs > 1 => workers.timing_jobs.push(job),
                (Worker::Graphics, job) => workers.graphics_job = Some(job),
                (_, job) => workers.hearing_job = Some(job),
            }
            Ok(())
        })
    }

    /// Has lyrics read, with what was heard where something was.
    pub(super) fn read(self, lyrics: String) {
        self.reading.set(Progress::Loading);
        self.workers(|workers| workers.lyrics = Some(lyrics.clone()));
        spawn_local(async move {
            if let Err(why) = self.try_to_read(&lyrics).await {
                let _gone = self.reading.try_set(Progress::Failed(why));
            }
        });
    }

    async fn try_to_read(self, lyrics: &str) -> Result<(), String> {
        let manifest = self.manifest().await?;
        if self.workers(|workers| workers.reading.is_none()) {
            let mut networks = Vec::new();
            for condition in READERS {
                networks.extend(files(&manifest, condition.name()).await?);
            }
            if networks.is_empty() {
                return Err("the bundle holds no network that reads".to_owned());
            }
            let reading = Reading::start(networks, move |told| self.told(told, Worker::Reading))?;
            self.workers(|workers| workers.reading = Some(reading));
        }
        let slices = self.sound.with_untracked(|sound| sound.as_ref().map(|sound| sound.slices()));
        self.workers(|workers| {
            let Some(reading) = &workers.reading else { return Ok(()) };
            workers.reading_job = Some(reading.read(lyrics, slices.as_ref())?);
            Ok(())
        })
    }

    async fn manifest(self) -> Result<Arc<Manifest>, String> {
        if let Some(manifest) = self.workers(|workers| workers.manifest.clone()) {
            return Ok(manifest);
        }
        let manifest = bundle_source::manifest().await.map_err(|error| chain(&error))?;
        let manifest = Arc::new(manifest);
        self.workers(|workers| workers.manifest = Some(Arc::clone(&manifest)));
        Ok(manifest)
    }

    /// What a worker tells.
    fn told(self, told: Told, worker: Worker) {
        let progress = if worker == Worker::Reading { self.reading } else { self.hearing };
        let is_last = |job: Job| {
            self.workers(|workers| {
                Some(job)
                    == match worker {
                        Worker::Listening => workers.hearing_job,
                        Worker::Graphics => workers.graphics_job,
                        Worker::Reading => workers.reading_job,
                    }
            })
        };
        match told {
            Told::Ready { .. } => {}
            Told::Stage { job, stage } if is_last(job) => progress.set(Progress::At(stage)),
            Told::Sound { job, sound } if is_last(job) => {
                self.draw_whole(&sound);
                self.sound.set(Some(Arc::from(sound)));
            }
            Told::Said { job, said } if self.was_timing(worker, job) => self.timed(worker, &said),
            Told::Said { job, said } if is_last(job) && said.is_empty() => {
                progress.set(Progress::At(Stage::Network));
                self.or_fail(self.run_on(Device::Graphics, 1));
            }
            Told::Said { job, said } if is_last(job) => self.said(said, worker),
            Told::Failed { causes, .. } if worker == Worker::Graphics => self.lost(causes),
            Told::Failed { job, causes } if job.is_none_or(is_last) => {
                progress.set(Progress::Failed(causes.join(": ")));
                if job.is_none() {
                    // A worker that died, or that took no network, is started anew by the next task.
                    self.workers(|workers| match worker {
                        Worker::Reading => workers.reading = None,
                        _ => workers.listening = None,
                    });
                }
            }
            _ => {}
        }
    }

    /// Has the whole song drawn, once, where there is more of it than the clip.
    fn draw_whole(self, sound: &Sound) {
        let longer = sound.song_secs.filter(|secs| *secs > sound.clip.duration_secs);
        self.workers(|workers| {
            let (Some(song_secs), Some(song), None) = (longer, &workers.song, &workers.drawing)
            else {
                return;
            };
            let drawn = move |told| {
                let whole = match told {
                    Told::Outline { n_whole, columns, .. } => {
                        Ok(Arc::new(Whole { columns, n_whole }))
                    }
                    Told::Failed { causes, .. } => Err(causes.join(": ")),
                    _ => return,
                };
                let _gone = self.whole.try_set(Some(whole));
            };
            match Drawing::start(song, (song_secs, N_COLUMNS), drawn) {
                Ok(drawing) => workers.drawing = Some(drawing),
                Err(why) => self.whole.set(Some(Err(why))),
            }
        });
    }

    /// What networks say of the song.
    fn said(self, said: Vec<Said>, worker: Worker) {
        let hears = worker != Worker::Reading;
        let device = if worker == Worker::Graphics { Device::Graphics } else { Device::Processor };
        if hears && let Some(own) = said.first() {
            self.devices.update(|devices| devices.took(device, own.network_millis));
        }
        self.said.update(|own| {
            own.retain(|old| said.iter().all(|new| new.name != old.name));
            own.extend(said);
        });
        if !hears {
            return self.reading.set(Progress::Done);
        }
        self.hearing.set(Progress::Done);
        if self.devices.with_untracked(Devices::is_to_be_timed) {
            self.or_fail(self.run_on(Device::Graphics, N_TIMED_RUNS));
        }
        if let Some(lyrics) = self.workers(|workers| workers.lyrics.clone()) {
            self.read(lyrics);
        }
    }

    /// Whether a task was there to time a device.
    fn was_timing(self, worker: Worker, job: Job) -> bool {
        self.workers(|workers| {
            let n_before = workers.timing_jobs.len();
            workers.timing_jobs.retain(|own| *own != (worker, job));
            workers.timing_jobs.len() < n_before
        })
    }

    /// How long a device took: the graphics processor first, then, while nothing else runs, the processor.
    fn timed(self, worker: Worker, said: &[Said]) {
        let device = if worker == Worker::Graphics { Device::Graphics } else { Device::Processor };
        for own in said {
            self.devices.update(|devices| devices.took(device, own.network_millis));
        }
        if device == Device::Graphics {
            self.or_fail(self.run_on(Device::Processor, N_TIMED_RUNS));
        }
    }

    /// The graphics processor failed: what it was to do, the processor does.
    fn lost(self, causes: Vec<String>) {
        self.devices.update(|devices| devices.fail_graphics(causes.join(": ")));
        let was_at_it = self.workers(|workers| {
            workers.graphics = None;
            workers.timing_jobs.retain(|(worker, _)| *worker != Worker::Graphics);
            workers.graphics_job.take().is_some()
        });
        if was_at_it {
            self.or_fail(self.run_on(Device::Processor, 1));
        }
    }

    fn or_fail(self, done: Result<(), String>) {
        if let Err(why) = done {
            self.hearing.set(Progress::Failed(why));
        }
    }
}

/// The files of a network; `None` where the bundle has none of that name.
async fn files(manifest: &Manifest, name: &str) -> Result<Option<NetworkFiles>, String> {
    let Some(model) = manifest.models.get(name) else { return Ok(None) };
    let read = async |path: &str| checked_file(manifest, path).await.map_err(|error| chain(&error));
    let tokenizer = match &model.tokenizer {
        Some(path) => read(path).await?,
        None => Vec::new(),
    };
    let (config, weights) = (read(&model.config).await?, read(&model.weights).await?);
    Ok(Some(NetworkFiles { name: name.to_owned(), config, weights, tokenizer }))
}
