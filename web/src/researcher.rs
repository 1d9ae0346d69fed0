//! The researcher's pages: what is in the bundle, its study, and links to it.

use crate::bundle_source::{self, LoadError, checked_file};
use crate::components::ring::Ring;
use crate::i18n::Locale;
use crate::offline::{self, Offline, UpdateNotice};
use crate::pages::researcher::{Place, Places, ResearcherPage, StudyFile};
use crate::platform::address::Parameters;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::{CATALOG_FILE, Manifest, SongList};
use shared::hash::sha256_hex;
use shared::study::{STUDY_FILE, StudyDesign};
use std::sync::Arc;

/// The pages in their frame.
#[component]
pub(crate) fn Researcher() -> impl IntoView {
    let offline = Offline::start();
    let place = Place::of(Parameters::of_page().mode());
    let study: RwSignal<Option<StudyFile>> = RwSignal::new(None);
    let songs: RwSignal<Option<SongList>> = RwSignal::new(None);
    spawn_local(async move {
        // What is wrong with the bundle itself is said where its parts are listed.
        if let Ok((manifest, file)) = read_study().await {
            let _gone = study.try_set(file);
            if offline::may_be_kept(&manifest)
                && let Ok(whole) = bundle_source::with_lists(manifest.clone()).await
            {
                offline.keep(offline::addresses(&whole, |_| true));
            }
            if place == Place::Results {
                let _gone = songs.try_set(read_songs(&manifest).await);
            }
        }
    });
    view! {
        <UpdateNotice offline shown=Signal::stored(true) locale=Signal::stored(Locale::en) />
        <a class="skip" href="#content">"Skip to the content"</a>
        <header class="masthead">
            <Ring share=Signal::stored(0.7) small=true />
            <p class="wordmark">"Segue"</p>
            <p class="quiet">"From one track to the next"</p>
            <Places place />
        </header>
        <main class="page" id="content" tabindex="-1">
            <ResearcherPage
                place
                study=Signal::derive(move || study.get())
                songs=Signal::derive(move || songs.get())
            />
        </main>
        <footer class="page quiet">
            <p>"Everything on this page is read and checked on your own device."</p>
        </footer>
    }
}

/// The manifest, and the study where there is one.
async fn read_study() -> Result<(Manifest, Option<StudyFile>), LoadError> {
    let manifest = bundle_source::manifest().await?;
    if !manifest.files.contains_key(STUDY_FILE) {
        return Ok((manifest, None));
    }
    let bytes = checked_file(&manifest, STUDY_FILE).await?;
    let design = StudyDesign::from_json(&bytes).map(Arc::new).map_err(Arc::new);
    let sha256 = sha256_hex(&bytes);
    Ok((manifest, Some(StudyFile { design, sha256, json: Arc::new(bytes) })))
}

/// The songs, without which a report has no genres.
async fn read_songs(manifest: &Manifest) -> Option<SongList> {
    let bytes = checked_file(manifest, CATALOG_FILE).await.ok()?;
    shared::json::from_slice(&bytes).ok()
}
