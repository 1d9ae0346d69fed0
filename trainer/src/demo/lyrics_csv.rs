//! The lyrics csv: a row for each song, in the shape of the later Genius edition, and rows that a
//! catalogue must see through.

use super::artist::Artist;
use super::genre::Genre;
use super::lyrics::{Taste, Writer};
use super::song::Song;
use super::{genre::Shares, names};
use shared::random::{Seed, Stream};

/// Columns, in their order.
const COLUMNS: [&str; 11] = [
    "title",
    "tag",
    "artist",
    "year",
    "views",
    "features",
    "lyrics",
    "id",
    "language_cld3",
    "language_ft",
    "language",
];

/// Rows of text in other languages: language and lines to repeat in random order.
const FOREIGN: [(&str, [&str; 6]); 3] = [
    (
        "es",
        [
            "Anoche caminaba solo por la calle vacía",
            "Y el viento me contaba lo que nadie sabía",
            "No quiero que te vayas antes de la mañana",
            "La lluvia toca sola detrás de la ventana",
            "Mi corazón recuerda la casa de mi abuela",
            "Y bailo con la luna hasta que el sol se cuela",
        ],
    ),
    (
        "fr",
        [
            "Je marche dans la ville quand tout le monde dort",
            "Les lumières s'éteignent et je t'appelle encore",
            "Tu gardes dans tes poches les lettres de l'été",
            "Je ne sais plus le nom de ceux qui sont restés",
            "La pluie sur les toits joue une chanson pour nous",
            "Et demain le soleil reviendra malgré tout",
        ],
    ),
    (
        "de",
        [
            "Ich gehe durch die Straßen, die Stadt ist schon so still",
            "Und keiner kann mir sagen, was morgen werden will",
            "Der Regen fällt auf Dächer und singt sein altes Lied",
            "Ich warte an der Ecke, bis mich jemand sieht",
            "Du hast mir nichts versprochen und alles mir gezeigt",
            "Jetzt höre ich dem Wind zu, der durch die Bäume steigt",
        ],
    ),
];

/// A row of the csv.
#[derive(Debug, Clone)]
struct Row {
    title: String,
    tag: &'static str,
    artist: String,
    year: u16,
    views: u32,
    features: String,
    lyrics: String,
    languages: [&'static str; 3],
}

impl Row {
    fn of_song(song: &Song, roster: &[Artist]) -> Self {
        let features = song.guest.map_or_else(
            || "{}".to_owned(),
            |guest| format!("{{\"{}\"}}", roster[guest].name.replace('"', "\\\"")),
        );
        Self {
            title: song.title.clone(),
            tag: song.genre.name(),
            artist: roster[song.artist].name.clone(),
            year: song.year,
            views: song.views,
            features,
            lyrics: song.lyrics.clone(),
            languages: ["en"; 3],
        }
    }

    fn fields(&self, id: usize) -> [String; 11] {
        let [cld3, ft, both] = self.languages.map(str::to_owned);
        [
            self.title.clone(),
            self.tag.to_owned(),
            self.artist.clone(),
            self.year.to_string(),
            self.views.to_string(),
            self.features.clone(),
            self.lyrics.clone(),
            id.to_string(),
            cld3,
            ft,
            both,
        ]
    }
}

/// The whole csv for these songs.
///
/// # Errors
///
/// What the csv writer reports.
pub fn csv(seed: Seed, songs: &[Song], roster: &[Artist]) -> Result<Vec<u8>, csv::Error> {
    let mut stream = seed.stream("demo/csv");
    let mut rows: Vec<Row> = songs.iter().map(|song| Row::of_song(song, roster)).collect();
    for row in &mut rows {
        // Where the two detectors disagree, the last column is empty.
        if stream.chance(0.04) {
            row.languages = ["en", "no", ""];
        }
    }
    let decoys = decoys(songs.len().div_ceil(2).max(8), &rows, &mut stream);
    rows.extend(decoys);
    stream.shuffle(&mut rows);
    let mut writer = csv::WriterBuilder::new().flexible(true).from_writer(Vec::new());
    writer.write_record(COLUMNS)?;
    for (at, row) in rows.iter().enumerate() {
        writer.write_record(row.fields(100_000 + 37 * at))?;
        if at == rows.len() / 3 {
            writer.write_record(["A Row that Ends too Soon", "pop", "Nobody"])?;
        } else if at == 2 * rows.len() / 3 {
            let mut fields = row.fields(99_999);
            fields[4] = "a great many".to_owned();
            writer.write_record(fields)?;
        }
    }
    writer.into_inner().map_err(|error| csv::Error::from(error.into_error()))
}

/// Rows without audio. Their views lie below every song's, so that choosing the most viewed songs
/// of a genre finds those that can be heard.
fn decoys(n: usize, rows: &[Row], stream: &mut Stream) -> Vec<Row> {
    let least = rows.iter().map(|row| row.views).min().unwrap_or(1000);
    (0..n)
        .map(|at| {
            let like = rows[stream.below(rows.len())].clone();
            let views = 1 + stream.below(least.saturating_sub(1).max(1) as usize) as u32;
            let row = Row { views, ..like };
            match at % 8 {
                0..=2 => unheard(row, stream),
                3 => Row { tag: ["misc", "rb"][stream.below(2)], ..unheard(row, stream) },
                4 => foreign(row, stream),
                5 => translation(row, stream),
                6 => row,
                _ => Row { artist: names::artist(stream), ..unheard_text(row, stream) },
            }
        })
        .collect()
}

/// Another song, by somebody else.
fn unheard(row: Row, stream: &mut Stream) -> Row {
    let row = unheard_text(row, stream);
    let title = format!("{} {}", row.title, stream.pick(&["Again", "Pt. 2", "Forever", "Blues"]));
    Row { title, artist: names::artist(stream), features: "{}".into(), ..row }
}

/// The same title over other words.
fn unheard_text(row: Row, stream: &mut Stream) -> Row {
    let genre = Genre::ALL[stream.below(4)];
    let shares = Shares::draw(genre, genre.partner_in_words(), 0.5, stream);
    let taste = Taste::draw(stream);
    let mut writer = Writer::new(shares, &taste, stream);
    let text = writer.text(&row.title);
    let lyrics = writer.page(&text, &row.artist);
    Row { tag: genre.name(), lyrics, ..row }
}

/// A song in another language.
fn foreign(row: Row, stream: &mut Stream) -> Row {
    let (language, lines) = stream.pick(&FOREIGN);
    let mut lines = lines.to_vec();
    stream.shuffle(&mut lines);
    let title = lines[0].split(' ').take(3).collect::<Vec<_>>().join(" ");
    let lyrics = format!("[1]\n{}\n\n[2]\n{}", lines.join("\n"), lines[..4].join("\n"));
    Row { title, lyrics, artist: names::artist(stream), languages: [language; 3], ..row }
}

/// A page of translated lyrics.
fn translation(row: Row, stream: &mut Stream) -> Row {
    let title = format!("{} - {} (English Translation)", row.artist, row.title);
    Row { title, artist: "Genius English Translations".into(), ..unheard_text(row, stream) }
}
