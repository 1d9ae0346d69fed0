//! People of whom a study could be made: how much they like what, and how far they differ.

use crate::random::{Seed, Stream};
use crate::recommend::Condition;
use crate::statistics::special::{logistic, logit};
use crate::study::{PlannedTrial, Role};
use std::collections::BTreeMap;
use std::str::FromStr;

/// A population of listeners.
///
/// A song is liked with a probability whose logit is that of its condition (or of anchors), plus the
/// listener's own leaning, the listener's own leaning to the condition, the song's quality, the effect
/// of its place after the anchor, and that of its being known.
///
/// As text: parts `NAME:VALUE` joined by commas, as in `audio:0.5,multimodal:0.7,sd-song:0.8`; what is
/// not named keeps its default. Names are those of the conditions, and those of [`Population::NAMES`].
#[derive(Debug, Clone, PartialEq)]
pub struct Population {
    /// The probability that an average listener likes an average song of a condition.
    pub by_condition: BTreeMap<Condition, f64>,
    /// The same for anchors and practice.
    pub anchor: f64,
    /// How far listeners differ: standard deviation on the logit scale.
    pub sd_participant: f64,
    /// How far songs differ: standard deviation on the logit scale.
    pub sd_song: f64,
    /// How far listeners differ in what each condition does to them: standard deviation on the logit scale.
    pub sd_condition: f64,
    /// What each place further from the anchor adds, on the logit scale.
    pub position_effect: f64,
    /// The probability that a song is known.
    pub familiar: f64,
    /// What knowing a song adds, on the logit scale.
    pub familiar_effect: f64,
    /// The probability that a trial has a key that means nothing.
    pub slip: f64,
    /// The probability that a trial is answered at once, by chance, before anything can be heard.
    pub careless: f64,
    /// The probability that the page loses the focus in a trial.
    pub focus_loss: f64,
    /// The probability of leaving for good after each block.
    pub drop_out: f64,
}

impl Default for Population {
    /// About the shares of the thesis, with the spread of people and songs that listening studies
    /// find, and some carelessness.
    fn default() -> Self {
        let by_condition = [
            (Condition::Audio, 0.55),
            (Condition::Multimodal, 0.6),
            (Condition::Lyrics, 0.5),
            (Condition::Random, 0.4),
            (Condition::Genre, 0.45),
        ];
        Self {
            by_condition: by_condition.into(),
            anchor: 0.5,
            sd_participant: 0.7,
            sd_song: 0.6,
            sd_condition: 0.2,
            position_effect: -0.05,
            familiar: 0.2,
            familiar_effect: 0.5,
            slip: 0.01,
            careless: 0.01,
            focus_loss: 0.005,
            drop_out: 0.005,
        }
    }
}

impl Population {
    /// The names of the text form, beside the conditions.
    pub const NAMES: [&'static str; 11] = [
        "anchor",
        "sd-participant",
        "sd-song",
        "sd-condition",
        "position-effect",
        "familiar",
        "familiar-effect",
        "slip",
        "careless",
        "focus-loss",
        "drop-out",
    ];

    /// The same people, to whom all conditions are alike (as liked as the control `as_liked_as`): what a
    /// test finds among them is false.
    pub fn without_effect(&self, as_liked_as: Condition) -> Self {
        let share = self.by_condition[&as_liked_as];
        let by_condition = self.by_condition.keys().map(|condition| (*condition, share)).collect();
        Self { by_condition, ..self.clone() }
    }

    /// The value of that name.
    fn value(&mut self, name: &str) -> Option<&mut f64> {
        Some(match name {
            "anchor" => &mut self.anchor,
            "sd-participant" => &mut self.sd_participant,
            "sd-song" => &mut self.sd_song,
            "sd-condition" => &mut self.sd_condition,
            "position-effect" => &mut self.position_effect,
            "familiar" => &mut self.familiar,
            "familiar-effect" => &mut self.familiar_effect,
            "slip" => &mut self.slip,
            "careless" => &mut self.careless,
            "focus-loss" => &mut self.focus_loss,
            "drop-out" => &mut self.drop_out,
            name => self.by_condition.get_mut(&Condition::from_name(name)?)?,
        })
    }
}

impl FromStr for Population {
    type Err = PopulationError;

    fn from_str(text: &str) -> Result<Self, PopulationError> {
        let mut population = Self::default();
        for part in text.split(',').map(str::trim).filter(|part| !part.is_empty()) {
            let error = |expected| PopulationError { part: part.to_owned(), expected };
            let (name, value) = part.split_once(':').ok_or_else(|| error("NAME:VALUE"))?;
            let (name, value) = (name.trim(), value.trim().parse::<f64>().ok());
            let is_condition = Condition::from_name(name).is_some() || name == "anchor";
            let (fits, expected): (fn(f64) -> bool, _) = if is_condition {
                (|v| 0.0 < v && v < 1.0, "a probability between 0 and 1")
            } else if name.starts_with("sd-") {
                (|v| (0.0..=10.0).contains(&v), "a standard deviation from 0 to 10")
            } else if name.ends_with("-effect") {
                (|v| (-10.0..=10.0).contains(&v), "an effect on the logit scale from -10 to 10")
            } else {
                (|v| (0.0..=1.0).contains(&v), "a probability from 0 to 1")
            };
            let names = "a condition, anchor, sd-participant, sd-song, sd-condition, position-effect, \
                         familiar, familiar-effect, slip, careless, focus-loss or drop-out";
            let target = population.value(name).ok_or_else(|| error(names))?;
            *target = value.filter(|value| fits(*value)).ok_or_else(|| error(expected))?;
        }
        Ok(population)
    }
}

/// A part of a population that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("population '{part}': expected {expected}")]
pub struct PopulationError {
    /// The part.
    pub part: String,
    /// What it takes.
    pub expected: &'static str,
}

/// One listener of a population.
#[derive(Debug, Clone, PartialEq)]
pub struct Taste {
    population: Population,
    leaning: f64,
    to_condition: BTreeMap<Condition, f64>,
}

impl Taste {
    /// A listener drawn from a population.
    pub fn draw(population: &Population, stream: &mut Stream) -> Self {
        let leaning = stream.normal(0.0, population.sd_participant);
        let conditions = population.by_condition.keys();
        let to_condition =
            conditions.map(|c| (*c, stream.normal(0.0, population.sd_condition))).collect();
        Self { population: population.clone(), leaning, to_condition }
    }

    /// The population.
    pub fn population(&self) -> &Population {
        &self.population
    }

    /// How probably the song of a trial is liked. Where two conditions chose it, the mean of their
    /// logits counts.
    pub fn probability(&self, trial: &PlannedTrial, quality: f64, familiar: bool) -> f64 {
        let population = &self.population;
        let own = match trial.role {
            Role::Practice | Role::Anchor => logit(population.anchor),
            Role::Recommendation => {
                let of = |condition: &Condition| {
                    logit(population.by_condition[condition]) + self.to_condition[condition]
                };
                let logits = trial.sources.iter().map(|source| of(&source.condition));
                logits.sum::<f64>() / trial.sources.len() as f64
                    + population.position_effect * (f64::from(trial.position) - 2.0)
            }
        };
        // Less its mean, so that the conditions' probabilities are those of an averagely known song.
        let known = f64::from(u8::from(familiar)) - population.familiar;
        logistic(own + self.leaning + quality + population.familiar_effect * known)
    }
}

/// The quality of each of `n` songs, drawn by seed.
pub(super) fn qualities(population: &Population, n: usize, seed: Seed) -> Vec<f64> {
    let mut stream = seed.stream("simulate/songs");
    (0..n).map(|_| stream.normal(0.0, population.sd_song)).collect()
}
