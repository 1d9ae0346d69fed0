//! The headphone check: three noises, one of which hides a tone that two ears are needed for.

use super::key_switch::KeySwitch;
use super::keys;
use super::page::{Page, say};
use super::parts::Press;
use crate::session::{Action, ClipPhase, PageScreen};
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::study::Screen;

/// Three circles that light up in turn, and are the answers afterwards.
#[component]
pub(super) fn Headphones(page: Page) -> impl IntoView {
    let clip = page.view.clip;
    let can_answer = Signal::derive(move || clip.read().can_answer);
    let is_playing = Signal::derive(move || clip.read().phase == ClipPhase::Playing);
    keys::listen(move |pressed| match pressed.key.as_str() {
        "1" | "2" | "3" if can_answer.get_untracked() && page.single_keys.get_untracked() => {
            let index = pressed.key.as_bytes()[0] - b'1';
            page.act(Action::ChooseNoise(index));
            true
        }
        _ => false,
    });
    let total = page.design().checks.headphones.map_or(0, |check| check.trials);
    let index = move || match *page.view.screen.read() {
        PageScreen::Study(Screen::HeadphoneCheck { index }) => index + 1,
        _ => total,
    };
    let hint = move || {
        let locale = page.locale.get();
        match clip.get() {
            clip if clip.can_answer => td_string!(locale, headphones.choose),
            clip if clip.phase == ClipPhase::Playing => td_string!(locale, headphones.listen),
            _ => td_string!(locale, headphones.before),
        }
    };
    let again = move || match clip.read().n_plays {
        0 => td_string!(page.locale.get(), headphones.play),
        _ => td_string!(page.locale.get(), headphones.again),
    };
    let round = move || td_string!(page.locale.get(), headphones.round, index = index(), total);
    view! {
        <article class="reading" data-screen="headphone-check">
            <p class="quiet">{round}</p>
            <h1 tabindex="-1">{say!(page, headphones.title)}</h1>
            <p>{say!(page, headphones.text)}</p>
            <div class="noises" role="group" aria-label=say!(page, headphones.group)>
                {[0, 1, 2].map(|index| view! { <Noise page index can_answer /> })}
            </div>
            <p class="two-lines">{hint}</p>
            <div class="actions">
                <Press page name="play-noises" action=Action::PlayNoises disabled=is_playing>
                    {again}
                </Press>
                <KeySwitch page label=say!(page, key_switch.noises) />
            </div>
        </article>
    }
}

#[component]
fn Noise(page: Page, index: u8, can_answer: Signal<bool>) -> impl IntoView {
    const NAMES: [&str; 3] = ["noise-0", "noise-1", "noise-2"];
    let is_heard = move || page.view.clip.read().interval == Some(index);
    let choose = move |_| {
        if can_answer.get_untracked() {
            page.act(Action::ChooseNoise(index));
        }
    };
    view! {
        <button
            type="button"
            class="noise"
            class:noise-heard=is_heard
            data-action=NAMES[usize::from(index)]
            aria-disabled=Signal::derive(move || (!can_answer.get()).then_some("true"))
            aria-label=say!(page, headphones.noise, number = index + 1)
            on:click=choose
        >
            {index + 1}
        </button>
    }
}
