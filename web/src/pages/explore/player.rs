//! Plays what can be heard of a song; one at a time.

use crate::platform::audio::{AudioEngine, Clip, PlayEnd, PlayOptions, buffer_from_samples};
use crate::platform::clock::{sleep, within};
use crate::platform::fetch;
use crate::wording::chain;
use leptos::prelude::*;
use leptos::task::spawn_local;
use shared::recommend::Condition;
use std::cell::RefCell;
use std::pin::pin;
use std::rc::Rc;

/// How often the page looks how far it is.
const LOOK_MILLIS: u32 = 40;
/// Silence between two moments.
const BETWEEN_MILLIS: u32 = 300;
/// Longer than any stimulus.
const WHOLE_SECS: f64 = 3_600.0;

/// What can be heard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Piece {
    /// A song of the catalogue, by its place.
    Song(usize),
    /// The listener's own.
    Own,
    /// Two moments in turn: of what leads the list of a condition, and of a song in it.
    Pair(Condition, usize),
}

/// What is heard.
#[derive(Debug, Clone, PartialEq)]
struct Heard {
    piece: Piece,
    /// 0 to 1.
    share: f64,
}

/// The player; its copies are the same one.
#[derive(Clone, Copy)]
pub(super) struct Player {
    engine: StoredValue<Rc<RefCell<Option<Rc<AudioEngine>>>>, LocalStorage>,
    heard: RwSignal<Option<Heard>>,
    failure: RwSignal<Option<String>>,
    /// Rises with each press, so that an older one knows that it is over.
    turn: RwSignal<u64>,
}

impl Player {
    pub(super) fn new() -> Self {
        Self {
            engine: StoredValue::new_local(Rc::new(RefCell::new(None))),
            heard: RwSignal::new(None),
            failure: RwSignal::new(None),
            turn: RwSignal::new(0),
        }
    }

    /// How far a song is, where it is heard.
    pub(super) fn share(self, place: usize) -> Option<f64> {
        self.share_of(Piece::Song(place))
    }

    /// How far the listener's own clip is, where it is heard.
    pub(super) fn own_share(self) -> Option<f64> {
        self.share_of(Piece::Own)
    }

    fn share_of(self, piece: Piece) -> Option<f64> {
        self.heard
            .with(|heard| heard.as_ref().filter(|own| own.piece == piece).map(|own| own.share))
    }

    /// Ends the listener's own clip, where it is heard: it is there no longer.
    pub(super) fn stop_own(self) {
        self.stop(|piece| piece == Piece::Own);
    }

    /// Ends two moments, where they are heard: no list shows them any longer.
    pub(super) fn stop_pair(self) {
        self.stop(|piece| matches!(piece, Piece::Pair(..)));
    }

    fn stop(self, ends: impl Fn(Piece) -> bool) {
        let piece = self.heard.with_untracked(|heard| heard.as_ref().map(|own| own.piece));
        if piece.is_some_and(ends) {
            self.turn.update(|turn| *turn += 1);
            self.heard.set(None);
        }
    }

    /// Why nothing can be heard.
    pub(super) fn failure(self) -> Option<String> {
        self.failure.get()
    }

    /// Plays a song, or stops it where it is heard. To be called within the press, so that the browser
    /// lets sound begin.
    pub(super) fn turn(self, place: usize, address: String) {
        self.begin(Piece::Song(place), async move |engine: &AudioEngine| {
            let bytes = fetch::bytes(&address).await.map_err(|error| chain(&error))?;
            Ok(vec![engine.decode(&bytes).await.map_err(|error| chain(&error))?])
        });
    }

    /// Whether two moments are heard.
    pub(super) fn plays_pair(self, condition: Condition, place: usize) -> bool {
        self.share_of(Piece::Pair(condition, place)).is_some()
    }

    /// Plays two moments one after the other, or stops them.
    pub(super) fn turn_pair(self, condition: Condition, place: usize, pair: [Moment; 2]) {
        self.begin(Piece::Pair(condition, place), async move |engine: &AudioEngine| {
            let mut clips = Vec::new();
            for moment in &pair {
                let whole = match &moment.sound {
                    MomentSound::Own(samples, rate_hz) => clip_of(samples, *rate_hz)?,
                    MomentSound::Address(address) => {
                        let bytes = fetch::bytes(address).await.map_err(|error| chain(&error))?;
                        engine.decode(&bytes).await.map_err(|error| chain(&error))?
                    }
                };
                let part = whole.part(moment.start_secs, moment.duration_secs);
                clips.push(part.map_err(|error| chain(&error))?);
            }
            Ok(clips)
        });
    }

    /// The same for a clip of one channel.
    pub(super) fn turn_samples(self, samples: &[f32], sample_rate_hz: u32) {
        let clip = clip_of(samples, sample_rate_hz);
        self.begin(Piece::Own, async move |_: &AudioEngine| Ok(vec![clip.clone()?]));
    }

    fn begin(
        self,
        piece: Piece,
        clips: impl AsyncFn(&AudioEngine) -> Result<Vec<Clip>, String> + 'static,
    ) {
        let was_heard =
            self.heard.with_untracked(|heard| heard.as_ref().is_some_and(|own| own.piece == piece));
        let turn = self.turn.get_untracked() + 1;
        self.turn.set(turn);
        self.heard.set(None);
        if was_heard {
            return;
        }
        self.failure.set(None);
        self.heard.set(Some(Heard { piece, share: 0.0 }));
        let unlocking =
            self.engine.with_value(|engine| engine.borrow().is_none()).then(AudioEngine::unlock);
        spawn_local(async move {
            let played = async {
                if let Some(unlocking) = unlocking {
                    let engine = Rc::new(unlocking.await.map_err(|error| chain(&error))?);
                    self.engine.with_value(|own| *own.borrow_mut() = Some(engine));
                }
                let engine = self.engine.with_value(|engine| engine.borrow().clone());
                match engine {
                    Some(engine) => {
                        let clips = clips(&engine).await?;
                        self.play(&engine, (piece, clips), turn).await
                    }
                    None => Ok(()),
                }
            };
            if let Err(why) = played.await {
                self.fail(turn, why);
            }
        });
    }

    async fn play(
        self,
        engine: &AudioEngine,
        (piece, clips): (Piece, Vec<Clip>),
        turn: u64,
    ) -> Result<(), String> {
        engine.ensure_running().await.map_err(|error| chain(&error))?;
        let total_secs: f64 = clips.iter().map(Clip::duration_secs).sum();
        let mut played_secs = 0.0;
        for (at, clip) in clips.iter().enumerate() {
            if at > 0 {
                sleep(BETWEEN_MILLIS).await;
            }
            if !self.is_at(turn) {
                return Ok(());
            }
            let options = PlayOptions::seconds(WHOLE_SECS);
            let playing = engine.play(clip, options).map_err(|error| chain(&error))?;
            // The play says itself when it is over: the last position may be a rounding short of the clip's length.
            let mut ended = pin!(playing.ended());
            let end = loop {
                if !self.is_at(turn) {
                    return Ok(());
                }
                let share = share_played(played_secs + playing.position_secs(), total_secs);
                self.heard.set(Some(Heard { piece, share }));
                if let Some(end) = within(LOOK_MILLIS, ended.as_mut()).await {
                    break end;
                }
            };
            // Where the device took the sound away, nothing more would be heard.
            if end == PlayEnd::Lost {
                break;
            }
            played_secs += clip.duration_secs();
        }
        if self.is_at(turn) {
            self.heard.set(None);
        }
        Ok(())
    }

    /// Whether no other press came since.
    fn is_at(self, turn: u64) -> bool {
        self.turn.try_get_untracked() == Some(turn)
    }

    fn fail(self, turn: u64, why: String) {
        if self.is_at(turn) {
            self.heard.set(None);
            self.failure.set(Some(why));
        }
    }
}

/// A part of a sound.
pub(super) struct Moment {
    pub(super) sound: MomentSound,
    pub(super) start_secs: f64,
    pub(super) duration_secs: f64,
}

/// Where the sound is.
pub(super) enum MomentSound {
    /// Samples of one channel, with how many a second has.
    Own(Vec<f32>, u32),
    /// A file.
    Address(String),
}

/// How much of all clips was heard, 0 to 1, whatever rounding makes of the seconds.
fn share_played(played_secs: f64, total_secs: f64) -> f64 {
    if total_secs > 0.0 { (played_secs / total_secs).clamp(0.0, 1.0) } else { 1.0 }
}

fn clip_of(samples: &[f32], sample_rate_hz: u32) -> Result<Clip, String> {
    let clip = buffer_from_samples(&[samples.to_vec()], sample_rate_hz as f32);
    clip.map_err(|error| chain(&error))
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn a_share_stays_between_nothing_and_all() {
        assert_eq!(share_played(0.0, 3.0), 0.0);
        assert_eq!(share_played(1.5, 3.0), 0.5);
        assert_eq!(share_played(0.1 + 0.2, 0.3), 1.0, "more than all, by a rounding");
        assert_eq!(share_played(-1e-17, 3.0), 0.0);
        assert_eq!(share_played(0.0, 0.0), 1.0, "of nothing all was heard");
    }
}
