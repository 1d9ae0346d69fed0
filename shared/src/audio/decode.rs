//! Decoding: from an audio file to the samples of its clip.
//!
//! MP3, FLAC, Ogg Vorbis, WAV and M4A (AAC-LC, ALAC), by the crate symphonia. No more of a song is decoded
//! than the clip needs: the reader seeks to shortly before the clip, and only packets from there on are
//! decoded.

mod decoding;
mod mp4;
mod outline;
mod song;
mod source;

use super::{Clip, ClipSettings, Waveform};
use decoding::{Channels, Decoding};
use mp4::is_protected;
pub use outline::song_outline;
use song::Song;
pub use source::SoundSource;
use std::fmt;
use symphonia::core::errors::Error as DecoderError;

/// Seconds before the clip from which on packets are decoded: the transforms of all codecs overlap
/// from packet to packet, and MP3 frames borrow bits from up to nine frames before.
const RUN_UP_SECS: f64 = 0.3;

/// Seconds by which a clip may end early before its file counts as shorter than its header says: an
/// MP3 header's count of frames may be off by encoder delay and padding.
const END_TOLERANCE_SECS: f64 = 0.1;

/// The clip of a song, with the sample rate and the channels of its file.
#[derive(Debug, Clone, PartialEq)]
pub struct DecodedClip {
    /// The sound.
    pub waveform: Waveform,
    /// Where in the song it lies.
    pub clip: Clip,
    /// What the file is.
    pub source: SourceInfo,
    /// What is worth knowing.
    pub notes: Vec<ClipNote>,
}

/// What an audio file is.
#[derive(Debug, Clone, PartialEq)]
pub struct SourceInfo {
    /// Short name of the codec, such as `mp3`.
    pub codec: String,
    /// Samples a second.
    pub sample_rate_hz: u32,
    /// How many channels.
    pub n_channels: usize,
    /// Length of the song in seconds: measured where the clip did not fit, else as the header says.
    pub duration_secs: Option<f64>,
}

/// Something about a clip that is no error but should be reported.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum ClipNote {
    /// The song ends before the wanted clip does.
    ShortSong {
        /// Its length in seconds.
        song_secs: f64,
    },
    /// The file ends before its header says: it is probably cut off.
    EndsEarly {
        /// Length by the header, in seconds.
        header_secs: f64,
        /// Length that was found, in seconds.
        found_secs: f64,
    },
    /// Packets that could not be decoded; silence stands in their place.
    Damaged {
        /// How many.
        n_packets: usize,
    },
    /// Samples that are no finite numbers, which files of floating point may hold; silence stands in their place.
    NotFinite {
        /// How many, over all channels.
        n_samples: usize,
    },
}

impl fmt::Display for ClipNote {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::ShortSong { song_secs } => {
                write!(f, "the song of {song_secs:.1} s ends before the clip: its middle was taken")
            }
            Self::EndsEarly { header_secs, found_secs } => {
                write!(f, "the file ends at {found_secs:.1} s, its header says {header_secs:.1} s")
            }
            Self::Damaged { n_packets } => {
                write!(f, "{n_packets} damaged packets were replaced by silence")
            }
            Self::NotFinite { n_samples } => {
                write!(f, "{n_samples} samples that are no finite numbers were replaced by silence")
            }
        }
    }
}

/// Decodes the clip of a song from its file: bytes in memory, or anything else that is a
/// [`SoundSource`].
///
/// `extension` (such as `mp3`) is a hint only; what the file is, its content tells.
///
/// # Errors
///
/// If the bytes are no sound that can be decoded, are protected, or are too damaged.
pub fn decode_clip(
    file: &dyn SoundSource,
    extension: Option<&str>,
    settings: &ClipSettings,
) -> Result<DecodedClip, AudioError> {
    decode(file, extension, (settings, Channels::Kept))
}

/// As [`decode_clip`], with one channel, the mean of all (see [`Waveform::into_mono`]): sooner, and in less memory.
///
/// # Errors
///
/// As [`decode_clip`].
pub fn decode_mono_clip(
    file: &dyn SoundSource,
    extension: Option<&str>,
    settings: &ClipSettings,
) -> Result<DecodedClip, AudioError> {
    decode(file, extension, (settings, Channels::Mixed))
}

fn decode(
    file: &dyn SoundSource,
    extension: Option<&str>,
    (settings, wanted): (&ClipSettings, Channels),
) -> Result<DecodedClip, AudioError> {
    let song = Song::open(file, extension)?;
    let header_secs = song.duration_secs();
    if let Some(song_secs) = header_secs.filter(|song_secs| settings.end_secs() <= *song_secs) {
        let clip = settings.place(song_secs);
        let decoding = match song.seek(clip.start_secs - RUN_UP_SECS)? {
            Some(song) => song.decode(clip, wanted)?,
            None => Decoding::new(clip, wanted),
        };
        if decoding.missing_secs() <= END_TOLERANCE_SECS {
            return decoding.finish(header_secs, Vec::new());
        }
    }
    decode_measured(file, extension, (settings, wanted), header_secs)
}

/// Decodes the clip of a file whose header does not know the length, or where the clip does not fit:
/// what counts then is what is there. The packets are counted first and then read from the first on.
fn decode_measured(
    file: &dyn SoundSource,
    extension: Option<&str>,
    (settings, wanted): (&ClipSettings, Channels),
    header_secs: Option<f64>,
) -> Result<DecodedClip, AudioError> {
    let found_secs = Song::open(file, extension)?.measure_secs()?;
    let mut notes = Vec::new();
    if let Some(header_secs) = header_secs
        && found_secs + END_TOLERANCE_SECS < header_secs
    {
        notes.push(ClipNote::EndsEarly { header_secs, found_secs });
    }
    if found_secs < settings.end_secs() {
        notes.push(ClipNote::ShortSong { song_secs: found_secs });
    }
    let clip = settings.place(found_secs);
    let decoding = Song::open(file, extension)?.decode(clip, wanted)?;
    decoding.finish(Some(found_secs), notes)
}

/// Why a file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum AudioError {
    /// No bytes.
    #[error("the file is empty")]
    Empty,
    /// Not a file that can be read.
    #[error(
        "the file is not mp3, flac, ogg vorbis, wav or m4a, or is too damaged to be recognised"
    )]
    NotAudio {
        /// What the reader says.
        #[source]
        source: DecoderError,
    },
    /// A file without sound, or with sound of an unknown kind.
    #[error("the file holds no sound that can be decoded (mp3, flac, vorbis, pcm, aac-lc or alac)")]
    NoTrack,
    /// Sound that is encrypted.
    #[error("the file is protected (DRM); use an unprotected copy")]
    Protected,
    /// A file that ends before its first sample.
    #[error("the file holds no samples")]
    NoSound,
    /// A sample rate that makes no sense.
    #[error("the file says {got_hz} samples a second; expected 1000 to 768000")]
    SampleRate {
        /// Samples a second.
        got_hz: u32,
    },
    /// Too much of the clip is missing.
    #[error("the file is damaged: {missing_secs:.1} s of the clip of {clip_secs:.1} s are missing")]
    TooDamaged {
        /// Length of the clip in seconds.
        clip_secs: f64,
        /// How much of it could not be decoded, in seconds.
        missing_secs: f64,
    },
    /// The decoder gave up.
    #[error("the file can't be decoded")]
    Decoder {
        /// What it says.
        #[source]
        source: DecoderError,
    },
}

impl AudioError {
    fn refused(file: &dyn SoundSource, source: DecoderError) -> Self {
        if is_protected(file) { Self::Protected } else { Self::NotAudio { source } }
    }

    /// For a file that was recognised: of another kind than those that can be decoded, or damaged.
    fn not_decoded(file: &dyn SoundSource, source: DecoderError) -> Self {
        match source {
            DecoderError::Unsupported(_) => Self::no_track(file),
            source => Self::refused(file, source),
        }
    }

    fn no_track(file: &dyn SoundSource) -> Self {
        if is_protected(file) { Self::Protected } else { Self::NoTrack }
    }
}

#[cfg(test)]
mod tests;
