//! Hashes that name what is prepared: the recipe of a track, and with its sound the key of what comes of it.

use super::PrepareSettings;

/// The recipe of a track, which names its record: a hash of the lyrics and the settings (which hold the
/// schema version). It can be told without the audio file.
pub(super) fn recipe(lyrics: &str, settings: &PrepareSettings) -> String {
    let settings = serde_json::to_vec(settings).expect("settings are plain numbers and names");
    hash_of([&settings, lyrics.as_bytes()])
}

/// The key of a prepared track: a hash of everything that the result depends on, the audio's own hash and
/// the recipe.
pub(super) fn key(audio_blake3: &str, recipe: &str) -> String {
    hash_of([audio_blake3.as_bytes(), recipe.as_bytes()])
}

/// Whether a text may be a recipe or a key.
pub(super) fn is_hash(text: &str) -> bool {
    text.len() == 32 && text.bytes().all(|c| matches!(c, b'0'..=b'9' | b'a'..=b'f'))
}

/// 32 hexadecimal digits of the BLAKE3 of the parts, each preceded by its length.
fn hash_of(parts: [&[u8]; 2]) -> String {
    let mut hash = blake3::Hasher::new();
    for part in parts {
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
        let key = |audio: &str, lyrics: &str, settings: &PrepareSettings| {
            super::key(audio, &recipe(lyrics, settings))
        };
        let base = key("a", "b", &settings);
        assert!(is_hash(&base) && !is_hash("01") && !is_hash(&base.to_uppercase()));
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
