//! How long the devices took is kept from visit to visit: neither is timed again, and the program for graphics
//! processors is not fetched where it was the slower one.

use super::super::catalogue::READERS;
use super::{OwnSong, Sense};
use crate::pages::explore::devices::Devices;
use crate::platform::kept;
use crate::platform::networks;
use crate::platform::page::navigator;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use shared::bundle::Manifest;
use shared::json;
use shared::recommend::Condition;

/// What is kept for a sense.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
struct KeptTimes {
    /// What was timed: times of another browser, of other programs or of other networks say nothing.
    of: String,
    processor_millis: f64,
    graphics_millis: f64,
}

impl Sense {
    /// The networks of a sense, where the bundle has them.
    pub(super) fn conditions(self) -> &'static [Condition] {
        match self {
            Self::Hearing => &[Condition::Audio],
            Self::Reading => &READERS,
        }
    }

    fn key(self) -> &'static str {
        match self {
            Self::Hearing => "segue times of hearing",
            Self::Reading => "segue times of reading",
        }
    }
}

impl OwnSong {
    /// Keeps how long the devices took, once both are timed.
    pub(super) fn keep_times(self, sense: Sense) {
        let times = self.devices(sense).with_untracked(Devices::times);
        let manifest = self.workers(|workers| workers.manifest.clone());
        if let (Some([processor_millis, graphics_millis]), Some(manifest)) = (times, manifest) {
            let of = timed(sense, &manifest);
            let times = KeptTimes { of, processor_millis, graphics_millis };
            kept::keep(sense.key(), &serde_json::to_string(&times).unwrap_or_default());
        }
    }

    /// Takes what was kept, if it is of this browser, these programs and these networks.
    pub(super) fn recall_times(self, sense: Sense, manifest: &Manifest) {
        let text = kept::kept(sense.key());
        let times = text.and_then(|text| json::from_slice::<KeptTimes>(text.as_bytes()).ok());
        if let Some(own) = times.filter(|own| own.of == timed(sense, manifest)) {
            let times = [own.processor_millis, own.graphics_millis];
            self.devices(sense).update(|devices| devices.recall(times));
        }
    }
}

/// What is timed for a sense: the browser, the programs, and the weights by their hashes.
fn timed(sense: Sense, manifest: &Manifest) -> String {
    let weights = sense.conditions().iter().filter_map(|condition| {
        let model = manifest.models.get(condition.name())?;
        manifest.files.get(&model.weights).map(|file| file.sha256.clone())
    });
    let mut parts = vec![navigator().user_agent().unwrap_or_default()];
    parts.extend(networks::programs());
    parts.extend(weights);
    parts.join(" ")
}
