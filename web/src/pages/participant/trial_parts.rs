//! The parts of a trial: how far the session is, the answers, and what else can be done.

use super::key_switch::{KeySwitch, answer_keys};
use super::page::{Page, focus_soon, say};
use super::parts::Press;
use super::trial_view::TrialView;
use crate::session::{Action, GivenBy};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::study::{Role, Scale};

/// How far the session is, in words and as a bar.
#[component]
pub(super) fn ProgressLine(trial: TrialView) -> impl IntoView {
    let page = trial.page;
    let total = page.design().practice_trials;
    let practised = move || match &*trial.trial.read() {
        Some(trial) if trial.role == Role::Practice => Some(trial.anchor_number),
        _ => None,
    };
    let share = Signal::derive(move || match practised() {
        Some(index) => f64::from(index) / f64::from(total.max(1)),
        None => page.view.progress.read().share,
    });
    let text = Signal::derive(move || match practised() {
        Some(index) => {
            td_string!(page.locale.get(), trial.practice, index = index + 1, total).to_string()
        }
        None => percent_done(page, share.get()),
    });
    view! { <ProgressBar page share text /> }
}

/// A bar and what it says.
#[component]
pub(super) fn ProgressBar(page: Page, share: Signal<f64>, text: Signal<String>) -> impl IntoView {
    view! {
        <div class="progress">
            <progress aria-label=say!(page, trial.progress) max="1" value=share />
            <span class="quiet">{text}</span>
        </div>
    }
}

/// As in "40 % done".
pub(super) fn percent_done(page: Page, share: f64) -> String {
    let percent = (share * 100.0).floor() as u32;
    td_string!(page.locale.get(), trial.percent, percent).to_string()
}

/// The answers, always at the same place.
#[component]
pub(super) fn Answers(trial: TrialView) -> impl IntoView {
    let page = trial.page;
    match page.design().question.scale {
        Scale::Like => view! {
            <div class="answers" role="group" aria-label=say!(page, trial.answers)>
                <Answer trial answer=0 name="not-like">
                    {say!(page, trial.not_like)}
                </Answer>
                <Answer trial answer=1 name="like">
                    {say!(page, trial.like)}
                </Answer>
            </div>
        }
        .into_any(),
        scale @ (Scale::Points5 | Scale::Points7) => view! { <Points trial scale /> }.into_any(),
    }
}

#[component]
fn Points(trial: TrialView, scale: Scale) -> impl IntoView {
    const NAMES: [&str; 7] =
        ["answer-1", "answer-2", "answer-3", "answer-4", "answer-5", "answer-6", "answer-7"];
    let page = trial.page;
    let buttons = scale
        .answers()
        .map(|answer| {
            let name = NAMES[usize::from(answer) - 1];
            view! { <Answer trial answer name>{answer}</Answer> }
        })
        .collect_view();
    view! {
        <div class="points" role="group" aria-label=say!(page, trial.answers)>
            <div class="point-buttons">{buttons}</div>
            <div class="point-ends quiet">
                <span>{say!(page, trial.lowest)}</span>
                <span>{say!(page, trial.highest)}</span>
            </div>
        </div>
    }
}

#[component]
fn Answer(trial: TrialView, answer: u8, name: &'static str, children: Children) -> impl IntoView {
    let press = move |event: MouseEvent| {
        trial.answer(answer, GivenBy::Button);
        // A press of the mouse or finger leaves no focus behind, where the space bar would answer the
        // next song; who came by keyboard or screen reader keeps the place.
        if event.detail() > 0 {
            focus_soon("[data-screen] h1");
        }
    };
    let disabled = move || (!trial.clip.read().can_answer).then_some("true");
    view! {
        <button type="button" class="answer" data-action=name aria-disabled=disabled on:click=press>
            {children()}
        </button>
    }
}

/// Hearing it again, stopping, and which keys answer.
#[component]
pub(super) fn Foot(trial: TrialView) -> impl IntoView {
    let page = trial.page;
    let has_replays = page.design().answer.replays > 0;
    let cannot = Signal::derive(move || !trial.can_replay());
    let left = move || {
        let number = trial.clip.read().n_replays_left;
        td_string!(page.locale.get(), trial.replays_left, number).to_string()
    };
    view! {
        <div class="stage-foot">
            {has_replays
                .then(|| {
                    view! {
                        <Press page name="replay" action=Action::Replay quiet=true disabled=cannot>
                            {say!(page, trial.replay)}
                            " "
                            {left}
                        </Press>
                    }
                })}
            <StopHere page />
            <KeySwitch page label=answer_keys(page) />
        </div>
    }
}

/// Ends the session early, after asking once more.
#[component]
pub(super) fn StopHere(page: Page) -> impl IntoView {
    let asked = RwSignal::new(false);
    let ask = move |_| {
        asked.set(true);
        focus_soon("[data-action=confirm-stop]");
    };
    let go_on = move |_| {
        asked.set(false);
        focus_soon("[data-action=stop]");
    };
    move || {
        if !asked.get() {
            return view! {
                <button type="button" class="text-button" data-action="stop" on:click=ask>
                    {say!(page, trial.stop)}
                </button>
            }
            .into_any();
        }
        view! {
            <div class="row" role="group" aria-label=say!(page, trial.stop_question)>
                <Press page name="confirm-stop" action=Action::Stop quiet=true>
                    {say!(page, trial.confirm_stop)}
                </Press>
                <button type="button" class="text-button" data-action="keep-going" on:click=go_on>
                    {say!(page, common.no_go_on)}
                </button>
            </div>
        }
        .into_any()
    }
}
