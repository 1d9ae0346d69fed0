//! How loud a whole song is from beginning to end, to be drawn.

use super::song::Song;
use super::{AudioError, SoundSource};
use symphonia::core::audio::GenericAudioBufferRef;

/// The smallest and the largest sample of each of `n_columns` columns that share `song_secs` evenly, over all
/// channels. Columns that have no sample, as those behind the end of a shorter file, stay at 0.
///
/// All of the song is decoded, packet by packet, and no more than a packet is kept. Whenever another column is
/// whole, `on_column` is given the columns so far and how many of them are whole.
///
/// # Errors
///
/// If the file is no sound that can be decoded, or holds none.
///
/// # Panics
///
/// If there is no column, or the song has no length.
pub fn song_outline(
    file: &dyn SoundSource,
    extension: Option<&str>,
    song_secs: f64,
    n_columns: usize,
    on_column: &mut dyn FnMut(&[[f32; 2]], usize),
) -> Result<Vec<[f32; 2]>, AudioError> {
    assert!(n_columns > 0 && song_secs > 0.0, "an outline of {n_columns} columns of {song_secs} s");
    let mut outline = Outline { song_secs, columns: vec![None; n_columns], packet: Vec::new() };
    let mut n_whole = 0;
    Song::open(file, extension)?.decode_all(&mut |buffer, start_secs| {
        outline.add(buffer, start_secs);
        let reached = outline.column_at(start_secs);
        if reached > n_whole {
            n_whole = reached;
            on_column(&outline.drawn(), n_whole);
        }
    })?;
    if outline.columns.iter().all(Option::is_none) {
        return Err(AudioError::NoSound);
    }
    Ok(outline.drawn())
}

struct Outline {
    song_secs: f64,
    columns: Vec<Option<[f32; 2]>>,
    packet: Vec<Vec<f32>>,
}

impl Outline {
    fn column_at(&self, secs: f64) -> usize {
        let at = (secs / self.song_secs * self.columns.len() as f64) as usize;
        at.min(self.columns.len() - 1)
    }

    fn add(&mut self, buffer: &GenericAudioBufferRef<'_>, start_secs: f64) {
        let rate = f64::from(buffer.spec().rate());
        buffer.copy_to_vecs_planar(&mut self.packet);
        let packet = std::mem::take(&mut self.packet);
        for channel in packet.iter().take(buffer.num_planes()) {
            let samples = channel.iter().take(buffer.frames());
            for (at, sample) in samples.enumerate().filter(|(_, sample)| sample.is_finite()) {
                let column = self.column_at(start_secs + at as f64 / rate);
                let [low, high] = self.columns[column].unwrap_or([*sample; 2]);
                self.columns[column] = Some([low.min(*sample), high.max(*sample)]);
            }
        }
        self.packet = packet;
    }

    fn drawn(&self) -> Vec<[f32; 2]> {
        self.columns.iter().map(|column| column.unwrap_or_default()).collect()
    }
}
