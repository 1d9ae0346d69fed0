//! The worker with the graphics processor: the network that hears, run there.
//!
//! It is given slices, which the worker that hears has cut, so that it needs neither decoders nor
//! spectrograms. A graphics processor has to be waited for: tasks wait in a row.

use crate::message::{self, Message, MessageError};
use crate::task::{self, GraphicsTask, Names, SlicesTask};
use crate::told::{Stage, Told, causes};
use crate::trained::{NetworkError, Trained, hearing};
use burn::tensor::Device;
use shared::model::{EmbedError, SongInput};
use std::cell::RefCell;
use std::collections::VecDeque;
use std::rc::Rc;
use wasm_bindgen_futures::spawn_local;

/// Runs the worker; `open` gets the graphics processor, or says why there is none.
pub fn serve_graphics(open: impl AsyncFn() -> Result<Device, String> + 'static) {
    console_error_panic_hook::set_once();
    let (waiting, open) = (Rc::new(RefCell::new(VecDeque::new())), Rc::new(open));
    let desk = Rc::new(RefCell::new(Some(Desk::default())));
    message::serve(move |message| {
        waiting.borrow_mut().push_back(message);
        // Where the desk is taken, whoever has it goes on with what waits.
        let Some(mut own) = desk.borrow_mut().take() else { return };
        let (waiting, open, desk) = (Rc::clone(&waiting), Rc::clone(&open), Rc::clone(&desk));
        spawn_local(async move {
            let next = || waiting.borrow_mut().pop_front();
            while let Some(message) = next() {
                message::tell(&own.answer(message, &*open).await.to_message());
            }
            *desk.borrow_mut() = Some(own);
        });
    });
}

#[derive(Default)]
struct Desk {
    device: Option<Device>,
    network: Option<Trained>,
}

impl Desk {
    async fn answer(
        &mut self,
        message: Message,
        open: &impl AsyncFn() -> Result<Device, String>,
    ) -> Told {
        let (job, done) = match task::read(&message) {
            Ok(GraphicsTask::Network(names)) => (None, self.take(names, message.bytes, open).await),
            Ok(GraphicsTask::Slices(task)) => (Some(task.job), self.run(&task, &message).await),
            Err(error) => (None, Err(error.into())),
        };
        done.unwrap_or_else(|error| Told::Failed { job, causes: causes(&error) })
    }

    async fn take(
        &mut self,
        names: Names,
        bytes: Vec<Vec<u8>>,
        open: &impl AsyncFn() -> Result<Device, String>,
    ) -> Result<Told, GraphicsError> {
        let device = match &self.device {
            Some(device) => device.clone(),
            None => open().await.map_err(|message| GraphicsError::NoDevice { message })?,
        };
        self.device = Some(device.clone());
        let network = names.with_files(bytes)?.pop().ok_or(GraphicsError::NoNetwork)?;
        let taken = self.network.insert(hearing(network, device)?);
        Ok(Told::Ready { names: vec![taken.name.clone()] })
    }

    async fn run(&self, task: &SlicesTask, message: &Message) -> Result<Told, GraphicsError> {
        let network = self.network.as_ref().ok_or(GraphicsError::NoNetwork)?;
        let slices = task.slices(&message.bytes)?;
        message::tell(&Told::Stage { job: task.job, stage: Stage::Network }.to_message());
        let input = SongInput { slices: Some(&slices), token_ids: None };
        Ok(Told::Said { job: task.job, said: vec![network.run(input, task.n_runs).await?] })
    }
}

/// Why the graphics processor can't do it.
#[derive(Debug, thiserror::Error)]
enum GraphicsError {
    /// No graphics processor.
    #[error("the graphics processor can't be had: {message}")]
    NoDevice {
        /// What the browser says.
        message: String,
    },
    /// A task before its network.
    #[error("there is no network to do it with")]
    NoNetwork,
    /// The message.
    #[error(transparent)]
    Message(#[from] MessageError),
    /// The network.
    #[error(transparent)]
    Network(#[from] NetworkError),
    /// It failed.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}
