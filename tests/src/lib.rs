//! End-to-end tests: the programs as people run them, the website as people see it.
//!
//! Here is what the tests need; they themselves stand in `tests/`. [`programs`] finds what was built
//! and starts it, [`runs`] runs `segue` to its end, [`demo`] makes a small demo with it. [`website`] is a copy of the website with a bundle,
//! [`study_bundle`] a bundle with sound. [`browser`] opens it as somebody would, [`session`] takes part
//! in its study. [`static_host`] and [`fake_server`] are the machines around it, which fail as a test
//! wants. [`exported_csv`] reads what comes out.

pub mod browser;
pub mod demo;
pub mod exported_csv;
pub mod fake_server;
pub mod http;
pub mod programs;
pub mod runs;
pub mod session;
pub mod static_host;
pub mod study_bundle;
pub mod tone;
pub mod website;
