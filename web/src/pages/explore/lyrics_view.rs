//! Lyrics of the listener's own song on the page: written, or taken from a text file.

use super::condition_title;
use super::devices::Sense;
use super::lyrics_file;
use super::own_song::OwnSong;
use super::own_song_status::{Status, device_text};
use super::token_notes::token_notes;
use crate::bundle_source::sentence;
use crate::platform::files::chosen_files;
use crate::platform::pending::Pending;
use crate::wording::size;
use leptos::prelude::*;
use shared::recommend::Condition;
use web_sys::File;

/// What stands in the field of the lyrics.
#[derive(Clone, Copy)]
pub(super) struct LyricsField {
    text: RwSignal<String>,
    /// Why the file that was chosen last can't be used.
    fault: RwSignal<Option<String>>,
    /// Reads that file.
    reading: StoredValue<Option<Pending>, LocalStorage>,
}

impl LyricsField {
    pub(super) fn new() -> Self {
        let (text, fault) = (RwSignal::new(String::new()), RwSignal::new(None));
        Self { text, fault, reading: StoredValue::new_local(None) }
    }

    /// Takes the lyrics from the first of some files.
    pub(super) fn take_first(self, files: Vec<File>) {
        let Some(file) = files.into_iter().next() else { return };
        self.fault.set(None);
        let reading = Pending::start(async move {
            match lyrics_file::read(&file).await {
                Ok(lyrics) => drop(self.text.try_set(lyrics)),
                Err(error) => drop(self.fault.try_set(Some(error.to_string()))),
            }
        });
        self.reading.set_value(Some(reading));
    }

    /// Empties the field: what stood there is another song's.
    pub(super) fn empty(self) {
        self.write(String::new());
    }

    /// Takes what was written.
    fn write(self, text: String) {
        self.reading.set_value(None);
        self.fault.set(None);
        self.text.set(text);
    }
}

/// Lyrics, for the networks that read.
#[component]
pub(super) fn Lyrics(
    own: OwnSong,
    field: LyricsField,
    /// What is fetched when lyrics are first read.
    bytes: Option<u64>,
) -> impl IntoView {
    let LyricsField { text, fault, .. } = field;
    let take = move |event: leptos::ev::Event| field.take_first(chosen_files(&event));
    let has_read = move || own.said.with(|said| said.iter().any(|own| own.name != "audio"));
    view! {
        <label class="finder">
            <span>"Its lyrics, if you have them"</span>
            <textarea
                rows="4"
                data-action="own-lyrics"
                prop:value=text
                on:input=move |event| field.write(event_target_value(&event))
            />
        </label>
        <div class="row">
            <button
                class="side-button"
                data-action="own-read"
                disabled=move || text.with(|text| text.trim().is_empty())
                on:click=move |_| own.read(text.get_untracked())
            >
                "Read the lyrics"
            </button>
            <label class="file-label">
                "From a text file"
                <input type="file" accept="text/plain,.txt,.lrc" data-action="own-lyrics-file" on:change=take />
            </label>
        </div>
        <p class="quiet">{move || match has_read() {
            true => "The lists by lyrics follow these words.".to_owned(),
            false => format!(
                "Without lyrics only the network that hears is used: the list '{}'. {}",
                condition_title(Condition::Audio),
                match bytes {
                    Some(bytes) => format!(
                        "What reads is fetched when it is needed: {} of networks, and a program.",
                        size(bytes)
                    ),
                    None => "The bundle holds no network that reads.".to_owned(),
                }
            ),
        }}</p>
        <p class="quiet" data-reading-device="">
            {move || has_read().then(|| device_text(own, Sense::Reading)).flatten()}
        </p>
        <div role="status" data-tokens="">
            {move || {
                let notes = own.token_counts.with(|counts| token_notes(counts));
                notes.into_iter().map(|note| view! { <p>{sentence(&note)}</p> }).collect_view()
            }}
        </div>
        {move || fault.get().map(|why| view! {
            <div class="notice" role="alert">
                <h3>"This file can't be used"</h3>
                <p>{sentence(&why)}</p>
            </div>
        })}
        <Status progress=own.reading what="The lyrics" again=Callback::new(move |()| own.read_again()) />
    }
}
