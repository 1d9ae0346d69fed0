//! What to do, in a few lines, with the answers as they will look.

use super::key_switch::{KeySwitch, answer_keys};
use super::page::{Page, say};
use super::parts::Press;
use crate::session::Action;
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::study::{AnswerRule, Scale};

/// The instructions.
#[component]
pub(super) fn Instructions(page: Page) -> impl IntoView {
    view! {
        <article class="reading" data-screen="instructions">
            <h1 tabindex="-1">{say!(page, instructions.title)}</h1>
            <Steps page />
            <Keys page />
            <div class="actions">
                <Press page name="begin" action=Action::Begin>{say!(page, instructions.begin)}</Press>
            </div>
        </article>
    }
}

#[component]
fn Steps(page: Page) -> impl IntoView {
    let design = page.design();
    let seconds = in_words(design.clip.seconds);
    let (answer, clip_secs, n_practice) =
        (design.answer, design.clip.seconds, design.practice_trials);
    let practice = move || {
        let locale = page.locale.get();
        match n_practice {
            0 => None,
            1 => Some(td_string!(locale, instructions.practice_one).to_owned()),
            number => Some(td_string!(locale, instructions.practice_many, number).to_string()),
        }
    };
    view! {
        <ol class="steps">
            <li>{say!(page, instructions.listen, seconds = seconds.clone())}</li>
            <li>{move || when_to_answer(page, answer, clip_secs)}</li>
            <li>{say!(page, instructions.next)}</li>
        </ol>
        {(answer.replays > 0).then(|| view! { <p>{say!(page, instructions.replay)}</p> })}
        {design
            .question
            .familiarity
            .then(|| view! { <p>{say!(page, instructions.familiar)}</p> })}
        <p>{say!(page, instructions.taste)} " " {practice}</p>
    }
}

fn when_to_answer(page: Page, rule: AnswerRule, clip_secs: f64) -> String {
    let locale = page.locale.get();
    if rule.from_secs <= 0.0 {
        td_string!(locale, instructions.answer_any).to_owned()
    } else if rule.from_secs >= clip_secs {
        td_string!(locale, instructions.answer_end).to_owned()
    } else {
        let seconds = in_words(rule.from_secs);
        td_string!(locale, instructions.answer_from, seconds).to_string()
    }
}

/// `10`, `2.5`.
fn in_words(seconds: f64) -> String {
    format!("{}", (seconds * 10.0).round() / 10.0)
}

#[component]
fn Keys(page: Page) -> impl IntoView {
    let keys = match page.design().question.scale {
        Scale::Like => view! { <LikeKeys page /> }.into_any(),
        Scale::Points5 => {
            view! { <p>{say!(page, instructions.keys_points, number = 5)}</p> }.into_any()
        }
        Scale::Points7 => {
            view! { <p>{say!(page, instructions.keys_points, number = 7)}</p> }.into_any()
        }
    };
    view! {
        <section class="keys-help">
            <h2>{say!(page, instructions.keys_title)}</h2>
            {keys}
            <p class="quiet">{say!(page, key_switch.about)}</p>
            <KeySwitch page label=answer_keys(page) />
        </section>
    }
}

#[component]
fn LikeKeys(page: Page) -> impl IntoView {
    let or = move || view! { <span class="quiet">{say!(page, instructions.key_or)}</span> };
    view! {
        <dl class="key-list">
            <div>
                <dt><span class="sample sample-not">{say!(page, trial.not_like)}</span></dt>
                <dd><kbd>"0"</kbd> {or} <kbd>"←"</kbd> {or} <kbd>"F"</kbd></dd>
            </div>
            <div>
                <dt><span class="sample sample-like">{say!(page, trial.like)}</span></dt>
                <dd><kbd>"1"</kbd> {or} <kbd>"→"</kbd> {or} <kbd>"J"</kbd></dd>
            </div>
        </dl>
    }
}
