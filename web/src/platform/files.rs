//! Files that someone chose.

use js_sys::Uint8Array;
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use web_sys::{Event, File, HtmlInputElement};

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
    let list = input.files();
    let files =
        list.iter().flat_map(|list| (0..list.length()).filter_map(|at| list.get(at))).collect();
    input.set_value("");
    files
}

/// The bytes of a file; none where it can't be read.
pub(crate) async fn bytes_of(file: &File) -> Vec<u8> {
    let bytes = JsFuture::from(file.array_buffer()).await;
    bytes.map(|buffer| Uint8Array::new(&buffer).to_vec()).unwrap_or_default()
}
