//! The clip: which part of a song is used.

use serde::{Deserialize, Serialize};

/// Which part of a song to take.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct ClipSettings {
    /// Where the clip starts, in seconds from the start of the song.
    pub start_secs: f64,
    /// How long it lasts, in seconds.
    pub duration_secs: f64,
}

impl Default for ClipSettings {
    /// 1:10 to 1:40, as in the study that this project rebuilds.
    fn default() -> Self {
        Self { start_secs: 70.0, duration_secs: 30.0 }
    }
}

/// Where the clip of one song lies.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Clip {
    /// Start in seconds from the start of the song.
    pub start_secs: f64,
    /// Length in seconds.
    pub duration_secs: f64,
}

impl ClipSettings {
    /// Whether both values are finite, the start not negative and the length positive.
    pub fn is_valid(&self) -> bool {
        self.start_secs.is_finite()
            && self.duration_secs.is_finite()
            && self.start_secs >= 0.0
            && self.duration_secs > 0.0
    }

    /// End of the wanted clip in seconds.
    pub fn end_secs(&self) -> f64 {
        self.start_secs + self.duration_secs
    }

    /// The clip of a song of that length in seconds.
    ///
    /// A song that ends before the wanted clip does gives its middle of the wanted length, or all
    /// of itself where it is shorter than that.
    pub fn place(&self, song_secs: f64) -> Clip {
        if self.end_secs() <= song_secs {
            return Clip { start_secs: self.start_secs, duration_secs: self.duration_secs };
        }
        let duration_secs = self.duration_secs.min(song_secs);
        Clip { start_secs: (song_secs - duration_secs) / 2.0, duration_secs }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_song_gives_the_wanted_clip() {
        let clip = ClipSettings::default().place(100.0);
        assert_eq!(clip, Clip { start_secs: 70.0, duration_secs: 30.0 });
    }

    #[test]
    fn a_shorter_song_gives_its_middle() {
        let clip = ClipSettings::default().place(90.0);
        assert_eq!(clip, Clip { start_secs: 30.0, duration_secs: 30.0 });
    }

    #[test]
    fn a_very_short_song_gives_itself() {
        let clip = ClipSettings::default().place(12.5);
        assert_eq!(clip, Clip { start_secs: 0.0, duration_secs: 12.5 });
    }

    #[test]
    fn senseless_settings_are_told() {
        assert!(ClipSettings::default().is_valid());
        assert!(!ClipSettings { start_secs: -1.0, duration_secs: 30.0 }.is_valid());
        assert!(!ClipSettings { start_secs: 0.0, duration_secs: 0.0 }.is_valid());
        assert!(!ClipSettings { start_secs: f64::NAN, duration_secs: 1.0 }.is_valid());
    }
}
