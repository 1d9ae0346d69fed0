//! The workers, what they were given, and the tasks that they are at.

use super::super::devices::Sense;
use super::Fetched;
use crate::platform::networks::{
    Drawing, Graphics, Job, Listening, NetworkTokens, Reading, SongFile,
};
use crate::platform::pending::Pending;
use shared::bundle::Manifest;
use std::sync::Arc;

/// Who tells something.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Worker {
    Listening,
    Graphics,
    Reading,
}

/// A task.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Task {
    pub(super) worker: Worker,
    pub(super) job: Job,
    pub(super) sense: Sense,
    /// Which song of the sense it was.
    song: usize,
}

/// What workers were at that ended.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Interrupted {
    /// Whether the worker with the graphics processor is one of them.
    pub(super) is_graphics_gone: bool,
    /// The senses for which a device was being timed.
    pub(super) timed: Vec<Sense>,
}

#[derive(Default)]
pub(super) struct Workers {
    pub(super) manifest: Option<Arc<Manifest>>,
    pub(super) listening: Option<Listening>,
    pub(super) graphics: Option<Graphics>,
    /// How much of its program is there.
    pub(super) graphics_program: Fetched,
    pub(super) reading: Option<Reading>,
    /// Draws the whole song.
    pub(super) drawing: Option<Drawing>,
    pub(super) song: Option<SongFile>,
    /// Where the clip begins that was asked for last; where the bundle's clips do, if `None`.
    pub(super) start_secs: Option<f64>,
    /// Lyrics that were read: they are read again with what is heard of another clip.
    pub(super) lyrics: Option<String>,
    /// What of the lyrics each network takes, as the worker that reads told it.
    pub(super) tokens: Vec<NetworkTokens>,
    /// What is being fetched before the next task of a sense.
    preparing: Vec<(Sense, Pending)>,
    /// The last task of each sense, while it lasts; what is told of earlier ones is out of date.
    under_way: Vec<Task>,
    /// Tasks that time a device; what the network says there is known already.
    timing: Vec<Task>,
    /// Songs that were heard, and read: times of one are not compared with those of another.
    n_heard: usize,
    n_read: usize,
}

impl Workers {
    /// Song, lyrics and tasks are those of another song. Workers that are at a task end, so that no other song waits for
    /// it.
    pub(super) fn forget_song(&mut self) -> Interrupted {
        self.begin_song(Sense::Hearing);
        (self.song, self.lyrics, self.drawing) = (None, None, None);
        self.start_secs = None;
        self.tokens.clear();
        self.preparing.clear();
        let timed = self.timing.iter().map(|task| task.sense).collect();
        let mut interrupted = Interrupted { is_graphics_gone: false, timed };
        let tasks: Vec<Task> = self.under_way.drain(..).chain(self.timing.drain(..)).collect();
        for Task { worker, .. } in tasks {
            self.end_worker(worker);
            interrupted.is_graphics_gone |= worker == Worker::Graphics;
        }
        interrupted
    }

    /// Something else is heard, or read, from now on. What is heard is also part of what is read.
    pub(super) fn begin_song(&mut self, sense: Sense) {
        self.n_heard += usize::from(sense == Sense::Hearing);
        self.n_read += 1;
    }

    fn song_of(&self, sense: Sense) -> usize {
        match sense {
            Sense::Hearing => self.n_heard,
            Sense::Reading => self.n_read,
        }
    }

    /// A task that is posted now.
    pub(super) fn new_task(&self, worker: Worker, job: Job, sense: Sense) -> Task {
        Task { worker, job, sense, song: self.song_of(sense) }
    }

    /// Whether a task is about what is heard and read now.
    pub(super) fn is_of_now(&self, task: Task) -> bool {
        task.song == self.song_of(task.sense)
    }

    /// Something is fetched for the next task of a sense; the last one, or what was fetched for it, is out of date.
    pub(super) fn prepare(&mut self, sense: Sense, pending: Pending) {
        self.end(sense);
        self.preparing.retain(|(own, _)| *own != sense);
        self.preparing.push((sense, pending));
    }

    /// Begins a task, which takes the place of an earlier one of its sense.
    pub(super) fn begin(&mut self, task: Task) {
        self.under_way.retain(|own| own.sense != task.sense);
        self.under_way.push(task);
    }

    /// Begins to time a device.
    pub(super) fn begin_timing(&mut self, task: Task) {
        self.timing.push(task);
    }

    /// The task of that number, where it is the last of its sense.
    pub(super) fn task(&self, worker: Worker, job: Job) -> Option<Task> {
        self.under_way.iter().find(|own| own.worker == worker && own.job == job).copied()
    }

    /// The sense whose last task a worker has.
    pub(super) fn sense_at(&self, worker: Worker) -> Option<Sense> {
        self.under_way.iter().find(|own| own.worker == worker).map(|own| own.sense)
    }

    /// Whether a worker is at this task still.
    pub(super) fn is_at(&self, task: Task) -> bool {
        self.under_way.iter().chain(&self.timing).any(|own| *own == task)
    }

    /// Ends the task of a sense.
    pub(super) fn end(&mut self, sense: Sense) {
        self.under_way.retain(|own| own.sense != sense);
    }

    /// Ends a task that timed a device; `None` where it was another.
    pub(super) fn end_timing(&mut self, worker: Worker, job: Job) -> Option<Task> {
        let at = self.timing.iter().position(|own| own.worker == worker && own.job == job)?;
        Some(self.timing.swap_remove(at))
    }

    /// A worker is gone, with what it was at; gives the senses whose last tasks it had.
    pub(super) fn lose(&mut self, worker: Worker) -> Vec<Sense> {
        self.end_worker(worker);
        self.timing.retain(|own| own.worker != worker);
        let lost = self.under_way.extract_if(.., |own| own.worker == worker);
        lost.map(|task| task.sense).collect()
    }

    /// It is started anew by the next task.
    fn end_worker(&mut self, worker: Worker) {
        match worker {
            Worker::Listening => self.listening = None,
            Worker::Graphics => {
                (self.graphics, self.graphics_program) = (None, Fetched::default());
            }
            Worker::Reading => self.reading = None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn task(worker: Worker, job: Job, sense: Sense) -> Task {
        Workers::default().new_task(worker, job, sense)
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_last_task_of_a_sense_counts() {
        let mut workers = Workers::default();
        let hearing = task(Worker::Listening, 1, Sense::Hearing);
        let reading = task(Worker::Reading, 1, Sense::Reading);
        workers.begin(hearing);
        workers.begin(reading);
        assert_eq!(workers.task(Worker::Listening, 1), Some(hearing));
        let handed_over = task(Worker::Graphics, 1, Sense::Hearing);
        workers.begin(handed_over);
        assert_eq!(workers.task(Worker::Listening, 1), None, "it was handed over");
        assert_eq!(workers.task(Worker::Reading, 1), Some(reading));
        assert_eq!(workers.sense_at(Worker::Graphics), Some(Sense::Hearing));
        assert!(workers.is_at(handed_over) && !workers.is_at(hearing));
        workers.end(Sense::Reading);
        assert_eq!(workers.task(Worker::Reading, 1), None);
        let timing = task(Worker::Graphics, 2, Sense::Reading);
        workers.begin_timing(timing);
        assert!(workers.is_at(timing));
        assert_eq!(workers.end_timing(Worker::Reading, 2), None);
        assert_eq!(workers.lose(Worker::Graphics), [Sense::Hearing]);
        assert_eq!(workers.end_timing(Worker::Graphics, 2), None, "nobody will tell");
        assert!(workers.is_of_now(hearing));
        workers.begin_song(Sense::Reading);
        assert!(workers.is_of_now(hearing) && !workers.is_of_now(reading));
        workers.begin_song(Sense::Hearing);
        assert!(!workers.is_of_now(hearing));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn tasks_end_with_their_song() {
        let mut workers = Workers::default();
        workers.begin(task(Worker::Reading, 1, Sense::Reading));
        assert_eq!(workers.forget_song(), Interrupted::default());
        assert_eq!(workers.task(Worker::Reading, 1), None);
        workers.begin_timing(task(Worker::Graphics, 1, Sense::Hearing));
        let timed = vec![Sense::Hearing];
        assert_eq!(workers.forget_song(), Interrupted { is_graphics_gone: true, timed });
        assert_eq!(workers.forget_song(), Interrupted::default());
    }
}
