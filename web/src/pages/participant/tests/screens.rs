//! The screens around the trials.

use super::fake::{Fake, settle, trial};
use crate::session::{
    Action, ClipPhase, ExportFormat, Kept, KeptSession, PageScreen, Resumable, Saving, Sending,
    SessionFailure, StorageState, Unfit,
};
use leptos::prelude::*;
use shared::recommend::Condition;
use shared::study::{
    Breaks, ConditionLikes, EndReason, HeadphoneCheck, Localized, Mode, Preset, Role, Screen, Send,
};
use wasm_bindgen_test::wasm_bindgen_test;

fn study(screen: Screen) -> PageScreen {
    PageScreen::Study(screen)
}

fn unfit() -> PageScreen {
    PageScreen::Unfit(Unfit {
        session_id: "s1".to_owned(),
        n_trials: 3,
        last_millis: 1_700_000_000_000,
        what: "other songs".to_owned(),
    })
}

fn failure(can_retry: bool) -> PageScreen {
    let what = "the disk is full".to_owned();
    PageScreen::Failed(SessionFailure { what, has_answers: true, can_retry })
}

#[wasm_bindgen_test]
async fn every_screen_has_its_name_one_heading_and_both_languages() {
    let resumable = Resumable { n_trials: 3, last_millis: 1_700_000_000_000 };
    let screens = [
        ("loading", PageScreen::Loading),
        ("welcome", study(Screen::Welcome)),
        ("consent", study(Screen::Consent)),
        ("refused", study(Screen::Refused)),
        ("sound-check", study(Screen::SoundCheck)),
        ("headphone-check", study(Screen::HeadphoneCheck { index: 0 })),
        ("headphones-failed", study(Screen::HeadphonesFailed)),
        ("instructions", study(Screen::Instructions)),
        ("break", study(Screen::Break)),
        ("debrief", study(Screen::Debrief(EndReason::Minutes))),
        ("done", study(Screen::Done(EndReason::Minutes))),
        ("resumable", PageScreen::Resumable(resumable)),
        ("unfit", unfit()),
        ("blocked-tab", PageScreen::OtherTab),
        ("storage-warning", PageScreen::NoStorage("it is private".to_owned())),
        ("withdrawn", PageScreen::Withdrawn { n_left: 0 }),
        ("error", failure(true)),
    ];
    let fake = Fake::show(PageScreen::Loading).await;
    for (name, screen) in screens {
        fake.language.set("en".to_owned());
        fake.screen.set(screen);
        settle().await;
        assert_eq!(fake.attribute("[data-screen]", "data-screen").as_deref(), Some(name));
        assert!(fake.lowest_target() >= 48, "{name}: {}", fake.lowest_target());
        let english = (fake.text("h1"), fake.text("[data-screen]"));
        fake.language.set("nl".to_owned());
        settle().await;
        assert_ne!(english, (fake.text("h1"), fake.text("[data-screen]")), "{name}");
        assert_ne!(english.0, fake.text("h1"), "the heading of {name}");
        assert_eq!(document().document_element().unwrap().get_attribute("lang").unwrap(), "nl");
    }
}

#[wasm_bindgen_test]
async fn every_text_is_marked_by_its_language() {
    let mut design = Preset::Default.design();
    design.question.prompt = Some(Localized::new([("ar", "هل تعجبك هذه الأغنية؟")]));
    let fake = Fake::of(design, study(Screen::Welcome)).await;
    let root = document().document_element().unwrap();
    let marks = |selector| (fake.attribute(selector, "lang"), fake.attribute(selector, "dir"));
    let are = |lang: &str, dir: &str| (Some(lang.to_owned()), Some(dir.to_owned()));
    fake.language.set("ar".to_owned());
    settle().await;
    assert_eq!((root.get_attribute("lang"), root.get_attribute("dir")), are("ar", "rtl"));
    assert_eq!(marks("main"), are("en", "ltr"), "there are no texts in Arabic");
    assert_eq!(marks(".unseen[role=status]"), are("en", "ltr"));
    assert_eq!(marks("h1"), are("ar", "rtl"), "but for those of the study");
    fake.screen.set(trial(2, Role::Anchor));
    settle().await;
    assert_eq!(marks("h1"), are("ar", "rtl"), "its question among them");
    fake.language.set("nl".to_owned());
    settle().await;
    assert_eq!((root.get_attribute("lang"), root.get_attribute("dir")), are("nl", "ltr"));
    assert_eq!((marks("main"), marks("h1")), (are("nl", "ltr"), are("nl", "ltr")));
}

#[wasm_bindgen_test]
async fn the_focus_moves_to_the_heading_of_a_new_screen() {
    let fake = Fake::show(study(Screen::Welcome)).await;
    settle().await;
    assert_ne!(document().active_element().unwrap().tag_name(), "H1", "not at the first screen");
    fake.screen.set(study(Screen::Consent));
    settle().await;
    let focused = document().active_element().unwrap();
    assert_eq!(focused.text_content(), Some(fake.text("h1")));
}

#[wasm_bindgen_test]
async fn presses_report_what_was_done() {
    let fake = Fake::show(study(Screen::Welcome)).await;
    for (screen, action, done) in [
        (study(Screen::Welcome), "start", Action::Start),
        (study(Screen::Consent), "agree", Action::Agree),
        (study(Screen::Consent), "refuse", Action::Refuse),
        (study(Screen::SoundCheck), "play-tone", Action::PlayTone),
        (study(Screen::Instructions), "begin", Action::Begin),
        (study(Screen::Break), "continue", Action::EndBreak),
        (study(Screen::Debrief(EndReason::Minutes)), "read", Action::DebriefRead),
        (PageScreen::NoStorage(String::new()), "keep-without-storage", Action::KeepWithoutStorage),
        (failure(true), "try-again", Action::TryAgain),
        (failure(false), "download-wide", Action::Download(ExportFormat::Wide)),
    ] {
        fake.screen.set(screen);
        settle().await;
        fake.press(action).await;
        assert_eq!(fake.done(), [done], "{action}");
    }
    assert!(!fake.has("[data-action='try-again']"), "what can't help is not offered");
}

#[wasm_bindgen_test]
async fn the_language_can_be_chosen_where_there_are_several() {
    let fake = Fake::show(study(Screen::Welcome)).await;
    let choose = js_sys::Function::new_with_args(
        "list",
        "list.value = 'nl'; list.dispatchEvent(new Event('change', {bubbles: true}))",
    );
    choose.call1(&window(), &fake.find("select")).unwrap();
    settle().await;
    assert_eq!(fake.done(), [Action::Language("nl".to_owned())]);
    assert_eq!(fake.text("[data-action='start']"), "Beginnen");
    drop(fake);
    let fake = Fake::of(Preset::Thesis.design(), study(Screen::Welcome)).await;
    assert!(!fake.has("select"), "one language leaves nothing to choose");
}

#[wasm_bindgen_test]
async fn the_tone_is_heard_before_it_is_asked_about() {
    let fake = Fake::show(study(Screen::SoundCheck)).await;
    fake.press("heard").await;
    assert_eq!(fake.done(), []);
    fake.clip.update(|clip| clip.n_plays = 1);
    settle().await;
    assert!(!fake.has(".notice"));
    fake.press("not-heard").await;
    assert!(fake.text(".notice").contains("mute switch"));
    fake.press("heard").await;
    assert_eq!(fake.done(), [Action::ToneHeard(false), Action::ToneHeard(true)]);
}

#[wasm_bindgen_test]
async fn noises_light_up_and_are_chosen_by_press_or_key() {
    let mut design = Preset::Default.design();
    design.checks.headphones = Some(HeadphoneCheck { trials: 6, pass_from: 5, required: false });
    let fake = Fake::of(design, study(Screen::HeadphoneCheck { index: 1 })).await;
    assert!(fake.text("[data-screen]").contains("2 of 6"));
    fake.strike("1");
    fake.press("noise-0").await;
    assert_eq!(fake.done(), [], "nothing was heard yet");
    fake.press("play-noises").await;
    assert_eq!(fake.done(), [Action::PlayNoises]);
    fake.clip.update(|clip| {
        clip.phase = ClipPhase::Playing;
        clip.interval = Some(1);
    });
    settle().await;
    assert_eq!(fake.attribute(".noise-heard", "data-action").as_deref(), Some("noise-1"));
    fake.press("play-noises").await;
    assert_eq!(fake.done(), [], "they are playing");
    fake.clip.update(|clip| {
        clip.phase = ClipPhase::Answer;
        clip.interval = None;
        clip.can_answer = true;
    });
    settle().await;
    fake.press("noise-0").await;
    fake.strike("3");
    fake.strike("4");
    assert_eq!(fake.done(), [Action::ChooseNoise(0), Action::ChooseNoise(2)]);
    fake.press("keys").await;
    fake.strike("3");
    assert_eq!(fake.done(), [], "the keys are switched off");
}

#[wasm_bindgen_test]
async fn a_pause_lasts_as_long_as_the_design_says() {
    let mut design = Preset::Default.design();
    design.breaks = Some(Breaks { every_trials: 1, at_least_secs: 1 });
    let fake = Fake::of(design, study(Screen::Break)).await;
    fake.press("continue").await;
    assert_eq!(fake.done(), []);
    assert!(fake.text(".ring-word").contains("1 s"));
    gloo_timers::future::TimeoutFuture::new(1_600).await;
    settle().await;
    assert_eq!(fake.text(".ring-word"), "ready");
    fake.press("continue").await;
    assert_eq!(fake.done(), [Action::EndBreak]);
}

#[wasm_bindgen_test]
async fn the_debrief_shows_shares_with_their_intervals_and_says_what_they_say() {
    let fake = Fake::show(study(Screen::Debrief(EndReason::Stopped))).await;
    assert!(fake.text("[data-screen]").contains("ended the session early"));
    assert!(!fake.has("svg[role=img]"));
    let likes = |condition, n_liked| ConditionLikes { condition, n_liked, n_answered: 10 };
    fake.likes.set(vec![
        likes(Condition::Audio, 7),
        likes(Condition::Multimodal, 8),
        likes(Condition::Random, 2),
    ]);
    settle().await;
    let alt = fake.attribute("svg[role=img]", "aria-label").unwrap();
    assert!(alt.starts_with("You liked songs chosen by sound and lyrics most often."), "{alt}");
    assert!(alt.contains("by sound: 7 of 10 liked, plausibly 40 to 89 percent"), "{alt}");
    let intervals = fake.home.query_selector_all(".likes-interval").unwrap();
    assert_eq!(intervals.length(), 3);
}

#[wasm_bindgen_test]
async fn the_end_waits_for_what_is_stored_and_offers_every_way() {
    let mut design = Preset::Default.design();
    design.completion.link = Some("https://example.org/?cc={code}".to_owned());
    design.data.send = Some(Send::Jatos);
    let fake = Fake::of(design, study(Screen::Done(EndReason::LikedAnchors))).await;
    assert!(!fake.has("[data-completion-code]") && !fake.has("[data-action='complete']"));
    fake.code.set(Some("ab".repeat(32)));
    fake.link.set(Some("https://example.org/?cc=abab".to_owned()));
    fake.sending.set(Sending::Failed("status 503".to_owned()));
    settle().await;
    assert_eq!(fake.text("[data-completion-code]"), "ab".repeat(32));
    let link = fake.attribute("[data-action='complete']", "href");
    assert_eq!(link.as_deref(), Some("https://example.org/?cc=abab"));
    assert!(fake.text(".notice").contains("status 503"));
    for action in ["send-again", "download-csv", "download-json", "download-psych-ds"] {
        fake.press(action).await;
    }
    let saved =
        [ExportFormat::Csv, ExportFormat::Json, ExportFormat::PsychDs].map(Action::Download);
    let wanted: Vec<_> = std::iter::once(Action::SendAgain).chain(saved).collect();
    assert_eq!(fake.done(), wanted);
}

#[wasm_bindgen_test]
async fn the_way_back_waits_for_what_is_being_sent_and_says_so() {
    let mut design = Preset::Default.design();
    design.completion.link = Some("https://example.org/?cc={code}".to_owned());
    design.data.send = Some(Send::Jatos);
    let fake = Fake::of(design, study(Screen::Done(EndReason::LikedAnchors))).await;
    fake.code.set(Some("ab".repeat(32)));
    fake.sending.set(Sending::Busy);
    settle().await;
    assert!(!fake.has("[data-action='complete']"));
    assert!(fake.text("main").contains("as soon as your answers have arrived"));
    assert!(fake.text("[data-sending]").contains("keep this page open"));
    fake.link.set(Some("https://example.org/?cc=abab".to_owned()));
    settle().await;
    assert!(fake.has("[data-action='complete']"));
    assert!(fake.text("[data-sending]").contains("sent when you open this page again"));
    fake.storage.set(StorageState::Memory);
    settle().await;
    assert!(fake.text("[data-sending]").contains("save your answers"));
    // Once the answers have arrived JATOS is told that the run is over, in place of the plain link.
    fake.sending.set(Sending::Done);
    settle().await;
    fake.press("complete").await;
    assert_eq!(fake.done(), [Action::Leave]);
}

#[wasm_bindgen_test]
async fn deleting_is_asked_for_twice_and_told() {
    let fake = Fake::show(study(Screen::Done(EndReason::LikedAnchors))).await;
    fake.press("withdraw").await;
    fake.press("keep").await;
    fake.press("withdraw").await;
    assert_eq!(fake.done(), []);
    fake.press("confirm-withdraw").await;
    assert_eq!(fake.done(), [Action::Withdraw]);
    fake.screen.set(PageScreen::Withdrawn { n_left: 4 });
    settle().await;
    assert!(fake.text("h1").contains("Not everything"));
    fake.press("confirm-withdraw").await;
    assert_eq!(fake.done(), [Action::Withdraw]);
}

#[wasm_bindgen_test]
async fn what_is_not_stored_is_said_on_every_screen() {
    let fake = Fake::show(study(Screen::Instructions)).await;
    fake.saving.set(Saving::Failed("quota".to_owned()));
    settle().await;
    assert!(fake.text("[role=alert]").contains("quota"));
    fake.press("try-again").await;
    fake.press("download-json").await;
    assert_eq!(fake.done(), [Action::TryAgain, Action::Download(ExportFormat::Json)]);
    fake.saving.set(Saving::Saved);
    fake.storage.set(StorageState::Memory);
    settle().await;
    assert!(!fake.has("[role=alert]"));
    assert!(fake.text("main").contains("lost if you close it"));
}

#[wasm_bindgen_test]
async fn an_interrupted_session_goes_on_or_gives_way() {
    let found = Resumable { n_trials: 3, last_millis: 1_700_000_000_000 };
    let fake = Fake::show(PageScreen::Resumable(found)).await;
    let text = fake.text("[data-screen]");
    assert!(text.contains("3 answers") && text.contains("2023"), "{text}");
    fake.press("go-on").await;
    fake.press("start-anew").await;
    assert_eq!(fake.done(), [Action::GoOn, Action::StartAnew]);
}

#[wasm_bindgen_test]
async fn a_session_that_does_not_fit_is_saved_and_gives_way() {
    let fake = Fake::show(unfit()).await;
    let text = fake.text("[data-screen]");
    assert!(text.contains("3 answers") && text.contains("other songs"), "{text}");
    fake.press("save-kept").await;
    fake.press("start-anew").await;
    assert_eq!(fake.done(), [Action::SaveKept("s1".to_owned()), Action::StartAnew]);
}

#[wasm_bindgen_test]
async fn what_is_kept_is_listed_saved_and_deleted_after_asking_once() {
    for screen in [Screen::Welcome, Screen::HeadphonesFailed] {
        let fake = Fake::show(study(screen)).await;
        assert!(!fake.has("[data-kept]"), "nothing is kept");
        let session = KeptSession {
            session_id: "s1".to_owned(),
            other_study: Some("old-study".to_owned()),
            mode: Mode::Live,
            n_trials: 3,
            last_millis: 1_700_000_000_000,
            is_complete: true,
            is_sent: false,
        };
        fake.kept.set(Kept { sessions: vec![session], ..Kept::default() });
        settle().await;
        fake.find("[data-kept]").set_attribute("open", "").unwrap();
        let text = fake.text("[data-kept]");
        for part in ["old-study", "2023", "Finished, not sent.", "3 answers"] {
            assert!(text.contains(part), "{part} in {text}");
        }
        assert!(fake.lowest_target() >= 48, "{}", fake.lowest_target());
        fake.press("save-kept").await;
        fake.press("delete-kept").await;
        fake.press("keep-kept").await;
        fake.press("delete-kept").await;
        assert_eq!(fake.done(), [Action::SaveKept("s1".to_owned())]);
        fake.press("confirm-delete-kept").await;
        assert_eq!(fake.done(), [Action::DeleteKept("s1".to_owned())]);
        assert_eq!(document().active_element().unwrap().tag_name(), "SUMMARY");
        fake.kept.update(|kept| kept.is_open_elsewhere = true);
        settle().await;
        assert!(fake.text("[data-kept]").contains("open in another tab"));
        fake.kept.set(Kept { n_left: Some(0), ..Kept::default() });
        settle().await;
        assert!(fake.text("[data-kept]").contains("nothing of it is left"));
        assert!(!fake.has("[data-action='save-kept']"));
    }
}

#[wasm_bindgen_test]
async fn a_session_that_does_not_count_says_so() {
    let fake = Fake::show(study(Screen::Instructions)).await;
    assert!(fake.find(".mode-mark").text_content().unwrap().contains("does not count"));
}
