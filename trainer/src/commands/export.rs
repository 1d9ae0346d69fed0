//! `segue export`: the bundle for the website.

mod inputs;
mod selection;
mod study;
mod text_weights;

use crate::bundle_folder;
use crate::causes::chain;
use crate::files;
use crate::named_paths::NamedPath;
use anyhow::{Context, ensure};
use inputs::Inputs;
use selection::Selection;
use shared::bundle::{BundleWriter, MOMENT_SECS, ManifestParts, ModelFiles, SongList};
use shared::embedding::{EmbeddingTable, principal_map};
use shared::recommend::PartIndex;
use shared::spectrogram::{SLICE_FRAMES, SlicePreset};
use std::path::{Path, PathBuf};
use study::Study;
use text_weights::TextWeightsArg;

/// Songs that a search in parts looks at where a twentieth of them is less.
const LEAST_ROWS: usize = 4_000;

/// Write the bundle for the website
///
/// In it are the tracks that have a stimulus and an embedding in every table; the others are
/// reported. The bundle is checked before it takes the place of an older one.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The catalogue.
    #[arg(long, value_name = "CSV")]
    pub catalog: PathBuf,
    /// The folder that `segue prepare` wrote.
    #[arg(long, value_name = "DIR")]
    pub prepared: PathBuf,
    /// Embedding tables by name: audio, multimodal, lyrics.
    #[arg(long, value_name = "NAME=FILE", value_delimiter = ',', required = true)]
    pub embeddings: Vec<NamedPath>,
    /// What `segue recommend` wrote.
    #[arg(long, value_name = "CSV")]
    pub recommendations: PathBuf,
    /// Training runs by name; their networks go into the bundle.
    #[arg(long, value_name = "NAME=DIR", value_delimiter = ',')]
    pub runs: Vec<NamedPath>,
    /// The design of the study: `default`, `thesis`, or a study.json. A preset is fitted to the bundle: it
    /// leaves out recommenders without a table, and is over all songs where too few are test songs; a
    /// file is taken as it is.
    #[arg(long, value_name = "FILE|default|thesis", default_value = "default")]
    pub study: String,
    /// Where the bundle goes: a folder that is not there, is empty, or is an older bundle.
    #[arg(long, value_name = "DIR")]
    pub out: PathBuf,
    /// Of more tracks than this the bundle also holds the tables in parts of 8 bits and the songs in pages, of
    /// which the website fetches those that it needs.
    #[arg(long, value_name = "N", default_value_t = 20_000, allow_negative_numbers = true)]
    pub parts_above: usize,
    /// How the weights of the parts that read are stored: auto leaves small ones as they are, and takes int8 of
    /// larger ones where by it no more than one of 200 test songs is named right no more, else f16.
    #[arg(long, value_enum, value_name = "FORMAT", default_value = "auto")]
    pub text_weights: TextWeightsArg,
    /// Name of the bundle, for people [default: that of its folder].
    #[arg(long)]
    pub name: Option<String>,
}

/// Runs the command.
///
/// # Errors
///
/// If an input can't be read or does not fit the others, if no track is left, or if the bundle
/// can't be written; an older bundle then stays as it was.
pub fn run(args: &Args) -> anyhow::Result<()> {
    bundle_folder::expect_replaceable(&args.out)?;
    let inputs = Inputs::read(args)?;
    let selection = Selection::of(&inputs)?;
    let study = Study::read(&args.study, &inputs, &selection)?;
    files::replace_folder(&args.out, |folder| {
        write(folder, (&inputs, &selection, &study), args.text_weights)?;
        check(folder)
    })?;
    print!("{selection}");
    for note in inputs.notes().into_iter().chain(study.notes) {
        println!("note: {note}");
    }
    println!("written: {}", args.out.display());
    Ok(())
}

/// Writes all parts of the bundle into an empty folder.
fn write(
    folder: &Path,
    (inputs, selection, study): (&Inputs, &Selection, &Study),
    text_weights: TextWeightsArg,
) -> anyhow::Result<()> {
    let mut writer =
        BundleWriter::new(|path: &str, bytes: &[u8]| files::write(&folder.join(path), bytes));
    let genres = inputs.catalog.genres();
    let songs = SongList { genres, tracks: selection.songs() };
    writer.catalog(&songs)?;
    if songs.tracks.len() > inputs.parts_above {
        writer.song_pages(&songs)?;
    }
    for table in &inputs.tables {
        if let Some(moments) = moments(table, inputs, selection) {
            writer.moments(&moments)?;
        }
        let table = table.filtered(|track_id| selection.has(track_id));
        writer.embeddings(&table)?;
        if table.n_tracks() > inputs.parts_above {
            let most_rows = (table.n_tracks() / 20).max(LEAST_ROWS);
            let sizes = (most_rows, inputs.parts_above);
            writer.parts(table.name(), &PartIndex::cut(&table), sizes)?;
        }
        writer.map(&principal_map(&table))?;
    }
    writer.recommendations(selection.recommendations())?;
    if let Some(json) = &study.json {
        writer.study(json)?;
    }
    for (file, path) in selection.stimuli() {
        writer.stimulus(&file, &files::read(path)?)?;
    }
    for run in &inputs.runs {
        let config = files::read(&run.config)?;
        let tokenizer = run.tokenizer.as_deref().map(files::read).transpose()?;
        let stored = text_weights::store(run, inputs, text_weights)
            .with_context(|| format!("in the run '{}'", run.name))?;
        let files = ModelFiles {
            config: &config,
            weights: &stored.weights,
            tokenizer: tokenizer.as_deref(),
            text_weights: stored.text.as_ref(),
        };
        writer.model(&run.name, files)?;
    }
    let prepare = serde_json::to_value(&inputs.prepared.settings)
        .context("the settings of the prepared folder are no JSON")?;
    let (name, provenance) = (inputs.name.clone(), inputs.provenance());
    writer.finish(ManifestParts { name, prepare, provenance })?;
    Ok(())
}

/// The slices that lie in the stimuli, where the table has slices of what was heard: `segue embed
/// --slices` writes them. Stimuli begin where the clip does; the thesis's only slice is its last.
fn moments(
    table: &EmbeddingTable,
    inputs: &Inputs,
    selection: &Selection,
) -> Option<EmbeddingTable> {
    let settings = &inputs.prepared.settings;
    let stimulus = settings.stimulus.as_ref()?;
    let reads_only = table.metadata().get("model").is_some_and(|kind| kind == "lyrics");
    if reads_only || settings.preset != SlicePreset::Full {
        return None;
    }
    let slice_samples = (SLICE_FRAMES * settings.mel.hop_length) as f64;
    let slice_secs = slice_samples / f64::from(settings.mel.sample_rate_hz);
    let n_slices = (stimulus.duration_secs / slice_secs) as usize;
    let moments = table.moments(n_slices, |track_id| selection.has(track_id))?;
    Some(moments.with_metadata(MOMENT_SECS, slice_secs.to_string()))
}

/// Checks the bundle as `segue verify` does.
fn check(folder: &Path) -> anyhow::Result<()> {
    let faults = bundle_folder::check(folder)?.faults;
    let texts: Vec<String> = faults.iter().take(20).map(|fault| chain(fault)).collect();
    ensure!(
        faults.is_empty(),
        "the bundle was not written: its parts do not fit each other ({} faults)\n  {}",
        faults.len(),
        texts.join("\n  ")
    );
    Ok(())
}

#[cfg(test)]
mod tests;
