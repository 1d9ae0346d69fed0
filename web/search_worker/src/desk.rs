//! The worker: takes tables, says what comes next, and finds out where it does so sooner.
//!
//! Both devices are timed once, with what led last, after it was answered. A graphics processor is used once it has found
//! the same songs; one that fails is left.

use crate::clock::{now_millis, within};
use crate::graphics::GraphicsError;
use crate::multiplier::Multiplier;
use crate::tables::{Tables, TablesError};
use crate::task::{BundleFile, GraphicsUse, Job, SearchTask};
use crate::told::{Found, FoundList, SearchDevice, SearchTimes, SearchTold};
use inference_worker::{Message, MessageError, causes, serve_in_turn, tell};
use js_sys::Uint8Array;
use shared::recommend::{Condition, Lead, Neighbour};
use std::time::Duration;
use web_sys::FileReaderSync;

/// How long a device is timed at least, from one tick of the clock to another.
const TIMED_MILLIS: f64 = 20.0;
/// How long the graphics processor may take for a list, with all that is made ready at first. Some milliseconds are
/// usual; a driver that hangs never answers.
const PATIENCE: Duration = Duration::from_secs(10);

/// Runs the worker.
pub(crate) fn serve() {
    console_error_panic_hook::set_once();
    serve_in_turn(Desk::default(), async |desk: &mut Desk, message| {
        if let Some(told) = desk.answer(message).await {
            tell(&told.to_message());
        }
        if let Some(times) = desk.timed().await {
            tell(&SearchTold::Times(times).to_message());
        }
    });
}

#[derive(Default)]
struct Desk {
    tables: Option<Tables>,
    multiplier: Multiplier,
    /// `None` until the page says it.
    graphics_use: Option<GraphicsUse>,
    /// Why the graphics processor was left.
    failed: Option<String>,
    runs_on_graphics: bool,
    is_timed: bool,
    /// What led last, where all that it takes was there, and the songs of a list.
    last: (Vec<(Condition, Lead)>, usize),
}

impl Desk {
    async fn answer(&mut self, message: Message) -> Option<SearchTold> {
        let (job, done) = match SearchTask::of(&message) {
            Ok(SearchTask::Next { job, leads, k }) => {
                let found = self.next(job, leads, k).await;
                (Some(job), found.map(|found| Some(SearchTold::Found(found))))
            }
            Ok(task) => (None, self.take(task, &message)),
            Err(error) => (None, Err(error.into())),
        };
        done.unwrap_or_else(|error| Some(SearchTold::Failed { job, causes: causes(&error) }))
    }

    /// Takes what the page gives.
    fn take(
        &mut self,
        task: SearchTask,
        message: &Message,
    ) -> Result<Option<SearchTold>, DeskError> {
        match task {
            SearchTask::Songs(rules) => {
                self.tables = Some(Tables::new(&rules, &message.bytes)?);
                self.multiplier.forget(None);
                Ok(None)
            }
            SearchTask::Table { condition, file } => {
                self.multiplier.forget(Some(condition));
                self.tables()?.take(condition, &file, &read(message, &file)?)?;
                Ok(Some(SearchTold::Taken { condition }))
            }
            SearchTask::Index { condition, file, most_rows } => {
                let bytes = read(message, &file)?;
                self.tables()?.take_index(condition, (&file, &bytes), most_rows)?;
                Ok(Some(SearchTold::Taken { condition }))
            }
            SearchTask::Part { condition, number, file } => {
                let taken = read(message, &file).and_then(|bytes| {
                    Ok(self.tables()?.take_part(condition, (&file, &bytes), number)?)
                });
                let refused =
                    |error| SearchTold::PartRefused { condition, number, causes: causes(&error) };
                Ok(taken.err().map(refused))
            }
            SearchTask::Graphics(graphics_use) => {
                self.graphics_use = Some(graphics_use);
                // Not before it was found to be right.
                (self.runs_on_graphics, self.is_timed) = (false, false);
                Ok(None)
            }
            SearchTask::Next { .. } => Ok(None),
        }
    }

    fn tables(&mut self) -> Result<&mut Tables, DeskError> {
        self.tables.as_mut().ok_or(DeskError::NoSongs)
    }

    async fn next(
        &mut self,
        job: Job,
        leads: Vec<(Condition, Lead)>,
        k: usize,
    ) -> Result<Found, DeskError> {
        let (mut lists, mut followed) = (Vec::new(), Vec::new());
        for (condition, lead) in leads {
            let explorer = &self.tables()?.explorer;
            let mut list = FoundList {
                condition,
                songs: Vec::new(),
                missing_parts: Vec::new(),
                failure: explorer.expect(condition, &lead).err().map(|error| error.to_string()),
            };
            if list.failure.is_none() {
                list.missing_parts = explorer.missing_parts(condition, &lead);
            }
            if list.failure.is_none() && list.missing_parts.is_empty() {
                let songs = self.list(condition, &lead, k).await?;
                list.songs = songs.iter().map(|own| (own.position, own.similarity)).collect();
                followed.push((condition, lead));
            }
            lists.push(list);
        }
        self.last = (followed, k);
        Ok(Found { job, lists })
    }

    /// A list by the device in use; by the processor where the other one fails at it.
    async fn list(
        &mut self,
        condition: Condition,
        lead: &Lead,
        k: usize,
    ) -> Result<Vec<Neighbour>, DeskError> {
        let device = self.device();
        match self.list_by(device, condition, lead, k).await {
            Ok(songs) => Ok(songs),
            Err(error) => {
                self.leave_graphics(&error);
                Ok(self.tables()?.explorer.next(condition, lead, k))
            }
        }
    }

    async fn list_by(
        &mut self,
        device: SearchDevice,
        condition: Condition,
        lead: &Lead,
        k: usize,
    ) -> Result<Vec<Neighbour>, GraphicsError> {
        let Some(Tables { explorer, .. }) = &mut self.tables else { return Ok(Vec::new()) };
        if device == SearchDevice::Graphics {
            let found = self.multiplier.next(explorer, (condition, lead), k);
            let late = GraphicsError::NoAnswer { secs: PATIENCE.as_secs() };
            if let Some(songs) = within(PATIENCE, found).await.unwrap_or(Err(late))? {
                return Ok(songs);
            }
        }
        Ok(explorer.next(condition, lead, k))
    }

    fn device(&self) -> SearchDevice {
        match self.runs_on_graphics {
            true => SearchDevice::Graphics,
            false => SearchDevice::Processor,
        }
    }

    fn leave_graphics(&mut self, error: &GraphicsError) {
        self.failed = Some(causes(error).join(": "));
        self.graphics_use = Some(GraphicsUse::Never);
        (self.runs_on_graphics, self.is_timed) = (false, false);
        self.forget_graphics();
    }

    /// Gives back the memory that only the graphics processor needs.
    fn forget_graphics(&mut self) {
        self.multiplier = Multiplier::default();
        if let Some(tables) = &mut self.tables {
            tables.explorer.forget_rounded();
        }
    }

    /// Times what is still to be timed, and makes sure that both devices find the same songs.
    async fn timed(&mut self) -> Option<SearchTimes> {
        if self.is_timed || self.last.0.is_empty() {
            return None;
        }
        let mut graphics_millis = None;
        if self.graphics_use? != GraphicsUse::Never {
            match self.checked_millis().await {
                Ok(millis) => graphics_millis = Some(millis),
                Err(error) => self.leave_graphics(&error),
            }
        }
        self.is_timed = true;
        let is_asked_for = self.graphics_use == Some(GraphicsUse::Always);
        let processor_millis = match is_asked_for {
            true => None,
            // It never fails.
            false => self.millis(SearchDevice::Processor).await.ok(),
        };
        let is_quicker = graphics_millis.is_some() && graphics_millis < processor_millis;
        self.runs_on_graphics = is_asked_for || is_quicker;
        if !self.runs_on_graphics {
            self.forget_graphics();
        }
        let (device, failed) = (self.device(), self.failed.clone());
        Some(SearchTimes { device, processor_millis, graphics_millis, failed })
    }

    /// How long the graphics processor takes, where it is right.
    async fn checked_millis(&mut self) -> Result<f64, GraphicsError> {
        let (leads, k) = self.last.clone();
        for (condition, lead) in &leads {
            let [own, other] = [
                self.list_by(SearchDevice::Graphics, *condition, lead, k).await?,
                self.list_by(SearchDevice::Processor, *condition, lead, k).await?,
            ];
            if own != other {
                return Err(GraphicsError::Wrong);
            }
        }
        self.millis(SearchDevice::Graphics).await
    }

    /// How long all lists of what led last take by a device, on average. From one tick of the clock to another: some
    /// browsers' are far apart.
    async fn millis(&mut self, device: SearchDevice) -> Result<f64, GraphicsError> {
        let (leads, k) = self.last.clone();
        // The first time makes ready what later ones use.
        let (mut begun, mut n_runs) = (None, 0);
        let mut before = now_millis();
        loop {
            for (condition, lead) in &leads {
                self.list_by(device, *condition, lead, k).await?;
            }
            let now = now_millis();
            let is_tick = now > before;
            before = now;
            n_runs += 1;
            match begun {
                None if is_tick => (begun, n_runs) = (Some(now), 0),
                Some(begun) if is_tick && now - begun >= TIMED_MILLIS => {
                    return Ok((now - begun) / f64::from(n_runs));
                }
                None | Some(_) => {}
            }
        }
    }
}

/// The file of a message, whole.
fn read(message: &Message, file: &BundleFile) -> Result<Vec<u8>, DeskError> {
    let unreadable = |_| DeskError::Unreadable { file: file.path.clone() };
    let reader = FileReaderSync::new().map_err(unreadable)?;
    let bytes = reader.read_as_array_buffer(message.file()?).map_err(unreadable)?;
    Ok(Uint8Array::new(&bytes.into()).to_vec())
}

/// Why a task can't be done.
#[derive(Debug, thiserror::Error)]
enum DeskError {
    /// A task before the songs.
    #[error("there are no songs to look among")]
    NoSongs,
    /// A file that the browser does not give.
    #[error("'{file}' came, and can't be read")]
    Unreadable {
        /// Its path in the bundle.
        file: String,
    },
    /// The message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// A table.
    #[error(transparent)]
    Tables(#[from] TablesError),
}
