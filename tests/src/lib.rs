//! End-to-end tests: the programs as people run them, the website as people see it.
//!
//! [`programs`] finds what was built and starts it, [`runs`] runs `segue` to its end; the tests
//! themselves stand in `tests/`.

pub mod programs;
pub mod runs;
