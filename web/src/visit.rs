//! A visit: whose it is, what has to be read first, and what is kept for when there is no
//! connection.

use crate::bundle_source::{self, Advice};
use crate::components::notice::Notice;
use crate::entry::Entry;
use crate::i18n;
use crate::offline::{Offline, UpdateNotice};
use crate::pages::participant as pages;
use crate::platform::address::Parameters;
use crate::platform::program;
use crate::session::{self, MaterialError, PageScreen, Sending, SessionView};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::study::Screen;
use std::sync::Arc;

/// Mounts the session of a participant, or fetches the pages for a researcher.
pub(crate) fn start() {
    let parameters = Parameters::of_page();
    match Entry::of(parameters.pairs()) {
        Entry::Researcher => program::load(RESEARCHER, |file| {
            let advice = researcher_missing(&file);
            leptos::mount::mount_to_body(move || {
                view! {
                    <main class="page" id="content">
                        <Notice advice retry=Callback::new(|()| program::reload()) />
                    </main>
                }
            });
        }),
        Entry::Participant => leptos::mount::mount_to_body(move || {
            let offline = Offline::start();
            view! { <Participant parameters offline /> }
        }),
    }
}

fn researcher_missing(file: &str) -> Advice {
    Advice {
        title: "A part of this website is missing",
        what: format!("The file '{file}' can't be had."),
        way_on: "Look whether you are online; if you are, copy the whole website to its host again.",
    }
}

/// The page states under this name what starts the researcher's pages.
pub(crate) const RESEARCHER: &str = "researcher-start";

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
            let shown = Signal::derive(move || {
                is_between_sessions(&view.screen.read(), &view.sending.read())
            });
            let locale = Signal::derive(move || i18n::locale(&view.language.read()));
            view! {
                <UpdateNotice offline shown locale />
                <pages::Participant view />
            }
            .into_any()
        }
    }
}

/// A new version is never swapped in within a session, nor while its answers are being sent.
fn is_between_sessions(screen: &PageScreen, sending: &Sending) -> bool {
    match screen {
        PageScreen::Study(Screen::Done(_)) => *sending != Sending::Busy,
        PageScreen::Study(Screen::Welcome | Screen::Refused)
        | PageScreen::Resumable(_)
        | PageScreen::Unfit(_)
        | PageScreen::Withdrawn { .. } => true,
        _ => false,
    }
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

#[cfg(test)]
mod tests {
    use super::*;
    use shared::study::EndReason;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_new_version_waits_until_the_answers_are_sent() {
        let done = PageScreen::Study(Screen::Done(EndReason::Minutes));
        let failed = Sending::Failed("status 503".to_owned());
        assert!(!is_between_sessions(&done, &Sending::Busy));
        for sending in [Sending::Nowhere, Sending::Done, failed] {
            assert!(is_between_sessions(&done, &sending), "{sending:?}");
        }
        let screens = [Screen::Welcome, Screen::Break, Screen::Debrief(EndReason::Minutes)];
        let shown = screens
            .map(|screen| is_between_sessions(&PageScreen::Study(screen), &Sending::Nowhere));
        assert_eq!(shown, [true, false, false]);
    }
}
