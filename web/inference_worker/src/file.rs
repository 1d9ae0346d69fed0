//! A file that the page has not read: the worker reads of it what it needs, piece by piece.

use crate::message::MessageError;
use js_sys::Uint8Array;
use send_wrapper::SendWrapper;
use shared::audio::SoundSource;
use std::cell::RefCell;
use std::io;
use wasm_bindgen::JsValue;
use web_sys::{Blob, FileReaderSync};

/// Bytes that are read at once: each reading costs about a millisecond, whatever it brings.
const PIECE_BYTES: u64 = 1 << 20;

/// A file of the browser's. No more than one piece of it is in memory, whatever its length.
pub(crate) struct File {
    // A worker has one thread; decoders want what they read from to be fit for several.
    inner: SendWrapper<Inner>,
}

struct Inner {
    blob: Blob,
    reader: FileReaderSync,
    /// Where the piece begins that was read last, and the piece.
    piece: RefCell<(u64, Vec<u8>)>,
}

impl File {
    /// In a worker: opens a file, of which a first piece is read at once.
    ///
    /// # Errors
    ///
    /// If it can't be read.
    pub(crate) fn open(blob: &Blob) -> Result<Self, MessageError> {
        let reader = FileReaderSync::new().map_err(|error| unreadable(&error))?;
        let piece = RefCell::new((0, Vec::new()));
        let inner = Inner { blob: blob.clone(), reader, piece };
        inner.read_piece(0).map_err(|error| unreadable(&error))?;
        Ok(Self { inner: SendWrapper::new(inner) })
    }
}

impl SoundSource for File {
    fn n_bytes(&self) -> u64 {
        self.inner.n_bytes()
    }

    fn read_at(&self, position: u64, out: &mut [u8]) -> io::Result<usize> {
        if position >= self.n_bytes() {
            return Ok(0);
        }
        let (start, len) = {
            let piece = self.inner.piece.borrow();
            (piece.0, piece.1.len() as u64)
        };
        if !(start..start + len).contains(&position) {
            let read = self.inner.read_piece(position - position % PIECE_BYTES);
            read.map_err(|error| io::Error::other(said(&error)))?;
        }
        let piece = self.inner.piece.borrow();
        let from = (position - piece.0) as usize;
        let there = piece.1.get(from..).unwrap_or_default();
        let n_read = there.len().min(out.len());
        out[..n_read].copy_from_slice(&there[..n_read]);
        Ok(n_read)
    }
}

impl Inner {
    fn n_bytes(&self) -> u64 {
        self.blob.size() as u64
    }

    fn read_piece(&self, start: u64) -> Result<(), JsValue> {
        let end = (start + PIECE_BYTES).min(self.n_bytes());
        let part = self.blob.slice_with_f64_and_f64(start as f64, end as f64)?;
        let bytes = Uint8Array::new(&self.reader.read_as_array_buffer(&part)?.into());
        *self.piece.borrow_mut() = (start, bytes.to_vec());
        Ok(())
    }
}

fn unreadable(error: &JsValue) -> MessageError {
    MessageError::Unreadable { message: said(error) }
}

/// What a browser throws has a message; its name says too little.
fn said(error: &JsValue) -> String {
    let message = js_sys::Reflect::get(error, &"message".into()).ok();
    let message = message.and_then(|message| message.as_string());
    message.unwrap_or_else(|| format!("{error:?}"))
}
