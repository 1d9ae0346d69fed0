//! A report as one HTML file that needs no other.

use super::results::figures;
use super::svg::escape;
use crate::analysis::Report;
use crate::statistics::{Estimate, Interval};

const STYLE: &str = "\
:root{color-scheme:light dark}\
body{font:16px/1.5 system-ui,sans-serif;max-width:46rem;margin:2rem auto;padding:0 1rem;\
background:#fbf8f3;color:#1d1b19}\
table{border-collapse:collapse;margin:1rem 0}\
th,td{text-align:left;padding:.25rem .75rem .25rem 0;border-bottom:1px solid #e2dcd2}\
td{font-variant-numeric:tabular-nums}\
.scroll{overflow-x:auto}\
svg{max-width:100%;height:auto}\
@media (prefers-color-scheme:dark){body{background:#191714;color:#f1ede6}th,td{border-color:#3a3631}}";

/// The report as HTML: methods, tables, figures, and the exact versions and hashes.
pub fn report_page(report: &Report) -> String {
    let title = format!("Results of {}", escape(&report.study_id));
    let figures =
        figures(report).into_iter().map(|figure| format!("<figure>{}</figure>", figure.svg));
    let sections = [
        format!("<h1>{title}</h1><p>{}</p>", escape(&report.methods)),
        section("Sample", &sample(report)),
        section("Conditions", &conditions(report)),
        section("Planned contrasts", &contrasts(report)),
        section("Without a model", &robustness(report)),
        section("Figures", &figures.collect::<String>()),
        section("The thesis's tests", &thesis(report)),
        section("Versions", &versions(report)),
    ];
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width\"><title>{title}</title>\
         <style>{STYLE}</style></head>\n<body>\n{}\n</body></html>\n",
        sections.join("\n")
    )
}

fn section(heading: &str, body: &str) -> String {
    if body.is_empty() { String::new() } else { format!("<h2>{heading}</h2>{body}") }
}

/// A table of texts; empty where it has no row.
fn table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> String {
    let line = |cells: Vec<String>, tag: &str| {
        let cells = cells.iter().map(|cell| format!("<{tag}>{}</{tag}>", escape(cell)));
        format!("<tr>{}</tr>", cells.collect::<String>())
    };
    let rows: String = rows.into_iter().map(|cells| line(cells, "td")).collect();
    if rows.is_empty() {
        return rows;
    }
    let head = line(head.iter().map(|cell| (*cell).to_owned()).collect(), "th");
    format!("<div class=\"scroll\"><table><thead>{head}</thead><tbody>{rows}</tbody></table></div>")
}

fn sample(report: &Report) -> String {
    let left = &report.left;
    let counts = [
        ("sessions that began", left.n_sessions),
        ("left out", left.n_sessions_left_out),
        ("broken off", left.n_incomplete),
        ("later sessions of a participant", left.n_repeated),
        ("trials answered too soon", left.n_trials_too_fast),
        ("participants that count", report.n_participants),
    ];
    let reasons = left.by_reason.iter().map(|(reason, n)| (format!("left out: {reason}"), *n));
    let refused =
        report.refused.iter().map(|(study, n)| (format!("of other studies: {study}"), *n));
    let counts = counts.into_iter().map(|(what, n)| (what.to_owned(), n));
    let rows = counts.chain(reasons).chain(refused).map(|(what, n)| vec![what, n.to_string()]);
    table(&["what", "number"], rows)
}

fn conditions(report: &Report) -> String {
    let rows = report.default.conditions.iter().map(|own| {
        let model = report.default.model.as_ref().ok();
        let marginal = model.and_then(|m| m.marginals.iter().find(|(c, _)| *c == own.condition));
        vec![
            own.condition.to_string(),
            own.count.to_string(),
            shares(own.share),
            marginal.map_or_else(String::new, |(_, estimate)| shares(*estimate)),
            format!("{:.1} s", own.reaction.median / 1e3),
        ]
    });
    let head = ["condition", "likes", "share", "probability by the model", "median time"];
    table(&head, rows)
}

fn contrasts(report: &Report) -> String {
    let model = match &report.default.model {
        Ok(model) => model,
        Err(reason) => return format!("<p>There is no model: {}.</p>", escape(reason)),
    };
    let messages: String =
        model.fit.messages.iter().map(|m| format!("<p>{}</p>", escape(m))).collect();
    let rows = model.contrasts.iter().map(|own| {
        vec![
            format!("{} - {}", own.first, own.second),
            number(own.odds_ratio),
            format!("{:.2}", own.contrast.z),
            p_value(own.contrast.p_value),
            p_value(own.p_holm),
        ]
    });
    let head = ["contrast", "odds ratio (95 % interval)", "z", "p", "p (Holm)"];
    let formula = format!("<p><code>{}</code></p>", escape(&model.formula));
    format!("{formula}{messages}{}", table(&head, rows))
}

fn robustness(report: &Report) -> String {
    let rows = report.default.robustness.iter().map(|own| {
        let interval = own.bootstrap.map_or_else(String::new, |Interval { low, high }| {
            format!("{:.1} to {:.1} %", low * 100.0, high * 100.0)
        });
        vec![
            format!("{} - {}", own.first, own.second),
            own.n_pairs.to_string(),
            format!("{:.1} %", own.difference * 100.0),
            interval,
            p_value(own.p_permutation),
            p_value(own.mcnemar.p_mid),
        ]
    });
    let head = [
        "contrast",
        "anchors",
        "difference",
        "95 % interval",
        "p (permutation)",
        "p (McNemar, mid-p)",
    ];
    table(&head, rows)
}

fn thesis(report: &Report) -> String {
    let rows = report.thesis.tests.iter().map(|own| {
        let [first, second] = own.counts;
        vec![
            own.participant.clone(),
            format!("{} > {}", own.first, own.second),
            format!("{first}, {second}"),
            own.test.as_ref().map_or_else(
                || own.why_not.clone().unwrap_or_default(),
                |test| p_value(test.p_value),
            ),
        ]
    });
    table(&["participant", "test", "likes", "p (one-sided)"], rows)
}

fn versions(report: &Report) -> String {
    let rows = report.versions.iter().map(|(hashes, n)| {
        vec![n.to_string(), hashes.version.clone(), hashes.wasm.clone(), hashes.catalog.clone()]
    });
    let study = format!("<p>study.json: SHA-256 <code>{}</code></p>", escape(&report.study_sha256));
    format!("{study}{}", table(&["sessions", "Segue", "program", "catalogue"], rows))
}

fn shares(Estimate { value, interval: Interval { low, high } }: Estimate) -> String {
    format!("{:.1} % ({:.1} to {:.1})", value * 100.0, low * 100.0, high * 100.0)
}

fn number(Estimate { value, interval: Interval { low, high } }: Estimate) -> String {
    format!("{value:.2} ({low:.2} to {high:.2})")
}

fn p_value(p: f64) -> String {
    if p < 0.001 { format!("{p:.1e}") } else { format!("{p:.3}") }
}
