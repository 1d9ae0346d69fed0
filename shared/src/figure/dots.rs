//! Dots with intervals, one row each: shares, differences, times.

use super::svg::{Anchor, Svg, TextStyle, ink, ticks};
use crate::statistics::Interval;

/// A row.
#[derive(Debug, Clone, PartialEq)]
pub struct DotRow {
    /// What it is of.
    pub label: String,
    /// Where the dot stands.
    pub value: f64,
    /// The line through the dot.
    pub interval: Option<Interval>,
    /// Which colour it has: rows of one kind have the same.
    pub colour: usize,
}

/// Dots with intervals.
#[derive(Debug, Clone, PartialEq)]
pub struct DotPlot {
    /// Title.
    pub title: String,
    /// What the axis shows, with its unit.
    pub axis: String,
    /// The finding, for those who do not see the figure.
    pub finding: String,
    /// The rows, from top to bottom.
    pub rows: Vec<DotRow>,
    /// A value to compare with, drawn as a line from top to bottom.
    pub reference: Option<f64>,
    /// Whether values are shares, written in per cent.
    pub is_share: bool,
}

const WIDTH: f64 = 640.0;
const LEFT: f64 = 190.0;
const RIGHT: f64 = 560.0;
const TOP: f64 = 56.0;
/// Height of a row, and of one without its label where there are more rows than can be read.
const ROW: f64 = 28.0;
const SMALL_ROW: f64 = 7.0;
const MOST_LABELS: usize = 40;
const COLOURS: [&str; 4] = [ink::FIRST, ink::SECOND, ink::THIRD, ink::FOURTH];

/// Draws the plot. Values that are not finite are left out.
///
/// # Panics
///
/// If there is no row.
pub fn dot_plot(plot: &DotPlot) -> String {
    assert!(!plot.rows.is_empty(), "a plot without rows");
    let is_labelled = plot.rows.len() <= MOST_LABELS;
    let row_height = if is_labelled { ROW } else { SMALL_ROW };
    let bottom = TOP + row_height * plot.rows.len() as f64;
    let (low, high) = range(plot);
    let place = |value: f64| LEFT + (value - low) / (high - low) * (RIGHT - LEFT);
    let mut svg = Svg::themed(WIDTH, bottom + 64.0);
    let heading = TextStyle { size: 16.0, ..TextStyle::LABEL }.coloured(ink::TEXT);
    svg.text((24.0, 28.0), &plot.title, heading.anchored(Anchor::Start));
    for value in ticks(low, high) {
        svg.line((place(value), TOP - 8.0), (place(value), bottom), ink::RULE);
        svg.text((place(value), bottom + 20.0), &written(value, plot.is_share), TextStyle::LABEL);
    }
    svg.text(((LEFT + RIGHT) / 2.0, bottom + 46.0), &plot.axis, TextStyle::LABEL);
    if let Some(reference) = plot.reference.filter(|value| (low..=high).contains(value)) {
        svg.line((place(reference), TOP - 8.0), (place(reference), bottom), ink::QUIET);
    }
    for (at, row) in plot.rows.iter().enumerate().filter(|(_, row)| row.value.is_finite()) {
        let y = TOP + (at as f64 + 0.5) * row_height;
        let colour = COLOURS[row.colour % COLOURS.len()];
        if let Some(Interval { low, high }) = row.interval {
            svg.path(&[(place(low), y), (place(high), y)], colour);
        }
        svg.dot((place(row.value), y), colour);
        if is_labelled {
            let label = TextStyle::LABEL.coloured(ink::TEXT);
            svg.text((LEFT - 16.0, y + 4.0), &shortened(&row.label), label.anchored(Anchor::End));
            let value = written(row.value, plot.is_share);
            svg.text((RIGHT + 16.0, y + 4.0), &value, label.anchored(Anchor::Start));
        }
    }
    svg.finish(&plot.title, &plot.finding)
}

/// The values that the axis covers, with a little room.
fn range(plot: &DotPlot) -> (f64, f64) {
    let ends = plot.rows.iter().flat_map(|row| {
        let interval = row.interval.map(|interval| [interval.low, interval.high]);
        std::iter::once(row.value).chain(interval.into_iter().flatten())
    });
    let ends: Vec<f64> = ends.chain(plot.reference).filter(|value| value.is_finite()).collect();
    let low = ends.iter().copied().fold(f64::INFINITY, f64::min);
    let high = ends.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    if low > high {
        return (0.0, 1.0);
    }
    let room = ((high - low) * 0.06).max(0.02);
    (low - room, high + room)
}

fn written(value: f64, is_share: bool) -> String {
    if is_share {
        // No -0.
        format!("{:.0} %", (value * 100.0).round() + 0.0)
    } else {
        format!("{}", (value * 100.0).round() / 100.0 + 0.0)
    }
}

/// A label that fits beside the plot.
pub(super) fn shortened(label: &str) -> String {
    const MOST: usize = 22;
    if label.chars().count() <= MOST {
        return label.to_owned();
    }
    label.chars().take(MOST - 1).chain(std::iter::once('\u{2026}')).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plot(n: usize, value: f64) -> DotPlot {
        let row = |at| DotRow {
            label: format!("row {at} with a label that is rather long"),
            value,
            interval: Some(Interval { low: value - 0.1, high: value + 0.1 }),
            colour: at,
        };
        DotPlot {
            title: "Shares".into(),
            axis: "liked".into(),
            finding: "All are alike.".into(),
            rows: (0..n).map(row).collect(),
            reference: Some(0.0),
            is_share: true,
        }
    }

    #[test]
    fn every_row_has_its_dot_and_the_finding_is_told() {
        let svg = dot_plot(&plot(5, 0.4));
        assert_eq!(svg.matches("<circle").count(), 5);
        assert_eq!(svg.matches("40 %</text>").count(), 5 + 1, "{svg}");
        assert!(svg.contains("All are alike.") && svg.contains("\u{2026}"));
        // Many rows have no labels, and stay low.
        let many = dot_plot(&plot(400, 0.4));
        assert_eq!(many.matches("<circle").count(), 400);
        assert!(!many.contains("row 1"));
    }

    #[test]
    fn odd_values_can_be_drawn() {
        for value in [0.0, f64::NAN, f64::INFINITY, 1e12] {
            let svg = dot_plot(&plot(2, value));
            assert!(!svg.contains("NaN") && !svg.contains("inf"), "{svg}");
        }
    }
}
