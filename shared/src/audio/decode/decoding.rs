//! The samples of a clip, put together packet by packet.

use super::{AudioError, ClipNote, DecodedClip, SourceInfo};
use crate::audio::waveform::{mean_of_two, mix_down};
use crate::audio::{Clip, Waveform};
use std::ops::Range;
use symphonia::core::audio::{Audio as _, GenericAudioBufferRef};

/// Share of a clip that must be there: with more damage the song is refused.
const LEAST_SOUND_SHARE: f64 = 0.9;

/// Sample rates that are taken, in hertz: others stand only in damaged headers.
const SAMPLE_RATES_HZ: std::ops::RangeInclusive<u32> = 1000..=768_000;

/// Samples of a channel for which room is made beforehand; a clip that asks for more grows as it comes.
const MOST_RESERVED: usize = 1 << 22;

/// What becomes of the channels of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Channels {
    /// They are kept.
    Kept,
    /// They become their mean as they come: half a minute of each would be megabytes.
    Mixed,
}

/// The sound of a clip as far as it is decoded.
pub(super) struct Decoding {
    clip: Clip,
    pub(super) codec: &'static str,
    sample_rate_hz: u32,
    /// Channels of the file.
    n_channels: usize,
    wanted: Channels,
    channels: Vec<Vec<f32>>,
    /// Samples that were decoded; where packets were damaged, fewer than a channel has.
    n_decoded: usize,
    pub(super) n_damaged: usize,
    n_not_finite: usize,
    packet: Vec<Vec<f32>>,
}

impl Decoding {
    pub(super) fn new(clip: Clip, wanted: Channels) -> Self {
        Self {
            clip,
            codec: "",
            sample_rate_hz: 0,
            n_channels: 0,
            wanted,
            channels: Vec::new(),
            n_decoded: 0,
            n_damaged: 0,
            n_not_finite: 0,
            packet: Vec::new(),
        }
    }

    /// Samples of the whole clip.
    fn n_wanted(&self) -> usize {
        (self.clip.duration_secs * f64::from(self.sample_rate_hz)).round() as usize
    }

    /// Puts the samples of a packet, the first of which stands at `start_secs`, to their place.
    pub(super) fn add(&mut self, buffer: &GenericAudioBufferRef<'_>, start_secs: f64) {
        let (rate, n_channels, n_samples) =
            (buffer.spec().rate(), buffer.num_planes(), buffer.frames());
        if n_samples == 0 || n_channels == 0 {
            return;
        }
        if self.channels.is_empty() {
            (self.sample_rate_hz, self.n_channels) = (rate, n_channels);
            // As long as the clip will be: growing packet by packet would move the samples again and again.
            let n_wanted = self.n_wanted().min(MOST_RESERVED);
            let n_kept = if self.wanted == Channels::Kept { n_channels } else { 1 };
            self.channels = (0..n_kept).map(|_| Vec::with_capacity(n_wanted)).collect();
        } else if (rate, n_channels) != (self.sample_rate_hz, self.n_channels) {
            self.n_damaged += 1;
            return;
        }
        // Both are rounded by themselves: all packets then stand on one grid of samples.
        let sample_at = |secs: f64| (secs * f64::from(rate)).round() as i64;
        let offset = sample_at(start_secs) - sample_at(self.clip.start_secs);
        let n_before = usize::try_from(-offset).unwrap_or(0).min(n_samples);
        let start = usize::try_from(offset).unwrap_or(0);
        let end = (start + n_samples - n_before).min(self.n_wanted());
        if end <= start {
            return;
        }
        let wanted = n_before..n_before + end - start;
        if self.wanted == Channels::Kept {
            self.keep(buffer, start, wanted);
        } else if !self.mix_two(buffer, start, wanted.clone()) {
            self.mix(buffer, start, wanted);
        }
        self.n_decoded += end - start;
    }

    fn keep(&mut self, buffer: &GenericAudioBufferRef<'_>, start: usize, wanted: Range<usize>) {
        buffer.copy_to_vecs_planar(&mut self.packet);
        for (channel, packet) in self.channels.iter_mut().zip(&mut self.packet) {
            let packet = &mut packet[wanted.clone()];
            self.n_not_finite += silence_not_finite(packet);
            place(channel, start, packet);
        }
    }

    /// Two channels, as most files have, without a step in between; not where something is amiss.
    fn mix_two(
        &mut self,
        buffer: &GenericAudioBufferRef<'_>,
        start: usize,
        wanted: Range<usize>,
    ) -> bool {
        let mono = &mut self.channels[0];
        let GenericAudioBufferRef::F32(buffer) = buffer else { return false };
        if self.n_channels != 2 || mono.len() != start {
            return false;
        }
        let mut planes = buffer.iter_planes().map(|plane| &plane[wanted.clone()]);
        let (left, right) = planes.next().zip(planes.next()).unwrap_or_default();
        mono.extend(left.iter().zip(right).map(|(l, r)| mean_of_two(*l, *r)));
        let is_sound = are_finite(&mono[start..]);
        if !is_sound {
            mono.truncate(start);
        }
        is_sound
    }

    fn mix(&mut self, buffer: &GenericAudioBufferRef<'_>, start: usize, wanted: Range<usize>) {
        buffer.copy_to_vecs_planar(&mut self.packet);
        let packet = &mut self.packet[..self.n_channels];
        for channel in &mut *packet {
            self.n_not_finite += silence_not_finite(&mut channel[wanted.clone()]);
        }
        let (mono, others) = packet.split_at_mut(1);
        mix_down(&mut mono[0], others);
        place(&mut self.channels[0], start, &mono[0][wanted]);
    }

    /// Seconds of the clip that are not there.
    pub(super) fn missing_secs(&self) -> f64 {
        let found_secs = self.n_decoded as f64 / f64::from(self.sample_rate_hz.max(1));
        self.clip.duration_secs - found_secs
    }

    pub(super) fn finish(
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
        if self.n_not_finite > 0 {
            notes.push(ClipNote::NotFinite { n_samples: self.n_not_finite });
        }
        let source = SourceInfo {
            codec: self.codec.to_owned(),
            sample_rate_hz: self.sample_rate_hz,
            n_channels: self.n_channels,
            duration_secs,
        };
        let waveform = Waveform::new(self.sample_rate_hz, self.channels);
        let clip = Clip { duration_secs: waveform.duration_secs(), ..self.clip };
        Ok(DecodedClip { waveform, clip, source, notes })
    }
}

/// Whether all are numbers; without a branch, so that several are looked at together.
fn are_finite(samples: &[f32]) -> bool {
    samples.iter().fold(true, |all, sample| all & sample.is_finite())
}

/// Silences samples that are no finite numbers, which files of floating point may hold, and says how many those were.
fn silence_not_finite(samples: &mut [f32]) -> usize {
    if are_finite(samples) {
        return 0;
    }
    let not_finite = samples.iter_mut().filter(|sample| !sample.is_finite());
    not_finite.map(|sample| *sample = 0.0).count()
}

/// Puts samples to their place in a channel; what is missing before them is silent.
fn place(channel: &mut Vec<f32>, start: usize, samples: &[f32]) {
    if channel.len() < start {
        channel.resize(start, 0.0);
    }
    let (known, new) = samples.split_at(samples.len().min(channel.len() - start));
    channel[start..start + known.len()].copy_from_slice(known);
    channel.extend_from_slice(new);
}
