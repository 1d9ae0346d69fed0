//! Ctrl-C: long commands end at the next safe place instead of in the middle of their work.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

static INTERRUPTED: AtomicBool = AtomicBool::new(false);
static LISTENERS: Mutex<Vec<Listener>> = Mutex::new(Vec::new());

type Listener = Box<dyn Fn() + Send>;

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

/// Has `listener` called when Ctrl-C is pressed.
pub fn listen(listener: impl Fn() + Send + 'static) {
    watch();
    LISTENERS.lock().unwrap_or_else(PoisonError::into_inner).push(Box::new(listener));
}

/// Whether Ctrl-C was pressed.
pub fn is_asked() -> bool {
    INTERRUPTED.load(Ordering::SeqCst)
}

fn on_interrupt() {
    if INTERRUPTED.swap(true, Ordering::SeqCst) {
        std::process::exit(130);
    }
    for listener in LISTENERS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        listener();
    }
}
