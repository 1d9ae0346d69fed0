//! The two workers that use the processor: each takes one task after another and tells how it went.

use crate::file::File;
use crate::listening::{Ear, EarError, ListenError};
use crate::message::{self, Message, MessageError};
use crate::reading::{self, ReadError, Reader};
use crate::task::{
    self, ListeningTask, LyricsTask, Names, OutlineTask, ReadingTask, SlicesTask, SongTask,
};
use crate::told::{Stage, Told, causes};
use crate::trained::NetworkError;
use shared::audio::song_outline;

/// Runs the worker that hears.
pub fn serve_listening() {
    console_error_panic_hook::set_once();
    let mut ear = None;
    message::serve(move |message| answer_listening(&mut ear, message, &mut tell));
}

/// Runs the worker that reads.
pub fn serve_reading() {
    console_error_panic_hook::set_once();
    let mut readers = Vec::new();
    message::serve(move |message| answer_reading(&mut readers, message, &mut tell));
}

fn tell(told: &Told) {
    message::tell(&told.to_message());
}

fn answer_listening(ear: &mut Option<Ear>, message: Message, tell: &mut dyn FnMut(&Told)) {
    let (job, done) = match task::read(&message) {
        Ok(ListeningTask::Network(names)) => (None, take_ear(ear, names, message.bytes)),
        Ok(ListeningTask::Song(task)) => (Some(task.job), hear(ear, &task, &message, tell)),
        Ok(ListeningTask::Slices(task)) => (Some(task.job), run(ear, &task, &message)),
        Ok(ListeningTask::Outline(task)) => (Some(task.job), outline(&task, &message, tell)),
        Err(error) => (None, Err(error.into())),
    };
    tell(&done.unwrap_or_else(|error| Told::Failed { job, causes: causes(&error) }));
}

fn take_ear(ear: &mut Option<Ear>, names: Names, bytes: Vec<Vec<u8>>) -> Result<Told, DeskError> {
    // What was there is no longer wanted, and its memory is.
    *ear = None;
    let network = names.with_files(bytes)?.pop().ok_or(DeskError::NoNetwork)?;
    let taken = ear.insert(Ear::new(network)?);
    Ok(Told::Ready { names: vec![taken.name().to_owned()] })
}

fn hear(
    ear: &mut Option<Ear>,
    task: &SongTask,
    message: &Message,
    tell: &mut dyn FnMut(&Told),
) -> Result<Told, DeskError> {
    let job = task.job;
    let ear = ear.as_mut().ok_or(DeskError::NoNetwork)?;
    tell(&Told::Stage { job, stage: Stage::File });
    let file = File::open(message.file()?)?;
    Ok(Told::said(job, ear.hear(&file, task, tell)?))
}

/// Draws a whole song: every hundredth part of it is told as soon as it is there.
fn outline(
    task: &OutlineTask,
    message: &Message,
    tell: &mut dyn FnMut(&Told),
) -> Result<Told, DeskError> {
    let OutlineTask { job, n_columns, .. } = *task;
    if n_columns == 0 || !(task.song_secs > 0.0 && task.song_secs.is_finite()) {
        return Err(DeskError::NoLength { song_secs: task.song_secs });
    }
    let file = File::open(message.file()?)?;
    let mut told = 0;
    let columns = song_outline(
        &file,
        task.extension.as_deref(),
        task.song_secs,
        n_columns,
        &mut |columns, n_whole| {
            if (n_whole - told) * 100 >= n_columns {
                told = n_whole;
                tell(&Told::Outline { job, n_whole, columns: columns.to_vec() });
            }
        },
    )
    .map_err(ListenError::from)?;
    Ok(Told::Outline { job, n_whole: n_columns, columns })
}

fn run(ear: &Option<Ear>, task: &SlicesTask, message: &Message) -> Result<Told, DeskError> {
    let ear = ear.as_ref().ok_or(DeskError::NoNetwork)?;
    let slices = task.slices(&message.bytes)?;
    let said = ear.run(&slices, task.n_runs).map_err(ListenError::from)?;
    Ok(Told::said(task.job, vec![said]))
}

fn answer_reading(readers: &mut Vec<Reader>, message: Message, tell: &mut dyn FnMut(&Told)) {
    let (job, done) = match task::read(&message) {
        Ok(ReadingTask::Networks(names)) => (None, take_readers(readers, names, message.bytes)),
        Ok(ReadingTask::Lyrics(task)) => {
            (Some(task.job), read(readers, &task, &message.bytes, tell))
        }
        Err(error) => (None, Err(error.into())),
    };
    tell(&done.unwrap_or_else(|error| Told::Failed { job, causes: causes(&error) }));
}

fn take_readers(
    readers: &mut Vec<Reader>,
    names: Names,
    bytes: Vec<Vec<u8>>,
) -> Result<Told, DeskError> {
    readers.clear();
    for network in names.with_files(bytes)? {
        readers.push(Reader::new(network)?);
    }
    Ok(Told::Ready { names: readers.iter().map(|reader| reader.name().to_owned()).collect() })
}

fn read(
    readers: &[Reader],
    task: &LyricsTask,
    bytes: &[Vec<u8>],
    tell: &mut dyn FnMut(&Told),
) -> Result<Told, DeskError> {
    if readers.is_empty() {
        return Err(DeskError::NoNetwork);
    }
    Ok(Told::said(task.job, reading::read(readers, task, bytes, tell)?))
}

/// Why a task can't be done.
#[derive(Debug, thiserror::Error)]
enum DeskError {
    /// A song without a length.
    #[error("a song of {song_secs} s can't be drawn")]
    NoLength {
        /// Its length in seconds.
        song_secs: f64,
    },
    /// A task before its network.
    #[error("there is no network to do it with")]
    NoNetwork,
    /// The message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A network that hears.
    #[error(transparent)]
    Ear(#[from] EarError),
    /// A network that reads.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// A song.
    #[error(transparent)]
    Listen(#[from] ListenError),
    /// Lyrics.
    #[error(transparent)]
    Read(#[from] ReadError),
}
