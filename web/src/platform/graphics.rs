//! Whether the browser has a graphics processor that a network can run on (WebGPU).

use super::page::{method, navigator, property};
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the browser offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Adapter {
    /// Nothing.
    None,
    /// One that the processor imitates: it would be slower than the processor itself.
    Software,
    /// A graphics processor.
    Hardware,
}

/// Asks the browser.
pub(crate) async fn adapter() -> Adapter {
    let Some(adapter) = request().await else { return Adapter::None };
    let info = property(&adapter, "info");
    // Browsers moved the mark from the adapter to its description.
    let places = [Some(&adapter), info.as_ref()];
    let is_marked = places
        .into_iter()
        .flatten()
        .any(|place| property(place, "isFallbackAdapter").is_some_and(|mark| mark.is_truthy()));
    if is_marked { Adapter::Software } else { Adapter::Hardware }
}

async fn request() -> Option<JsValue> {
    let gpu = property(&navigator(), "gpu")?;
    let options = Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok()?;
    let asked = method(&gpu, "requestAdapter")?.call1(&gpu, &options).ok()?;
    let adapter = JsFuture::from(asked.dyn_into::<Promise>().ok()?).await.ok()?;
    (!adapter.is_null() && !adapter.is_undefined()).then_some(adapter)
}
