//! What it was about, which way of choosing was which, and the participant's own answers.

use super::own_likes::{ConditionMark, OwnLikes, condition_name, was_stopped};
use super::page::{Page, say};
use super::parts::{Press, StudyText};
use crate::i18n::Locale;
use crate::session::Action;
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::recommend::Condition;

/// The debrief.
#[component]
pub(super) fn Debrief(page: Page) -> impl IntoView {
    let text = page.study_text(|design| &design.texts.debrief);
    let stopped = Memo::new(move |_| was_stopped(&page.view.screen.read()));
    view! {
        <article class="reading" data-screen="debrief">
            <h1 tabindex="-1">{say!(page, debrief.title)}</h1>
            <Show when=move || stopped.get()>
                <p>{say!(page, done.stopped)}</p>
            </Show>
            <StudyText page text />
            <Conditions page />
            <section>
                <h2>{say!(page, debrief.own)}</h2>
                <OwnLikes page />
            </section>
            <div class="actions">
                <Press page name="read" action=Action::DebriefRead>{say!(page, debrief.read)}</Press>
            </div>
        </article>
    }
}

#[component]
fn Conditions(page: Page) -> impl IntoView {
    let rows = page
        .design()
        .conditions()
        .into_iter()
        .map(|condition| {
            view! {
                <div>
                    <dt>
                        <ConditionMark condition />
                        {move || condition_name(page.locale.get(), condition)}
                    </dt>
                    <dd>{move || about(page.locale.get(), condition)}</dd>
                </div>
            }
        })
        .collect_view();
    view! {
        <section>
            <h2>{say!(page, debrief.which)}</h2>
            <p>{say!(page, debrief.which_text)}</p>
            <dl class="conditions">{rows}</dl>
        </section>
    }
}

fn about(locale: Locale, condition: Condition) -> &'static str {
    match condition {
        Condition::Audio => td_string!(locale, condition.about_audio),
        Condition::Multimodal => td_string!(locale, condition.about_multimodal),
        Condition::Lyrics => td_string!(locale, condition.about_lyrics),
        Condition::Random => td_string!(locale, condition.about_random),
        Condition::Genre => td_string!(locale, condition.about_genre),
    }
}
