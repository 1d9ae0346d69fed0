//! What is no song, no lyrics and no network.

use crate::material::{FORMATS, LYRICS, sound, website};
use crate::workers::Workers;
use std::collections::BTreeSet;

/// A file with a picture and no sound: `ffmpeg -f lavfi -i color=red:s=16x16:d=1:r=1 -frames:v 1 -c:v mjpeg`.
pub(crate) const PICTURE: &[u8] = include_bytes!("../../fixtures/picture.mp4");

/// A WAV file of one channel with 16 bits, 22,050 samples a second.
pub(crate) fn wav(samples: &[i16]) -> Vec<u8> {
    let mut file = wav_header((samples.len() * 2) as u32);
    file.extend(samples.iter().flat_map(|sample| sample.to_le_bytes()));
    file
}

/// What such a file begins with; its samples take `n_bytes`.
pub(crate) fn wav_header(n_bytes: u32) -> Vec<u8> {
    let mut file = Vec::new();
    file.extend(b"RIFF");
    file.extend((36 + n_bytes).to_le_bytes());
    file.extend(b"WAVEfmt ");
    file.extend(16u32.to_le_bytes());
    for half in [1u16, 1] {
        file.extend(half.to_le_bytes());
    }
    for word in [22_050u32, 44_100] {
        file.extend(word.to_le_bytes());
    }
    for half in [2u16, 16] {
        file.extend(half.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(n_bytes.to_le_bytes());
    file
}

#[tokio::test]
async fn what_is_no_song_has_its_own_sentence_and_the_worker_goes_on() -> anyhow::Result<()> {
    let website = website();
    let workers = Workers::start(&website, "listening").await?;
    let early = workers.hear("early.wav", &wav(&[0; 9])).await?.failure();
    assert!(early.contains("there is no network"), "{early}");
    workers.take_network("audio").await?;
    let aac = sound("song_aac.m4a");
    let mut sentences = BTreeSet::new();
    for (file, bytes, wanted) in [
        ("text.mp3", &b"These are words, and no song at all.\n".repeat(40)[..], "not mp3, flac"),
        ("cut.m4a", &aac[..aac.len() / 2], "missing moov atom"),
        ("silence.wav", &wav(&[0; 66_150]), "the clip is silent"),
        ("picture.mp4", PICTURE, "no sound that can be decoded"),
        ("empty.mp3", &[], "the file is empty"),
    ] {
        let failure = workers.hear(file, bytes).await?.failure();
        println!("{file}: {failure}");
        assert!(failure.contains(wanted), "{file}: {failure}");
        assert!(sentences.insert(failure), "{file} has the sentence of another");
    }
    let short: Vec<i16> = (0..6_615).map(|at| ((at % 100) * 200 - 10_000) as i16).collect();
    let told = workers.hear("short.wav", &wav(&short)).await?;
    let notes = told.of("Sound")["sound"]["notes"].to_string();
    assert!(notes.contains("the song of 0.3 s ends before the clip"), "{notes}");
    assert!(notes.contains("115 of 128 frames of the only slice are padding"), "{notes}");
    assert_eq!(told.said().len(), 1);
    let told = workers.hear(FORMATS[0], &sound(FORMATS[0])).await?;
    assert_eq!(told.said().len(), 1, "after all that a song is heard");
    workers.end().await
}

#[tokio::test]
async fn networks_that_do_not_fit_are_refused_and_the_next_one_is_taken() -> anyhow::Result<()> {
    let website = website();
    let [config, weights] = ["model.json", "model.bpk"].map(|file| format!("models/audio/{file}"));
    let right = std::fs::read(website.bundle().join(&weights))?;
    let others = std::fs::read(website.bundle().join("models/lyrics/model.bpk"))?;
    let workers = Workers::start(&website, "listening").await?;
    for (bytes, wanted) in [
        (&others[..], "the weights do not fit the network that model.json describes"),
        (
            &right[..right.len() / 2],
            "the weights are no burnpack file: Validation error: File truncated",
        ),
        (&b"no weights"[..], "the weights are no burnpack file"),
    ] {
        website.replace(&weights, bytes)?;
        let failure = workers.take_network("audio").await?.failure();
        println!("{failure}");
        assert!(failure.contains("the network 'audio' can't be used"), "{failure}");
        assert!(failure.contains(wanted), "{failure}");
    }
    website.replace(&weights, &right)?;
    let description = std::fs::read(website.bundle().join(&config))?;
    website.replace(&config, b"{}")?;
    let failure = workers.take_network("audio").await?.failure();
    assert!(failure.contains("model.json is not a network description"), "{failure}");
    website.replace(&config, &description)?;
    let failure = workers.take_network("multimodal").await?.failure();
    assert!(failure.contains("of the kind 'multimodal', expected audio"), "{failure}");
    workers.take_network("audio").await?.of("Ready");
    workers.end().await
}

#[tokio::test]
async fn lyrics_of_any_kind_have_an_answer() -> anyhow::Result<()> {
    let website = website();
    let workers = Workers::start(&website, "reading").await?;
    workers.take_networks("reading", &["multimodal", "lyrics"]).await?;
    let empty = workers.read("[Chorus] (oh)\n", None).await?.failure();
    assert!(empty.contains("no words beside marks"), "{empty}");
    let long = workers.read(&"la ".repeat(1_000_000), None).await?.failure();
    assert!(long.contains("3.0 MB; up to 2.0 MB"), "{long}");
    let megabyte = format!("{LYRICS} ").repeat(1_000_000 / LYRICS.len());
    let counted = async |lyrics: &str, n_runs: usize| {
        let told = workers.read_times(n_runs, lyrics, None).await?;
        assert_eq!(told.said().len(), n_runs);
        let counts = &told.of("Tokens")["counts"][0];
        assert_eq!(counts["network"], "lyrics");
        let [n_tokens, n_read, n_unknown] =
            ["n_tokens", "n_read", "n_unknown"].map(|name| counts[name].as_u64().unwrap());
        anyhow::Ok((n_tokens, n_read, n_unknown))
    };
    // Whoever runs the networks: the counts are told with the tokens.
    for n_runs in [0, 1] {
        let (n_tokens, n_read, n_unknown) = counted(LYRICS, n_runs).await?;
        assert_eq!((n_tokens, n_unknown), (n_read, 0));
        let (n_tokens, n_read, n_unknown) = counted(&megabyte, n_runs).await?;
        assert!(n_read < 512 && n_tokens > 100_000, "{n_read} of {n_tokens}");
        assert_eq!(n_unknown, 0);
        for foreign in ["夜のネオンの下で踊ろう", "Танцуй со мной"] {
            let (n_tokens, n_read, n_unknown) = counted(foreign, n_runs).await?;
            assert!(n_tokens == n_read && n_unknown == n_read && n_read > 0, "{foreign}");
        }
    }
    workers.end().await
}
