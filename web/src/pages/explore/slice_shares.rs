//! What the network takes each slice of the clip for: all genres, as columns under the spectrogram and as a table.

use crate::platform::networks::{Said, Sound};
use leptos::prelude::*;

/// A slice of the clip.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Slice {
    /// Where it begins in the picture, and how wide it is there, in percent.
    pub(super) left: f64,
    pub(super) width: f64,
    /// Where it begins and ends in the song, in seconds.
    secs: [f64; 2],
}

/// The slices of a clip. One that is filled up ends with the picture.
pub(super) fn slices_of(sound: &Sound) -> Vec<Slice> {
    let slices = sound.slices();
    let clip = Frames {
        n_frames: sound.mel.n_frames,
        start_secs: sound.clip.start_secs,
        frame_secs: sound.mel.config.hop_length as f64 / f64::from(sound.mel.config.sample_rate_hz),
    };
    let first = |at| sound.first_frame + at * slices.n_frames;
    (0..slices.n_slices).map(|at| clip.slice(first(at), slices.n_frames)).collect()
}

/// The frames of a clip.
struct Frames {
    n_frames: usize,
    start_secs: f64,
    frame_secs: f64,
}

impl Frames {
    fn slice(&self, first: usize, n_frames: usize) -> Slice {
        let [begin, end] = [first, first + n_frames].map(|at| at.min(self.n_frames));
        let percent = |n: usize| n as f64 / self.n_frames.max(1) as f64 * 100.0;
        let secs = [begin, end].map(|at| self.start_secs + at as f64 * self.frame_secs);
        Slice { left: percent(begin), width: percent(end - begin), secs }
    }
}

/// The slices with the probabilities of their genres.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct SliceShares {
    genres: Vec<String>,
    /// Each with `[n_genres]` probabilities.
    slices: Vec<(Slice, Vec<f32>)>,
}

impl SliceShares {
    /// What a network says of the slices.
    pub(super) fn of(slices: &[Slice], said: Said) -> Self {
        let slices = slices.iter().cloned().zip(said.slice_probabilities).collect();
        Self { genres: said.genres, slices }
    }

    /// The slices in words, such as `70.0 to 73.0 s: pop 60 %, rock 40 %`.
    fn texts(&self) -> Vec<String> {
        let text = |(slice, shares): &(Slice, Vec<f32>)| {
            let genres = self.genres.iter().zip(shares);
            let genres: Vec<_> =
                genres.map(|(genre, share)| format!("{genre} {}", percent(*share))).collect();
            format!("{} s: {}", slice.secs_text(), genres.join(", "))
        };
        self.slices.iter().map(text).collect()
    }
}

impl Slice {
    fn secs_text(&self) -> String {
        let [start, end] = self.secs;
        format!("{start:.1} to {end:.1}")
    }
}

fn percent(share: f32) -> String {
    format!("{:.0} %", share * 100.0)
}

/// A column a slice, in which each genre takes its share; what stands in it is said where it is pointed at or focused.
#[component]
pub(super) fn SliceColumns(shares: SliceShares) -> impl IntoView {
    let shown = RwSignal::new(None::<String>);
    let texts = shares.texts();
    let columns = shares.slices.into_iter().zip(texts).map(|((slice, shares), text)| {
        let parts = shares.into_iter().enumerate().map(|(index, share)| {
            let height = format!("{:.2}%", share * 100.0);
            view! { <span class=format!("hue-{}", index % 4) style:height=height /> }
        });
        let label = text.clone();
        let show = move || shown.set(Some(text.clone()));
        let (focus, point, tap) = (show.clone(), show.clone(), show);
        view! {
            <span
                class="slice-column"
                role="img"
                tabindex="0"
                aria-label=label.clone()
                title=label
                style:left=format!("{:.3}%", slice.left)
                style:width=format!("{:.3}%", slice.width)
                on:focus=move |_| focus()
                on:pointerenter=move |_| point()
                on:click=move |_| tap()
            >
                {parts.collect_view()}
            </span>
        }
    });
    view! {
        <div
            class="slice-columns"
            role="group"
            aria-label="Genres of the slices, from left to right as they follow each other"
            data-slices=""
        >
            {columns.collect_view()}
        </div>
        <p class="quiet slice-text" data-slice-text="" aria-hidden="true">
            {move || shown.get().unwrap_or_else(|| {
                "Each column is a slice. Point at it, tap it or go to it by Tab: its numbers stand here.".to_owned()
            })}
        </p>
    }
}

/// The same as a table.
#[component]
pub(super) fn SliceTable(shares: SliceShares) -> impl IntoView {
    const CAPTION: &str = "Probabilities per slice";
    let heads = shares.genres.into_iter().map(|genre| {
        view! { <th scope="col" class="number">{genre}</th> }
    });
    let rows = shares.slices.into_iter().map(|(slice, shares)| {
        let cells = shares.into_iter().map(|share| {
            view! { <td class="number">{percent(share)}</td> }
        });
        view! {
            <tr>
                <th scope="row">{slice.secs_text()}</th>
                {cells.collect_view()}
            </tr>
        }
    });
    view! {
        <details>
            <summary>{CAPTION}</summary>
            <div class="table-frame" role="region" aria-label=CAPTION tabindex="0">
                <table data-slice-table="">
                    <caption>{CAPTION}</caption>
                    <thead>
                        <tr>
                            <th scope="col">"Seconds of the song"</th>
                            {heads.collect_view()}
                        </tr>
                    </thead>
                    <tbody>{rows.collect_view()}</tbody>
                </table>
            </div>
        </details>
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn slices_lie_in_the_picture_and_the_song() {
        let clip = Frames { n_frames: 400, start_secs: 70.0, frame_secs: 0.025 };
        let second = clip.slice(140, 100);
        assert_eq!([second.left, second.width], [35.0, 25.0]);
        assert_eq!(second.secs_text(), "73.5 to 76.0");
        let short = Frames { n_frames: 13, start_secs: 0.0, frame_secs: 0.025 };
        let filled_up = short.slice(0, 128);
        assert_eq!([filled_up.left, filled_up.width], [0.0, 100.0]);
        assert_eq!(filled_up.secs_text(), "0.0 to 0.3");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn each_slice_names_all_genres() {
        let clip = Frames { n_frames: 200, start_secs: 0.0, frame_secs: 0.03 };
        let slices = [clip.slice(0, 100), clip.slice(100, 100)];
        let said = Said {
            name: "audio".to_owned(),
            genres: vec!["pop".to_owned(), "rock".to_owned()],
            embedding: Vec::new(),
            probabilities: vec![0.5, 0.5],
            slice_embeddings: Vec::new(),
            slice_probabilities: vec![vec![0.25, 0.75], vec![0.996, 0.004]],
            network_millis: 1.0,
        };
        let texts = SliceShares::of(&slices, said).texts();
        assert_eq!(
            texts,
            ["0.0 to 3.0 s: pop 25 %, rock 75 %", "3.0 to 6.0 s: pop 100 %, rock 0 %"]
        );
    }
}
