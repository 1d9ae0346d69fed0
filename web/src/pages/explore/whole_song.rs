//! The whole song as an outline, on which the clip lies and can be moved.

use super::clip_picture::paint_columns;
use super::own_song::OwnSong;
use leptos::html::{Canvas, Div};
use leptos::prelude::*;
use web_sys::PointerEvent;

/// Height of the canvas in its own pixels.
const HEIGHT: u32 = 48;

/// The outline, as far as it is drawn, with the clip on it. Dragging moves the clip, and letting go has it heard; the slider
/// below does the same for the keyboard.
#[component]
pub(super) fn WholeSong(
    own: OwnSong,
    /// Where the clip begins, in seconds, while it is moved.
    shown: RwSignal<f64>,
    /// Where it can begin at the latest.
    latest: f64,
    /// How long it is.
    clip_secs: f64,
) -> impl IntoView {
    let (frame, canvas) = (NodeRef::<Div>::new(), NodeRef::<Canvas>::new());
    let song_secs = latest + clip_secs;
    Effect::new(move |_| {
        if let (Some(canvas), Some(Ok(whole))) = (canvas.get(), own.whole.get()) {
            canvas.set_width(whole.columns.len() as u32);
            paint_columns(&canvas, &whole.columns);
        }
    });
    // Where in the clip it was taken hold of, in seconds.
    let held = RwSignal::new(None::<f64>);
    // Where the clip was before, for a finger that turns out to scroll the page.
    let before = RwSignal::new(0.0);
    let secs_at = move |event: &PointerEvent| {
        let width = frame.get_untracked()?.client_width();
        // The clip lets the pointer through, so that this is measured from the left of the picture.
        Some(f64::from(event.offset_x()) / f64::from(width.max(1)) * song_secs)
    };
    let move_to = move |event: &PointerEvent| {
        if let (Some(held), Some(secs)) = (held.get_untracked(), secs_at(event)) {
            shown.set((secs - held).round().clamp(0.0, latest.floor()));
        }
    };
    let take = move |event: PointerEvent| {
        if event.button() != 0 || !event.is_primary() {
            return;
        }
        let Some(secs) = secs_at(&event) else { return };
        before.set(shown.get_untracked());
        let within = secs - shown.get_untracked();
        // Beside the clip its middle comes to the pointer.
        held.set(Some(if (0.0..clip_secs).contains(&within) { within } else { clip_secs / 2.0 }));
        if let Some(frame) = frame.get_untracked() {
            // The drag goes on beside the picture where the browser can do that.
            let _captured = frame.set_pointer_capture(event.pointer_id());
        }
        move_to(&event);
    };
    let let_go = move |event: PointerEvent| {
        move_to(&event);
        if held.get_untracked().is_some() {
            held.set(None);
            own.hear(Some(shown.get_untracked()));
        }
    };
    let share = move |secs: f64| format!("{:.3}%", secs / song_secs * 100.0);
    view! {
        <div class="whole-song" data-whole-song="">
            <div
                class="picture"
                node_ref=frame
                on:pointerdown=take
                on:pointermove=move |event| move_to(&event)
                on:pointerup=let_go
                on:pointercancel=move |_| {
                    if held.get_untracked().is_some() {
                        held.set(None);
                        shown.set(before.get_untracked());
                    }
                }
            >
                <canvas
                    node_ref=canvas
                    role="img"
                    aria-label=move || whole_text(song_secs, shown.get(), clip_secs)
                    height=HEIGHT.to_string()
                />
                <span
                    class="clip-place"
                    style:left=move || share(shown.get())
                    style:width=share(clip_secs)
                />
            </div>
            <p class="quiet">{move || match own.whole.get() {
                Some(Err(why)) => format!("The whole song can't be drawn ({why}); the slider moves the clip."),
                Some(Ok(whole)) if whole.n_whole >= whole.columns.len() => {
                    "The whole song; drag the clip to hear another part.".to_owned()
                }
                Some(Ok(whole)) => format!(
                    "The whole song, {:.0} % of it drawn…",
                    100.0 * whole.n_whole as f64 / whole.columns.len() as f64
                ),
                None => "The whole song is being drawn…".to_owned(),
            }}</p>
        </div>
    }
}

fn whole_text(song_secs: f64, start_secs: f64, clip_secs: f64) -> String {
    let clock = |secs: f64| format!("{}:{:02}", secs as u32 / 60, secs as u32 % 60);
    format!(
        "The loudness of the whole song of {}; the clip goes from {} to {}",
        clock(song_secs),
        clock(start_secs),
        clock(start_secs + clip_secs)
    )
}
