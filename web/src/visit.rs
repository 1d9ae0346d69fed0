//! A visit: whose it is, what has to be read first, and what is kept for when there is no
//! connection.

use crate::app::{App, Visit};
use crate::bundle_source::{self, Advice, LoadError, checked_file};
use crate::components::notice::Notice;
use crate::entry::Entry;
use crate::offline::{self, Offline, UpdateNotice};
use crate::pages::researcher::StudyFile;
use crate::platform::address::Parameters;
use crate::session::{self, MaterialError, PageScreen, SessionView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::sha256_hex;
use shared::study::{STUDY_FILE, Screen, StudyDesign};
use std::sync::Arc;

/// The website, for whoever comes.
#[component]
pub(crate) fn Visitor() -> impl IntoView {
    let parameters = Parameters::of_page();
    let offline = Offline::start();
    match Entry::of(parameters.pairs()) {
        Entry::Researcher => view! { <Researcher offline /> }.into_any(),
        Entry::Participant => view! { <Participant parameters offline /> }.into_any(),
    }
}

#[component]
fn Researcher(offline: Offline) -> impl IntoView {
    let study = RwSignal::new(None);
    spawn_local(async move {
        // What is wrong with the bundle itself is said where its parts are listed.
        if let Ok((manifest, file)) = read_study().await {
            let _gone = study.try_set(file);
            offline.keep(offline::addresses(&manifest, |_| true));
        }
    });
    view! {
        <UpdateNotice offline shown=Signal::stored(true) />
        <App visit=Visit::Researcher(study.into()) />
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

/// How far a session is on its way.
#[derive(Clone)]
enum Opening {
    Begun,
    Open(SessionView),
    Failed(Arc<MaterialError>),
}

#[component]
fn Participant(parameters: Parameters, offline: Offline) -> impl IntoView {
    let opening = RwSignal::new(Opening::Begun);
    let open = move || {
        let parameters = parameters.clone();
        opening.set(Opening::Begun);
        spawn_local(async move {
            let opened = match session::open(parameters).await {
                Ok(view) => {
                    offline.keep(view.files.get_value());
                    Opening::Open(view)
                }
                Err(error) => Opening::Failed(Arc::new(error)),
            };
            let _gone = opening.try_set(opened);
        });
    };
    open();
    let retry = Callback::new(move |()| open());
    move || match opening.get() {
        Opening::Begun => view! {
            <main class="page" id="content" data-screen="loading">
                <p class="loading" role="status">"…"</p>
            </main>
        }
        .into_any(),
        Opening::Failed(error) => view! {
            <main class="page" id="content" data-screen="error">
                <Notice advice=advice(&error) retry />
            </main>
        }
        .into_any(),
        Opening::Open(view) => {
            let shown = Signal::derive(move || is_between_sessions(&view.screen.read()));
            view! {
                <UpdateNotice offline shown />
                <App visit=Visit::Participant(view) />
            }
            .into_any()
        }
    }
}

/// A new version is never swapped in within a session.
fn is_between_sessions(screen: &PageScreen) -> bool {
    matches!(
        screen,
        PageScreen::Study(Screen::Welcome | Screen::Refused | Screen::Done(_))
            | PageScreen::Resumable(_)
            | PageScreen::Withdrawn { .. }
    )
}

fn advice(error: &MaterialError) -> Advice {
    match error {
        MaterialError::Load(error) => error.advice(),
        other => Advice {
            title: "This study can't be run",
            what: bundle_source::sentence(&crate::wording::chain(other)),
            way_on: "Please tell the researcher who sent you here; the text above says what to mend.",
        },
    }
}
