//! A listener's own song: heard, drawn and compared on their own device; the file goes nowhere.

use super::clip_picture::ClipPicture;
use super::player::Player;
use super::{Explored, condition_title};
use crate::bundle_source::{self, checked_file, sentence};
use crate::platform::files::chosen_files;
use crate::platform::networks::{
    Job, Listening, NetworkFiles, Reading, Said, SongFile, Sound, Stage, Told, clip_settings,
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

/// How far a task is.
#[derive(Debug, Clone, PartialEq)]
enum Progress {
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
    name: RwSignal<Option<String>>,
    hearing: RwSignal<Progress>,
    reading: RwSignal<Progress>,
    sound: RwSignal<Option<Arc<Sound>>>,
    /// What each network says, by its name.
    said: RwSignal<Vec<Said>>,
    workers: StoredValue<Rc<RefCell<Workers>>, LocalStorage>,
}

#[derive(Default)]
struct Workers {
    manifest: Option<Arc<Manifest>>,
    listening: Option<Listening>,
    reading: Option<Reading>,
    song: Option<SongFile>,
    clip: Option<ClipSettings>,
    /// The last task of each; what is told of earlier ones is out of date.
    hearing_job: Option<Job>,
    reading_job: Option<Job>,
}

impl OwnSong {
    pub(super) fn new() -> Self {
        Self {
            name: RwSignal::new(None),
            hearing: RwSignal::new(Progress::Idle),
            reading: RwSignal::new(Progress::Idle),
            sound: RwSignal::new(None),
            said: RwSignal::new(Vec::new()),
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

    /// Whether a song or lyrics were given.
    pub(super) fn is_given(self) -> bool {
        self.said.with(|said| !said.is_empty())
    }

    /// Takes it away again.
    pub(super) fn clear(self) {
        self.name.set(None);
        self.sound.set(None);
        self.said.set(Vec::new());
        self.hearing.set(Progress::Idle);
        self.reading.set(Progress::Idle);
        self.workers.with_value(|workers| {
            let mut workers = workers.borrow_mut();
            (workers.song, workers.hearing_job, workers.reading_job) = (None, None, None);
        });
    }

    fn workers<T>(self, take: impl FnOnce(&mut Workers) -> T) -> T {
        self.workers.with_value(|workers| take(&mut workers.borrow_mut()))
    }

    /// Takes a file and has it heard.
    fn take(self, song: SongFile) {
        self.clear();
        self.name.set(Some(song.name.clone()));
        self.workers(|workers| {
            workers.song = Some(song);
            workers.clip = None;
        });
        self.hear(None);
    }

    /// Has the song heard from `start_secs` on; from where the bundle's songs were, if `None`.
    fn hear(self, start_secs: Option<f64>) {
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
            let listening = Listening::start(network, move |told| self.told(told, true))?;
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
            workers.hearing_job = Some(listening.hear(song, clip, N_COLUMNS)?);
            Ok(())
        })
    }

    /// Has lyrics read, with what was heard where something was.
    fn read(self, lyrics: String) {
        self.reading.set(Progress::Loading);
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
            for condition in [Condition::Multimodal, Condition::Lyrics] {
                networks.extend(files(&manifest, condition.name()).await?);
            }
            if networks.is_empty() {
                return Err("the bundle holds no network that reads".to_owned());
            }
            let reading = Reading::start(networks, move |told| self.told(told, false))?;
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

    /// What a worker tells; `hears` is the one that hears.
    fn told(self, told: Told, hears: bool) {
        let progress = if hears { self.hearing } else { self.reading };
        let is_last = |job: Job| {
            self.workers(|workers| {
                Some(job) == if hears { workers.hearing_job } else { workers.reading_job }
            })
        };
        match told {
            Told::Ready { .. } => {}
            Told::Stage { job, stage } if is_last(job) => progress.set(Progress::At(stage)),
            Told::Sound { job, sound } if is_last(job) => self.sound.set(Some(Arc::from(sound))),
            Told::Said { job, said } if is_last(job) => {
                self.said.update(|own| {
                    own.retain(|old| said.iter().all(|new| new.name != old.name));
                    own.extend(said);
                });
                progress.set(Progress::Done);
            }
            Told::Failed { job, causes } if job.is_none_or(is_last) => {
                progress.set(Progress::Failed(causes.join(": ")));
                if job.is_none() {
                    // A worker that died, or that took no network, is started anew by the next task.
                    self.workers(|workers| match hears {
                        true => workers.listening = None,
                        false => workers.reading = None,
                    });
                }
            }
            _ => {}
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

/// The section: a file, what is heard in it, and lyrics.
#[component]
pub(super) fn OwnSongView(explored: Explored) -> impl IntoView {
    let own = explored.own;
    let take = move |event: leptos::ev::Event| {
        if let Some(file) = chosen_files(&event).into_iter().next() {
            own.take(SongFile { name: file.name(), file: file.into() });
        }
    };
    let drop = move |event: leptos::ev::DragEvent| {
        event.prevent_default();
        let files = event.data_transfer().and_then(|data| data.files());
        if let Some(file) = files.and_then(|files| files.get(0)) {
            own.take(SongFile { name: file.name(), file: file.into() });
        }
    };
    view! {
        <section
            aria-labelledby="own-title"
            data-own=""
            on:dragover=|event| event.prevent_default()
            on:drop=drop
        >
            <h2 id="own-title">"Your own song"</h2>
            <p>
                "Choose a file or drop one here: mp3, flac, wav, m4a or ogg. It is decoded, drawn and heard by the "
                "network on your own device and goes nowhere."
            </p>
            <div class="row">
                <label class="file-label">
                    "Sound file"
                    <input type="file" accept="audio/*,.mp3,.flac,.wav,.m4a,.ogg" data-action="own-file" on:change=take />
                </label>
                {move || own.name.get().map(|_| view! {
                    <button class="side-button" data-action="own-clear" on:click=move |_| own.clear()>"Take it away"</button>
                })}
            </div>
            <Status progress=own.hearing.into() what="The song" />
            {move || own.sound.get().map(|sound| view! { <Heard own sound player=explored.player /> })}
            <Lyrics own />
        </section>
    }
}

/// What a worker is at, or why it is not.
#[component]
fn Status(progress: Signal<Progress>, what: &'static str) -> impl IntoView {
    move || match progress.get() {
        Progress::Idle | Progress::Done => ().into_any(),
        Progress::Loading => {
            view! { <p role="status" class="loading">"Fetching the network…"</p> }.into_any()
        }
        Progress::At(stage) => view! {
            <div role="status" class="loading">
                <progress max="5" value=stage as u8 aria-label=what></progress>
                <span>{stage_text(stage)}</span>
            </div>
        }
        .into_any(),
        Progress::Failed(why) => view! {
            <div class="notice" role="alert">
                <h3>{what} " can't be used"</h3>
                <p>{sentence(&why)}</p>
            </div>
        }
        .into_any(),
    }
}

fn stage_text(stage: Stage) -> &'static str {
    match stage {
        Stage::File => "Reading the file…",
        Stage::Decode => "Decoding the clip…",
        Stage::Spectrogram => "Computing the spectrogram…",
        Stage::Tokens => "Cutting the lyrics into tokens…",
        Stage::Network => "The network runs…",
    }
}

/// The clip as it was heard.
#[component]
fn Heard(own: OwnSong, sound: Arc<Sound>, player: Player) -> impl IntoView {
    let (clip, song_secs) = (sound.clip, sound.song_secs);
    let latest = song_secs.map_or(0.0, |secs| (secs - clip.duration_secs).max(0.0));
    let notes = sound.notes.clone();
    let facts = format!(
        "{}, {} Hz, {}",
        sound.codec,
        sound.file_rate_hz,
        if sound.n_channels == 1 {
            "mono".to_owned()
        } else {
            format!("{} channels", sound.n_channels)
        }
    );
    let shown = RwSignal::new(clip.start_secs);
    let said = Signal::derive(move || {
        own.said.with(|said| said.iter().find(|own| own.name == "audio").cloned())
    });
    view! {
        <p class="quiet">{move || own.name.get()} ": " {facts}</p>
        {notes.into_iter().map(|note| view! { <p>{sentence(&note)}</p> }).collect_view()}
        {(latest > 0.0).then(|| view! {
            <label class="slider">
                <span>"Clip from, in seconds"</span>
                <input
                    type="range" min="0" max=latest.to_string() step="1"
                    data-action="own-start"
                    prop:value=move || shown.get().to_string()
                    on:input=move |event| shown.set(event_target_value(&event).parse().unwrap_or(0.0))
                    on:change=move |event| own.hear(event_target_value(&event).parse().ok())
                />
                <output>{move || format!("{:.0}", shown.get())}</output>
            </label>
        })}
        <ClipPicture sound said player />
        {move || said.get().map(|said| view! { <Genres said /> })}
    }
}

/// What the network takes the song for.
#[component]
fn Genres(said: Said) -> impl IntoView {
    let rows = said.genres.into_iter().zip(said.probabilities).enumerate();
    let rows = rows.map(|(index, (genre, share))| {
        let percent = format!("{:.0} %", share * 100.0);
        view! {
            <div class="genre-share">
                <dt class="genre"><crate::components::genre_mark::GenreMark index />{genre}</dt>
                <dd>
                    <span class="bar-frame" aria-hidden="true">
                        <span class=format!("bar hue-{}", index % 4) style:width=format!("{:.1}%", share * 100.0) />
                    </span>
                    {percent}
                </dd>
            </div>
        }
    });
    view! { <dl class="genre-shares" data-genres="">{rows.collect_view()}</dl> }
}

/// Lyrics, for the networks that read.
#[component]
fn Lyrics(own: OwnSong) -> impl IntoView {
    let text = RwSignal::new(String::new());
    let take = move |event: leptos::ev::Event| {
        if let Some(file) = chosen_files(&event).into_iter().next() {
            spawn_local(async move {
                let bytes = crate::platform::files::bytes_of(&file).await;
                let _gone = text.try_set(String::from_utf8_lossy(&bytes).into_owned());
            });
        }
    };
    let has_read = move || own.said.with(|said| said.iter().any(|own| own.name != "audio"));
    view! {
        <label class="finder">
            <span>"Its lyrics, if you have them"</span>
            <textarea
                rows="4"
                data-action="own-lyrics"
                prop:value=text
                on:input=move |event| text.set(event_target_value(&event))
            />
        </label>
        <div class="row">
            <button
                class="side-button"
                data-action="own-read"
                disabled=move || text.with(|text| text.trim().is_empty())
                on:click=move |_| own.read(text.get_untracked())
            >
                "Read the lyrics"
            </button>
            <label class="file-label">
                "From a text file"
                <input type="file" accept="text/plain,.txt,.lrc" on:change=take />
            </label>
        </div>
        <p class="quiet">{move || match has_read() {
            true => "The lists by lyrics follow these words.".to_owned(),
            false => format!(
                "Without lyrics only the network that hears is used: the list '{}'. The one that reads is loaded when \
                 it is needed.",
                condition_title(Condition::Audio)
            ),
        }}</p>
        <Status progress=own.reading.into() what="The lyrics" />
    }
}
