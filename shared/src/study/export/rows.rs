//! The rows of a log as rows of jsPsych's data.

use super::cells::{Row, guarded};
use crate::recommend::Condition;
use crate::study::attention::Attention;
use crate::study::block::Source;
use crate::study::event::{
    AnsweredTrial, AudioPath, Environment, Event, FailedClip, FocusChange, HeadphoneAnswer,
    PlannedTrial, Slip, Started, ToneAnswer,
};
use crate::study::log::{LogRow, SessionLog, canonical_json};
use std::collections::BTreeMap;

/// One row for each row of the log.
pub(super) fn rows(log: &SessionLog) -> Vec<Row> {
    let mut context = Context::of(log);
    let mut rows = Vec::with_capacity(log.rows().len());
    for row in log.rows() {
        context.count(&row.event);
        rows.push(context.row(row));
        if matches!(row.event, Event::TrialAnswered(_)) {
            context.since = SinceTrial::default();
        }
    }
    rows
}

/// The column `focus_losses` of each row as it was first counted: a blur and a page that is hidden
/// were two, though one departure makes a browser report both. Files written so are still read.
pub(super) fn first_focus_losses(log: &SessionLog) -> Vec<u32> {
    let mut n_since = 0;
    let mut counted = Vec::with_capacity(log.rows().len());
    for row in log.rows() {
        if let Event::Focus { change: FocusChange::Blur | FocusChange::Hidden } = row.event {
            n_since += 1;
        }
        counted.push(n_since);
        if matches!(row.event, Event::TrialAnswered(_)) {
            n_since = 0;
        }
    }
    counted
}

/// How the session began.
pub(super) fn started(log: &SessionLog) -> Option<&Started> {
    log.rows().iter().find_map(|row| match &row.event {
        Event::Started(started) => Some(&**started),
        _ => None,
    })
}

/// What a row needs to know of the others.
struct Context<'a> {
    first_at_millis: u64,
    started: Option<&'a Started>,
    familiar: BTreeMap<u32, bool>,
    attention: Attention,
    since: SinceTrial,
}

/// What happened since the trial before.
#[derive(Default)]
struct SinceTrial {
    n_replays: u32,
    n_focus_losses: u32,
    is_resumed: bool,
}

impl<'a> Context<'a> {
    fn of(log: &'a SessionLog) -> Self {
        let answers = log.rows().iter().filter_map(|row| match row.event {
            Event::FamiliarityAnswered { trial, familiar, .. } => Some((trial, familiar)),
            _ => None,
        });
        let mut familiar = BTreeMap::new();
        familiar.extend(answers);
        Self {
            first_at_millis: log.rows().first().map_or(0, |row| row.at_millis),
            started: started(log),
            familiar,
            attention: Attention::default(),
            since: SinceTrial::default(),
        }
    }

    fn count(&mut self, event: &Event) {
        self.since.n_focus_losses += u32::from(self.attention.is_lost_by(event));
        match event {
            Event::Replayed { .. } => self.since.n_replays += 1,
            // The trial that was running is heard anew.
            Event::Resumed => {
                self.since.is_resumed = true;
                self.since.n_replays = 0;
            }
            _ => {}
        }
    }

    fn row(&self, row: &LogRow) -> Row {
        let mut cells = Row::default();
        cells.put("trial_type", trial_type(&row.event));
        cells.put("trial_index", row.sequence);
        if let Some(started) = self.started {
            cells.put("plugin_version", guarded(&started.hashes.version));
        }
        let elapsed = i128::from(row.at_millis) - i128::from(self.first_at_millis);
        cells.put("time_elapsed", elapsed);
        self.put_constants(row, &mut cells);
        let event = serde_json::to_value(&row.event).expect("texts, numbers and lists are JSON");
        cells.put("event", canonical_json(&event));
        cells.put("at_millis", row.at_millis);
        cells.put("prev_hash", row.prev_hash.as_str());
        cells.put("row_hash", row.row_hash.as_str());
        self.put_event(&row.event, &mut cells);
        cells
    }

    /// What is the same in every row of a session.
    fn put_constants(&self, row: &LogRow, cells: &mut Row) {
        let session_id = guarded(&row.session_id);
        let Some(started) = self.started else {
            cells.put("session_id", session_id);
            return;
        };
        let hashes = &started.hashes;
        let embeddings = serde_json::to_value(&hashes.embeddings).expect("texts are JSON");
        cells.put("subject_id", guarded(&started.participant));
        cells.put("study_id", guarded(&hashes.study_id));
        cells.put("session_id", session_id);
        cells.put("mode", started.mode.name());
        cells.put("seed", started.seed);
        cells.put("study_sha256", guarded(&hashes.study));
        cells.put("catalog_sha256", guarded(&hashes.catalog));
        cells.put("wasm_sha256", guarded(&hashes.wasm));
        cells.put("embeddings_sha256", canonical_json(&embeddings));
        cells.put("segue_version", guarded(&hashes.version));
    }

    fn put_event(&self, event: &Event, cells: &mut Row) {
        match event {
            Event::Started(started) => put_start(started, cells),
            Event::ConsentGiven => put_question("consent", true, cells),
            Event::ConsentRefused => put_question("consent", false, cells),
            Event::ToneAnswered(tone) => put_tone(tone, cells),
            Event::HeadphoneAnswered(answer) => put_headphones(answer, cells),
            Event::BlockPlanned(block) => {
                cells.put("anchor_id", block.anchor_id.as_str());
                cells.put("liked_number", block.liked_number);
                cells.put("order", joined(&block.order, |condition| condition.name().to_owned()));
            }
            Event::TrialAnswered(answered) => self.put_trial(answered, cells),
            Event::FamiliarityAnswered { trial, familiar, rt_millis } => {
                cells.put("rt", *rt_millis);
                put_question("familiarity", *familiar, cells);
                cells.put("trial", *trial);
                cells.put("familiar", *familiar);
            }
            Event::ClipFailed(failed) => put_failed_clip(failed, cells),
            Event::Slip(slip) => put_slip(slip, cells),
            Event::Replayed { trial } => cells.put("trial", *trial),
            Event::Focus { change } => cells.put("focus_change", change.name()),
            Event::LanguageChanged { language } => cells.put("language", guarded(language)),
            Event::Began
            | Event::BreakEnded
            | Event::Resumed
            | Event::Stopped
            | Event::DebriefRead => {}
        }
    }

    fn put_trial(&self, answered: &AnsweredTrial, cells: &mut Row) {
        let (trial, answer) = (&answered.trial, answered.response);
        cells.put("rt", answered.rt_millis);
        cells.put("stimulus", stimulus(trial));
        if let Some(started) = self.started {
            cells.put("response", answer.saturating_sub(*started.scale.answers().start()));
            cells.put("answer", answer);
            cells.put("liked", answer >= started.liked_from);
        } else {
            cells.put("answer", answer);
        }
        put_planned(trial, cells);
        cells.put("listened_ms", answered.listened_millis);
        cells.put("clip_ms", answered.clip_millis);
        cells.put("replays", self.since.n_replays);
        cells.put("slip", false);
        if let Some(familiar) = self.familiar.get(&trial.number) {
            cells.put("familiar", *familiar);
        }
        cells.put("focus_losses", self.since.n_focus_losses);
        cells.put("resumed", self.since.is_resumed);
        cells.put("given_by", guarded(&answered.given_by));
        cells.put("clip_started_at_millis", answered.clip_started_at_millis);
        put_audio(&answered.audio, cells);
    }
}

/// jsPsych's name for the kind of row, where it has one.
fn trial_type(event: &Event) -> String {
    match event {
        Event::Started(_) => "browser-check".to_owned(),
        Event::TrialAnswered(_) => "audio-button-response".to_owned(),
        Event::ConsentGiven
        | Event::ConsentRefused
        | Event::ToneAnswered(_)
        | Event::FamiliarityAnswered { .. } => "html-button-response".to_owned(),
        Event::ClipFailed(_) => "preload".to_owned(),
        other => format!("segue-{}", other.kind().replace('_', "-")),
    }
}

/// Where the clip stands in the bundle.
fn stimulus(trial: &PlannedTrial) -> String {
    format!("stimuli/{}.mp3", trial.track_id)
}

fn put_start(started: &Started, cells: &mut Row) {
    let Environment {
        width,
        height,
        webaudio,
        browser,
        browser_version,
        mobile,
        os,
        fullscreen,
        vsync_rate,
        reduced_motion,
    } = &started.environment;
    cells.put("width", *width);
    cells.put("height", *height);
    cells.put("webaudio", *webaudio);
    cells.put("browser", guarded(browser));
    cells.put("browser_version", guarded(browser_version));
    cells.put("mobile", *mobile);
    cells.put("os", guarded(os));
    cells.put("fullscreen", *fullscreen);
    cells.put("vsync_rate", *vsync_rate);
    cells.put("reduced_motion", *reduced_motion);
    cells.put("language", guarded(&started.language));
    cells.put("storage", guarded(&started.storage));
    cells.put("liked_from", started.liked_from);
}

/// A question without a song: 1 is yes.
fn put_question(stimulus: &'static str, is_yes: bool, cells: &mut Row) {
    cells.put("stimulus", stimulus);
    cells.put("response", u8::from(is_yes));
}

fn put_tone(tone: &ToneAnswer, cells: &mut Row) {
    put_question("test-tone", tone.heard, cells);
    cells.put("n_plays", tone.n_plays);
    put_audio(&tone.audio, cells);
}

fn put_headphones(answer: &HeadphoneAnswer, cells: &mut Row) {
    cells.put("rt", answer.rt_millis);
    cells.put("stimulus", "huggins-pitch");
    cells.put("response", answer.answer);
    cells.put("headphone_trial", answer.index);
    cells.put("target", answer.target);
    cells.put("correct", answer.answer == answer.target);
}

fn put_audio(audio: &AudioPath, cells: &mut Row) {
    cells.put("audio_context_state", guarded(&audio.context_state));
    cells.put("sample_rate_hz", audio.sample_rate_hz);
    cells.put("base_latency_ms", audio.base_latency_millis);
    cells.put("output_latency_ms", audio.output_latency_millis);
    cells.put("audio_rebuilt", audio.rebuilt);
}

fn put_planned(trial: &PlannedTrial, cells: &mut Row) {
    let sources = (!trial.sources.is_empty()).then_some(trial.sources.as_slice());
    let of_sources = |value: &dyn Fn(&Source) -> String| sources.map(|list| joined(list, value));
    let mut conditions = trial.sources.iter().map(|source| source.condition);
    let control = conditions.find(|c| matches!(c, Condition::Random | Condition::Genre));
    let similarity = |source: &Source| super::cells::Cell::cell(source.similarity);
    let has_similarity = trial.sources.iter().any(|source| source.similarity.is_some());
    cells.put("trial", trial.number);
    cells.put("role", trial.role.name());
    cells.put("anchor_number", trial.anchor_number);
    cells.put("anchor_id", trial.anchor_id.as_str());
    cells.put("condition", of_sources(&|source| source.condition.name().to_owned()));
    cells.put("control_kind", control.map(Condition::name));
    cells.put("song_id", trial.track_id.as_str());
    cells.put("position", trial.position);
    cells.put("similarity", of_sources(&similarity).filter(|_| has_similarity));
    cells.put("rank", of_sources(&|source| source.rank.to_string()));
}

fn joined<T>(items: &[T], text: impl Fn(&T) -> String) -> String {
    items.iter().map(text).collect::<Vec<_>>().join("+")
}

fn put_failed_clip(failed: &FailedClip, cells: &mut Row) {
    let clip = serde_json::Value::from(vec![stimulus(&failed.trial)]);
    cells.put("success", false);
    cells.put("timeout", failed.reason == "timeout");
    cells.put("failed_images", "[]");
    cells.put("failed_audio", clip.to_string());
    cells.put("failed_video", "[]");
    cells.put("reason", guarded(&failed.reason));
    put_planned(&failed.trial, cells);
}

fn put_slip(slip: &Slip, cells: &mut Row) {
    cells.put("rt", slip.rt_millis);
    cells.put("response", None::<u8>);
    cells.put("trial", slip.trial);
    cells.put("slip", true);
    cells.put("key", guarded(&slip.key));
}
