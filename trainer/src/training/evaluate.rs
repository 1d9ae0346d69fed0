//! What a trained network is worth on songs it has never met.

use super::config::TrainConfig;
use super::history::SplitScores;
use super::songs::{Song, Songs};
use crate::files::FileError;
use burn::tensor::Device;
use indicatif::ProgressBar;
use serde::{Deserialize, Serialize};
use shared::catalog::main_artist_key;
use shared::evaluation::Clusters;
use shared::model::{EmbedError, Network, NetworkKind, SongEmbedding, SongInput, embed};
use shared::statistics::{Bootstrap, ConfusionMatrix, Interval, cluster_bootstrap};

/// Runs the network on one song, with lyrics or slices as it needs them.
///
/// # Errors
///
/// If its slices can't be read, or the device fails.
pub fn embed_song(
    network: &Network,
    song: &Song,
    device: &Device,
) -> Result<SongEmbedding, RunError> {
    let slices = song.slices.as_ref().map(|slices| slices.stack()).transpose()?;
    let input = SongInput {
        slices: slices.as_ref(),
        token_ids: (!song.token_ids.is_empty()).then_some(&song.token_ids),
    };
    Ok(pollster::block_on(embed(network, input, device))?)
}

/// Why a network can't be run on a song.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// Its slices.
    #[error(transparent)]
    File(#[from] FileError),
    /// The device.
    #[error(transparent)]
    Embed(#[from] EmbedError),
}

/// What the network said of one song.
#[derive(Debug, Clone)]
pub struct Prediction {
    /// Id of the song, as text.
    pub track_id: String,
    /// Its artist, as the catalogue names them.
    pub artist: String,
    /// Index of the true genre.
    pub truth: usize,
    /// Index of the genre with the largest mean probability.
    pub predicted: usize,
    /// Mean probabilities over the slices.
    pub probabilities: Vec<f32>,
    /// Genre that each slice alone would give.
    pub of_slices: Vec<usize>,
}

/// Predicts every song.
///
/// # Errors
///
/// If the device fails.
pub fn predict(
    network: &Network,
    songs: &Songs,
    device: &Device,
    bar: &ProgressBar,
) -> Result<Vec<Prediction>, RunError> {
    bar.set_length(songs.songs.len() as u64);
    let mut predictions = Vec::with_capacity(songs.songs.len());
    for song in &songs.songs {
        predictions.push(prediction(song, embed_song(network, song, device)?));
        bar.inc(1);
    }
    Ok(predictions)
}

/// Which genre that is.
pub fn prediction(song: &Song, said: SongEmbedding) -> Prediction {
    Prediction {
        track_id: song.track_id.to_string(),
        artist: song.artist.clone(),
        truth: song.label,
        predicted: largest(&said.probabilities),
        of_slices: said.slice_probabilities.iter().map(|slice| largest(slice)).collect(),
        probabilities: said.probabilities,
    }
}

/// Index of the largest value, the first among equals.
fn largest(values: &[f32]) -> usize {
    let mut best = 0;
    for (at, value) in values.iter().enumerate() {
        if *value > values[best] {
            best = at;
        }
    }
    best
}

/// `predictions.csv`.
pub fn predictions_csv(
    predictions: &[Prediction],
    genres: &[String],
) -> Result<Vec<u8>, csv::Error> {
    let mut writer = csv::Writer::from_writer(Vec::new());
    let mut header =
        ["track_id", "artist", "genre", "predicted", "slices_right"].map(str::to_owned).to_vec();
    header.extend(genres.iter().map(|genre| format!("p_{genre}")));
    writer.write_record(&header)?;
    for song in predictions {
        let n_right = song.of_slices.iter().filter(|said| **said == song.truth).count();
        let mut row = vec![
            song.track_id.clone(),
            song.artist.clone(),
            genres[song.truth].clone(),
            genres[song.predicted].clone(),
            format!("{n_right}/{}", song.of_slices.len()),
        ];
        row.extend(song.probabilities.iter().map(ToString::to_string));
        writer.write_record(&row)?;
    }
    Ok(writer.into_inner().map_err(csv::IntoInnerError::into_error)?)
}

/// `report.json`: results on the test split.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TestReport {
    /// What the network hears and reads.
    pub model: NetworkKind,
    /// Epoch whose weights were kept.
    pub kept_epoch: usize,
    /// Epochs that were trained.
    pub n_epochs: usize,
    /// Parameters of the network.
    pub n_parameters: usize,
    /// Those of them that were not frozen; `None` in runs of earlier versions.
    #[serde(default)]
    pub n_trained_parameters: Option<usize>,
    /// Multiply-adds that one slice takes in the part that hears; `None` where there is none.
    pub multiply_adds_per_slice: Option<u64>,
    /// Songs of the test split.
    pub n_songs: usize,
    /// Their artists.
    pub n_artists: usize,
    /// Share of the songs named right, by the mean over their slices.
    pub song_accuracy: f64,
    /// 95 % interval of it: bootstrap over artists; `None` where all songs are by one.
    pub song_accuracy_interval: Option<[f64; 2]>,
    /// Share of the slices named right.
    pub slice_accuracy: f64,
    /// 95 % interval of it: bootstrap over artists; `None` where all songs are by one.
    pub slice_accuracy_interval: Option<[f64; 2]>,
    /// Scores of the songs; the loss is the mean negative log probability of the true genre.
    pub songs: SplitScores,
    /// Genres, in the order of the matrix.
    pub genres: Vec<String>,
    /// Songs by true (row) and predicted (column) genre.
    pub confusion: Vec<Vec<u64>>,
}

/// What was trained and how far, for the report.
#[derive(Debug, Clone, Copy)]
pub struct Course {
    /// Epoch whose weights were kept.
    pub kept_epoch: usize,
    /// Epochs that were trained.
    pub n_epochs: usize,
    /// Parameters of the network.
    pub n_parameters: usize,
    /// Those of them that were not frozen.
    pub n_trained_parameters: usize,
    /// Multiply-adds that one slice takes in the part that hears.
    pub multiply_adds_per_slice: Option<u64>,
}

/// Sums predictions up.
///
/// # Panics
///
/// If there are none.
pub fn report(
    predictions: &[Prediction],
    genres: &[String],
    config: &TrainConfig,
    course: Course,
) -> TestReport {
    assert!(!predictions.is_empty(), "a report on no song");
    let confusion = ConfusionMatrix::from_pairs(
        genres.len(),
        predictions.iter().map(|song| (song.truth, song.predicted)),
    );
    let surprise = |song: &Prediction| -f64::from(song.probabilities[song.truth].max(1e-30)).ln();
    let loss = predictions.iter().map(surprise).sum::<f64>() / predictions.len() as f64;
    let artists = artists(predictions.iter().map(|song| &*song.artist));
    let with_artists = || predictions.iter().zip(artists.of_songs().iter().copied());
    let songs: Vec<(usize, f64)> =
        with_artists().map(|(song, artist)| (artist, right(song.predicted, song))).collect();
    let slices: Vec<(usize, f64)> = with_artists()
        .flat_map(|(song, artist)| {
            song.of_slices.iter().map(move |said| (artist, right(*said, song)))
        })
        .collect();
    let interval = |name: &str, values: &[(usize, f64)]| {
        over_artists(values, config, name).map(|Interval { low, high }| [low, high])
    };
    TestReport {
        model: config.model,
        kept_epoch: course.kept_epoch,
        n_epochs: course.n_epochs,
        n_parameters: course.n_parameters,
        n_trained_parameters: Some(course.n_trained_parameters),
        multiply_adds_per_slice: course.multiply_adds_per_slice,
        n_songs: predictions.len(),
        n_artists: artists.n_clusters(),
        song_accuracy: confusion.accuracy(),
        song_accuracy_interval: interval("songs", &songs),
        slice_accuracy: slices.iter().map(|slice| slice.1).sum::<f64>() / slices.len() as f64,
        slice_accuracy_interval: interval("slices", &slices),
        songs: SplitScores::new(loss, &confusion, genres),
        genres: genres.to_vec(),
        confusion: (0..genres.len())
            .map(|truth| (0..genres.len()).map(|said| confusion.count(truth, said)).collect())
            .collect(),
    }
}

fn right(said: usize, song: &Prediction) -> f64 {
    f64::from(u8::from(said == song.truth))
}

/// The artists of songs, as splits tell them apart: guests do not count, and an unknown artist is the same as no other.
pub fn artists<'a>(names: impl IntoIterator<Item = &'a str>) -> Clusters {
    let keys: Vec<String> = names.into_iter().map(main_artist_key).collect();
    Clusters::new(keys.iter().map(String::as_str))
}

/// Bootstrap interval of the mean, drawing whole artists: songs of one artist are alike, and an
/// interval over songs would be too narrow.
fn over_artists(values: &[(usize, f64)], config: &TrainConfig, name: &str) -> Option<Interval> {
    let (clusters, values): (Vec<usize>, Vec<f64>) = values.iter().copied().unzip();
    let mut stream = config.seed.stream(&format!("bootstrap {name}"));
    cluster_bootstrap(&clusters, &values, Bootstrap::default(), &mut stream)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::config::TrainPreset;

    fn prediction(artist: &str, is_right: bool) -> Prediction {
        let predicted = usize::from(!is_right);
        Prediction {
            track_id: String::new(),
            artist: artist.into(),
            truth: 0,
            predicted,
            probabilities: vec![0.5, 0.5],
            of_slices: vec![predicted; 3],
        }
    }

    fn report_on(artists: [&str; 4]) -> TestReport {
        let right = [true, false, true, true];
        let predictions: Vec<Prediction> =
            artists.iter().zip(right).map(|(artist, right)| prediction(artist, right)).collect();
        let course = Course {
            kept_epoch: 1,
            n_epochs: 1,
            n_parameters: 1,
            n_trained_parameters: 1,
            multiply_adds_per_slice: None,
        };
        let config = TrainConfig::preset(TrainPreset::Default, NetworkKind::Audio);
        report(&predictions, &["pop".into(), "rap".into()], &config, course)
    }

    #[test]
    fn songs_of_unknown_artists_are_of_different_ones() {
        let report = report_on(["", "", "", ""]);
        assert_eq!((report.n_artists, report.song_accuracy), (4, 0.75));
        for interval in [report.song_accuracy_interval, report.slice_accuracy_interval] {
            let [low, high] = interval.unwrap();
            assert!(low < 0.75 && 0.75 < high, "{low} to {high}");
        }
    }

    #[test]
    fn a_guest_makes_no_other_artist() {
        assert_eq!(report_on(["Ann", "Ann feat. Bob", "ANN", "Bob"]).n_artists, 2);
    }

    #[test]
    fn one_artist_gives_no_interval() {
        let report = report_on(["Ann"; 4]);
        assert_eq!((report.song_accuracy_interval, report.slice_accuracy_interval), (None, None));
    }
}
