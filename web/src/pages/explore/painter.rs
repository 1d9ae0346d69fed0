//! Paints a map on a canvas.

use super::view_port::ViewPort;
use crate::platform::page::window;
use std::ops::Range;
use wasm_bindgen::JsCast;
use web_sys::{CanvasRenderingContext2d, Element, HtmlCanvasElement};

/// Above so many songs each is a small square: shapes could not be told apart, and take longer.
const MOST_SHAPES: usize = 3_000;
/// Songs are painted in so many rounds, the next ones on those before: so that no genre hides all others.
const ROUNDS: usize = 24;
/// Half the width of a shape, in pixels.
const SHAPE: f64 = 5.0;

/// What is painted.
pub(super) struct Scene<'a> {
    pub(super) view: ViewPort,
    pub(super) positions: &'a [[f32; 2]],
    /// Place of each song's genre.
    pub(super) genres: &'a [usize],
    /// Liked songs.
    pub(super) liked: &'a [usize],
    /// The listener's own song.
    pub(super) own: Option<[f32; 2]>,
    /// Where the lists lead from there.
    pub(super) next: &'a [usize],
    /// Under the pointer.
    pub(super) hovered: Option<usize>,
}

/// Colours as the page has them now.
struct Colours {
    genres: Vec<String>,
    ink: String,
    accent: String,
}

/// Paints the scene on the whole canvas.
pub(super) fn paint(canvas: &HtmlCanvasElement, scene: &Scene<'_>) {
    let Some(context) = context(canvas) else { return };
    let colours = Colours::of(canvas);
    let [width, height] = scene.view.size;
    let ratio = window().device_pixel_ratio().max(1.0);
    let pixels = [width, height].map(|size| (size * ratio).round() as u32);
    if [canvas.width(), canvas.height()] != pixels {
        canvas.set_width(pixels[0]);
        canvas.set_height(pixels[1]);
    }
    // A canvas takes any finite scale.
    let _scaled = context.set_transform(ratio, 0.0, 0.0, ratio, 0.0, 0.0);
    context.clear_rect(0.0, 0.0, width, height);
    let seen = |at: usize| scene.view.on_screen(scene.positions[at]);
    paint_ways(&context, scene, &colours.accent);
    let n_songs = scene.genres.len();
    for round in 0..ROUNDS {
        let [first, end] = [round, round + 1].map(|round| n_songs * round / ROUNDS);
        paint_songs(&context, scene, &colours.genres, first..end);
    }
    context.set_line_width(2.0);
    for (songs, radius, colour) in
        [(scene.next, 8.0, &colours.accent), (scene.liked, 11.0, &colours.ink)]
    {
        context.set_stroke_style_str(colour);
        songs.iter().for_each(|at| circle(&context, seen(*at), radius));
    }
    if let Some(own) = scene.own {
        context.set_stroke_style_str(&colours.ink);
        [5.0, 11.0].iter().for_each(|radius| circle(&context, scene.view.on_screen(own), *radius));
    }
    if let Some(at) = scene.hovered {
        context.set_stroke_style_str(&colours.ink);
        circle(&context, seen(at), 8.0);
    }
}

/// Some songs, genre by genre.
fn paint_songs(
    context: &CanvasRenderingContext2d,
    scene: &Scene<'_>,
    colours: &[String],
    places: Range<usize>,
) {
    let [width, height] = scene.view.size;
    let n_genres = colours.len().max(1);
    for (genre, colour) in colours.iter().enumerate() {
        context.set_fill_style_str(colour);
        context.begin_path();
        for at in places.clone().filter(|at| scene.genres[*at] % n_genres == genre) {
            let [x, y] = scene.view.on_screen(scene.positions[at]);
            let is_seen =
                (-SHAPE..=width + SHAPE).contains(&x) && (-SHAPE..=height + SHAPE).contains(&y);
            if !is_seen {
                continue;
            }
            if scene.positions.len() > MOST_SHAPES {
                context.fill_rect(x - 1.5, y - 1.5, 3.0, 3.0);
            } else {
                trace(context, genre, [x, y]);
            }
        }
        context.fill();
    }
}

/// Lines from what is liked to what comes next.
fn paint_ways(context: &CanvasRenderingContext2d, scene: &Scene<'_>, colour: &str) {
    context.set_stroke_style_str(colour);
    context.set_line_width(1.0);
    context.begin_path();
    let liked = scene.liked.iter().map(|at| scene.positions[*at]);
    for from in liked.chain(scene.own) {
        for to in scene.next {
            let [from, to] = [from, scene.positions[*to]].map(|at| scene.view.on_screen(at));
            context.move_to(from[0], from[1]);
            context.line_to(to[0], to[1]);
        }
    }
    context.stroke();
}

/// The outline of a genre's mark: circle, square, triangle, diamond.
fn trace(context: &CanvasRenderingContext2d, genre: usize, [x, y]: [f64; 2]) {
    let corners: &[[f64; 2]] = match genre % 4 {
        0 => {
            context.move_to(x + SHAPE, y);
            // It fails for negative radii only.
            let _drawn = context.arc(x, y, SHAPE, 0.0, std::f64::consts::TAU);
            return;
        }
        1 => &[[-0.9, -0.9], [0.9, -0.9], [0.9, 0.9], [-0.9, 0.9]],
        2 => &[[0.0, -1.1], [1.1, 0.9], [-1.1, 0.9]],
        _ => &[[0.0, -1.2], [1.2, 0.0], [0.0, 1.2], [-1.2, 0.0]],
    };
    for (at, [dx, dy]) in corners.iter().enumerate() {
        let (x, y) = (x + dx * SHAPE, y + dy * SHAPE);
        if at == 0 {
            context.move_to(x, y);
        } else {
            context.line_to(x, y);
        }
    }
    context.close_path();
}

fn circle(context: &CanvasRenderingContext2d, [x, y]: [f64; 2], radius: f64) {
    context.begin_path();
    // It fails for negative radii only.
    let _drawn = context.arc(x, y, radius, 0.0, std::f64::consts::TAU);
    context.stroke();
}

fn context(canvas: &HtmlCanvasElement) -> Option<CanvasRenderingContext2d> {
    canvas.get_context("2d").ok().flatten()?.dyn_into().ok()
}

impl Colours {
    /// From the marks of the legend beside the canvas, so that light and dark need no second list.
    fn of(canvas: &HtmlCanvasElement) -> Self {
        let figure = canvas.closest("figure").ok().flatten();
        let marks = figure.as_ref().and_then(|figure| figure.query_selector_all(".mark").ok());
        let marks =
            marks.iter().flat_map(|marks| (0..marks.length()).filter_map(|at| marks.get(at)));
        let genres = marks.filter_map(|mark| mark.dyn_into::<Element>().ok());
        let legend = figure.and_then(|figure| figure.query_selector("figcaption").ok().flatten());
        Self {
            genres: genres.map(|mark| colour_of(&mark)).collect(),
            ink: legend.map_or_else(String::new, |legend| colour_of(&legend)),
            accent: colour_of(canvas),
        }
    }
}

fn colour_of(element: &Element) -> String {
    let style = window().get_computed_style(element).ok().flatten();
    style.and_then(|style| style.get_property_value("color").ok()).unwrap_or_default()
}
