//! Decoding, mixing down and resampling against librosa's `load`; see `tests/golden/audio/generate.py`.
//!
//! The tolerances are differences of single samples, where the sound has a peak of 0.6. What remains between
//! the two is 16 bits of the golden (1.5e-5) and, for the lossy formats, the rounding of two decoders. Near half
//! of the lower sample rate resamplers differ by design (soxr's and our half-band filter let pass 91 % of it, rubato's
//! more), so the song has nothing above 6 kHz. The ends of the clip are left out as far as the longest filter reaches (50 ms).

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use safetensors::SafeTensors;
use shared::audio::{ClipSettings, Resampler, decode_clip};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/audio/");
const CLIP: ClipSettings = ClipSettings { start_secs: 0.5, duration_secs: 0.5 };
const N_END: usize = 1100;

fn ours(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(format!("{FOLDER}{name}")).unwrap();
    let decoded = decode_clip(&bytes, name.rsplit('.').next(), &CLIP).unwrap();
    assert_eq!(decoded.notes, [], "{name}");
    let mut resampler = Resampler::new(decoded.source.sample_rate_hz, 22_050).unwrap();
    resampler.convert(&decoded.waveform.into_mono()).unwrap()
}

fn librosas(name: &str) -> Vec<f32> {
    let bytes = std::fs::read(format!("{FOLDER}clips.safetensors")).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let data = file.tensor(name).unwrap().data().to_vec();
    data.chunks_exact(2).map(|b| f32::from(i16::from_le_bytes([b[0], b[1]])) / 32_767.0).collect()
}

/// Largest difference when ours is moved by `lag` samples.
fn difference(ours: &[f32], librosas: &[f32], lag: i64) -> f32 {
    let end = ours.len().min(librosas.len()) - N_END;
    (N_END..end)
        .filter_map(|k| {
            let moved = usize::try_from(k as i64 + lag).ok()?;
            Some((ours.get(moved)? - librosas[k]).abs())
        })
        .fold(0.0, f32::max)
}

fn check(name: &str, tolerance: f32) {
    let (ours, librosas) = (ours(name), librosas(name));
    assert_eq!(ours.len(), librosas.len(), "{name}");
    let error = difference(&ours, &librosas, 0);
    let best = (-600..600).min_by(|a, b| {
        difference(&ours, &librosas, *a).total_cmp(&difference(&ours, &librosas, *b))
    });
    println!("{name}: {error:.2e}; best moved by {best:?}");
    assert!(error <= tolerance, "{name}: off by {error}, best when moved by {best:?}");
}

#[test]
fn lossless_files() {
    check("song.flac", 5e-5);
    check("song_48k.flac", 5e-5);
    check("song_alac.m4a", 5e-5);
    check("song.wav", 5e-5);
}

#[test]
fn mp3_files() {
    check("song.mp3", 5e-5);
    check("song_vbr.mp3", 5e-5);
    check("song_without_xing.mp3", 5e-5);
}

#[test]
fn vorbis_files() {
    check("song.ogg", 5e-5);
}

/// AAC encoders put silence before the sound, here one packet of 1024 samples; the file's edit list says so.
#[test]
fn aac_files() {
    check("song_aac.m4a", 5e-5);
}
