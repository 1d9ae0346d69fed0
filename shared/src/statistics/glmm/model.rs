//! A mixed logistic model of answers: what is explained by what.

use std::collections::BTreeMap;

/// One answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Rating<'a> {
    /// Who answered.
    pub participant: &'a str,
    /// About which song.
    pub song: &'a str,
    /// Why the song was heard.
    pub condition: &'a str,
    /// Whether it was liked.
    pub liked: bool,
    /// Further explaining values, one for each name.
    pub covariates: Vec<f64>,
}

/// The names of a grouping's levels, and the level of each row.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Grouping {
    pub(super) names: Vec<String>,
    pub(super) of_row: Vec<u32>,
}

/// Answers and the terms that explain them.
///
/// In lme4's words `like ~ condition + covariates + (1 | participant) + (1 | song)`, and with slopes
/// `(1 + condition | participant)`. Conditions are coded by treatment contrasts: the term
/// `conditionaudio` is the logit of `audio` less that of the reference.
#[derive(Debug, Clone, PartialEq)]
pub struct MixedModel {
    pub(super) terms: Vec<String>,
    /// `[n, n_terms]`.
    pub(super) x: Vec<f64>,
    pub(super) liked: Vec<bool>,
    pub(super) participants: Grouping,
    pub(super) songs: Grouping,
    /// Terms whose effect differs between participants.
    pub(super) slopes: Vec<usize>,
    /// The reference, then the others in alphabetical order.
    pub(super) conditions: Vec<String>,
}

/// What explains the answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ModelOptions<'a> {
    /// The condition that the others are compared with.
    pub reference: &'a str,
    /// Names of the covariates.
    pub covariates: &'a [&'a str],
    /// Whether the conditions' effects differ between participants.
    pub has_slopes: bool,
}

impl MixedModel {
    /// The model of these answers.
    ///
    /// # Errors
    ///
    /// If there is no answer, the reference does not occur, there is only one condition, participant or
    /// song, or a condition was always or never liked: its effect is then infinite.
    ///
    /// # Panics
    ///
    /// If an answer has not one value for each covariate.
    pub fn new(ratings: &[Rating<'_>], options: ModelOptions<'_>) -> Result<Self, ModelError> {
        let conditions = ordered_conditions(ratings, options.reference)?;
        let of_condition = |name: &str| conditions.iter().position(|other| other == name);
        let names = conditions[1..].iter().map(|name| format!("condition{name}"));
        let mut terms = vec![INTERCEPT.to_owned()];
        terms.extend(names);
        terms.extend(options.covariates.iter().map(|name| (*name).to_owned()));
        let mut x = Vec::with_capacity(ratings.len() * terms.len());
        for rating in ratings {
            assert_eq!(rating.covariates.len(), options.covariates.len(), "one value a covariate");
            let at = of_condition(rating.condition);
            x.push(1.0);
            x.extend((1..conditions.len()).map(|level| f64::from(u8::from(at == Some(level)))));
            x.extend(&rating.covariates);
        }
        let slopes = if options.has_slopes { (1..conditions.len()).collect() } else { Vec::new() };
        let model = Self {
            terms,
            x,
            liked: ratings.iter().map(|rating| rating.liked).collect(),
            participants: grouping(ratings.iter().map(|rating| rating.participant)),
            songs: grouping(ratings.iter().map(|rating| rating.song)),
            slopes,
            conditions,
        };
        model.check(ratings)?;
        Ok(model)
    }

    fn check(&self, ratings: &[Rating<'_>]) -> Result<(), ModelError> {
        for (grouping, n) in
            [("participant", self.participants.names.len()), ("song", self.songs.names.len())]
        {
            if n < 2 {
                return Err(ModelError::OneLevel { grouping });
            }
        }
        for condition in &self.conditions {
            let own = ratings.iter().filter(|rating| rating.condition == condition);
            let (n, n_liked) =
                own.fold((0, 0), |(n, liked), rating| (n + 1, liked + usize::from(rating.liked)));
            if n_liked == 0 || n_liked == n {
                let condition = condition.clone();
                return Err(ModelError::Separated { condition, all_liked: n_liked > 0, n });
            }
        }
        Ok(())
    }

    /// Number of answers.
    pub fn n_rows(&self) -> usize {
        self.liked.len()
    }

    /// Names of the fixed effects, in order.
    pub fn terms(&self) -> &[String] {
        &self.terms
    }

    /// The conditions, the reference first.
    pub fn conditions(&self) -> &[String] {
        &self.conditions
    }

    /// The values of the terms in a row.
    pub(super) fn row(&self, row: usize) -> &[f64] {
        &self.x[row * self.terms.len()..][..self.terms.len()]
    }
}

/// The name of the first term, as in R.
pub const INTERCEPT: &str = "(Intercept)";

fn ordered_conditions(ratings: &[Rating<'_>], reference: &str) -> Result<Vec<String>, ModelError> {
    if ratings.is_empty() {
        return Err(ModelError::Empty);
    }
    let mut found: Vec<&str> = Vec::new();
    for rating in ratings {
        if !found.contains(&rating.condition) {
            found.push(rating.condition);
        }
    }
    found.sort_unstable();
    let owned = |names: &[&str]| names.iter().map(|name| (*name).to_owned()).collect::<Vec<_>>();
    if !found.contains(&reference) {
        let reference = reference.to_owned();
        return Err(ModelError::NoReference { reference, found: owned(&found) });
    }
    if found.len() < 2 {
        return Err(ModelError::OneLevel { grouping: "condition" });
    }
    found.retain(|name| *name != reference);
    found.insert(0, reference);
    Ok(owned(&found))
}

fn grouping<'a>(names: impl Iterator<Item = &'a str>) -> Grouping {
    let mut numbers: BTreeMap<&str, u32> = BTreeMap::new();
    let mut grouping = Grouping::default();
    for name in names {
        let next = numbers.len() as u32;
        let number = *numbers.entry(name).or_insert(next);
        if number == next && grouping.names.len() == next as usize {
            grouping.names.push(name.to_owned());
        }
        grouping.of_row.push(number);
    }
    grouping
}

/// Why there is no such model.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ModelError {
    /// No answer.
    #[error("there is no answer to fit a model to")]
    Empty,
    /// The reference does not occur.
    #[error("no answer has the condition '{reference}'; there are {}", found.join(", "))]
    NoReference {
        /// The reference.
        reference: String,
        /// The conditions that there are.
        found: Vec<String>,
    },
    /// Nothing to compare.
    #[error(
        "all answers have the same {grouping}: a mixed model needs at least two{}",
        if *grouping == "participant" { "; for one participant use tests of proportions" } else { "" }
    )]
    OneLevel {
        /// participant, song or condition.
        grouping: &'static str,
    },
    /// An infinite effect.
    #[error(
        "the condition '{condition}' was {} liked ({n} answers): its effect in a logistic model is \
         infinite (complete separation); compare shares, or leave the condition out",
        if *all_liked { "always" } else { "never" }
    )]
    Separated {
        /// The condition.
        condition: String,
        /// Always, or never.
        all_liked: bool,
        /// Number of its answers.
        n: usize,
    },
}
