//! The researcher's start page: the bundle, the study in it, and the links that lead to it.

mod design;
mod faults;
mod links;
mod outline;
mod results;
mod study;

use crate::pages::bundle::BundlePage;
use crate::pages::explore::Explore;
use leptos::prelude::*;
use shared::bundle::SongList;
use shared::study::{DesignError, StudyDesign};
use std::sync::Arc;

/// `study.json` as it was read.
#[derive(Clone)]
pub(crate) struct StudyFile {
    /// The design, or what is wrong with it.
    pub(crate) design: Result<Arc<StudyDesign>, Arc<DesignError>>,
    /// SHA-256 of the file.
    pub(crate) sha256: String,
    /// The file.
    pub(crate) json: Arc<Vec<u8>>,
}

/// One of the researcher's pages.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Place {
    /// What is in the bundle, and the ways into its study.
    Bundle,
    /// The songs of the bundle: what leads where.
    Explore,
    /// The study before it is run.
    Design,
    /// The study after it was run.
    Results,
}

impl Place {
    const ALL: [Self; 4] = [Self::Bundle, Self::Explore, Self::Design, Self::Results];

    /// By the page's parameter `mode`.
    pub(crate) fn of(mode: Option<&str>) -> Self {
        Self::ALL.into_iter().find(|place| mode == Some(place.mode())).unwrap_or(Self::Bundle)
    }

    fn mode(self) -> &'static str {
        match self {
            Self::Bundle => "researcher",
            Self::Explore => "explore",
            Self::Design => "design",
            Self::Results => "results",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Bundle => "Bundle",
            Self::Explore => "Explore",
            Self::Design => "Design",
            Self::Results => "Results",
        }
    }
}

/// The ways to the other pages.
#[component]
pub(crate) fn Places(
    /// The page that is shown.
    place: Place,
) -> impl IntoView {
    let links = Place::ALL.map(|other| {
        let current = (other == place).then_some("page");
        view! { <a href=format!("?mode={}", other.mode()) aria-current=current>{other.title()}</a> }
    });
    view! { <nav class="places" aria-label="Pages">{links.into_iter().collect_view()}</nav> }
}

/// The page of a place.
#[component]
pub(crate) fn ResearcherPage(
    /// Which.
    place: Place,
    /// The study; `None` while it was not read, and where the bundle holds none.
    study: Signal<Option<StudyFile>>,
    /// The songs of the bundle, once they were read.
    songs: Signal<Option<SongList>>,
) -> impl IntoView {
    match place {
        Place::Bundle => view! { <Bundle study /> }.into_any(),
        Place::Explore => view! { <Explore /> }.into_any(),
        Place::Design => view! { <design::Design study /> }.into_any(),
        Place::Results => view! { <results::Results study songs /> }.into_any(),
    }
}

#[component]
fn Bundle(study: Signal<Option<StudyFile>>) -> impl IntoView {
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
                ", so there is nothing to take part in: make the bundle again with "
                <code>"segue export --study FILE"</code> "."
            </p>
        </section>
    }
}
