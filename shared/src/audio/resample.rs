//! Resampling: sound at another sample rate.

use super::halve::Halver;
use rubato::audioadapter_buffers::direct::SequentialSlice;
use rubato::{Fft, FixedSync, Resampler as _};

/// Least number of samples of a chunk, which is also the length of the filter.
const CHUNK_SAMPLES: usize = 4096;

/// Converts one channel of sound from one sample rate to another.
///
/// By Fourier transform of overlapping chunks (crate rubato), with a filter that lets pass what both
/// rates can hold; to half the rate, as most songs go, by a half-band filter, which takes a quarter of the time
/// and lets sound fade from 91 % of what the lower rate can hold on. Plan and buffers are kept from one sound to the next.
pub struct Resampler {
    from_hz: u32,
    to_hz: u32,
    way: Way,
}

enum Way {
    /// Both rates are the same.
    Same,
    Half(Halver),
    Fourier(Box<Fft<f32>>),
}

impl Resampler {
    /// A converter between two rates in hertz.
    ///
    /// # Errors
    ///
    /// If a rate is 0.
    pub fn new(from_hz: u32, to_hz: u32) -> Result<Self, ResampleError> {
        let way = if from_hz > 0 && from_hz == to_hz {
            Way::Same
        } else if to_hz > 0 && from_hz / 2 == to_hz && from_hz.is_multiple_of(2) {
            Way::Half(Halver::new())
        } else {
            let (from, to) = (from_hz as usize, to_hz as usize);
            let fourier = Fft::new(from, to, chunk_samples(from, to), 1, FixedSync::Both)
                .map_err(|source| ResampleError::Rates { from_hz, to_hz, source })?;
            Way::Fourier(Box::new(fourier))
        };
        Ok(Self { from_hz, to_hz, way })
    }

    /// Rate of the input, in hertz.
    pub fn from_hz(&self) -> u32 {
        self.from_hz
    }

    /// The sound at the other rate: ceil(n * to / from) samples, as librosa gives.
    ///
    /// # Errors
    ///
    /// What the resampler reports.
    pub fn convert(&mut self, samples: &[f32]) -> Result<Vec<f32>, ResampleError> {
        let n_wanted =
            (samples.len() as u64 * u64::from(self.to_hz)).div_ceil(u64::from(self.from_hz));
        match &mut self.way {
            Way::Same => Ok(samples.to_vec()),
            Way::Half(halver) => Ok(halver.convert(samples)),
            Way::Fourier(fourier) => by_fourier(fourier, samples, n_wanted as usize)
                .map_err(|source| ResampleError::Process { source }),
        }
    }
}

fn by_fourier(
    fourier: &mut Fft<f32>,
    samples: &[f32],
    n_wanted: usize,
) -> Result<Vec<f32>, rubato::ResampleError> {
    let n_samples = samples.len();
    // Of these adapters rubato copies whole chunks; of interleaved ones, sample by sample.
    let input = SequentialSlice::new(samples, 1, n_samples)
        .expect("one channel of as many samples as there are");
    let n_room = fourier.process_all_needed_output_len(n_samples);
    let mut converted = vec![0.0; n_room];
    let mut output = SequentialSlice::new_mut(&mut converted, 1, n_room)
        .expect("one channel of as many samples as there is room for");
    fourier.reset();
    fourier.process_all_into_buffer(&input, &mut output, n_samples, None)?;
    converted.resize(n_wanted, 0.0);
    Ok(converted)
}

/// Samples of a chunk of the input, for which the output has a whole and *even* number of samples: the
/// resampler's delay is half a chunk of the output, and with an odd number its rounding would move all
/// sound by half a sample.
fn chunk_samples(from: usize, to: usize) -> usize {
    let least = from / greatest_common_divisor(from, to).max(1);
    CHUNK_SAMPLES.div_ceil(least.max(1)).next_multiple_of(2) * least
}

fn greatest_common_divisor(a: usize, b: usize) -> usize {
    if b == 0 { a } else { greatest_common_divisor(b, a % b) }
}

/// Why sound can't be resampled.
#[derive(Debug, thiserror::Error)]
pub enum ResampleError {
    /// Rates that can't be converted.
    #[error("sound can't be resampled from {from_hz} Hz to {to_hz} Hz")]
    Rates {
        /// From.
        from_hz: u32,
        /// To.
        to_hz: u32,
        /// Why.
        #[source]
        source: rubato::ResamplerConstructionError,
    },
    /// The resampler gave up.
    #[error("resampling failed")]
    Process {
        /// Why.
        #[source]
        source: rubato::ResampleError,
    },
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(hz: f64, rate_hz: u32, n_samples: usize) -> Vec<f32> {
        let turn = std::f64::consts::TAU * hz / f64::from(rate_hz);
        (0..n_samples).map(|k| (turn * k as f64).sin() as f32).collect()
    }

    /// Largest difference, away from the ends, where the sound is cut and a filter must ring.
    fn difference(a: &[f32], b: &[f32], n_end: usize) -> f32 {
        let inside = n_end..a.len().min(b.len()) - n_end;
        inside.map(|k| (a[k] - b[k]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn a_tone_stays_a_tone_in_its_place() {
        for from_hz in [8000, 32_000, 44_100, 48_000, 96_000] {
            let mut resampler = Resampler::new(from_hz, 22_050).unwrap();
            // 3 s, of which the ends are left out as far as the filter reaches.
            let n_samples = 3 * from_hz as usize;
            let n_end = chunk_samples(from_hz as usize, 22_050) * 22_050 / from_hz as usize / 2;
            for hz in [50.0, 1000.0, 3500.0] {
                let converted = resampler.convert(&tone(hz, from_hz, n_samples)).unwrap();
                assert_eq!(converted.len(), 3 * 22_050);
                let error = difference(&converted, &tone(hz, 22_050, 3 * 22_050), n_end);
                assert!(error < 1e-5, "{hz} Hz from {from_hz} Hz: off by {error}");
            }
        }
    }

    #[test]
    fn what_the_lower_rate_cannot_hold_is_removed() {
        // The half-band filter fades until 12 kHz: what it leaves below that is folded to above 10 kHz.
        for (from_hz, hz) in [(44_100, 12_000.0), (48_000, 11_200.0), (96_000, 11_200.0)] {
            let mut resampler = Resampler::new(from_hz, 22_050).unwrap();
            let converted = resampler.convert(&tone(hz, from_hz, from_hz as usize)).unwrap();
            let error = difference(&converted, &vec![0.0; converted.len()], 4000);
            assert!(error < 1e-4, "{error} is left of {hz} Hz from {from_hz} Hz");
        }
    }

    #[test]
    fn the_length_is_rounded_up() {
        for (from_hz, n_samples, n_expected) in [
            (44_100, 0, 0),
            (44_100, 1, 1),
            (44_100, 2, 1),
            (44_100, 3, 2),
            (44_100, 44_101, 22_051),
            (48_000, 0, 0),
            (48_000, 1, 1),
            (48_000, 48_001, 22_051),
        ] {
            let mut resampler = Resampler::new(from_hz, 22_050).unwrap();
            assert_eq!(resampler.convert(&vec![0.5; n_samples]).unwrap().len(), n_expected);
        }
    }

    #[test]
    fn one_sound_leaves_nothing_in_the_next() {
        let mut resampler = Resampler::new(48_000, 22_050).unwrap();
        let sound = tone(440.0, 48_000, 30_000);
        let first = resampler.convert(&sound).unwrap();
        resampler.convert(&vec![1.0; 7777]).unwrap();
        assert_eq!(resampler.convert(&sound).unwrap(), first);
    }

    #[test]
    fn the_same_rate_changes_nothing() {
        let sound = tone(440.0, 22_050, 100);
        assert_eq!(Resampler::new(22_050, 22_050).unwrap().convert(&sound).unwrap(), sound);
    }

    #[test]
    fn a_rate_of_zero_is_refused() {
        assert!(matches!(Resampler::new(0, 22_050), Err(ResampleError::Rates { .. })));
        assert!(matches!(Resampler::new(0, 0), Err(ResampleError::Rates { .. })));
    }
}
