//! The design of the study that goes into a bundle.

use super::inputs::Inputs;
use super::selection::Selection;
use crate::files;
use anyhow::{Context, ensure};
use shared::recommend::Condition;
use shared::study::{Preset, Songs, StudyDesign};
use std::path::Path;

/// `study.json`, where there can be one.
#[derive(Debug)]
pub(super) struct Study {
    /// Its bytes.
    pub(super) json: Option<Vec<u8>>,
    /// What is worth knowing.
    pub(super) notes: Vec<String>,
}

impl Study {
    /// The preset of that name, fitted to the bundle, or the design in that file.
    pub(super) fn read(
        name_or_file: &str,
        inputs: &Inputs,
        selection: &Selection,
    ) -> anyhow::Result<Self> {
        if let Some(preset) = Preset::from_name(name_or_file) {
            return Ok(Self::fitted(preset.design(), inputs, selection));
        }
        let json = files::read(Path::new(name_or_file)).with_context(|| {
            format!("--study takes default, thesis or a study.json, not '{name_or_file}'")
        })?;
        let design =
            StudyDesign::from_json(&json).with_context(|| format!("in '{name_or_file}'"))?;
        let stimulus = inputs.prepared.settings.stimulus.as_ref();
        let heard_secs = stimulus.map_or(0.0, |stimulus| stimulus.duration_secs);
        ensure!(
            stimulus.is_none() || design.clip.seconds <= heard_secs,
            "'{name_or_file}': clip.seconds is {}, and the stimuli last {heard_secs} s: lower it, or prepare longer ones \
             (`segue prepare --stimulus-secs`)",
            design.clip.seconds
        );
        Ok(Self { json: Some(json), notes: Vec::new() })
    }

    fn fitted(mut design: StudyDesign, inputs: &Inputs, selection: &Selection) -> Self {
        let mut notes = Vec::new();
        let has_table = |condition: &Condition| {
            inputs.tables.iter().any(|table| table.name() == condition.name())
        };
        let wished = design.recommenders.clone();
        design.recommenders.retain(has_table);
        if design.recommenders.is_empty() {
            design.recommenders.extend(Some(Condition::Lyrics).filter(has_table));
        }
        if design.recommenders != wished {
            let left = design.recommenders.iter().map(|condition| condition.name());
            let left = left.collect::<Vec<_>>().join(", ");
            notes.push(format!("study.json compares the tables that there are: {left}"));
        }
        let songs = selection.songs();
        let n_songs = |songs_of: Songs| songs.iter().filter(|s| songs_of.includes(s.split)).count();
        if design.check_n_songs(n_songs(design.songs)).is_err() {
            design.songs = Songs::All;
            notes.push("study.json is over all songs: there are too few test songs".to_owned());
        }
        let enough = design.check_n_songs(n_songs(design.songs)).is_ok();
        if enough && !design.recommenders.is_empty() {
            return Self { json: Some(design.to_json()), notes };
        }
        let note = "no study.json: too few songs, or no table named audio, multimodal or lyrics";
        Self { json: None, notes: vec![note.to_owned()] }
    }
}
