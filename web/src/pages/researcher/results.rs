//! The results of a study, from the files of its sessions; nothing leaves the device.

use super::StudyFile;
use crate::computation::{self, Findings, Task, Told};
use crate::platform::download;
use crate::platform::files::{ChosenFile, chosen};
use crate::platform::worker::Computation;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::bundle::SongList;
use shared::figure::Part;
use shared::study::Mode;

/// How far the analysis is.
#[derive(Clone)]
enum Analysis {
    /// No file was given.
    Waiting,
    /// It runs.
    Running,
    /// It is done.
    Done(Findings),
    /// It can't be done.
    Failed(String),
}

/// The page.
#[component]
pub(super) fn Results(
    /// The study of the bundle.
    study: Signal<Option<StudyFile>>,
    /// The songs of the bundle, for their genres.
    songs: Signal<Option<SongList>>,
) -> impl IntoView {
    let analysis = RwSignal::new(Analysis::Waiting);
    let is_simulated = RwSignal::new(false);
    let worker = StoredValue::new_local(None::<Computation>);
    let take = move |files: Vec<ChosenFile>| {
        analysis.set(Analysis::Running);
        match task(
            files,
            (study.get_untracked(), songs.get_untracked()),
            is_simulated.get_untracked(),
        ) {
            Ok((task, bytes)) => {
                let heard = move |told| {
                    let _gone = analysis.try_set(match told {
                        Told::Report(findings) => Analysis::Done(findings),
                        Told::Failed(why) => Analysis::Failed(why),
                        Told::Study(_) | Told::Simulated => return,
                    });
                };
                match computation::start(&task, bytes, heard) {
                    Ok(computation) => worker.set_value(Some(computation)),
                    Err(why) => analysis.set(Analysis::Failed(why)),
                }
            }
            Err(why) => analysis.set(Analysis::Failed(why)),
        }
    };
    let choose = move |event: leptos::ev::Event| {
        spawn_local(async move { take(chosen(&event).await) });
    };
    view! {
        <section data-screen="results">
            <h1>"Results"</h1>
            <p>
                "Give the files of the sessions: csv, JSON, zip files, downloads of DataPipe and JATOS. "
                "They are read and analysed on your device and go nowhere."
            </p>
            <p class="quiet">
                "The design is that of the bundle beside this page. Where the sessions were run with "
                "another one, give its study.json with them."
            </p>
            <div class="row">
                <label class="file-label">
                    "Files of sessions"
                    <input
                        type="file"
                        multiple
                        accept=".csv,.json,.txt,.zip"
                        data-action="sessions"
                        on:change=choose
                    />
                </label>
                <label>
                    <input
                        type="checkbox"
                        data-action="simulated"
                        on:change=move |event| is_simulated.set(event_target_checked(&event))
                    />
                    " of simulated participants"
                </label>
            </div>
            <div aria-live="polite">
                {move || match analysis.get() {
                    Analysis::Waiting => ().into_any(),
                    Analysis::Running => view! { <p class="loading">"Analysing…"</p> }.into_any(),
                    Analysis::Failed(why) => view! {
                        <div class="notice" role="alert">
                            <h2>"There is no report"</h2>
                            <p>{why}</p>
                        </div>
                    }
                    .into_any(),
                    Analysis::Done(findings) => view! { <Report findings /> }.into_any(),
                }}
            </div>
        </section>
    }
}

/// What the worker is asked for: study.json among the files comes before the bundle's.
fn task(
    mut files: Vec<ChosenFile>,
    (study, songs): (Option<StudyFile>, Option<SongList>),
    is_simulated: bool,
) -> Result<(Task, Vec<Vec<u8>>), String> {
    let own = files.iter().position(|file| file.name == shared::study::STUDY_FILE);
    let study = match own {
        Some(at) => files.remove(at).bytes,
        None => {
            let study =
                study.ok_or("the bundle holds no study: give its study.json with the files")?;
            study.json.as_ref().clone()
        }
    };
    if files.is_empty() {
        return Err("no file of a session was given".to_owned());
    }
    let songs = songs.map(|songs| songs.tracks).unwrap_or_default();
    let genres = songs.into_iter().map(|song| (song.track_id.to_string(), song.genre)).collect();
    let mode = if is_simulated { Mode::Sim } else { Mode::Live };
    let names = files.iter().map(|file| file.name.clone()).collect();
    let bytes = std::iter::once(study).chain(files.into_iter().map(|file| file.bytes)).collect();
    Ok((Task::Analyse { names, mode, genres }, bytes))
}

#[component]
fn Report(findings: Findings) -> impl IntoView {
    let Findings { parts, html, csv } = findings;
    let save = |name: &'static str, media: &'static str, text: String| {
        move |_| {
            if let Err(error) = download::save(name, media, text.as_bytes()) {
                leptos::logging::error!("{error}");
            }
        }
    };
    view! {
        <div class="row">
            <button class="main-button" data-action="save-report" on:click=save("report.html", "text/html", html)>
                "Save the report"
            </button>
            <button class="side-button" data-action="save-numbers" on:click=save("results.csv", "text/csv", csv)>
                "Save all numbers"
            </button>
        </div>
        <div class="report">{parts.into_iter().map(part).collect_view()}</div>
    }
}

fn part(part: Part) -> AnyView {
    match part {
        Part::Heading(1, text) => view! { <h2>{text}</h2> }.into_any(),
        Part::Heading(_, text) => view! { <h3>{text}</h3> }.into_any(),
        Part::Paragraph(text) => view! { <p>{text}</p> }.into_any(),
        Part::List(items) => {
            let items = items.into_iter().map(|item| view! { <li>{item}</li> }).collect_view();
            view! { <ul>{items}</ul> }.into_any()
        }
        Part::Hash(what, hash) => view! { <p>{what} " " <code>{hash}</code></p> }.into_any(),
        Part::Figure(name, svg) => view! { <Picture name svg /> }.into_any(),
        Part::Table { caption, head, rows } => {
            let head = head.into_iter().map(|name| view! { <th scope="col">{name}</th> });
            let row = |cells: Vec<String>| {
                let cells = cells.into_iter().map(|cell| view! { <td>{cell}</td> }).collect_view();
                view! { <tr>{cells}</tr> }
            };
            let name = caption.clone();
            view! {
                <div class="table-frame" tabindex="0" role="region" aria-label=name>
                    <table>
                        <caption>{caption}</caption>
                        <thead><tr>{head.collect_view()}</tr></thead>
                        <tbody>{rows.into_iter().map(row).collect_view()}</tbody>
                    </table>
                </div>
            }
            .into_any()
        }
    }
}

/// A figure as a picture, whose alternative text is its finding.
#[component]
pub(super) fn Picture(name: String, svg: String) -> impl IntoView {
    let text = svg.split_once("<desc").and_then(|(_, rest)| rest.split_once("</desc>"));
    let text = text.and_then(|(text, _)| text.split_once('>')).map(|(_, text)| text);
    let unescaped =
        |text: &str| text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&");
    let alt = text.map_or(name.clone(), unescaped);
    let source = format!("data:image/svg+xml,{}", js_sys::encode_uri_component(&svg));
    view! {
        <figure data-figure=name>
            <img src=source alt=alt />
        </figure>
    }
}
