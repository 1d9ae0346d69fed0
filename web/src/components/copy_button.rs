//! A button that copies a text.

use crate::platform::clipboard;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Copies `text` and says so.
#[component]
pub(crate) fn CopyButton(
    /// Gives the text.
    text: Callback<(), String>,
    /// What is copied, for those who hear the page.
    #[prop(into)]
    what: String,
    /// What stands on the button.
    label: &'static str,
) -> impl IntoView {
    let said = RwSignal::new(label);
    let copy = move |_| {
        let text = text.run(());
        spawn_local(async move {
            let done = clipboard::copy(&text).await;
            let _gone = said.try_set(if done { "Copied" } else { "Select it to copy" });
        });
    };
    view! {
        <button class="copy" aria-label=format!("Copy {what}") on:click=copy>
            <span aria-live="polite">{said}</span>
        </button>
    }
}
