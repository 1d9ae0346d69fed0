//! A genre's hue and shape, fixed by its place in the bundle's list of genres.

use leptos::prelude::*;

/// Outlines in a box of 16 by 16; each differs by shape as well as by hue.
const SHAPES: [&str; 4] =
    ["M8 1a7 7 0 1 0 .01 0z", "M2 2h12v12H2z", "M8 1l7.5 14H.5z", "M8 0l8 8-8 8-8-8z"];

/// The mark of the genre at `index`.
#[component]
pub(crate) fn GenreMark(
    /// Place in the list of genres.
    index: usize,
) -> impl IntoView {
    let shape = SHAPES[index % SHAPES.len()];
    view! {
        <svg class=format!("mark hue-{}", index % SHAPES.len()) viewBox="0 0 16 16" aria-hidden="true">
            <path d=shape />
        </svg>
    }
}
