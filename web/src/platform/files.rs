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

/// The files of an input that has just changed, so that choosing the same ones again is a change too.
pub(crate) async fn chosen(event: &Event) -> Vec<ChosenFile> {
    let target = event.target().and_then(|target| target.dyn_into::<HtmlInputElement>().ok());
    let Some(input) = target else { return Vec::new() };
    let list = input.files();
    let files: Vec<File> =
        list.iter().flat_map(|list| (0..list.length()).filter_map(|at| list.get(at))).collect();
    let mut read = Vec::new();
    for file in files {
        let bytes = JsFuture::from(file.array_buffer()).await;
        let bytes = bytes.map(|buffer| Uint8Array::new(&buffer).to_vec()).unwrap_or_default();
        read.push(ChosenFile { name: file.name(), bytes });
    }
    input.set_value("");
    read
}
