//! Ctrl-C: long commands end at the next safe place instead of in the middle of their work.

use std::sync::OnceLock;
use std::sync::atomic::{AtomicBool, Ordering};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);

/// The sign that Ctrl-C was pressed (or that the program was asked to end).
///
/// The first call sets it up for the whole program; a second Ctrl-C ends the program at once, which is
/// safe too, since all files are written atomically.
pub fn watch() -> &'static AtomicBool {
    static WATCHING: OnceLock<()> = OnceLock::new();
    WATCHING.get_or_init(|| {
        // Without the handler Ctrl-C ends the program at once, which costs no finished work.
        if let Err(error) = ctrlc::set_handler(on_interrupt) {
            log::warn!("Ctrl-C can't be caught: {error}");
        }
    });
    &INTERRUPTED
}

fn on_interrupt() {
    if INTERRUPTED.swap(true, Ordering::SeqCst) {
        std::process::exit(130);
    }
}
