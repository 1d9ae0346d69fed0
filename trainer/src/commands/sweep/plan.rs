//! Which trainings a file asks for.

use crate::commands::train::{self, checked_options, table_of, written};
use crate::training::progress::ProgressKind;
use anyhow::{Context as _, bail, ensure};
use clap::{CommandFactory as _, Parser, ValueEnum as _};
use std::collections::BTreeMap;
use std::path::Path;
use toml::{Table, Value};

/// Options that are the sweep's and not the file's.
const OF_THE_SWEEP: [&str; 3] = ["out", "resume", "progress"];

/// All trainings, in order: variants, and for each of them the grid, whose keys are in the order of the alphabet.
#[derive(Debug)]
pub(super) struct Plan {
    pub(super) trainings: Vec<Training>,
}

/// One training.
#[derive(Debug)]
pub(super) struct Training {
    /// Its folder's name.
    pub(super) name: String,
    /// What it has in common with those of other seeds.
    pub(super) setting: String,
    /// Options of `segue train`.
    pub(super) options: Vec<String>,
}

/// `segue train`, as the command line has it.
#[derive(Debug, Parser)]
#[command(name = "train", no_binary_name = true)]
struct Line {
    #[command(flatten)]
    args: train::Args,
}

/// Options that belong together, with their name.
struct Variant {
    name: Option<String>,
    options: Table,
}

impl Plan {
    /// Reads a file, and checks every training that it asks for.
    ///
    /// # Errors
    ///
    /// If it can't be read, or asks for what `segue train` can't do.
    pub(super) fn read(path: &Path, data: Option<&Path>, out: &Path) -> anyhow::Result<Self> {
        let mut common = spelt_alike(path, table_of(path)?)?;
        if let Some(data) = data {
            common.insert("data".into(), Value::String(data.display().to_string()));
        }
        let grid = grid(path, common.remove("grid"))?;
        let variants = variants(path, common.remove("variants"))?;
        let mut trainings = Vec::new();
        for variant in &variants {
            for point in points(&grid) {
                trainings.push(training(path, out, &common, variant, &point)?);
            }
        }
        let mut seen = BTreeMap::new();
        for training in &trainings {
            if let Some(earlier) = seen.insert(&training.name, &training.options) {
                bail!(
                    "'{}' asks for '{}' twice ({} and {}); give each variant its own name, and each value once",
                    path.display(),
                    training.name,
                    earlier.join(" "),
                    training.options.join(" "),
                );
            }
        }
        Ok(Self { trainings })
    }
}

impl Training {
    /// The options, read.
    pub(super) fn args(&self, progress: ProgressKind) -> anyhow::Result<train::Args> {
        let progress = progress.to_possible_value().map(|value| value.get_name().to_owned());
        let of_the_sweep = ["--resume".to_owned()];
        let progress = progress.map(|name| format!("--progress={name}"));
        let line = self.options.iter().cloned().chain(of_the_sweep).chain(progress);
        let line: Line = Line::try_parse_from(line).with_context(|| self.name.clone())?;
        Ok(line.args)
    }
}

fn training(
    path: &Path,
    out: &Path,
    common: &Table,
    variant: &Variant,
    point: &[(&String, &Value)],
) -> anyhow::Result<Training> {
    if let Some((key, _)) = point.iter().find(|(key, _)| variant.options.contains_key(*key)) {
        bail!(
            "'{}' has '{key}' both in [grid] and in one of [[variants]]; leave one out",
            path.display()
        );
    }
    let mut table = common.clone();
    table.extend(variant.options.clone());
    table.extend(point.iter().map(|(key, value)| ((*key).clone(), (*value).clone())));
    let of_the_sweep = table.keys().find(|key| OF_THE_SWEEP.contains(&key.as_str()));
    ensure!(
        of_the_sweep.is_none(),
        "'{}' has the key '{}', which each training is given by the sweep; leave it out",
        path.display(),
        of_the_sweep.map_or("", |key| key),
    );
    let part = |(key, value): &(&String, &Value)| {
        let value = written(value).unwrap_or_default();
        ((*key).clone(), format!("{key}-{value}"))
    };
    let parts: Vec<(String, String)> = point.iter().map(part).collect();
    let name_of = |with_seed: bool| -> String {
        let of_grid = parts.iter().filter(|(key, _)| with_seed || key != "seed");
        let parts: Vec<&str> = variant
            .name
            .as_deref()
            .into_iter()
            .chain(of_grid.map(|(_, part)| part.as_str()))
            .collect();
        file_name(&parts.join("-"))
    };
    let (name, mut setting) = (name_of(true), name_of(false));
    if setting.is_empty() {
        "all".clone_into(&mut setting);
    }
    ensure!(
        !name.is_empty(),
        "'{}' varies nothing; give it a table [grid] with lists of values, or [[variants]]",
        path.display()
    );
    let out = out.join(&name);
    let options = checked_options(path, &table, &Line::command().no_binary_name(false))?;
    let options = options.into_iter().map(|option| option.to_string_lossy().into_owned());
    let options = options.chain([format!("--out={}", out.display())]).collect();
    let training = Training { name, setting, options };
    train::check_options(&training.args(ProgressKind::None)?)
        .with_context(|| format!("'{}', {}", path.display(), training.name))?;
    Ok(training)
}

/// Letters, digits, dots and hyphens.
fn file_name(text: &str) -> String {
    let is_plain = |c: char| c.is_ascii_alphanumeric() || ".-".contains(c);
    text.chars().map(|c| if is_plain(c) { c } else { '_' }).collect()
}

/// The same table with `-` in its keys where they have `_`: an option may be spelt both ways.
fn spelt_alike(path: &Path, table: Table) -> anyhow::Result<Table> {
    let mut alike = Table::new();
    for (key, value) in table {
        let key = key.replace('_', "-");
        if alike.insert(key.clone(), value).is_some() {
            bail!(
                "'{}' has the key '{key}' twice, with '_' and with '-'; leave one out",
                path.display()
            );
        }
    }
    Ok(alike)
}

/// The keys that vary, with their values.
fn grid(path: &Path, value: Option<Value>) -> anyhow::Result<Vec<(String, Vec<Value>)>> {
    let table = match value {
        None => return Ok(Vec::new()),
        Some(Value::Table(table)) => table,
        Some(other) => bail!(
            "'{}', key 'grid': expected a table, [grid], got {}",
            path.display(),
            other.type_str()
        ),
    };
    let list = |(key, value): (String, Value)| match value {
        Value::Array(values) if values.is_empty() => bail!(
            "'{}', key '{key}' of [grid]: the list is empty; give it values, as in {key} = [1, 2], or leave the \
             key out",
            path.display()
        ),
        Value::Array(values) => Ok((key, values)),
        other => bail!(
            "'{}', key '{key}' of [grid]: expected a list of values, as in {key} = [1, 2], got {}",
            path.display(),
            other.type_str()
        ),
    };
    spelt_alike(path, table)?.into_iter().map(list).collect()
}

fn variants(path: &Path, value: Option<Value>) -> anyhow::Result<Vec<Variant>> {
    let wrong = |got: &str| {
        anyhow::anyhow!(
            "'{}', key 'variants': expected tables [[variants]], got {got}",
            path.display()
        )
    };
    let values = match value {
        None => return Ok(vec![Variant { name: None, options: Table::new() }]),
        Some(Value::Array(values)) => values,
        Some(other) => return Err(wrong(other.type_str())),
    };
    let variant = |value: Value| {
        let Value::Table(mut options) = value else { return Err(wrong(value.type_str())) };
        let name = match options.remove("name") {
            Some(Value::String(name)) if !name.is_empty() => name,
            _ => bail!(
                "'{}': every one of [[variants]] needs a name, as in name = \"gated\"",
                path.display()
            ),
        };
        Ok(Variant { name: Some(name), options: spelt_alike(path, options)? })
    };
    values.into_iter().map(variant).collect()
}

/// Every combination of the grid's values; the empty one where there is no grid.
fn points(grid: &[(String, Vec<Value>)]) -> Vec<Vec<(&String, &Value)>> {
    let mut points = vec![Vec::new()];
    for (key, values) in grid {
        points = points
            .into_iter()
            .flat_map(|point: Vec<(&String, &Value)>| {
                values.iter().map(move |value| {
                    let mut longer = point.clone();
                    longer.push((key, value));
                    longer
                })
            })
            .collect();
    }
    points
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    fn read(text: &str) -> anyhow::Result<Plan> {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("s.toml");
        files::write(&path, text.as_bytes()).unwrap();
        Plan::read(&path, None, Path::new("runs"))
    }

    #[test]
    fn every_variant_meets_every_point_of_the_grid() {
        let text = "data = 'd'\nmodel = 'multimodal'\n\
            [grid]\nlearning-rate = [0.001, 0.0003]\nseed = [1, 2, 3]\n\
            [[variants]]\nname = 'gated'\nfusion = 'gated'\n\
            [[variants]]\nname = 'sound only'\nmodel = 'audio'\n";
        let plan = read(text).unwrap();
        assert_eq!(plan.trainings.len(), 12);
        let first = &plan.trainings[0];
        assert_eq!(first.name, "gated-learning-rate-0.001-seed-1");
        assert_eq!(first.setting, "gated-learning-rate-0.001");
        let last = &plan.trainings[11];
        assert_eq!(last.name, "sound_only-learning-rate-0.0003-seed-3");
        let args = last.args(ProgressKind::None).unwrap();
        assert!(args.model == train::ModelArg::Audio && args.seed == 3 && args.resume);
        assert_eq!(args.out, Path::new("runs").join(&last.name));
        // An option is the same however it is spelt, and the grid counts more than what all have in common.
        let text =
            "data = 'd'\nmodel = 'audio'\nbatch_size = 9\n[grid]\nbatch-size = [4]\nseed = [1]\n";
        let args = read(text).unwrap().trainings[0].args(ProgressKind::None).unwrap();
        assert_eq!(args.batch_size, Some(4));
    }

    #[test]
    fn what_can_not_be_trained_is_named_before_anything_is() {
        let error = |text: &str| format!("{:#}", read(text).unwrap_err());
        let common = "data = 'd'\nmodel = 'audio'\n";
        let with = |more: &str| error(&format!("{common}{more}"));
        assert!(error(common).contains("varies nothing"));
        assert!(with("[grid]\nseed = 1\n").contains("key 'seed' of [grid]: expected a list"));
        assert!(with("[grid]\nseed = []\n").contains("key 'seed' of [grid]: the list is empty"));
        assert!(with("[grid]\nsead = [1]\n").contains("'sead'"));
        assert!(with("[grid]\nepochs = [1, 'many']\n").contains("'many'"));
        assert!(with("out = 'x'\n[grid]\nseed = [1]\n").contains("'out'"));
        assert!(with("[grid]\nseed = [1, 1]\n").contains("'seed-1' twice"));
        assert!(with("[[variants]]\nfusion = 'gated'\n").contains("needs a name"));
        assert!(
            with("learning_rate = 1\nlearning-rate = 2\n[grid]\nseed = [1]\n").contains("twice")
        );
        let gated = with("[grid]\nseed = [1]\n[[variants]]\nname = 'x'\nfusion = 'gated'\n");
        assert!(gated.contains("s.toml', x-seed-1: --fusion is for a network"), "{gated}");
        let both = "[grid]\nepochs = [1]\n[[variants]]\nname = 'x'\nepochs = 2\n";
        assert!(with(both).contains("both in [grid] and in one of [[variants]]"));
        assert!(with("[variants]\nname = 'x'\n").contains("[[variants]]"));
        assert!(error("model = 'audio'\n[grid]\nseed = [1]\n").contains("--data"));
    }
}
