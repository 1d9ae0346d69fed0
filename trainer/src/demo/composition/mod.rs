//! Composing: from a song's style to a [`Score`] of notes in seconds.
//!
//! ```text
//! style -> form (sections) -> harmony (a chord a bar) -> rhythm (drums, bass, strumming)
//!                                                     -> melody (the sung syllables)
//! ```

pub mod form;
pub mod grid;
pub mod harmony;
pub mod melody;
pub mod rhythm;

use super::genre::Shares;
use super::style::Style;
use shared::random::Stream;

/// A note of a pitched instrument.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Note {
    /// Start in seconds from the beginning of the song.
    pub start_secs: f32,
    /// How long it is held, in seconds.
    pub duration_secs: f32,
    /// Pitch as MIDI number: 69 is 440 Hz, 1 is a semitone.
    pub pitch: f32,
    /// Strength, 0 to 1.
    pub velocity: f32,
}

/// A sung syllable.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Syllable {
    /// When, how long, how high and how strong.
    pub note: Note,
    /// The vowel that is sung.
    pub vowel: Vowel,
    /// Whether a hissing consonant comes first.
    pub hiss: bool,
}

/// A vowel, as far as the singer can tell them apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vowel {
    /// As in "father".
    A,
    /// As in "bed".
    E,
    /// As in "see".
    I,
    /// As in "more".
    O,
    /// As in "moon".
    U,
}

/// A drum.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Drum {
    /// Bass drum.
    Kick,
    /// Snare drum or clap.
    Snare,
    /// Closed hi-hat.
    Hat,
    /// Open hi-hat.
    OpenHat,
    /// Tom, in fills.
    Tom,
    /// Crash cymbal, at the start of a chorus.
    Crash,
}

/// A stroke on a drum.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Stroke {
    /// Start in seconds.
    pub start_secs: f32,
    /// Which drum.
    pub drum: Drum,
    /// Strength, 0 to 1.
    pub velocity: f32,
}

/// Everything that is played in a song.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Score {
    /// Drum strokes.
    pub drums: Vec<Stroke>,
    /// Bass notes.
    pub bass: Vec<Note>,
    /// The main chord instrument.
    pub chords: Vec<Note>,
    /// The second chord instrument, which joins in the choruses.
    pub support: Vec<Note>,
    /// The solo instrument of intro and bridge.
    pub solo: Vec<Note>,
    /// The voice.
    pub voice: Vec<Syllable>,
    /// A second voice, in the choruses.
    pub harmony_voice: Vec<Syllable>,
}

/// What a composition is made from.
#[derive(Debug)]
pub struct Brief<'a> {
    /// How much of each genre the sound has.
    pub shares: &'a Shares,
    /// The traits of the sound.
    pub style: &'a Style,
    /// Lines of text by section: what the voice sings.
    pub text: &'a form::Text,
    /// Comfortable middle of the voice, as MIDI number.
    pub voice_centre: f32,
    /// How the main chord instrument is played.
    pub strumming: rhythm::Strumming,
    /// Length of the song in seconds.
    pub duration_secs: f64,
}

/// What is settled before the notes are written.
#[derive(Debug)]
pub struct Plan<'a> {
    /// What the composition is made from.
    pub brief: &'a Brief<'a>,
    /// Bars and steps.
    pub grid: grid::Grid,
    /// Sections and chords.
    pub harmony: harmony::Harmony,
}

/// Composes a song.
pub fn compose(brief: &Brief<'_>, stream: &mut Stream) -> Score {
    let grid = grid::Grid::fit(brief.style, brief.duration_secs);
    let sections = form::sections(grid.n_bars, stream);
    let harmony = harmony::Harmony::draw(brief.shares, &sections, stream);
    let plan = Plan { brief, grid, harmony };
    let mut score = Score::default();
    rhythm::write_drums(&plan, stream, &mut score);
    rhythm::write_bass(&plan, stream, &mut score);
    rhythm::write_chords(&plan, stream, &mut score);
    melody::write_solo(&plan, stream, &mut score);
    melody::write_voice(&plan, stream, &mut score);
    score
}
