//! An audio file as symphonia reads it: packets, times, seeking.

use super::decoding::{Channels, Decoding};
use super::mp4::sound_start;
use super::source::{Place, SoundSource};
use super::{AudioError, END_TOLERANCE_SECS, RUN_UP_SECS};
use crate::audio::Clip;
use symphonia::core::audio::GenericAudioBufferRef;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions, well_known::CODEC_ID_MP3};
use symphonia::core::errors::Error as DecoderError;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatReader, SeekMode, SeekTo, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::packet::Packet;
use symphonia::core::units::{TimeBase, Timestamp};

/// An opened file, to be read once.
pub(super) struct Song<'a> {
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
    pub(super) fn open(
        file: &'a dyn SoundSource,
        extension: Option<&str>,
    ) -> Result<Self, AudioError> {
        if file.n_bytes() == 0 {
            return Err(AudioError::Empty);
        }
        let mut hint = Hint::new();
        if let Some(extension) = extension {
            hint.with_extension(extension);
        }
        let stream = MediaSourceStream::new(Box::new(Place::start_of(file)), Default::default());
        let reader = symphonia::default::get_probe()
            .probe(&hint, stream, Default::default(), Default::default())
            .map_err(|source| AudioError::refused(file, source))?;
        let track =
            reader.default_track(TrackType::Audio).ok_or_else(|| AudioError::no_track(file))?;
        let parameters = track
            .codec_params
            .as_ref()
            .and_then(|parameters| parameters.audio())
            .ok_or_else(|| AudioError::no_track(file))?;
        // The length of an MP3 file may be an estimate, so the decoder must not cut there.
        let options = AudioDecoderOptions::default().gapless(parameters.codec != CODEC_ID_MP3);
        let decoder = symphonia::default::get_codecs()
            .make_audio_decoder(parameters, &options)
            .map_err(|source| AudioError::not_decoded(file, source))?;
        let time_base = track
            .time_base
            .or_else(|| parameters.sample_rate.and_then(TimeBase::try_from_recip))
            .ok_or_else(|| AudioError::no_track(file))?;
        let track_id = track.id;
        let length = track.duration.and_then(|duration| i64::try_from(duration.get()).ok());
        // Packets of an MP4 file are numbered, and its length is counted, from before its sound.
        let n_before = sound_start(file, track_id).filter(|start| Some(*start) < length);
        let origin = n_before.unwrap_or_else(|| track.start_ts.get().max(0));
        let length = length.map(|length| length - n_before.unwrap_or(0));
        Ok(Self { reader, decoder, track_id, time_base, origin, length })
    }

    /// Length in seconds by the file's header.
    pub(super) fn duration_secs(&self) -> Option<f64> {
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
    pub(super) fn seek(mut self, secs: f64) -> Result<Option<Self>, AudioError> {
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
    pub(super) fn measure_secs(mut self) -> Result<f64, AudioError> {
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

    /// Decodes all packets and hands their samples on, with the second at which each begins. Damaged ones are left
    /// out.
    pub(super) fn decode_all(
        mut self,
        take: &mut dyn FnMut(&GenericAudioBufferRef<'_>, f64),
    ) -> Result<(), AudioError> {
        while let Some(packet) = self.next_packet()? {
            let start_secs = self.position_secs(packet.pts.saturating_add(packet.trim_start));
            match self.decoder.decode(&packet) {
                Ok(buffer) => take(&buffer, start_secs.max(0.0)),
                Err(DecoderError::DecodeError(_) | DecoderError::IoError(_)) => {}
                Err(source) => return Err(AudioError::Decoder { source }),
            }
        }
        Ok(())
    }

    /// Decodes the packets of a clip, from where the reader stands.
    pub(super) fn decode(mut self, clip: Clip, wanted: Channels) -> Result<Decoding, AudioError> {
        let mut decoding = Decoding::new(clip, wanted);
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
