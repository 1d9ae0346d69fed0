//! The researcher's pages: what is in the bundle, its study, and links to it.

use crate::bundle_source::{self, LoadError, checked_file};
use crate::components::ring::Ring;
use crate::offline::{self, Offline, UpdateNotice};
use crate::pages::researcher::{ResearcherPage, StudyFile};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::sha256_hex;
use shared::study::{STUDY_FILE, StudyDesign};
use std::sync::Arc;

/// The pages in their frame.
#[component]
pub(crate) fn Researcher() -> impl IntoView {
    let offline = Offline::start();
    let study: RwSignal<Option<StudyFile>> = RwSignal::new(None);
    spawn_local(async move {
        // What is wrong with the bundle itself is said where its parts are listed.
        if let Ok((manifest, file)) = read_study().await {
            let _gone = study.try_set(file);
            offline.keep(offline::addresses(&manifest, |_| true));
        }
    });
    view! {
        <UpdateNotice offline shown=Signal::stored(true) />
        <a class="skip" href="#content">"Skip to the content"</a>
        <header class="masthead">
            <Ring share=Signal::stored(0.7) small=true />
            <p class="wordmark">"Segue"</p>
            <p class="quiet">"From one track to the next"</p>
        </header>
        <main class="page" id="content" tabindex="-1">
            <ResearcherPage study=Signal::derive(move || study.get()) />
        </main>
        <footer class="page quiet">
            <p>"Everything on this page is read and checked on your own device."</p>
        </footer>
    }
}

/// The manifest, and the study where there is one.
async fn read_study() -> Result<(shared::bundle::Manifest, Option<StudyFile>), LoadError> {
    let manifest = bundle_source::manifest().await?;
    if !manifest.files.contains_key(STUDY_FILE) {
        return Ok((manifest, None));
    }
    let bytes = checked_file(&manifest, STUDY_FILE).await?;
    let design = StudyDesign::from_json(&bytes).map(Arc::new).map_err(Arc::new);
    Ok((manifest, Some(StudyFile { design, sha256: sha256_hex(&bytes) })))
}
