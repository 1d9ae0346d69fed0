//! A button that copies a text.

use crate::platform::clipboard;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// Copies `text` and says so.
#[component]
pub(crate) fn CopyButton(
    /// Gives the text.
    text: Callback<(), String>,
    /// What the button does, for those who hear the page: "Copy the code".
    #[prop(into)]
    what: Signal<String>,
    /// What stands on the button.
    #[prop(into)]
    label: Signal<String>,
    /// What stands there once it is copied.
    #[prop(into, default = "Copied".into())]
    done: Signal<String>,
    /// What stands there if the browser does not let it be copied.
    #[prop(into, default = "Select it to copy".into())]
    failed: Signal<String>,
) -> impl IntoView {
    let outcome = RwSignal::new(None);
    let copy = move |_| {
        let text = text.run(());
        spawn_local(async move {
            let _gone = outcome.try_set(Some(clipboard::copy(&text).await));
        });
    };
    let said = move || match outcome.get() {
        None => label.get(),
        Some(true) => done.get(),
        Some(false) => failed.get(),
    };
    view! {
        <button type="button" class="copy" aria-label=what on:click=copy>
            <span aria-live="polite">{said}</span>
        </button>
    }
}
