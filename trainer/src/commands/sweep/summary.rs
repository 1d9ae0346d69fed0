//! How the settings of a sweep compare, each over its seeds.

use super::plan::Plan;
use crate::files;
use crate::training::run_folder::RunFolder;
use anyhow::Context as _;
use serde_json::Value;
use std::fmt::Write as _;
use std::path::Path;

/// One line a setting.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Summary {
    rows: Vec<Row>,
}

/// A setting over its seeds.
#[derive(Debug, Clone, PartialEq)]
struct Row {
    setting: String,
    n_trainings: usize,
    /// Share of the test songs named right, of each finished training.
    accuracies: Vec<f64>,
    /// What the kept epoch of each was on the validation split: share named right, and loss.
    validation: Vec<[f64; 2]>,
}

/// Reads what is finished of a plan.
///
/// # Errors
///
/// If a report can't be read.
pub(super) fn summary(plan: &Plan, out: &Path) -> anyhow::Result<Summary> {
    let mut rows: Vec<Row> = Vec::new();
    for training in &plan.trainings {
        let folder = RunFolder::new(&out.join(&training.name));
        let (accuracy, validation) = match report(&folder.report())? {
            Some(report) => {
                (Some(accuracy(&folder, &report)?), validation(&folder, &report["kept_epoch"])?)
            }
            None => (None, None),
        };
        match rows.iter_mut().find(|row| row.setting == training.setting) {
            Some(row) => {
                row.n_trainings += 1;
                row.accuracies.extend(accuracy);
                row.validation.extend(validation);
            }
            None => rows.push(Row {
                setting: training.setting.clone(),
                n_trainings: 1,
                accuracies: accuracy.into_iter().collect(),
                validation: validation.into_iter().collect(),
            }),
        }
    }
    Ok(Summary { rows })
}

/// The report of a finished training; `None` where there is none yet.
fn report(path: &Path) -> anyhow::Result<Option<Value>> {
    let Some(json) = files::read_if_there(path)? else { return Ok(None) };
    let report = serde_json::from_slice(&json);
    report.map(Some).with_context(|| format!("'{}' is no JSON; was it edited?", path.display()))
}

fn accuracy(folder: &RunFolder, report: &Value) -> anyhow::Result<f64> {
    let accuracy = report["song_accuracy"].as_f64();
    let path = folder.report();
    accuracy.with_context(|| format!("'{}' has no number 'song_accuracy'", path.display()))
}

/// Accuracy and loss of the kept epoch on the validation split; `None` where its measures are not there.
fn validation(folder: &RunFolder, kept_epoch: &Value) -> anyhow::Result<Option<[f64; 2]>> {
    let Some(lines) = files::read_if_there(&folder.metrics_jsonl())? else { return Ok(None) };
    let epochs = String::from_utf8_lossy(&lines);
    let mut epochs = epochs.lines().filter_map(|line| serde_json::from_str::<Value>(line).ok());
    let kept = epochs.find(|epoch| epoch["epoch"] == *kept_epoch);
    Ok(kept.and_then(|epoch| {
        let of = |name: &str| epoch["validation"][name].as_f64();
        Some([of("accuracy")?, of("loss")?])
    }))
}

impl Row {
    /// Mean accuracy and loss of the validation split.
    fn mean_validation(&self) -> [Option<f64>; 2] {
        let n = self.validation.len();
        [0, 1].map(|at| {
            (n > 0).then(|| self.validation.iter().map(|own| own[at]).sum::<f64>() / n as f64)
        })
    }

    fn mean(&self) -> Option<f64> {
        let n = self.accuracies.len();
        (n > 0).then(|| self.accuracies.iter().sum::<f64>() / n as f64)
    }

    /// Of the seeds, with n - 1 in the denominator.
    fn standard_deviation(&self) -> Option<f64> {
        let (mean, n) = (self.mean()?, self.accuracies.len());
        let squares = self.accuracies.iter().map(|value| (value - mean).powi(2)).sum::<f64>();
        (n > 1).then(|| (squares / (n - 1) as f64).sqrt())
    }

    fn least(&self) -> Option<f64> {
        self.accuracies.iter().copied().min_by(f64::total_cmp)
    }

    fn most(&self) -> Option<f64> {
        self.accuracies.iter().copied().max_by(f64::total_cmp)
    }

    fn cells(&self) -> [String; COLUMNS.len()] {
        let number = |value: Option<f64>| value.map_or_else(String::new, |own| format!("{own:.3}"));
        [
            self.setting.clone(),
            self.n_trainings.to_string(),
            self.accuracies.len().to_string(),
            number(self.mean()),
            number(self.standard_deviation()),
            number(self.least()),
            number(self.most()),
            number(self.mean_validation()[0]),
            number(self.mean_validation()[1]),
        ]
    }
}

const COLUMNS: [&str; 9] = [
    "setting",
    "trainings",
    "finished",
    "accuracy",
    "standard_deviation",
    "least",
    "most",
    "validation_accuracy",
    "validation_loss",
];

impl Summary {
    /// As lines of text.
    pub(super) fn to_text(&self) -> String {
        let mut text = String::from(
            "accuracy of test songs, over the seeds; the means of the validation split are what to choose by\n",
        );
        let header = COLUMNS.map(str::to_owned);
        let lines: Vec<[String; COLUMNS.len()]> =
            std::iter::once(header).chain(self.rows.iter().map(Row::cells)).collect();
        let widths: Vec<usize> = (0..COLUMNS.len())
            .map(|column| lines.iter().map(|line| line[column].chars().count()).max().unwrap_or(0))
            .collect();
        for line in &lines {
            let cells: Vec<String> =
                line.iter().zip(&widths).map(|(cell, width)| format!("{cell:<width$}")).collect();
            let _ = writeln!(text, "{}", cells.join("  ").trim_end());
        }
        text
    }

    /// As csv.
    pub(super) fn to_csv(&self) -> anyhow::Result<Vec<u8>> {
        let mut writer = csv::Writer::from_writer(Vec::new());
        writer.write_record(COLUMNS)?;
        self.rows.iter().try_for_each(|row| writer.write_record(row.cells()))?;
        Ok(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::sweep::plan::Plan;

    #[test]
    fn settings_are_compared_over_their_seeds() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        let text = "data = 'd'\nmodel = 'audio'\n[grid]\nepochs = [1, 2]\nseed = [1, 2, 3]\n";
        files::write(&path, text.as_bytes()).unwrap();
        let plan = Plan::read(&path, None, folder.path()).unwrap();
        for (at, accuracy) in [(0, 0.5), (1, 0.75), (2, 1.0), (3, 0.25)] {
            let report = RunFolder::new(&folder.path().join(&plan.trainings[at].name)).report();
            let json = format!("{{\"song_accuracy\": {accuracy}, \"kept_epoch\": 2}}");
            files::write(&report, json.as_bytes()).unwrap();
            let of = |epoch: usize, accuracy: f64| {
                format!(
                    "{{\"epoch\": {epoch}, \"validation\": {{\"accuracy\": {accuracy}, \"loss\": 0.7}}}}\n"
                )
            };
            let lines = [of(1, 0.0), of(2, accuracy / 2.0), of(3, 0.0)].concat();
            files::write(&report.with_file_name("metrics.jsonl"), lines.as_bytes()).unwrap();
        }
        let csv = String::from_utf8(summary(&plan, folder.path()).unwrap().to_csv().unwrap());
        let csv = csv.unwrap();
        let rows: Vec<&str> = csv.lines().skip(1).collect();
        assert_eq!(rows[0], "epochs-1,3,3,0.750,0.250,0.500,1.000,0.375,0.700");
        assert_eq!(rows[1], "epochs-2,3,1,0.250,,0.250,0.250,0.125,0.700");
    }
}
