//! The graph of one play: source, envelope, stop, output.
//!
//! It is built the same way for the loudspeaker and for an offline context, whose output a test
//! compares sample by sample with what it should be.

use wasm_bindgen::JsValue;
use web_sys::{
    AudioBuffer, AudioBufferSourceNode, AudioNode, AudioScheduledSourceNode, BaseAudioContext,
    GainNode,
};

/// How long an early stop takes to fade, in seconds.
const STOP_SECS: f64 = 0.010;

/// How to play a clip.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct PlayOptions {
    /// How much of it, from its beginning; a shorter clip ends earlier.
    pub(crate) seconds: f64,
    /// How long it fades in.
    pub(crate) fade_in_millis: f64,
    /// How long it fades out at its end.
    pub(crate) fade_out_millis: f64,
}

impl PlayOptions {
    /// That many seconds, with fades of 10 ms.
    pub(crate) fn seconds(seconds: f64) -> Self {
        Self { seconds, fade_in_millis: 10.0, fade_out_millis: 10.0 }
    }
}

/// When a play starts and ends, in context time.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Schedule {
    pub(super) start_secs: f64,
    pub(super) end_secs: f64,
    fade_in_secs: f64,
    fade_out_secs: f64,
}

impl Schedule {
    /// Fits the options to a clip of that length; fades that do not fit share what there is.
    pub(super) fn new(start_secs: f64, clip_secs: f64, options: PlayOptions) -> Self {
        let length_secs = options.seconds.min(clip_secs).max(0.0);
        let (fade_in, fade_out) = (options.fade_in_millis / 1e3, options.fade_out_millis / 1e3);
        let fit =
            if fade_in + fade_out > length_secs { length_secs / (fade_in + fade_out) } else { 1.0 };
        Self {
            start_secs,
            end_secs: start_secs + length_secs,
            fade_in_secs: fade_in * fit,
            fade_out_secs: fade_out * fit,
        }
    }

    /// How long it plays.
    pub(super) fn length_secs(&self) -> f64 {
        self.end_secs - self.start_secs
    }
}

/// The nodes of one play.
pub(super) struct Graph {
    source: AudioBufferSourceNode,
    envelope: GainNode,
    stop: GainNode,
}

impl Graph {
    /// Builds it and schedules the whole play.
    pub(super) fn start(
        context: &BaseAudioContext,
        buffer: &AudioBuffer,
        schedule: &Schedule,
    ) -> Result<Self, JsValue> {
        let source = context.create_buffer_source()?;
        let (envelope, stop) = (context.create_gain()?, context.create_gain()?);
        source.set_buffer(Some(buffer));
        source.connect_with_audio_node(&envelope)?;
        envelope.connect_with_audio_node(&stop)?;
        stop.connect_with_audio_node(&context.destination())?;
        let graph = Self { source, envelope, stop };
        graph.shape(schedule)?;
        graph.source.start_with_when_and_grain_offset_and_grain_duration(
            schedule.start_secs,
            0.0,
            schedule.length_secs(),
        )?;
        Ok(graph)
    }

    fn shape(&self, schedule: &Schedule) -> Result<(), JsValue> {
        let gain = self.envelope.gain();
        let Schedule { start_secs, end_secs, fade_in_secs, fade_out_secs } = *schedule;
        if fade_in_secs > 0.0 {
            gain.set_value_at_time(0.0, start_secs)?;
            gain.linear_ramp_to_value_at_time(1.0, start_secs + fade_in_secs)?;
        } else {
            gain.set_value_at_time(1.0, start_secs)?;
        }
        if fade_out_secs > 0.0 {
            gain.set_value_at_time(1.0, end_secs - fade_out_secs)?;
            gain.linear_ramp_to_value_at_time(0.0, end_secs)?;
        }
        Ok(())
    }

    /// Fades out from that context time on, and says when it is silent. The fade is a node of its
    /// own: it never has to undo a ramp that is under way.
    pub(super) fn stop_at(&self, at_secs: f64) -> Result<f64, JsValue> {
        let silent_secs = at_secs + STOP_SECS;
        let gain = self.stop.gain();
        gain.set_value_at_time(1.0, at_secs)?;
        gain.linear_ramp_to_value_at_time(0.0, silent_secs)?;
        let source: &AudioScheduledSourceNode = &self.source;
        source.stop_with_when(silent_secs)?;
        Ok(silent_secs)
    }

    /// The node that tells when it has ended.
    pub(super) fn source(&self) -> &AudioBufferSourceNode {
        &self.source
    }

    /// Takes it apart, so that the browser can free it.
    pub(super) fn disconnect(&self) {
        for node in [&self.source as &AudioNode, &self.envelope, &self.stop] {
            // It fails only where it was taken apart before.
            let _apart = node.disconnect();
        }
    }
}

/// The first sample at or after that time: a start between two would be played interpolated.
pub(super) fn on_frame(secs: f64, sample_rate_hz: f64) -> f64 {
    (secs * sample_rate_hz).ceil() / sample_rate_hz
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn plays_fit_into_their_clip_and_fades_into_the_play() {
        let schedule = Schedule::new(2.0, 10.0, PlayOptions::seconds(30.0));
        assert_eq!(schedule.length_secs(), 10.0);
        assert_eq!((schedule.fade_in_secs, schedule.fade_out_secs), (0.010, 0.010));
        let options = PlayOptions { seconds: 0.030, fade_in_millis: 30.0, fade_out_millis: 10.0 };
        let short = Schedule::new(0.0, 10.0, options);
        assert!((short.fade_in_secs - 0.0225).abs() < 1e-12, "{short:?}");
        assert!((short.fade_in_secs + short.fade_out_secs - 0.030).abs() < 1e-12, "{short:?}");
        let none = Schedule::new(1.0, 0.0, PlayOptions::seconds(30.0));
        assert_eq!((none.start_secs, none.end_secs), (1.0, 1.0));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn starts_are_on_a_sample_and_never_earlier() {
        assert_eq!(on_frame(0.100_001, 48_000.0), 4_801.0 / 48_000.0);
        assert_eq!(on_frame(0.5, 48_000.0), 0.5);
    }
}
