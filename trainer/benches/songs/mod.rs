//! Songs that benches work on.

use std::fs;
use std::path::Path;
use trainer::demo::{DemoOptions, write_catalogue};

const N_SONGS: usize = 24;

/// Songs of the demo as mp3 files, in two genres, with a catalogue of them; gives how many there are.
pub(crate) fn write(folder: &Path) -> usize {
    let options = DemoOptions { n_songs: N_SONGS, ..DemoOptions::default() };
    let made = write_catalogue(folder, &options, &|_| {}).expect("the demo can be written");
    let mut catalog = String::from("track_id,title,artist,genre,audio_path,split\n");
    let mut n_songs = 0;
    for entry in fs::read_dir(&made.audio).expect("a folder of songs") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|extension| extension == "mp3") {
            let path = path.display().to_string().replace('"', "\"\"");
            let genre = ["pop", "rock"][n_songs % 2];
            catalog.push_str(&format!(
                "t{n_songs:04},Song {n_songs},Artist,{genre},\"{path}\",train\n"
            ));
            n_songs += 1;
        }
    }
    fs::write(folder.join("catalog.csv"), catalog).expect("a catalogue can be written");
    n_songs
}
