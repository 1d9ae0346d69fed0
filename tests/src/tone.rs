//! Stimuli that tell which song they are: one plain tone each, as an mp3.

use anyhow::Context;
use mp3lame_encoder::{Bitrate, Builder, FlushGap, MonoPcm, Quality};
use std::collections::BTreeMap;
use std::f64::consts::TAU;
use std::num::NonZeroU32;
use std::sync::{Arc, Mutex, PoisonError};

const SAMPLE_RATE_HZ: u32 = 44_100;
/// Loud enough to be heard, far from clipping.
const AMPLITUDE: f64 = 0.3;
/// At both ends, so that nothing clicks.
const FADE_SECS: f64 = 0.01;

/// Tones by pitch in hertz and length in milliseconds.
type Encoded = BTreeMap<(u32, u32), Arc<[u8]>>;

/// Encoded tones by pitch in hertz and length in milliseconds: many tests ask for the same ones.
static ENCODED: Mutex<Encoded> = Mutex::new(BTreeMap::new());

/// A sine of this pitch, mono, 44.1 kHz, 128 kbit/s; the same arguments give the same bytes.
///
/// # Errors
///
/// If LAME refuses.
pub fn tone_mp3(frequency_hz: u32, millis: u32) -> anyhow::Result<Arc<[u8]>> {
    let key = (frequency_hz, millis);
    let known = ENCODED.lock().unwrap_or_else(PoisonError::into_inner).get(&key).cloned();
    if let Some(known) = known {
        return Ok(known);
    }
    let file: Arc<[u8]> = encode(&tone(frequency_hz, millis))?.into();
    ENCODED.lock().unwrap_or_else(PoisonError::into_inner).insert(key, Arc::clone(&file));
    Ok(file)
}

/// The samples of the tone, -1 to 1.
fn tone(frequency_hz: u32, millis: u32) -> Vec<f32> {
    let secs = f64::from(millis) / 1_000.0;
    let n_samples = (secs * f64::from(SAMPLE_RATE_HZ)).round() as usize;
    let sample = |at: usize| {
        let time = at as f64 / f64::from(SAMPLE_RATE_HZ);
        let fade = (time.min(secs - time) / FADE_SECS).clamp(0.0, 1.0);
        (AMPLITUDE * fade * (TAU * f64::from(frequency_hz) * time).sin()) as f32
    };
    (0..n_samples).map(sample).collect()
}

fn encode(samples: &[f32]) -> anyhow::Result<Vec<u8>> {
    let refused = "LAME refuses its settings";
    let builder = Builder::new().context(refused)?;
    let builder = builder.with_num_channels(1).context(refused)?;
    let builder = builder.with_sample_rate(SAMPLE_RATE_HZ).context(refused)?;
    let builder =
        builder.with_output_sample_rate(NonZeroU32::new(SAMPLE_RATE_HZ)).context(refused)?;
    let builder = builder.with_brate(Bitrate::Kbps128).context(refused)?;
    let mut encoder =
        builder.with_quality(Quality::Good).context(refused)?.build().context(refused)?;
    // LAME's own bound for the worst case, plus room for the flush.
    let mut file = Vec::with_capacity(samples.len() * 5 / 4 + 2 * 7200);
    encoder.encode_to_vec(MonoPcm(samples), &mut file)?;
    encoder.flush_to_vec::<FlushGap>(&mut file)?;
    // The information frame at the front says where the sound itself begins and ends.
    let mut tag = Vec::with_capacity(encoder.lame_tag_size());
    if encoder.lame_tag_encode_to_vec(&mut tag).is_some() && tag.len() <= file.len() {
        file[..tag.len()].copy_from_slice(&tag);
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

    use super::*;

    #[test]
    fn a_tone_has_its_pitch_and_quiet_ends() {
        let samples = tone(400, 500);
        assert_eq!(samples.len(), 22_050);
        let crossings = samples.windows(2).filter(|w| w[0] < 0.0 && w[1] >= 0.0).count();
        assert!((199..=200).contains(&crossings), "{crossings}");
        assert!(samples[0].abs() < 1e-6 && samples[22_049].abs() < 0.02);
        let loudest = samples.iter().fold(0.0f32, |a, b| a.max(b.abs()));
        assert!((0.29..0.301).contains(&loudest), "{loudest}");
    }

    #[test]
    fn encoding_is_deterministic_and_as_long_as_the_bit_rate_says() {
        let encoded = encode(&tone(440, 1_500)).unwrap();
        assert_eq!(encoded, encode(&tone(440, 1_500)).unwrap());
        assert_ne!(encoded, encode(&tone(450, 1_500)).unwrap());
        // 16 kB a second, and some frames of LAME's own.
        assert!((24_000..27_000).contains(&encoded.len()), "{}", encoded.len());
    }
}
