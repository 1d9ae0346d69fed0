//! The researcher's start page: the bundle, the study in it, and the links that lead to it.

mod faults;
mod links;
mod outline;
mod study;

use crate::pages::bundle::BundlePage;
use leptos::prelude::*;
use shared::study::{DesignError, StudyDesign};
use std::sync::Arc;

/// `study.json` as it was read.
#[derive(Clone)]
pub(crate) struct StudyFile {
    /// The design, or what is wrong with it.
    pub(crate) design: Result<Arc<StudyDesign>, Arc<DesignError>>,
    /// SHA-256 of the file.
    pub(crate) sha256: String,
}

/// What is in the bundle beside this page.
#[component]
pub(crate) fn ResearcherPage(
    /// The study; `None` while it was not read, and where the bundle holds none.
    #[prop(into)]
    study: Signal<Option<StudyFile>>,
) -> impl IntoView {
    let section = move || {
        move || match study.get() {
            None => view! { <NoStudy /> }.into_any(),
            Some(file) => view! { <study::Study file /> }.into_any(),
        }
    };
    view! {
        <div data-screen="researcher">
            <BundlePage study=section />
        </div>
    }
}

/// Nothing here takes the focus.
#[component]
fn NoStudy() -> impl IntoView {
    view! {
        <section>
            <h2>"Study"</h2>
            <p>
                "This bundle holds no " <code>"study.json"</code>
                ", so there is nothing to take part in: put a design into the bundle's folder and "
                "load the page again."
            </p>
        </section>
    }
}
