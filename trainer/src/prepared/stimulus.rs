//! Stimuli: what participants hear of a song.

use super::folder::Folder;
use super::{StimulusRecord, StimulusSettings};
use crate::mp3::{self, Mp3Error, SAMPLE_RATES_HZ};
use shared::audio::{
    AudioError, ClipSettings, Loudness, LoudnessError, LoudnessTarget, ResampleError, Resampler,
    Waveform, decode_clip,
};
use shared::catalog::TrackId;
use shared::hash::sha256_hex;
use std::f64::consts::PI;

/// LAME softens all sound by this factor at the bitrates of [`mp3::encode`], against clipping (its table of
/// presets); the peak limit does that here, so it is undone.
const ENCODER_SCALE: f64 = 0.95;

/// Most times that a stimulus is encoded: what MP3 adds to the peaks is nearly the same each time, so that
/// the second is as a rule the last.
const MOST_ENCODINGS: usize = 4;

/// Decibels by which the gain is lowered beyond the overshoot: the encoder may choose other steps at the new
/// gain.
const GAIN_MARGIN_DB: f64 = 0.02;

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
    if !loudness.integrated_lufs.is_finite() {
        return Err(StimulusError::Silent { secs: faded.duration_secs() });
    }
    let target = LoudnessTarget {
        lufs: settings.target_lufs,
        max_true_peak_dbtp: settings.max_true_peak_dbtp,
    };
    let Encoded { mp3, gain_db, true_peak_dbtp } = encode(&faded, &target, &loudness)?;
    let integrated_lufs = loudness.after_gain(gain_db).integrated_lufs;
    let record = StimulusRecord {
        file: Folder::stimulus_name(track_id, key),
        sha256: sha256_hex(&mp3),
        n_bytes: mp3.len() as u64,
        sample_rate_hz: faded.sample_rate_hz(),
        duration_secs: faded.duration_secs(),
        gain_db,
        integrated_lufs: finite(integrated_lufs),
        true_peak_dbtp: finite(true_peak_dbtp),
    };
    let note = note(integrated_lufs, true_peak_dbtp, settings);
    Ok(Stimulus { record, mp3, note })
}

/// An encoded sound.
struct Encoded {
    mp3: Vec<u8>,
    /// Gain that was applied.
    gain_db: f64,
    /// True peak of what a decoder makes of it.
    true_peak_dbtp: f64,
}

/// Brings a sound to the wanted loudness and encodes it. MP3 keeps no sample as it is and may add to the
/// peaks: where what is heard then exceeds the limit, the gain is lowered by as much.
fn encode(
    sound: &Waveform,
    target: &LoudnessTarget,
    loudness: &Loudness,
) -> Result<Encoded, StimulusError> {
    let mut gain_db = target.gain_db(loudness);
    let mut n_encodings = 0;
    loop {
        let gain = 10f64.powf(gain_db / 20.0);
        let input = scaled(sound, |_| gain / ENCODER_SCALE);
        let mp3 = mp3::encode(input.channels(), input.sample_rate_hz())?;
        n_encodings += 1;
        let true_peak_dbtp =
            Loudness::measure(&heard(&mp3, sound.duration_secs())?)?.true_peak_dbtp;
        let overshoot_db = true_peak_dbtp - target.max_true_peak_dbtp;
        if overshoot_db <= 0.0 || n_encodings == MOST_ENCODINGS {
            return Ok(Encoded { mp3, gain_db, true_peak_dbtp });
        }
        gain_db -= overshoot_db + GAIN_MARGIN_DB;
    }
}

/// What a listener hears of an MP3 file: all of it.
fn heard(mp3: &[u8], duration_secs: f64) -> Result<Waveform, AudioError> {
    // Longer than the file by any padding; a clip that does not fit is cut to what there is.
    let all = ClipSettings { start_secs: 0.0, duration_secs: duration_secs + 1.0 };
    Ok(decode_clip(&mp3, Some("mp3"), &all)?.waveform)
}

/// What is worth knowing of a stimulus.
fn note(integrated_lufs: f64, true_peak_dbtp: f64, settings: &StimulusSettings) -> Option<String> {
    let (target_lufs, limit_dbtp) = (settings.target_lufs, settings.max_true_peak_dbtp);
    if true_peak_dbtp > limit_dbtp {
        return Some(format!(
            "the stimulus has a true peak of {true_peak_dbtp:.2} dBTP, above the limit of {limit_dbtp:.2}"
        ));
    }
    (integrated_lufs < target_lufs - 0.05).then(|| {
        format!(
            "the stimulus has {integrated_lufs:.1} LUFS instead of {target_lufs:.1}: louder, its peaks \
             would be clipped"
        )
    })
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
    /// Nothing to be heard: below the -70 LUFS from which EBU R 128 counts.
    #[error(
        "the stimulus, the clip's first {secs:.1} s, is silent (below -70 LUFS): choose another --clip-start, or a longer \
         --stimulus-secs"
    )]
    Silent {
        /// Its length.
        secs: f64,
    },
    /// Not measured.
    #[error(transparent)]
    Loudness(#[from] LoudnessError),
    /// Not resampled.
    #[error(transparent)]
    Resample(#[from] ResampleError),
    /// Not encoded.
    #[error("the stimulus can't be encoded")]
    Mp3(#[from] Mp3Error),
    /// Not decoded again.
    #[error("the stimulus can't be decoded again to measure its peaks")]
    Decode(#[from] AudioError),
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

    /// Sounds that are brought up to the peak limit, and whose peaks MP3 then may raise: noise, a square wave,
    /// clicks in soft noise, at several rates, for one ear and for two.
    #[test]
    fn the_true_peak_of_what_is_heard_stays_below_its_limit() {
        let mut stream = shared::random::Seed(5).stream("noise");
        let mut noise = |amplitude: f64| -> Vec<f32> {
            (0..44_100 * 4).map(|_| stream.between(-amplitude, amplitude) as f32).collect()
        };
        let square: Vec<f32> =
            (0..44_100 * 4).map(|k| if k % 100 < 50 { 1.0 } else { -1.0 }).collect();
        let mut clicks = noise(0.01);
        clicks.iter_mut().step_by(3001).for_each(|sample| *sample = 0.9);
        let settings = StimulusSettings { target_lufs: 0.0, ..StimulusSettings::default() };
        let target = LoudnessTarget { lufs: 0.0, max_true_peak_dbtp: settings.max_true_peak_dbtp };
        let mut n_lowered = 0;
        for (name, rate_hz, channels) in [
            ("noise", 44_100, vec![noise(1.0), noise(1.0)]),
            ("noise at 22050 Hz", 22_050, vec![noise(0.1)]),
            ("square wave", 44_100, vec![square.clone(), square]),
            ("clicks", 48_000, vec![clicks]),
        ] {
            let sound = Waveform::new(rate_hz, channels);
            let stimulus = make(&sound, &settings, &TrackId::parse("a").unwrap(), "k").unwrap();
            let record = &stimulus.record;
            let peak = Loudness::measure(&decoded(&stimulus)).unwrap().true_peak_dbtp;
            assert!(peak <= -1.0, "{name}: {peak} dBTP is heard");
            assert!((record.true_peak_dbtp - peak).abs() < 1e-9, "{name}: {peak}, {record:?}");
            let secs = sound.duration_secs();
            let faded = scaled(&sound.to_stereo(), |at| fade(at, secs, &settings));
            let loudness = Loudness::measure(&faded).unwrap();
            // Lowered only where the encoder raised the peaks that were right before.
            let by_samples_db = target.gain_db(&loudness);
            assert!(record.gain_db <= by_samples_db, "{name}: {record:?}, {by_samples_db} dB");
            n_lowered += usize::from(record.gain_db < by_samples_db);
            let lufs = loudness.integrated_lufs + record.gain_db;
            assert!((record.integrated_lufs - lufs).abs() < 1e-9, "{name}: {record:?}, {lufs}");
        }
        assert!(n_lowered > 0, "no sound had to be lowered");
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
