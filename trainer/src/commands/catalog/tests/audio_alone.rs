//! Catalogues of audio files without a lyrics csv.

use super::*;
use lofty::tag::{ItemKey, Tag, TagExt, TagType};

#[test]
fn audio_alone_takes_genre_and_lyrics_from_folders_and_texts() {
    let place = Place::new();
    for number in 0..6 {
        place.song(&format!("pop/Ann {number} - Song {number}.mp3"));
        place.song(&format!("Rap/x/Ben {number} - Song {number}.mp3"));
    }
    place.write("audio/pop/Ann 0 - Song 0.txt", WORDS);
    place.write("audio/pop/Ann 1 - Song 1.txt", "Je suis descendu à la rivière pour te chercher");
    place.song("polka/Cy - Other.mp3");
    run(&Args { lyrics: None, ..place.args() }).unwrap();
    let catalog = place.catalog();
    assert_eq!(catalog.tracks().len(), 10);
    let id = TrackId::from_parts(&["audio", "pop/Ann 0 - Song 0.mp3"]);
    let track = catalog.track(&id).unwrap();
    assert_eq!((track.title.as_str(), track.artist.as_str()), ("Song 0", "Ann 0"));
    assert_eq!((track.lyrics.as_str(), track.language.as_str()), (WORDS, "en"));
    let report = place.report();
    assert_eq!(report["files_dropped"]["other language"], 1);
    assert_eq!(report["files_dropped"]["genre not asked for"], 1);
}

#[test]
fn audio_alone_takes_artist_genre_and_lyrics_from_tags() {
    let place = Place::new();
    for (number, genre) in ["Pop", "Hip-Hop", "Polka"].into_iter().enumerate() {
        let name = format!("{number}.mp3");
        place.song(&name);
        let mut tag = Tag::new(TagType::Id3v2);
        for (key, value) in [
            (ItemKey::TrackTitle, format!("Song {number}")),
            (ItemKey::TrackArtist, format!("Ann {number}")),
            (ItemKey::Genre, genre.to_owned()),
            (ItemKey::RecordingDate, "1999".to_owned()),
            (ItemKey::UnsyncLyrics, format!("{WORDS} {number}")),
        ] {
            assert!(tag.insert_text(key, value));
        }
        let path = place.path("audio").join(name);
        tag.save_to_path(&path, lofty::config::WriteOptions::default()).unwrap();
    }
    run(&Args { lyrics: None, ..place.args() }).unwrap();
    let catalog = place.catalog();
    assert_eq!(catalog.tracks().len(), 2);
    for (number, genre) in [(0, "pop"), (1, "rap")] {
        let id = TrackId::from_parts(&["audio", &format!("{number}.mp3")]);
        let track = catalog.track(&id).unwrap();
        assert_eq!((track.genre.as_str(), track.year), (genre, Some(1999)));
        assert_eq!(track.title, format!("Song {number}"));
        assert_eq!(track.artist, format!("Ann {number}"));
        assert_eq!((&track.lyrics, track.language.as_str()), (&format!("{WORDS} {number}"), "en"));
    }
    assert_eq!(place.report()["files_dropped"]["genre not asked for"], 1);
    assert_eq!(place.report()["other_genres"], serde_json::json!({"polka": 1}));
}

#[test]
fn untagged_audio_alone_is_shared_out_between_the_splits() {
    let place = Place::new();
    for number in 0..20 {
        place.song(&format!("pop/pop.{number:05}.mp3"));
        place.song(&format!("rap/rap.{number:05}.mp3"));
    }
    run(&Args { lyrics: None, ..place.args() }).unwrap();
    let report = place.report();
    for genre in ["pop", "rap"] {
        let tracks = &report["tracks"][genre];
        assert_eq!(*tracks, serde_json::json!({"train": 14, "validation": 2, "test": 4}));
    }
    assert_eq!(report["notes"], serde_json::json!([]));
}

#[test]
fn audio_alone_takes_a_song_of_two_files_once() {
    let place = Place::new();
    for name in ["pop/a/Ann - One.mp3", "pop/b/ANN - One!.mp3", "pop/b/Ann - One (Live).mp3"] {
        place.song(name);
    }
    for name in ["rap/a/01 Intro.mp3", "rap/b/01 Intro.mp3"] {
        place.song(name);
    }
    // A file of a genre that nobody asked for has no song.
    place.song("a polka/Ann - One.mp3");
    run(&Args { lyrics: None, unbalanced: true, ..place.args() }).unwrap();
    let mut paths: Vec<String> =
        place.catalog().tracks().iter().map(|track| track.audio_path.clone()).collect();
    paths.sort();
    let expected = [
        "audio/pop/a/Ann - One.mp3",
        "audio/pop/b/Ann - One (Live).mp3",
        "audio/rap/a/01 Intro.mp3",
        "audio/rap/b/01 Intro.mp3",
    ];
    assert_eq!(paths, expected);
    let report = place.report();
    assert_eq!(report["files_dropped"]["artist and title of another file"], 1);
    let surplus = report["surplus_files"][0].as_str().unwrap();
    assert_eq!(surplus, "'pop/b/ANN - One!.mp3': 'pop/a/Ann - One.mp3' has its song");
}
