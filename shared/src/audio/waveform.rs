//! Sound as samples.

use std::f32::consts::FRAC_1_SQRT_2;

/// Sound as samples in -1 to 1, one vector a channel, all of the same length.
#[derive(Debug, Clone, PartialEq)]
pub struct Waveform {
    sample_rate_hz: u32,
    channels: Vec<Vec<f32>>,
}

impl Waveform {
    /// A waveform of these channels.
    ///
    /// # Panics
    ///
    /// If there is no channel, if the channels differ in length, or if the rate is 0.
    pub fn new(sample_rate_hz: u32, channels: Vec<Vec<f32>>) -> Self {
        assert!(sample_rate_hz > 0, "a sample rate of 0 Hz");
        assert!(!channels.is_empty(), "a waveform without channels");
        let n_samples = channels[0].len();
        if let Some(other) = channels.iter().find(|channel| channel.len() != n_samples) {
            panic!("channels of {n_samples} and of {} samples", other.len());
        }
        Self { sample_rate_hz, channels }
    }

    /// Samples a second of each channel.
    pub fn sample_rate_hz(&self) -> u32 {
        self.sample_rate_hz
    }

    /// The channels, in the order of the file (left, right, ...).
    pub fn channels(&self) -> &[Vec<f32>] {
        &self.channels
    }

    /// How many channels.
    pub fn n_channels(&self) -> usize {
        self.channels.len()
    }

    /// How many samples each channel has.
    pub fn n_samples(&self) -> usize {
        self.channels[0].len()
    }

    /// Length in seconds.
    pub fn duration_secs(&self) -> f64 {
        self.n_samples() as f64 / f64::from(self.sample_rate_hz)
    }

    /// The largest absolute sample value; 0 where there is no sample.
    pub fn peak(&self) -> f32 {
        self.channels.iter().flatten().fold(0.0, |peak, sample| peak.max(sample.abs()))
    }

    /// The first seconds of it; all of it where it is shorter.
    #[must_use]
    pub fn first_secs(&self, duration_secs: f64) -> Self {
        let wanted = (duration_secs * f64::from(self.sample_rate_hz)).round() as usize;
        let n_samples = wanted.min(self.n_samples());
        let channels = self.channels.iter().map(|channel| channel[..n_samples].to_vec()).collect();
        Self { sample_rate_hz: self.sample_rate_hz, channels }
    }

    /// The mean of all channels, as `librosa.to_mono` gives it, where the first one stood: half a minute is megabytes.
    pub fn into_mono(mut self) -> Vec<f32> {
        let others = self.channels.split_off(1);
        let mut mono = self.channels.swap_remove(0);
        mix_down(&mut mono, &others);
        mono
    }

    /// At most two channels, for people to hear: one and two stay as they are.
    ///
    /// More channels, in the order of WAVE and FLAC files, are mixed down as ITU-R BS.775 has it: to each side what is at that
    /// side in front, the centre, which carries the voice, at -3 dB, and what is behind at -3 dB; the low-frequency effects
    /// are left out. A side is divided by the sum of its weights, so that nothing is clipped.
    #[must_use]
    pub fn to_stereo(&self) -> Self {
        if self.n_channels() <= 2 {
            return self.clone();
        }
        let side = |side: usize| {
            let mut mixed = vec![0.0_f32; self.n_samples()];
            let mut sum = 0.0;
            for (at, channel) in self.channels.iter().enumerate() {
                let weight = weights(self.n_channels(), at)[side];
                sum += weight;
                if weight > 0.0 {
                    mixed.iter_mut().zip(channel).for_each(|(total, own)| *total += weight * own);
                }
            }
            mixed.iter_mut().for_each(|total| *total /= sum);
            mixed
        };
        Self { sample_rate_hz: self.sample_rate_hz, channels: vec![side(0), side(1)] }
    }
}

/// How much of a channel goes to the left and to the right, by its place among so many (RFC 9639, section 9.1.3); of more
/// than eight, whose places are not agreed on, every second to each side.
fn weights(n_channels: usize, at: usize) -> [f32; 2] {
    const LEFT: [f32; 2] = [1.0, 0.0];
    const RIGHT: [f32; 2] = [0.0, 1.0];
    const BOTH: [f32; 2] = [FRAC_1_SQRT_2; 2];
    const LEFT_BEHIND: [f32; 2] = [FRAC_1_SQRT_2, 0.0];
    const RIGHT_BEHIND: [f32; 2] = [0.0, FRAC_1_SQRT_2];
    const NONE: [f32; 2] = [0.0; 2];
    let places: &[[f32; 2]] = match n_channels {
        3 => &[LEFT, RIGHT, BOTH],
        4 => &[LEFT, RIGHT, LEFT_BEHIND, RIGHT_BEHIND],
        5 => &[LEFT, RIGHT, BOTH, LEFT_BEHIND, RIGHT_BEHIND],
        6 => &[LEFT, RIGHT, BOTH, NONE, LEFT_BEHIND, RIGHT_BEHIND],
        7 => &[LEFT, RIGHT, BOTH, NONE, BOTH, LEFT_BEHIND, RIGHT_BEHIND],
        8 => &[LEFT, RIGHT, BOTH, NONE, LEFT_BEHIND, RIGHT_BEHIND, LEFT_BEHIND, RIGHT_BEHIND],
        _ => &[LEFT, RIGHT],
    };
    places[at % places.len()]
}

/// Makes a channel the mean of itself and others of the same length.
pub(super) fn mix_down(mono: &mut [f32], others: &[Vec<f32>]) {
    match others {
        [] => {}
        [right] => mono.iter_mut().zip(right).for_each(|(l, r)| *l = mean_of_two(*l, *r)),
        others => add_and_divide(mono, others),
    }
}

/// The mean of a sample of the left and one of the right.
#[inline]
pub(super) fn mean_of_two(left: f32, right: f32) -> f32 {
    (left + right) * 0.5
}

/// Makes a channel the mean of itself and others.
fn add_and_divide<C: AsRef<[f32]>>(mean: &mut [f32], others: &[C]) {
    for other in others {
        mean.iter_mut().zip(other.as_ref()).for_each(|(total, sample)| *total += sample);
    }
    let n_channels = (others.len() + 1) as f32;
    mean.iter_mut().for_each(|total| *total /= n_channels);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mono_is_the_mean() {
        let stereo = Waveform::new(8000, vec![vec![1.0, 0.0], vec![0.0, -1.0]]);
        assert_eq!(stereo.into_mono(), [0.5, -0.5]);
        let three = Waveform::new(8000, vec![vec![0.75], vec![0.0], vec![-0.375]]);
        assert_eq!(three.into_mono(), [0.125]);
        assert_eq!(Waveform::new(8000, vec![vec![0.25]]).into_mono(), [0.25]);
    }

    #[test]
    fn six_channels_become_two_and_the_voice_is_in_both() {
        let only = |at: usize| {
            let channels = (0..6).map(|own| vec![f32::from(u8::from(own == at))]).collect();
            let two = Waveform::new(96_000, channels).to_stereo();
            [two.channels()[0][0], two.channels()[1][0]]
        };
        // 1 / (1 + 2 / sqrt(2)) for what is in front, 3 dB less for the others.
        let (front, less) = (0.414_213_57, 0.292_893_2);
        let expected =
            [[front, 0.0], [0.0, front], [less, less], [0.0, 0.0], [less, 0.0], [0.0, less]];
        for (at, expected) in expected.into_iter().enumerate() {
            for (got, expected) in only(at).into_iter().zip(expected) {
                assert!((got - expected).abs() < 1e-6, "channel {at}: {got}, not {expected}");
            }
        }
    }

    #[test]
    fn loud_channels_of_any_number_are_not_clipped() {
        for n_channels in 1..12 {
            let loud = Waveform::new(8000, vec![vec![1.0]; n_channels]).to_stereo();
            assert!(
                loud.channels().iter().all(|side| (side[0] - 1.0).abs() < 1e-6),
                "{n_channels}"
            );
        }
    }

    #[test]
    fn the_first_seconds() {
        let waveform = Waveform::new(4, vec![(0..10).map(|k| k as f32).collect()]);
        assert_eq!(waveform.first_secs(1.5).channels()[0], [0.0, 1.0, 2.0, 3.0, 4.0, 5.0]);
        assert_eq!(waveform.first_secs(9.0), waveform);
        assert_eq!(waveform.peak(), 9.0);
        assert_eq!(waveform.duration_secs(), 2.5);
    }

    #[test]
    #[should_panic(expected = "channels of 2 and of 1 samples")]
    fn channels_of_different_length_are_a_mistake() {
        let _ = Waveform::new(8000, vec![vec![0.0; 2], vec![0.0]]);
    }
}
