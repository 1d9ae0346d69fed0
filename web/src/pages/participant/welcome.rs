//! The first screen.

use super::kept::KeptHere;
use super::page::{Page, say};
use super::parts::{Press, StudyText};
use crate::session::Action;
use leptos::prelude::*;

/// What it is, the press that lets sound play, and what is kept of earlier sessions.
#[component]
pub(super) fn Welcome(page: Page) -> impl IntoView {
    let title = page.study_text(|design| &design.title);
    let text = page.study_text(|design| &design.texts.welcome);
    let marks = page.study_language();
    view! {
        <article class="reading" data-screen="welcome">
            <h1 tabindex="-1" lang=marks.lang dir=marks.dir>{title}</h1>
            <StudyText page text />
            <p class="quiet">{say!(page, welcome.sound)}</p>
            <div class="actions">
                <Press page name="start" action=Action::Start>{say!(page, welcome.start)}</Press>
            </div>
            <KeptHere page />
        </article>
    }
}
