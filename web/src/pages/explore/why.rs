//! Why a song stands in a list: the two moments, of it and of what leads there, that the network finds most
//! alike, to be heard in turn.

use super::Explored;
use super::catalogue::stimulus_address;
use super::moments::Moments;
use super::player::{Moment, MomentSound};
use crate::bundle_source::sentence;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::recommend::{Condition, most_alike};
use std::sync::Arc;

/// What was found out.
#[derive(Clone)]
enum Found {
    Nothing,
    Looking,
    Failed(String),
    Done(Reason),
}

/// Two moments that are alike.
#[derive(Clone)]
struct Reason {
    similarity: f32,
    /// Where they begin in what can be heard, in seconds.
    starts_secs: [f64; 2],
    duration_secs: f64,
    /// Which of the songs that lead to the list it is.
    lead: Lead,
    /// How many of them there are.
    n_leads: usize,
}

/// A song that leads to a list.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Lead {
    /// Of the catalogue, by its place.
    Song(usize),
    Own,
}

/// A question that is answered when it is asked; nothing where no song leads that was heard, or the bundle holds no
/// moments for the condition.
#[component]
pub(super) fn Why(explored: Explored, condition: Condition, place: usize) -> impl IntoView {
    let catalogue = explored.catalogue.get_value();
    let leads = Arc::new(leads(explored, condition));
    if leads.is_empty() || !catalogue.has_moments(condition) {
        return ().into_any();
    }
    let found = RwSignal::new(Found::Nothing);
    let ask = move |_| {
        if !matches!(found.get_untracked(), Found::Nothing | Found::Failed(_)) {
            return;
        }
        found.set(Found::Looking);
        let (catalogue, leads) = (Arc::clone(&catalogue), Arc::clone(&leads));
        spawn_local(async move {
            let places = leads.iter().filter_map(|lead| match lead {
                Lead::Song(place) => Some(*place),
                Lead::Own => None,
            });
            let reason = match catalogue.moments(condition, places.chain([place])).await {
                Ok(moments) => reason(explored, (condition, &moments), &leads, place),
                Err(why) => Err(why),
            };
            let _gone = found.try_set(reason.map_or_else(Found::Failed, Found::Done));
        });
    };
    view! {
        <details class="why" on:toggle=ask>
            <summary data-action="why">"Why?"</summary>
            {move || match found.get() {
                Found::Nothing => ().into_any(),
                Found::Looking => view! { <p role="status" class="loading">"Comparing…"</p> }.into_any(),
                Found::Failed(why) => view! { <p role="alert">{sentence(&why)}</p> }.into_any(),
                Found::Done(reason) => {
                    view! { <Answer explored condition place reason /> }.into_any()
                }
            }}
        </details>
    }
    .into_any()
}

#[component]
fn Answer(explored: Explored, condition: Condition, place: usize, reason: Reason) -> impl IntoView {
    let title =
        move |place| explored.pages.follow(place).map_or_else(|| "…".to_owned(), |song| song.title);
    let Reason { lead, n_leads, similarity, duration_secs, .. } = reason;
    // Of the listener's own song times are those of the whole song, as everywhere else on the page; the last slice of a short
    // one reaches beyond its end.
    let clip = match lead {
        Lead::Own => explored.own().sound.with_untracked(|own| own.as_ref().map(|own| own.clip)),
        Lead::Song(_) => None,
    };
    let span = |start_secs: f64, end_secs: f64| format!("{start_secs:.1} to {end_secs:.1} s");
    let [of_lead, of_song] = reason.starts_secs.map(|start| (start, start + duration_secs));
    let spans = [
        clip.map_or_else(
            || span(of_lead.0, of_lead.1),
            |clip| {
                let end_secs = of_lead.1.min(clip.duration_secs);
                span(clip.start_secs + of_lead.0, clip.start_secs + end_secs)
            },
        ),
        span(of_song.0, of_song.1),
    ];
    let text = move || {
        let [of_lead, of_song] = &spans;
        let lead = match lead {
            Lead::Song(place) => format!("‘{}’", title(place)),
            Lead::Own => "your song".to_owned(),
        };
        let song = title(place);
        let among = match n_leads {
            1 => String::new(),
            n => format!(", among the {n} songs that you like"),
        };
        format!(
            "Most alike{among}: {of_lead} of {lead} and {of_song} of ‘{song}’ (similarity {similarity:.3})."
        )
    };
    let plays = move || explored.player.plays_pair(condition, place);
    let play = move |_| {
        if let Some(pair) = moments(explored, &reason, place) {
            explored.player.turn_pair(condition, place, pair);
        }
    };
    view! {
        <p role="status">{text}</p>
        <button class="side-button" data-action="why-play" on:click=play>
            {move || if plays() { "Stop" } else { "Hear both in turn" }}
        </button>
    }
}

/// The songs that lead to a list; what is disliked leads nowhere.
fn leads(explored: Explored, condition: Condition) -> Vec<Lead> {
    if explored.own().is_given_untracked() {
        let is_heard = explored.own().slice_vectors(condition).is_some();
        return if is_heard { vec![Lead::Own] } else { Vec::new() };
    }
    explored.taste.with_untracked(|taste| taste.liked.iter().copied().map(Lead::Song).collect())
}

fn reason(
    explored: Explored,
    (condition, moments): (Condition, &Moments),
    leads: &[Lead],
    place: usize,
) -> Result<Reason, String> {
    let missing = || "the bundle holds no moments of this song".to_owned();
    let (of_song, file) = moments.slices(place).ok_or_else(missing)?;
    let with_lead = |lead: &Lead| {
        let of_lead = match lead {
            Lead::Song(place) => moments.slices(*place).map(|(slices, _)| slices.to_vec()),
            Lead::Own => explored.own().slice_vectors(condition),
        };
        Some((*lead, most_alike(&of_lead?, of_song, file.table.dim())?))
    };
    let found = leads.iter().filter_map(with_lead);
    let (lead, pair) = found
        .reduce(|best, next| if next.1.similarity > best.1.similarity { next } else { best })
        .ok_or_else(missing)?;
    let start_secs = |slice: usize| slice as f64 * file.slice_secs;
    Ok(Reason {
        similarity: pair.similarity,
        starts_secs: [start_secs(pair.first), start_secs(pair.second)],
        duration_secs: file.slice_secs,
        lead,
        n_leads: leads.len(),
    })
}

/// Both moments as they are heard.
fn moments(explored: Explored, reason: &Reason, place: usize) -> Option<[Moment; 2]> {
    let of_song = |place| {
        let song = explored.pages.known(place)?;
        Some(MomentSound::Address(stimulus_address(&song)))
    };
    let of_lead = match &reason.lead {
        Lead::Song(place) => of_song(*place)?,
        Lead::Own => {
            let sound = explored.own().sound.get_untracked()?;
            MomentSound::Own(sound.samples.clone(), sound.mel.config.sample_rate_hz)
        }
    };
    let duration_secs = reason.duration_secs;
    let [first, second] = reason.starts_secs;
    Some([
        Moment { sound: of_lead, start_secs: first, duration_secs },
        Moment { sound: of_song(place)?, start_secs: second, duration_secs },
    ])
}
