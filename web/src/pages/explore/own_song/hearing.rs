//! A sound file is heard: decoded, drawn, and given to the network that hears.

use super::super::devices::Sense;
use super::workers::Worker;
use super::{N_COLUMNS, OwnSong, Progress, Whole};
use crate::platform::networks::{Drawing, Listening, SongFile, Sound, Told, clip_settings};
use leptos::prelude::*;
use shared::audio::ClipSettings;
use std::sync::Arc;

impl OwnSong {
    /// Takes a file and has it heard. Lyrics that were read without a song are this one's; those of another song go
    /// with it.
    pub(in crate::pages::explore) fn take(self, song: SongFile) {
        let is_first = !self.has_song_untracked();
        let lyrics = self.workers(|workers| workers.lyrics.take()).filter(|_| is_first);
        self.clear();
        self.name.set(Some(song.name.clone()));
        self.workers(|workers| (workers.song, workers.lyrics) = (Some(song), lyrics));
        self.hear(None);
    }

    /// Takes a file that is still to be fetched.
    pub(in crate::pages::explore) fn take_fetched(
        self,
        file: impl Future<Output = Result<SongFile, String>> + 'static,
    ) {
        self.clear();
        self.prepare(Sense::Hearing, async move {
            let song = file.await?;
            self.name.set(Some(song.name.clone()));
            self.workers(|workers| workers.song = Some(song));
            self.try_to_hear(None).await
        });
    }

    /// Has the song heard from `start_secs` on; from where the bundle's songs were, if `None`.
    pub(in crate::pages::explore) fn hear(self, start_secs: Option<f64>) {
        self.workers(|workers| workers.start_secs = start_secs);
        self.prepare(Sense::Hearing, self.try_to_hear(start_secs));
    }

    /// Has the same clip heard once more.
    pub(in crate::pages::explore) fn hear_again(self) {
        self.hear(self.workers(|workers| workers.start_secs));
    }

    async fn try_to_hear(self, start_secs: Option<f64>) -> Result<(), String> {
        let manifest = self.manifest().await?;
        self.offer_to_graphics(Sense::Hearing, &manifest).await;
        if self.workers(|workers| workers.listening.is_none()) {
            let fetched = self.fetch_networks(Sense::Hearing, &manifest).await?;
            let network = fetched.into_iter().next();
            let network =
                network.ok_or("the bundle holds no network named 'audio' that could hear it")?;
            let listening =
                Listening::start(network, move |told| self.told(told, Worker::Listening))?;
            self.workers(|workers| workers.listening = Some(listening));
        }
        let usual = clip_settings(&manifest)
            .ok_or("the bundle does not say which part of a song to hear")?;
        let clip = ClipSettings { start_secs: start_secs.unwrap_or(usual.start_secs), ..usual };
        let runs_network = !self.is_on_graphics(Sense::Hearing);
        self.hearing.set(Progress::Starting);
        self.workers(|workers| {
            let (Some(listening), Some(song)) = (&workers.listening, &workers.song) else {
                return Ok(());
            };
            let job = listening.hear(song, clip, (N_COLUMNS, runs_network))?;
            workers.begin_song(Sense::Hearing);
            let task = workers.new_task(Worker::Listening, job, Sense::Hearing);
            workers.begin(task);
            Ok(())
        })
    }

    /// Has the whole song drawn, once, where there is more of it than the clip.
    pub(super) fn draw_whole(self, sound: &Sound) {
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
}
