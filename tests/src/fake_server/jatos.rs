//! `jatos.js`, as a JATOS server puts it beside a study.

/// A small imitation of JATOS's client, which talks to a [`super::FakeService`] at this origin; an
/// empty one is the page's own. For [`crate::website::Website::add_file`].
pub fn jatos_js(origin: &str) -> Vec<u8> {
    include_str!("jatos.js").replace("ORIGIN", origin).into_bytes()
}
