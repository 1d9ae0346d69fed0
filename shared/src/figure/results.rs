//! The figures of a report.

use super::dots::{DotPlot, DotRow, dot_plot};
use crate::analysis::Report;
use crate::statistics::{Count, Interval, wilson_interval_at};

/// A figure with the name of its file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Figure {
    /// Name without ending, such as `like_rates`.
    pub name: &'static str,
    /// The SVG.
    pub svg: String,
}

/// Every figure that the report has numbers for.
pub fn figures(report: &Report) -> Vec<Figure> {
    let plots = [
        ("like_rates", like_rates(report)),
        ("paired_differences", paired_differences(report)),
        ("position", by_position(report)),
        ("reaction_times", reaction_times(report)),
        ("genres", by_genre(report)),
    ];
    let drawn = plots.into_iter().filter(|(_, plot)| !plot.rows.is_empty());
    drawn.map(|(name, plot)| Figure { name, svg: dot_plot(&plot) }).collect()
}

/// The model's probabilities where there is a model, else the shares.
fn like_rates(report: &Report) -> DotPlot {
    let marginals = report.default.model.as_ref().map(|model| &model.marginals).ok();
    let conditions = report.default.conditions.iter().enumerate();
    let rows: Vec<DotRow> = conditions
        .map(|(at, own)| {
            let marginal = marginals.and_then(|all| all.iter().find(|(c, _)| *c == own.condition));
            let estimate = marginal.map_or(own.share, |(_, estimate)| *estimate);
            let label = own.condition.name().to_owned();
            let interval = Some(estimate.interval);
            DotRow { label, value: estimate.value, interval, colour: at }
        })
        .collect();
    let of_each = rows.iter().map(|row| format!("{} {:.0} %", row.label, row.value * 100.0));
    let finding = format!("Liked: {}.", of_each.collect::<Vec<_>>().join(", "));
    let axis = match marginals {
        Some(_) => "probability of a like over participants and songs, 95 % interval",
        None => "share of likes, 95 % interval (answers taken to be independent)",
    };
    plot("Likes by condition", axis, finding, rows)
}

/// The first planned contrast, participant by participant.
fn paired_differences(report: &Report) -> DotPlot {
    let Some(pair) = report.default.robustness.first() else {
        return plot("Differences by participant", "", String::new(), Vec::new());
    };
    let mut rows: Vec<DotRow> = Vec::new();
    let of = |participant: &str, condition| {
        let mut all = report.default.participants.iter();
        all.find(|own| own.participant == participant && own.condition == condition)
    };
    for own in report.default.participants.iter().filter(|own| own.condition == pair.first) {
        let Some(other) = of(&own.participant, pair.second) else { continue };
        let value = own.count.share() - other.count.share();
        let label = own.participant.clone();
        rows.push(DotRow { label, value, interval: None, colour: 0 });
    }
    rows.sort_by(|a, b| b.value.total_cmp(&a.value));
    let n_above = rows.iter().filter(|row| row.value > 0.0).count();
    let finding = format!(
        "{n_above} of {} participants liked songs of {} more often than songs of {}.",
        rows.len(),
        pair.first,
        pair.second
    );
    let axis = format!("share of likes, {} less {}", pair.first, pair.second);
    DotPlot { reference: Some(0.0), ..plot("Differences by participant", &axis, finding, rows) }
}

fn by_position(report: &Report) -> DotPlot {
    let rows: Vec<DotRow> = report
        .default
        .by_position
        .iter()
        .map(|(position, count)| counted(format!("place {position}"), *count, 0))
        .collect();
    let of_each = rows.iter().map(|row| format!("{} {:.0} %", row.label, row.value * 100.0));
    let finding =
        format!("Liked by place after the anchor: {}.", of_each.collect::<Vec<_>>().join(", "));
    plot("Likes by place after the anchor", "share of likes, 95 % interval", finding, rows)
}

fn reaction_times(report: &Report) -> DotPlot {
    let conditions = report.default.conditions.iter().enumerate();
    let rows: Vec<DotRow> = conditions
        .map(|(at, own)| {
            let times = own.reaction;
            let (low, high) = (times.lower_quartile / 1e3, times.upper_quartile / 1e3);
            let interval = Some(Interval { low, high });
            let label = own.condition.name().to_owned();
            DotRow { label, value: times.median / 1e3, interval, colour: at }
        })
        .collect();
    let of_each = rows.iter().map(|row| format!("{} {:.1} s", row.label, row.value));
    let finding = format!("Median time to the answer: {}.", of_each.collect::<Vec<_>>().join(", "));
    let axis = "seconds to the answer: median and quartiles";
    DotPlot { is_share: false, ..plot("Time to the answer by condition", axis, finding, rows) }
}

fn by_genre(report: &Report) -> DotPlot {
    let conditions: Vec<_> = report.default.conditions.iter().map(|own| own.condition).collect();
    let rows: Vec<DotRow> = report
        .default
        .by_genre
        .iter()
        .map(|((genre, condition), count)| {
            let colour = conditions.iter().position(|own| own == condition).unwrap_or(0);
            counted(format!("{genre}, {condition}"), *count, colour)
        })
        .collect();
    let best = rows.iter().max_by(|a, b| a.value.total_cmp(&b.value));
    let finding = best.map_or_else(String::new, |best| {
        format!("Most liked: {} with {:.0} %.", best.label, best.value * 100.0)
    });
    plot("Likes by genre and condition", "share of likes, 95 % interval", finding, rows)
}

fn counted(label: String, count: Count, colour: usize) -> DotRow {
    let interval = Some(wilson_interval_at(count, 0.95));
    DotRow { label, value: count.share(), interval, colour }
}

fn plot(title: &str, axis: &str, finding: String, rows: Vec<DotRow>) -> DotPlot {
    let (title, axis) = (title.to_owned(), axis.to_owned());
    DotPlot { title, axis, finding, rows, reference: None, is_share: true }
}
