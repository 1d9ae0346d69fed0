//! What goes between a page and its worker: a text, bytes, and files that the page has not read.

use js_sys::{Array, Uint8Array, global};
use wasm_bindgen::closure::Closure;
use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Blob, DedicatedWorkerGlobalScope, MessageEvent};

/// A text with bytes and files.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Message {
    /// The text.
    pub text: String,
    /// Bytes.
    pub bytes: Vec<Vec<u8>>,
    /// Files; only the worker reads them.
    pub files: Vec<Blob>,
}

impl Message {
    /// As it is posted.
    pub fn to_js(&self) -> JsValue {
        let parts = Array::of1(&JsValue::from_str(&self.text));
        for bytes in &self.bytes {
            parts.push(&Uint8Array::from(bytes.as_slice()));
        }
        for file in &self.files {
            parts.push(file);
        }
        parts.into()
    }

    /// What an event brought; `None` where that is no message.
    pub fn of(event: &MessageEvent) -> Option<Self> {
        let parts: Array = event.data().dyn_into().ok()?;
        let mut message = Self { text: parts.get(0).as_string()?, ..Self::default() };
        for part in parts.iter().skip(1) {
            match part.dyn_into::<Blob>() {
                Ok(file) => message.files.push(file),
                Err(bytes) => message.bytes.push(Uint8Array::new(&bytes).to_vec()),
            }
        }
        Some(message)
    }

    /// Its only file.
    ///
    /// # Errors
    ///
    /// If it has none, or several.
    pub fn file(&self) -> Result<&Blob, MessageError> {
        match self.files.as_slice() {
            [file] => Ok(file),
            files => Err(MessageError::NoFile { got: files.len() }),
        }
    }
}

/// Whether this program runs in a worker.
pub fn is_worker() -> bool {
    global().is_instance_of::<DedicatedWorkerGlobalScope>()
}

/// In a worker: answers each message; then says that it is there.
pub fn serve(mut answer: impl FnMut(Message) + 'static) {
    let scope: DedicatedWorkerGlobalScope = global().unchecked_into();
    let listener = Closure::<dyn FnMut(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(message) = Message::of(&event) {
            answer(message);
        }
    });
    scope.set_onmessage(Some(listener.as_ref().unchecked_ref()));
    // For as long as the worker lives.
    listener.forget();
    tell(&Message::default());
}

/// In a worker: answers one message after another, each of which may have to be waited for; those that come meanwhile
/// wait in a row. `desk` is what stays from one to the next.
#[cfg(feature = "turns")]
pub fn serve_in_turn<D: 'static>(desk: D, answer: impl AsyncFn(&mut D, Message) + 'static) {
    use std::cell::RefCell;
    use std::collections::VecDeque;
    use std::rc::Rc;

    let (waiting, answer) = (Rc::new(RefCell::new(VecDeque::new())), Rc::new(answer));
    let desk = Rc::new(RefCell::new(Some(desk)));
    serve(move |message| {
        waiting.borrow_mut().push_back(message);
        // Where the desk is taken, whoever has it goes on with what waits.
        let Some(mut own) = desk.borrow_mut().take() else { return };
        let (waiting, answer, desk) = (Rc::clone(&waiting), Rc::clone(&answer), Rc::clone(&desk));
        wasm_bindgen_futures::spawn_local(async move {
            let next = || waiting.borrow_mut().pop_front();
            while let Some(message) = next() {
                answer(&mut own, message).await;
            }
            *desk.borrow_mut() = Some(own);
        });
    });
}

/// In a worker: tells the page.
pub fn tell(message: &Message) {
    let scope: DedicatedWorkerGlobalScope = global().unchecked_into();
    // A page that is gone is told nothing.
    let _told = scope.post_message(&message.to_js());
}

/// What can be wrong with a message.
#[derive(Debug, thiserror::Error)]
pub enum MessageError {
    /// Not one of the texts that are understood.
    #[error("the page and its worker do not understand each other: load the page anew")]
    Text(#[from] shared::json::ValueError),
    /// Bytes that do not fit the text.
    #[error("a message has {got} bytes where {expected} were expected")]
    Bytes {
        /// Bytes that the text stands for.
        expected: usize,
        /// Bytes that came.
        got: usize,
    },
    /// Too few or too many rows of bytes.
    #[error("a message has {got} rows of bytes where {expected} were expected")]
    Parts {
        /// Rows that the text stands for.
        expected: usize,
        /// Rows that came.
        got: usize,
    },
    /// Not one file.
    #[error("a message has {got} files where one was expected")]
    NoFile {
        /// Files that came.
        got: usize,
    },
    /// A file that was moved, changed or can't be had.
    #[error("the file can't be read: {message}")]
    Unreadable {
        /// What the browser says.
        message: String,
    },
}
