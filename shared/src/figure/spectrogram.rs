//! The picture of a mel spectrogram: its pixels, and a frame with axes around them.

use super::colormap::{Rgb, magma};
use crate::spectrogram::{MelSpectrogram, hz_to_mel};
use std::fmt::Write;

/// SVG units left of the picture: numbers and name of the frequency axis.
const LEFT: u32 = 64;
/// SVG units below the picture: numbers and name of the time axis.
const BELOW: u32 = 44;
/// SVG units above and right of the picture.
const MARGIN: u32 = 16;
/// SVG units of a mel band.
const BAND_HEIGHT: u32 = 2;
/// Frequencies that are marked, in hertz, as far as the spectrogram reaches.
const MARKED_HZ: [u32; 9] = [0, 250, 500, 1000, 2000, 4000, 8000, 12_000, 16_000];
/// Steps between marked times, in seconds: the first that gives at most [`MOST_TIMES`] is taken.
const TIME_STEPS_SECS: [u32; 9] = [1, 2, 5, 10, 20, 30, 60, 120, 300];
/// Most times that are marked.
const MOST_TIMES: u32 = 12;

/// The colour of one value of a mel spectrogram: black is `range_db` below the loudest value.
///
/// # Panics
///
/// If there is no such band or frame.
pub fn colours(mel: &MelSpectrogram) -> impl Fn(usize, usize) -> Rgb {
    let (_, loudest) = mel.range_db();
    let range_db = mel.config().range_db;
    move |band, frame| magma((mel.band(band)[frame] - loudest) / range_db + 1.0)
}

/// Where the pixels of a spectrogram stand in its figure, in SVG units.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Plot {
    /// Left edge.
    pub left: u32,
    /// Upper edge.
    pub top: u32,
    /// Width: one unit a frame.
    pub width: u32,
    /// Height: two units a mel band, the highest band on top.
    pub height: u32,
}

impl Plot {
    /// The place for a spectrogram.
    pub fn of(mel: &MelSpectrogram) -> Self {
        Self {
            left: LEFT,
            top: MARGIN,
            width: mel.n_frames() as u32,
            height: mel.n_mels() as u32 * BAND_HEIGHT,
        }
    }

    /// Band and frame that stand at a point of the plot, counted from its upper left corner.
    pub fn value_at(&self, x: u32, y: u32) -> (usize, usize) {
        (((self.height - 1 - y) / BAND_HEIGHT) as usize, x as usize)
    }
}

/// The frame of a spectrogram as SVG, with a time axis in seconds (from `start_secs` on) and a frequency
/// axis in hertz on the mel scale; the pixels go to [`Plot::of`].
pub fn axes(mel: &MelSpectrogram, start_secs: f64) -> String {
    let plot = Plot::of(mel);
    let (width, height) = (plot.left + plot.width + MARGIN, plot.top + plot.height + BELOW);
    let mut svg = format!(
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" font-family="sans-serif" font-size="11"><rect width="{width}" height="{height}" fill="white"/><rect x="{}" y="{}" width="{}" height="{}" fill="black"/>"#,
        plot.left, plot.top, plot.width, plot.height
    );
    let bottom = plot.top + plot.height;
    for (x, secs) in times(mel, start_secs) {
        let x = f64::from(plot.left) + x;
        let _ = write!(
            svg,
            r#"<path d="M{x:.1} {bottom}v4" stroke="black"/><text x="{x:.1}" y="{}" text-anchor="middle">{secs}</text>"#,
            bottom + 16
        );
    }
    for (y, hz) in frequencies(mel) {
        let (y, x) = (f64::from(plot.top) + y, plot.left - 4);
        let _ = write!(
            svg,
            r#"<path d="M{x} {y:.1}h4" stroke="black"/><text x="{}" y="{:.1}" text-anchor="end">{hz}</text>"#,
            x - 3,
            y + 4.0
        );
    }
    let _ = write!(
        svg,
        r#"<text x="{}" y="{}" text-anchor="middle">time (s)</text><text transform="translate(14 {}) rotate(-90)" text-anchor="middle">frequency (Hz, mel scale)</text></svg>"#,
        plot.left + plot.width / 2,
        bottom + 34,
        plot.top + plot.height / 2
    );
    svg
}

/// Marked times: place from the plot's left edge, and seconds.
fn times(mel: &MelSpectrogram, start_secs: f64) -> Vec<(f64, u32)> {
    let secs_per_frame = mel.config().secs_per_frame();
    let end_secs = start_secs + mel.n_frames() as f64 * secs_per_frame;
    let duration_secs = end_secs - start_secs;
    let fits = |step: &u32| duration_secs / f64::from(*step) <= f64::from(MOST_TIMES);
    let step = TIME_STEPS_SECS.into_iter().find(fits).unwrap_or(3600);
    let first = (start_secs / f64::from(step)).ceil() as u32 * step;
    (first..)
        .step_by(step as usize)
        .map(|secs| ((f64::from(secs) - start_secs) / secs_per_frame, secs))
        .take_while(|(_, secs)| f64::from(*secs) < end_secs)
        .collect()
}

/// Marked frequencies: place from the plot's upper edge, and hertz.
fn frequencies(mel: &MelSpectrogram) -> Vec<(f64, u32)> {
    let config = mel.config();
    let (low, high) = (hz_to_mel(config.f_min_hz), hz_to_mel(config.f_max_hz));
    let height = f64::from(Plot::of(mel).height);
    MARKED_HZ
        .into_iter()
        .filter(|hz| (config.f_min_hz..=config.f_max_hz).contains(&f64::from(*hz)))
        .map(|hz| (height * (high - hz_to_mel(f64::from(hz))) / (high - low), hz))
        .collect()
}

#[cfg(feature = "sound")]
#[cfg(test)]
mod tests {
    use super::*;
    use crate::spectrogram::{MelConfig, MelExtractor};

    fn mel_of_a_click() -> MelSpectrogram {
        let mut samples = vec![0.0; 22_050 * 3];
        samples[22_050] = 1.0;
        MelExtractor::new(&MelConfig::default()).unwrap().extract(&samples)
    }

    #[test]
    fn the_loudest_is_light_and_silence_black() {
        let mel = mel_of_a_click();
        let colour = colours(&mel);
        assert_eq!(colour(64, 0), magma(0.0));
        let brightest = (0..128).map(|band| colour(band, 43)).max_by_key(|c| c[0]).unwrap();
        assert_eq!(brightest, magma(1.0));
    }

    #[test]
    fn low_bands_are_below() {
        let plot = Plot::of(&mel_of_a_click());
        assert_eq!(plot.value_at(7, 0), (127, 7));
        assert_eq!(plot.value_at(0, plot.height - 1), (0, 0));
    }

    #[test]
    fn axes_are_labelled() {
        let svg = axes(&mel_of_a_click(), 70.0);
        for label in [">70<", ">71<", ">72<", ">1000<", ">8000<", "time (s)", "mel scale"] {
            assert!(svg.contains(label), "no {label} in {svg}");
        }
        assert!(!svg.contains(">12000<") && !svg.contains(">74<"));
    }
}
