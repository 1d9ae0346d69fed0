//! How often something is found, over the number of participants: power, and false positives.

use super::svg::{Anchor, Svg, TextStyle, ink, ticks};
use crate::statistics::Estimate;

/// How often one contrast is found in one design.
#[derive(Debug, Clone, PartialEq)]
pub struct PowerLine {
    /// What it is of, as in `multimodal - audio, 12 anchors`.
    pub label: String,
    /// Lines of one series, as of one contrast, have one colour.
    pub series: usize,
    /// Lines of one group, as of one number of anchors, are dashed alike.
    pub group: usize,
    /// Numbers of participants and the share of studies with its interval, by number.
    pub points: Vec<(usize, Estimate)>,
}

/// What the figure shows.
#[derive(Debug, Clone, Copy)]
struct Kind {
    title: &'static str,
    /// Drawn as a line.
    wanted: f64,
    /// End of the axis.
    most: f64,
}

const WIDTH: f64 = 740.0;
const HEIGHT: f64 = 400.0;
const LEFT: f64 = 64.0;
const RIGHT: f64 = 440.0;
const TOP: f64 = 56.0;
const BOTTOM: f64 = 344.0;
const COLOURS: [&str; 4] = [ink::FIRST, ink::SECOND, ink::THIRD, ink::FOURTH];
const DASHES: [&str; 4] = ["", "8 4", "2 3", "12 3 2 3"];
/// Between the intervals of lines with the same number of participants.
const BESIDE: f64 = 3.0;

/// Draws power curves: each point with its interval over the simulated studies, `target` as a line.
///
/// # Panics
///
/// If no line has a point.
pub fn power_curves(lines: &[PowerLine], target: f64) -> String {
    let kind = Kind { title: "Power by number of participants", wanted: target, most: 1.0 };
    draw(lines, kind, &power_found(lines, target))
}

/// Draws how often a difference is found where there is none; the tests' level `alpha` is a line, and
/// an interval that misses it is no sound test.
///
/// # Panics
///
/// If no line has a point.
pub fn false_positive_curves(lines: &[PowerLine], alpha: f64) -> String {
    let highest = lines.iter().flat_map(|line| &line.points).map(|(_, own)| own.interval.high);
    let most = highest.fold(2.0 * alpha, f64::max).min(1.0);
    let kind = Kind { title: "False positives by number of participants", wanted: alpha, most };
    draw(lines, kind, &false_positives_found(lines, alpha))
}

fn draw(lines: &[PowerLine], kind: Kind, finding: &str) -> String {
    let all = || lines.iter().flat_map(|line| &line.points);
    let most = all().map(|(n, _)| *n).max().expect("a line with a point") as f64;
    let x = |n: usize| LEFT + n as f64 / most * (RIGHT - LEFT);
    let y = |share: f64| BOTTOM - (share / kind.most).clamp(0.0, 1.0) * (BOTTOM - TOP);
    let mut svg = Svg::themed(WIDTH, HEIGHT);
    let heading = TextStyle { size: 16.0, ..TextStyle::LABEL }.coloured(ink::TEXT);
    svg.text((24.0, 28.0), kind.title, heading.anchored(Anchor::Start));
    for share in ticks(0.0, kind.most) {
        svg.line((LEFT, y(share)), (RIGHT, y(share)), ink::RULE);
        let label = format!("{} %", (share * 1e4).round() / 1e2);
        svg.text((LEFT - 8.0, y(share) + 4.0), &label, TextStyle::LABEL.anchored(Anchor::End));
    }
    svg.line((LEFT, y(kind.wanted)), (RIGHT, y(kind.wanted)), ink::QUIET);
    for n in ticks(0.0, most).into_iter().filter(|n| n.fract() == 0.0) {
        svg.text((x(n as usize), BOTTOM + 20.0), &n.to_string(), TextStyle::LABEL);
    }
    svg.text(((LEFT + RIGHT) / 2.0, BOTTOM + 44.0), "participants", TextStyle::LABEL);
    let ends: Vec<f64> =
        lines.iter().map(|line| line.points.last().map_or(0.0, |p| y(p.1.value))).collect();
    let heights = apart(&ends);
    for (at, (line, label_y)) in lines.iter().zip(heights).enumerate() {
        let colour = COLOURS[line.series % COLOURS.len()];
        let aside = (at as f64 - (lines.len() - 1) as f64 / 2.0) * BESIDE;
        let points: Vec<(f64, f64)> =
            line.points.iter().map(|(n, share)| (x(*n) + aside, y(share.value))).collect();
        svg.dashed_path(&points, colour, DASHES[line.group % DASHES.len()]);
        for ((_, share), point) in line.points.iter().zip(&points) {
            let interval = share.interval;
            svg.line((point.0, y(interval.low)), (point.0, y(interval.high)), colour);
            svg.dot(*point, colour);
        }
        let style = TextStyle::LABEL.anchored(Anchor::Start).coloured(colour);
        svg.text((RIGHT + 22.0, label_y + 4.0), &line.label, style);
    }
    svg.finish(kind.title, finding)
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

fn power_found(lines: &[PowerLine], target: f64) -> String {
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

fn false_positives_found(lines: &[PowerLine], alpha: f64) -> String {
    let said = lines.iter().filter_map(|line| {
        let (n, share) = line.points.last()?;
        let [value, low, high] =
            [share.value, share.interval.low, share.interval.high].map(|share| share * 100.0);
        let label = &line.label;
        Some(format!("{label}: {value:.1} % with {n} participants ({low:.1} to {high:.1} %)"))
    });
    let said = said.collect::<Vec<_>>().join("; ");
    format!("Where nothing differs, {} % of studies should find something. {said}.", alpha * 100.0)
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
        let points = powers.iter().enumerate().map(point).collect();
        PowerLine { label: label.into(), series: 0, group: 0, points }
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

    #[test]
    fn false_positives_are_drawn_around_their_level() {
        let svg = false_positive_curves(&[line("a > b", &[0.06, 0.052])], 0.05);
        assert!(svg.contains("5 % of studies should find something"), "{svg}");
        assert!(svg.contains("a &gt; b: 5.2 % with 20 participants (0.2 to 10.2 %)"), "{svg}");
        // The axis ends at the highest interval, 11 %.
        assert!(svg.contains(">10 %<") && !svg.contains(">100 %<"), "{svg}");
    }
}
