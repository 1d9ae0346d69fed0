//! What is played, compared sample by sample; and the engine in a real browser.

use super::graph::{Graph, Schedule, on_frame};
use super::*;
use crate::platform::clock::{monotonic_millis, sleep};
use wasm_bindgen::JsCast;
use wasm_bindgen_futures::JsFuture;
use wasm_bindgen_test::wasm_bindgen_test;
use web_sys::{AudioBuffer, OfflineAudioContext};

const RATE: usize = 48_000;
/// Browsers compute ramps in single precision.
const TOLERANCE: f32 = 2e-4;

/// A tone that never comes near zero for long, different in both channels.
fn tone(n_frames: usize, hz: f32) -> Vec<f32> {
    let angle = |frame: usize| std::f32::consts::TAU * hz * frame as f32 / RATE as f32;
    (0..n_frames).map(|frame| 0.2 + 0.5 * angle(frame).cos()).collect()
}

/// What an offline context gives out in a second.
async fn render(channels: &[Vec<f32>], options: PlayOptions, stop: Option<f64>) -> [Vec<f32>; 2] {
    let context = OfflineAudioContext::new_with_number_of_channels_and_length_and_sample_rate(
        2,
        RATE as u32,
        RATE as f32,
    )
    .unwrap();
    let clip = buffer_from_samples(channels, RATE as f32).unwrap();
    let start_secs = on_frame(0.1, RATE as f64);
    let schedule = Schedule::new(start_secs, clip.duration_secs(), options);
    let graph = Graph::start(&context, clip.buffer(), &schedule).unwrap();
    if let Some(stop) = stop {
        graph.stop_at(stop).unwrap();
    }
    let rendered = JsFuture::from(context.start_rendering().unwrap()).await.unwrap();
    let rendered: AudioBuffer = rendered.unchecked_into();
    [0, 1].map(|channel| rendered.get_channel_data(channel).unwrap())
}

/// The gain of a frame, from the definition: frames of start, end and both fades, and of a stop.
fn gain(frame: usize, [start, end, fade_in, fade_out]: [usize; 4], stop: Option<usize>) -> f32 {
    if frame < start || frame >= end {
        return 0.0;
    }
    let share = |part: usize, whole: usize| (part as f32 / whole as f32).min(1.0);
    let rise = if fade_in == 0 { 1.0 } else { share(frame - start, fade_in) };
    let fall = if fade_out == 0 { 1.0 } else { share(end - frame, fade_out) };
    let stop = stop.map_or(1.0, |stop| match frame {
        frame if frame < stop => 1.0,
        frame if frame >= stop + 480 => 0.0,
        frame => 1.0 - share(frame - stop, 480),
    });
    rise * fall * stop
}

fn compare(got: &[f32], clip: &[f32], gain: impl Fn(usize) -> f32) {
    assert_eq!(got.len(), RATE);
    for (frame, got) in got.iter().enumerate() {
        let sample = frame.checked_sub(4_800).and_then(|at| clip.get(at)).copied().unwrap_or(0.0);
        let expected = sample * gain(frame);
        let difference = (got - expected).abs();
        assert!(difference <= TOLERANCE, "frame {frame}: expected {expected}, got {got}");
    }
}

#[wasm_bindgen_test]
async fn a_play_fades_in_stays_and_fades_out_at_its_end() {
    let clip = [tone(40_000, 440.0), tone(40_000, 660.0)];
    let options = PlayOptions { seconds: 0.5, fade_in_millis: 20.0, fade_out_millis: 10.0 };
    let got = render(&clip, options, None).await;
    for (got, clip) in got.iter().zip(&clip) {
        compare(got, clip, |frame| gain(frame, [4_800, 28_800, 960, 480], None));
    }
    // The comparison would notice silence.
    assert!(got[0][10_000..11_000].iter().any(|sample| sample.abs() > 0.5));
}

#[wasm_bindgen_test]
async fn a_clip_shorter_than_asked_for_ends_with_its_fade() {
    let clip = [tone(9_600, 440.0), tone(9_600, 500.0)];
    let got = render(&clip, PlayOptions::seconds(10.0), None).await;
    compare(&got[0], &clip[0], |frame| gain(frame, [4_800, 14_400, 480, 480], None));
}

#[wasm_bindgen_test]
async fn a_play_without_fades_is_the_clip_itself() {
    let clip = [tone(9_600, 440.0), tone(9_600, 500.0)];
    let options = PlayOptions { seconds: 0.1, fade_in_millis: 0.0, fade_out_millis: 0.0 };
    let got = render(&clip, options, None).await;
    compare(&got[1], &clip[1], |frame| gain(frame, [4_800, 9_600, 0, 0], None));
}

#[wasm_bindgen_test]
async fn an_early_stop_fades_within_ten_milliseconds_wherever_it_comes() {
    let clip = [tone(40_000, 440.0), tone(40_000, 660.0)];
    let options = PlayOptions { seconds: 0.5, fade_in_millis: 20.0, fade_out_millis: 20.0 };
    // In the middle, while it fades in, while it fades out, and before it starts.
    for stop in [20_000, 5_200, 28_200, 4_000] {
        let got = render(&clip, options, Some(stop as f64 / RATE as f64)).await;
        for (got, clip) in got.iter().zip(&clip) {
            compare(got, clip, |frame| gain(frame, [4_800, 28_800, 960, 960], Some(stop)));
        }
        let silent = got[0][stop + 480..].iter().all(|sample| *sample == 0.0);
        assert!(silent, "a stop at {stop} leaves sound behind");
    }
}

async fn engine() -> AudioEngine {
    AudioEngine::unlock().await.unwrap()
}

#[wasm_bindgen_test]
async fn a_play_ends_once_with_its_own_id_and_is_heard_when_it_says() {
    let engine = engine().await;
    assert_eq!(engine.ensure_running().await, Ok(Readiness::Running));
    let clip = buffer_from_samples(&[tone(RATE, 440.0)], RATE as f32).unwrap();
    let before = monotonic_millis();
    let playing = engine.play(&clip, PlayOptions::seconds(0.2)).unwrap();
    let audible = playing.audible_at_millis();
    assert!(audible > before && audible < before + 500.0, "{} ms", audible - before);
    sleep(120).await;
    let position = playing.position_secs();
    assert!(position > 0.0 && position < 0.2, "{position} s");
    assert_eq!(playing.ended().await, PlayEnd::Finished);
    assert!((playing.listened_millis() - 200.0).abs() < 1e-6);
    playing.stop();
    assert_eq!(playing.ended().await, PlayEnd::Finished, "an end is not undone");
    let next = engine.play(&clip, PlayOptions::seconds(0.2)).unwrap();
    assert_ne!(next.id(), playing.id());
    assert!(next.started_at_context_secs() > playing.started_at_context_secs() + 0.2);
}

#[wasm_bindgen_test]
async fn a_stop_ends_one_play_and_not_another() {
    let engine = engine().await;
    let clip = buffer_from_samples(&[tone(RATE, 440.0)], RATE as f32).unwrap();
    let first = engine.play(&clip, PlayOptions::seconds(1.0)).unwrap();
    let second = engine.play(&clip, PlayOptions::seconds(0.4)).unwrap();
    sleep(150).await;
    first.stop();
    assert_eq!(first.ended().await, PlayEnd::Stopped);
    let listened = first.listened_millis();
    assert!(listened > 10.0 && listened < 600.0, "{listened} ms");
    assert_eq!(second.ended().await, PlayEnd::Finished);
    assert_eq!(first.listened_millis(), listened, "it stands still once it has ended");
    let third = engine.play(&clip, PlayOptions::seconds(1.0)).unwrap();
    let ended = third.ended();
    drop(third);
    assert_eq!(ended.await, PlayEnd::Stopped);
}

#[wasm_bindgen_test]
async fn a_context_that_was_held_or_closed_is_mended() {
    let engine = engine().await;
    JsFuture::from(engine.context().suspend().unwrap()).await.unwrap();
    assert_eq!(engine.state(), ContextState::Suspended);
    assert_eq!(engine.ensure_running().await, Ok(Readiness::Resumed));
    JsFuture::from(engine.context().close().unwrap()).await.unwrap();
    assert_eq!(engine.state(), ContextState::Closed);
    assert_eq!(engine.ensure_running().await, Ok(Readiness::Rebuilt));
    assert_eq!(engine.ensure_running().await, Ok(Readiness::Running));
    let latency = engine.latency();
    assert_eq!(latency.state, ContextState::Running);
    assert!(latency.sample_rate_hz >= 8_000.0 && latency.base_secs.is_some(), "{latency:?}");
}

#[wasm_bindgen_test]
async fn a_play_whose_context_froze_is_lost_and_does_not_hang() {
    let engine = engine().await;
    let clip = buffer_from_samples(&[tone(RATE, 440.0)], RATE as f32).unwrap();
    let playing = engine.play(&clip, PlayOptions::seconds(0.3)).unwrap();
    JsFuture::from(engine.context().suspend().unwrap()).await.unwrap();
    assert_eq!(playing.ended().await, PlayEnd::Lost);
    assert!(playing.listened_millis() < 300.0);
}

#[wasm_bindgen_test]
async fn what_is_no_sound_is_told() {
    let engine = engine().await;
    let error = engine.decode(b"these are no bytes of music").await.unwrap_err();
    assert!(matches!(error, AudioError::Undecodable { .. }), "{error}");
    let clip = engine.decode(&wav(4_410, 44_100)).await.unwrap();
    assert!((clip.duration_secs() - 0.1).abs() < 1e-3, "{} s", clip.duration_secs());
}

/// A WAV file of silence, 16 bits, one channel.
pub(crate) fn wav(n_frames: u32, rate: u32) -> Vec<u8> {
    let n_bytes = n_frames * 2;
    let mut file = Vec::new();
    for (name, numbers) in [("RIFF", vec![36 + n_bytes]), ("WAVEfmt ", vec![16, 0x0001_0001])] {
        file.extend(name.as_bytes());
        numbers.iter().for_each(|number| file.extend(number.to_le_bytes()));
    }
    for number in [rate, rate * 2, 0x0010_0002] {
        file.extend(number.to_le_bytes());
    }
    file.extend(b"data");
    file.extend(n_bytes.to_le_bytes());
    file.extend(vec![0; n_bytes as usize]);
    file
}
