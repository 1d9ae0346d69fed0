//! What the page's address says: the parameters that recruitment services and researchers add.
//!
//! They may stand before the `#` (`?PROLIFIC_PID=..`) or behind it (`#/start?PROLIFIC_PID=..`);
//! services differ, so both are read, the former first. Whatever is not ours is kept word for word.

use super::page::{document, window};

/// The parameters that mean something to this page.
const OURS: [&str; 7] = ["mode", "seed", "lang", "config", "resume", "preference", "device"];

/// The parameter by which a researcher names a participant.
const NAME: &str = "participant";

/// The parameters of an address, in their order.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Parameters {
    pairs: Vec<(String, String)>,
}

impl Parameters {
    /// Those of the page's own address.
    pub(crate) fn of_page() -> Self {
        let location = window().location();
        let part = |part: Result<String, _>| part.unwrap_or_default();
        Self::parse(&part(location.search()), &part(location.hash()))
    }

    /// From `?a=1&b` and `#/path?c=2`.
    pub(crate) fn parse(search: &str, hash: &str) -> Self {
        let search = search.strip_prefix('?').unwrap_or(search);
        let hash = hash.split_once('?').map_or("", |(_, query)| query);
        let texts = search.split('&').chain(hash.split('&')).filter(|text| !text.is_empty());
        let pair = |text: &str| {
            let (name, value) = text.split_once('=').unwrap_or((text, ""));
            (decode(name), decode(value))
        };
        Self { pairs: texts.map(pair).collect() }
    }

    /// All of them, in their order.
    pub(crate) fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The first value of that name.
    pub(crate) fn get(&self, name: &str) -> Option<&str> {
        self.pairs.iter().find(|(found, _)| found == name).map(|(_, value)| value.as_str())
    }

    /// `mode`: how the page is used.
    pub(crate) fn mode(&self) -> Option<&str> {
        self.get("mode")
    }

    /// `seed`.
    ///
    /// # Errors
    ///
    /// If it is no whole number below 2^53: a session must not silently run with another.
    pub(crate) fn seed(&self) -> Result<Option<u64>, AddressError> {
        let Some(text) = self.get("seed") else { return Ok(None) };
        let wrong = || AddressError::Seed { found: text.to_owned() };
        let seed = text.parse::<u64>().ok().filter(|seed| *seed < 1 << 53).ok_or_else(wrong)?;
        Ok(Some(seed))
    }

    /// `lang`: the language asked for.
    pub(crate) fn lang(&self) -> Option<&str> {
        self.get("lang")
    }

    /// `config`: another study file.
    pub(crate) fn config(&self) -> Option<&str> {
        self.get("config")
    }

    /// `resume`: whether an unfinished session goes on; only `0` says no.
    pub(crate) fn resume(&self) -> bool {
        self.get("resume") != Some("0")
    }

    /// `preference`: the taste of a simulated listener.
    pub(crate) fn preference(&self) -> Option<&str> {
        self.get("preference")
    }

    /// `device`: where networks are to run.
    pub(crate) fn device(&self) -> Option<&str> {
        self.get("device")
    }

    /// Every parameter that is not ours, in order.
    pub(crate) fn others(&self) -> impl Iterator<Item = (&str, &str)> {
        let pairs = self.pairs.iter().filter(|(name, _)| !OURS.contains(&name.as_str()));
        pairs.map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Those of [`Self::others`] that may stand in the data: all but what a researcher calls the
    /// participant, of which only a hash is kept. What recruitment services add stays, since people
    /// are paid by it.
    pub(crate) fn recorded(&self) -> impl Iterator<Item = (&str, &str)> {
        self.others().filter(|(name, _)| *name != NAME)
    }
}

/// Where the page stands: its address up to and with the last `/` of the path.
pub(crate) fn page_base() -> String {
    let address = document().base_uri().ok().flatten();
    folder_of(&address.unwrap_or_default()).to_owned()
}

/// The folder of the page on its host, as `/study-1/`: what tells one website from another that has the
/// same storage.
pub(crate) fn page_folder() -> String {
    folder_of(&window().location().pathname().unwrap_or_default()).to_owned()
}

fn folder_of(address: &str) -> &str {
    let path = &address[..address.find(['?', '#']).unwrap_or(address.len())];
    &path[..path.rfind('/').map_or(0, |slash| slash + 1)]
}

/// Turns `+` into a space and `%41` into `A`; what is no such code stays as it is.
fn decode(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, tail @ ..] = rest {
        let code = tail.get(..2).filter(|_| *first == b'%').and_then(byte_of);
        rest = if code.is_some() { &tail[2..] } else { tail };
        bytes.push(code.unwrap_or(if *first == b'+' { b' ' } else { *first }));
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

fn byte_of(digits: &[u8]) -> Option<u8> {
    let digit = |at: usize| char::from(digits[at]).to_digit(16);
    u8::try_from(digit(0)? * 16 + digit(1)?).ok()
}

/// What can be wrong with the page's address.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum AddressError {
    /// A seed that is none.
    #[error("the address says seed={found}: expected a whole number below 2^53")]
    Seed { found: String },
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn both_parts_are_read_in_order_and_foreign_ones_kept() {
        let parameters = Parameters::parse(
            "?PROLIFIC_PID=5f%2Bx&mode=pilot&empty=&flag&name=a+b%20c&mode=live",
            "#/start?SESSION_ID=%C3%A9&seed=42&resume=0",
        );
        assert_eq!(parameters.mode(), Some("pilot"));
        assert_eq!(parameters.seed(), Ok(Some(42)));
        assert!(!parameters.resume());
        assert_eq!(parameters.lang(), None);
        let others: Vec<_> = parameters.others().collect();
        let expected = [
            ("PROLIFIC_PID", "5f+x"),
            ("empty", ""),
            ("flag", ""),
            ("name", "a b c"),
            ("SESSION_ID", "é"),
        ];
        assert_eq!(others, expected);
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_name_of_a_participant_is_not_recorded_but_what_services_add_is() {
        let parameters = Parameters::parse("?participant=Ada&PROLIFIC_PID=5f&mode=live&id=7", "");
        let recorded: Vec<_> = parameters.recorded().collect();
        assert_eq!(recorded, [("PROLIFIC_PID", "5f"), ("id", "7")]);
        assert_eq!(parameters.others().next(), Some(("participant", "Ada")), "links may name it");
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn odd_addresses_break_nothing() {
        assert_eq!(Parameters::parse("", "#content"), Parameters::default());
        assert!(Parameters::parse("", "").resume());
        let odd = Parameters::parse("?a=%&b=%4&c=%zz&d=%ff&&=x&lang", "#?");
        assert_eq!(
            ["a", "b", "c", "d", "", "lang"].map(|name| odd.get(name).unwrap()),
            ["%", "%4", "%zz", "\u{fffd}", "x", ""]
        );
        for seed in ["x", "-1", "1.5", "9007199254740992", ""] {
            let error = Parameters::parse(&format!("?seed={seed}"), "").seed().unwrap_err();
            assert!(error.to_string().contains(&format!("seed={seed}:")), "{error}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn the_base_is_the_folder_of_the_page() {
        let base = "https://lab.example/study-1/";
        for address in ["", "index.html", "?a=/b", "index.html?x#/y/z", "#/start"] {
            assert_eq!(folder_of(&format!("{base}{address}")), base);
        }
        for (path, folder) in [("/", "/"), ("/study-1/", "/study-1/"), ("/a/index.html", "/a/")] {
            assert_eq!(folder_of(path), folder);
        }
    }
}
