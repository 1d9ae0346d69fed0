//! What is in the bundle beside this page.

use super::bundle_parts::{Files, Networks, Origin, Parts, Sound};
use crate::bundle_source::{self, Inventory, LoadError};
use crate::components::notice::Notice;
use crate::components::ring::Ring;
use crate::platform::connection;
use crate::wording::{counted, size};
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::{Bundle, Manifest};
use std::sync::Arc;

/// How far reading something is.
#[derive(Clone)]
enum Reading<T> {
    Begun,
    Failed(Arc<LoadError>),
    Done(Arc<T>),
}

impl<T> Reading<T> {
    fn of(outcome: Result<T, LoadError>) -> Self {
        match outcome {
            Ok(value) => Self::Done(Arc::new(value)),
            Err(error) => Self::Failed(Arc::new(error)),
        }
    }
}

/// Reads the manifest and lists what is in the bundle.
#[component]
pub(crate) fn BundlePage(
    /// The study of the bundle, which stands before everything else in it.
    #[prop(into)]
    study: ViewFn,
) -> impl IntoView {
    let reading = RwSignal::new(Reading::<Manifest>::Begun);
    let read = move || {
        reading.set(Reading::Begun);
        spawn_local(async move {
            let _gone = reading.try_set(Reading::of(bundle_source::whole_manifest().await));
        });
    };
    read();
    connection::when_back_online(move || {
        if matches!(reading.get_untracked(), Reading::Failed(_)) {
            read();
        }
    });
    let retry = Callback::new(move |()| read());
    move || match reading.get() {
        Reading::Begun => view! {
            <p class="loading" role="status">"Reading the bundle…"</p>
        }
        .into_any(),
        Reading::Failed(error) => view! { <Notice advice=error.advice() retry /> }.into_any(),
        Reading::Done(manifest) => view! { <Contents manifest study=study.clone() /> }.into_any(),
    }
}

/// The bundle of a manifest that could be read.
#[component]
fn Contents(manifest: Arc<Manifest>, study: ViewFn) -> impl IntoView {
    let inventory = Inventory::new(Arc::clone(&manifest));
    let parts = RwSignal::new(Reading::<Bundle>::Begun);
    let read = {
        let inventory = inventory.clone();
        move || {
            let inventory = inventory.clone();
            parts.set(Reading::Begun);
            spawn_local(async move {
                let _gone = parts.try_set(Reading::of(inventory.load().await));
                inventory.check_small().await;
            });
        }
    };
    read();
    let retry = Callback::new(move |()| read());
    view! {
        <Title manifest=Arc::clone(&manifest) inventory=inventory.clone() />
        {study.run()}
        {move || match parts.get() {
            Reading::Begun => view! { <p class="loading" role="status">"Reading the songs…"</p> }
                .into_any(),
            Reading::Failed(error) => view! { <Notice advice=error.advice() retry /> }.into_any(),
            Reading::Done(bundle) => view! { <Parts bundle /> }.into_any(),
        }}
        <Sound manifest=Arc::clone(&manifest) />
        <Networks manifest=Arc::clone(&manifest) />
        <Files manifest=Arc::clone(&manifest) inventory />
        <Origin manifest />
    }
}

/// The name of the bundle and how much of it is proven to be what the manifest says.
#[component]
fn Title(manifest: Arc<Manifest>, inventory: Inventory) -> impl IntoView {
    let bytes: u64 = manifest.files.values().map(|file| file.bytes).sum();
    let n_files = manifest.files.len();
    let counts = Memo::new(move |_| inventory.counts());
    let share = Signal::derive(move || {
        let counts = counts.get();
        counts.n_right as f64 / counts.n_files.max(1) as f64
    });
    let verdict = move || match counts.get() {
        counts if counts.n_wrong > 0 => {
            format!("{} not as the manifest says", counted(counts.n_wrong, "file is", "files are"))
        }
        counts if counts.n_right == counts.n_files => "Every file is as the manifest says".into(),
        _ => "Files checked so far".to_owned(),
    };
    view! {
        <section class="title">
            <div>
                <h1>{manifest.name.clone()}</h1>
                <p class="quiet">
                    "Bundle of schema " {manifest.schema_version} ", made by "
                    {manifest.created_by.clone()} ", " {counted(n_files, "file", "files")} ", "
                    {size(bytes)}
                </p>
            </div>
            <div class="checked">
                <Ring share>
                    <span class="big">{move || counts.get().n_right}</span>
                    <span>"of " {n_files}</span>
                </Ring>
                <p role="status" class:wrong=move || { counts.get().n_wrong > 0 }>{verdict}</p>
            </div>
        </section>
    }
}
