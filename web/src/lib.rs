//! Segue's website.
//!
//! A static page: it reads a bundle from the folder `bundle/` beside it and computes everything in
//! the browser. What the trainer and the website must agree on stands in the crate `shared`; what
//! touches the browser stands in [`platform`]. Two programs come out of it: `web`, the page as it is
//! loaded, and `researcher`, which that loads for a researcher.

#![allow(unreachable_pub, reason = "leptos makes the props of each component `pub`")]
#![allow(clippy::needless_pass_by_value, reason = "components own their props")]
#![cfg_attr(
    not(target_arch = "wasm32"),
    allow(
        clippy::large_enum_variant,
        clippy::large_types_passed_by_value,
        reason = "views are bundles of handles, half as large where the website runs"
    )
)]

mod bundle_source;
mod components;
mod computation;
mod entry;
mod i18n;
mod offline;
mod pages;
mod platform;
mod researcher;
mod session;
mod summary;
mod visit;
mod wording;

/// Starts the page for whoever comes.
pub fn start() {
    console_error_panic_hook::set_once();
    visit::start();
}

/// Starts the researcher's pages: a program of its own, so that participants load less.
///
/// In a worker the same program computes what would make a page stand still.
pub fn start_researcher() {
    console_error_panic_hook::set_once();
    if platform::worker::is_worker() {
        computation::serve();
    } else {
        leptos::mount::mount_to_body(researcher::Researcher);
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
wasm_bindgen_test::wasm_bindgen_test_configure!(run_in_browser);
