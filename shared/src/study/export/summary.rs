//! A session in numbers, and whether the study's rules leave it out.

use crate::recommend::Condition;
use crate::study::attention::Attention;
use crate::study::design::{Exclusions, StudyDesign};
use crate::study::event::{AnsweredTrial, Event, Mode, Role};
use crate::study::log::SessionLog;
use crate::study::progress::ConditionLikes;
use std::collections::BTreeMap;

/// A session in numbers. Practice counts for none of them but slips and failed clips, as in
/// [`Progress`](crate::study::Progress).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SessionSummary {
    /// Name of the session.
    pub session_id: String,
    /// Name of the participant; empty where the session did not start.
    pub participant: String,
    /// Why it was run.
    pub mode: Mode,
    /// Whether it was gone through to the end.
    pub is_complete: bool,
    /// From the first row to the last, in milliseconds.
    pub duration_millis: u64,
    /// Anchors answered.
    pub n_anchors: u32,
    /// Those that were liked.
    pub n_liked_anchors: u32,
    /// How long each of these took to be answered, in milliseconds.
    pub liked_after_millis: Vec<u64>,
    /// Trials answered.
    pub n_trials: u32,
    /// Keys that meant nothing.
    pub n_slips: u32,
    /// How often attention left the page, as [`Attention`] counts it.
    pub n_focus_losses: u32,
    /// Clips that could not be had.
    pub n_failed_clips: u32,
    /// How often the session was gone on with.
    pub n_resumed: u32,
    /// Trials of the headphone check.
    pub n_headphone_trials: u32,
    /// Those answered rightly.
    pub n_headphones_right: u32,
    /// How often each condition's songs were liked, in the order of files; only conditions that were
    /// heard.
    pub likes: Vec<ConditionLikes>,
}

impl SessionSummary {
    /// The numbers of this session.
    pub fn of(log: &SessionLog) -> Self {
        let events = log.rows().iter().map(|row| (row.at_millis, &row.event));
        Self::of_events(log.session_id(), events)
    }

    /// The numbers of a session whose events happened at these times, in milliseconds: of a simulated
    /// one, which keeps no log.
    pub fn of_events<'a>(
        session_id: &str,
        events: impl IntoIterator<Item = (u64, &'a Event)>,
    ) -> Self {
        let mut summary = Self::empty(session_id);
        let mut liked_from = 1;
        let mut times = None;
        let mut attention = Attention::default();
        let mut likes: BTreeMap<Condition, ConditionLikes> = BTreeMap::new();
        for (at_millis, event) in events {
            let (first, _) = times.unwrap_or((at_millis, at_millis));
            times = Some((first, at_millis));
            summary.is_complete = *event == Event::DebriefRead;
            summary.n_focus_losses += u32::from(attention.is_lost_by(event));
            match event {
                Event::Started(started) => {
                    summary.participant = started.participant.clone();
                    summary.mode = started.mode;
                    liked_from = started.liked_from;
                }
                Event::TrialAnswered(answered) => {
                    summary.count_trial(answered, answered.response >= liked_from, &mut likes);
                }
                Event::Slip(_) => summary.n_slips += 1,
                Event::ClipFailed(_) => summary.n_failed_clips += 1,
                Event::Resumed => summary.n_resumed += 1,
                Event::HeadphoneAnswered(answer) => {
                    summary.n_headphone_trials += 1;
                    summary.n_headphones_right += u32::from(answer.answer == answer.target);
                }
                _ => {}
            }
        }
        summary.duration_millis = times.map_or(0, |(first, last)| last.saturating_sub(first));
        summary.likes = likes.into_values().collect();
        summary
    }

    fn empty(session_id: &str) -> Self {
        Self {
            session_id: session_id.to_owned(),
            participant: String::new(),
            mode: Mode::default(),
            is_complete: false,
            duration_millis: 0,
            n_anchors: 0,
            n_liked_anchors: 0,
            liked_after_millis: Vec::new(),
            n_trials: 0,
            n_slips: 0,
            n_focus_losses: 0,
            n_failed_clips: 0,
            n_resumed: 0,
            n_headphone_trials: 0,
            n_headphones_right: 0,
            likes: Vec::new(),
        }
    }

    fn count_trial(
        &mut self,
        answered: &AnsweredTrial,
        is_liked: bool,
        likes: &mut BTreeMap<Condition, ConditionLikes>,
    ) {
        match answered.trial.role {
            Role::Practice => return,
            Role::Anchor => {
                self.n_anchors += 1;
                if is_liked {
                    self.n_liked_anchors += 1;
                    self.liked_after_millis.push(answered.rt_millis);
                }
            }
            Role::Recommendation => {}
        }
        self.n_trials += 1;
        for source in &answered.trial.sources {
            let condition = source.condition;
            let none = ConditionLikes { condition, n_liked: 0, n_answered: 0 };
            let own = likes.entry(condition).or_insert(none);
            own.n_answered += 1;
            own.n_liked += u32::from(is_liked);
        }
    }

    /// Why the study's rules leave this session out of the analysis of those that were run in a mode; empty where it
    /// counts.
    pub fn excluded_by(&self, (design, mode): (&StudyDesign, Mode)) -> Vec<ExclusionReason> {
        let rules = design.exclusions;
        let above = |n: u32, most: Option<u32>| most.is_some_and(|most| n > most);
        let passed = design.checks.headphones.is_none_or(|check| {
            self.n_headphone_trials == check.trials && self.n_headphones_right >= check.pass_from
        });
        let in_time = self.liked_after_millis.iter().filter(|millis| !rules.is_too_soon(**millis));
        let n_liked = in_time.count() as u32;
        let too_few = rules.min_liked_anchors.is_some_and(|least| n_liked < least);
        let reasons = [
            (self.mode != mode, ExclusionReason::OtherMode),
            (too_few, ExclusionReason::TooFewLikedAnchors),
            (above(self.n_slips, rules.max_slips), ExclusionReason::TooManySlips),
            (
                above(self.n_focus_losses, rules.max_focus_losses),
                ExclusionReason::TooManyFocusLosses,
            ),
            (rules.failed_headphone_check && !passed, ExclusionReason::HeadphoneCheckFailed),
        ];
        reasons.into_iter().filter(|(holds, _)| *holds).map(|(_, reason)| reason).collect()
    }
}

impl Exclusions {
    /// Whether a trial was answered too soon to count.
    pub fn leaves_out(&self, answered: &AnsweredTrial) -> bool {
        self.is_too_soon(answered.rt_millis)
    }

    fn is_too_soon(&self, rt_millis: u64) -> bool {
        self.min_rt_millis.is_some_and(|least| rt_millis < u64::from(least))
    }
}

/// Why a session is left out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ExclusionReason {
    /// It was run in another mode than those that count: to try the study out, to show it, by a simulated
    /// participant, or for the study where these are looked at.
    OtherMode,
    /// Fewer liked anchors than `min_liked_anchors`, of those that were not answered too soon.
    TooFewLikedAnchors,
    /// More slips than `max_slips`.
    TooManySlips,
    /// More losses of attention than `max_focus_losses`.
    TooManyFocusLosses,
    /// The headphone check was not passed, and `failed_headphone_check` is set.
    HeadphoneCheckFailed,
}

impl ExclusionReason {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::OtherMode,
        Self::TooFewLikedAnchors,
        Self::TooManySlips,
        Self::TooManyFocusLosses,
        Self::HeadphoneCheckFailed,
    ];

    /// What it says in a report.
    pub fn text(self) -> &'static str {
        match self {
            Self::OtherMode => {
                "run in another mode than the one that counts (live, pilot, demo or simulated)"
            }
            Self::TooFewLikedAnchors => "too few liked anchors",
            Self::TooManySlips => "too many slips",
            Self::TooManyFocusLosses => "the page lost the focus too often",
            Self::HeadphoneCheckFailed => "the headphone check was not passed",
        }
    }
}
