//! Each screen in a real browser, without a session behind it.

mod fake;
mod screens;
mod trials;
