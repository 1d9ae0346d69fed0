//! `segue spectrogram`.

use crate::files;
use crate::rasterize::{Pixels, svg_to_pixels};
use anyhow::{Context, bail};
use shared::audio::{ClipSettings, DecodedClip, Resampler, decode_clip};
use shared::figure::spectrogram::{Plot, axes, colours};
use shared::spectrogram::{MelConfig, MelExtractor, MelSpectrogram, SlicePreset, SliceStack};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Show a file as the network sees it
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An audio file: mp3, flac, ogg vorbis, wav or m4a
    pub file: PathBuf,
    /// Write a picture with a time and a frequency axis
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// Write the values for numpy: decibels, float32, [n_mels, n_frames], lowest band first
    #[arg(long, value_name = "FILE")]
    pub npy: Option<PathBuf>,
    /// Start of the clip in seconds
    #[arg(long, value_name = "SECS", default_value_t = ClipSettings::default().start_secs)]
    pub clip_start: f64,
    /// Length of the clip in seconds
    #[arg(long, value_name = "SECS", default_value_t = ClipSettings::default().duration_secs)]
    pub clip_secs: f64,
}

/// Runs the command.
///
/// # Errors
///
/// If the file can't be decoded or a result can't be written.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let settings = ClipSettings { start_secs: args.clip_start, duration_secs: args.clip_secs };
    if !settings.is_valid() {
        bail!("--clip-start must be 0 or more and --clip-secs above 0");
    }
    let bytes = files::read(&args.file)?;
    let extension = args.file.extension().and_then(|extension| extension.to_str());
    let decoded = decode_clip(&bytes, extension, &settings)
        .with_context(|| format!("'{}'", args.file.display()))?;
    let config = MelConfig::default();
    let mono = decoded.waveform.to_mono();
    let samples =
        Resampler::new(decoded.source.sample_rate_hz, config.sample_rate_hz)?.convert(&mono)?;
    let mel = MelExtractor::new(&config)?.extract(&samples);
    print_summary(&args.file, &decoded, &mel);
    if let Some(path) = &args.png {
        files::write(path, &picture(&mel, decoded.clip.start_secs)?.to_png()?)?;
        println!("picture   {}", path.display());
    }
    if let Some(path) = &args.npy {
        write_npy(path, &mel)?;
        println!("values    {}", path.display());
    }
    Ok(())
}

fn print_summary(path: &Path, decoded: &DecodedClip, mel: &MelSpectrogram) {
    let (source, clip) = (&decoded.source, &decoded.clip);
    let cut = SliceStack::cut(mel, SlicePreset::Full);
    let (low, high) = mel.range_db();
    println!("file      {}", path.display());
    if let Some(secs) = source.duration_secs {
        println!("duration  {secs:.2} s");
    }
    println!(
        "sound     {}, {} Hz, {} channels",
        source.codec, source.sample_rate_hz, source.n_channels
    );
    println!("clip      {:.2} s from {:.2} s", clip.duration_secs, clip.start_secs);
    println!(
        "mel       {} bands x {} frames, {low:.1} to {high:.1} dB",
        mel.n_mels(),
        mel.n_frames()
    );
    println!(
        "slices    {} of {} frames ({} frames dropped, {} padded)",
        cut.slices.n_slices, cut.slices.n_frames, cut.n_frames_dropped, cut.n_frames_padded
    );
    for note in &decoded.notes {
        println!("note      {note}");
    }
}

/// The figure: a frame with axes, and the spectrogram painted into it.
fn picture(mel: &MelSpectrogram, start_secs: f64) -> anyhow::Result<Pixels> {
    let plot = Plot::of(mel);
    let mut pixels = svg_to_pixels(&axes(mel, start_secs), 1.0)?;
    let colour = colours(mel);
    for y in 0..plot.height {
        for x in 0..plot.width {
            let (band, frame) = plot.value_at(x, y);
            pixels.put(plot.left + x, plot.top + y, colour(band, frame));
        }
    }
    Ok(pixels)
}

/// Numpy's format, version 1.0.
fn write_npy(path: &Path, mel: &MelSpectrogram) -> anyhow::Result<()> {
    let (n_mels, n_frames) = (mel.n_mels(), mel.n_frames());
    let dict =
        format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n_mels}, {n_frames}), }}");
    // Magic, version, length and header together fill whole blocks of 64 bytes.
    let header = format!("{dict:<width$}\n", width = (dict.len() + 11).next_multiple_of(64) - 11);
    files::write_with(path, |writer| {
        writer.write_all(b"\x93NUMPY\x01\x00")?;
        writer.write_all(&(header.len() as u16).to_le_bytes())?;
        writer.write_all(header.as_bytes())?;
        mel.values().iter().try_for_each(|value| writer.write_all(&value.to_le_bytes()))
    })?;
    Ok(())
}
