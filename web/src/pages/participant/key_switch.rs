//! The switch of the keys that have a letter, digit or sign.
//!
//! Such keys must be possible to switch off (WCAG 2.1.4): speech input types letters that nobody meant, and a hand
//! may come upon them. Buttons and arrow keys answer all the same.

use super::page::{Page, focus_soon, say};
use leptos::ev::MouseEvent;
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::study::Scale;

/// The switch; it holds until the page is closed.
#[component]
pub(super) fn KeySwitch(
    page: Page,
    /// Which keys.
    label: Signal<String>,
) -> impl IntoView {
    let is_on = page.single_keys;
    let turn = move |event: MouseEvent| {
        is_on.update(|is_on| *is_on = !*is_on);
        // As with the answers: Space, pressed for the next replay, would turn it back.
        if event.detail() > 0 {
            focus_soon("[data-trial-index] h1");
        }
    };
    let pressed = Signal::derive(move || is_on.get().to_string());
    // For those who see it; the others are told by `aria-pressed`.
    let state = Signal::derive(move || {
        let locale = page.locale.get();
        let text = if is_on.get() {
            td_string!(locale, key_switch.on)
        } else {
            td_string!(locale, key_switch.off)
        };
        text.to_owned()
    });
    view! {
        <button
            type="button"
            class="text-button key-switch"
            data-action="keys"
            aria-pressed=pressed
            on:click=turn
        >
            {label}
            <span aria-hidden="true">": " {state}</span>
        </button>
    }
}

/// The keys that answer to the question of the study.
pub(super) fn answer_keys(page: Page) -> Signal<String> {
    match page.design().question.scale {
        Scale::Like => say!(page, key_switch.like),
        Scale::Points5 => say!(page, key_switch.points, number = 5),
        Scale::Points7 => say!(page, key_switch.points, number = 7),
    }
}
