//! What is looked at before anything is computed.

use crate::device::FoundDevices;
use crate::prepared::Prepared;
use crate::training::augment::Augmentation;
use crate::training::config::TrainConfig;
use anyhow::ensure;
use shared::catalog::Split;
use shared::model::NetworkKind;
use std::path::Path;

/// Options that don't go together, songs that can't be trained on, devices that can't.
///
/// # Errors
///
/// The first of these, and what to do.
pub(super) fn check(
    prepared: &Prepared,
    config: &TrainConfig,
    devices: &FoundDevices,
) -> anyhow::Result<()> {
    ensure!(
        config.text.contrastive_epochs == 0 || config.model == NetworkKind::Multimodal,
        "--contrastive-epochs is for a network that hears and reads; train with --model multimodal"
    );
    ensure!(
        config.augmentation.mixup == 0.0 || config.model == NetworkKind::Audio,
        "--mixup is for a network that only hears, since lyrics can't be mixed; train with --model audio"
    );
    ensure!(
        config.model.hears() || config.augmentation == Augmentation::default(),
        "--mask-bands, --mask-frames and --random-offset are for a network that hears; train with --model \
         audio or multimodal"
    );
    let found = devices.devices.iter().find(|device| !config.precision.is_on(device));
    ensure!(
        found.is_none(),
        "{} does not compute in bf16; train without --precision bf16",
        devices.name,
    );
    check_devices(prepared, config, devices)
}

/// A network needs two genres, and songs to learn from, to choose by and to be tested on.
pub(super) fn check_data(prepared: &Prepared, dir: &Path) -> anyhow::Result<()> {
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
    let n_missing = prepared.missing().count();
    if n_missing > 0 {
        eprintln!(
            "note: {n_missing} songs of the catalogue are not prepared yet and are left out; run \
             `segue prepare` to the end to train on all"
        );
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
