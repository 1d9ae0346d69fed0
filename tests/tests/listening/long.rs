//! A song of an hour: only its clip is decoded, and memory is that of a short one.

use crate::faults::wav;
use crate::material::{sound, website};
use crate::workers::Workers;

/// Memory for a clip of half a minute, its spectrogram and the demo's network.
const MOST_BYTES: u64 = 48 << 20;

/// 96 kbit/s.
const BYTES_A_SECOND: usize = 12_000;

#[tokio::test]
async fn an_hour_takes_no_more_memory_than_its_clip() -> anyhow::Result<()> {
    let website = website();
    let workers = Workers::start(&website, "listening").await?;
    workers.take_network("audio").await?;
    // Frames follow one another without an index: the file does not say how long it is.
    let mp3 = sound("song_without_xing.mp3");
    let frames = &mp3[mp3.iter().position(|byte| *byte == 0xff).unwrap()..];
    let mp3 = frames.repeat(3_600 * BYTES_A_SECOND / frames.len());
    let minute: Vec<i16> = (0..60 * 22_050).map(|at| (at % 100) as i16 * 200).collect();
    for (file, bytes, at_least_secs) in
        [("minutes.wav", wav(&minute.repeat(2)), 119.0), ("hour.mp3", mp3, 3_590.0)]
    {
        let told = workers.hear(file, &bytes).await?;
        let sound = &told.of("Sound")["sound"];
        let (song_secs, clip) = (sound["song_secs"].as_f64().unwrap(), &sound["clip"]);
        println!("{file}: {song_secs} s, clip {clip}, {} bytes", told.memory_bytes());
        assert!(song_secs >= at_least_secs, "{file}: {song_secs} s");
        assert_eq!(clip["start_secs"], 70.0, "{file}");
        assert_eq!(clip["duration_secs"], 30.0, "{file}");
        assert!(told.memory_bytes() < MOST_BYTES, "{file}: {} bytes", told.memory_bytes());
        assert_eq!(told.said().len(), 1);
    }
    workers.end().await
}
