//! What the network hears: the outline of the clip, its mel spectrogram with axes and slices, and where
//! the sound is.

use super::slice_shares::{Slice, SliceColumns, SliceShares, SliceTable, slices_of};
use crate::components::ring::Ring;
use crate::platform::networks::{Said, Sound};
use crate::platform::page::window;
use leptos::html::Canvas;
use leptos::prelude::*;
use shared::figure::colormap::magma;
use shared::spectrogram::{MelConfig, hz_to_mel};
use std::sync::Arc;
use wasm_bindgen::{Clamped, JsCast};
use web_sys::{CanvasRenderingContext2d, HtmlCanvasElement, ImageData};

/// Height of the outline's canvas in its own pixels.
const OUTLINE_HEIGHT: u32 = 72;
/// Frequencies that are marked, in hertz.
const MARKED_HZ: [u32; 6] = [250, 500, 1_000, 2_000, 4_000, 8_000];
/// Seconds between marked times.
const TIME_STEP_SECS: f64 = 5.0;

/// Both pictures, with a button that plays what they show.
#[component]
pub(super) fn ClipPicture(
    sound: Arc<Sound>,
    /// What the network says of the slices, once it does.
    said: Signal<Option<Said>>,
    /// How far it is, where it is heard.
    share: Signal<Option<f64>>,
    /// Plays it, or stops it.
    turn: Callback<()>,
    /// What it is, in a word.
    what: &'static str,
) -> impl IntoView {
    let (outline, spectrogram) = (NodeRef::<Canvas>::new(), NodeRef::<Canvas>::new());
    let drawn = Arc::clone(&sound);
    Effect::new(move |_| {
        if let (Some(outline), Some(spectrogram)) = (outline.get(), spectrogram.get()) {
            paint_columns(&outline, &drawn.outline);
            paint_spectrogram(&spectrogram, &drawn);
        }
    });
    let label = move || match share.get() {
        Some(_) => format!("Stop the {what}"),
        None => format!("Play the {what}"),
    };
    let cursor = move || {
        share.get().map(
            |share| view! { <span class="cursor" style:left=format!("{:.2}%", share * 100.0) /> },
        )
    };
    let config = sound.mel.config;
    let slices = slices_of(&sound);
    let marks = slice_marks(slices.clone(), said);
    let shares = Memo::new(move |_| said.get().map(|said| SliceShares::of(&slices, said)));
    let columns = move || shares.get().map(|shares| view! { <SliceColumns shares /> });
    let table = move || shares.get().map(|shares| view! { <SliceTable shares /> });
    view! {
        <figure class="clip">
            <button class="play" data-action=format!("{what}-play") aria-label=label on:click=move |_| turn.run(())>
                <Ring share=Signal::derive(move || share.get().unwrap_or(0.0)) small=true />
                <span aria-hidden="true" class="play-sign">
                    {move || if share.get().is_some() { "■" } else { "▶" }}
                </span>
            </button>
            <div class="picture">
                <canvas
                    node_ref=outline
                    role="img"
                    aria-label=format!("The loudness of the {what} over its length")
                    width=sound.outline.len().to_string()
                    height=OUTLINE_HEIGHT.to_string()
                />
                {cursor}
            </div>
            <div class="hertz" aria-hidden="true">{hertz(&config)}</div>
            <div class="picture">
                <canvas
                    node_ref=spectrogram
                    role="img"
                    aria-label=spectrogram_text(&sound, what)
                    width=sound.mel.n_frames.to_string()
                    height=config.n_mels.to_string()
                />
                {marks}
                {cursor}
            </div>
            <div class="seconds" aria-hidden="true">{seconds(&sound)}</div>
            {columns}
        </figure>
        {table}
    }
}

fn spectrogram_text(sound: &Sound, what: &str) -> String {
    // A clip is a part of a song; an excerpt is all that there is of it here.
    let whole = if what == "clip" { "song" } else { what };
    let clip = sound.clip;
    format!(
        "Mel spectrogram from {:.0} to {:.0} s of the {whole}, {:.0} to {:.0} Hz: what the network hears",
        clip.start_secs,
        clip.start_secs + clip.duration_secs,
        sound.mel.config.f_min_hz,
        sound.mel.config.f_max_hz
    )
}

/// Where each slice lies, with the genre that it is taken for.
fn slice_marks(slices: Vec<Slice>, said: Signal<Option<Said>>) -> impl IntoView + use<> {
    move || {
        let said = said.get();
        let marks = slices.iter().enumerate().map(|(at, slice)| {
            let text = said.as_ref().and_then(|said| {
                let shares = said.slice_probabilities.get(at)?;
                let (best, share) = shares.iter().enumerate().max_by(|a, b| a.1.total_cmp(b.1))?;
                Some(format!("{} {:.0} %", said.genres.get(best)?, share * 100.0))
            });
            let (left, width) = (format!("{:.3}%", slice.left), format!("{:.3}%", slice.width));
            view! { <span class="slice" style:left=left style:width=width>{text}</span> }
        });
        marks.collect_view()
    }
}

fn hertz(config: &MelConfig) -> impl IntoView + use<> {
    let [low, high] = [config.f_min_hz, config.f_max_hz].map(hz_to_mel);
    let marked = MARKED_HZ.into_iter().map(f64::from).filter(|hz| *hz <= config.f_max_hz);
    let marks = marked.map(|hz| {
        let up = (hz_to_mel(hz) - low) / (high - low) * 100.0;
        let text = if hz < 1_000.0 { format!("{hz} Hz") } else { format!("{} kHz", hz / 1_000.0) };
        view! { <span style:bottom=format!("{up:.2}%")>{text}</span> }
    });
    marks.collect_view()
}

fn seconds(sound: &Sound) -> impl IntoView + use<> {
    let (start_secs, duration_secs) = (sound.clip.start_secs, sound.clip.duration_secs);
    let first = (start_secs / TIME_STEP_SECS).ceil() as u32;
    let last = ((start_secs + duration_secs) / TIME_STEP_SECS).floor() as u32;
    let marks = (first..=last).map(|step| {
        let secs = f64::from(step) * TIME_STEP_SECS;
        let left = (secs - start_secs) / duration_secs * 100.0;
        // The last one stands before its place, or it would reach out of a narrow page.
        let is_last = left > 97.0;
        view! {
            <span class:last=is_last style:left=format!("{left:.2}%")>{format!("{secs} s")}</span>
        }
    });
    marks.collect_view()
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

/// A line from the smallest to the largest sample of each column.
pub(super) fn paint_columns(canvas: &HtmlCanvasElement, columns: &[[f32; 2]]) {
    let Some(context) = context(canvas) else { return };
    let style = window().get_computed_style(canvas).ok().flatten();
    let colour = style.and_then(|style| style.get_property_value("color").ok());
    context.set_fill_style_str(&colour.unwrap_or_default());
    context.clear_rect(0.0, 0.0, f64::from(canvas.width()), f64::from(canvas.height()));
    let half = f64::from(canvas.height()) / 2.0;
    for (at, [low, high]) in columns.iter().enumerate() {
        let [top, bottom] = [high, low].map(|value| half - f64::from(*value) * half);
        context.fill_rect(at as f64, top, 1.0, (bottom - top).max(1.0));
    }
}

/// One pixel a frame and mel band, the highest band on top.
fn paint_spectrogram(canvas: &HtmlCanvasElement, sound: &Sound) {
    let Some(context) = context(canvas) else { return };
    let mel = &sound.mel;
    let (n_mels, n_frames) = (mel.config.n_mels, mel.n_frames);
    let loudest = mel.values_db.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let mut pixels = Vec::with_capacity(n_mels * n_frames * 4);
    for row in mel.values_db.chunks_exact(n_frames).rev() {
        for value in row {
            pixels.extend(magma((value - loudest) / mel.config.range_db + 1.0));
            pixels.push(255);
        }
    }
    let image = ImageData::new_with_u8_clamped_array_and_sh(
        Clamped(&pixels),
        n_frames as u32,
        n_mels as u32,
    );
    if let Ok(image) = image {
        // It fails for numbers that are none only.
        let _painted = context.put_image_data(&image, 0.0, 0.0);
    }
}
