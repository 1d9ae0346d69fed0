//! A clip: decoded audio, ready to be played any number of times.

use super::AudioError;
use crate::platform::clock::within;
use crate::platform::page::error_text;
use js_sys::Uint8Array;
use wasm_bindgen::{JsCast, JsValue};
use wasm_bindgen_futures::JsFuture;
use web_sys::{AudioBuffer, AudioBufferOptions, BaseAudioContext};

/// How long decoding may take; 30 s of MP3 take 0.1 to 1 s.
const DECODE_MILLIS: u32 = 15_000;

/// Decoded audio.
#[derive(Debug, Clone)]
pub(crate) struct Clip {
    buffer: AudioBuffer,
}

impl Clip {
    /// How long it is.
    pub(crate) fn duration_secs(&self) -> f64 {
        self.buffer.duration()
    }

    /// A part of it as a clip of its own; what lies beyond its end is left out.
    ///
    /// # Errors
    ///
    /// If nothing of the part lies in the clip.
    pub(crate) fn part(&self, start_secs: f64, duration_secs: f64) -> Result<Self, AudioError> {
        let rate = f64::from(self.buffer.sample_rate());
        let bound = |secs: f64| ((secs * rate).round() as usize).min(self.buffer.length() as usize);
        let (start, end) = (bound(start_secs), bound(start_secs + duration_secs));
        if start >= end {
            let reason = format!("nothing of the sound lies {start_secs:.1} s from its beginning");
            return Err(AudioError::Refused { reason });
        }
        let refused = |error: JsValue| AudioError::Refused { reason: error_text(&error) };
        let channel = |at| {
            let mut samples = vec![0.0; end - start];
            let (at, start) = (at as i32, start as u32);
            let copied =
                self.buffer.copy_from_channel_with_start_in_channel(&mut samples, at, start);
            copied.map(|()| samples).map_err(refused)
        };
        let channels: Vec<Vec<f32>> =
            (0..self.buffer.number_of_channels()).map(channel).collect::<Result<_, _>>()?;
        buffer_from_samples(&channels, self.buffer.sample_rate())
    }

    /// The samples.
    pub(super) fn buffer(&self) -> &AudioBuffer {
        &self.buffer
    }
}

/// Decodes a file; the browser resamples it to the rate of the context.
pub(super) async fn decode(context: &BaseAudioContext, bytes: &[u8]) -> Result<Clip, AudioError> {
    let undecodable = |error: JsValue| AudioError::Undecodable { reason: error_text(&error) };
    let buffer = Uint8Array::from(bytes).buffer();
    let decoding = context.decode_audio_data(&buffer).map_err(undecodable)?;
    match within(DECODE_MILLIS, JsFuture::from(decoding)).await {
        Some(decoded) => {
            let buffer = decoded.map_err(undecodable)?.unchecked_into();
            Ok(Clip { buffer })
        }
        None => Err(AudioError::DecodeTimedOut { millis: DECODE_MILLIS }),
    }
}

/// A clip of computed samples, `[channel][frame]`, from -1 to 1: tones of checks.
///
/// # Errors
///
/// If the browser has no buffer of this shape or rate (8 to 96 kHz work everywhere).
///
/// # Panics
///
/// If there is no channel, or if their lengths differ.
pub(crate) fn buffer_from_samples(
    channels: &[Vec<f32>],
    sample_rate_hz: f32,
) -> Result<Clip, AudioError> {
    let refused = |error: JsValue| AudioError::Refused { reason: error_text(&error) };
    let n_frames = channels.first().map_or(0, Vec::len);
    let lengths: Vec<usize> = channels.iter().map(Vec::len).collect();
    assert!(n_frames > 0 && lengths.iter().all(|n| *n == n_frames), "lengths {lengths:?}");
    let options = AudioBufferOptions::new(n_frames as u32, sample_rate_hz);
    options.set_number_of_channels(channels.len() as u32);
    let buffer = AudioBuffer::new(&options).map_err(refused)?;
    for (at, samples) in channels.iter().enumerate() {
        buffer.copy_to_channel(samples, at as i32).map_err(refused)?;
    }
    Ok(Clip { buffer })
}
