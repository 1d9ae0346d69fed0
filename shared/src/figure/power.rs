//! Power over the number of participants.

use super::svg::{Anchor, Svg, TextStyle, ink, ticks};
use crate::statistics::Estimate;

/// The power of one design.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerLine {
    /// What it is of, as in `multimodal - audio, 12 anchors`.
    pub label: String,
    /// Numbers of participants and the power with its interval, by number.
    pub points: Vec<(usize, Estimate)>,
}

const WIDTH: f64 = 640.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 440.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 344.0;
const COLOURS: [&str; 4] = [ink::FIRST, ink::SECOND, ink::THIRD, ink::FOURTH];

/// Draws power curves: each point with its interval over the simulated studies, `target` as a line.
///
/// # Panics
///
/// If no line has a point.
pub fn power_curves(lines: &[PowerLine], target: f64) -> String {
    let all = || lines.iter().flat_map(|line| &line.points);
    let most = all().map(|(n, _)| *n).max().expect("a line with a point") as f64;
    let x = |n: usize| LEFT + n as f64 / most * (RIGHT - LEFT);
    let y = |power: f64| BOTTOM - power.clamp(0.0, 1.0) * (BOTTOM - TOP);
    let mut svg = Svg::themed(WIDTH, HEIGHT);
    let title = "Power by number of participants";
    let heading = TextStyle { size: 16.0, ..TextStyle::LABEL }.coloured(ink::TEXT);
    svg.text((24.0, 28.0), title, heading.anchored(Anchor::Start));
    for power in ticks(0.0, 1.0) {
        svg.line((LEFT, y(power)), (RIGHT, y(power)), ink::RULE);
        let label = format!("{:.0} %", power * 100.0);
        svg.text((LEFT - 8.0, y(power) + 4.0), &label, TextStyle::LABEL.anchored(Anchor::End));
    }
    svg.line((LEFT, y(target)), (RIGHT, y(target)), ink::QUIET);
    for n in ticks(0.0, most).into_iter().filter(|n| n.fract() == 0.0) {
        svg.text((x(n as usize), BOTTOM + 20.0), &n.to_string(), TextStyle::LABEL);
    }
    svg.text(((LEFT + RIGHT) / 2.0, BOTTOM + 44.0), "participants", TextStyle::LABEL);
    let ends: Vec<f64> =
        lines.iter().map(|line| line.points.last().map_or(0.0, |p| y(p.1.value))).collect();
    let heights = apart(&ends);
    for (at, (line, label_y)) in lines.iter().zip(heights).enumerate() {
        let colour = COLOURS[at % COLOURS.len()];
        let points: Vec<(f64, f64)> =
            line.points.iter().map(|(n, power)| (x(*n), y(power.value))).collect();
        svg.path(&points, colour);
        for ((n, power), point) in line.points.iter().zip(&points) {
            let interval = power.interval;
            svg.line((x(*n), y(interval.low)), (x(*n), y(interval.high)), colour);
            svg.dot(*point, colour);
        }
        if let Some((last, _)) = points.last() {
            let style = TextStyle::LABEL.anchored(Anchor::Start).coloured(colour);
            svg.text((last + 10.0, label_y + 4.0), &super::dots::shortened(&line.label), style);
        }
    }
    svg.finish(title, &finding(lines, target))
}

/// Heights of labels, moved so that they are a line of text apart.
fn apart(heights: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..heights.len()).collect();
    order.sort_by(|a, b| heights[*a].total_cmp(&heights[*b]));
    let mut moved = heights.to_vec();
    let mut lowest = f64::NEG_INFINITY;
    for at in order {
        moved[at] = moved[at].max(lowest + 16.0);
        lowest = moved[at];
    }
    moved
}

fn finding(lines: &[PowerLine], target: f64) -> String {
    let said = lines.iter().map(|line| {
        let reaches = line.points.iter().find(|(_, power)| power.value >= target);
        let last = line.points.last();
        match (reaches, last) {
            (Some((n, power)), _) => {
                format!("{}: {:.0} % with {n} participants", line.label, power.value * 100.0)
            }
            (None, Some((n, power))) => format!(
                "{}: {:.0} % with {n} participants, the most that were tried, which is not enough",
                line.label,
                power.value * 100.0
            ),
            (None, None) => format!("{}: not simulated", line.label),
        }
    });
    format!(
        "Power of {:.0} % is aimed at. {}.",
        target * 100.0,
        said.collect::<Vec<_>>().join("; ")
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::statistics::Interval;

    fn line(label: &str, powers: &[f64]) -> PowerLine {
        let point = |(at, value): (usize, &f64)| {
            let interval = Interval { low: value - 0.05, high: value + 0.05 };
            (10 * (at + 1), Estimate { value: *value, interval })
        };
        PowerLine { label: label.into(), points: powers.iter().enumerate().map(point).collect() }
    }

    #[test]
    fn the_least_number_is_told_and_labels_stand_apart() {
        let lines = [line("a", &[0.5, 0.85, 0.97]), line("b", &[0.2, 0.4, 0.96])];
        let svg = power_curves(&lines, 0.8);
        assert!(
            svg.contains("a: 85 % with 20 participants; b: 96 % with 30 participants"),
            "{svg}"
        );
        assert_eq!(svg.matches("<circle").count(), 6);
        assert_eq!(apart(&[100.0, 100.0, 90.0]), [106.0, 122.0, 90.0]);
        let weak = power_curves(&[line("c", &[0.1])], 0.8);
        assert!(weak.contains("not enough"), "{weak}");
    }
}
