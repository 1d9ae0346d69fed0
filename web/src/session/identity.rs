//! Who takes part: a name that says nothing of the person.

use crate::platform::address::Parameters;
use crate::platform::random::random_id;
use shared::hash::sha256_hex;
use shared::study::Mode;

/// Parameters by which recruitment services, and researchers, name a participant.
const NAMES: [&str; 7] =
    ["PROLIFIC_PID", "workerId", "sona_id", "survey_code", "id", "p_id", "participant"];

/// Who takes part.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Identity {
    /// 16 hexadecimal digits.
    pub(crate) participant: String,
    /// Whether the address names the participant, so that the same person gets the same digits.
    pub(crate) is_named: bool,
}

impl Identity {
    /// A hash of the study and the name in the address, so that the name itself does not stand in
    /// each row of the data; a random one where the address names nobody. Nothing secret goes into the
    /// hash, so a short name can be found by trying.
    pub(crate) fn of(parameters: &Parameters, study_id: &str) -> Self {
        let name = NAMES.iter().find_map(|name| Some((name, parameters.get(name)?)));
        match name.filter(|(_, value)| !value.is_empty()) {
            Some((_, value)) => {
                let hash = sha256_hex(format!("{study_id}\n{value}").as_bytes());
                Self { participant: hash[..16].to_owned(), is_named: true }
            }
            None => Self { participant: random_id(), is_named: false },
        }
    }
}

/// Why the session is run, by the address; someone sent by a recruitment service takes part.
pub(crate) fn mode(parameters: &Parameters) -> Mode {
    match parameters.mode() {
        Some("pilot") => Mode::Pilot,
        Some("demo") => Mode::Demo,
        Some("sim") => Mode::Sim,
        _ => Mode::Live,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test]
    fn named_participants_keep_their_digits_and_differ_by_study() {
        let parameters = Parameters::parse("?PROLIFIC_PID=5f1", "");
        let of = |study| Identity::of(&parameters, study);
        assert_eq!(of("a"), of("a"));
        assert_ne!(of("a"), of("b"));
        assert!(of("a").is_named && !of("a").participant.contains("5f1"));
        let nobody = Parameters::parse("?PROLIFIC_PID=&x=1", "");
        assert!(!Identity::of(&nobody, "a").is_named);
        assert_ne!(Identity::of(&nobody, "a"), Identity::of(&nobody, "a"));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn unknown_modes_are_live() {
        let mode_of = |search| mode(&Parameters::parse(search, ""));
        assert_eq!(mode_of("?mode=sim"), Mode::Sim);
        assert_eq!(mode_of("?mode=pilot"), Mode::Pilot);
        assert_eq!(mode_of("?mode=anything"), Mode::Live);
        assert_eq!(mode_of(""), Mode::Live);
    }
}
