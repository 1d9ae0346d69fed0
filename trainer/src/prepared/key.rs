//! The key of a prepared track: a hash of everything that the result depends on.

use super::PrepareSettings;

/// The key: 32 hexadecimal digits of the BLAKE3 of the audio's hash, the lyrics and the settings
/// (which hold the schema version).
pub(super) fn key(audio_blake3: &str, lyrics: &str, settings: &PrepareSettings) -> String {
    let settings = serde_json::to_vec(settings).expect("settings are plain numbers and names");
    let mut hash = blake3::Hasher::new();
    for part in [audio_blake3.as_bytes(), lyrics.as_bytes(), &settings] {
        hash.update(&(part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize().to_hex()[..32].to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::audio::ClipSettings;
    use shared::spectrogram::{MelConfig, SlicePreset};

    #[test]
    fn everything_counts() {
        let settings = PrepareSettings::default();
        let base = key("a", "b", &settings);
        assert_eq!(base.len(), 32);
        assert_eq!(base, key("a", "b", &settings.clone()));
        let clip = ClipSettings { start_secs: 1.0, ..settings.clip };
        let mel = MelConfig { n_mels: 64, ..settings.mel };
        let others = [
            key("ab", "", &settings),
            key("a", "c", &settings),
            key("a", "b", &PrepareSettings { schema_version: 0, ..settings.clone() }),
            key("a", "b", &PrepareSettings { clip, ..settings.clone() }),
            key("a", "b", &PrepareSettings { mel, ..settings.clone() }),
            key("a", "b", &PrepareSettings { preset: SlicePreset::Thesis, ..settings.clone() }),
            key("a", "b", &PrepareSettings { stimulus: None, ..settings.clone() }),
        ];
        assert!(others.iter().all(|other| *other != base));
    }
}
