//! `MODEL_CARD.md`: what a network is, what it was trained on and what it is worth, from the run's own
//! facts (Mitchell et al., "Model cards for model reporting", 2019).

use super::config::Keep;
use super::evaluate::TestReport;
use super::run::{Run, as_map};
use shared::model::NetworkConfig;
use shared::statistics::{FEW_CLUSTERS, LEAST_CLUSTERS};
use std::fmt::Write;

/// The card of a finished run.
pub fn model_card(run: &Run, network: &NetworkConfig, report: &TestReport) -> String {
    let mut card = String::new();
    let kind = run.config.model.name();
    line(&mut card, &format!("# A network that tells genres apart: {kind}\n"));
    line(&mut card, &format!("{}\n", what_it_is(run, network)));
    use_and_limits(&mut card, network);
    data(&mut card, run, network);
    test(&mut card, run, report);
    training(&mut card, run, report);
    files(&mut card, run);
    card
}

fn line(card: &mut String, text: &str) {
    card.push_str(text);
    card.push('\n');
}

fn table(card: &mut String, head: [&str; 2], rows: impl IntoIterator<Item = (String, String)>) {
    line(card, &format!("| {} | {} |\n|---|---|", head[0], head[1]));
    for (name, value) in rows {
        line(card, &format!("| {} | {} |", cell(&name), cell(&value)));
    }
    card.push('\n');
}

/// A text that does not end its cell.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace(['\r', '\n'], " ")
}

fn what_it_is(run: &Run, network: &NetworkConfig) -> String {
    let input = match (network.audio.is_some(), network.text.is_some()) {
        (true, true) => "mel spectrogram slices and lyrics",
        (true, false) => "mel spectrogram slices",
        _ => "lyrics",
    };
    let averaged =
        if network.audio.is_some() { ", averaged over the slices of a song," } else { "" };
    format!(
        "From {input} to one of {} genres ({}). The {} values of the layer before the softmax{averaged} \
         are the *embedding* of a song, from which Segue {} recommends what to play next.",
        network.genres.len(),
        network.genres.join(", "),
        network.head.embedding_dim,
        run.version
    )
}

fn use_and_limits(card: &mut String, network: &NetworkConfig) {
    line(card, "## Intended use\n");
    line(
        card,
        "Research on next-track recommendation: to compare what networks that hear, read or do both \
         recommend, and to choose songs for listening experiments.\n",
    );
    line(card, "## Limits\n");
    line(
        card,
        &format!(
            "* It knows {} genres and calls every song one of them, whatever it is.\n\
             * Genres are those of the catalogue; their borders are as its source drew them.\n\
             * The figures below are of songs like those of the catalogue, by artists that the network has not \
             met where the split keeps artists apart. Other catalogues, languages, recordings and times were not \
             tested.\n\
             * That two songs are near each other does not mean that people want to hear one after the \
             other: that is what listening experiments are for.\n\
             * It is not made to judge artists, to identify songs or people, or to decide about rights.\n",
            network.genres.len()
        ),
    );
}

fn data(card: &mut String, run: &Run, network: &NetworkConfig) {
    line(card, "## Data\n");
    line(card, "| split | songs | artists | hash (BLAKE3) |\n|---|---|---|---|");
    for (split, n_songs) in &run.data.n_songs {
        let n_artists = run.data.n_artists.get(split);
        let hash = run.data.split_hashes.get(split);
        let _ = writeln!(
            card,
            "| {split} | {n_songs} | {} | `{}` |",
            n_artists.map_or_else(|| "unknown".to_owned(), ToString::to_string),
            hash.map_or("unknown", String::as_str)
        );
    }
    let mel = &network.input.mel;
    let _ = writeln!(
        card,
        "\nAll data: `{}`. {} songs of the catalogue were not prepared and left out.\n",
        run.data.hash, run.data.n_left_out
    );
    if network.audio.is_some() {
        let _ = writeln!(
            card,
            "A slice has {} mel bands and {} frames, of sound at {} Hz.\n",
            mel.n_mels, network.input.n_frames, mel.sample_rate_hz
        );
    }
}

fn test(card: &mut String, run: &Run, report: &TestReport) {
    line(card, "## Results on the test split\n");
    let share = |value: f64| format!("{:.1} %", 100.0 * value);
    let with = |value: f64, interval: Option<[f64; 2]>| match interval {
        Some([low, high]) => format!("{} ({} to {})", share(value), share(low), share(high)),
        None => share(value),
    };
    let mut rows = vec![
        ("songs".to_owned(), format!("{} by {} artists", report.n_songs, report.n_artists)),
        ("accuracy, songs".to_owned(), with(report.song_accuracy, report.song_accuracy_interval)),
    ];
    if run.config.model.hears() {
        let value = with(report.slice_accuracy, report.slice_accuracy_interval);
        rows.push(("accuracy, slices".to_owned(), value));
    }
    rows.push(("macro F1, songs".to_owned(), format!("{:.3}", report.songs.macro_f1)));
    rows.push(("mean loss, songs".to_owned(), format!("{:.3}", report.songs.loss)));
    table(card, ["measure", "value"], rows);
    line(card, &format!("{}\n", of_intervals(report.n_artists)));
    line(card, "| genre | precision | recall | F1 | songs |\n|---|---|---|---|---|");
    for (own, row) in report.songs.genres.iter().zip(&report.confusion) {
        let n: u64 = row.iter().sum();
        let _ = writeln!(
            card,
            "| {} | {:.3} | {:.3} | {:.3} | {n} |",
            cell(&own.genre),
            own.precision,
            own.recall,
            own.f1
        );
    }
    card.push('\n');
}

/// What to know of the intervals.
fn of_intervals(n_artists: usize) -> &'static str {
    if n_artists < LEAST_CLUSTERS {
        "All test songs are by one artist: how far these shares would be others with other artists can't be said."
    } else if n_artists < FEW_CLUSTERS {
        "In brackets 95 % intervals by a bootstrap that draws whole artists; with so few of them they are too narrow."
    } else {
        "In brackets 95 % intervals by a bootstrap that draws whole artists."
    }
}

fn training(card: &mut String, run: &Run, report: &TestReport) {
    line(card, "## Training\n");
    let mut rows: Vec<(String, String)> = as_map(&run.config)
        .into_iter()
        .map(|(name, value)| {
            (name, value.as_str().map_or_else(|| value.to_string(), str::to_owned))
        })
        .collect();
    rows.push(("parameters".into(), report.n_parameters.to_string()));
    if let Some(n_trained) = report.n_trained_parameters.filter(|n| *n != report.n_parameters) {
        rows.push(("of them trained".into(), n_trained.to_string()));
    }
    if let Some(n) = report.multiply_adds_per_slice {
        rows.push(("multiply-adds a slice".into(), n.to_string()));
    }
    rows.push((
        "epochs".into(),
        format!("{} trained, number {} kept", report.n_epochs, report.kept_epoch),
    ));
    let device = |device: &str, name: &str, platform: &str| {
        let named = if name.is_empty() { String::new() } else { format!(": {name}") };
        format!("{device}{named} ({})", known(platform))
    };
    rows.push(("device".into(), device(&run.device, &run.device_name, &run.platform)));
    for own in &run.continued {
        rows.push((
            format!("after epoch {}", own.after_epoch),
            format!(
                "{}, by Segue {}, git {}",
                device(&own.device, &own.device_name, &own.platform),
                own.version,
                known(own.git_revision.as_deref().unwrap_or_default())
            ),
        ));
    }
    let revision = run.git_revision.as_deref().unwrap_or_default();
    rows.push(("Segue".into(), format!("{}, git {}", run.version, known(revision))));
    for (library, version) in &run.libraries {
        rows.push((library.clone(), version.clone()));
    }
    table(card, ["setting", "value"], rows);
}

fn known(text: &str) -> &str {
    if text.is_empty() { "unknown" } else { text }
}

fn files(card: &mut String, run: &Run) {
    let other = match run.config.keep {
        Keep::Best => "last",
        Keep::Last => "best",
    };
    line(card, "## Files\n");
    line(
        card,
        &format!(
            "`model.safetensors` and `model.bpk` are the kept weights, `{other}.*`, where it is there, those of \
             the {other} epoch; `model.json` describes the network, `run.json` all that the run depended on, and \
             `segue train --config config.toml --out DIR` repeats it, from the folder where it was started if paths in \
             the file are not whole ones: on the CPU of one machine the same seed gives the same weights."
        ),
    );
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::training::config::{TrainConfig, TrainPreset};
    use crate::training::history::{GenreScores, SplitScores};
    use crate::training::run::{Continuation, DataRecord};
    use shared::model::{AudioConfig, NetworkKind};
    use std::collections::BTreeMap;

    fn run() -> Run {
        let config = TrainConfig::preset(TrainPreset::Default, NetworkKind::Audio);
        let of_test = |n: usize| BTreeMap::from([("test".to_owned(), n)]);
        Run {
            version: "1.2.3".into(),
            git_revision: None,
            seed: config.seed,
            data_hash: "b".into(),
            config,
            device: "cpu".into(),
            data: DataRecord {
                hash: "abcdef".into(),
                n_songs: of_test(4),
                n_left_out: 0,
                n_artists: of_test(3),
                split_hashes: BTreeMap::from([("test".to_owned(), "123456".to_owned())]),
            },
            libraries: BTreeMap::from([("burn".to_owned(), "0.22.1".to_owned())]),
            platform: "linux x86_64".into(),
            device_name: "A Processor, AVX2".into(),
            continued: vec![Continuation {
                after_epoch: 3,
                version: "1.2.4".into(),
                git_revision: None,
                device: "cuda:0".into(),
                device_name: "A Card".into(),
                platform: "linux x86_64".into(),
            }],
        }
    }

    fn report() -> TestReport {
        let genre = |name: &str| GenreScores {
            genre: name.into(),
            precision: 0.5,
            recall: 0.25,
            f1: 0.333,
        };
        let genres = vec![genre("pop"), genre("R|B")];
        TestReport {
            model: NetworkKind::Audio,
            kept_epoch: 2,
            n_epochs: 5,
            n_parameters: 1234,
            n_trained_parameters: Some(1000),
            multiply_adds_per_slice: Some(99),
            n_songs: 4,
            n_artists: 3,
            song_accuracy: 0.75,
            song_accuracy_interval: Some([0.5, 1.0]),
            slice_accuracy: 0.7,
            slice_accuracy_interval: None,
            songs: SplitScores { loss: 0.9, accuracy: 0.75, macro_f1: 0.7, genres },
            genres: vec!["pop".into(), "R|B".into()],
            confusion: vec![vec![2, 0], vec![1, 1]],
        }
    }

    #[test]
    fn a_card_says_what_the_run_knows() {
        let genres = vec!["pop".to_owned(), "R|B".to_owned()];
        let network = NetworkConfig::new(genres, Some(AudioConfig::compact()), None);
        let card = model_card(&run(), &network, &report());
        for wanted in [
            "one of 2 genres (pop, R|B)",
            "| test | 4 | 3 | `123456` |",
            "| accuracy, songs | 75.0 % (50.0 % to 100.0 %) |",
            "| accuracy, slices | 70.0 % |",
            "draws whole artists; with so few",
            "| R\\|B | 0.500 | 0.250 | 0.333 | 2 |",
            "| learning_rate | 0.001 |",
            "| epochs | 5 trained, number 2 kept |",
            "| of them trained | 1000 |",
            "| device | cpu: A Processor, AVX2 (linux x86_64) |",
            "| after epoch 3 | cuda:0: A Card (linux x86_64), by Segue 1.2.4, git unknown |",
            "| Segue | 1.2.3, git unknown |",
            "`last.*`",
        ] {
            assert!(card.contains(wanted), "'{wanted}' is missing in:\n{card}");
        }
    }
}
