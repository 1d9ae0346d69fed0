//! The audio context, kept running.

use super::AudioError;
use super::clip::{self, Clip};
use super::graph::{PlayOptions, Schedule, on_frame};
use super::latency::{Latency, reading};
use super::playing::Playing;
use super::state::{ContextState, Reading, has_moved};
use crate::platform::clock::{sleep, within};
use crate::platform::page::{error_text, navigator, property};
use js_sys::Promise;
use std::cell::{Cell, RefCell};
use wasm_bindgen::JsValue;
use wasm_bindgen_futures::JsFuture;
use web_sys::AudioContext;

/// How long the browser may take to start the sound.
const RESUME_MILLIS: u32 = 1_500;
/// How often the context's clock is looked at.
const LOOK_MILLIS: u32 = 4;
/// How long a play may take from the page to the sound's own thread: two of WebAudio's blocks of 128
/// samples at the lowest usual rate.
const HAND_OVER_SECS: f64 = 0.006;
/// How long it may stand still before it counts as frozen; Bluetooth devices start slowly.
const FREEZE_MILLIS: f64 = 1_000.0;

/// What was needed for the sound to run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Readiness {
    /// Nothing.
    Running,
    /// It was held back and runs again.
    Resumed,
    /// The context was closed or frozen and a new one took its place; what played before is lost.
    Rebuilt,
}

impl Readiness {
    /// As it stands in the data.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Running => "running",
            Self::Resumed => "resumed",
            Self::Rebuilt => "rebuilt",
        }
    }
}

/// Plays clips.
pub(crate) struct AudioEngine {
    context: RefCell<AudioContext>,
    /// The last look at the context's clock.
    seen: Cell<Reading>,
    n_plays: Cell<u64>,
}

impl AudioEngine {
    /// Starts the sound. To be called in the handler of a click or key itself: the browser looks
    /// whether the participant is at work at the call, not when the result is awaited.
    ///
    /// # Errors
    ///
    /// If there is no sound, or the browser holds it back.
    pub(crate) fn unlock() -> impl Future<Output = Result<Self, AudioError>> {
        let begun = begin();
        async move {
            let (context, resumed) = begun?;
            let seen = Cell::new(reading(&context));
            let engine = Self { context: RefCell::new(context), seen, n_plays: Cell::new(0) };
            engine.settle(resumed).await?;
            Ok(engine)
        }
    }

    /// What the context does.
    pub(crate) fn state(&self) -> ContextState {
        ContextState::of(&self.context())
    }

    /// What is known of the way to the ear.
    pub(crate) fn latency(&self) -> Latency {
        Latency::of(&self.context())
    }

    /// Makes sure that the context plays: that it says so and that its clock moves. To be awaited
    /// before each clip; after a refusal, again in the handler of a click.
    ///
    /// # Errors
    ///
    /// If the browser holds the sound back.
    pub(crate) async fn ensure_running(&self) -> Result<Readiness, AudioError> {
        match self.state() {
            ContextState::Running => {
                if self.moves().await {
                    return Ok(Readiness::Running);
                }
            }
            ContextState::Closed => {}
            ContextState::Suspended | ContextState::Interrupted | ContextState::Other => {
                let resumed = self.context().resume().ok();
                if self.settle(resumed).await.is_ok() {
                    return Ok(Readiness::Resumed);
                }
            }
        }
        self.rebuild().await?;
        Ok(Readiness::Rebuilt)
    }

    /// Decodes a file.
    ///
    /// # Errors
    ///
    /// If the browser can't, or takes longer than 15 s.
    pub(crate) async fn decode(&self, bytes: &[u8]) -> Result<Clip, AudioError> {
        clip::decode(&self.context(), bytes).await
    }

    /// Plays a clip from its beginning, as soon as can be done to the sample.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub(crate) fn play(&self, clip: &Clip, options: PlayOptions) -> Result<Playing, AudioError> {
        let context = self.context();
        let id = self.n_plays.get() + 1;
        self.n_plays.set(id);
        let latency = Latency::of(&context);
        let soon_secs = context.current_time() + delay_secs(latency.base_secs);
        let start_secs = on_frame(soon_secs, latency.sample_rate_hz);
        self.seen.set(reading(&context));
        let schedule = Schedule::new(start_secs, clip.duration_secs(), options);
        Playing::start(id, &context, clip, schedule)
    }

    /// The context of the moment.
    pub(super) fn context(&self) -> AudioContext {
        self.context.borrow().clone()
    }

    async fn rebuild(&self) -> Result<(), AudioError> {
        let (context, resumed) = begin()?;
        let old = self.context.replace(context);
        if let Ok(closing) = old.close() {
            // A frozen context may never close; nothing waits for it.
            wasm_bindgen_futures::spawn_local(async move {
                let _closed = JsFuture::from(closing).await;
            });
        }
        self.seen.set(reading(&self.context()));
        self.settle(resumed).await
    }

    /// Waits for a context that was told to run.
    async fn settle(&self, resumed: Option<Promise>) -> Result<(), AudioError> {
        if let Some(resumed) = resumed {
            // Whether it worked is looked at below, since some browsers only claim it.
            let _claimed = within(RESUME_MILLIS, JsFuture::from(resumed)).await;
        }
        let state = self.state();
        match state == ContextState::Running && self.moves().await {
            true => Ok(()),
            false => Err(AudioError::Blocked { state }),
        }
    }

    /// Whether the context's clock moves. That takes no time where it was looked at not long ago.
    async fn moves(&self) -> bool {
        let context = self.context();
        let first = reading(&context);
        let mut now = first;
        let mut moves = has_moved(self.seen.get(), first);
        while !moves && now.monotonic_millis - first.monotonic_millis < FREEZE_MILLIS {
            sleep(LOOK_MILLIS).await;
            now = reading(&context);
            moves = now.context_secs > first.context_secs;
        }
        self.seen.set(now);
        moves
    }
}

/// A new context that was told to run. Sound shall be heard even where a phone is set to silent, as
/// for other media.
fn begin() -> Result<(AudioContext, Option<Promise>), AudioError> {
    let no_audio = |error: JsValue| AudioError::NoAudio { reason: error_text(&error) };
    if let Some(session) = property(&navigator(), "audioSession") {
        // Only some browsers have it; where it can't be set, the sound check will tell.
        let _set = js_sys::Reflect::set(&session, &"type".into(), &"playback".into());
    }
    let context = AudioContext::new().map_err(no_audio)?;
    let resumed = context.resume().ok();
    Ok((context, resumed))
}

/// How far ahead a play is scheduled: the context's clock moves by one of the browser's buffers at a
/// time, and the next may begin while the play is on its way to the sound's own thread. So its first
/// sample is never computed late.
fn delay_secs(base_latency_secs: Option<f64>) -> f64 {
    (base_latency_secs.unwrap_or(0.010) + HAND_OVER_SECS).clamp(0.005, 0.050)
}

impl Drop for AudioEngine {
    fn drop(&mut self) {
        // It may be closed already.
        let _closing = self.context().close();
    }
}
