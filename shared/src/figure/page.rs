//! The report of a study, part by part, and as one page of HTML that needs nothing beside it.

use super::results::figures;
use super::svg::escape;
use crate::analysis::{Left, Report, ThesisTest};
use crate::statistics::{Count, Estimate, Interval};
use serde::{Deserialize, Serialize};

/// Follows the reader's device in light and dark, and is legible on paper.
const STYLE: &str = "
:root { color-scheme: light dark; --paper: #fbf8f3; --ink: #1d1b19; --quiet: #6b655d; --rule: #e2dcd2 }
@media (prefers-color-scheme: dark) {
  :root { --paper: #191714; --ink: #f1ede6; --quiet: #a8a197; --rule: #3a3631 }
}
body { max-width: 46rem; margin: 0 auto; padding: 2rem 1rem 4rem; background: var(--paper);
  color: var(--ink); font: 1rem/1.5 system-ui, sans-serif }
h1 { line-height: 1.2 } h2 { margin-top: 2.5rem } .quiet { color: var(--quiet) }
figure { margin: 1.5rem 0 } figure svg { max-width: 100%; height: auto }
.wide { overflow-x: auto } table { border-collapse: collapse; font-variant-numeric: tabular-nums }
caption { text-align: left; color: var(--quiet); padding-bottom: .25rem }
th, td { padding: .25rem 1rem .25rem 0; text-align: left; border-bottom: 1px solid var(--rule) }
.number { text-align: right } code { overflow-wrap: anywhere }
";

/// A part of a report.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Part {
    /// A heading; 1 is the report's own.
    Heading(u8, String),
    /// A paragraph.
    Paragraph(String),
    /// A list.
    List(Vec<String>),
    /// A table.
    Table {
        /// What it shows.
        caption: String,
        /// Names of the columns.
        head: Vec<String>,
        /// Cells, row by row.
        rows: Vec<Vec<String>>,
    },
    /// A hash and what it is of.
    Hash(String, String),
    /// A figure: the name of its file and the SVG.
    Figure(String, String),
}

/// The report as a page. `faults` are what was wrong with the files, one sentence each.
pub fn report_page(report: &Report, faults: &[String]) -> String {
    page(&format!("Results of {}", report.study_id), &report_parts(report, faults))
}

/// Parts as a page that needs nothing beside it.
pub(super) fn page(title: &str, parts: &[Part]) -> String {
    let title = escape(title);
    let body: String = parts.iter().map(html).collect();
    format!(
        "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\
         <title>{title}</title><style>{STYLE}</style></head>\n<body><main>\n{body}</main></body></html>\n"
    )
}

/// The parts of the report, in their order.
pub fn report_parts(report: &Report, faults: &[String]) -> Vec<Part> {
    let mut page = Parts::default();
    page.heading(1, &format!("Results of the study {}", report.study_id));
    page.paragraph(&format!(
        "{} participants count. Segue {}.",
        report.n_participants,
        env!("CARGO_PKG_VERSION")
    ));
    page.heading(2, "Methods and results in one paragraph");
    page.paragraph(&report.methods);
    page.heading(2, "Figures");
    for figure in figures(report) {
        page.0.push(Part::Figure(figure.name.to_owned(), figure.svg));
    }
    page.heading(2, "Planned analysis");
    conditions(&mut page, report);
    contrasts(&mut page, report);
    robustness(&mut page, report);
    page.heading(2, "Order and familiarity");
    page.table(
        "Likes by place after the anchor",
        &["place", "likes", "answers", "share"],
        report.default.by_position.iter().map(|(place, count)| counted(place.to_string(), *count)),
    );
    page.table(
        "Likes by familiarity",
        &["song", "likes", "answers", "share"],
        report.default.by_familiarity.iter().map(|(familiar, count)| {
            counted(if *familiar { "known" } else { "not known" }.to_owned(), *count)
        }),
    );
    page.heading(2, "The tests of the thesis");
    page.paragraph(
        "Three one-sided tests of proportions for each participant, which take the answers to one \
         anchor to be independent.",
    );
    thesis(&mut page, &report.thesis.tests);
    page.heading(2, "Participants");
    participants(&mut page, report);
    page.heading(2, "What was left out");
    left(&mut page, &report.left);
    page.list(report.refused.iter().map(|(study, n)| format!("{n} sessions of {study}: refused")));
    page.list(faults.iter().cloned());
    page.heading(2, "Versions");
    versions(&mut page, report);
    page.0
}

fn conditions(page: &mut Parts, report: &Report) {
    let rows = report.default.conditions.iter().map(|own| {
        let mut cells = counted(own.condition.name().to_owned(), own.count);
        cells.push(interval(own.share.interval));
        cells.push(format!(
            "{:.0} ({:.0} to {:.0})",
            own.reaction.median, own.reaction.lower_quartile, own.reaction.upper_quartile
        ));
        cells
    });
    page.table(
        "Each condition by itself; the interval is Wilson's and takes answers to be independent",
        &["condition", "likes", "answers", "share", "95 %", "reaction time, ms (quartiles)"],
        rows,
    );
}

fn contrasts(page: &mut Parts, report: &Report) {
    let model = match &report.default.model {
        Ok(model) => model,
        Err(why) => return page.paragraph(&format!("There is no model: {why}.")),
    };
    page.paragraph(&format!(
        "Mixed logistic regression by Laplace's approximation: {}. {}{}",
        model.formula,
        if model.fit.converged { "It converged." } else { "It did not converge." },
        if model.fit.singular { " It is singular: a variance is estimated as 0." } else { "" },
    ));
    page.table(
        "Planned contrasts; p is corrected by Holm",
        &["contrast", "logit", "SE", "odds ratio", "95 %", "p"],
        model.contrasts.iter().map(|found| {
            vec![
                format!("{} \u{2212} {}", found.first, found.second),
                format!("{:.3}", found.contrast.estimate),
                format!("{:.3}", found.contrast.se),
                format!("{:.2}", found.odds_ratio.value),
                interval(found.odds_ratio.interval),
                p_value(found.p_holm),
            ]
        }),
    );
    page.table(
        "Probability of a like over participants and songs",
        &["condition", "probability", "95 %"],
        model.marginals.iter().map(|(condition, estimate)| {
            vec![condition.to_string(), share(estimate.value), interval(estimate.interval)]
        }),
    );
}

fn robustness(page: &mut Parts, report: &Report) {
    page.table(
        "Without a model: the same contrasts, as differences of shares over pairs of answers to one anchor",
        &["contrast", "pairs", "difference", "95 % (bootstrap)", "p (permutation)", "p (McNemar)"],
        report.default.robustness.iter().map(|own| {
            vec![
                format!("{} \u{2212} {}", own.first, own.second),
                own.n_pairs.to_string(),
                format!("{:.3}", own.difference),
                own.bootstrap.map_or_else(|| "none".to_owned(), interval),
                p_value(own.p_permutation),
                p_value(own.mcnemar.p_exact),
            ]
        }),
    );
    if let Some(test) = &report.default.cochran {
        page.paragraph(&format!(
            "Cochran's Q over whole anchors: {:.3}, {} degrees of freedom, p {}.",
            test.statistic,
            test.degrees_of_freedom,
            p_value(test.p_value)
        ));
    }
}

fn thesis(page: &mut Parts, tests: &[ThesisTest]) {
    page.table(
        "Is the first liked more often?",
        &["participant", "first", "second", "likes", "chi-squared", "p"],
        tests.iter().map(|own| {
            let [first, second] = own.counts;
            let counts = format!("{}/{} and {}/{}", first.n_yes, first.n, second.n_yes, second.n);
            let outcome = match &own.test {
                Some(test) => [format!("{:.4}", test.statistic), p_value(test.p_value)],
                None => [own.why_not.clone().unwrap_or_default(), String::new()],
            };
            let names = [own.participant.clone(), own.first.to_owned(), own.second.to_owned()];
            names.into_iter().chain([counts]).chain(outcome).collect()
        }),
    );
}

fn participants(page: &mut Parts, report: &Report) {
    page.table(
        "Likes of each participant; the model's probability is drawn towards the mean as far as little \
         is known of them",
        &["participant", "condition", "likes", "answers", "share", "by the model", "95 %"],
        report.default.participants.iter().map(|own| {
            let mut cells = vec![own.participant.clone()];
            cells.extend(counted(own.condition.name().to_owned(), own.count));
            let (value, range) = estimate(own.shrunk);
            cells.extend([value, range]);
            cells
        }),
    );
}

fn left(page: &mut Parts, left: &Left) {
    page.paragraph(&format!(
        "Of {} sessions {} were left out; {} were broken off, {} were later sessions of somebody, {} had no \
         answer that counts, and {} trials were answered too soon, anchors among them.",
        left.n_sessions,
        left.n_sessions_left_out,
        left.n_incomplete,
        left.n_repeated,
        left.n_without_answer,
        left.n_trials_too_fast
    ));
    page.list(left.by_reason.iter().map(|(reason, n)| format!("{n} sessions: {reason}")));
}

fn versions(page: &mut Parts, report: &Report) {
    page.hash("SHA-256 of study.json", &report.study_sha256);
    for (hashes, n_sessions) in &report.versions {
        page.paragraph(&format!("{n_sessions} sessions by Segue {}:", hashes.version));
        page.hash("page", &hashes.wasm);
        page.hash("catalogue", &hashes.catalog);
        for (table, hash) in &hashes.embeddings {
            page.hash(&format!("embeddings {table}"), hash);
        }
    }
}

fn counted(what: String, count: Count) -> Vec<String> {
    vec![what, count.n_yes.to_string(), count.n.to_string(), share(count.share())]
}

fn share(value: f64) -> String {
    format!("{:.1} %", value * 100.0)
}

fn interval(interval: Interval) -> String {
    format!("{:.3} to {:.3}", interval.low, interval.high)
}

fn estimate(estimate: Option<Estimate>) -> (String, String) {
    estimate.map_or_else(Default::default, |own| (share(own.value), interval(own.interval)))
}

fn p_value(p: f64) -> String {
    if p < 0.001 { format!("{p:.1e}") } else { format!("{p:.3}") }
}

/// Parts that are being collected.
#[derive(Default)]
pub(super) struct Parts(pub(super) Vec<Part>);

impl Parts {
    pub(super) fn heading(&mut self, level: u8, text: &str) {
        self.0.push(Part::Heading(level, text.to_owned()));
    }

    pub(super) fn paragraph(&mut self, text: &str) {
        self.0.push(Part::Paragraph(text.to_owned()));
    }

    pub(super) fn hash(&mut self, what: &str, hash: &str) {
        self.0.push(Part::Hash(what.to_owned(), hash.to_owned()));
    }

    pub(super) fn list(&mut self, items: impl Iterator<Item = String>) {
        let items: Vec<String> = items.collect();
        if !items.is_empty() {
            self.0.push(Part::List(items));
        }
    }

    pub(super) fn table(
        &mut self,
        caption: &str,
        head: &[&str],
        rows: impl Iterator<Item = Vec<String>>,
    ) {
        let rows: Vec<Vec<String>> = rows.collect();
        if !rows.is_empty() {
            let head = head.iter().map(|name| (*name).to_owned()).collect();
            self.0.push(Part::Table { caption: caption.to_owned(), head, rows });
        }
    }
}

/// A part as HTML; every text is escaped.
fn html(part: &Part) -> String {
    match part {
        Part::Heading(level, text) => format!("<h{level}>{}</h{level}>\n", escape(text)),
        Part::Paragraph(text) => format!("<p>{}</p>\n", escape(text)),
        Part::List(items) => {
            let items = items.iter().map(|item| format!("<li>{}</li>", escape(item)));
            format!("<ul>{}</ul>\n", items.collect::<String>())
        }
        Part::Hash(what, hash) => {
            let (what, hash) = (escape(what), escape(hash));
            format!("<p>{what} <code class=\"quiet\">{hash}</code></p>\n")
        }
        Part::Figure(_, svg) => format!("<figure>{svg}</figure>\n"),
        Part::Table { caption, head, rows } => {
            let head = head.iter().map(|name| format!("<th scope=\"col\">{}</th>", escape(name)));
            let row = |cells: &Vec<String>| {
                let cells = cells.iter().map(|cell| format!("<td>{}</td>", escape(cell)));
                format!("<tr>{}</tr>", cells.collect::<String>())
            };
            format!(
                "<div class=\"wide\"><table><caption>{}</caption><thead><tr>{}</tr></thead>\
                 <tbody>{}</tbody></table></div>\n",
                escape(caption),
                head.collect::<String>(),
                rows.iter().map(row).collect::<String>()
            )
        }
    }
}
