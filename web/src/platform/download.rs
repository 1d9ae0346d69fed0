//! Giving the participant a file, and printing.

use super::clock::sleep;
use super::page::{document, error_text, window};
use js_sys::{Array, Uint8Array};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::spawn_local;
use web_sys::{Blob, BlobPropertyBag, HtmlAnchorElement, Url};

/// How long a browser may take to read the bytes after the click.
const KEPT_MILLIS: u32 = 60_000;

/// Saves bytes as a file of that name and internet media type, as a click on a link would.
///
/// # Errors
///
/// If the browser can't make the file.
pub(crate) fn save(name: &str, media_type: &str, bytes: &[u8]) -> Result<(), DownloadError> {
    let failed =
        |error: JsValue| DownloadError { file: name.to_owned(), reason: error_text(&error) };
    let options = BlobPropertyBag::new();
    options.set_type(media_type);
    let parts = Array::of1(&Uint8Array::from(bytes));
    let blob = Blob::new_with_u8_array_sequence_and_options(&parts, &options).map_err(failed)?;
    let address = Url::create_object_url_with_blob(&blob).map_err(failed)?;
    let clicked = click(&address, name).map_err(failed);
    spawn_local(async move {
        sleep(KEPT_MILLIS).await;
        // All that is lost where it fails is some memory.
        let _freed = Url::revoke_object_url(&address);
    });
    clicked
}

/// Opens the browser's print dialog.
pub(crate) fn print() {
    // A page in a frame may not; then nothing happens, as if it had been cancelled.
    let _shown = window().print();
}

fn click(address: &str, name: &str) -> Result<(), JsValue> {
    let link: HtmlAnchorElement = document().create_element("a")?.unchecked_into();
    link.set_href(address);
    link.set_download(name);
    // Firefox follows only links that are part of the page.
    let body = document().body().ok_or("the page has no body")?;
    body.append_child(&link)?;
    link.click();
    link.remove();
    Ok(())
}

/// A file that the browser did not make.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the browser could not save '{file}' ({reason}); try another browser")]
pub(crate) struct DownloadError {
    file: String,
    reason: String,
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use crate::platform::fetch;
    use crate::platform::listener::Listener;
    use std::cell::RefCell;
    use std::rc::Rc;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn a_link_of_that_name_to_these_bytes_is_clicked() {
        let seen = Rc::new(RefCell::new(None));
        let listener = {
            let seen = seen.clone();
            Listener::on(&document(), "click", move |event| {
                event.prevent_default();
                let link: HtmlAnchorElement = event.target().unwrap().unchecked_into();
                *seen.borrow_mut() = Some((link.href(), link.download()));
            })
        };
        save("rows.csv", "text/csv", b"\"a\"\r\n").unwrap();
        drop(listener);
        let (address, name) = seen.take().unwrap();
        assert_eq!(name, "rows.csv");
        assert_eq!(fetch::bytes(&address).await.unwrap(), b"\"a\"\r\n");
        assert!(document().query_selector("a[download]").unwrap().is_none());
    }
}
