//! All results as one table: a number a row.

use super::report::Report;
use crate::statistics::{Count, Estimate, Interval};

/// The columns; a cell that does not apply is empty.
const COLUMNS: &str = "layer,measure,participant,what,estimate,se,conf_low,conf_high,statistic,p_value,p_holm,n_yes,n";

/// One row.
#[derive(Default)]
struct Row<'a> {
    layer: &'a str,
    measure: &'a str,
    participant: &'a str,
    what: String,
    estimate: Option<f64>,
    se: Option<f64>,
    interval: Option<Interval>,
    statistic: Option<f64>,
    p_value: Option<f64>,
    p_holm: Option<f64>,
    count: Option<Count>,
}

impl Row<'_> {
    fn write(&self, csv: &mut String) {
        let number = |value: Option<f64>| value.map_or_else(String::new, written);
        let cells = [
            self.layer.to_owned(),
            quoted(self.measure),
            quoted(self.participant),
            quoted(&self.what),
            number(self.estimate),
            number(self.se),
            number(self.interval.map(|interval| interval.low)),
            number(self.interval.map(|interval| interval.high)),
            number(self.statistic),
            number(self.p_value),
            number(self.p_holm),
            self.count.map_or_else(String::new, |count| count.n_yes.to_string()),
            self.count.map_or_else(String::new, |count| count.n.to_string()),
        ];
        csv.push_str(&cells.join(","));
        csv.push('\n');
    }

    fn of(layer: &'static str, measure: &'static str, what: impl Into<String>) -> Row<'static> {
        Row { layer, measure, what: what.into(), ..Row::default() }
    }
}

/// The shortest digits that are read back as the same number, with an exponent where it is small.
fn written(value: f64) -> String {
    if value != 0.0 && value.abs() < 1e-4 { format!("{value:e}") } else { value.to_string() }
}

/// Names are hashes or were chosen by people: kept from being taken for a formula, and quoted.
fn quoted(text: &str) -> String {
    let guard =
        if text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\'']) { "'" } else { "" };
    if guard.is_empty() && !text.contains([',', '"', '\n', '\r']) {
        return text.to_owned();
    }
    format!("\"{guard}{}\"", text.replace('"', "\"\""))
}

impl Report {
    /// All results as tidy csv: one number a row.
    pub fn to_tidy_csv(&self) -> String {
        let mut csv = format!("{COLUMNS}\n");
        left(self, &mut csv);
        thesis(self, &mut csv);
        shares(self, &mut csv);
        model(self, &mut csv);
        robustness(self, &mut csv);
        csv
    }
}

fn left(report: &Report, csv: &mut String) {
    let left = &report.left;
    let counts = [
        ("sessions", left.n_sessions),
        ("sessions left out", left.n_sessions_left_out),
        ("sessions broken off", left.n_incomplete),
        ("later sessions of a participant", left.n_repeated),
        ("sessions without an answer that counts", left.n_without_answer),
        ("trials answered too soon", left.n_trials_too_fast),
        ("participants", report.n_participants),
    ];
    let reasons = left.by_reason.iter().map(|(reason, n)| (*reason, *n));
    for (what, n) in counts.into_iter().chain(reasons) {
        Row { estimate: Some(n as f64), ..Row::of("sample", "count", what) }.write(csv);
    }
}

fn thesis(report: &Report, csv: &mut String) {
    for test in &report.thesis.tests {
        let mut row =
            Row::of("thesis", "prop.test greater", format!("{} > {}", test.first, test.second));
        row.participant = &test.participant;
        if let Some(test) = &test.test {
            let interval = test.conf_low.zip(test.conf_high);
            row.estimate = Some(test.estimates[0] - test.estimates[1]);
            row.interval = interval.map(|(low, high)| Interval { low, high });
            (row.statistic, row.p_value) = (Some(test.statistic), Some(test.p_value));
        }
        row.write(csv);
    }
}

fn shares(report: &Report, csv: &mut String) {
    let default = &report.default;
    let share = |measure, what: &dyn ToString, count: Count| Row {
        estimate: Some(count.share()),
        count: Some(count),
        ..Row::of("default", measure, what.to_string())
    };
    for own in &default.conditions {
        let interval = Some(own.share.interval);
        Row { interval, ..share("share", &own.condition, own.count) }.write(csv);
        let reaction = own.reaction;
        let quartiles = Interval { low: reaction.lower_quartile, high: reaction.upper_quartile };
        Row {
            estimate: Some(reaction.median),
            interval: Some(quartiles),
            ..Row::of("default", "reaction time median and quartiles (ms)", own.condition.name())
        }
        .write(csv);
    }
    for (position, count) in &default.by_position {
        share("share by position", position, *count).write(csv);
    }
    for (familiar, count) in &default.by_familiarity {
        share("share by familiarity", if *familiar { &"known" } else { &"not known" }, *count)
            .write(csv);
    }
    for ((genre, condition), count) in &default.by_genre {
        share("share by genre", &format!("{genre}, {condition}"), *count).write(csv);
    }
    for own in &default.participants {
        let row = share("share", &own.condition, own.count);
        Row { participant: &own.participant, ..row }.write(csv);
        if let Some(Estimate { value, interval }) = own.shrunk {
            Row {
                participant: &own.participant,
                estimate: Some(value),
                interval: Some(interval),
                ..Row::of("default", "probability (shrunk)", own.condition.name())
            }
            .write(csv);
        }
    }
}

fn model(report: &Report, csv: &mut String) {
    let Ok(model) = &report.default.model else { return };
    for effect in &model.fit.fixed {
        Row {
            estimate: Some(effect.estimate),
            se: Some(effect.se),
            interval: Some(Interval { low: effect.conf_low, high: effect.conf_high }),
            statistic: Some(effect.z),
            p_value: Some(effect.p_value),
            ..Row::of("default", "fixed effect (logit)", effect.term.as_str())
        }
        .write(csv);
    }
    let random = &model.fit.random;
    let slopes = random.participant.slopes.iter();
    let slopes = slopes.map(|slope| (format!("participant {}", slope.term), slope.variance));
    let groups = [
        ("participant".to_owned(), random.participant.variance),
        ("song".to_owned(), random.song.variance),
    ];
    for (what, variance) in groups.into_iter().chain(slopes) {
        Row { estimate: Some(variance), ..Row::of("default", "variance (logit)", what) }.write(csv);
    }
    for result in &model.contrasts {
        Row {
            estimate: Some(result.contrast.estimate),
            se: Some(result.contrast.se),
            interval: Some(result.contrast.interval),
            statistic: Some(result.contrast.z),
            p_value: Some(result.contrast.p_value),
            p_holm: Some(result.p_holm),
            ..Row::of(
                "default",
                "contrast (logit)",
                format!("{} - {}", result.first, result.second),
            )
        }
        .write(csv);
    }
    for (condition, Estimate { value, interval }) in &model.marginals {
        Row {
            estimate: Some(*value),
            interval: Some(*interval),
            ..Row::of("default", "marginal probability", condition.name())
        }
        .write(csv);
    }
}

fn robustness(report: &Report, csv: &mut String) {
    for check in &report.default.robustness {
        let what = format!("{} - {}", check.first, check.second);
        let rows = [
            ("difference of shares, permutation", check.p_permutation, check.bootstrap),
            ("difference of shares, exact McNemar", check.mcnemar.p_exact, None),
            ("difference of shares, mid-p McNemar", check.mcnemar.p_mid, None),
        ];
        for (measure, p_value, interval) in rows {
            Row {
                estimate: Some(check.difference),
                interval,
                p_value: Some(p_value),
                ..Row::of("default", measure, what.as_str())
            }
            .write(csv);
        }
    }
}
