//! A song and the question: what plays, how far it is, one question, the answers.

use super::keys::{self, Allowed, Meaning};
use super::page::{Page, focus_soon};
use super::trial_parts::{Answers, Foot, ProgressLine};
use super::trial_view::TrialView;
use crate::components::ring::Ring;
use crate::session::{Action, ClipPhase, ClipView, GivenBy};
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::study::Scale;

/// A trial; it stays while song follows song.
#[component]
pub(super) fn Trial(page: Page) -> impl IntoView {
    let trial = TrialView::new(page);
    hear_keys(trial);
    let question = move || {
        let design = page.design();
        if let Some(prompt) = &design.question.prompt {
            return prompt.get(&page.view.language.read()).to_owned();
        }
        let locale = page.locale.get();
        match design.question.scale {
            Scale::Like => td_string!(locale, trial.question_like).to_owned(),
            Scale::Points5 | Scale::Points7 => td_string!(locale, trial.question_points).to_owned(),
        }
    };
    let phase = Memo::new(move |_| trial.clip.read().phase);
    let marks = match page.design().question.prompt {
        Some(_) => page.study_language(),
        None => page.own_language(),
    };
    view! {
        <article
            class="stage"
            data-screen=Signal::derive(move || if trial.is_practice() { "practice" } else { "trial" })
            data-trial-index=move || trial.trial.read().as_ref().map(|trial| trial.number)
            data-role=Signal::derive(move || trial.role())
            data-phase=Signal::derive(move || phase_name(phase.get()))
        >
            <ProgressLine trial />
            <ClipRing trial phase />
            <h1 class="question" tabindex="-1" lang=marks.lang dir=marks.dir>
                {question}
            </h1>
            <p class="stage-note quiet">{move || note(trial, phase.get())}</p>
            <Answers trial />
            <Foot trial />
        </article>
    }
}

fn hear_keys(trial: TrialView) {
    let scale = trial.page.design().question.scale;
    keys::listen(move |pressed| {
        let allowed = Allowed {
            answer: trial.clip.get_untracked().can_answer,
            replay: untrack(move || trial.can_replay()),
            single_keys: trial.page.single_keys.get_untracked(),
        };
        match keys::meaning(&pressed, scale, allowed) {
            Meaning::Answer(answer) => trial.answer(answer, GivenBy::Key),
            Meaning::Replay => trial.page.act(Action::Replay),
            Meaning::Slip(key) => trial.page.act(Action::Slip(key)),
            Meaning::Nothing => return false,
        }
        true
    });
}

/// The circle; where the browser waits for a press, or the song was cut off, it is the button.
#[component]
fn ClipRing(trial: TrialView, phase: Memo<ClipPhase>) -> impl IntoView {
    let share = Signal::derive(move || match trial.clip.get() {
        ClipView { phase: ClipPhase::Playing, share, .. } => share,
        ClipView { phase: ClipPhase::Answer | ClipPhase::Saving, .. } => 1.0,
        _ => 0.0,
    });
    let page = trial.page;
    let word = move || phase_word(page, phase.get());
    let is_locked =
        Memo::new(move |_| matches!(phase.get(), ClipPhase::Locked | ClipPhase::Interrupted));
    let unlock = move |_| {
        page.act(Action::Unlock);
        focus_soon("[data-screen] h1");
    };
    let circle = move || {
        view! {
            <Ring share>
                <span class="ring-word">{word}</span>
            </Ring>
        }
    };
    view! {
        <div class="ring-place">
            {move || {
                if is_locked.get() {
                    view! {
                        <button
                            type="button"
                            class="ring-button"
                            data-action="unlock"
                            on:click=unlock
                        >
                            {circle()}
                        </button>
                    }
                        .into_any()
                } else {
                    circle().into_any()
                }
            }}
        </div>
    }
}

fn phase_name(phase: ClipPhase) -> &'static str {
    match phase {
        ClipPhase::Loading => "loading",
        ClipPhase::Offline => "offline",
        ClipPhase::Unreachable => "unreachable",
        ClipPhase::Locked => "locked",
        ClipPhase::Interrupted => "interrupted",
        ClipPhase::Playing => "playing",
        ClipPhase::Answer => "answer",
        ClipPhase::Saving => "saving",
    }
}

fn phase_word(page: Page, phase: ClipPhase) -> &'static str {
    let locale = page.locale.get();
    match phase {
        ClipPhase::Loading => td_string!(locale, trial.phase_loading),
        ClipPhase::Offline | ClipPhase::Unreachable => td_string!(locale, trial.phase_offline),
        ClipPhase::Locked | ClipPhase::Interrupted => td_string!(locale, trial.phase_locked),
        ClipPhase::Playing => td_string!(locale, trial.phase_playing),
        ClipPhase::Answer => td_string!(locale, trial.phase_answer),
        ClipPhase::Saving => td_string!(locale, trial.phase_saving),
    }
}

/// What more there is to say; its lines are kept free where there is nothing.
fn note(trial: TrialView, phase: ClipPhase) -> Option<&'static str> {
    let locale = trial.page.locale.get();
    match phase {
        ClipPhase::Offline => Some(td_string!(locale, trial.note_offline)),
        ClipPhase::Unreachable => Some(td_string!(locale, trial.note_unreachable)),
        ClipPhase::Locked => Some(td_string!(locale, trial.note_locked)),
        ClipPhase::Interrupted => Some(td_string!(locale, trial.note_interrupted)),
        ClipPhase::Playing if !trial.clip.read().can_answer => {
            Some(td_string!(locale, trial.note_soon))
        }
        _ => None,
    }
}
