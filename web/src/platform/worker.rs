//! Computing beside the page: a worker that runs the same program, and texts that go to and fro.

use super::listener::Listener;
use super::program;
use js_sys::{Array, Uint8Array, global};
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{DedicatedWorkerGlobalScope, Event, MessageEvent, Worker, WorkerOptions, WorkerType};

/// A text and some bytes, as they go between page and worker.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Message {
    /// The text.
    pub(crate) text: String,
    /// The bytes.
    pub(crate) bytes: Vec<Vec<u8>>,
}

impl Message {
    fn to_js(&self) -> JsValue {
        let parts = Array::of1(&JsValue::from_str(&self.text));
        for bytes in &self.bytes {
            parts.push(&Uint8Array::from(bytes.as_slice()));
        }
        parts.into()
    }

    fn of(event: &Event) -> Option<Self> {
        let parts: Array = event.dyn_ref::<MessageEvent>()?.data().dyn_into().ok()?;
        let bytes = parts.iter().skip(1);
        Some(Self {
            text: parts.get(0).as_string()?,
            bytes: bytes.map(|part| Uint8Array::new(&part).to_vec()).collect(),
        })
    }
}

/// Whether this program runs in a worker.
pub(crate) fn is_worker() -> bool {
    global().is_instance_of::<DedicatedWorkerGlobalScope>()
}

/// In a worker: answers each message; then says that it is there.
pub(crate) fn serve(answer: impl Fn(Message) + 'static) {
    let scope: DedicatedWorkerGlobalScope = global().unchecked_into();
    let listener = Listener::on(&scope, "message", move |event| {
        if let Some(message) = Message::of(&event) {
            answer(message);
        }
    });
    // For as long as the worker lives.
    std::mem::forget(listener);
    tell(&Message::default());
}

/// In a worker: tells the page.
pub(crate) fn tell(message: &Message) {
    let scope: DedicatedWorkerGlobalScope = global().unchecked_into();
    // A page that is gone is told nothing.
    let _told = scope.post_message(&message.to_js());
}

/// A worker of the page's; it ends when this is dropped.
#[must_use = "the worker ends when this is dropped"]
pub(crate) struct Computation {
    worker: Worker,
    _listeners: [Listener; 2],
}

impl Computation {
    /// Starts the program that the page's `<meta name="NAME">` states in a worker, sends it the task once
    /// it is there, and hands on what it tells; `Err` where it can't be had or ended.
    ///
    /// # Errors
    ///
    /// If the browser has no such workers.
    pub(crate) fn start(
        name: &str,
        task: Message,
        heard: impl Fn(Result<Message, String>) + Clone + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&program::address(name), &options)
            .map_err(|error| super::page::error_text(&error))?;
        let (target, failed) = (worker.clone(), heard.clone());
        let messages = Listener::on(&worker, "message", move |event| match Message::of(&event) {
            Some(message) if message == Message::default() => {
                if let Err(error) = target.post_message(&task.to_js()) {
                    heard(Err(super::page::error_text(&error)));
                }
            }
            Some(message) => heard(Ok(message)),
            None => heard(Err("an answer that is none".to_owned())),
        });
        let errors = Listener::on(&worker, "error", move |event| {
            let message = super::page::property(&event, "message").and_then(|m| m.as_string());
            failed(Err(message.unwrap_or_else(|| "the program can't be had".to_owned())));
        });
        Ok(Self { worker, _listeners: [messages, errors] })
    }
}

impl Drop for Computation {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}
