//! What a participant sees: one small file a screen.
//!
//! The pages read the signals of a [`SessionView`] and report an [`Action`]; what happens then is
//! the runner's. A screen is built once for its [`Kind`], and shows what changes on it by itself: so
//! that the buttons of a trial stay where they are while song follows song.

mod announce;
mod break_time;
mod consent;
mod debrief;
mod done;
mod ends;
mod familiarity;
mod headphones;
mod instructions;
mod kept;
mod key_switch;
mod keys;
mod kind;
mod own_likes;
mod page;
mod parts;
mod resumable;
mod sound_check;
mod trial;
mod trial_parts;
mod trial_view;
mod welcome;

use self::kind::Kind;
use self::page::Page;
use crate::session::{SessionView, StorageState};
use leptos::prelude::*;

/// The session.
#[component]
pub(crate) fn Participant(
    /// Its signals.
    view: SessionView,
) -> impl IntoView {
    let page = Page::new(view);
    let kind = Memo::new(move |_| Kind::of(&view.screen.read()));
    page::follow_language(page);
    page::follow_screen(page, kind);
    let own = page.own_language();
    view! {
        <parts::TopBar page kind />
        <main class="participant" id="content" tabindex="-1" lang=own.lang dir=own.dir>
            <parts::SavingNotice page />
            {move || shown(page, kind.get())}
            <Show when=move || {
                view.storage.get() == StorageState::Memory && kind.get().is_reading()
            }>
                <p class="reading quiet">{page::say!(page, common.memory_only)}</p>
            </Show>
        </main>
        <announce::Announcer page kind />
    }
}

fn shown(page: Page, kind: Kind) -> AnyView {
    match kind {
        Kind::Loading => view! { <ends::Loading page /> }.into_any(),
        Kind::Welcome => view! { <welcome::Welcome page /> }.into_any(),
        Kind::Consent => view! { <consent::Consent page /> }.into_any(),
        Kind::Refused => view! { <ends::Refused page /> }.into_any(),
        Kind::SoundCheck => view! { <sound_check::SoundCheck page /> }.into_any(),
        Kind::Headphones => view! { <headphones::Headphones page /> }.into_any(),
        Kind::HeadphonesFailed => view! { <ends::HeadphonesFailed page /> }.into_any(),
        Kind::Instructions => view! { <instructions::Instructions page /> }.into_any(),
        Kind::Trial => view! { <trial::Trial page /> }.into_any(),
        Kind::Familiarity => view! { <familiarity::Familiarity page /> }.into_any(),
        Kind::Break => view! { <break_time::BreakTime page /> }.into_any(),
        Kind::Debrief => view! { <debrief::Debrief page /> }.into_any(),
        Kind::Done => view! { <done::Done page /> }.into_any(),
        Kind::Resumable => view! { <resumable::Resumable page /> }.into_any(),
        Kind::Unfit => view! { <resumable::Unfit page /> }.into_any(),
        Kind::OtherTab => view! { <ends::OtherTab page /> }.into_any(),
        Kind::NoStorage => view! { <ends::NoStorage page /> }.into_any(),
        Kind::Withdrawn => view! { <ends::Withdrawn page /> }.into_any(),
        Kind::Failed => view! { <ends::Failed page /> }.into_any(),
    }
}

#[cfg(test)]
#[cfg(target_arch = "wasm32")]
mod tests;
