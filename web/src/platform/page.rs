//! The page that this program runs in, and what its browser has or lacks.

use wasm_bindgen::{JsCast, JsValue};
use web_sys::{Document, Navigator, Window};

/// The window.
pub(crate) fn window() -> Window {
    web_sys::window().expect("the website runs in a window")
}

/// The document of the window.
pub(crate) fn document() -> Document {
    window().document().expect("a window has a document")
}

/// The navigator of the window.
pub(crate) fn navigator() -> Navigator {
    window().navigator()
}

/// A property that only some browsers have; `None` where it is missing or `null`.
pub(crate) fn property(object: &JsValue, name: &str) -> Option<JsValue> {
    let value = js_sys::Reflect::get(object, &JsValue::from_str(name)).ok()?;
    (!value.is_undefined() && !value.is_null()).then_some(value)
}

/// A method that only some browsers have.
pub(crate) fn method(object: &JsValue, name: &str) -> Option<js_sys::Function> {
    property(object, name)?.dyn_into().ok()
}

/// The name of a thrown value, as `QuotaExceededError`; `Error` where it has none.
pub(crate) fn error_name(error: &JsValue) -> String {
    property(error, "name").and_then(|name| name.as_string()).unwrap_or_else(|| "Error".to_owned())
}

/// What a thrown value says about itself.
pub(crate) fn error_text(error: &JsValue) -> String {
    let message = property(error, "message").and_then(|message| message.as_string());
    message.or_else(|| error.as_string()).unwrap_or_else(|| format!("{error:?}"))
}
