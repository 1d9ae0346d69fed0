//! Whether sound arrives: a tone, the volume, and what to try where nothing is heard.

use super::page::{Page, say};
use crate::components::ring::Ring;
use crate::session::{Action, ClipPhase};
use leptos::prelude::*;
use leptos_i18n::td_string;

/// The circle plays the tone; the answers wait until it was heard once.
#[component]
pub(super) fn SoundCheck(page: Page) -> impl IntoView {
    let nothing_heard = RwSignal::new(false);
    let has_played = Signal::derive(move || page.view.clip.read().n_plays > 0);
    let answer = move |heard: bool| {
        if has_played.get_untracked() {
            nothing_heard.set(!heard);
            page.act(Action::ToneHeard(heard));
        }
    };
    let disabled = move || (!has_played.get()).then_some("true");
    view! {
        <article class="reading" data-screen="sound-check">
            <h1 tabindex="-1">{say!(page, sound.title)}</h1>
            <p>{say!(page, sound.text)}</p>
            <TonePlayer page />
            <Show when=move || nothing_heard.get()>
                <Advice page />
            </Show>
            <div class="actions pair">
                <button
                    type="button"
                    class="side-button"
                    data-action="not-heard"
                    aria-disabled=disabled
                    on:click=move |_| answer(false)
                >
                    {say!(page, sound.not_heard)}
                </button>
                <button
                    type="button"
                    class="main-button"
                    data-action="heard"
                    aria-disabled=disabled
                    on:click=move |_| answer(true)
                >
                    {say!(page, sound.heard)}
                </button>
            </div>
        </article>
    }
}

#[component]
fn TonePlayer(page: Page) -> impl IntoView {
    let clip = page.view.clip;
    let is_playing = move || clip.read().phase == ClipPhase::Playing;
    let share = Signal::derive(move || if is_playing() { clip.read().share } else { 0.0 });
    let centre = move || {
        let (locale, n_plays) = (page.locale.get(), clip.read().n_plays);
        match n_plays {
            _ if is_playing() => td_string!(locale, sound.playing),
            0 => td_string!(locale, sound.play),
            _ => td_string!(locale, sound.again),
        }
    };
    let label =
        move || format!("{}: {}", centre(), td_string!(page.locale.get(), sound.play_label));
    view! {
        <div class="ring-place">
            <button
                type="button"
                class="ring-button"
                data-action="play-tone"
                aria-label=label
                on:click=move |_| page.act(Action::PlayTone)
            >
                <Ring share>
                    <span class="ring-word">{centre}</span>
                </Ring>
            </button>
        </div>
    }
}

#[component]
fn Advice(page: Page) -> impl IntoView {
    view! {
        <section class="notice" role="status">
            <h2>{say!(page, sound.advice_title)}</h2>
            <ul>
                <li>{say!(page, sound.advice_volume)}</li>
                <li>{say!(page, sound.advice_iphone)}</li>
                <li>{say!(page, sound.advice_output)}</li>
            </ul>
            <p>{say!(page, sound.advice_again)}</p>
        </section>
    }
}
