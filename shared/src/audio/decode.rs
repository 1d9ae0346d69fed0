//! Decoding: from the bytes of an audio file to the samples of its clip.
//!
//! MP3, FLAC, Ogg Vorbis, WAV and M4A (AAC-LC, ALAC), by the crate symphonia. No more of a song is decoded
//! than the clip needs: the reader seeks to shortly before the clip, and only packets from there on are
//! decoded.

use super::{Clip, ClipSettings, Waveform};
use std::fmt;
use std::io::Cursor;
use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions, well_known::CODEC_ID_MP3};
use symphonia::core::errors::Error as DecoderError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::packet::Packet;
use symphonia::core::units::{TimeBase, Timestamp};

/// Seconds before the clip from which on packets are decoded: the transforms of all codecs overlap
/// from packet to packet, and MP3 frames borrow bits from up to nine frames before.
const RUN_UP_SECS: f64 = 0.3;

/// Seconds by which a clip may end early before its file counts as shorter than its header says: an
/// MP3 header's count of frames may be off by encoder delay and padding.
const END_TOLERANCE_SECS: f64 = 0.1;

/// Share of a clip that must be there: with more damage the song is refused.
const LEAST_SOUND_SHARE: f64 = 0.9;

/// Sample rates that are taken, in hertz: others stand only in damaged headers.
const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u32> = 1000..=768_000;

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
        }
    }
}

/// Decodes the clip of a song from the bytes of its file.
///
/// `extension` (such as `mp3`) is a hint only; what the file is, its content tells.
///
/// # Errors
///
/// If the bytes are no sound that can be decoded, are protected, or are too damaged.
pub fn decode_clip(
    bytes: &[u8],
    extension: Option<&str>,
    settings: &ClipSettings,
) -> Result<DecodedClip, AudioError> {
    let song = Song::open(bytes, extension)?;
    let header_secs = song.duration_secs();
    if let Some(song_secs) = header_secs.filter(|song_secs| settings.end_secs() <= *song_secs) {
        let clip = settings.place(song_secs);
        let decoding = match song.seek(clip.start_secs - RUN_UP_SECS)? {
            Some(song) => song.decode(clip)?,
            None => Decoding::new(clip),
        };
        if decoding.missing_secs() <= END_TOLERANCE_SECS {
            return decoding.finish(header_secs, Vec::new());
        }
    }
    decode_measured(bytes, extension, settings, header_secs)
}

/// Decodes the clip of a file whose header does not know the length, or where the clip does not fit:
/// what counts then is what is there. The packets are counted first and then read from the first on.
fn decode_measured(
    bytes: &[u8],
    extension: Option<&str>,
    settings: &ClipSettings,
    header_secs: Option<f64>,
) -> Result<DecodedClip, AudioError> {
    let found_secs = Song::open(bytes, extension)?.measure_secs()?;
    let mut notes = Vec::new();
    if let Some(header_secs) = header_secs
        && found_secs + END_TOLERANCE_SECS < header_secs
    {
        notes.push(ClipNote::EndsEarly { header_secs, found_secs });
    }
    if found_secs < settings.end_secs() {
        notes.push(ClipNote::ShortSong { song_secs: found_secs });
    }
    let decoding = Song::open(bytes, extension)?.decode(settings.place(found_secs))?;
    decoding.finish(Some(found_secs), notes)
}

/// An opened file, to be read once.
struct Song<'a> {
    reader: Box<dyn FormatReader + 'a>,
    decoder: Box<dyn AudioDecoder>,
    track_id: u32,
    time_base: TimeBase,
    /// Time of the first sample, in units of the time base.
    origin: i64,
    /// Length by the header, in units of the time base.
    length: Option<i64>,
}

impl<'a> Song<'a> {
    fn open(bytes: &'a [u8], extension: Option<&str>) -> Result<Self, AudioError> {
        if bytes.is_empty() {
            return Err(AudioError::Empty);
        }
        let mut hint = Hint::new();
        if let Some(extension) = extension {
            hint.with_extension(extension);
        }
        let stream = MediaSourceStream::new(Box::new(Cursor::new(bytes)), Default::default());
        let reader = symphonia::default::get_probe()
            .probe(&hint, stream, Default::default(), Default::default())
            .map_err(|source| AudioError::refused(bytes, source))?;
        let track =
            reader.default_track(TrackType::Audio).ok_or_else(|| AudioError::no_track(bytes))?;
        let parameters = track
            .codec_params
            .as_ref()
            .and_then(|parameters| parameters.audio())
            .ok_or_else(|| AudioError::no_track(bytes))?;
        // The length of an MP3 file may be an estimate, so the decoder must not cut there.
        let options = AudioDecoderOptions::default().gapless(parameters.codec != CODEC_ID_MP3);
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &options)
            .map_err(|source| AudioError::refused(bytes, source))?;
        let time_base = track
            .time_base
            .or_else(|| parameters.sample_rate.and_then(TimeBase::try_from_recip))
            .ok_or_else(|| AudioError::no_track(bytes))?;
        let length = track.duration.and_then(|duration| i64::try_from(duration.get()).ok());
        let (track_id, origin) = (track.id, track.start_ts.get().max(0));
        Ok(Self { reader, decoder, track_id, time_base, origin, length })
    }

    /// Length in seconds by the file's header.
    fn duration_secs(&self) -> Option<f64> {
        self.length.map(|length| self.secs(length)).filter(|secs| *secs > 0.0)
    }

    /// Seconds of so many units of the time base.
    fn secs(&self, ticks: i64) -> f64 {
        ticks as f64 * f64::from(self.time_base.numer.get()) / f64::from(self.time_base.denom.get())
    }

    /// Seconds from the start of the song to a time stamp.
    fn position_secs(&self, time: Timestamp) -> f64 {
        self.secs(time.get().saturating_sub(self.origin))
    }

    /// Goes to shortly before a position; `None` where the file can't, which is no error: its header may
    /// be wrong about its length.
    fn seek(mut self, secs: f64) -> Result<Option<Self>, AudioError> {
        if secs <= 0.0 {
            return Ok(Some(self));
        }
        let ticks = (secs / self.secs(1)) as i64;
        let ts = Timestamp::new(self.origin.saturating_add(ticks));
        let to = SeekTo::Timestamp { ts, track_id: self.track_id };
        match self.reader.seek(SeekMode::Accurate, to) {
            Ok(_) => {
                self.decoder.reset();
                Ok(Some(self))
            }
            Err(
                DecoderError::SeekError(_)
                | DecoderError::IoError(_)
                | DecoderError::DecodeError(_),
            ) => Ok(None),
            Err(source) => Err(AudioError::Decoder { source }),
        }
    }

    /// The next packet of the sound; `None` at the end, which for a cut off or damaged file is where it
    /// can't be read on.
    fn next_packet(&mut self) -> Result<Option<Packet>, AudioError> {
        loop {
            match self.reader.next_packet() {
                Ok(Some(packet)) if packet.track_id == self.track_id => return Ok(Some(packet)),
                Ok(Some(_)) => {}
                Ok(None)
                | Err(
                    DecoderError::IoError(_)
                    | DecoderError::DecodeError(_)
                    | DecoderError::ResetRequired,
                ) => return Ok(None),
                Err(source) => return Err(AudioError::Decoder { source }),
            }
        }
    }

    /// Length in seconds, by going through all packets without decoding them.
    fn measure_secs(mut self) -> Result<f64, AudioError> {
        let mut end = Timestamp::new(self.origin);
        while let Some(packet) = self.next_packet()? {
            end = end.max(packet.pts.saturating_add(packet.block_dur()));
        }
        let packets_secs = self.position_secs(end);
        // The last packets of an MP3 hold padding, whose size only the header tells.
        let is_padding =
            |header: &f64| (0.0..END_TOLERANCE_SECS).contains(&(packets_secs - header));
        match self.duration_secs().filter(is_padding).unwrap_or(packets_secs) {
            secs if secs <= 0.0 => Err(AudioError::NoSound),
            secs => Ok(secs),
        }
    }

    /// Decodes the packets of a clip, from where the reader stands.
    fn decode(mut self, clip: Clip) -> Result<Decoding, AudioError> {
        let mut decoding = Decoding::new(clip);
        while let Some(packet) = self.next_packet()? {
            let end_secs = self.position_secs(packet.pts.saturating_add(packet.block_dur()));
            if end_secs < clip.start_secs - RUN_UP_SECS {
                continue;
            }
            let start_secs = self.position_secs(packet.pts.saturating_add(packet.trim_start));
            if start_secs >= clip.start_secs + clip.duration_secs {
                break;
            }
            match self.decoder.decode(&packet) {
                Ok(buffer) => decoding.add(&buffer, start_secs),
                // In the run-up a decoder may lack what stands in earlier packets.
                Err(DecoderError::DecodeError(_) | DecoderError::IoError(_)) => {
                    decoding.n_damaged += usize::from(start_secs >= clip.start_secs);
                }
                Err(source) => return Err(AudioError::Decoder { source }),
            }
        }
        decoding.codec = self.decoder.codec_info().short_name;
        Ok(decoding)
    }
}

/// The sound of a clip as far as it is decoded.
struct Decoding {
    clip: Clip,
    codec: &'static str,
    sample_rate_hz: u32,
    channels: Vec<Vec<f32>>,
    /// Samples that were decoded; where packets were damaged, fewer than a channel has.
    n_decoded: usize,
    n_damaged: usize,
    packet: Vec<Vec<f32>>,
}

impl Decoding {
    fn new(clip: Clip) -> Self {
        Self {
            clip,
            codec: "",
            sample_rate_hz: 0,
            channels: Vec::new(),
            n_decoded: 0,
            n_damaged: 0,
            packet: Vec::new(),
        }
    }

    /// Samples of the whole clip.
    fn n_wanted(&self) -> usize {
        (self.clip.duration_secs * f64::from(self.sample_rate_hz)).round() as usize
    }

    /// Puts the samples of a packet, the first of which stands at `start_secs`, to their place.
    fn add(&mut self, buffer: &GenericAudioBufferRef<'_>, start_secs: f64) {
        let (rate, n_channels, n_samples) =
            (buffer.spec().rate(), buffer.num_planes(), buffer.frames());
        if n_samples == 0 || n_channels == 0 {
            return;
        }
        if self.channels.is_empty() {
            self.sample_rate_hz = rate;
            self.channels = vec![Vec::new(); n_channels];
        } else if (rate, n_channels) != (self.sample_rate_hz, self.channels.len()) {
            self.n_damaged += 1;
            return;
        }
        buffer.copy_to_vecs_planar(&mut self.packet);
        // Both are rounded by themselves: all packets then stand on one grid of samples.
        let sample_at = |secs: f64| (secs * f64::from(rate)).round() as i64;
        let offset = sample_at(start_secs) - sample_at(self.clip.start_secs);
        let n_before = usize::try_from(-offset).unwrap_or(0).min(n_samples);
        let start = usize::try_from(offset).unwrap_or(0);
        let end = (start + n_samples - n_before).min(self.n_wanted());
        if end <= start {
            return;
        }
        for (channel, packet) in self.channels.iter_mut().zip(&self.packet) {
            channel.resize(channel.len().max(end), 0.0);
            channel[start..end].copy_from_slice(&packet[n_before..n_before + end - start]);
        }
        self.n_decoded += end - start;
    }

    /// Seconds of the clip that are not there.
    fn missing_secs(&self) -> f64 {
        let found_secs = self.n_decoded as f64 / f64::from(self.sample_rate_hz.max(1));
        self.clip.duration_secs - found_secs
    }

    fn finish(
        self,
        duration_secs: Option<f64>,
        mut notes: Vec<ClipNote>,
    ) -> Result<DecodedClip, AudioError> {
        if self.n_decoded == 0 {
            return Err(AudioError::NoSound);
        }
        if !SAMPLE_RATES_HZ.contains(&self.sample_rate_hz) {
            return Err(AudioError::SampleRate { got_hz: self.sample_rate_hz });
        }
        if self.missing_secs() > (1.0 - LEAST_SOUND_SHARE) * self.clip.duration_secs {
            return Err(AudioError::TooDamaged {
                clip_secs: self.clip.duration_secs,
                missing_secs: self.missing_secs(),
            });
        }
        if self.n_damaged > 0 {
            notes.push(ClipNote::Damaged { n_packets: self.n_damaged });
        }
        let source = SourceInfo {
            codec: self.codec.to_owned(),
            sample_rate_hz: self.sample_rate_hz,
            n_channels: self.channels.len(),
            duration_secs,
        };
        let waveform = Waveform::new(self.sample_rate_hz, self.channels);
        let clip = Clip { duration_secs: waveform.duration_secs(), ..self.clip };
        Ok(DecodedClip { waveform, clip, source, notes })
    }
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
    fn refused(bytes: &[u8], source: DecoderError) -> Self {
        if is_protected(bytes) { Self::Protected } else { Self::NotAudio { source } }
    }

    fn no_track(bytes: &[u8]) -> Self {
        if is_protected(bytes) { Self::Protected } else { Self::NoTrack }
    }
}

/// Whether the file looks encrypted: an MP4 file with a protected sample entry (`drms`, `enca`;
/// ISO 14496-12, 8.12).
fn is_protected(bytes: &[u8]) -> bool {
    let has = |mark: &[u8; 4]| bytes.windows(4).any(|window| window == mark);
    bytes.get(4..8) == Some(b"ftyp") && (has(b"drms") || has(b"enca"))
}

#[cfg(test)]
mod tests;
