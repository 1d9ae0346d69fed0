//! One play of a clip, from its start to its end.

use super::AudioError;
use super::clip::Clip;
use super::graph::{Graph, Schedule};
use super::latency::Clocks;
use crate::platform::clock::within;
use crate::platform::latch::Latch;
use crate::platform::listener::Listener;
use crate::platform::page::error_text;
use std::cell::Cell;
use std::rc::Rc;
use wasm_bindgen::JsValue;
use web_sys::AudioContext;

/// How much later than planned a play may end before it counts as lost.
const GRACE_MILLIS: f64 = 2_000.0;

/// How a play ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PlayEnd {
    /// At its planned end.
    Finished,
    /// By [`Playing::stop`], or because it was dropped.
    Stopped,
    /// The device took the sound away: the end never came.
    Lost,
}

/// One play; it stops when it is dropped.
#[must_use = "the sound stops when this is dropped"]
pub(crate) struct Playing {
    id: u64,
    shared: Rc<Shared>,
    _listener: Listener,
}

struct Shared {
    context: AudioContext,
    graph: Graph,
    start_secs: f64,
    /// Earlier than planned once it was stopped.
    end_secs: Cell<f64>,
    is_stopped: Cell<bool>,
    end: Latch<PlayEnd>,
}

impl Playing {
    /// Starts a clip as scheduled.
    pub(super) fn start(
        id: u64,
        context: &AudioContext,
        clip: &Clip,
        schedule: Schedule,
    ) -> Result<Self, AudioError> {
        let refused = |error: JsValue| AudioError::Refused { reason: error_text(&error) };
        let graph = Graph::start(context, clip.buffer(), &schedule).map_err(refused)?;
        let source = graph.source().clone();
        let shared = Rc::new(Shared {
            context: context.clone(),
            graph,
            start_secs: schedule.start_secs,
            end_secs: Cell::new(schedule.end_secs),
            is_stopped: Cell::new(false),
            end: Latch::new(),
        });
        let listener = {
            let shared = shared.clone();
            Listener::on(&source, "ended", move |_| shared.finish())
        };
        Ok(Self { id, shared, _listener: listener })
    }

    /// Its number: no two plays of an engine have the same.
    pub(crate) fn id(&self) -> u64 {
        self.id
    }

    /// When the first sample is computed, in context time.
    pub(crate) fn started_at_context_secs(&self) -> f64 {
        self.shared.start_secs
    }

    /// When the first sample is heard, on the monotonic clock: the zero of reaction times. See the
    /// module's documentation for how well it is known.
    pub(crate) fn audible_at_millis(&self) -> f64 {
        Clocks::of(&self.shared.context).heard_at_millis(self.shared.start_secs)
    }

    /// How far it is, in seconds from its start.
    pub(crate) fn position_secs(&self) -> f64 {
        self.shared.position_secs()
    }

    /// How much of it was played, in milliseconds: it stands still once the play has ended, and
    /// does not count time in which the device was silent.
    pub(crate) fn listened_millis(&self) -> f64 {
        self.shared.position_secs() * 1_000.0
    }

    /// How this play ended, as soon as it has. It always ends: a play whose end is 2 s late is
    /// [`PlayEnd::Lost`].
    pub(crate) fn ended(&self) -> impl Future<Output = PlayEnd> + use<> {
        let end = self.shared.end.clone();
        let left_secs = self.shared.end_secs.get() - self.shared.context.current_time();
        let patience_millis = (left_secs.max(0.0) * 1_000.0 + GRACE_MILLIS) as u32;
        async move {
            if let Some(ended) = within(patience_millis, end.wait()).await {
                return ended;
            }
            end.set(PlayEnd::Lost);
            end.wait().await
        }
    }

    /// Ends it with a fade of 10 ms; nothing happens where it has ended.
    pub(crate) fn stop(&self) {
        self.shared.stop();
    }
}

impl Drop for Playing {
    fn drop(&mut self) {
        self.shared.stop();
        // Nobody hears of the end by the event from here on.
        if !self.shared.end.set(PlayEnd::Stopped) {
            // A lost one would be heard after all if the device came back.
            self.shared.graph.disconnect();
        }
    }
}

impl Shared {
    fn position_secs(&self) -> f64 {
        let end_secs = self.end_secs.get();
        let now_secs = match self.end.get() {
            Some(PlayEnd::Finished | PlayEnd::Stopped) => end_secs,
            Some(PlayEnd::Lost) | None => self.context.current_time(),
        };
        (now_secs.min(end_secs) - self.start_secs).max(0.0)
    }

    fn stop(&self) {
        if self.end.get().is_some() || self.is_stopped.replace(true) {
            return;
        }
        match self.graph.stop_at(self.context.current_time()) {
            Ok(silent_secs) => self.end_secs.set(self.end_secs.get().min(silent_secs)),
            // It can't be stopped because it has ended.
            Err(_) => self.finish(),
        }
    }

    fn finish(&self) {
        let end = if self.is_stopped.get() { PlayEnd::Stopped } else { PlayEnd::Finished };
        self.end.set(end);
        self.graph.disconnect();
    }
}
