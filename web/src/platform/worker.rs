//! Computing beside the page: workers, and what goes to and fro.

use super::listener::Listener;
use super::program;
pub(crate) use inference_worker::{Message, is_worker, serve, tell};
use std::cell::RefCell;
use std::rc::Rc;
use wasm_bindgen::JsCast;
use web_sys::{MessageEvent, Worker, WorkerOptions, WorkerType};

/// A worker of the page's; it ends when this is dropped.
#[must_use = "the worker ends when this is dropped"]
pub(crate) struct Computation {
    worker: Worker,
    /// What waits until the worker is there; `None` from then on.
    waiting: Rc<RefCell<Option<Vec<Message>>>>,
    _listeners: [Listener; 2],
}

impl Computation {
    /// Starts the program that the page's `<meta name="NAME">` states in a worker, sends it the task once
    /// it is there, and hands on what it tells; `Err` where it can't be had or ended. Until it is there, `fetched` is told
    /// how many of its bytes are, where what starts it says so.
    ///
    /// # Errors
    ///
    /// If the browser has no such workers.
    pub(crate) fn start(
        name: &str,
        task: Message,
        heard: impl Fn(Result<Message, String>) + Clone + 'static,
        fetched: impl Fn(u64) + 'static,
    ) -> Result<Self, String> {
        let options = WorkerOptions::new();
        options.set_type(WorkerType::Module);
        let worker = Worker::new_with_options(&program::address(name), &options)
            .map_err(|error| super::page::error_text(&error))?;
        let waiting = Rc::new(RefCell::new(Some(vec![task])));
        let (target, failed, tasks) = (worker.clone(), heard.clone(), Rc::clone(&waiting));
        let messages = Listener::on(&worker, "message", move |event| {
            let n_bytes = super::page::property(&event, "data").and_then(|data| data.as_f64());
            if let Some(n_bytes) = n_bytes {
                return fetched(n_bytes as u64);
            }
            match event.dyn_ref::<MessageEvent>().and_then(Message::of) {
                Some(message) if message == Message::default() => {
                    for task in tasks.borrow_mut().take().unwrap_or_default() {
                        if let Err(error) = target.post_message(&task.to_js()) {
                            heard(Err(super::page::error_text(&error)));
                        }
                    }
                }
                Some(message) => heard(Ok(message)),
                None => heard(Err("an answer that is none".to_owned())),
            }
        });
        let errors = Listener::on(&worker, "error", move |event| {
            let message = super::page::property(&event, "message").and_then(|m| m.as_string());
            failed(Err(message.unwrap_or_else(|| "the program can't be had".to_owned())));
        });
        Ok(Self { worker, waiting, _listeners: [messages, errors] })
    }

    /// Sends it one more task, which it does after those before.
    ///
    /// # Errors
    ///
    /// If the browser can't post it.
    pub(crate) fn send(&self, task: Message) -> Result<(), String> {
        if let Some(waiting) = self.waiting.borrow_mut().as_mut() {
            waiting.push(task);
            return Ok(());
        }
        let posted = self.worker.post_message(&task.to_js());
        posted.map_err(|error| super::page::error_text(&error))
    }
}

impl Drop for Computation {
    fn drop(&mut self) {
        self.worker.terminate();
    }
}
