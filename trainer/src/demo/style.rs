//! What a song sounds like in numbers: traits drawn around the means of its genres.

use super::genre::Shares;
use shared::random::Stream;

/// A quantity of a song's sound. Those without a unit go from 0 to 1.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trait {
    /// Tempo in beats per minute.
    TempoBpm,
    /// Swing: 0 straight, 1 triplets.
    Swing,
    /// Brightness of the instruments.
    Brightness,
    /// Distortion of the guitars, and saturation of the rest.
    Drive,
    /// Weight of the lowest octave.
    SubBass,
    /// Amount of reverb.
    Space,
    /// Cymbal strokes.
    HatDensity,
    /// Loudness of the drums.
    DrumLevel,
    /// Loudness of the chords.
    ChordLevel,
    /// Loudness of the voice.
    VoiceLevel,
    /// Drum machine (1) or drum kit (0).
    Electronic,
    /// Sung (1) or spoken (0).
    Sung,
    /// Syllables a bar.
    Syllables,
    /// Depth of the vibrato.
    Vibrato,
    /// Breath in the voice.
    Breath,
}

/// Distribution of a trait: means by genre (rap, pop, country, rock), the standard deviation that
/// all genres share, and the limits.
struct Row {
    means: [f64; 4],
    deviation: f64,
    limits: (f64, f64),
}

const fn unit(means: [f64; 4], deviation: f64) -> Row {
    Row { means, deviation, limits: (0.0, 1.0) }
}

/// In the order of [`Trait`].
const ROWS: [Row; 15] = [
    Row { means: [92.0, 111.0, 106.0, 124.0], deviation: 13.0, limits: (72.0, 160.0) },
    unit([0.35, 0.15, 0.35, 0.10], 0.15),
    unit([0.45, 0.65, 0.50, 0.65], 0.14),
    unit([0.25, 0.15, 0.20, 0.70], 0.16),
    unit([0.85, 0.55, 0.25, 0.30], 0.17),
    unit([0.25, 0.55, 0.45, 0.35], 0.16),
    unit([0.75, 0.55, 0.35, 0.55], 0.17),
    unit([0.80, 0.70, 0.50, 0.80], 0.12),
    unit([0.40, 0.60, 0.60, 0.80], 0.13),
    unit([0.85, 0.75, 0.80, 0.65], 0.12),
    unit([0.85, 0.70, 0.20, 0.15], 0.20),
    unit([0.25, 0.80, 0.85, 0.75], 0.20),
    unit([0.85, 0.45, 0.40, 0.45], 0.16),
    unit([0.20, 0.45, 0.60, 0.40], 0.16),
    unit([0.30, 0.50, 0.35, 0.25], 0.16),
];

/// Part of a trait's variance that belongs to the artist; the rest varies from song to song.
const ARTIST_VARIANCE: f64 = 0.5;

/// An artist's personal offset of every trait, in standard deviations.
#[derive(Debug, Clone, PartialEq)]
pub struct Offset([f64; ROWS.len()]);

impl Offset {
    /// Draws an offset.
    pub fn draw(stream: &mut Stream) -> Self {
        Self(std::array::from_fn(|_| stream.normal(0.0, ARTIST_VARIANCE.sqrt())))
    }
}

/// The traits of one song.
#[derive(Debug, Clone, PartialEq)]
pub struct Style([f64; ROWS.len()]);

impl Style {
    /// Draws the traits of a song with these shares by an artist of that offset.
    pub fn draw(shares: &Shares, offset: &Offset, stream: &mut Stream) -> Self {
        let spread = (1.0 - ARTIST_VARIANCE).sqrt();
        Self(std::array::from_fn(|at| {
            let row = &ROWS[at];
            let score = offset.0[at] + stream.normal(0.0, spread);
            let (low, high) = row.limits;
            (shares.mean(&row.means) + row.deviation * score).clamp(low, high)
        }))
    }

    /// The value of a trait.
    pub fn get(&self, which: Trait) -> f32 {
        self.0[which as usize] as f32
    }
}

#[cfg(test)]
mod tests {
    use super::super::genre::Genre;
    use super::*;
    use shared::random::Seed;

    /// Share of the smaller of two histograms: 1 where the distributions agree, 0 where they are
    /// apart.
    fn overlap(which: Trait, a: Genre, b: Genre) -> f64 {
        let (low, high) = ROWS[which as usize].limits;
        let histogram = |genre: Genre| {
            let mut stream = Seed(5).stream(genre.name());
            let mut counts = [0.0f64; 25];
            for _ in 0..3000 {
                let lean = stream.unit();
                let shares = Shares::draw(genre, genre.partner_in_sound(), lean, &mut stream);
                let offset = Offset::draw(&mut stream);
                let value = f64::from(Style::draw(&shares, &offset, &mut stream).get(which));
                let at = ((value - low) / (high - low) * 25.0) as usize;
                counts[at.min(24)] += 1.0 / 3000.0;
            }
            counts
        };
        histogram(a).iter().zip(histogram(b)).map(|(x, y): (&f64, f64)| x.min(y)).sum()
    }

    #[test]
    fn tempos_overlap_without_agreeing() {
        let partners = overlap(Trait::TempoBpm, Genre::Rap, Genre::Pop);
        let strangers = overlap(Trait::TempoBpm, Genre::Rap, Genre::Rock);
        assert!((0.5..0.95).contains(&partners), "rap and pop: {partners}");
        assert!((0.1..0.8).contains(&strangers), "rap and rock: {strangers}");
        assert!(strangers < partners);
    }

    #[test]
    fn every_trait_overlaps_between_partners() {
        for at in 0..ROWS.len() {
            let which = [
                Trait::TempoBpm,
                Trait::Swing,
                Trait::Brightness,
                Trait::Drive,
                Trait::SubBass,
                Trait::Space,
                Trait::HatDensity,
                Trait::DrumLevel,
                Trait::ChordLevel,
                Trait::VoiceLevel,
                Trait::Electronic,
                Trait::Sung,
                Trait::Syllables,
                Trait::Vibrato,
                Trait::Breath,
            ][at];
            for genre in Genre::ALL {
                let value = overlap(which, genre, genre.partner_in_sound());
                assert!(value > 0.3, "{which:?} of {genre:?}: {value}");
            }
        }
    }
}
