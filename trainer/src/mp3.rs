//! MP3 files, encoded by LAME.

use mp3lame_encoder::{
    Bitrate, BuildError, Builder, DualPcm, EncodeError, Encoder, FlushGap, MonoPcm, Quality,
};

/// Sample rates in hertz that MP3 knows (ISO 11172-3, 13818-3 and the MPEG-2.5 extension).
pub const SAMPLE_RATES_HZ: [u32; 9] =
    [8_000, 11_025, 12_000, 16_000, 22_050, 24_000, 32_000, 44_100, 48_000];

/// Encodes sound at 128 kbit/s, constant.
///
/// `channels` holds one or two channels of equally many samples in -1 to 1; `sample_rate_hz` is one
/// of [`SAMPLE_RATES_HZ`]. Below 16 kHz the format allows 64 kbit/s at most, which is then used. The
/// first frame is LAME's information frame, so that players know length and padding.
///
/// # Errors
///
/// If LAME refuses the settings or the samples.
///
/// # Panics
///
/// If there are no channels, more than two, or channels of different lengths.
pub fn encode(channels: &[Vec<f32>], sample_rate_hz: u32) -> Result<Vec<u8>, Mp3Error> {
    encode_with(Quality::Good, channels, sample_rate_hz)
}

/// The same with LAME's quality 7 in place of 5, which is quicker.
///
/// # Errors
///
/// As [`encode`].
///
/// # Panics
///
/// As [`encode`].
pub fn encode_quickly(channels: &[Vec<f32>], sample_rate_hz: u32) -> Result<Vec<u8>, Mp3Error> {
    encode_with(Quality::Ok, channels, sample_rate_hz)
}

fn encode_with(
    quality: Quality,
    channels: &[Vec<f32>],
    sample_rate_hz: u32,
) -> Result<Vec<u8>, Mp3Error> {
    assert!((1..=2).contains(&channels.len()), "{} channels, 1 or 2 expected", channels.len());
    let n_samples = channels[0].len();
    assert!(
        channels.iter().all(|channel| channel.len() == n_samples),
        "channels of {n_samples} and of another number of samples"
    );
    // LAME ends the whole program over them.
    if !channels.iter().flatten().all(|sample| sample.is_finite()) {
        return Err(Mp3Error::NotFinite);
    }
    let mut encoder = encoder(quality, channels.len(), sample_rate_hz)
        .map_err(|source| Mp3Error::Settings { sample_rate_hz, source })?;
    // LAME's own bound for the worst case, plus room for the flush.
    let mut file = Vec::with_capacity(n_samples * 5 / 4 + 2 * 7200);
    match channels {
        [mono] => encoder.encode_to_vec(MonoPcm(mono), &mut file)?,
        [left, right, ..] => encoder.encode_to_vec(DualPcm { left, right }, &mut file)?,
        [] => 0,
    };
    encoder.flush_to_vec::<FlushGap>(&mut file)?;
    let mut tag = Vec::with_capacity(encoder.lame_tag_size());
    if encoder.lame_tag_encode_to_vec(&mut tag).is_some() && tag.len() <= file.len() {
        file[..tag.len()].copy_from_slice(&tag);
    }
    Ok(file)
}

fn encoder(
    quality: Quality,
    n_channels: usize,
    sample_rate_hz: u32,
) -> Result<Encoder, BuildError> {
    let bitrate = if sample_rate_hz < 16_000 { Bitrate::Kbps64 } else { Bitrate::Kbps128 };
    Builder::new()
        .ok_or(BuildError::NoMem)?
        .with_num_channels(n_channels as u8)?
        .with_sample_rate(sample_rate_hz)?
        .with_output_sample_rate(std::num::NonZeroU32::new(sample_rate_hz))?
        .with_brate(bitrate)?
        .with_quality(quality)?
        .build()
}

/// What LAME can refuse.
#[derive(Debug, thiserror::Error)]
pub enum Mp3Error {
    /// The settings.
    #[error("mp3 can't be written at {sample_rate_hz} Hz; one of {SAMPLE_RATES_HZ:?} is expected")]
    Settings {
        /// Sample rate asked for, in hertz.
        sample_rate_hz: u32,
        /// LAME's answer.
        source: BuildError,
    },
    /// Samples that are no numbers.
    #[error("mp3 can't hold samples that are no finite numbers")]
    NotFinite,
    /// The samples.
    #[error("mp3 encoding failed")]
    Encode(#[from] EncodeError),
}
