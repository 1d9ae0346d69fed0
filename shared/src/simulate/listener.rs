//! A listener of known taste.

use crate::json;
use crate::random::{Seed, Stream};
use crate::recommend::Condition;
use crate::study::{PlannedTrial, Role, StudyDesign};
use std::collections::BTreeMap;
use std::str::FromStr;

/// The quickest answer, in milliseconds.
const QUICKEST_MILLIS: f64 = 250.0;

/// How probably songs are liked.
///
/// As text: parts `NAME:PROBABILITY` joined by commas, as in
/// `audio:0.5,multimodal:0.7,random:0.3,anchor:0.6`. Names are `anchor` (practice too), the conditions,
/// `familiar` (a song is known) and `slip` (a trial has a key that means nothing); what is not named
/// keeps its default.
#[derive(Debug, Clone, PartialEq)]
pub struct Preference {
    by_condition: BTreeMap<Condition, f64>,
    anchor: f64,
    familiar: f64,
    slip: f64,
}

impl Default for Preference {
    /// Half of the anchors and of what follows them by embeddings is liked, a third of the random
    /// songs; about the shares of the thesis.
    fn default() -> Self {
        let by_condition = [
            (Condition::Audio, 0.55),
            (Condition::Multimodal, 0.6),
            (Condition::Lyrics, 0.5),
            (Condition::Random, 0.35),
            (Condition::Genre, 0.45),
        ];
        Self { by_condition: by_condition.into(), anchor: 0.5, familiar: 0.2, slip: 0.02 }
    }
}

impl Preference {
    /// The probability that the song of a trial is liked: where two conditions chose it, the mean of
    /// theirs.
    pub fn probability(&self, trial: &PlannedTrial) -> f64 {
        let of_source = trial.sources.iter().map(|source| self.by_condition[&source.condition]);
        match trial.role {
            Role::Practice | Role::Anchor => self.anchor,
            Role::Recommendation => of_source.sum::<f64>() / trial.sources.len() as f64,
        }
    }
}

impl FromStr for Preference {
    type Err = PreferenceError;

    fn from_str(text: &str) -> Result<Self, PreferenceError> {
        let mut preference = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let error = |expected| PreferenceError { part: part.to_owned(), expected };
            let (name, value) = part.split_once(':').ok_or_else(|| error("NAME:PROBABILITY"))?;
            let number = json::from_slice::<f64>(value.trim().as_bytes()).ok();
            let value = number.filter(|value| (0.0..=1.0).contains(value));
            let value = value.ok_or_else(|| error("a probability from 0 to 1"))?;
            match name.trim() {
                "anchor" => preference.anchor = value,
                "familiar" => preference.familiar = value,
                "slip" => preference.slip = value,
                name => {
                    let names =
                        "anchor, audio, multimodal, lyrics, random, genre, familiar or slip";
                    let condition = Condition::from_name(name).ok_or_else(|| error(names))?;
                    preference.by_condition.insert(condition, value);
                }
            }
        }
        Ok(preference)
    }
}

/// A listener of known taste. What it answers to a trial depends on its seed and the trial's number,
/// not on what it was asked before, so that a session that is gone on with gives the same answers.
#[derive(Debug, Clone, PartialEq)]
pub struct Listener {
    preference: Preference,
    seed: Seed,
}

/// What a listener does in a trial.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SimulatedAnswer {
    /// The answer on the design's scale.
    pub response: u8,
    /// From the start of the clip, in milliseconds.
    pub rt_millis: u64,
    /// Whether the song is known, where the design asks.
    pub familiar: Option<bool>,
    /// When keys that mean nothing are pressed, from the start of the clip, in milliseconds; all before
    /// the answer.
    pub slips: Vec<u64>,
}

impl Listener {
    /// A listener of this taste.
    pub fn new(preference: Preference, seed: Seed) -> Self {
        Self { preference, seed }
    }

    /// What the listener does in this trial.
    pub fn answer(&self, trial: &PlannedTrial, design: &StudyDesign) -> SimulatedAnswer {
        let mut stream = self.seed.stream(&format!("simulate/answer/{}", trial.number));
        let is_liked = stream.chance(self.preference.probability(trial));
        let answers = design.question.scale.answers();
        let fitting: Vec<u8> = answers.filter(|a| design.is_liked(*a) == is_liked).collect();
        let response = *stream.pick(&fitting);
        let rt_millis = reaction_millis(design.answer.from_secs, &mut stream);
        let familiar = stream.chance(self.preference.familiar);
        let has_slip = stream.chance(self.preference.slip);
        let slip_at = (stream.unit() * rt_millis as f64) as u64;
        SimulatedAnswer {
            response,
            rt_millis,
            familiar: design.question.familiarity.then_some(familiar),
            slips: has_slip.then_some(slip_at).into_iter().collect(),
        }
    }
}

/// An ex-Gaussian reaction time, the sum of a normal and an exponential draw (Luce, "Response Times",
/// 1986), in milliseconds after the first moment at which an answer is taken.
pub(super) fn reaction_millis(from_secs: f64, stream: &mut Stream) -> u64 {
    let exponential = -1_500.0 * (1.0 - stream.unit()).ln();
    let reaction = stream.normal(1_800.0, 400.0) + exponential;
    (from_secs * 1_000.0 + reaction.max(QUICKEST_MILLIS)).round() as u64
}

/// A part of a preference that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("preference '{part}': expected {expected}")]
pub struct PreferenceError {
    /// The part.
    pub part: String,
    /// What it takes.
    pub expected: &'static str,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::catalog::TrackId;
    use crate::study::{Preset, Scale, Source};

    fn trial(number: u32, conditions: &[Condition]) -> PlannedTrial {
        let source =
            |condition: &Condition| Source { condition: *condition, rank: 1, similarity: None };
        PlannedTrial {
            number,
            role: if conditions.is_empty() { Role::Anchor } else { Role::Recommendation },
            anchor_number: 0,
            anchor_id: TrackId::parse("a").unwrap(),
            track_id: TrackId::parse("b").unwrap(),
            position: 1,
            sources: conditions.iter().map(source).collect(),
        }
    }

    fn listener(preference: &str) -> Listener {
        Listener::new(preference.parse().unwrap(), Seed(4))
    }

    #[test]
    fn taste_is_what_was_asked_for() {
        let listener = listener("audio:0.9, random:0.1,anchor:0.5,slip:0.25");
        let design = Preset::Default.design();
        for (conditions, expected) in [
            (&[Condition::Audio][..], 0.9),
            (&[Condition::Random], 0.1),
            (&[], 0.5),
            (&[Condition::Audio, Condition::Random], 0.5),
            (&[Condition::Multimodal], 0.6),
        ] {
            let answers = (0..4_000).map(|n| listener.answer(&trial(n, conditions), &design));
            let answers: Vec<SimulatedAnswer> = answers.collect();
            let liked = answers.iter().filter(|answer| answer.response == 1).count() as f64 / 4e3;
            // Four standard deviations of a share of 4,000.
            let tolerance = 4.0 * (expected * (1.0 - expected) / 4e3f64).sqrt();
            assert!((liked - expected).abs() < tolerance, "{conditions:?}: {liked}");
            let slips = answers.iter().filter(|answer| !answer.slips.is_empty()).count() as f64;
            assert!((slips / 4e3 - 0.25).abs() < 0.028, "{slips}");
            assert!(answers.iter().all(|a| a.slips.iter().all(|at| *at < a.rt_millis)));
        }
    }

    #[test]
    fn certain_tastes_are_certain_on_every_scale() {
        for (scale, liked_from) in [(Scale::Like, 1), (Scale::Points5, 4), (Scale::Points7, 2)] {
            let mut design = Preset::Default.design();
            design.question.scale = scale;
            design.question.liked_from = liked_from;
            let mut seen = std::collections::BTreeSet::new();
            for n in 0..200 {
                let condition = if n % 2 == 0 { Condition::Audio } else { Condition::Random };
                let answer = listener("audio:1,random:0").answer(&trial(n, &[condition]), &design);
                assert_eq!(design.is_liked(answer.response), n % 2 == 0);
                seen.insert(answer.response);
            }
            assert_eq!(seen.into_iter().collect::<Vec<_>>(), scale.answers().collect::<Vec<_>>());
        }
    }

    #[test]
    fn reaction_times_are_skewed_and_never_too_soon() {
        let mut design = Preset::Default.design();
        design.answer.from_secs = 2.0;
        let listener = listener("");
        let mut times: Vec<u64> = (0..2_001)
            .map(|n| listener.answer(&trial(n, &[Condition::Audio]), &design).rt_millis)
            .collect();
        times.sort_unstable();
        let mean = times.iter().sum::<u64>() as f64 / times.len() as f64;
        assert!(times[0] >= 2_250);
        // Mean 1,800 + 1,500 with a standard deviation of 1,552; the median lies below.
        assert!((mean - 5_300.0).abs() < 140.0, "{mean}");
        assert!((times[1_000] as f64) < mean - 200.0);
    }

    #[test]
    fn the_same_seed_gives_the_same_answers_in_any_order() {
        let design = Preset::Default.design();
        let trials: Vec<PlannedTrial> = (0..20).map(|n| trial(n, &[Condition::Audio])).collect();
        let answer = |seed: u64, trial: &PlannedTrial| {
            Listener::new(Preference::default(), Seed(seed)).answer(trial, &design)
        };
        let forward: Vec<_> = trials.iter().map(|trial| answer(1, trial)).collect();
        let mut backward: Vec<_> = trials.iter().rev().map(|trial| answer(1, trial)).collect();
        backward.reverse();
        assert_eq!(forward, backward);
        assert_ne!(forward, trials.iter().map(|trial| answer(2, trial)).collect::<Vec<_>>());
        assert!(forward.iter().all(|answer| answer.familiar.is_none()));
    }

    #[test]
    fn errors_name_the_part() {
        for (text, expected) in [
            ("audio:0.5,hearing:1", "'hearing:1': expected anchor, audio"),
            ("audio:1.5", "'audio:1.5': expected a probability"),
            ("random:NaN", "'random:NaN': expected a probability"),
            ("audio", "'audio': expected NAME:PROBABILITY"),
        ] {
            let error = text.parse::<Preference>().unwrap_err().to_string();
            assert!(error.contains(expected), "{error}");
        }
        assert_eq!("".parse::<Preference>(), Ok(Preference::default()));
    }
}
