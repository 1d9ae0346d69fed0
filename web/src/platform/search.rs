//! Finding the nearest songs, beside the page: a worker that keeps embedding tables.

use super::latch::Latch;
use super::program;
use super::worker::{Computation, Message};
use inference_worker::causes;
pub(crate) use search_worker::{
    BundleFile, Found, GraphicsUse, Job, SearchDevice, SearchTask, SearchTimes, SearchTold,
};
use std::cell::{Cell, RefCell};
use std::rc::Rc;

/// The page states under this name what starts the worker.
const SEARCHING: &str = "searching-start";

const IS_GONE: &str = "what finds the nearest songs has ended";

type Ear = Rc<dyn Fn(Heard)>;

/// What is heard of the worker.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Heard {
    /// What it tells.
    Told(SearchTold),
    /// It can't be had or has died, as without memory: why.
    Gone(String),
}

/// Why there is no worker with tables.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum SearchError {
    /// It does not take a table.
    #[error("{}", .0.join(": "))]
    Refused(Vec<String>),
    /// It can't be had, or has died.
    #[error("the program that finds the nearest songs ended: {0}")]
    Gone(String),
}

/// A worker with embedding tables; it ends when this is dropped.
#[must_use = "the worker ends when this is dropped"]
pub(crate) struct Searching {
    /// What it was given at first, and another one is where it is gone.
    given: Vec<Message>,
    worker: RefCell<Option<Computation>>,
    is_gone: Rc<Cell<bool>>,
    ear: Rc<RefCell<Option<Ear>>>,
}

impl Searching {
    /// Starts a worker, gives it songs and `n_tables` tables, and waits until it has taken them.
    ///
    /// # Errors
    ///
    /// If it can't be had, or a table does not fit.
    pub(crate) async fn open(given: Vec<Message>, n_tables: usize) -> Result<Self, SearchError> {
        let searching = Self {
            given,
            worker: RefCell::default(),
            is_gone: Rc::new(Cell::new(true)),
            ear: Rc::default(),
        };
        let (opened, n_left) = (Latch::new(), Cell::new(n_tables));
        let told = opened.clone();
        searching.hear(move |heard| {
            match heard {
                Heard::Told(SearchTold::Taken { .. }) => n_left.set(n_left.get().saturating_sub(1)),
                Heard::Told(SearchTold::Failed { causes, .. }) => {
                    told.set(Err(SearchError::Refused(causes)));
                }
                Heard::Gone(why) => {
                    told.set(Err(SearchError::Gone(why)));
                }
                Heard::Told(
                    SearchTold::PartRefused { .. } | SearchTold::Found(_) | SearchTold::Times(_),
                ) => {}
            }
            if n_left.get() == 0 {
                told.set(Ok(()));
            }
        });
        searching.restart().map_err(SearchError::Gone)?;
        opened.wait().await?;
        Ok(searching)
    }

    /// Tells this from now on what is heard.
    pub(crate) fn hear(&self, ear: impl Fn(Heard) + 'static) {
        *self.ear.borrow_mut() = Some(Rc::new(ear));
    }

    /// Sends it one more task, which it does after those before.
    ///
    /// # Errors
    ///
    /// If the worker is gone, or the browser can't post it.
    pub(crate) fn send(&self, task: Message) -> Result<(), String> {
        match &*self.worker.borrow() {
            Some(worker) if !self.is_gone.get() => worker.send(task),
            Some(_) | None => Err(IS_GONE.to_owned()),
        }
    }

    /// Starts another worker where the last one is gone, and gives it what that had at first. Says whether it did.
    ///
    /// # Errors
    ///
    /// If the browser has no such workers.
    pub(crate) fn restart(&self) -> Result<bool, String> {
        if !self.is_gone.get() {
            return Ok(false);
        }
        let (ear, is_gone) = (Rc::clone(&self.ear), Rc::clone(&self.is_gone));
        let heard = move |message: Result<Message, String>| {
            let heard = match message.map(|message| SearchTold::of(&message)) {
                Ok(Ok(told)) => Heard::Told(told),
                Ok(Err(error)) => Heard::Gone(causes(&error).join(": ")),
                Err(why) => Heard::Gone(why),
            };
            if matches!(heard, Heard::Gone(_)) {
                is_gone.set(true);
            }
            let ear = ear.borrow().clone();
            if let Some(ear) = ear {
                ear(heard);
            }
        };
        let mut given = self.given.iter().cloned();
        let first = given.next().unwrap_or_default();
        let worker = Computation::start(SEARCHING, first, heard, |_| {})?;
        for task in given {
            worker.send(task)?;
        }
        *self.worker.borrow_mut() = Some(worker);
        self.is_gone.set(false);
        Ok(true)
    }
}

/// What starts the worker, by a name with a hash of its content.
pub(crate) fn searching_program() -> Option<String> {
    program::stated(SEARCHING)
}
