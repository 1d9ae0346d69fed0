//! Whether someone agrees: an explicit choice, with what they agree to in their hands.

use super::page::{Page, say};
use super::parts::{Press, StudyText};
use crate::components::copy_button::CopyButton;
use crate::session::Action;
use leptos::prelude::*;

/// The consent text and its two answers; neither is chosen beforehand.
#[component]
pub(super) fn Consent(page: Page) -> impl IntoView {
    let text = page.study_text(|design| &design.texts.consent);
    let print = move |_| {
        if let Err(error) = window().print() {
            leptos::logging::error!("the page could not be printed: {error:?}");
        }
    };
    view! {
        <article class="reading" data-screen="consent">
            <h1 tabindex="-1">{say!(page, consent.title)}</h1>
            <p>{say!(page, consent.question)}</p>
            <div class="sheet">
                <StudyText page text />
                <StudyHash page />
            </div>
            <button type="button" class="text-button" data-action="print" on:click=print>
                {say!(page, consent.print)}
            </button>
            <div class="actions">
                <Press page name="agree" action=Action::Agree>{say!(page, consent.agree)}</Press>
                <Press page name="refuse" action=Action::Refuse quiet=true>
                    {say!(page, consent.refuse)}
                </Press>
            </div>
        </article>
    }
}

/// The hash of the design, which proves later what was agreed to.
#[component]
fn StudyHash(page: Page) -> impl IntoView {
    let hash = page.view.study_hash.get_value();
    let whole = hash.clone();
    view! {
        <div class="fingerprint">
            <p class="quiet">{say!(page, common.study_hash)}</p>
            <code>{hash}</code>
            <CopyButton
                text=Callback::new(move |()| whole.clone())
                what=say!(page, common.copy_study_hash)
                label=say!(page, common.copy)
                done=say!(page, common.copied)
                failed=say!(page, common.select_to_copy)
            />
        </div>
    }
}
