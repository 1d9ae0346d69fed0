//! The second question about the same song, on the same stage.

use super::page::{Page, say};
use super::trial_parts::{ProgressBar, StopHere, percent_done};
use crate::components::ring::Ring;
use crate::session::Action;
use leptos::prelude::*;
use leptos_i18n::td_string;

/// Whether the song was known.
#[component]
pub(super) fn Familiarity(page: Page) -> impl IntoView {
    let answer = move |name, familiar: bool| {
        let text = move || {
            let locale = page.locale.get();
            if familiar {
                td_string!(locale, familiarity.familiar)
            } else {
                td_string!(locale, familiarity.unfamiliar)
            }
        };
        view! {
            <button
                type="button"
                class="answer answer-even"
                data-action=name
                on:click=move |_| page.act(Action::Familiar(familiar))
            >
                {text}
            </button>
        }
    };
    let share = Signal::derive(move || page.view.progress.read().share);
    let text = Signal::derive(move || percent_done(page, share.get()));
    view! {
        <article class="stage" data-screen="familiarity">
            <ProgressBar page share text />
            <div class="ring-place">
                <Ring share=Signal::stored(1.0)>
                    <span class="ring-word">{say!(page, trial.phase_answer)}</span>
                </Ring>
            </div>
            <h1 class="question" tabindex="-1">{say!(page, familiarity.title)}</h1>
            <p class="stage-note" />
            <div class="answers" role="group" aria-label=say!(page, trial.answers)>
                {answer("unfamiliar", false)}
                {answer("familiar", true)}
            </div>
            <div class="stage-foot">
                <StopHere page />
            </div>
        </article>
    }
}
