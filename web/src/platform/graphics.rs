//! Whether the browser has a graphics processor that can compute (WebGPU).

use super::page::{method, navigator, property};
use js_sys::{Object, Promise, Reflect};
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;

/// What the browser offers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Adapter {
    /// Nothing.
    None,
    /// One that the processor imitates: it would be slower than the processor itself.
    Software,
    /// A graphics processor.
    Hardware,
}

/// Asks the browser.
async fn adapter() -> Adapter {
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

/// Why none is to be used; `None` where one may be. One that is imitated is used where it is asked for.
pub(crate) async fn lacking(is_asked_for: bool) -> Option<&'static str> {
    match adapter().await {
        Adapter::None => Some("this browser offers no graphics processor"),
        Adapter::Software if !is_asked_for => Some("the graphics processor is only imitated here"),
        Adapter::Software | Adapter::Hardware => None,
    }
}

async fn request() -> Option<JsValue> {
    let gpu = property(&navigator(), "gpu")?;
    let options = Object::new();
    Reflect::set(&options, &"powerPreference".into(), &"high-performance".into()).ok()?;
    let asked = method(&gpu, "requestAdapter")?.call1(&gpu, &options).ok()?;
    let adapter = JsFuture::from(asked.dyn_into::<Promise>().ok()?).await.ok()?;
    (!adapter.is_null() && !adapter.is_undefined()).then_some(adapter)
}
