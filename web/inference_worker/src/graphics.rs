//! The worker with the graphics processor: the networks, run there.
//!
//! It is given slices and tokens, which the workers that hear and read have cut, so that it needs neither decoders,
//! spectrograms nor tokenizers. A graphics processor has to be waited for: tasks wait in a row.

use crate::message::{self, Message, MessageError};
use crate::task::{self, GraphicsTask, Names, NetworkFiles, NetworkTokens, NetworksTask};
use crate::told::{Said, Stage, Told, causes};
use crate::trained::{NetworkError, Trained, named};
use burn::tensor::Device;
use shared::model::{EmbedError, SongInput};
use shared::spectrogram::SliceStack;
use std::collections::BTreeMap;

/// Runs the worker; `open` gets the graphics processor, or says why there is none.
pub fn serve_graphics(open: impl AsyncFn() -> Result<Device, String> + 'static) {
    console_error_panic_hook::set_once();
    message::serve_in_turn(Desk::default(), async move |desk: &mut Desk, message| {
        message::tell(&desk.answer(message, &open).await.to_message());
    });
}

#[derive(Default)]
struct Desk {
    device: Option<Device>,
    /// By name.
    networks: BTreeMap<String, Trained>,
}

impl Desk {
    async fn answer(
        &mut self,
        message: Message,
        open: &impl AsyncFn() -> Result<Device, String>,
    ) -> Told {
        let (job, done) = match task::read(&message) {
            Ok(GraphicsTask::Networks(names)) => {
                (None, self.take(names, message.bytes, open).await)
            }
            Ok(GraphicsTask::Song(task)) => (Some(task.job), self.run(&task, &message).await),
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
        let mut taken = Vec::new();
        for network in names.with_files(bytes)? {
            let read = |files: NetworkFiles| {
                Trained::read(files.name, &files.config, files.weights, device.clone())
            };
            let network = named(network, read)?;
            taken.push(network.name.clone());
            self.networks.insert(network.name.clone(), network);
        }
        Ok(Told::Ready { names: taken })
    }

    async fn run(&self, task: &NetworksTask, message: &Message) -> Result<Told, GraphicsError> {
        let slices = task.slices(&message.bytes)?;
        message::tell(&Told::Stage { job: task.job, stage: Stage::Network }.to_message());
        let mut said = Vec::new();
        for asked in &task.networks {
            said.push(self.run_network(asked, slices.as_ref(), task.n_runs).await?);
        }
        Ok(Told::said(task.job, said))
    }

    async fn run_network(
        &self,
        NetworkTokens { network: name, windows }: &NetworkTokens,
        slices: Option<&SliceStack>,
        n_runs: usize,
    ) -> Result<Said, GraphicsError> {
        let missing = || GraphicsError::NoNetwork { name: name.clone() };
        let network = self.networks.get(name).ok_or_else(missing)?;
        let kind = network.config.kind();
        let input = SongInput {
            slices: slices.filter(|_| kind.hears()),
            token_ids: Some(windows.as_slice()).filter(|_| kind.reads()),
        };
        let lacks_slices = kind.hears() && input.slices.is_none_or(|slices| slices.n_slices == 0);
        if lacks_slices
            || (kind.reads() && (windows.is_empty() || windows.iter().any(Vec::is_empty)))
        {
            return Err(GraphicsError::NoInput { name: name.clone() });
        }
        Ok(network.run(input, n_runs).await?)
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
    #[error("there is no network '{name}' to do it with")]
    NoNetwork {
        /// Its name.
        name: String,
    },
    /// A network without what it takes.
    #[error("the network '{name}' was given no slices or no tokens")]
    NoInput {
        /// Its name.
        name: String,
    },
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
