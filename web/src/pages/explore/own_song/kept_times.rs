//! How long the devices took for networks is kept from visit to visit: the program for graphics processors is not
//! fetched where it was the slower one.

use super::super::catalogue::READERS;
use super::OwnSong;
use crate::pages::explore::devices::{Devices, Sense};
use crate::pages::explore::kept_times;
use crate::platform::networks;
use leptos::prelude::*;
use shared::bundle::Manifest;
use shared::recommend::Condition;

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
        if let (Some(times), Some(manifest)) = (times, manifest) {
            kept_times::keep(sense.key(), timed(sense, &manifest), times);
        }
    }

    /// Takes what was kept, if it is of this browser, these programs and these networks.
    pub(super) fn recall_times(self, sense: Sense, manifest: &Manifest) {
        if let Some(times) = kept_times::recall(sense.key(), &timed(sense, manifest)) {
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
    kept_times::of_this_browser(networks::programs().chain(weights))
}
