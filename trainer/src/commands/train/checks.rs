//! What is looked at before anything is computed.

use super::settings::group_size;
use super::text_options::FusionArg;
use super::{Args, config};
use crate::device::FoundDevices;
use crate::prepared::{Prepared, PreparedTrack};
use crate::training::config::{TrainConfig, TrainPreset};
use anyhow::ensure;
use shared::catalog::{Split, Track};
use shared::model::NetworkKind;
use std::path::Path;

/// Options that would be without effect, since the network has no part that they concern. What a preset or a
/// default decides is no option that was given.
///
/// # Errors
///
/// The options, and which networks they are for.
pub(in crate::commands) fn check_options(args: &Args) -> anyhow::Result<()> {
    let kind = NetworkKind::from(args.model);
    let (asked, preset) = (config(args), TrainConfig::preset(args.preset, kind));
    let (text, augmentation) = (&asked.text, &asked.augmentation);
    // The settings of a run that reads may be those of another that only hears.
    let read = TrainConfig::preset(args.preset, NetworkKind::Multimodal).resolved(None).text;
    refuse(
        !kind.reads(),
        "a network that reads; train with --model lyrics or multimodal",
        &[
            ("--text-network", asked.text_network != preset.text_network),
            ("--vocab-size", asked.vocab_size != preset.vocab_size),
            ("--text-encoder", text.text_encoder.is_some()),
            ("--text-tuning", args.text.text_tuning.is_some()),
            ("--text-windows", text.text_windows != preset.text.text_windows),
            (
                "--text-pooling",
                text.text_pooling.is_some_and(|asked| Some(asked) != read.text_pooling),
            ),
            ("--max-tokens", text.max_tokens.is_some_and(|asked| Some(asked) != read.max_tokens)),
            ("--text-learning-rate", text.text_learning_rate.is_some()),
        ],
    )?;
    refuse(
        !kind.hears(),
        "a network that hears; train with --model audio or multimodal",
        &[
            ("--network", asked.audio_network != preset.audio_network),
            (
                "--group-size",
                asked.group_size != preset.group_size && !is_default_of_another(&asked),
            ),
            ("--mask-bands", augmentation.mask_bands > 0),
            ("--mask-frames", augmentation.mask_frames > 0),
            ("--random-offset", augmentation.random_offset),
        ],
    )?;
    let asks_for_contrast = args.text.fusion == FusionArg::Contrastive;
    refuse(
        kind != NetworkKind::Multimodal,
        "a network that hears and reads; train with --model multimodal",
        &[
            ("--fusion", text.fusion != preset.text.fusion),
            ("--fusion contrastive", asks_for_contrast),
            ("--contrastive-epochs", args.text.contrastive_epochs.is_some_and(|n| n > 0)),
        ],
    )?;
    refuse(
        kind != NetworkKind::Audio,
        "a network that only hears, since lyrics can't be mixed; train with --model audio",
        &[("--mixup", augmentation.mixup > 0.0)],
    )?;
    ensure!(
        !(asks_for_contrast && args.text.contrastive_epochs == Some(0)),
        "--fusion contrastive is contrastive pretraining, and --contrastive-epochs 0 is none; leave one of them out"
    );
    ensure!(
        text.text_encoder.is_none() || asked.vocab_size == preset.vocab_size,
        "--vocab-size is for a vocabulary that is learnt from the lyrics, and --text-encoder brings its own; leave \
         one of them out"
    );
    Ok(())
}

/// Whether slices stand together as networks that hear have them by default: the settings of such a run may be those of
/// another that only reads.
fn is_default_of_another(asked: &TrainConfig) -> bool {
    let presets = [TrainPreset::Default, TrainPreset::Thesis];
    presets.iter().any(|preset| {
        let other = TrainConfig::preset(*preset, NetworkKind::Multimodal);
        group_size(&other, asked.batch_size) == asked.group_size
            || other.group_size == asked.group_size
    })
}

/// Refuses those of the options that were given, where they are for networks of another kind.
fn refuse(is_other: bool, whom_for: &str, options: &[(&str, bool)]) -> anyhow::Result<()> {
    let given = options.iter().filter(|(_, is_given)| *is_given).map(|(option, _)| *option);
    let given: Vec<&str> = given.filter(|_| is_other).collect();
    let verb = if given.len() == 1 { "is" } else { "are" };
    ensure!(given.is_empty(), "{} {verb} for {whom_for}", given.join(", "));
    Ok(())
}

/// A device that does not compute in that precision, or more devices than there is work for.
///
/// # Errors
///
/// The first of these, and what to do.
pub(super) fn check(
    prepared: &Prepared,
    config: &TrainConfig,
    devices: &FoundDevices,
) -> anyhow::Result<()> {
    let found = devices.devices.iter().find(|device| !config.precision.is_on(device));
    ensure!(
        found.is_none(),
        "{} does not compute in bf16; train without --precision bf16",
        devices.name,
    );
    tell_steps_of_one_song(config);
    check_devices(prepared, config, devices)
}

/// With one song there is one genre in a step, whose loss teaches little.
fn tell_steps_of_one_song(config: &TrainConfig) {
    let (rows, group) = (config.batch_size, config.group_size);
    if config.model.hears() && group > 1 && 2 * group > rows {
        eprintln!(
            "note: --group-size {group} with --batch-size {rows} leaves each step one song, and so one genre, to learn from; \
             better is a --group-size of {} at most, or a larger --batch-size",
            (rows / 2).max(1)
        );
    }
}

/// A network needs two genres, and songs to learn from, to choose by and to be tested on.
pub(super) fn check_data(prepared: &Prepared, dir: &Path, kind: NetworkKind) -> anyhow::Result<()> {
    let genres = prepared.catalog.genres();
    ensure!(
        genres.len() >= 2,
        "'{}' has {} genre ({}); two or more are needed to train on: make a catalogue with more genres",
        dir.display(),
        genres.len(),
        genres.join(", "),
    );
    for split in Split::ALL {
        let n_prepared = prepared
            .catalog
            .split(split)
            .filter(|track| prepared.tracks.contains_key(&track.track_id))
            .count();
        ensure!(
            n_prepared > 0,
            "'{}' has no prepared song in the {split} split; prepare more songs, or make a larger \
             catalogue",
            dir.display(),
        );
    }
    tell_genres_without_songs(prepared, &genres);
    if kind.reads() {
        check_lyrics(prepared, dir)?;
    }
    let n_missing = prepared.missing().count();
    if n_missing > 0 {
        eprintln!(
            "note: {n_missing} songs of the catalogue are not prepared yet and are left out; run \
             `segue prepare` to the end to train on all"
        );
    }
    Ok(())
}

/// Prepared songs that are for training.
fn to_train_on(prepared: &Prepared) -> impl Iterator<Item = (&Track, &PreparedTrack)> {
    let tracks = prepared.catalog.split(Split::Train);
    tracks.filter_map(|track| Some((track, prepared.tracks.get(&track.track_id)?)))
}

/// What no song tells can't be learnt.
fn tell_genres_without_songs(prepared: &Prepared, genres: &[String]) {
    let has_song = |genre: &&String| to_train_on(prepared).any(|(track, _)| track.genre == **genre);
    for genre in genres.iter().filter(|genre| !has_song(genre)) {
        eprintln!(
            "note: no prepared song of the genre '{genre}' is for training: the network can't learn to name it"
        );
    }
}

/// A network that reads needs something to read.
fn check_lyrics(prepared: &Prepared, dir: &Path) -> anyhow::Result<()> {
    let n_songs = to_train_on(prepared).count();
    let n_silent = to_train_on(prepared).filter(|(_, song)| song.lyrics.is_empty()).count();
    ensure!(
        n_silent < n_songs,
        "no song of the train split in '{}' has lyrics: make the catalogue with --lyrics, or with tags or text files that \
         hold them, or train with --model audio",
        dir.display()
    );
    if n_silent > 0 {
        eprintln!("note: {n_silent} of {n_songs} songs to train on have no lyrics");
    }
    Ok(())
}

/// Every device needs a batch of its own in a step.
fn check_devices(
    prepared: &Prepared,
    config: &TrainConfig,
    devices: &FoundDevices,
) -> anyhow::Result<()> {
    let songs = prepared.catalog.split(Split::Train);
    let slices = songs.filter_map(|track| prepared.tracks.get(&track.track_id));
    let n_rows: usize =
        slices.map(|song| if config.model.hears() { song.n_slices } else { 1 }).sum();
    let (n_batches, n_devices) = (n_rows.div_ceil(config.batch_size), devices.devices.len());
    ensure!(
        n_batches >= n_devices,
        "{} are {n_devices} devices, and the train split gives {n_batches} batches: ask for fewer devices, or a \
         smaller --batch-size",
        devices.name,
    );
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::line::Line;
    use super::*;
    use clap::Parser;

    fn check(model: &str, own: &[&str]) -> Result<(), String> {
        let line = ["train", "--data", "d", "--out", "o", "--model", model];
        let line = Line::try_parse_from([&line[..], own].concat()).unwrap();
        check_options(&line.args).map_err(|error| error.to_string())
    }

    #[test]
    fn options_without_effect_are_refused_and_named() {
        let (audio, lyrics, multimodal) = (&["audio"][..], &["lyrics"][..], &["multimodal"][..]);
        let reading = "for a network that reads";
        let hearing = "for a network that hears; train with --model audio or multimodal";
        let both = "for a network that hears and reads; train with --model multimodal";
        for (option, value, models, told) in [
            ("--text-network", "thesis", audio, reading),
            ("--vocab-size", "500", audio, reading),
            ("--text-encoder", "hf", audio, reading),
            ("--text-windows", "mean", audio, reading),
            ("--text-pooling", "first", audio, reading),
            ("--max-tokens", "64", audio, reading),
            ("--text-learning-rate", "1e-4", audio, reading),
            ("--network", "thesis", lyrics, hearing),
            ("--group-size", "2", lyrics, hearing),
            ("--mask-bands", "8", lyrics, hearing),
            ("--mask-frames", "8", lyrics, hearing),
            ("--fusion", "gated", &["audio", "lyrics"], both),
            ("--fusion", "contrastive", &["audio", "lyrics"], both),
            ("--contrastive-epochs", "2", &["audio", "lyrics"], both),
            ("--mixup", "0.2", &["lyrics", "multimodal"], "for a network that only hears"),
        ] {
            for model in [audio, lyrics, multimodal].concat() {
                let outcome = check(model, &[option, value]);
                if models.contains(&model) {
                    let error = outcome.unwrap_err();
                    assert!(error.starts_with(option) && error.contains(told), "{model}: {error}");
                } else {
                    outcome.unwrap_or_else(|error| panic!("{model}: {error}"));
                }
            }
        }
        let error = check("audio", &["--text-encoder", "hf", "--text-tuning", "frozen"]);
        let told = "--text-encoder, --text-tuning are for a network that reads";
        assert!(error.unwrap_err().starts_with(told));
        assert!(check("lyrics", &["--random-offset"]).unwrap_err().contains(hearing));
        let error = check("multimodal", &["--fusion", "contrastive", "--contrastive-epochs", "0"]);
        assert!(error.unwrap_err().contains("leave one of them out"));
        let error = check("lyrics", &["--text-encoder", "hf", "--vocab-size", "500"]);
        assert!(error.unwrap_err().contains("brings its own"));
    }

    #[test]
    fn what_a_preset_decides_or_changes_nothing_is_no_option_that_was_given() {
        for model in ["audio", "lyrics", "multimodal"] {
            for own in [
                &[][..],
                &["--preset", "thesis"],
                &["--preset", "thesis", "--text-network", "thesis", "--network", "thesis"],
                &["--fusion", "concatenate", "--text-windows", "truncate", "--mixup", "0"],
                &["--l2", "0.01", "--dropout", "0.2", "--warmup-steps", "3"],
            ] {
                check(model, own).unwrap_or_else(|error| panic!("{model}, {own:?}: {error}"));
            }
        }
    }
}
