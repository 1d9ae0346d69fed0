//! A participant's own answers as a small picture: of each way of choosing the share that was
//! liked, with its interval.

use super::page::{Page, say};
use crate::i18n::Locale;
use crate::session::PageScreen;
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::recommend::Condition;
use shared::statistics::{Interval, wilson_interval};
use shared::study::{ConditionLikes, Screen};

/// Width of the drawing, left and right margin of the scale, height of a row, in its own units.
const WIDTH: f64 = 320.0;
const MARGIN: f64 = 10.0;
const ROW: f64 = 48.0;
/// Outlines of 16 by 16, centred; each condition has its shape as well as its hue.
const SHAPES: [&str; 4] =
    ["M0-7a7 7 0 1 0 .01 0z", "M-6-6h12v12h-12z", "M0-7l7.5 14h-15z", "M0-8l8 8-8 8-8-8z"];

/// The place of a condition among hues and shapes; a study has one of the two controls.
pub(super) fn mark(condition: Condition) -> usize {
    match condition {
        Condition::Audio => 0,
        Condition::Multimodal => 1,
        Condition::Lyrics => 2,
        Condition::Random | Condition::Genre => 3,
    }
}

/// The mark of a condition, as high as a line.
#[component]
pub(super) fn ConditionMark(condition: Condition) -> impl IntoView {
    let index = mark(condition);
    view! {
        <svg class=format!("mark hue-{index}") viewBox="-8 -8 16 16" aria-hidden="true">
            <path d=SHAPES[index] />
        </svg>
    }
}

/// What the numbers say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Finding {
    /// One condition was liked most often; whether the intervals part it from all others.
    Best { condition: Condition, is_sure: bool },
    /// Two or more were.
    Tie,
    /// Nothing was heard.
    TooFew,
}

fn finding(likes: &[ConditionLikes]) -> Finding {
    let heard: Vec<_> = likes.iter().filter(|likes| likes.n_answered > 0).collect();
    let share = |likes: &ConditionLikes| f64::from(likes.n_liked) / f64::from(likes.n_answered);
    let Some(best) = heard.iter().max_by(|a, b| share(a).total_cmp(&share(b))) else {
        return Finding::TooFew;
    };
    let others = || heard.iter().filter(|likes| likes.condition != best.condition);
    if others().next().is_none() {
        return Finding::TooFew;
    }
    if others().any(|other| share(other) == share(best)) {
        return Finding::Tie;
    }
    let interval = |likes: &ConditionLikes| wilson_interval(likes.n_liked, likes.n_answered);
    let is_sure = others().all(|other| interval(other).high < interval(best).low);
    Finding::Best { condition: best.condition, is_sure }
}

/// The picture and what it says.
#[component]
pub(super) fn OwnLikes(page: Page) -> impl IntoView {
    let likes = page.view.likes;
    move || {
        let (likes, locale) = (likes.get(), page.locale.get());
        if finding(&likes) == Finding::TooFew {
            return view! { <p>{say!(page, debrief.too_few)}</p> }.into_any();
        }
        let said = finding_text(locale, &likes);
        view! {
            <p>{said}</p>
            <figure class="own-likes">
                {picture(locale, &likes)}
                <figcaption class="quiet">{say!(page, debrief.own_text)}</figcaption>
            </figure>
        }
        .into_any()
    }
}

fn finding_text(locale: Locale, likes: &[ConditionLikes]) -> String {
    match finding(likes) {
        Finding::TooFew => td_string!(locale, debrief.too_few).to_owned(),
        Finding::Tie => td_string!(locale, debrief.finding_tie).to_owned(),
        Finding::Best { condition, is_sure } => {
            let name = condition_name(locale, condition);
            let best = td_string!(locale, debrief.finding_best, name).to_string();
            let unsure = td_string!(locale, debrief.finding_unsure);
            if is_sure { best } else { format!("{best} {unsure}") }
        }
    }
}

fn picture(locale: Locale, likes: &[ConditionLikes]) -> impl IntoView + use<> {
    let rows: Vec<_> = likes.iter().filter(|likes| likes.n_answered > 0).copied().collect();
    let height = ROW * rows.len() as f64 + 24.0;
    let described = rows.iter().map(|row| row_text(locale, *row));
    let alt: Vec<_> = std::iter::once(finding_text(locale, likes)).chain(described).collect();
    let lines = rows.iter().enumerate().map(|(at, row)| row_view(locale, at, *row)).collect_view();
    let foot = height - 6.0;
    view! {
        <svg
            role="img"
            aria-label=alt.join(" ")
            viewBox=format!("0 0 {WIDTH} {height}")
            class="likes-picture"
        >
            {lines}
            <text x=MARGIN y=foot class="likes-foot">{td_string!(locale, debrief.axis_none)}</text>
            <text x=WIDTH - MARGIN y=foot text-anchor="end" class="likes-foot">
                {td_string!(locale, debrief.axis_all)}
            </text>
        </svg>
    }
}

fn row_view(locale: Locale, at: usize, likes: ConditionLikes) -> impl IntoView {
    let Interval { low, high } = wilson_interval(likes.n_liked, likes.n_answered);
    let x = |share: f64| MARGIN + share * (WIDTH - 2.0 * MARGIN);
    let top = ROW * at as f64;
    let (text_y, line_y) = (top + 14.0, top + 30.0);
    let share = f64::from(likes.n_liked) / f64::from(likes.n_answered);
    let index = mark(likes.condition);
    let (liked, answered) = (likes.n_liked, likes.n_answered);
    view! {
        <g class=format!("hue-{index}")>
            <text x=MARGIN y=text_y>{condition_name(locale, likes.condition)}</text>
            <text x=WIDTH - MARGIN y=text_y text-anchor="end">
                {td_string!(locale, debrief.of, liked, answered).to_string()}
            </text>
            <line class="likes-scale" x1=x(0.0) y1=line_y x2=x(1.0) y2=line_y />
            <line class="likes-interval" x1=x(low) y1=line_y x2=x(high) y2=line_y />
            <path d=SHAPES[index] transform=format!("translate({:.1} {line_y})", x(share)) />
        </g>
    }
}

fn row_text(locale: Locale, likes: ConditionLikes) -> String {
    let Interval { low, high } = wilson_interval(likes.n_liked, likes.n_answered);
    let percent = |share: f64| (share * 100.0).round() as u32;
    let name = condition_name(locale, likes.condition);
    let (liked, answered) = (likes.n_liked, likes.n_answered);
    let (low, high) = (percent(low), percent(high));
    td_string!(locale, debrief.row_alt, name, liked, answered, low, high).to_string()
}

/// How songs of a condition were chosen, as in "chosen by sound".
pub(super) fn condition_name(locale: Locale, condition: Condition) -> &'static str {
    match condition {
        Condition::Audio => td_string!(locale, condition.audio),
        Condition::Multimodal => td_string!(locale, condition.multimodal),
        Condition::Lyrics => td_string!(locale, condition.lyrics),
        Condition::Random => td_string!(locale, condition.random),
        Condition::Genre => td_string!(locale, condition.genre),
    }
}

/// Whether the session is at the debrief because the participant stopped it.
pub(super) fn was_stopped(screen: &PageScreen) -> bool {
    use shared::study::EndReason::Stopped;
    matches!(screen, PageScreen::Study(Screen::Debrief(Stopped) | Screen::Done(Stopped)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    fn likes(counts: [(u32, u32); 3]) -> Vec<ConditionLikes> {
        let conditions = [Condition::Audio, Condition::Multimodal, Condition::Random];
        conditions
            .into_iter()
            .zip(counts)
            .map(|(condition, (n_liked, n_answered))| ConditionLikes {
                condition,
                n_liked,
                n_answered,
            })
            .collect()
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn a_lead_is_called_one_only_where_the_intervals_part() {
        let multimodal = |is_sure| Finding::Best { condition: Condition::Multimodal, is_sure };
        assert_eq!(finding(&likes([(5, 10), (6, 10), (4, 10)])), multimodal(false));
        assert_eq!(finding(&likes([(10, 100), (90, 100), (20, 100)])), multimodal(true));
        assert_eq!(finding(&likes([(6, 10), (6, 10), (0, 10)])), Finding::Tie);
        assert_eq!(finding(&likes([(1, 2), (2, 4), (0, 0)])), Finding::Tie);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn one_condition_alone_leads_nothing() {
        assert_eq!(finding(&[]), Finding::TooFew);
        assert_eq!(finding(&likes([(0, 0), (0, 0), (0, 0)])), Finding::TooFew);
        assert_eq!(finding(&likes([(1, 1), (0, 0), (0, 0)])), Finding::TooFew);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_words_hold_the_numbers() {
        let text = row_text(Locale::en, likes([(7, 10); 3])[0]);
        assert_eq!(text, "by sound: 7 of 10 liked, plausibly 40 to 89 percent.");
        let text = finding_text(Locale::nl, &likes([(5, 10), (6, 10), (4, 10)]));
        assert!(text.contains("op klank en tekst") && text.ends_with("toeval zijn."), "{text}");
    }
}
