//! `segue embed`.

mod shards;

use super::prepare::parse_shard;
use crate::device::DeviceChoice;
use crate::files;
use crate::own_output;
use crate::prepared::{Prepared, Shard};
use crate::steps::Steps;
use crate::training::evaluate::embed_song;
use crate::training::run::{Run, note_on_splits};
use crate::training::run_folder::{RunFolder, WeightsOf};
use crate::training::songs::{Songs, Wanted};
use crate::training::trained::Trained;
use anyhow::ensure;
use burn::tensor::Device;
use shared::catalog::{Split, TrackId};
use shared::embedding::{EmbeddingTable, ValueFormat};
use shared::model::NetworkConfig;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Key of a table's metadata: the kind of network that made it.
pub(super) const MODEL: &str = "model";
/// Key of a table's metadata: the hash of the weights that made it.
pub(super) const WEIGHTS_BLAKE3: &str = "weights_blake3";

/// Key of a table's metadata: which songs the network was trained on ([`split_hash`]).
///
/// [`split_hash`]: crate::training::run::split_hash
pub(super) const TRAINED_ON: &str = "trained_on_blake3";

/// Compute the embedding of every prepared song with a trained network
///
/// The embedding is the layer before the softmax, averaged over the slices of the song.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// Folder of the run that trained the network
    #[arg(long, value_name = "DIR")]
    pub run: PathBuf,
    /// Folder that `segue prepare` wrote
    #[arg(long, value_name = "DIR")]
    pub data: PathBuf,
    /// File to write (safetensors)
    #[arg(long, value_name = "FILE")]
    pub out: PathBuf,
    /// The weights of which epoch: the one that the run kept, the best, or the last
    ///
    /// A table by others than the kept ones is for `segue evaluate`: a bundle holds those of the run.
    #[arg(long, value_enum, value_name = "EPOCH", default_value = "kept")]
    pub weights: WeightsOf,
    /// Write the vectors of the single slices too
    #[arg(long)]
    pub slices: bool,
    /// Embed only share I of N of the songs, I from 0; the share that ends last writes the whole table
    #[arg(long, value_name = "I/N", value_parser = parse_shard, default_value = "0/1")]
    pub shard: Shard,
    /// Where it runs: auto, cpu, wgpu, cuda, cuda:1
    #[arg(long, default_value = "auto")]
    pub device: DeviceChoice,
}

/// Embeds all prepared songs, of all splits.
///
/// # Errors
///
/// A run without weights, data that were prepared in another way, a device that is not there.
pub fn run(args: &Args) -> anyhow::Result<()> {
    own_output::expect_kind(&args.out, "embedding table", is_table)?;
    let prepared = Prepared::open(&args.data)?;
    let device = args.device.find_one()?;
    let folder = RunFolder::new(&args.run);
    let trained = Trained::read_epoch(&folder, args.weights, &device)?;
    check_input(&trained.config, &prepared, args)?;
    let trained_on = Run::read(&folder).ok().map(|run| run.data.split_hashes).unwrap_or_default();
    tell_doubts(&folder, &trained.config, &trained_on, &prepared)?;
    let kind = trained.config.kind();
    let mut metadata: BTreeMap<String, String> = BTreeMap::from(
        [
            (MODEL, kind.name()),
            (WEIGHTS_BLAKE3, &trained.weights_blake3),
            ("data", &prepared.content_hash()),
        ]
        .map(|(key, value)| (key.to_owned(), value.to_owned())),
    );
    let train = trained_on.get(Split::Train.name());
    metadata.extend(train.map(|hash| (TRAINED_ON.to_owned(), hash.clone())));
    let embed = || embed_share(&trained, &prepared, args, &metadata, &device);
    let table = if args.shard == Shard::ALL {
        embed()?
    } else {
        let recipe = shards::Recipe { metadata: metadata.clone(), slices: args.slices };
        match shards::embed(&args.out, args.shard, &recipe, embed)? {
            shards::Outcome::Joined(table) => table,
            shards::Outcome::Waiting(text) => {
                println!("{text}");
                return Ok(());
            }
        }
    };
    files::write(&args.out, &table.to_safetensors(ValueFormat::F32)?)?;
    shards::remove_parts(&args.out)?;
    let (n_songs, dim) = (table.n_tracks(), table.dim());
    println!("{n_songs} songs, {dim} values each ({}): {}", kind.name(), args.out.display());
    if args.weights != WeightsOf::Kept {
        println!("with the weights in '{}'", folder.weights_of(args.weights)?.display());
    }
    Ok(())
}

/// Whether bytes are an embedding table of this version or another.
fn is_table(bytes: &[u8]) -> bool {
    let Some((length, rest)) = bytes.split_first_chunk::<8>() else { return false };
    let length = usize::try_from(u64::from_le_bytes(*length)).unwrap_or(usize::MAX);
    let header = String::from_utf8_lossy(&rest[..length.min(rest.len())]);
    header.contains("segue-embeddings/")
}

/// What makes a table worth less than it looks, though it can be made.
fn tell_doubts(
    folder: &RunFolder,
    config: &NetworkConfig,
    trained_on: &BTreeMap<String, String>,
    prepared: &Prepared,
) -> anyhow::Result<()> {
    let run = folder.root().display();
    if !files::exists(&folder.report())? {
        eprintln!("note: the run in '{run}' is not finished; go on with `segue train --resume`");
    }
    if let Some(note) = note_on_splits(trained_on, prepared) {
        eprintln!("note: the run in '{run}' {note}");
    }
    let silent = prepared.tracks.values().filter(|track| track.lyrics.is_empty()).count();
    if config.kind().reads() && silent > 0 {
        let n_songs = prepared.tracks.len();
        eprintln!("note: {silent} of {n_songs} songs have no lyrics for the network to read");
    }
    Ok(())
}

/// The table of the songs of the share.
fn embed_share(
    trained: &Trained,
    prepared: &Prepared,
    args: &Args,
    metadata: &BTreeMap<String, String>,
    device: &Device,
) -> anyhow::Result<EmbeddingTable> {
    let (rows, slices) = embed_songs(trained, prepared, args.shard, device)?;
    let (track_ids, values): (Vec<TrackId>, Vec<Vec<f32>>) = rows.into_iter().unzip();
    let (kind, dim) = (trained.config.kind(), trained.config.head.embedding_dim);
    let mut table = EmbeddingTable::new(kind.name(), dim, track_ids, values.concat())?;
    for (key, value) in metadata {
        table = table.with_metadata(key, value);
    }
    Ok(if args.slices { table.with_slices(&slices)? } else { table })
}

/// Whether the spectrograms are of the kind that the network was trained on.
pub(super) fn is_input(config: &NetworkConfig, prepared: &Prepared) -> bool {
    config.input.mel == prepared.settings.mel && config.input.preset == prepared.settings.preset
}

/// The spectrograms must be of the kind that the network was trained on.
fn check_input(config: &NetworkConfig, prepared: &Prepared, args: &Args) -> anyhow::Result<()> {
    ensure!(
        is_input(config, prepared),
        "the network of '{}' was trained on spectrograms of other settings than '{}' has; prepare the \
         songs with the settings of the training data, or train on these",
        args.run.display(),
        args.data.display(),
    );
    Ok(())
}

type Rows = BTreeMap<TrackId, Vec<f32>>;

/// The embedding of each song of the share, and the vectors of its slices one after another.
pub(super) fn embed_songs(
    trained: &Trained,
    prepared: &Prepared,
    shard: Shard,
    device: &Device,
) -> anyhow::Result<(Rows, Rows)> {
    let genres = prepared.catalog.genres();
    let wanted = Wanted {
        genres: &genres,
        hears: trained.config.kind().hears(),
        reads: trained.tokenizer.as_ref().zip(trained.config.text.as_ref()),
    };
    let n_songs = prepared.tracks.keys().filter(|id| shard.holds(id)).count();
    let steps = Steps::new("songs embedded", n_songs as u64);
    let (mut rows, mut slices) = (Rows::new(), Rows::new());
    for split in Split::ALL {
        let songs = Songs::read_share(prepared, split, wanted, shard)?;
        for song in &songs.songs {
            let said = embed_song(&trained.network, song, device)?;
            slices.insert(song.track_id.clone(), said.slice_embeddings.concat());
            rows.insert(song.track_id.clone(), said.embedding);
            steps.inc();
        }
    }
    steps.finish();
    Ok((rows, slices))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn embedding_tables_are_known_by_their_header() {
        let ids = vec![TrackId::parse("a").unwrap()];
        let table = EmbeddingTable::new("audio", 1, ids, vec![1.0]).unwrap();
        assert!(is_table(&table.to_safetensors(ValueFormat::F32).unwrap()));
        let weights = br#"{"w":{"dtype":"F32","shape":[0],"data_offsets":[0,0]}}"#;
        let weights = [&(weights.len() as u64).to_le_bytes()[..], weights].concat();
        for other in [&weights[..], b"short", b"", &[255; 40]] {
            assert!(!is_table(other));
        }
    }
}
