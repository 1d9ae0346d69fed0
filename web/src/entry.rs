//! Who comes: a researcher who looks, or a participant who takes part.

/// The ids that recruitment services add to an address; none of them sends a researcher.
const RECRUITMENT: [&str; 6] =
    ["PROLIFIC_PID", "workerId", "assignmentId", "sona_id", "id", "survey_code"];

/// Whose pages are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Entry {
    /// What is in the bundle, the study, and links to it.
    Researcher,
    /// A session.
    Participant,
}

impl Entry {
    /// Decides by the parameters of the page's address: `mode` where it is one of ours, else
    /// whether a recruitment service sent someone. The bare address is the researcher's.
    pub(crate) fn of<'a>(parameters: impl IntoIterator<Item = (&'a str, &'a str)>) -> Self {
        let mut is_recruited = false;
        for (name, value) in parameters {
            match (name, value) {
                ("mode", "researcher" | "explore" | "design" | "results") => {
                    return Self::Researcher;
                }
                ("mode", "live" | "pilot" | "demo" | "sim") => return Self::Participant,
                _ => is_recruited |= RECRUITMENT.contains(&name),
            }
        }
        if is_recruited { Self::Participant } else { Self::Researcher }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn the_bare_address_and_unknown_modes_are_the_researchers() {
        assert_eq!(Entry::of([]), Entry::Researcher);
        assert_eq!(Entry::of([("mode", "researcher")]), Entry::Researcher);
        assert_eq!(Entry::of([("mode", "party"), ("utm_source", "x")]), Entry::Researcher);
        assert_eq!(Entry::of([("seed", "1")]), Entry::Researcher);
        assert_eq!(Entry::of([("PROLIFIC_PID", "5f"), ("mode", "researcher")]), Entry::Researcher);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn modes_and_recruitment_lead_to_a_session() {
        for mode in ["live", "pilot", "demo", "sim"] {
            assert_eq!(Entry::of([("lang", "nl"), ("mode", mode)]), Entry::Participant, "{mode}");
        }
        for name in RECRUITMENT {
            assert_eq!(Entry::of([(name, "17")]), Entry::Participant, "{name}");
        }
    }
}
