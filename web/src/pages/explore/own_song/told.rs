//! What workers tell.

use super::workers::{Task, Worker};
use super::{Fetched, OwnSong, Progress};
use crate::pages::explore::devices::{Devices, Sense};
use crate::platform::networks::{Said, Stage, Told};
use leptos::prelude::*;
use std::sync::Arc;

impl OwnSong {
    /// Follows what a worker tells; what it tells of earlier songs and clips is passed over.
    pub(super) fn told(self, told: Told, worker: Worker) {
        let task = |job| self.workers(|workers| workers.task(worker, job));
        match told {
            Told::Fetched { n_bytes, of } => self.program_comes(worker, Fetched { n_bytes, of }),
            Told::Stage { job, stage } => {
                if let Some(task) = task(job) {
                    self.progress(task.sense).set(Progress::At(stage));
                }
            }
            Told::Sound { job, sound } => {
                if task(job).is_some() {
                    self.draw_whole(&sound);
                    self.sound.set(Some(Arc::from(sound)));
                }
            }
            Told::Tokens { job, tokens, counts } => {
                if task(job).is_some() {
                    self.workers(|workers| workers.tokens = tokens);
                    self.token_counts.set(counts);
                }
            }
            Told::Said { job, said, memory_bytes } => {
                let timing = self.workers(|workers| workers.end_timing(worker, job));
                match (timing, task(job)) {
                    (Some(timing), _) => self.timed(timing, &said),
                    (None, Some(task)) => self.said(task, said, memory_bytes),
                    (None, None) => {}
                }
            }
            Told::Failed { job, causes } if worker == Worker::Graphics => match job {
                Some(job) => self.failed_on_graphics(job, &causes),
                None => self.lost_graphics(&causes),
            },
            Told::Failed { job: Some(job), causes } => {
                if let Some(task) = task(job) {
                    self.workers(|workers| workers.end(task.sense));
                    self.progress(task.sense).set(Progress::Failed(causes.join(": ")));
                }
            }
            Told::Failed { job: None, causes } => self.died(worker, &causes),
            Told::Ready { .. } | Told::Outline { .. } => {}
        }
    }

    /// More of a worker's program is there; it is shown to whoever waits for it.
    fn program_comes(self, worker: Worker, fetched: Fetched) {
        let (sense, begun) = match worker {
            Worker::Listening => (Some(Sense::Hearing), Progress::Starting),
            Worker::Reading => (Some(Sense::Reading), Progress::Starting),
            // It comes while the song is prepared, and may be late.
            Worker::Graphics => {
                let sense = self.workers(|workers| {
                    workers.graphics_program = fetched;
                    workers.sense_at(Worker::Graphics)
                });
                (sense, Progress::At(Stage::Network))
            }
        };
        let Some(sense) = sense else { return };
        let progress = self.progress(sense);
        let is_awaited =
            |own: &Progress| *own == begun || matches!(own, Progress::FetchingProgram(_));
        if progress.with_untracked(is_awaited) {
            progress.set(match fetched.n_bytes < fetched.of {
                true => Progress::FetchingProgram(fetched),
                false => begun,
            });
        }
    }

    /// What networks say of the song.
    fn said(self, task: Task, said: Vec<Said>, memory_bytes: u64) {
        let Task { worker, sense, .. } = task;
        if said.is_empty() && worker != Worker::Graphics && self.is_prepared(sense) {
            self.progress(sense).set(Progress::At(Stage::Network));
            let device = self.devices(sense).with_untracked(Devices::chosen);
            return self.or_fail(sense, self.run_on(device, sense, 1));
        }
        self.workers(|workers| workers.end(sense));
        self.took(task, &said, memory_bytes);
        self.said.update(|own| {
            own.retain(|old| said.iter().all(|new| new.name != old.name));
            own.extend(said);
        });
        self.progress(sense).set(Progress::Done);
        self.time_graphics(sense);
        if sense == Sense::Hearing {
            self.read_again();
        }
    }

    /// Whether there is something that networks of a sense can run on.
    fn is_prepared(self, sense: Sense) -> bool {
        match sense {
            Sense::Hearing => self.sound.with_untracked(Option::is_some),
            Sense::Reading => self.workers(|workers| !workers.tokens.is_empty()),
        }
    }

    /// A worker died, or took no network: it is started anew by the next task. What is known already stays.
    fn died(self, worker: Worker, causes: &[String]) {
        for sense in self.workers(|workers| workers.lose(worker)) {
            self.progress(sense).set(Progress::Unprepared(causes.join(": ")));
        }
    }
}
