//! Reading `study.json` and saying what is wrong with it, by the path of the field.

use super::{FORMAT, Localized, SCHEMA_VERSION, Scale, Send, StudyDesign};
use crate::json;
use crate::recommend::Condition;
use serde_json::Value;
use std::fmt;

/// More than any session has; larger numbers are slips of the pen.
const MAX_TRIALS: u32 = 100_000;

impl StudyDesign {
    /// Reads and checks `study.json`. The version is looked at before anything else. A byte order mark, as
    /// some editors write it, is passed over here; it belongs to the bytes that are hashed.
    ///
    /// # Errors
    ///
    /// If it is not UTF-8, no study, of a newer schema, if a field is missing, unknown or of another type (the
    /// first one, with its path), or if values do not fit (all of them).
    pub fn from_json(bytes: &[u8]) -> Result<Self, DesignError> {
        let text = std::str::from_utf8(bytes).map_err(|_| DesignError::NotUtf8)?;
        let text = text.strip_prefix('\u{feff}').unwrap_or(text);
        // Text of 16 bits a letter without a byte order mark is UTF-8 with zeros in it.
        if text.contains('\0') {
            return Err(DesignError::NotUtf8);
        }
        let value: Value = serde_json::from_str(text).map_err(DesignError::NotJson)?;
        if value.get("format").and_then(Value::as_str) != Some(FORMAT) {
            return Err(DesignError::NotAStudy);
        }
        let found = value.get("schema_version").and_then(Value::as_u64);
        let found = found.ok_or(DesignError::NotAStudy)?;
        if found > u64::from(SCHEMA_VERSION) {
            return Err(DesignError::NewerSchema { found });
        }
        let design: Self = json::from_value(&value).map_err(|error| DesignError::WrongField {
            path: error.path(),
            source: error.into_reason(),
        })?;
        let faults = design.faults();
        if faults.is_empty() { Ok(design) } else { Err(DesignError::Faults(faults)) }
    }

    /// `study.json`, for people too: indented, fields in a fixed order, a line break at the end.
    pub fn to_json(&self) -> Vec<u8> {
        let mut json = serde_json::to_vec_pretty(self).expect("texts, numbers and lists are JSON");
        json.push(b'\n');
        json
    }

    /// Everything that does not fit, in the order of the fields; nothing where the design is sound.
    pub fn faults(&self) -> Vec<DesignFault> {
        let mut faults = Faults::default();
        self.check_names(&mut faults);
        self.check_texts(&mut faults);
        self.check_conditions(&mut faults);
        self.check_trials(&mut faults);
        self.check_data(&mut faults);
        faults.0
    }

    /// The recommenders that no table serves.
    pub fn without_table(&self, has_table: impl Fn(Condition) -> bool) -> Vec<Condition> {
        self.recommenders.iter().copied().filter(|condition| !has_table(*condition)).collect()
    }

    fn check_names(&self, faults: &mut Faults) {
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-';
        let id = &self.study_id;
        let is_id = (1..=32).contains(&id.len()) && id.chars().all(fits);
        faults.unless(is_id, "study_id", "1 to 32 lower-case letters, digits and -", id);
        faults.unless(!self.languages.is_empty(), "languages", "one language at least", "none");
        for (at, language) in self.languages.iter().enumerate() {
            let is_code = (2..=3).contains(&language.len())
                && language.chars().all(|c| c.is_ascii_lowercase());
            let path = format!("languages[{at}]");
            faults.unless(is_code, &path, "a code of two or three lower-case letters", language);
            let first = self.languages.iter().position(|other| other == language) == Some(at);
            faults.unless(first, &path, "each language once", language);
        }
    }

    fn check_texts(&self, faults: &mut Faults) {
        let texts = [
            ("title", Some(&self.title)),
            ("texts.welcome", Some(&self.texts.welcome)),
            ("texts.consent", Some(&self.texts.consent)),
            ("texts.debrief", Some(&self.texts.debrief)),
            ("question.prompt", self.question.prompt.as_ref()),
        ];
        for (path, text) in texts {
            if let Some(text) = text {
                self.check_text(path, text, faults);
            }
        }
    }

    /// Each offered language has a text, and no other.
    fn check_text(&self, path: &str, text: &Localized, faults: &mut Faults) {
        for language in &self.languages {
            let there = text.0.get(language).is_some_and(|text| !text.trim().is_empty());
            faults.unless(there, &format!("{path}.{language}"), "a text", "nothing");
        }
        for language in text.0.keys().filter(|language| !self.languages.contains(language)) {
            let path = format!("{path}.{language}");
            faults.unless(false, &path, "only languages that 'languages' lists", language);
        }
    }

    fn check_conditions(&self, faults: &mut Faults) {
        let recommenders = &self.recommenders;
        let expected = "one to three of audio, multimodal, lyrics, each once";
        faults.unless(!recommenders.is_empty(), "recommenders", expected, "none");
        for (at, condition) in recommenders.iter().enumerate() {
            let first = recommenders.iter().position(|other| other == condition) == Some(at);
            let path = format!("recommenders[{at}]");
            faults.unless(first && condition.needs_embeddings(), &path, expected, condition);
        }
    }

    fn check_trials(&self, faults: &mut Faults) {
        let stop = self.stop;
        let limits = [
            ("stop.liked_anchors", stop.liked_anchors),
            ("stop.anchors", stop.anchors),
            ("stop.minutes", stop.minutes),
            ("breaks.every_trials", self.breaks.map(|breaks| breaks.every_trials)),
            ("checks.headphones.trials", self.checks.headphones.map(|check| check.trials)),
            ("resume_hours", Some(self.resume_hours)),
        ];
        for (path, limit) in limits {
            let fits = limit.is_none_or(|limit| (1..=MAX_TRIALS).contains(&limit));
            faults.unless(
                fits,
                path,
                "1 to 100000, or null where the field may be left out",
                limit.unwrap_or(0),
            );
        }
        let practice = self.practice_trials;
        faults.unless(practice <= 20, "practice_trials", "0 to 20", practice);
        let seconds = self.clip.seconds;
        faults.unless((0.5..=600.0).contains(&seconds), "clip.seconds", "0.5 to 600", seconds);
        let fade = self.clip.fade_millis;
        let fits = f64::from(fade) <= seconds * 500.0;
        faults.unless(fits, "clip.fade_millis", "half the clip at most", fade);
        let from = self.answer.from_secs;
        let fits = (0.0..=seconds).contains(&from);
        faults.unless(fits, "answer.from_secs", "0 to the length of the clip", from);
        self.check_question(faults);
        if let Some(check) = self.checks.headphones {
            let fits = check.pass_from <= check.trials;
            let (path, expected) = ("checks.headphones.pass_from", "the number of trials at most");
            faults.unless(fits, path, expected, check.pass_from);
        }
    }

    fn check_question(&self, faults: &mut Faults) {
        let (scale, from) = (self.question.scale, self.question.liked_from);
        let lowest = *scale.answers().start() + 1;
        let fits = (lowest..=*scale.answers().end()).contains(&from);
        let expected = match scale {
            Scale::Like => "1 with the scale like",
            Scale::Points5 => "2 to 5 with the scale points5",
            Scale::Points7 => "2 to 7 with the scale points7",
        };
        faults.unless(fits, "question.liked_from", expected, from);
    }

    fn check_data(&self, faults: &mut Faults) {
        let is_address = |url: &str| {
            let local = ["http://localhost", "http://127.0.0.1"];
            url.starts_with("https://") || local.iter().any(|host| url.starts_with(host))
        };
        let address = "an address that begins with https:// (or http://localhost to try it out)";
        match &self.data.send {
            Some(Send::Datapipe { experiment_id, url }) => {
                let fits = !experiment_id.is_empty()
                    && experiment_id.chars().all(|c| c.is_ascii_alphanumeric());
                let path = "data.send.experiment_id";
                faults.unless(
                    fits,
                    path,
                    "the letters and digits that DataPipe shows",
                    experiment_id,
                );
                faults.unless(is_address(url), "data.send.url", address, url);
            }
            Some(Send::Post { url }) => {
                faults.unless(is_address(url), "data.send.url", address, url);
            }
            Some(Send::Jatos) | None => {}
        }
        if let Some(link) = &self.completion.link {
            faults.unless(is_address(link), "completion.link", address, link);
        }
    }
}

/// Collects what does not fit.
#[derive(Default)]
struct Faults(Vec<DesignFault>);

impl Faults {
    fn unless(&mut self, fits: bool, path: &str, expected: &'static str, got: impl fmt::Display) {
        if !fits {
            self.0.push(DesignFault { path: path.to_owned(), expected, got: got.to_string() });
        }
    }
}

/// A value that does not fit.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("'{path}': expected {expected}, got '{got}'")]
pub struct DesignFault {
    /// The field, as in `texts.consent.en`.
    pub path: String,
    /// What it takes.
    pub expected: &'static str,
    /// What stands there.
    pub got: String,
}

/// What can be wrong with `study.json`.
#[derive(Debug, thiserror::Error)]
pub enum DesignError {
    /// Another encoding.
    #[error("study.json is not UTF-8; save it as UTF-8")]
    NotUtf8,
    /// Not JSON.
    #[error("study.json is no JSON")]
    NotJson(#[source] serde_json::Error),
    /// JSON of something else.
    #[error(
        "study.json is not the design of a study: expected \"format\": \"segue-study\" and a \
         \"schema_version\""
    )]
    NotAStudy,
    /// A design of a later version.
    #[error(
        "study.json was made by a newer Segue (schema {found}), this one reads up to \
         {SCHEMA_VERSION}: update"
    )]
    NewerSchema {
        /// Its version.
        found: u64,
    },
    /// A field that is missing, unknown, or of another type.
    #[error("study.json, field '{path}'")]
    WrongField {
        /// Where it stands; of a missing field the object that lacks it.
        path: String,
        /// What is wrong.
        #[source]
        source: serde_json::Error,
    },
    /// Values that do not fit.
    #[error("study.json: {}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("; "))]
    Faults(Vec<DesignFault>),
}
