//! The report of an evaluation as one page of HTML, and its figures.

use super::confusion::titled_confusion_matrix;
use super::dots::{DotPlot, DotRow, dot_plot};
use super::page::{Part, Parts, page};
use crate::evaluation::{
    Classification, Comparison, Contrast, Evaluation, HistorySummary, Measure, Value,
};
use crate::statistics::Interval;
use std::collections::BTreeMap;

/// The report as a page that needs nothing beside it.
pub fn evaluation_page(evaluation: &Evaluation) -> String {
    let mut parts = Parts::default();
    parts.heading(1, "Evaluation of recommenders");
    parts.paragraph(&format!(
        "{} songs by {} artists. Segue {}.",
        evaluation.n_songs, evaluation.n_artists, evaluation.version
    ));
    parts.list(evaluation.notes.iter().cloned());
    parts.heading(2, "Figures");
    for (name, svg) in evaluation_figures(evaluation) {
        parts.0.push(Part::Figure(name, svg));
    }
    parts.heading(2, "All measures");
    parts.paragraph(&how_to_read(&evaluation.settings));
    measures(&mut parts, &evaluation.songs, "songs");
    parts.heading(2, "Differences");
    parts.paragraph(
        "The first less the second, on the same songs. An interval that does not hold 0 is a \
         difference that resampling does not explain; there are many of them, and one in twenty would \
         leave 0 out by chance.",
    );
    differences(&mut parts, &evaluation.songs, "songs");
    genres(&mut parts, evaluation);
    if let Some(history) = &evaluation.history {
        of_history(&mut parts, history);
    }
    record(&mut parts, evaluation);
    page("Evaluation of recommenders", &parts.0)
}

fn how_to_read(settings: &BTreeMap<String, String>) -> String {
    let is_left_out = settings.get("same_artist").is_some_and(|own| own == "exclude");
    let left_out = if is_left_out {
        " Songs by the artist of the asking song are left out where songs of its genre are sought, and of lists for \
         coverage, popularity, novelty and diversity; they stay where songs of the artist are sought, and for hubness and \
         anti-hubs."
    } else {
        ""
    };
    format!(
        "Same artist and same genre: each song asks, and all others are ranked by cosine similarity; a song fits that is \
         by the same artist (or of the same genre). Hubness, anti-hubs, coverage, popularity, novelty and diversity are \
         of the ten nearest.{left_out} Intervals are 95 % by default and draw whole artists, since songs by one artist \
         are alike."
    )
}

/// Every figure, by the name of its file.
pub fn evaluation_figures(evaluation: &Evaluation) -> Vec<(String, String)> {
    let history = evaluation.history.iter().flat_map(|own| &own.measures);
    let mut figures: Vec<(String, String)> = evaluation
        .songs
        .iter()
        .chain(history)
        .filter(|own| IN_FIGURES.contains(&own.measure) && !own.values.is_empty())
        .map(|own| (own.measure.name().to_owned(), dot_plot(&plot(own))))
        .collect();
    let probes = evaluation.probes.iter().map(|own| ("probe", &own.said));
    let networks = evaluation.networks.iter().map(|own| ("network", own));
    for (kind, said) in probes.chain(networks) {
        let title = format!("Genres by the {kind} of {}", said.name);
        let svg = titled_confusion_matrix(&title, &said.matrix(), &said.genres);
        figures.push((format!("confusion_{kind}_{}", said.name), svg));
    }
    figures
}

/// Measures that have a figure of their own; the others stand in the tables.
const IN_FIGURES: [Measure; 8] = [
    Measure::ArtistNdcg,
    Measure::GenrePrecision10,
    Measure::GenreNdcg,
    Measure::HubnessSkewness,
    Measure::Coverage,
    Measure::ProbeAccuracy,
    Measure::HitRate10,
    Measure::NextNdcg,
];

fn plot(comparison: &Comparison) -> DotPlot {
    let row = |(at, own): (usize, &Value)| DotRow {
        label: own.recommender.clone(),
        value: own.estimate,
        interval: own.interval,
        colour: at,
    };
    let rows: Vec<DotRow> = comparison.values.iter().enumerate().map(row).collect();
    let of_each = rows.iter().map(|own| format!("{} {:.3}", own.label, own.value));
    let finding = format!("{}: {}.", comparison.what, of_each.collect::<Vec<_>>().join(", "));
    DotPlot {
        title: capital(comparison.what),
        axis: "estimate with interval".to_owned(),
        finding: capital(&finding),
        rows,
        reference: None,
        is_share: false,
    }
}

/// With a large first letter, where it is one.
fn capital(text: &str) -> String {
    let mut letters = text.chars();
    let first = letters.next().map(|own| own.to_uppercase().to_string());
    first.unwrap_or_default() + letters.as_str()
}

fn measures(parts: &mut Parts, comparisons: &[Comparison], of: &str) {
    let rows = comparisons.iter().flat_map(|own| {
        own.values.iter().map(|value| {
            vec![
                own.what.to_owned(),
                value.recommender.clone(),
                number(value.estimate),
                interval(value.interval),
                value.n.to_string(),
            ]
        })
    });
    parts.table("Every measure", &["measure", "recommender", "estimate", "interval", of], rows);
}

fn differences(parts: &mut Parts, comparisons: &[Comparison], of: &str) {
    let rows = comparisons.iter().flat_map(|own| {
        own.differences.iter().map(|found| {
            let Contrast { first, second, n, estimate, interval: range } = found;
            vec![
                own.what.to_owned(),
                format!("{first} \u{2212} {second}"),
                number(*estimate),
                interval(*range),
                n.to_string(),
            ]
        })
    });
    parts.table("Every two", &["measure", "difference", "estimate", "interval", of], rows);
}

fn genres(parts: &mut Parts, evaluation: &Evaluation) {
    if evaluation.probes.is_empty() && evaluation.networks.is_empty() {
        return;
    }
    parts.heading(2, "Genres");
    if !evaluation.probes.is_empty() {
        parts.paragraph(
            "The linear probe is a multinomial logistic regression (L2, C = 1) on the embeddings of the \
             train split, which the networks were trained on, too. Always to say its most frequent genre \
             is the majority.",
        );
    }
    let probes = evaluation.probes.iter().flat_map(|own| {
        let (n, share) = (own.n_train, number(own.majority_accuracy));
        let name = format!("probe of {} ({n} train songs; majority {share})", own.said.name);
        of_genres(&name, &own.said)
    });
    let networks = evaluation
        .networks
        .iter()
        .flat_map(|own| of_genres(&format!("network of {}", own.name), own));
    let head = ["of", "genre", "precision", "recall", "F1", "songs"];
    parts.table("Genre by genre", &head, probes.chain(networks));
    let probes = evaluation.probes.iter().map(|own| ("probe", &own.said));
    for (kind, said) in probes.chain(evaluation.networks.iter().map(|own| ("network", own))) {
        let head: Vec<&str> =
            std::iter::once("true").chain(said.genres.iter().map(String::as_str)).collect();
        let rows = said.genres.iter().zip(&said.confusion).map(|(genre, row)| {
            std::iter::once(genre.clone()).chain(row.iter().map(u64::to_string)).collect()
        });
        let caption =
            format!("Songs by true genre (row) and what the {kind} of {} said", said.name);
        parts.table(&caption, &head, rows);
    }
}

fn of_genres(name: &str, said: &Classification) -> Vec<Vec<String>> {
    let scores = said.matrix().per_class();
    let row = |(genre, own): (&String, &crate::statistics::ClassScores)| {
        vec![
            name.to_owned(),
            genre.clone(),
            number(own.precision),
            number(own.recall),
            number(own.f1),
            own.support.to_string(),
        ]
    };
    said.genres.iter().zip(&scores).map(row).collect()
}

fn of_history(parts: &mut Parts, history: &HistorySummary) {
    parts.heading(2, "What was played next");
    parts.paragraph(&format!(
        "{} transitions of {} listeners, after a cut in time; popularity and item-based neighbours are \
         learnt from the {} listens before it. Intervals draw whole listeners. Of {} rows {} were of \
         songs that are not evaluated and {} were wrong.",
        history.n_transitions,
        history.n_listeners,
        history.n_past,
        history.n_rows,
        history.n_outside,
        history.n_faulty
    ));
    measures(parts, &history.measures, "transitions");
    differences(parts, &history.measures, "transitions");
    parts.list(history.faults.iter().cloned());
}

fn record(parts: &mut Parts, evaluation: &Evaluation) {
    parts.heading(2, "Settings and inputs");
    let rows = evaluation.settings.iter().map(|(name, value)| vec![name.clone(), value.clone()]);
    parts.table("Settings", &["setting", "value"], rows);
    for (name, hash) in &evaluation.inputs {
        parts.hash(&format!("SHA-256 of {name}"), hash);
    }
}

fn number(value: f64) -> String {
    format!("{:.3}", (value * 1e3).round() / 1e3 + 0.0)
}

fn interval(interval: Option<Interval>) -> String {
    match interval {
        Some(Interval { low, high }) => format!("{} to {}", number(low), number(high)),
        None => "none".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::evaluation::ProbeSummary;

    fn evaluation() -> Evaluation {
        let range = Some(Interval { low: 0.25, high: 0.75 });
        let value =
            |name: &str| Value { recommender: name.into(), n: 9, estimate: 0.5, interval: range };
        let genres = ["pop".to_owned(), "R&B".to_owned()];
        let pairs = [Some((0, 1)), Some((1, 1))];
        let said = Classification::new("audio", &genres, &pairs);
        Evaluation {
            version: "1".into(),
            settings: BTreeMap::from([("split".into(), "test".into())]),
            inputs: BTreeMap::from([("catalog".into(), "abc".into())]),
            n_songs: 9,
            n_artists: 3,
            genres: BTreeMap::new(),
            notes: vec!["<b> is left out".into()],
            songs: vec![Comparison {
                measure: Measure::GenreNdcg,
                what: Measure::GenreNdcg.what(),
                values: vec![value("audio"), value("random")],
                differences: vec![Contrast {
                    first: "audio".into(),
                    second: "random".into(),
                    n: 9,
                    estimate: -0.0001,
                    interval: None,
                }],
            }],
            probes: vec![ProbeSummary { n_train: 5, majority_accuracy: 0.5, said: said.clone() }],
            networks: vec![said],
            history: None,
        }
    }

    #[test]
    fn the_page_has_everything_and_needs_nothing() {
        let page = evaluation_page(&evaluation());
        for wanted in [
            "9 songs by 3 artists",
            "Same genre, nDCG at 10",
            "audio \u{2212} random",
            "0.250 to 0.750",
            "&lt;b&gt; is left out",
            "Genres by the probe of audio",
            "<td>0.000</td>",
            "what the network of audio said",
            "SHA-256 of catalog",
        ] {
            assert!(page.contains(wanted), "'{wanted}' is missing in:\n{page}");
        }
        assert!(!page.contains("<script") && !page.contains("src=") && !page.contains("@import"));
        let ids = page.matches("id=\"title-").count();
        let of = |at: &str| at.split('"').next().unwrap_or_default().to_owned();
        let different: std::collections::BTreeSet<String> =
            page.split("id=\"title-").skip(1).map(of).collect();
        assert_eq!((ids, different.len()), (3, 3), "two figures of one name");
    }
}
