//! What the worker that searches tells the page.

use crate::task::Job;
use inference_worker::{Message, MessageError};
use serde::{Deserialize, Serialize};
use shared::json;
use shared::recommend::{Condition, Neighbour};

/// What the worker tells.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum SearchTold {
    /// A table, or the index of one, is there.
    Taken {
        /// The condition.
        condition: Condition,
    },
    /// A part of a table is none that can be used.
    PartRefused {
        /// The condition.
        condition: Condition,
        /// Number of the part.
        number: usize,
        /// What is wrong with it and, one after another, why.
        causes: Vec<String>,
    },
    /// What comes next: the end of a search.
    Found(Found),
    /// How long searches take.
    Times(SearchTimes),
    /// It can't be done; the worker goes on with the next task.
    Failed {
        /// The search; `None` where it is about a table.
        job: Option<Job>,
        /// What went wrong and, one after another, why: without capitals and full stops.
        causes: Vec<String>,
    },
}

/// What comes next, by each condition that was asked for.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Found {
    /// Number of the search.
    pub job: Job,
    /// The lists.
    pub lists: Vec<FoundList>,
}

/// What comes next by a condition.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct FoundList {
    /// The condition.
    pub condition: Condition,
    /// The songs by their places, best first, with their similarities; none while parts are missing.
    pub songs: Vec<(usize, f32)>,
    /// Parts of the table that are to be there before it can be said.
    pub missing_parts: Vec<usize>,
    /// Why it can't be said.
    pub failure: Option<String>,
}

impl FoundList {
    /// The songs.
    pub fn neighbours(&self) -> Vec<Neighbour> {
        let songs = self.songs.iter();
        songs.map(|&(position, similarity)| Neighbour { position, similarity }).collect()
    }
}

/// Where searches run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum SearchDevice {
    /// On the processor.
    Processor,
    /// On the graphics processor.
    Graphics,
}

/// How long all lists of a lead take together.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct SearchTimes {
    /// Where searches run from now on.
    pub device: SearchDevice,
    /// Milliseconds on the processor, where that was timed.
    pub processor_millis: Option<f64>,
    /// Milliseconds on the graphics processor, where that was timed.
    pub graphics_millis: Option<f64>,
    /// Why the graphics processor was left, where it failed.
    pub failed: Option<String>,
}

impl SearchTold {
    /// As a message.
    pub fn to_message(&self) -> Message {
        let text = serde_json::to_string(self).expect("texts and numbers are JSON");
        Message { text, ..Message::default() }
    }

    /// What a message tells.
    ///
    /// # Errors
    ///
    /// If it is none of these.
    pub fn of(message: &Message) -> Result<Self, MessageError> {
        Ok(json::from_slice(message.text.as_bytes())?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_told_comes_back() {
        let list = FoundList {
            condition: Condition::Audio,
            songs: vec![(7, 0.987_654_3), (3, 1e-7)],
            missing_parts: vec![2, 9],
            failure: None,
        };
        assert_eq!(list.neighbours()[0], Neighbour { position: 7, similarity: 0.987_654_3 });
        for told in [
            SearchTold::Found(Found { job: 3, lists: vec![list] }),
            SearchTold::Failed { job: None, causes: vec!["a".to_owned(), "b".to_owned()] },
            SearchTold::Times(SearchTimes {
                device: SearchDevice::Graphics,
                processor_millis: Some(0.7),
                graphics_millis: None,
                failed: None,
            }),
        ] {
            assert_eq!(SearchTold::of(&told.to_message()).unwrap(), told);
        }
        assert!(SearchTold::of(&Message::default()).is_err());
    }
}
