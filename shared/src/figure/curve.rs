//! Learning curves.

use super::svg::{Anchor, Svg, TextStyle, ink, ticks};

/// A measure of the train and the validation split, epoch by epoch.
#[derive(Debug, Clone, PartialEq)]
pub struct LearningCurve {
    /// What is measured: `loss`, `accuracy`.
    pub measure: String,
    /// Value on the train split in each epoch, from epoch 1.
    pub train: Vec<f64>,
    /// Value on the validation split in each epoch.
    pub validation: Vec<f64>,
    /// The epoch whose weights were kept, from 1.
    pub kept_epoch: usize,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 540.0;
const TOP: f64 = 48.0;
const BOTTOM: f64 = 344.0;

/// Draws a learning curve.
///
/// # Panics
///
/// If there is no epoch, or the two splits have different numbers of them.
pub fn learning_curve(curve: &LearningCurve) -> String {
    assert!(!curve.train.is_empty(), "a learning curve of no epoch");
    assert_eq!(curve.train.len(), curve.validation.len(), "epochs of train and validation");
    let scale = Scale::of(curve);
    let mut svg = Svg::themed(WIDTH, HEIGHT);
    let title = format!("{} by epoch", capitalised(&curve.measure));
    svg.text(
        (LEFT, 28.0),
        &title,
        TextStyle { size: 16.0, ..TextStyle::LABEL }.anchored(Anchor::Start).coloured(ink::TEXT),
    );
    draw_axes(&mut svg, &scale, curve.train.len());
    draw_kept(&mut svg, &scale, curve);
    let lines =
        [("train", &curve.train, ink::SECOND), ("validation", &curve.validation, ink::FIRST)];
    let ends = label_heights(&scale, curve);
    for ((name, values, colour), label_y) in lines.into_iter().zip(ends) {
        let points: Vec<(f64, f64)> =
            values.iter().zip(1..).map(|(value, epoch)| scale.point(epoch, *value)).collect();
        svg.path(&points, colour);
        if let [only] = points[..] {
            svg.dot(only, colour);
        }
        let style = TextStyle::LABEL.anchored(Anchor::Start).coloured(colour);
        svg.text((points[points.len() - 1].0 + 8.0, label_y + 4.0), name, style);
    }
    svg.finish(&title, &finding(curve))
}

/// From epochs and values to places on the sheet.
struct Scale {
    n_epochs: usize,
    low: f64,
    high: f64,
}

impl Scale {
    fn of(curve: &LearningCurve) -> Self {
        let values = || curve.train.iter().chain(&curve.validation).filter(|v| v.is_finite());
        let low = values().copied().fold(f64::INFINITY, f64::min).min(1.0);
        let high = values().copied().fold(f64::NEG_INFINITY, f64::max);
        let low = if low.is_finite() { (low * 0.95).max(0.0) } else { 0.0 };
        Self { n_epochs: curve.train.len(), low, high: if high > low { high } else { low + 1.0 } }
    }

    fn point(&self, epoch: usize, value: f64) -> (f64, f64) {
        let along = (epoch - 1) as f64 / (self.n_epochs.max(2) - 1) as f64;
        let up = ((value - self.low) / (self.high - self.low)).clamp(0.0, 1.0);
        (LEFT + along * (RIGHT - LEFT), BOTTOM - up * (BOTTOM - TOP))
    }
}

fn draw_axes(svg: &mut Svg, scale: &Scale, n_epochs: usize) {
    for value in ticks(scale.low, scale.high) {
        let (_, y) = scale.point(1, value);
        svg.line((LEFT, y), (RIGHT, y), ink::RULE);
        let label = format!("{}", (value * 1e6).round() / 1e6);
        svg.text((LEFT - 8.0, y + 4.0), &label, TextStyle::LABEL.anchored(Anchor::End));
    }
    for epoch in ticks(1.0, n_epochs as f64) {
        if epoch.fract() == 0.0 {
            let (x, _) = scale.point(epoch as usize, scale.low);
            svg.text((x, BOTTOM + 20.0), &epoch.to_string(), TextStyle::LABEL);
        }
    }
    svg.text(((LEFT + RIGHT) / 2.0, BOTTOM + 44.0), "epoch", TextStyle::LABEL);
}

fn draw_kept(svg: &mut Svg, scale: &Scale, curve: &LearningCurve) {
    let (x, _) = scale.point(curve.kept_epoch, scale.low);
    svg.line((x, TOP), (x, BOTTOM), ink::QUIET);
    svg.text((x, TOP - 6.0), "kept", TextStyle::LABEL);
}

/// Heights of the two labels at the ends of the lines, apart by a line of text at least.
fn label_heights(scale: &Scale, curve: &LearningCurve) -> [f64; 2] {
    let end = |values: &[f64]| scale.point(curve.train.len(), values[values.len() - 1]).1;
    let (train, validation) = (end(&curve.train), end(&curve.validation));
    let overlap = (16.0 - (train - validation).abs()).max(0.0) / 2.0;
    if train < validation {
        [train - overlap, validation + overlap]
    } else {
        [train + overlap, validation - overlap]
    }
}

fn finding(curve: &LearningCurve) -> String {
    let LearningCurve { measure, train, validation, kept_epoch } = curve;
    format!(
        "Over {} epochs the {measure} went from {:.3} to {:.3} in training and from {:.3} to {:.3} in \
         validation; epoch {kept_epoch} was kept, with {:.3} in validation.",
        train.len(),
        train[0],
        train[train.len() - 1],
        validation[0],
        validation[validation.len() - 1],
        validation[kept_epoch - 1],
    )
}

fn capitalised(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_finding_is_told() {
        let curve = LearningCurve {
            measure: "loss".into(),
            train: vec![1.4, 0.9, 0.5],
            validation: vec![1.3, 1.0, 1.1],
            kept_epoch: 2,
        };
        let svg = learning_curve(&curve);
        assert!(svg.contains("epoch 2 was kept, with 1.000 in validation"), "{svg}");
        assert_eq!(svg.matches("<path").count(), 2);
    }

    #[test]
    fn one_epoch_and_odd_values_can_be_drawn() {
        for value in [0.0, 1.0, f64::NAN, 1e9] {
            let curve = LearningCurve {
                measure: "loss".into(),
                train: vec![value],
                validation: vec![value],
                kept_epoch: 1,
            };
            let svg = learning_curve(&curve);
            assert!(svg.contains("<circle") && !svg.contains("inf"), "{svg}");
        }
    }
}
