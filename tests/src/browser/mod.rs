//! Real browsers, steered by WebDriver: [`Browser`] is a headless Chromium that can also be crashed,
//! cut off and watched, [`Firefox`] a second one for the main path. Both are used through [`Page`].
//!
//! A browser begins as a participant's does: a fresh profile, sound only after a gesture, nothing
//! allowed. Tests that want it otherwise say so with [`Options`].

mod axe;
mod chromium;
mod conditions;
mod console;
mod fingers;
mod firefox;
mod foreign;
pub mod inject;
mod options;
mod page;
mod plays;
mod processes;

pub use axe::Violation;
pub use chromium::{Browser, Tab};
pub use conditions::{Memory, Network};
pub use console::Message;
pub use fingers::Finger;
pub use firefox::Firefox;
pub use options::{Autoplay, Options};
pub use page::Page;
pub use plays::{Play, Source};
