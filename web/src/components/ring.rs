//! The ring: a circle that fills as something gets done.

use leptos::prelude::*;

/// Radius and stroke in the drawing's own units; the circumference is what dashes are given in.
const RADIUS: f64 = 44.0;
const CIRCUMFERENCE: f64 = 2.0 * std::f64::consts::PI * RADIUS;

/// A circle filled to `share`, 0 to 1; what stands beside or in it says what it means.
#[component]
pub(crate) fn Ring(
    /// How much of the circle is filled.
    #[prop(into)]
    share: Signal<f64>,
    /// As high as a line of text rather than as a picture.
    #[prop(optional)]
    small: bool,
    /// What stands in the centre.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    let dashes = move || {
        let filled = share.get().clamp(0.0, 1.0) * CIRCUMFERENCE;
        format!("{filled:.1} {:.1}", CIRCUMFERENCE - filled)
    };
    view! {
        <div class="ring" class:ring-small=small>
            <svg viewBox="0 0 100 100" aria-hidden="true">
                <circle class="ring-track" cx="50" cy="50" r=RADIUS />
                <circle class="ring-share" cx="50" cy="50" r=RADIUS stroke-dasharray=dashes />
            </svg>
            {children.map(|children| view! { <div class="ring-centre">{children()}</div> })}
        </div>
    }
}
