//! Lyrics are read, with what was heard where something was.

use super::super::devices::Sense;
use super::workers::Worker;
use super::{OwnSong, Progress};
use crate::platform::networks::Reading;
use leptos::prelude::*;

impl OwnSong {
    /// Has lyrics read.
    pub(in crate::pages::explore) fn read(self, lyrics: String) {
        self.token_counts.set(Vec::new());
        self.workers(|workers| workers.lyrics = Some(lyrics.clone()));
        self.prepare(Sense::Reading, self.try_to_read(lyrics));
    }

    /// Has the lyrics read once more.
    pub(in crate::pages::explore) fn read_again(self) {
        if let Some(lyrics) = self.workers(|workers| workers.lyrics.clone()) {
            self.read(lyrics);
        }
    }

    async fn try_to_read(self, lyrics: String) -> Result<(), String> {
        let manifest = self.manifest().await?;
        self.offer_to_graphics(Sense::Reading, &manifest).await;
        if self.workers(|workers| workers.reading.is_none()) {
            let networks = self.fetch_networks(Sense::Reading, &manifest).await?;
            if networks.is_empty() {
                return Err("the bundle holds no network that reads".to_owned());
            }
            let reading = Reading::start(networks, move |told| self.told(told, Worker::Reading))?;
            self.workers(|workers| workers.reading = Some(reading));
        }
        let slices = self.slices();
        let n_runs = usize::from(!self.is_on_graphics(Sense::Reading));
        self.reading.set(Progress::Starting);
        self.workers(|workers| {
            let Some(reading) = &workers.reading else { return Ok(()) };
            let job = reading.read(&lyrics, slices.as_ref(), n_runs)?;
            workers.begin_song(Sense::Reading);
            let task = workers.new_task(Worker::Reading, job, Sense::Reading);
            workers.begin(task);
            Ok(())
        })
    }
}
