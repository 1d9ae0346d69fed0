//! `segue spectrogram`.

use super::prepare::Preset;
use crate::files;
use crate::rasterize::{Pixels, svg_to_pixels};
use anyhow::{Context, bail};
use shared::audio::{ClipSettings, DecodedClip, Resampler, decode_clip};
use shared::figure::spectrogram::{Plot, axes, colours};
use shared::spectrogram::{MelConfig, MelExtractor, MelSpectrogram, SlicePreset, SliceStack};
use std::io::Write;
use std::path::{Path, PathBuf};

/// Show a file as the network sees it
///
/// Without --preset the picture has colours and axes, and the values are decibels. With --preset both are the
/// slices themselves, as `segue prepare --preset` computes them. The picture then has one pixel a value in
/// grey, from 0 (black) to 255 (white), lowest band at the bottom, the slices from left to right without a gap. The
/// values are [n_slices, n_mels, n_frames], lowest band first: float32 from 0 (80 dB below the loudest, or lower) to
/// 1 (the loudest) with `full`; uint8, the loudest 0 (black) and the softest 255, of the last whole slice only,
/// with `thesis`.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// An audio file: mp3, flac, ogg vorbis, wav or m4a
    pub file: PathBuf,
    /// Write a picture: with a time and a frequency axis, or of the slices
    #[arg(long, value_name = "FILE")]
    pub png: Option<PathBuf>,
    /// Write the values for numpy: decibels, float32, [n_mels, n_frames], lowest band first, or the slices
    #[arg(long, value_name = "FILE")]
    pub npy: Option<PathBuf>,
    /// Write the slices that a network of this preset sees
    #[arg(long, value_enum)]
    pub preset: Option<Preset>,
    /// Start of the clip in seconds
    #[arg(
        long,
        value_name = "SECS",
        allow_negative_numbers = true,
        default_value_t = ClipSettings::default().start_secs
    )]
    pub clip_start: f64,
    /// Length of the clip in seconds
    #[arg(
        long,
        value_name = "SECS",
        allow_negative_numbers = true,
        default_value_t = ClipSettings::default().duration_secs
    )]
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
    if args.png.is_some() && args.png == args.npy {
        bail!("--png and --npy name the same file: one would replace the other");
    }
    let bytes = files::read(&args.file)?;
    let extension = args.file.extension().and_then(|extension| extension.to_str());
    let decoded = decode_clip(&bytes, extension, &settings)
        .with_context(|| format!("'{}'", args.file.display()))?;
    let config = MelConfig::default();
    let mono = decoded.waveform.clone().into_mono();
    let samples =
        Resampler::new(decoded.source.sample_rate_hz, config.sample_rate_hz)?.convert(&mono)?;
    let mel = MelExtractor::new(&config)?.extract(&samples);
    let preset = args.preset.map(SlicePreset::from);
    print_summary(&args.file, &decoded, &mel, preset.unwrap_or_default());
    let slices = preset.map(|preset| (SliceStack::cut(&mel, preset).slices, preset));
    if let Some(path) = &args.png {
        let picture = match &slices {
            Some((slices, _)) => picture_of_slices(slices),
            None => picture(&mel, decoded.clip.start_secs)?,
        };
        files::write(path, &picture.to_png()?)?;
        println!("picture   {}", path.display());
    }
    if let Some(path) = &args.npy {
        match &slices {
            Some((slices, preset)) => write_slices(path, slices, *preset)?,
            None => write_npy(path, "<f4", &[mel.n_mels(), mel.n_frames()], &f32s(mel.values()))?,
        }
        println!("values    {}", path.display());
    }
    Ok(())
}

fn print_summary(path: &Path, decoded: &DecodedClip, mel: &MelSpectrogram, preset: SlicePreset) {
    let (source, clip) = (&decoded.source, &decoded.clip);
    let cut = SliceStack::cut(mel, preset);
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

/// The slices side by side, a pixel for each value.
fn picture_of_slices(slices: &SliceStack) -> Pixels {
    let (n_mels, n_frames) = (slices.n_mels, slices.n_frames);
    let (width, height) = ((slices.n_slices * n_frames) as u32, n_mels as u32);
    let mut pixels = Pixels { width, height, rgba: vec![0; 4 * slices.values.len()] };
    for index in 0..slices.n_slices {
        for (band, row) in slices.slice(index).chunks_exact(n_frames).enumerate() {
            for (frame, value) in row.iter().enumerate() {
                let (x, y) = (index * n_frames + frame, n_mels - 1 - band);
                pixels.put(x as u32, y as u32, [grey(*value); 3]);
            }
        }
    }
    pixels
}

/// A value of 0 to 1 in 256 steps; the thesis preset's values are such steps.
fn grey(value: f32) -> u8 {
    (value * 255.0).round() as u8
}

fn write_slices(path: &Path, slices: &SliceStack, preset: SlicePreset) -> anyhow::Result<()> {
    let shape = [slices.n_slices, slices.n_mels, slices.n_frames];
    match preset {
        SlicePreset::Full => write_npy(path, "<f4", &shape, &f32s(&slices.values)),
        SlicePreset::Thesis => {
            let greys: Vec<u8> = slices.values.iter().map(|value| grey(*value)).collect();
            write_npy(path, "|u1", &shape, &greys)
        }
    }
}

fn f32s(values: &[f32]) -> Vec<u8> {
    values.iter().flat_map(|value| value.to_le_bytes()).collect()
}

/// Numpy's format, version 1.0; `kind` is numpy's name of the numbers in `values`.
fn write_npy(path: &Path, kind: &str, shape: &[usize], values: &[u8]) -> anyhow::Result<()> {
    let shape = shape.iter().map(usize::to_string).collect::<Vec<_>>().join(", ");
    let dict = format!("{{'descr': '{kind}', 'fortran_order': False, 'shape': ({shape}), }}");
    // Magic, version, length and header together fill whole blocks of 64 bytes.
    let header = format!("{dict:<width$}\n", width = (dict.len() + 11).next_multiple_of(64) - 11);
    files::write_with(path, |writer| {
        writer.write_all(b"\x93NUMPY\x01\x00")?;
        writer.write_all(&(header.len() as u16).to_le_bytes())?;
        writer.write_all(header.as_bytes())?;
        writer.write_all(values)
    })?;
    Ok(())
}

#[cfg(test)]
mod tests;
