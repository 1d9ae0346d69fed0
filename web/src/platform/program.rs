//! A program of its own that the page loads only where it is needed.

use super::page::{document, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::closure::Closure;
use web_sys::HtmlScriptElement;

/// Loads the script that the page's `<meta name="NAME">` states, which starts a program; where it
/// can't be had, `missing` is told its address.
pub(crate) fn load(name: &str, missing: impl FnOnce(String) + 'static) {
    let address = address(name);
    let script = document()
        .create_element("script")
        .expect("a document makes elements")
        .unchecked_into::<HtmlScriptElement>();
    script.set_type("module");
    script.set_src(&address);
    let failed = Closure::once_into_js(move || missing(address));
    script.set_onerror(Some(failed.unchecked_ref()));
    document()
        .head()
        .expect("a page has a head")
        .append_child(&script)
        .expect("a head takes scripts");
}

/// A page that states nothing has a file of that name beside it.
pub(super) fn address(name: &str) -> String {
    stated(name).unwrap_or_else(|| format!("{name}.js"))
}

/// What the page states under a name.
pub(super) fn stated(name: &str) -> Option<String> {
    attribute(name, "content")
}

/// How many bytes the page states the program of that name to have.
pub(super) fn stated_bytes(name: &str) -> Option<u64> {
    attribute(name, "data-bytes")?.parse().ok()
}

fn attribute(name: &str, attribute: &str) -> Option<String> {
    let meta = document().query_selector(&format!("meta[name='{name}']")).ok().flatten()?;
    meta.get_attribute(attribute)
}

/// Loads the page anew.
pub(crate) fn reload() {
    // A page that is being left can't be loaded anew, and need not be.
    let _leaving = window().location().reload();
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests {
    use super::*;
    use std::cell::RefCell;
    use std::rc::Rc;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    async fn a_missing_program_is_told_by_its_address() {
        let told = Rc::new(RefCell::new(None));
        let heard = Rc::clone(&told);
        load("no-such-program", move |address| *heard.borrow_mut() = Some(address));
        while told.borrow().is_none() {
            crate::platform::clock::sleep(10).await;
        }
        assert_eq!(told.borrow().as_deref(), Some("no-such-program.js"));
    }
}
