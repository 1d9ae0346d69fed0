//! How far the analysis of the listener's own song is, and where its networks run.

use super::devices::Sense;
use super::own_song::{Fetched, OwnSong, Progress};
use crate::bundle_source::sentence;
use crate::platform::networks::Stage;
use crate::wording::part_of_size;
use leptos::prelude::*;

/// What a worker is at, or why it is not.
#[component]
pub(super) fn Status(
    progress: RwSignal<Progress>,
    /// What is heard or read.
    what: &'static str,
    /// Asks once more for what could not be had.
    again: Callback<()>,
) -> impl IntoView {
    // Numbers that rise change within what is shown, so that a screen reader does not begin anew with each of them.
    let shown = Memo::new(move |_| match progress.get() {
        Progress::Fetching(_) => Progress::Fetching(Fetched::default()),
        Progress::FetchingProgram(_) => Progress::FetchingProgram(Fetched::default()),
        other => other,
    });
    move || {
        match shown.get() {
        Progress::Idle | Progress::Done => ().into_any(),
        Progress::Loading => {
            view! { <p role="status" class="loading">"Fetching the network…"</p> }.into_any()
        }
        Progress::Fetching(_) => view! { <Download progress what of="network" /> }.into_any(),
        Progress::FetchingProgram(_) => view! { <Download progress what of="program" /> }.into_any(),
        Progress::Starting => {
            view! { <p role="status" class="loading">"Starting the network's program…"</p> }
                .into_any()
        }
        Progress::At(stage) => view! {
            <div role="status" class="loading">
                <progress max="5" value=stage as u8 aria-label=what></progress>
                <span>{stage_text(stage)}</span>
            </div>
        }
        .into_any(),
        Progress::Unprepared(why) => view! {
            <div class="notice" role="alert">
                <h3>{what} " can't be analysed now"</h3>
                <p>{sentence(&why)}</p>
                <button class="side-button" data-action="prepare-again" on:click=move |_| again.run(())>
                    "Try again"
                </button>
            </div>
        }
        .into_any(),
        Progress::Failed(why) => view! {
            <div class="notice" role="alert">
                <h3>{what} " can't be used"</h3>
                <p>{sentence(&why)}</p>
            </div>
        }
        .into_any(),
    }
    }
}

/// How much of the networks, or of a program, is there.
#[component]
fn Download(
    progress: RwSignal<Progress>,
    what: &'static str,
    /// What is fetched.
    of: &'static str,
) -> impl IntoView {
    let fetched = move || match progress.get() {
        Progress::Fetching(fetched) | Progress::FetchingProgram(fetched) => fetched,
        _ => Fetched::default(),
    };
    let text = move || part_of_size(fetched().n_bytes, fetched().of);
    view! {
        <div class="loading">
            <p role="status">{format!("Fetching the {of}…")}</p>
            <progress
                max=move || fetched().of.to_string()
                value=move || fetched().n_bytes.to_string()
                aria-label=format!("{what}: fetching the {of}")
                aria-valuetext=text
            ></progress>
            " "
            <span aria-hidden="true">{text}</span>
        </div>
    }
}

fn stage_text(stage: Stage) -> &'static str {
    match stage {
        Stage::File => "Reading the file…",
        Stage::Decode => "Decoding the clip…",
        Stage::Spectrogram => "Computing the spectrogram…",
        Stage::Tokens => "Cutting the lyrics into tokens…",
        Stage::Network => "The network runs…",
    }
}

/// Where the networks of a sense run.
pub(super) fn device_text(own: OwnSong, sense: Sense) -> Option<String> {
    own.devices(sense).with(|devices| devices.text(sense)).map(|text| sentence(&text))
}
