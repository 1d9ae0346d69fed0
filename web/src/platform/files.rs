//! Files that someone chose.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{DragEvent, Event, File, FileList, HtmlInputElement};

/// A file that was chosen, read whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChosenFile {
    /// Its name.
    pub(crate) name: String,
    /// Its bytes; none where it could not be read.
    pub(crate) bytes: Vec<u8>,
}

/// The files of an input that has just changed, read whole.
pub(crate) async fn chosen(event: &Event) -> Vec<ChosenFile> {
    let mut read = Vec::new();
    for file in chosen_files(event) {
        read.push(ChosenFile { name: file.name(), bytes: bytes_of(&file).await });
    }
    read
}

/// The files of an input that has just changed, not read. The input is emptied, so that choosing the
/// same ones again is a change too.
pub(crate) fn chosen_files(event: &Event) -> Vec<File> {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = target else { return Vec::new() };
    let files = listed(input.files());
    input.set_value("");
    files
}

/// Whether files are being dragged or dropped, and not words or pictures of a page.
pub(crate) fn brings_files(event: &DragEvent) -> bool {
    event.data_transfer().is_some_and(|data| data.types().includes(&"Files".into(), 0))
}

/// The files that were dropped, not read.
pub(crate) fn dropped_files(event: &DragEvent) -> Vec<File> {
    listed(event.data_transfer().and_then(|data| data.files()))
}

fn listed(list: Option<FileList>) -> Vec<File> {
    list.iter().flat_map(|list| (0..list.length()).filter_map(|at| list.get(at))).collect()
}

/// The bytes of a file; none where it can't be read.
async fn bytes_of(file: &File) -> Vec<u8> {
    read(file).await.unwrap_or_default()
}

/// The bytes of a file.
///
/// # Errors
///
/// If it can't be read: what the browser says.
pub(crate) async fn read(file: &File) -> Result<Vec<u8>, String> {
    let buffer = JsFuture::from(file.array_buffer()).await;
    let buffer = buffer.map_err(|error| super::page::error_text(&error))?;
    Ok(Uint8Array::new(&buffer).to_vec())
}
