//! Stimuli: what participants hear of a song.

use super::folder::Folder;
use super::{StimulusRecord, StimulusSettings};
use crate::mp3::{self, Mp3Error, SAMPLE_RATES_HZ};
use sha2::{Digest, Sha256};
use shared::audio::{Loudness, LoudnessError, LoudnessTarget, ResampleError, Resampler, Waveform};
use shared::catalog::TrackId;
use std::f64::consts::PI;

/// LAME softens all sound by this factor at the bitrates of [`mp3::encode`], against clipping (its table of
/// presets); the peak limit does that here, so it is undone.
const ENCODER_SCALE: f64 = 0.95;

/// A stimulus that is ready to be written.
pub(super) struct Stimulus {
    pub(super) record: StimulusRecord,
    pub(super) mp3: Vec<u8>,
    /// What is worth knowing.
    pub(super) note: Option<String>,
}

/// Makes the stimulus of a clip: its first seconds in mono or stereo, faded in and out and brought to
/// the wanted loudness.
pub(super) fn make(
    clip: &Waveform,
    settings: &StimulusSettings,
    track_id: &TrackId,
    key: &str,
) -> Result<Stimulus, StimulusError> {
    let excerpt = at_mp3_rate(&clip.first_secs(settings.duration_secs).to_stereo())?;
    let faded = scaled(&excerpt, |secs| fade(secs, excerpt.duration_secs(), settings));
    let loudness = Loudness::measure(&faded)?;
    let target = LoudnessTarget {
        lufs: settings.target_lufs,
        max_true_peak_dbtp: settings.max_true_peak_dbtp,
    };
    let gain_db = target.gain_db(&loudness);
    let gain = 10f64.powf(gain_db / 20.0);
    let sound = scaled(&faded, |_| gain);
    let input = scaled(&sound, |_| 1.0 / ENCODER_SCALE);
    let mp3 = mp3::encode(input.channels(), input.sample_rate_hz())?;
    let after = loudness.after_gain(gain_db);
    let record = StimulusRecord {
        file: Folder::stimulus_name(track_id, key),
        sha256: Sha256::digest(&mp3).iter().map(|byte| format!("{byte:02x}")).collect(),
        n_bytes: mp3.len() as u64,
        sample_rate_hz: sound.sample_rate_hz(),
        duration_secs: sound.duration_secs(),
        gain_db,
        integrated_lufs: finite(after.integrated_lufs),
        true_peak_dbtp: finite(after.true_peak_dbtp),
    };
    let note = (after.integrated_lufs < settings.target_lufs - 0.05).then(|| {
        format!(
            "the stimulus has {:.1} LUFS instead of {:.1}: louder, its peaks would be clipped",
            after.integrated_lufs, settings.target_lufs
        )
    });
    Ok(Stimulus { record, mp3, note })
}

/// JSON has no infinity: silence counts as -200.
fn finite(decibels: f64) -> f64 {
    decibels.max(-200.0)
}

/// The sound at its own sample rate where MP3 knows it, else at the next lower one that MP3 knows.
fn at_mp3_rate(sound: &Waveform) -> Result<Waveform, ResampleError> {
    let rate_hz = sound.sample_rate_hz();
    let lower = SAMPLE_RATES_HZ.into_iter().filter(|known| *known <= rate_hz).max();
    let target_hz = lower.unwrap_or(SAMPLE_RATES_HZ[0]);
    if target_hz == rate_hz {
        return Ok(sound.clone());
    }
    let mut resampler = Resampler::new(rate_hz, target_hz)?;
    let channels: Result<Vec<_>, _> =
        sound.channels().iter().map(|channel| resampler.convert(channel)).collect();
    Ok(Waveform::new(target_hz, channels?))
}

/// The sound with each sample multiplied by a factor that depends on its time in seconds.
fn scaled(sound: &Waveform, factor: impl Fn(f64) -> f64) -> Waveform {
    let rate = f64::from(sound.sample_rate_hz());
    let scale = |(index, sample): (usize, &f32)| sample * factor(index as f64 / rate) as f32;
    let channels = sound
        .channels()
        .iter()
        .map(|channel| channel.iter().enumerate().map(scale).collect())
        .collect();
    Waveform::new(sound.sample_rate_hz(), channels)
}

/// Half of a cosine up at the start and down at the end, 1 between.
fn fade(secs: f64, duration_secs: f64, settings: &StimulusSettings) -> f64 {
    let ramp = |secs: f64, length_secs: f64| {
        if secs >= length_secs { 1.0 } else { 0.5 - 0.5 * (PI * secs.max(0.0) / length_secs).cos() }
    };
    ramp(secs, settings.fade_in_secs) * ramp(duration_secs - secs, settings.fade_out_secs)
}

/// Why a stimulus can't be made.
#[derive(Debug, thiserror::Error)]
pub(super) enum StimulusError {
    /// Not measured.
    #[error(transparent)]
    Loudness(#[from] LoudnessError),
    /// Not resampled.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// Not encoded.
    #[error("the stimulus can't be encoded")]
    Mp3(#[from] Mp3Error),
}

#[cfg(test)]
mod tests {
    use super::*;
    use shared::audio::{ClipSettings, decode_clip};

    fn tone(rate_hz: u32, n_channels: usize, amplitude: f64) -> Waveform {
        let turn = std::f64::consts::TAU * 440.0 / f64::from(rate_hz);
        let n_samples = rate_hz as usize * 12;
        let sample = |k: usize| (amplitude * (turn * k as f64).sin()) as f32;
        let channel: Vec<f32> = (0..n_samples).map(sample).collect();
        Waveform::new(rate_hz, vec![channel; n_channels])
    }

    fn stimulus_of(sound: &Waveform) -> Stimulus {
        let id = TrackId::parse("a").unwrap();
        make(sound, &StimulusSettings::default(), &id, "k").unwrap()
    }

    fn decoded(stimulus: &Stimulus) -> Waveform {
        let all = ClipSettings { start_secs: 0.0, duration_secs: 60.0 };
        decode_clip(&stimulus.mp3, Some("mp3"), &all).unwrap().waveform
    }

    #[test]
    fn ten_seconds_at_the_target_loudness() {
        let stimulus = stimulus_of(&tone(44_100, 2, 0.05));
        assert_eq!(stimulus.record.file, "stimuli/a-k.mp3");
        assert!((stimulus.record.duration_secs - 10.0).abs() < 1e-9);
        assert!((stimulus.record.integrated_lufs + 16.0).abs() < 1e-6);
        assert_eq!(stimulus.note, None);
        let heard = decoded(&stimulus);
        assert_eq!((heard.sample_rate_hz(), heard.n_channels()), (44_100, 2));
        assert!((heard.duration_secs() - 10.0).abs() < 0.1, "{} s", heard.duration_secs());
        let loudness = Loudness::measure(&heard).unwrap().integrated_lufs;
        assert!((loudness + 16.0).abs() < 0.1, "the mp3 has {loudness} LUFS");
    }

    #[test]
    fn the_true_peak_stays_below_its_limit() {
        let mut clicks = vec![0.0f32; 44_100 * 10];
        clicks.iter_mut().step_by(4410).for_each(|sample| *sample = 0.9);
        let stimulus = stimulus_of(&Waveform::new(44_100, vec![clicks]));
        assert!(stimulus.record.true_peak_dbtp <= -1.0 + 1e-9, "{:?}", stimulus.record);
        assert!(stimulus.note.as_ref().is_some_and(|note| note.contains("LUFS")));
    }

    #[test]
    fn rates_that_mp3_does_not_know_are_lowered() {
        for (rate_hz, expected_hz) in [(96_000, 48_000), (11_000, 8_000), (22_050, 22_050)] {
            let stimulus = stimulus_of(&tone(rate_hz, 1, 0.2));
            assert_eq!(stimulus.record.sample_rate_hz, expected_hz);
            assert_eq!(decoded(&stimulus).sample_rate_hz(), expected_hz);
        }
    }

    #[test]
    fn six_channels_become_stereo() {
        assert_eq!(decoded(&stimulus_of(&tone(48_000, 6, 0.1))).n_channels(), 2);
    }

    #[test]
    fn fades_start_and_end_in_silence() {
        let settings = StimulusSettings::default();
        assert_eq!(fade(0.0, 10.0, &settings), 0.0);
        assert!((fade(0.005, 10.0, &settings) - 0.5).abs() < 1e-12);
        assert_eq!(fade(5.0, 10.0, &settings), 1.0);
        assert!((fade(9.975, 10.0, &settings) - 0.5).abs() < 1e-12);
        assert!(fade(10.0, 10.0, &settings).abs() < 1e-12);
    }
}
