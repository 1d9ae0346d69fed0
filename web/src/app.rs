//! The frame around every page, and whose page it is.

use crate::components::ring::Ring;
use crate::pages::participant::Participant;
use crate::pages::researcher::{ResearcherPage, StudyFile};
use crate::session::SessionView;
use leptos::prelude::*;

/// Who visits, with what their pages show; [`crate::entry::Entry`] decides it by the page's address.
#[derive(Clone)]
pub(crate) enum Visit {
    /// A researcher; the study of the bundle once it was read.
    Researcher(Signal<Option<StudyFile>>),
    /// A participant and their session.
    #[allow(dead_code, reason = "made where the session is run")]
    Participant(SessionView),
}

/// The website.
#[component]
pub(crate) fn App(
    /// Whose pages are shown.
    visit: Visit,
) -> impl IntoView {
    match visit {
        Visit::Researcher(study) => view! { <Researcher study /> }.into_any(),
        Visit::Participant(view) => view! { <Participant view /> }.into_any(),
    }
}

#[component]
fn Researcher(study: Signal<Option<StudyFile>>) -> impl IntoView {
    view! {
        <a class="skip" href="#content">"Skip to the content"</a>
        <header class="masthead">
            <Ring share=Signal::stored(0.7) small=true />
            <p class="wordmark">"Segue"</p>
            <p class="quiet">"From one track to the next"</p>
        </header>
        <main class="page" id="content" tabindex="-1">
            <ResearcherPage study />
        </main>
        <footer class="page quiet">
            <p>"Everything on this page is read and checked on your own device."</p>
        </footer>
    }
}
