//! The sections of the bundle page.

use crate::bundle_source::{FileState, Inventory};
use crate::components::copy_button::CopyButton;
use crate::components::data_table::{Cell, Column, DataTable};
use crate::components::genre_mark::GenreMark;
use crate::summary::{self, ConditionRow, GenreRow};
use crate::wording::{count, counted, size};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::{Bundle, FileRecord, FileRole, Manifest};
use std::sync::Arc;

/// Songs and recommendations.
#[component]
pub(super) fn Parts(bundle: Arc<Bundle>) -> impl IntoView {
    if bundle.songs.tracks.is_empty() {
        return view! {
            <section>
                <h2>"Songs"</h2>
                <p>"The bundle holds no song yet: add some with 'segue catalog' and export again."</p>
            </section>
        }
        .into_any();
    }
    view! { <Songs bundle=Arc::clone(&bundle) /> <Recommendations bundle /> }.into_any()
}

#[component]
fn Songs(bundle: Arc<Bundle>) -> impl IntoView {
    const COLUMNS: &[Column] = &[
        Column::text("Genre"),
        Column::number("Songs"),
        Column::number("Test songs"),
        Column::number("Artists"),
    ];
    let genres = summary::genres(&bundle);
    let most = genres.iter().map(|row| row.n_songs).max().unwrap_or(0).max(1);
    let rows = genres.into_iter().map(|row| genre_cells(&row, most)).collect();
    let n_songs = counted(bundle.songs.tracks.len(), "song", "songs");
    let n_genres = counted(bundle.songs.genres.len(), "genre", "genres");
    view! {
        <section>
            <h2>"Songs"</h2>
            <p>{n_songs} " in " {n_genres} ". The networks never learnt from the test songs."</p>
            <DataTable caption="Songs per genre" columns=COLUMNS rows />
        </section>
    }
}

fn genre_cells(row: &GenreRow, most: usize) -> Vec<Cell> {
    let (index, genre) = (row.index, row.genre.clone());
    let name = Cell::text(genre.clone()).shown_as(move || {
        view! { <span class="genre"><GenreMark index />{genre.clone()}</span> }.into_any()
    });
    let (n_songs, share) = (row.n_songs, 100.0 * row.n_songs as f64 / most as f64);
    let songs = number(n_songs).shown_as(move || {
        view! {
            <span class="bar-frame" aria-hidden="true">
                <span class=format!("bar hue-{}", index % 4) style:width=format!("{share:.1}%") />
            </span>
            {count(n_songs)}
        }
        .into_any()
    });
    vec![name, songs, number(row.n_test), number(row.n_artists)]
}

#[component]
fn Recommendations(bundle: Arc<Bundle>) -> impl IntoView {
    const COLUMNS: &[Column] = &[
        Column::text("Condition"),
        Column::number("Anchor songs"),
        Column::number("Recommendations"),
        Column::number("Different songs"),
    ];
    let cells = |row: ConditionRow| {
        let numbers = [row.n_anchors, row.n_rows, row.n_recommended].map(number);
        std::iter::once(Cell::text(row.condition)).chain(numbers).collect()
    };
    let rows = summary::conditions(&bundle).into_iter().map(cells).collect();
    view! {
        <section>
            <h2>"Recommendations"</h2>
            <p>"From each anchor song, what each way of recommending puts next."</p>
            <DataTable caption="Recommendations per condition" columns=COLUMNS rows />
        </section>
    }
}

/// What participants hear.
#[component]
pub(super) fn Sound(manifest: Arc<Manifest>) -> impl IntoView {
    let (n_stimuli, bytes) = summary::files_of(&manifest, &FileRole::Stimulus);
    let text = match n_stimuli {
        0 => "The bundle holds no stimulus, so there is nothing to hear yet.".to_owned(),
        n => format!(
            "{}, {} in all, {} each on average.",
            counted(n, "stimulus", "stimuli"),
            size(bytes),
            size(bytes / n as u64)
        ),
    };
    view! {
        <section>
            <h2>"Sound"</h2>
            <p>{text}</p>
        </section>
    }
}

/// Embedding tables and networks.
#[component]
pub(super) fn Networks(manifest: Arc<Manifest>) -> impl IntoView {
    const TABLES: &[Column] =
        &[Column::text("Table"), Column::number("Songs"), Column::number("Dimensions")];
    const NETWORKS: &[Column] =
        &[Column::text("Network"), Column::number("Weights"), Column::text("Reads lyrics")];
    let tables = manifest
        .embeddings
        .iter()
        .map(|(name, table)| vec![Cell::text(name), number(table.n_tracks), number(table.dim)]);
    let networks = manifest.models.iter().map(|(name, model)| {
        let bytes = manifest.files.get(&model.weights).map_or(0, |file| file.bytes);
        let reads = if model.tokenizer.is_some() { "yes" } else { "no" };
        vec![Cell::text(name), Cell::number(bytes as f64, size(bytes)), Cell::text(reads)]
    });
    view! {
        <section>
            <h2>"Embeddings and networks"</h2>
            <p>"A song's embedding says where it lies among the others."</p>
            <DataTable caption="Embedding tables" columns=TABLES rows=tables.collect() />
            <DataTable caption="Networks" columns=NETWORKS rows=networks.collect() />
        </section>
    }
}

/// The files, each with its hash and whether it holds.
#[component]
pub(super) fn Files(manifest: Arc<Manifest>, inventory: Inventory) -> impl IntoView {
    const COLUMNS: &[Column] = &[
        Column::text("File"),
        Column::text("For"),
        Column::number("Size"),
        Column::text("SHA-256"),
        Column::text("Checked"),
    ];
    let rows = |stimuli: bool| -> Vec<_> {
        let chosen =
            manifest.files.iter().filter(|(_, file)| (file.role == FileRole::Stimulus) == stimuli);
        chosen.map(|(path, file)| file_cells(path, file, &inventory)).collect()
    };
    let (parts, stimuli) = (rows(false), rows(true));
    let n_stimuli = counted(stimuli.len(), "stimulus", "stimuli");
    let checking = RwSignal::new(false);
    let rest = inventory.clone();
    let check_rest = move |_| {
        let rest = rest.clone();
        checking.set(true);
        spawn_local(async move { rest.check_rest().await });
    };
    let all_known = move || {
        let counts = inventory.counts();
        counts.n_right + counts.n_wrong == counts.n_files
    };
    view! {
        <section>
            <h2>"Files"</h2>
            <p>"Small files are checked at once; the others when you ask for it."</p>
            <button
                class="main-button"
                disabled=move || checking.get() || all_known()
                on:click=check_rest
            >
                "Check every file"
            </button>
            <DataTable caption="Files of the bundle" columns=COLUMNS rows=parts />
            <details>
                <summary>{n_stimuli}</summary>
                <DataTable caption="Stimuli" columns=COLUMNS rows=stimuli />
            </details>
        </section>
    }
}

fn file_cells(path: &str, file: &FileRecord, inventory: &Inventory) -> Vec<Cell> {
    let (hash, of) = (file.sha256.clone(), path.to_owned());
    let hash_cell = Cell::text(hash.clone()).shown_as(move || hash_view(&hash, &of));
    let (inventory, own) = (inventory.clone(), path.to_owned());
    let state_cell = Cell::text("").shown_as(move || {
        let (inventory, own) = (inventory.clone(), own.clone());
        (move || state_view(inventory.state(&own))).into_any()
    });
    vec![
        Cell::text(path),
        Cell::text(summary::role_name(&file.role)),
        Cell::number(file.bytes as f64, size(file.bytes)),
        hash_cell,
        state_cell,
    ]
}

fn state_view(state: FileState) -> AnyView {
    match state {
        FileState::Waiting => view! { <span class="quiet">"not yet"</span> }.into_any(),
        FileState::Checking => view! { <span class="quiet">"reading…"</span> }.into_any(),
        FileState::Right => view! { <span class="right">"✓ right"</span> }.into_any(),
        FileState::Wrong(why) => view! { <span class="wrong">"✗ " {why}</span> }.into_any(),
    }
}

/// The first digits, and a button for all of them.
fn hash_view(hash: &str, of: &str) -> AnyView {
    const N_SHOWN: usize = 12;
    let start: String = hash.chars().take(N_SHOWN).collect();
    let whole = hash.to_owned();
    let text = Callback::new(move |()| whole.clone());
    view! {
        <span class="hash">
            <code title=hash.to_owned()>{start} "…"</code>
            <CopyButton text what=format!("Copy the SHA-256 of {of}") label="Copy" />
        </span>
    }
    .into_any()
}

/// Where everything came from.
#[component]
pub(super) fn Origin(manifest: Arc<Manifest>) -> impl IntoView {
    const COLUMNS: &[Column] = &[
        Column::text("Network"),
        Column::text("Seed"),
        Column::text("Version"),
        Column::text("Revision"),
        Column::text("Data"),
    ];
    let unknown = || "unknown".to_owned();
    let runs = manifest.provenance.runs.iter().map(|(name, run)| {
        let data = match run.data_hash.clone() {
            Some(hash) => {
                let of = format!("the data of {name}");
                Cell::text(hash.clone()).shown_as(move || hash_view(&hash, &of))
            }
            None => Cell::text(unknown()),
        };
        vec![
            Cell::text(name),
            Cell::text(run.seed.map_or_else(unknown, |seed| seed.to_string())),
            Cell::text(run.version.clone().unwrap_or_else(unknown)),
            Cell::text(run.git_revision.clone().unwrap_or_else(unknown)),
            data,
        ]
    });
    let prepare = serde_json::to_string_pretty(&manifest.configs.prepare).unwrap_or_default();
    view! {
        <section>
            <h2>"Where it came from"</h2>
            <dl>
                <dt>"Catalogue of the researcher"</dt>
                <dd>{hash_view(&manifest.provenance.catalog_sha256, "the catalogue")}</dd>
            </dl>
            <DataTable caption="Training runs" columns=COLUMNS rows=runs.collect() />
            <details>
                <summary>"Settings of 'segue prepare'"</summary>
                <pre tabindex="0">{prepare}</pre>
            </details>
        </section>
    }
}

fn number(value: usize) -> Cell {
    Cell::number(value as f64, count(value))
}
