//! The tests of the thesis: for each participant three one-sided tests of two proportions.
//!
//! They take the three answers to one anchor to be independent, and are not corrected for there being
//! three; so they stand beside the default layer and do not replace it.

use super::answers::Answer;
use crate::recommend::Condition;
use crate::statistics::{
    Alternative, Count, ProportionTest, ProportionTestError, ProportionTestOptions, proportion_test,
};
use serde::Serialize;

/// How often a participant liked the songs of each condition.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ParticipantCounts {
    /// The participant.
    pub participant: String,
    /// Songs chosen by sound.
    pub audio: Count,
    /// Songs chosen by sound and lyrics.
    pub multimodal: Count,
    /// Songs of the control.
    pub control: Count,
}

/// A test of one participant.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct ThesisTest {
    /// The participant.
    pub participant: String,
    /// The condition that is held to be liked more.
    pub first: &'static str,
    /// The other.
    pub second: &'static str,
    /// Their counts.
    pub counts: [Count; 2],
    /// What came out; `None` where all answers are alike.
    pub test: Option<ProportionTest>,
    /// Why there is no test.
    pub why_not: Option<String>,
}

/// The thesis's layer.
#[derive(Debug, Clone, PartialEq, Serialize, Default)]
pub struct ThesisLayer {
    /// Three tests for each participant.
    pub tests: Vec<ThesisTest>,
}

/// The three tests of each participant: audio > control, multimodal > control, multimodal > audio, by R's
/// `prop.test` with its correction.
pub fn thesis_layer(participants: &[ParticipantCounts]) -> ThesisLayer {
    let mut tests = Vec::new();
    for counts in participants {
        let ParticipantCounts { participant, audio, multimodal, control } = counts;
        for (first, second, counts) in [
            ("audio", "control", [*audio, *control]),
            ("multimodal", "control", [*multimodal, *control]),
            ("multimodal", "audio", [*multimodal, *audio]),
        ] {
            let test = greater(counts);
            let why_not = test.as_ref().err().map(ToString::to_string);
            let participant = participant.clone();
            tests.push(ThesisTest { participant, first, second, counts, test: test.ok(), why_not });
        }
    }
    ThesisLayer { tests }
}

fn greater(counts: [Count; 2]) -> Result<ProportionTest, ProportionTestError> {
    let options = ProportionTestOptions { alternative: Alternative::Greater, ..Default::default() };
    if counts.iter().any(|count| count.n == 0) {
        return Err(ProportionTestError::TooFew { n: counts.iter().filter(|c| c.n > 0).count() });
    }
    proportion_test(&counts, options)
}

/// The counts of each participant, in the order in which they were met.
pub(super) fn counts_of(answers: &[Answer]) -> Vec<ParticipantCounts> {
    let mut participants: Vec<ParticipantCounts> = Vec::new();
    for answer in answers {
        let own = participants.iter().position(|p| p.participant == answer.participant);
        let at = own.unwrap_or_else(|| {
            let none = Count { n_yes: 0, n: 0 };
            let participant = answer.participant.clone();
            let counts =
                ParticipantCounts { participant, audio: none, multimodal: none, control: none };
            participants.push(counts);
            participants.len() - 1
        });
        let counts = &mut participants[at];
        let count = match answer.condition {
            Condition::Audio => &mut counts.audio,
            Condition::Multimodal => &mut counts.multimodal,
            Condition::Random | Condition::Genre => &mut counts.control,
            Condition::Lyrics => continue,
        };
        count.n += 1;
        count.n_yes += u64::from(answer.liked);
    }
    participants
}
