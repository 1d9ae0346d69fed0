//! A made-up catalogue, and someone who plays sessions over it.

use crate::catalog::TrackId;
use crate::embedding::EmbeddingTable;
use crate::random::{Seed, Stream};
use crate::recommend::{Condition, NextTracks, PoolTrack};
use crate::study::*;
use std::collections::BTreeMap;

/// Songs with embeddings drawn at random.
#[derive(Debug, Clone)]
pub(crate) struct World {
    pub(crate) tracks: Vec<PoolTrack>,
    pub(crate) tables: BTreeMap<Condition, EmbeddingTable>,
}

impl World {
    /// Songs `t000`, `t001` and so on of four genres and `n / 2` artists, each in turn.
    pub(crate) fn new(n: usize, seed: u64) -> Self {
        let id = |at: usize| TrackId::parse(&format!("t{at:03}")).unwrap();
        let track = |at: usize| PoolTrack {
            track_id: id(at),
            artist: format!("artist {}", at % (n / 2)),
            genre: format!("genre {}", at % 4),
        };
        let mut tables = BTreeMap::new();
        for condition in [Condition::Audio, Condition::Multimodal, Condition::Lyrics] {
            let mut stream = Seed(seed).stream(condition.name());
            let values = (0..n * 6).map(|_| stream.normal(0.0, 1.0) as f32).collect();
            let table = EmbeddingTable::new(condition.name(), 6, (0..n).map(id).collect(), values);
            tables.insert(condition, table.unwrap());
        }
        Self { tracks: (0..n).map(track).collect(), tables }
    }

    /// The recommenders of a design.
    pub(crate) fn next(&self, design: &StudyDesign, seed: Seed) -> NextTracks {
        let conditions = design.conditions();
        let table = |condition| self.tables.get(&condition);
        NextTracks::new(self.tracks.clone(), (&conditions, design.same_artist), table, seed)
            .unwrap()
    }
}

/// Plays one session by chance.
#[derive(Debug, Clone)]
pub(crate) struct Player {
    pub(crate) next: NextTracksOf,
    pub(crate) state: SessionState,
    pub(crate) log: SessionLog,
    /// How probably a song is liked.
    pub(crate) like: f64,
    /// How probably something other than an answer happens.
    pub(crate) chaos: f64,
    pub(crate) at_millis: u64,
    stream: Stream,
}

/// Recommenders that can be shared by copies of a player.
pub(crate) type NextTracksOf = std::rc::Rc<NextTracks>;

impl Player {
    pub(crate) fn new(world: &World, design: &StudyDesign, seed: u64) -> Self {
        let next = world.next(design, Seed(seed));
        let plan = plan_session(design, &next, "somebody", Seed(seed)).unwrap();
        Self {
            next: next.into(),
            state: SessionState::new(design.clone(), plan),
            log: SessionLog::new(format!("session-{seed}")),
            like: 0.6,
            chaos: 0.0,
            at_millis: 1_700_000_000_000,
            stream: Seed(seed).stream("player"),
        }
    }

    pub(crate) fn with(mut self, like: f64, chaos: f64) -> Self {
        (self.like, self.chaos) = (like, chaos);
        self
    }

    /// Stores an event and applies it.
    pub(crate) fn take(&mut self, event: Event) {
        let row = self.log.next_row(event, self.at_millis);
        self.state.apply(&row.event, self.at_millis).unwrap();
        self.log.push(row);
    }

    /// One step; `false` where nothing can follow.
    pub(crate) fn step(&mut self) -> bool {
        self.at_millis += 200 + self.stream.below(6_000) as u64;
        let chaos = self.stream.chance(self.chaos);
        let event = if chaos { self.disturbance() } else { None };
        let Some(event) = event.or_else(|| self.event()) else { return false };
        self.take(event);
        true
    }

    /// The whole session.
    pub(crate) fn finish(mut self) -> Self {
        while self.step() {}
        self
    }

    /// As far as the first screen that fits.
    pub(crate) fn until(mut self, fits: impl Fn(&Screen) -> bool) -> Self {
        while !fits(self.state.screen()) {
            assert!(self.step(), "the session ended at {:?}", self.state.screen());
        }
        self
    }

    pub(crate) fn until_trial(self, role: Role) -> Self {
        self.until(|screen| matches!(screen, Screen::Trial(trial) if trial.role == role))
    }

    /// The trials that were answered.
    pub(crate) fn answered(&self) -> Vec<AnsweredTrial> {
        answered(&self.log)
    }

    pub(crate) fn answer(trial: &PlannedTrial, response: u8, at_millis: u64) -> Event {
        Event::TrialAnswered(Box::new(AnsweredTrial {
            trial: trial.clone(),
            response,
            rt_millis: 1_234,
            clip_started_at_millis: at_millis - 1_234,
            listened_millis: 1_300,
            clip_millis: 10_000,
            given_by: "key:j".into(),
            audio: audio(),
        }))
    }

    /// What brings the session on; `None` at its end.
    pub(crate) fn event(&mut self) -> Option<Event> {
        let event = match self.state.screen().clone() {
            Screen::Welcome => Event::Started(Box::new(started(&self.log, self.state.design()))),
            Screen::Consent => Event::ConsentGiven,
            Screen::SoundCheck => {
                Event::ToneAnswered(ToneAnswer { heard: true, n_plays: 1, audio: audio() })
            }
            Screen::HeadphoneCheck { index } => self.headphone_answer(index),
            Screen::Instructions => Event::Began,
            Screen::Trial(trial) => {
                let is_liked = self.stream.chance(self.like);
                let question = &self.state.design().question;
                let (from, answers) = (question.liked_from, question.scale.answers());
                let response = if is_liked { *answers.end() } else { from - 1 };
                Self::answer(&trial, response, self.at_millis)
            }
            Screen::Familiarity(trial) => Event::FamiliarityAnswered {
                trial: trial.number,
                familiar: self.stream.chance(0.3),
                rt_millis: 700,
            },
            Screen::Block { anchor_id, liked_number } => Event::BlockPlanned(plan_block(
                (self.state.design(), self.state.plan()),
                &self.next,
                (&anchor_id, liked_number),
                self.state.played(),
            )),
            Screen::Break => Event::BreakEnded,
            Screen::Debrief(_) => Event::DebriefRead,
            Screen::Done(_) | Screen::Refused | Screen::HeadphonesFailed => return None,
        };
        Some(event)
    }

    fn headphone_answer(&mut self, index: u32) -> Event {
        let target = self.stream.below(3) as u8;
        let answer = if self.stream.chance(self.like) { target } else { (target + 1) % 3 };
        Event::HeadphoneAnswered(HeadphoneAnswer { index, target, answer, rt_millis: 900 })
    }

    /// Something that can happen on this screen and does not bring the session on, or only in a bad way.
    fn disturbance(&mut self) -> Option<Event> {
        let is_over =
            matches!(self.state.screen(), Screen::Welcome | Screen::Done(_) | Screen::Refused);
        if is_over {
            return None;
        }
        let changes = [
            FocusChange::Blur,
            FocusChange::Focus,
            FocusChange::Hidden,
            FocusChange::Visible,
            FocusChange::FullscreenEnter,
            FocusChange::FullscreenExit,
        ];
        let mut events = vec![
            Event::Focus { change: *self.stream.pick(&changes) },
            Event::Resumed,
            Event::LanguageChanged { language: "nl".into() },
        ];
        if let Screen::Trial(trial) = self.state.screen() {
            let reason = (*self.stream.pick(&["missing", "timeout", "@changed"])).to_owned();
            let key = (*self.stream.pick(&NASTY)).to_owned();
            let rt_millis = self.stream.chance(0.5).then_some(300);
            events.push(Event::ClipFailed(Box::new(FailedClip { trial: trial.clone(), reason })));
            events.push(Event::Slip(Slip { trial: trial.number, key, rt_millis }));
            events.push(Event::Replayed { trial: trial.number });
        }
        if self.state.screen().can_stop() && self.stream.chance(0.02) {
            events = vec![Event::Stopped];
        }
        Some(self.stream.pick(&events).clone())
    }
}

/// Texts that break careless formats.
pub(crate) const NASTY: [&str; 9] = [
    "x",
    "=cmd|' /C calc'!A0",
    "\"quoted\", and\r\nbroken",
    "'",
    "-2+3",
    "null",
    "",
    "ë\u{2603}\u{1f3b5}\u{202e}",
    "\t\u{0}\u{7f}\\u0041</script>",
];

pub(crate) fn answered(log: &SessionLog) -> Vec<AnsweredTrial> {
    let answered = log.rows().iter().filter_map(|row| match &row.event {
        Event::TrialAnswered(answered) => Some((**answered).clone()),
        _ => None,
    });
    answered.collect()
}

pub(crate) fn audio() -> AudioPath {
    AudioPath {
        context_state: "running".into(),
        sample_rate_hz: 48_000.0,
        base_latency_millis: Some(5.333_333_333_333_333),
        output_latency_millis: None,
        rebuilt: false,
    }
}

pub(crate) fn started(log: &SessionLog, design: &StudyDesign) -> Started {
    let text = |at: usize| NASTY[at].to_owned();
    Started {
        session_id: log.session_id().to_owned(),
        participant: "p-4f/2a".into(),
        mode: Mode::Live,
        seed: u64::MAX - 1,
        language: "en".into(),
        hashes: StudyHashes {
            study_id: design.study_id.clone(),
            study: "0a".repeat(32),
            catalog: "1b".repeat(32),
            embeddings: [("audio".to_owned(), "2c".repeat(32)), ("lyrics".to_owned(), text(2))]
                .into(),
            wasm: "3d".repeat(32),
            version: "0.1.0".into(),
        },
        scale: design.question.scale,
        liked_from: design.question.liked_from,
        parameters: vec![("PROLIFIC_PID".into(), "5f3e2d".into()), (text(1), text(2))],
        environment: Environment {
            width: 1280,
            height: 720,
            webaudio: true,
            browser: text(8),
            browser_version: "131".into(),
            os: "Linux".into(),
            vsync_rate: Some(59.94),
            ..Environment::default()
        },
        storage: "indexeddb".into(),
    }
}
