//! Designs to start from.

use super::{
    AnswerRule, Breaks, Checks, Clip, Completion, Control, DataUse, Exclusions, FORMAT, Localized,
    OrderScheme, Question, SCHEMA_VERSION, SameSong, Scale, Songs, Stop, StudyDesign, Texts,
};
use crate::recommend::{Condition, SameArtist};

/// A design to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Preset {
    /// The experiment of the thesis as it was, with its faults.
    Thesis,
    /// The same question with the faults mended.
    Default,
}

impl Preset {
    /// All presets.
    pub const ALL: [Self; 2] = [Self::Default, Self::Thesis];

    /// The name used on the command line.
    pub fn name(self) -> &'static str {
        match self {
            Self::Thesis => "thesis",
            Self::Default => "default",
        }
    }

    /// The preset of that name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|preset| preset.name() == name)
    }

    /// The design.
    pub fn design(self) -> StudyDesign {
        match self {
            Self::Thesis => thesis(),
            Self::Default => default(),
        }
    }
}

/// 600 anchors of 10 s without a pause; an answer ends the clip; if the anchor is liked, the nearest song
/// by sound, the nearest by sound and lyrics, and a random one in random order. The same song is
/// played twice where both choose it, and songs by the anchor's artist are not left out.
fn thesis() -> StudyDesign {
    StudyDesign {
        study_id: "thesis".to_owned(),
        languages: vec!["en".to_owned()],
        title: Localized::new([("en", "Songs and what follows them")]),
        texts: Texts {
            welcome: Localized::new([("en", WELCOME_EN)]),
            consent: Localized::new([("en", CONSENT_EN)]),
            debrief: Localized::new([("en", DEBRIEF_EN)]),
        },
        stop: Stop { liked_anchors: None, anchors: Some(600), minutes: None },
        same_artist: SameArtist::Allow,
        same_song: SameSong::PlayTwice,
        repeat_songs: true,
        order: OrderScheme::Random,
        breaks: None,
        practice_trials: 0,
        exclusions: Exclusions {
            min_liked_anchors: None,
            max_slips: None,
            min_rt_millis: None,
            max_focus_losses: None,
            failed_headphone_check: false,
        },
        ..default()
    }
}

/// Twelve liked anchors, or half an hour; all six orders balanced; no song twice.
fn default() -> StudyDesign {
    let both = |en, nl| Localized::new([("en", en), ("nl", nl)]);
    StudyDesign {
        format: FORMAT.to_owned(),
        schema_version: SCHEMA_VERSION,
        study_id: "next-track".to_owned(),
        title: both("What should play next?", "Wat moet er hierna klinken?"),
        languages: vec!["en".to_owned(), "nl".to_owned()],
        texts: Texts {
            welcome: both(WELCOME_EN, WELCOME_NL),
            consent: both(CONSENT_EN, CONSENT_NL),
            debrief: both(DEBRIEF_EN, DEBRIEF_NL),
        },
        songs: Songs::Test,
        stop: Stop { liked_anchors: Some(12), anchors: None, minutes: Some(30) },
        recommenders: vec![Condition::Audio, Condition::Multimodal],
        control: Control::Random,
        control_may_be_anchor: false,
        same_artist: SameArtist::Exclude,
        same_song: SameSong::NextRank,
        repeat_songs: false,
        order: OrderScheme::Balanced,
        clip: Clip { seconds: 10.0, fade_millis: 10 },
        answer: AnswerRule { from_secs: 0.0, replays: 0 },
        question: Question { scale: Scale::Like, liked_from: 1, prompt: None, familiarity: false },
        breaks: Some(Breaks { every_trials: 30, at_least_secs: 0 }),
        practice_trials: 2,
        checks: Checks { headphones: None },
        exclusions: Exclusions {
            min_liked_anchors: Some(6),
            max_slips: Some(20),
            min_rt_millis: Some(300),
            max_focus_losses: None,
            failed_headphone_check: false,
        },
        data: DataUse { send: None },
        completion: Completion { link: None },
        resume_hours: 24,
    }
}

const WELCOME_EN: &str = "\
You will hear short pieces of songs and say of each whether you like it. There is no right answer: \
your taste is what counts.

* It takes about half an hour; you can pause between songs.
* Headphones and a quiet room are best.";
const WELCOME_NL: &str = "\
U hoort korte stukjes van liedjes en zegt van elk of u het mooi vindt. Er is geen goed antwoord: uw \
smaak telt.

* Het duurt ongeveer een half uur; tussen liedjes kunt u pauzeren.
* Een koptelefoon en een rustige kamer zijn het best.";
const CONSENT_EN: &str = "\
## What this is about

We compare ways of choosing the next song. Which song was chosen in which way is told at the end.

## What is kept

Your answers, how long they took, and technical facts such as the kind of browser. No name, no address \
of your device, no sound is recorded. Everything stays in this browser until you save or send it.

## Your choice

Taking part is voluntary. You can stop at any time, and delete what was kept, without giving a reason.";
const CONSENT_NL: &str = "\
## Waar het om gaat

We vergelijken manieren om het volgende liedje te kiezen. Welk liedje op welke manier gekozen is, leest \
u aan het eind.

## Wat wordt bewaard

Uw antwoorden, hoe lang ze duurden, en technische gegevens zoals het soort browser. Geen naam, geen adres \
van uw apparaat, geen geluidsopname. Alles blijft in deze browser tot u het bewaart of verstuurt.

## Uw keuze

Deelname is vrijwillig. U kunt op elk moment stoppen, en wissen wat bewaard is, zonder reden.";
const DEBRIEF_EN: &str = "\
Some of the songs that followed one you liked were chosen by a network that only *hears* songs, some by \
one that also *reads* their lyrics, and some by chance. You could not know which was which; that is what \
makes your answers worth something.";
const DEBRIEF_NL: &str = "\
Sommige liedjes na een liedje dat u mooi vond, waren gekozen door een netwerk dat liedjes alleen *hoort*, \
sommige door een netwerk dat ook de tekst *leest*, en sommige door het toeval. U kon niet weten welk liedje \
waarvandaan kwam; dat maakt uw antwoorden waardevol.";
