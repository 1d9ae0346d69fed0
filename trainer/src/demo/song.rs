//! A song: everything about it that is drawn before it is rendered.

use super::artist::{Artist, artist_of_song};
use super::composition::form::Text;
use super::composition::{self, Brief};
use super::genre::{Genre, Shares};
use super::lyrics::Writer;
use super::style::Style;
use super::synth::Band;
use shared::random::Seed;

/// A song of the catalogue.
#[derive(Debug, Clone, PartialEq)]
pub struct Song {
    /// Its place in the catalogue, from 0.
    pub index: usize,
    /// Genre.
    pub genre: Genre,
    /// Title.
    pub title: String,
    /// The artist, as an index into the roster.
    pub artist: usize,
    /// A guest, as an index into the roster.
    pub guest: Option<usize>,
    /// Year.
    pub year: u16,
    /// Views of its lyrics page.
    pub views: u32,
    /// Lyrics as on the page, with marked sections.
    pub lyrics: String,
    /// How much of each genre its sound has.
    sound: Shares,
    style: Style,
    text: Text,
}

impl Song {
    /// Writes song `index` of the catalogue: all but its sound.
    pub fn write(seed: Seed, index: usize, roster: &[Artist]) -> Self {
        let artist = artist_of_song(seed, index, roster.len());
        let who = &roster[artist];
        let genre = Genre::ALL[index % 4];
        let mut stream = seed.stream(&format!("demo/song/{index}"));
        let sound = Shares::draw(genre, genre.partner_in_sound(), who.lean_in_sound, &mut stream);
        let style = Style::draw(&sound, &who.offset, &mut stream);
        let guest = Some(stream.below(roster.len()))
            .filter(|guest| *guest != artist && stream.chance(0.12));
        let year = 1985 + stream.below(39) as u16;
        let views = stream.normal(10.5, 1.1).exp().max(4000.0) as u32;
        let mut stream = seed.stream(&format!("demo/lyrics/{index}"));
        let words = Shares::draw(genre, genre.partner_in_words(), who.lean_in_words, &mut stream);
        let mut writer = Writer::new(words, &who.taste, &mut stream);
        let title = writer.title();
        let text = writer.text(&title);
        let lyrics = writer.page(&text, &who.name);
        Self { index, genre, title, artist, guest, year, views, lyrics, sound, style, text }
    }

    /// Composes and renders the song: left and right at [`super::synth::SAMPLE_RATE_HZ`].
    pub fn render(&self, seed: Seed, roster: &[Artist], duration_secs: f64) -> [Vec<f32>; 2] {
        let mut stream = seed.stream(&format!("demo/sound/{}", self.index));
        let singer = roster[self.artist].singer.clone();
        let voice_centre = singer.centre;
        let band = Band::draw(&self.sound, singer, &mut stream);
        let brief = Brief {
            shares: &self.sound,
            style: &self.style,
            text: &self.text,
            voice_centre,
            strumming: band.strumming(),
            duration_secs,
        };
        let score = composition::compose(&brief, &mut stream);
        band.render(&score, &self.style, duration_secs, &mut stream)
    }
}
