//! The mel spectrogram against librosa's, on the same samples; see `tests/golden/mel/generate.py`.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use safetensors::SafeTensors;
use serde::Deserialize;
use shared::spectrogram::{MelConfig, MelExtractor};
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Parameters {
    sr: u32,
    n_fft: usize,
    hop_length: usize,
    n_mels: usize,
    fmin: f64,
    fmax: f64,
}

impl Parameters {
    fn config(&self) -> MelConfig {
        MelConfig {
            sample_rate_hz: self.sr,
            n_fft: self.n_fft,
            hop_length: self.hop_length,
            n_mels: self.n_mels,
            f_min_hz: self.fmin,
            f_max_hz: self.fmax,
            ..MelConfig::default()
        }
    }
}

fn floats(file: &SafeTensors<'_>, name: &str) -> Vec<f32> {
    let data = file.tensor(name).unwrap().data().to_vec();
    data.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect()
}

/// Largest error in decibels of the values within 60 dB of the loudest, and of those below.
fn errors(ours: &[f32], librosa: &[f32]) -> (f32, f32) {
    let loudest = librosa.iter().copied().fold(f32::NEG_INFINITY, f32::max);
    let (mut near, mut far) = (0.0f32, 0.0f32);
    for (ours, librosa) in ours.iter().zip(librosa) {
        let error = (ours - librosa).abs();
        let worst = if *librosa >= loudest - 60.0 { &mut near } else { &mut far };
        *worst = worst.max(error);
    }
    (near, far)
}

#[test]
fn as_librosa() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../tests/golden/mel/mel.safetensors");
    let bytes = std::fs::read(path).unwrap();
    let (_, metadata) = SafeTensors::read_metadata(&bytes).unwrap();
    let metadata = metadata.metadata().clone().unwrap();
    let configs: BTreeMap<String, Parameters> = serde_json::from_str(&metadata["configs"]).unwrap();
    let file = SafeTensors::deserialize(&bytes).unwrap();
    let mut n_compared = 0;
    for name in file.names() {
        let Some(signal) = name.strip_prefix("signal/") else { continue };
        let samples = floats(&file, name);
        for (config_name, parameters) in &configs {
            let golden = format!("mel/{signal}/{config_name}");
            let librosa = floats(&file, &golden);
            let mel = MelExtractor::new(&parameters.config()).unwrap().extract(&samples);
            assert_eq!(file.tensor(&golden).unwrap().shape(), [mel.n_mels(), mel.n_frames()]);
            let (near, far) = errors(mel.values(), &librosa);
            println!("{golden}: {near:.2e} dB near, {far:.2e} dB far");
            assert!(near <= 1e-3, "{golden}: off by {near} dB within 60 dB of the loudest");
            assert!(far <= 1e-2, "{golden}: off by {far} dB below that");
            n_compared += 1;
        }
    }
    assert_eq!(n_compared, 7 * configs.len());
}
