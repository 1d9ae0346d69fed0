//! The participant's object, tried on a page that keeps to the agreed attributes.

use crate::OwnPage;
use tests::browser::Browser;
use tests::session::{Answer, By, Participant, Phase, Role, Screen};

/// A session in a few lines: a welcome, checks, practice, two anchors with a recommendation each, a
/// break between them. It notes what was answered, and how.
const SESSION: &str = r#"<main></main><p aria-live=polite></p><script>
    const said = window.said = [];
    const main = document.querySelector("main");
    const button = (action) => `<button data-action="${action}">${action}</button>`;
    const screens = [
        ["welcome", "start"], ["consent", "agree", "refuse"],
        ["sound-check", "play-tone", "heard"], ["instructions", "begin"],
        ["practice", "practice"], ["trial", "anchor"], ["trial", "recommendation"],
        ["break", "continue"], ["trial", "anchor"], ["trial", "recommendation"], ["debrief"],
    ];
    let at = -1, trial = -1;
    function next() {
        const [screen, ...actions] = screens[++at];
        main.dataset.screen = screen;
        if (screen === "trial" || screen === "practice") return play(actions[0]);
        delete main.dataset.trialIndex;
        main.innerHTML = actions.map(button).join("");
    }
    function play(role) {
        main.dataset.trialIndex = ++trial;
        Object.assign(main.dataset, { role, phase: "playing" });
        main.innerHTML = button("not-like") + button("like");
        document.querySelector("[aria-live]").textContent = "playing";
        for (const found of main.querySelectorAll("button")) found.disabled = true;
        setTimeout(() => {
            for (const found of main.querySelectorAll("button")) found.disabled = false;
        }, 60);
        setTimeout(() => { main.dataset.phase = "answer"; }, 120);
    }
    function answer(like, how) {
        if (!main.querySelector("button:enabled")) return;
        said.push([main.dataset.trialIndex, like, how]);
        main.dataset.phase = "saving";
        for (const found of main.querySelectorAll("button")) found.disabled = true;
        setTimeout(next, 60);
    }
    main.addEventListener("click", ({ target }) => {
        const action = target.dataset.action;
        if (action === "like" || action === "not-like") answer(action === "like", "click");
        else if (action === "refuse") main.dataset.screen = "refused";
        else if (action !== "play-tone") next();
    });
    addEventListener("keydown", ({ key }) => {
        if ("phase" in main.dataset === false) return;
        if (["1", "j", "ArrowRight"].includes(key)) answer(true, key);
        if (["0", "f", "ArrowLeft"].includes(key)) answer(false, key);
    });
    next();
</script>"#;

#[tokio::test]
async fn a_whole_session_is_taken_part_in_by_every_key() -> anyhow::Result<()> {
    let page = OwnPage::new(SESSION)?;
    let browser = Browser::start().await?;
    browser.page.goto(page.address()).await?;
    let participant = Participant::new(&browser);
    let ways = [By::Digit, By::Arrow, By::Letter, By::Click];
    let trials = participant
        .take_part(|trial| (Answer::Like(trial.role == Role::Anchor), ways[trial.index % 4]))
        .await?;
    let seen: Vec<_> = trials.iter().map(|trial| (trial.index, trial.role)).collect();
    let pair = |index| [(index, Role::Anchor), (index + 1, Role::Recommendation)];
    assert_eq!(seen, [pair(1), pair(3)].concat());
    let said = browser.script("return said.map((one) => one.join(' ')).join(', ')").await?;
    assert_eq!(said, "0 true click, 1 true ArrowRight, 2 false f, 3 true click, 4 false 0");
    assert_eq!(participant.screen().await?, Screen::Debrief);
    assert_eq!(participant.announced().await?, "playing");
    browser.end().await
}

#[tokio::test]
async fn single_steps_and_their_failures() -> anyhow::Result<()> {
    let page = OwnPage::new(SESSION)?;
    let browser = Browser::start().await?;
    browser.page.goto(page.address()).await?;
    let participant = Participant::new(&browser);
    participant.start().await?;
    assert!(participant.current_trial().await.is_err());
    participant.consent().await?;
    participant.sound_check().await?;
    participant.begin().await?;
    let practice = participant.answerable_trial().await?;
    assert_eq!((practice.index, practice.role), (0, Role::Practice));
    let trial = participant.go_to_trial().await?;
    assert_eq!((trial.index, trial.role), (1, Role::Anchor));
    assert_eq!(participant.hear_out().await?.phase, Phase::Answer);
    assert!(participant.can("like").await? && !participant.can("start").await?);
    participant.answer_like(false, By::Letter).await?;
    assert_eq!(participant.current_trial().await?.index, 2);

    browser.page.refresh().await?;
    participant.start().await?;
    participant.refuse().await?;
    browser.script("document.querySelector('main').dataset.screen = 'error'").await?;
    let fault = participant.wait_for_screen(Screen::Trial).await.expect_err("an error screen");
    assert!(fault.to_string().contains("Error"), "{fault}");
    browser.end().await
}
