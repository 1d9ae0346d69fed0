//! Which tracks are in a bundle, and why the others are not.

use super::inputs::Inputs;
use crate::files;
use anyhow::ensure;
use shared::bundle::Song;
use shared::catalog::TrackId;
use shared::hash::sha256_hex;
use shared::recommend::Recommendations;
use std::collections::BTreeMap;
use std::fmt;
use std::path::{Path, PathBuf};

/// The tracks of a bundle, with the recommendations among them.
#[derive(Debug)]
pub(super) struct Selection {
    tracks: BTreeMap<TrackId, (Song, PathBuf)>,
    left_out: BTreeMap<String, Vec<TrackId>>,
    recommendations: Recommendations,
    n_dropped_recommendations: usize,
}

impl Selection {
    pub(super) fn of(inputs: &Inputs) -> anyhow::Result<Self> {
        let mut tracks = BTreeMap::new();
        let mut left_out: BTreeMap<String, Vec<TrackId>> = BTreeMap::new();
        for track in inputs.catalog.tracks() {
            let track_id = &track.track_id;
            match usable_stimulus(inputs, track_id) {
                Ok(path) => {
                    let song = Song::new(track, format!("{track_id}.mp3"));
                    tracks.insert(track_id.clone(), (song, path));
                }
                Err(reason) => left_out.entry(reason).or_default().push(track_id.clone()),
            }
        }
        ensure!(
            !tracks.is_empty(),
            "none of the {} tracks of the catalogue has a stimulus and an embedding in every \
             table; were they made from this catalogue?",
            inputs.catalog.tracks().len()
        );
        let all = &inputs.recommendations;
        let recommendations = all.filtered(|row| {
            tracks.contains_key(&row.anchor_id) && tracks.contains_key(&row.track_id)
        });
        let n_dropped_recommendations = all.rows().len() - recommendations.rows().len();
        Ok(Self { tracks, left_out, recommendations, n_dropped_recommendations })
    }

    pub(super) fn has(&self, track_id: &TrackId) -> bool {
        self.tracks.contains_key(track_id)
    }

    /// The songs, sorted by id.
    pub(super) fn songs(&self) -> Vec<Song> {
        self.tracks.values().map(|(song, _)| song.clone()).collect()
    }

    /// The name of each stimulus in the bundle and where it is now.
    pub(super) fn stimuli(&self) -> impl Iterator<Item = (String, &Path)> {
        self.tracks.values().map(|(song, path)| (song.stimulus.clone(), path.as_path()))
    }

    /// The recommendations of songs of the bundle to songs of the bundle, ranks without gaps.
    pub(super) fn recommendations(&self) -> &Recommendations {
        &self.recommendations
    }
}

/// Where the stimulus of a track is, or why the track can't be in the bundle.
fn usable_stimulus(inputs: &Inputs, track_id: &TrackId) -> Result<PathBuf, String> {
    let lacking = inputs.tables.iter().find(|table| table.position(track_id).is_none());
    if let Some(table) = lacking {
        return Err(format!("no embedding in '{}'", table.name()));
    }
    let prepared = inputs.prepared.tracks.get(track_id).ok_or("not prepared")?;
    let record = prepared.stimulus.as_ref().ok_or("prepared without a stimulus")?;
    let path = inputs.prepared.dir().join(&record.file);
    match files::read(&path) {
        Ok(bytes) if sha256_hex(&bytes) == record.sha256 => Ok(path),
        Ok(_) => Err("the stimulus was changed since `segue prepare`".to_owned()),
        Err(_) => Err("the stimulus can't be read".to_owned()),
    }
}

/// The summary in the terminal.
impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let n_recommendations = self.recommendations.rows().len();
        writeln!(f, "{} songs, {n_recommendations} recommendations", self.tracks.len())?;
        for (reason, track_ids) in &self.left_out {
            let first: Vec<&str> = track_ids.iter().take(5).map(TrackId::as_str).collect();
            let more = if track_ids.len() > first.len() { ", ..." } else { "" };
            let n = track_ids.len();
            writeln!(f, "left out: {n} tracks, {reason}: {}{more}", first.join(", "))?;
        }
        if self.n_dropped_recommendations > 0 {
            let n = self.n_dropped_recommendations;
            writeln!(f, "left out: {n} recommendations to or of these tracks; the next moved up")?;
        }
        Ok(())
    }
}
