//! The graphics processor: offered the networks, timed against the processor, and left where it fails.

use super::workers::{Interrupted, Task, Worker};
use super::{OwnSong, Progress};
use crate::pages::explore::devices::{Device, Devices, Sense};
use crate::platform::graphics;
use crate::platform::networks::{Graphics, Job, NetworkTokens, Reading, Said};
use leptos::prelude::*;
use shared::bundle::Manifest;
use shared::recommend::Condition;
use shared::spectrogram::SliceStack;
use std::time::Duration;

/// How long the graphics processor may take for one run. An imitated one takes some 20 seconds for the largest network
/// that hears; a driver that hangs never answers.
const PATIENCE: Duration = Duration::from_secs(90);

impl Sense {
    /// Runs by which a device is timed: the first one makes ready what later ones use. Networks that read may
    /// take seconds.
    fn n_timed_runs(self) -> usize {
        match self {
            Self::Hearing => 4,
            Self::Reading => 2,
        }
    }
}

impl OwnSong {
    /// Whether the networks of a sense run on the graphics processor.
    pub(super) fn is_on_graphics(self, sense: Sense) -> bool {
        self.devices(sense).with_untracked(Devices::chosen) == Device::Graphics
    }

    /// What was heard.
    pub(super) fn slices(self) -> Option<SliceStack> {
        self.sound.with_untracked(|sound| sound.as_ref().map(|sound| sound.slices()))
    }

    /// Gives the networks of a sense to the worker with the graphics processor, where there is one that may be of use.
    /// Their files are fetched for it and then again for the processor, from what the browser keeps: a copy made here
    /// would widen the page's memory, which never shrinks.
    pub(super) async fn offer_to_graphics(self, sense: Sense, manifest: &Manifest) {
        let devices = self.devices(sense);
        if devices.with_untracked(Devices::is_unknown) && Graphics::is_there() {
            self.recall_times(sense, manifest);
        }
        if !devices.with_untracked(Devices::is_unknown) {
            return;
        }
        let without = |why| devices.update(|devices| devices.without_graphics(why));
        if !Graphics::is_there() {
            return without("this website was built without the program for graphics processors");
        }
        let is_forced = devices.with_untracked(Devices::takes_any_graphics);
        if let Some(why) = graphics::lacking(is_forced).await {
            return without(why);
        }
        let given = self.give_to_graphics(sense, manifest).await;
        devices.update(|devices| match given {
            Ok(true) => devices.begin_graphics(),
            // There are none, it failed in the meantime, or was given them.
            Ok(false) => {}
            Err(why) => devices.fail_graphics(why),
        });
    }

    /// Whether the networks were given, which they are where they are still wanted once they are there. That they can't be
    /// fetched is no fault of the graphics processor's: it is told, and they are offered again with the next song.
    async fn give_to_graphics(self, sense: Sense, manifest: &Manifest) -> Result<bool, String> {
        let networks = match self.fetch_networks(sense, manifest).await {
            Ok(networks) => networks,
            Err(why) => {
                self.devices(sense).update(|devices| devices.keep_from_graphics(why));
                return Ok(false);
            }
        };
        let is_wanted = self.devices(sense).with_untracked(Devices::is_unknown);
        if networks.is_empty() || !is_wanted {
            return Ok(false);
        }
        self.workers(|workers| match &workers.graphics {
            Some(graphics) => graphics.take(networks),
            None => {
                let told = move |told| self.told(told, Worker::Graphics);
                workers.graphics = Some(Graphics::start(networks, told)?);
                Ok(())
            }
        })?;
        Ok(true)
    }

    /// Has the networks of a sense run by a device, on what was heard and read.
    pub(super) fn run_on(self, device: Device, sense: Sense, n_runs: usize) -> Result<(), String> {
        let slices = self.slices();
        let awaited = self.workers(|workers| {
            let started = match (device, sense, &slices) {
                (Device::Processor, Sense::Hearing, Some(slices)) => {
                    let job = workers.listening.as_ref().map(|own| own.run(slices, n_runs));
                    job.map(|job| (Worker::Listening, job))
                }
                (Device::Processor, Sense::Reading, slices) => {
                    let lyrics = workers.lyrics.as_deref().unwrap_or_default();
                    let read = |own: &_| Reading::read(own, lyrics, slices.as_ref(), n_runs);
                    workers.reading.as_ref().map(read).map(|job| (Worker::Reading, job))
                }
                (Device::Graphics, Sense::Hearing, Some(_)) => {
                    let only_hears = [NetworkTokens::none(Condition::Audio.name())];
                    let run = |own: &_| Graphics::run(own, slices.as_ref(), &only_hears, n_runs);
                    workers.graphics.as_ref().map(run).map(|job| (Worker::Graphics, job))
                }
                (Device::Graphics, Sense::Reading, slices) => {
                    let run =
                        |own: &_| Graphics::run(own, slices.as_ref(), &workers.tokens, n_runs);
                    workers.graphics.as_ref().map(run).map(|job| (Worker::Graphics, job))
                }
                (_, Sense::Hearing, None) => None,
            };
            let Some((worker, job)) = started else { return Ok(None) };
            let task = workers.new_task(worker, job?, sense);
            match n_runs > 1 {
                true => workers.begin_timing(task),
                false => workers.begin(task),
            }
            let program = workers.graphics_program;
            if worker == Worker::Graphics {
                self.watch(task, PATIENCE * n_runs as u32, program.n_bytes);
            }
            let is_awaited = worker == Worker::Graphics && n_runs == 1;
            Ok::<_, String>(Some(program).filter(|own| is_awaited && own.n_bytes < own.of))
        })?;
        if let Some(program) = awaited {
            self.progress(sense).set(Progress::FetchingProgram(program));
        }
        Ok(())
    }

    /// Leaves the graphics processor where it has not answered by then. While more of its program comes, of which `n_bytes`
    /// were there before, it can't.
    fn watch(self, task: Task, patience: Duration, n_bytes: u64) {
        let lose = move || {
            let known = self.workers.try_with_value(|workers| {
                let workers = workers.borrow();
                (workers.is_at(task), workers.graphics_program.n_bytes)
            });
            let Some((true, n_bytes_now)) = known else { return };
            if n_bytes_now > n_bytes {
                self.watch(task, patience, n_bytes_now);
            } else {
                let why = format!("it did not answer within {} seconds", patience.as_secs());
                self.lost_graphics(&[why]);
            }
        };
        set_timeout(lose, patience);
    }

    /// Times the graphics processor where that is still to be done.
    pub(super) fn time_graphics(self, sense: Sense) {
        if self.devices(sense).with_untracked(Devices::is_to_be_timed) {
            self.or_fail(sense, self.run_on(Device::Graphics, sense, sense.n_timed_runs()));
        }
    }

    /// How long a device took: the graphics processor first, then the processor. Where something else was heard or read
    /// in between, both are timed with that.
    pub(super) fn timed(self, task: Task, said: &[Said]) {
        let (sense, devices) = (task.sense, self.devices(task.sense));
        if !self.workers(|workers| workers.is_of_now(task)) {
            return devices.update(Devices::forget_times);
        }
        let (device, millis) = took(task, said);
        devices.update(|devices| devices.timed(device, millis));
        match device {
            Device::Graphics => {
                let n_runs = sense.n_timed_runs();
                self.or_fail(sense, self.run_on(Device::Processor, sense, n_runs));
            }
            Device::Processor => self.keep_times(sense),
        }
    }

    /// Takes note of how long the networks took for a song, and of the memory of their worker.
    pub(super) fn took(self, task: Task, said: &[Said], memory_bytes: u64) {
        self.devices(task.sense).update(|devices| {
            if !said.is_empty() {
                let (device, millis) = took(task, said);
                devices.took(device, millis);
            }
            devices.takes(memory_bytes);
        });
    }

    /// Workers ended with what they were at: a graphics processor is offered the networks anew, and what was timed in part
    /// is timed with another song.
    pub(super) fn interrupted(self, interrupted: &Interrupted) {
        for sense in [Sense::Hearing, Sense::Reading] {
            if interrupted.is_graphics_gone {
                self.devices(sense).update(Devices::end_graphics);
            }
            if interrupted.timed.contains(&sense) {
                self.devices(sense).update(Devices::forget_times);
            }
        }
    }

    /// The graphics processor failed at a task: what it was to do there, and all later ones of that sense, the processor
    /// does.
    pub(super) fn failed_on_graphics(self, job: Job, causes: &[String]) {
        let (timing, task) = self.workers(|workers| {
            (workers.end_timing(Worker::Graphics, job), workers.task(Worker::Graphics, job))
        });
        let Some(own) = timing.or(task) else { return };
        self.devices(own.sense).update(|devices| devices.fail_graphics(causes.join(": ")));
        if task.is_some() {
            self.or_fail(own.sense, self.run_on(Device::Processor, own.sense, 1));
        }
    }

    /// The worker with the graphics processor died, or did not take a network: what it was to do, the processor does.
    pub(super) fn lost_graphics(self, causes: &[String]) {
        for sense in [Sense::Hearing, Sense::Reading] {
            self.devices(sense).update(|devices| devices.fail_graphics(causes.join(": ")));
        }
        for sense in self.workers(|workers| workers.lose(Worker::Graphics)) {
            self.or_fail(sense, self.run_on(Device::Processor, sense, 1));
        }
    }
}

/// The device of a task, and how long the networks took, one after another.
fn took(task: Task, said: &[Said]) -> (Device, f64) {
    let device = match task.worker {
        Worker::Graphics => Device::Graphics,
        Worker::Listening | Worker::Reading => Device::Processor,
    };
    (device, said.iter().map(|own| own.network_millis).sum())
}
