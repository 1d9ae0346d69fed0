//! `segue train` as a command line of its own, for tests of its options.

use super::Args;
use clap::Parser;

#[derive(Debug, Parser)]
#[command(name = "train")]
pub(super) struct Line {
    #[command(flatten)]
    pub(super) args: Args,
}
