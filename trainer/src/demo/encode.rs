//! A rendered song as the bytes of a file.

use super::synth::SAMPLE_RATE_HZ;
use super::tagging::Format;
use crate::mp3::{self, Mp3Error};
use flacenc::component::BitRepr;
use flacenc::error::Verify;

/// Encodes left and right, samples in -1 to 1 at [`SAMPLE_RATE_HZ`].
///
/// # Errors
///
/// If the encoder refuses the samples.
pub fn encode(sides: &[Vec<f32>; 2], format: Format) -> Result<Vec<u8>, EncodeError> {
    match format {
        Format::Mp3 => Ok(mp3::encode_quickly(sides, SAMPLE_RATE_HZ)?),
        Format::Flac => flac(sides),
    }
}

/// FLAC of 16 bit.
fn flac([left, right]: &[Vec<f32>; 2]) -> Result<Vec<u8>, EncodeError> {
    let quantised = |sample: &f32| (sample.clamp(-1.0, 1.0) * 32_767.0).round() as i32;
    let samples: Vec<i32> =
        left.iter().zip(right).flat_map(|(l, r)| [quantised(l), quantised(r)]).collect();
    let mut config = flacenc::config::Encoder::default();
    // Songs are encoded in parallel already.
    config.multithread = false;
    let config = config.into_verified().map_err(|(_, source)| EncodeError::FlacSettings(source))?;
    let source = flacenc::source::MemSource::from_samples(&samples, 2, 16, SAMPLE_RATE_HZ as usize);
    let mut stream = flacenc::encode_with_fixed_block_size(&config, source, config.block_size)
        .map_err(|error| match error {
            flacenc::error::EncodeError::Config(source) => EncodeError::FlacSettings(source),
            other => EncodeError::Flac { message: other.to_string() },
        })?;
    // The encoder counts the short last block as the least block size, which makes a stream of fixed
    // blocks look like one of varying blocks; the format leaves the last block out (RFC 9639, 8.2).
    stream
        .stream_info_mut()
        .set_block_sizes(config.block_size, config.block_size)
        .map_err(EncodeError::FlacSettings)?;
    let mut sink = flacenc::bitsink::ByteSink::new();
    stream.write(&mut sink).map_err(EncodeError::FlacStream)?;
    Ok(sink.as_slice().to_vec())
}

/// What an encoder can refuse.
#[derive(Debug, thiserror::Error)]
pub enum EncodeError {
    /// MP3.
    #[error("the song can't be encoded as mp3")]
    Mp3(#[from] Mp3Error),
    /// The settings of the FLAC encoder.
    #[error("the flac encoder refuses its settings")]
    FlacSettings(#[source] flacenc::error::VerifyError),
    /// The samples.
    #[error("the song can't be encoded as flac: {message}")]
    Flac {
        /// What the encoder says; its error can't leave its thread.
        message: String,
    },
    /// The encoded stream.
    #[error("the encoded flac can't be put together")]
    FlacStream(#[source] flacenc::error::OutputError<flacenc::bitsink::ByteSink>),
}
