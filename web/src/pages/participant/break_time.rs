//! A pause.

use super::page::{Page, say};
use super::parts::Press;
use super::trial_parts::StopHere;
use crate::components::ring::Ring;
use crate::session::Action;
use leptos::prelude::*;
use leptos_i18n::td_string;
use std::time::Duration;

/// How often the countdown looks at the clock.
const LOOK_EVERY: Duration = Duration::from_millis(250);

/// A pause that lasts at least as long as the design says.
#[component]
pub(super) fn BreakTime(page: Page) -> impl IntoView {
    let total_secs = page.design().breaks.map_or(0, |breaks| breaks.at_least_secs);
    let left_secs = countdown(total_secs);
    let share = Signal::derive(move || match total_secs {
        0 => 1.0,
        total => 1.0 - left_secs.get() / f64::from(total),
    });
    let is_waiting = Signal::derive(move || left_secs.get() > 0.0);
    let number = move || left_secs.get().ceil() as u32;
    let centre = move || match number() {
        0 => td_string!(page.locale.get(), pause.ready).to_owned(),
        number => td_string!(page.locale.get(), pause.seconds_left, number).to_string(),
    };
    let hint = move || match number() {
        0 => td_string!(page.locale.get(), pause.go_on).to_owned(),
        number => td_string!(page.locale.get(), pause.wait, number).to_string(),
    };
    view! {
        <article class="reading" data-screen="break">
            <h1 tabindex="-1">{say!(page, pause.title)}</h1>
            <p>{say!(page, pause.text)}</p>
            <div class="ring-place">
                <Ring share>
                    <span class="ring-word">{centre}</span>
                </Ring>
            </div>
            <p>{hint}</p>
            <div class="actions">
                <Press page name="continue" action=Action::EndBreak disabled=is_waiting>
                    {say!(page, pause.end)}
                </Press>
                <StopHere page />
            </div>
        </article>
    }
}

/// Seconds left; by the clock, since timers of a hidden page come late.
fn countdown(total_secs: u32) -> ReadSignal<f64> {
    let end_millis = js_sys::Date::now() + f64::from(total_secs) * 1_000.0;
    let (left_secs, set_left_secs) = signal(f64::from(total_secs));
    if total_secs == 0 {
        return left_secs;
    }
    let look = move || {
        set_left_secs.set(((end_millis - js_sys::Date::now()) / 1_000.0).max(0.0));
    };
    match set_interval_with_handle(look, LOOK_EVERY) {
        Ok(timer) => on_cleanup(move || timer.clear()),
        // Without a timer the pause would never end: it ends at once.
        Err(error) => {
            leptos::logging::error!("there is no timer: {error:?}");
            set_left_secs.set(0.0);
        }
    }
    left_secs
}
