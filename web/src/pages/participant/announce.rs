//! What is told to those who hear the page: one polite region that outlives the screens.

use super::kind::Kind;
use super::page::Page;
use crate::session::{ClipPhase, PageScreen, Saving};
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::study::{PlannedTrial, Role, Screen};

/// Says "playing", "your turn", "saved"; while a song plays it says nothing more.
#[component]
pub(super) fn Announcer(page: Page, kind: Memo<Kind>) -> impl IntoView {
    let phase = Memo::new(move |_| page.view.clip.read().phase);
    let trial = Memo::new(move |_| match &*page.view.screen.read() {
        PageScreen::Study(Screen::Trial(trial)) => Some(trial.clone()),
        _ => None,
    });
    let was_practice = StoredValue::new(false);
    let said = move || match kind.get() {
        Kind::Trial => trial_text(page, trial.get().as_ref(), phase.get(), was_practice),
        Kind::Headphones if phase.get() == ClipPhase::Answer => {
            td_string!(page.locale.get(), live.choose).to_owned()
        }
        _ => String::new(),
    };
    let own = page.own_language();
    view! {
        <p class="unseen" role="status" aria-live="polite" lang=own.lang dir=own.dir>
            {said}
        </p>
    }
}

fn trial_text(
    page: Page,
    trial: Option<&PlannedTrial>,
    phase: ClipPhase,
    was_practice: StoredValue<bool>,
) -> String {
    let locale = page.locale.get();
    let is_saved = page.view.saving.get_untracked() == Saving::Saved;
    let Some(trial) = trial else { return String::new() };
    let text = match phase {
        ClipPhase::Loading => return String::new(),
        ClipPhase::Offline => td_string!(locale, live.offline),
        ClipPhase::Unreachable => td_string!(locale, live.unreachable),
        ClipPhase::Locked => td_string!(locale, live.locked),
        ClipPhase::Interrupted => td_string!(locale, live.interrupted),
        ClipPhase::Answer => td_string!(locale, live.answer),
        ClipPhase::Saving => {
            was_practice.set_value(trial.role == Role::Practice);
            td_string!(locale, live.saving)
        }
        ClipPhase::Playing if trial.number > 0 && is_saved => {
            td_string!(locale, live.saved_playing)
        }
        ClipPhase::Playing => td_string!(locale, live.playing),
    };
    let counts = phase == ClipPhase::Playing && trial.role != Role::Practice;
    if counts && was_practice.get_value() {
        return format!("{} {text}", td_string!(locale, live.counts));
    }
    text.to_owned()
}
