//! What a command line sets.

use super::Args;
use crate::training::config::TrainConfig;
use crate::training::run::Run;
use crate::training::run_folder::RunFolder;
use shared::random::Seed;

/// Songs that a step holds at least, where slices of one stand together.
const LEAST_SONGS: usize = 4;

/// Slices of a song that stand together where nothing else is asked for: as the preset has it, if a step then still holds
/// some songs.
pub(super) fn group_size(preset: &TrainConfig, batch_size: usize) -> usize {
    preset.group_size.min((batch_size / LEAST_SONGS).max(1))
}

/// The settings of a command line, its preset's where it says nothing.
pub(super) fn config(args: &Args) -> TrainConfig {
    let preset = TrainConfig::preset(args.preset, args.model.into());
    let batch_size = args.batch_size.unwrap_or(preset.batch_size);
    TrainConfig {
        audio_network: args.network.unwrap_or(preset.audio_network),
        text_network: args.text_network.unwrap_or(preset.text_network),
        vocab_size: args.vocab_size.unwrap_or(preset.vocab_size),
        n_epochs: args.epochs.unwrap_or(preset.n_epochs),
        batch_size,
        group_size: args.group_size.unwrap_or_else(|| group_size(&preset, batch_size)),
        learning_rate: args.learning_rate.unwrap_or(preset.learning_rate),
        weight_decay: args.weight_decay.unwrap_or(preset.weight_decay),
        patience: args.patience.unwrap_or(preset.patience),
        monitor: args.monitor.unwrap_or(preset.monitor),
        keep: args.keep.unwrap_or(preset.keep),
        seed: Seed(args.seed),
        model: preset.model,
        accumulate: args.accumulate,
        precision: args.precision,
        augmentation: args.augmentation.settings(),
        text: args.text.settings(),
    }
}

/// The settings, with as many slices of a song together as the run in that folder has, where it is one of an earlier version
/// and nothing else is asked for: those took five whatever the size of a step.
pub(super) fn of_run(config: TrainConfig, args: &Args, folder: &RunFolder) -> TrainConfig {
    match Run::read(folder) {
        Ok(run) if args.group_size.is_none() => {
            TrainConfig { group_size: run.config.group_size, ..config }
        }
        _ => config,
    }
}

#[cfg(test)]
mod tests {
    use super::super::line::Line;
    use super::*;
    use crate::files;
    use clap::Parser as _;

    /// A command line with these options.
    fn args(more: &[&str]) -> Args {
        let line = ["train", "--data", "d", "--out", "o"];
        Line::try_parse_from(line.iter().chain(more)).unwrap().args
    }

    #[test]
    fn a_step_holds_some_songs() {
        for (model, batch_size, expected) in [
            ("multimodal", "2", 1),
            ("multimodal", "8", 2),
            ("multimodal", "32", 5),
            ("audio", "8", 1),
        ] {
            let line = ["--model", model, "--batch-size", batch_size, "--group-size", "3"];
            let (given, asked) = (args(&line[..4]), args(&line));
            assert_eq!(config(&given).group_size, expected, "{model}, {batch_size}");
            assert_eq!(config(&asked).group_size, 3);
        }
    }

    #[test]
    fn a_run_goes_on_as_it_was_begun() {
        let place = tempfile::tempdir().unwrap();
        let folder = RunFolder::new(place.path());
        let line = ["--model", "multimodal", "--batch-size", "8", "--group-size", "3"];
        let (given, asked) = (args(&line[..4]), args(&line));
        assert_eq!(of_run(config(&given), &given, &folder).group_size, 2);
        let run = serde_json::json!({
            "version": "0", "git_revision": null, "seed": 1, "data_hash": "", "device": "cpu", "libraries": {},
            "data": {"hash": "", "n_songs": {}, "n_left_out": 0},
            "config": TrainConfig { group_size: 5, ..config(&given) },
        });
        files::write(&folder.run_json(), run.to_string().as_bytes()).unwrap();
        assert_eq!(of_run(config(&given), &given, &folder).group_size, 5);
        assert_eq!(of_run(config(&asked), &asked, &folder).group_size, 3);
    }
}
