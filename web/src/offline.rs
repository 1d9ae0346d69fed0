//! Without a connection: what is kept on the device, and new versions of the page.

use crate::bundle_source::{FOLDER, file_address};
use crate::i18n::Locale;
use crate::platform::service_worker::{ServiceWorker, WorkerReport, WorkerState};
use leptos::prelude::*;
use leptos_i18n::td_string;
use shared::bundle::{FileRecord, FileRole, MANIFEST_FILE, Manifest};
use shared::study::text_direction;

/// A bundle whose files for a study are larger than this is not kept whole: phones pay for what they
/// download. A session then fetches its clips ahead, and needs a connection.
const KEPT_BYTES: u64 = 100_000_000;

/// What is kept on the device for when there is no connection. Cheap to copy.
#[derive(Clone, Copy)]
pub(crate) struct Offline {
    worker: StoredValue<Option<ServiceWorker>, LocalStorage>,
    state: RwSignal<WorkerState>,
    wanted: RwSignal<Vec<String>>,
    /// Whether the new version was asked for in vain, because the site is open in another tab as well.
    others_open: RwSignal<bool>,
}

impl Offline {
    /// Has the page itself kept.
    pub(crate) fn start() -> Self {
        let (state, wanted) = (RwSignal::new(WorkerState::Installing), RwSignal::new(Vec::new()));
        let (worker, others_open) = (StoredValue::new_local(None), RwSignal::new(false));
        let offline = Self { worker, state, wanted, others_open };
        worker.set_value(Some(ServiceWorker::register(move |report| match report {
            WorkerReport::State(new) => {
                let _gone = state.try_set(new);
                offline.keep_wanted();
            }
            WorkerReport::OthersOpen => {
                let _gone = others_open.try_set(true);
            }
            WorkerReport::Cached { .. } => {}
        })));
        offline
    }

    /// Has these files of the bundle kept as well, as soon as the page is.
    pub(crate) fn keep(self, addresses: Vec<String>) {
        if self.wanted.try_set(addresses).is_none() {
            self.keep_wanted();
        }
    }

    fn keep_wanted(self) {
        let is_ready = matches!(
            self.state.try_get_untracked(),
            Some(WorkerState::Ready | WorkerState::UpdateWaiting)
        );
        let wanted = self.wanted.try_get_untracked().unwrap_or_default();
        if is_ready && !wanted.is_empty() {
            let _asked = self.worker.try_with_value(|worker| {
                worker.as_ref().is_some_and(|worker| worker.cache_bundle(&wanted))
            });
        }
    }

    fn apply_update(self) {
        self.others_open.set(false);
        self.worker.with_value(|worker| {
            if let Some(worker) = worker {
                worker.apply_update();
            }
        });
    }
}

/// Whether a bundle is small enough that what a study needs of it may be kept. What stands in lists can be heard.
pub(crate) fn may_be_kept(manifest: &Manifest) -> bool {
    let listed = manifest.file_lists.iter().map(|list| list.bytes);
    listed.fold(0, u64::saturating_add) <= KEPT_BYTES
}

/// The addresses of what a study needs of a bundle: all but its networks, and of the stimuli those that
/// `is_heard` accepts by their path. None where that is too much to keep.
pub(crate) fn addresses(manifest: &Manifest, is_heard: impl Fn(&str) -> bool) -> Vec<String> {
    let is_needed = |path: &str, file: &FileRecord| match file.role {
        FileRole::ModelConfig | FileRole::ModelWeights | FileRole::Tokenizer => false,
        // Nobody who takes part looks at a map, asks why songs are alike, or looks for one.
        FileRole::Stimulus
        | FileRole::Map
        | FileRole::Moments
        | FileRole::EmbeddingPart
        | FileRole::SongPage => is_heard(path),
        _ => true,
    };
    let needed = || manifest.files.iter().filter(|(path, file)| is_needed(path, file));
    if needed().map(|(_, file)| file.bytes).sum::<u64>() > KEPT_BYTES {
        return Vec::new();
    }
    let files = needed().map(|(path, _)| file_address(path));
    std::iter::once(format!("{FOLDER}/{MANIFEST_FILE}")).chain(files).collect()
}

/// Says that a new version of the page is there, and takes it when asked to.
#[component]
pub(crate) fn UpdateNotice(
    /// What knows of new versions.
    offline: Offline,
    /// Whether it may be said now.
    #[prop(into)]
    shown: Signal<bool>,
    /// The language in which it is said.
    #[prop(into)]
    locale: Signal<Locale>,
) -> impl IntoView {
    let is_shown = move || shown.get() && offline.state.get() == WorkerState::UpdateWaiting;
    // As signals: what is compiled for each type of text is compiled once.
    let lang = Signal::derive(move || locale.get().to_string());
    let dir = Signal::derive(move || text_direction(&lang.read()).to_owned());
    let said = Signal::derive(move || {
        let text = if offline.others_open.get() {
            td_string!(locale.get(), update.others_open)
        } else {
            td_string!(locale.get(), update.ready)
        };
        text.to_owned()
    });
    let use_it = Signal::derive(move || td_string!(locale.get(), update.use_it).to_owned());
    view! {
        <Show when=is_shown>
            <aside class="update" role="status" lang=lang dir=dir>
                <p>{said}</p>
                <button
                    class="main-button"
                    data-action="update"
                    on:click=move |_| offline.apply_update()
                >
                    {use_it}
                </button>
            </aside>
        </Show>
    }
}
