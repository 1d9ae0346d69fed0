//! Runs as a table.

use serde_json::{Map, Value, json};
use std::collections::BTreeSet;

/// A measure of a finished run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum)]
#[value(rename_all = "kebab-case")]
pub enum Measure {
    /// Share of the test songs named right.
    Accuracy,
    /// Share of the test slices named right.
    SliceAccuracy,
    /// Mean F1 of the genres, test songs.
    MacroF1,
    /// Mean loss of the test songs, smallest first.
    Loss,
    /// Parameters, fewest first.
    Parameters,
    /// Epochs that were trained, fewest first.
    Epochs,
    /// The folder's name.
    Name,
}

/// A run.
#[derive(Debug, Clone)]
pub(super) struct RunRow {
    name: String,
    settings: Map<String, Value>,
    n_epochs: u64,
    /// None where the run is not finished.
    result: Option<Found>,
}

#[derive(Debug, Clone)]
struct Found {
    accuracy: f64,
    interval: Option<[f64; 2]>,
    slice_accuracy: f64,
    macro_f1: f64,
    loss: f64,
    kept_epoch: u64,
    n_parameters: u64,
    n_songs: u64,
}

/// What of a record is compared beside the settings.
const OF_RECORD: [&str; 4] = ["version", "device", "device_name", "platform"];

impl RunRow {
    pub(super) fn new(name: String, record: &Value, report: Option<&Value>, n_epochs: u64) -> Self {
        let mut settings = record["config"].as_object().cloned().unwrap_or_default();
        for field in OF_RECORD {
            settings.insert(field.to_owned(), record[field].clone());
        }
        for (library, version) in record["libraries"].as_object().into_iter().flatten() {
            settings.insert(library.clone(), version.clone());
        }
        settings.insert("continued".to_owned(), continued(&record["continued"]));
        settings.insert("git_revision".to_owned(), short(&record["git_revision"]));
        settings.insert("data".to_owned(), short(&record["data"]["hash"]));
        let number = |value: &Value| value.as_f64().unwrap_or(f64::NAN);
        let result = report.map(|report| Found {
            accuracy: number(&report["song_accuracy"]),
            interval: report["song_accuracy_interval"]
                .as_array()
                .and_then(|ends| Some([ends.first()?.as_f64()?, ends.get(1)?.as_f64()?])),
            slice_accuracy: number(&report["slice_accuracy"]),
            macro_f1: number(&report["songs"]["macro_f1"]),
            loss: number(&report["songs"]["loss"]),
            kept_epoch: report["kept_epoch"].as_u64().unwrap_or_default(),
            n_parameters: report["n_parameters"].as_u64().unwrap_or_default(),
            n_songs: report["n_songs"].as_u64().unwrap_or_default(),
        });
        Self { name, settings, n_epochs, result }
    }

    /// What the table is ordered by: small ones first.
    fn key(&self, sort: Measure) -> f64 {
        let of = |value: fn(&Found) -> f64| self.result.as_ref().map_or(f64::NAN, value);
        let key = match sort {
            Measure::Accuracy => of(|own| -own.accuracy),
            Measure::SliceAccuracy => of(|own| -own.slice_accuracy),
            Measure::MacroF1 => of(|own| -own.macro_f1),
            Measure::Loss => of(|own| own.loss),
            Measure::Parameters => of(|own| own.n_parameters as f64),
            Measure::Epochs => self.n_epochs as f64,
            Measure::Name => 0.0,
        };
        // Whatever is no number comes last.
        if key.is_nan() { f64::INFINITY } else { key }
    }

    fn setting(&self, name: &str) -> String {
        match self.settings.get(name) {
            None | Some(Value::Null) => "-".to_owned(),
            Some(Value::String(text)) => text.clone(),
            Some(value) => value.to_string(),
        }
    }
}

/// Where a run went on by another program or on another device: `after 3 on cuda:0`.
fn continued(all: &Value) -> Value {
    let one = |own: &Value| {
        let (epoch, device) = (own["after_epoch"].as_u64()?, own["device"].as_str()?);
        Some(format!("after {epoch} on {device}"))
    };
    let all: Vec<String> = all.as_array().into_iter().flatten().filter_map(one).collect();
    if all.is_empty() { Value::Null } else { Value::String(all.join("; ")) }
}

/// The first digits of a hash, with what follows it after a hyphen.
fn short(hash: &Value) -> Value {
    let short = |text: &str| {
        let (digits, more) = text.split_at(text.find('-').unwrap_or(text.len()));
        digits.chars().take(12).chain(more.chars()).collect::<String>()
    };
    hash.as_str().map(short).map_or(Value::Null, Value::String)
}

/// Runs in their order, and the settings that are shown.
pub(super) struct Table {
    rows: Vec<RunRow>,
    shown: Vec<String>,
    /// Settings that all runs share.
    common: Vec<String>,
}

impl Table {
    pub(super) fn new(mut rows: Vec<RunRow>, sort: Measure, all: bool) -> Self {
        rows.sort_by(|a, b| a.key(sort).total_cmp(&b.key(sort)).then_with(|| a.name.cmp(&b.name)));
        let names: BTreeSet<&String> = rows.iter().flat_map(|row| row.settings.keys()).collect();
        let differs = |name: &&String| {
            rows.windows(2).any(|pair| pair[0].settings.get(*name) != pair[1].settings.get(*name))
        };
        let (shown, common): (Vec<&String>, Vec<&String>) =
            names.into_iter().partition(|name| all || differs(name));
        let owned = |names: Vec<&String>| names.into_iter().cloned().collect::<Vec<String>>();
        let (shown, common) = (owned(shown), owned(common));
        Self { rows, shown, common }
    }

    fn head(&self) -> Vec<String> {
        let measures = [
            "run",
            "accuracy",
            "low",
            "high",
            "slice_accuracy",
            "macro_f1",
            "loss",
            "songs",
            "kept",
            "epochs",
            "parameters",
        ];
        measures.into_iter().map(str::to_owned).chain(self.shown.iter().cloned()).collect()
    }

    fn cells(&self, row: &RunRow) -> Vec<String> {
        let number = |value: f64| format!("{value:.3}");
        let mut cells = vec![row.name.clone()];
        match &row.result {
            Some(own) => {
                let ends = own.interval.map(|ends| ends.map(number));
                let [low, high] = ends.unwrap_or_default();
                cells.extend([number(own.accuracy), low, high]);
                cells.extend([own.slice_accuracy, own.macro_f1, own.loss].map(number));
                cells.push(own.n_songs.to_string());
                cells.extend(
                    [own.kept_epoch, row.n_epochs, own.n_parameters].map(|n| n.to_string()),
                );
            }
            None => {
                cells.push("unfinished".to_owned());
                cells.extend((0..7).map(|_| String::new()));
                cells.extend([row.n_epochs.to_string(), String::new()]);
            }
        }
        cells.extend(self.shown.iter().map(|name| row.setting(name)));
        cells
    }

    /// Columns of equal width, and below what all runs share.
    pub(super) fn to_text(&self) -> String {
        let mut lines = vec![self.head()];
        lines.extend(self.rows.iter().map(|row| self.cells(row)));
        let width = |column: usize| {
            lines.iter().map(|cells| cells[column].chars().count()).max().unwrap_or_default()
        };
        let widths: Vec<usize> = (0..lines[0].len()).map(width).collect();
        let mut text = String::new();
        for cells in &lines {
            let padded = cells.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}"));
            text += padded.collect::<Vec<_>>().join("  ").trim_end();
            text.push('\n');
        }
        if let Some(row) = self.rows.first().filter(|_| !self.common.is_empty()) {
            let same = self.common.iter().map(|name| format!("{name} {}", row.setting(name)));
            text += &format!("\nthe same in all: {}\n", same.collect::<Vec<_>>().join(", "));
        }
        text
    }

    pub(super) fn to_csv(&self) -> anyhow::Result<String> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(self.head())?;
        for row in &self.rows {
            writer.write_record(self.cells(row))?;
        }
        Ok(String::from_utf8(writer.into_inner()?)?)
    }

    pub(super) fn to_json(&self) -> Value {
        let row = |row: &RunRow| {
            let result = row.result.as_ref().map(|own| {
                json!({
                    "accuracy": own.accuracy,
                    "accuracy_interval": own.interval,
                    "slice_accuracy": own.slice_accuracy,
                    "macro_f1": own.macro_f1,
                    "loss": own.loss,
                    "kept_epoch": own.kept_epoch,
                    "n_parameters": own.n_parameters,
                    "n_songs": own.n_songs,
                })
            });
            json!({
                "run": row.name,
                "n_epochs": row.n_epochs,
                "test": result,
                "settings": row.settings,
            })
        };
        json!({
            "runs": self.rows.iter().map(row).collect::<Vec<_>>(),
            "different": self.shown,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(name: &str, rate: f64, accuracy: Option<f64>) -> RunRow {
        let record = json!({
            "version": "1", "git_revision": null, "device": "cpu", "data": {"hash": "0123456789abcdef"},
            "config": {"learning_rate": rate, "seed": 1},
        });
        let report = accuracy.map(|accuracy| {
            json!({
                "song_accuracy": accuracy, "song_accuracy_interval": [0.1, 0.9], "slice_accuracy": 0.5,
                "songs": {"macro_f1": 1.0 - accuracy, "loss": accuracy}, "kept_epoch": 3,
                "n_parameters": 77, "n_songs": 38,
            })
        });
        RunRow::new(name.to_owned(), &record, report.as_ref(), 5)
    }

    fn names(table: &Table) -> Vec<&str> {
        table.rows.iter().map(|row| row.name.as_str()).collect()
    }

    fn rows() -> Vec<RunRow> {
        vec![row("a", 0.1, None), row("b", 0.2, Some(0.6)), row("c", 0.1, Some(0.8))]
    }

    #[test]
    fn runs_are_ordered_and_only_what_differs_is_shown() {
        let table = Table::new(rows(), Measure::Accuracy, false);
        assert_eq!(names(&table), ["c", "b", "a"]);
        assert_eq!(names(&Table::new(rows(), Measure::MacroF1, false)), ["b", "c", "a"]);
        assert_eq!(names(&Table::new(rows(), Measure::Loss, false)), ["b", "c", "a"]);
        assert_eq!(table.shown, ["learning_rate"]);
        let text = table.to_text();
        assert!(text.lines().nth(1).unwrap().starts_with("c    0.800"), "{text}");
        assert!(text.contains("unfinished"), "{text}");
        assert!(text.contains("data 0123456789ab") && text.contains("seed 1"), "{text}");
        assert!(Table::new(rows(), Measure::Name, true).shown.len() > 4);
    }

    /// Of one seed two machines make two networks, and so do two versions of a library.
    #[test]
    fn what_decides_about_the_last_digits_is_compared() {
        let of = |name: &str, device_name: &str, burn: &str, continued: Value| {
            let record = json!({
                "device": "cpu", "device_name": device_name, "libraries": {"burn": burn}, "continued": continued,
                "config": {"seed": 1},
            });
            RunRow::new(name.to_owned(), &record, None, 5)
        };
        let gone_on = json!([{"after_epoch": 3, "device": "cuda:0"}]);
        let rows = vec![of("a", "AVX2", "1", json!(null)), of("b", "AVX-512", "2", gone_on)];
        let table = Table::new(rows, Measure::Name, false);
        assert_eq!(table.shown, ["burn", "continued", "device_name"]);
        let text = table.to_text();
        assert!(text.contains("after 3 on cuda:0") && text.contains("AVX-512"), "{text}");
    }

    #[test]
    fn csv_and_json_have_every_run() {
        let table = Table::new(rows(), Measure::Name, false);
        let csv = table.to_csv().unwrap();
        assert!(csv.starts_with("run,accuracy,low,high,"), "{csv}");
        assert_eq!(csv.lines().nth(2), Some("b,0.600,0.100,0.900,0.500,0.400,0.600,38,3,5,77,0.2"));
        let json = table.to_json();
        assert_eq!(json["runs"][2]["test"]["accuracy"], 0.8);
        assert_eq!(
            (&json["runs"][0]["test"], &json["different"][0]),
            (&Value::Null, &json!("learning_rate"))
        );
    }

    #[test]
    fn a_short_revision_says_that_sources_were_changed() {
        assert_eq!(short(&json!("0123456789abcdef-dirty")), json!("0123456789ab-dirty"));
        assert_eq!(short(&json!("0123456789abcdef")), json!("0123456789ab"));
        assert_eq!(short(&Value::Null), Value::Null);
    }
}
