//! A participant's way through a session, in any browser.
//!
//! What a participant sees is told by attributes that every screen carries: `data-screen` on its
//! root; in a trial also `data-trial-index`, `data-role` and `data-phase`; `data-action` on what can be
//! pressed. None of them says which condition or song it is. The tests know songs by their sound
//! ([`crate::browser::Page::plays`]) and by what is exported.

mod screens;

pub use screens::{Phase, Role, Screen, Trial};

use crate::browser::Page;
use anyhow::{Context, bail, ensure};
use serde_json::Value;
use std::time::{Duration, Instant};
use thirtyfour::Key;

/// How long one clip and its question may take.
const PATIENCE: Duration = Duration::from_secs(90);
const PAUSE: Duration = Duration::from_millis(30);
/// No session in a test has more screens than this: a loop that never ends is a failure.
const MAX_STEPS: usize = 20_000;

/// How an answer is given.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum By {
    /// A click on its button.
    Click,
    /// `1` and `0`.
    Digit,
    /// The right arrow and the left one.
    Arrow,
    /// `J` and `F`.
    Letter,
}

impl By {
    /// Every way.
    pub const ALL: [Self; 4] = [Self::Click, Self::Digit, Self::Arrow, Self::Letter];
}

/// What is answered to a trial.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// Like, or not.
    Like(bool),
    /// A point of a scale, from 1.
    Point(u8),
}

/// Somebody who takes part.
#[derive(Debug, Clone, Copy)]
pub struct Participant<'a> {
    page: &'a Page,
}

impl<'a> Participant<'a> {
    /// Somebody in front of this page.
    pub fn new(page: &'a Page) -> Self {
        Self { page }
    }

    /// The screen that is shown now.
    ///
    /// # Errors
    ///
    /// If there is none, or one that these tests don't know.
    pub async fn screen(&self) -> anyhow::Result<Screen> {
        let screen = self.page.script(screens::SCREEN).await?;
        let name = screen.as_str().context("the page shows no screen")?;
        Screen::from_name(name).with_context(|| format!("data-screen '{name}' is unknown"))
    }

    /// Waits for a screen.
    ///
    /// # Errors
    ///
    /// If another one stays.
    pub async fn wait_for_screen(&self, screen: Screen) -> anyhow::Result<()> {
        self.wait_for_one_of(&[screen]).await.map(drop)
    }

    /// Waits for one of several screens, and gives it. An error screen that is not waited for ends
    /// the wait at once.
    ///
    /// # Errors
    ///
    /// If another one stays.
    pub async fn wait_for_one_of(&self, screens: &[Screen]) -> anyhow::Result<Screen> {
        let begun = Instant::now();
        loop {
            let now = self.screen().await;
            match now {
                Ok(screen) if screens.contains(&screen) => return Ok(screen),
                Ok(Screen::Error) => {}
                _ if begun.elapsed() < PATIENCE => {
                    tokio::time::sleep(PAUSE).await;
                    continue;
                }
                _ => {}
            }
            let text = self.page.text().await.unwrap_or_default();
            bail!("waited for {screens:?}, the page shows {now:?} and says:\n{text}");
        }
    }

    /// Waits for a button by its `data-action`, and clicks it.
    ///
    /// # Errors
    ///
    /// If there is none in time.
    pub async fn act(&self, action: &str) -> anyhow::Result<()> {
        self.page.click(&format!("[data-action='{action}']")).await
    }

    /// Whether a button can be pressed now.
    ///
    /// # Errors
    ///
    /// If there is no page.
    pub async fn can(&self, action: &str) -> anyhow::Result<bool> {
        let there = format!(
            "const found = document.querySelector(\"[data-action='{action}']\");
             return !!found && found.checkVisibility() && !found.disabled"
        );
        Ok(self.page.script(&there).await? == true)
    }

    /// From the welcome to the next screen. The click is the gesture that lets sound begin.
    ///
    /// # Errors
    ///
    /// If there is no welcome.
    pub async fn start(&self) -> anyhow::Result<()> {
        self.wait_for_screen(Screen::Welcome).await?;
        self.act("start").await
    }

    /// Agrees to take part.
    ///
    /// # Errors
    ///
    /// If it is not asked.
    pub async fn consent(&self) -> anyhow::Result<()> {
        self.wait_for_screen(Screen::Consent).await?;
        self.act("agree").await
    }

    /// Does not agree to take part.
    ///
    /// # Errors
    ///
    /// If it is not asked, or not taken for an answer.
    pub async fn refuse(&self) -> anyhow::Result<()> {
        self.wait_for_screen(Screen::Consent).await?;
        self.act("refuse").await?;
        self.wait_for_screen(Screen::Refused).await
    }

    /// Plays the test tone and says that it was heard.
    ///
    /// # Errors
    ///
    /// If there is no sound check.
    pub async fn sound_check(&self) -> anyhow::Result<()> {
        self.wait_for_screen(Screen::SoundCheck).await?;
        self.act("play-tone").await?;
        self.act("heard").await
    }

    /// From the instructions to what follows.
    ///
    /// # Errors
    ///
    /// If there are none.
    pub async fn begin(&self) -> anyhow::Result<()> {
        self.wait_for_screen(Screen::Instructions).await?;
        self.act("begin").await?;
        self.left(Screen::Instructions).await
    }

    /// From wherever the session is to its next trial, practice being answered with like.
    ///
    /// # Errors
    ///
    /// If a screen is met that does not lead to a trial.
    pub async fn go_to_trial(&self) -> anyhow::Result<Trial> {
        for _ in 0..MAX_STEPS {
            let screen = self.wait_for_one_of(&Screen::ON_THE_WAY).await?;
            match screen {
                Screen::Trial => return self.answerable_trial().await,
                Screen::Debrief | Screen::Done => bail!("the session is over"),
                other => self.pass(other).await?,
            }
        }
        bail!("no trial after {MAX_STEPS} screens")
    }

    /// Does what a screen asks for, other than a trial.
    async fn pass(&self, screen: Screen) -> anyhow::Result<()> {
        match screen {
            Screen::Welcome => self.start().await?,
            Screen::Consent => self.consent().await?,
            Screen::SoundCheck => self.sound_check().await?,
            Screen::Instructions => self.begin().await?,
            Screen::Break => self.act("continue").await?,
            Screen::Practice => {
                self.answerable_trial().await?;
                self.answer(Answer::Like(true), By::Click).await?;
            }
            other => bail!("the way stops at {other:?}"),
        }
        self.left(screen).await
    }

    /// Waits until a screen has gone, or has become its next one of the same kind.
    async fn left(&self, screen: Screen) -> anyhow::Result<()> {
        if screen == Screen::Practice {
            return Ok(());
        }
        let gone = format!("({})() !== '{}'", screens::SCREEN_FUNCTION, screen.name());
        self.page.wait_for(&gone).await.map(drop)
    }

    /// The trial that is shown now, practice as well.
    ///
    /// # Errors
    ///
    /// If no trial is shown, or its attributes are not as agreed.
    pub async fn current_trial(&self) -> anyhow::Result<Trial> {
        let attributes = self.page.script(screens::TRIAL).await?;
        Trial::from_attributes(&attributes)
    }

    /// Waits until the trial shown now can be answered.
    ///
    /// # Errors
    ///
    /// If it can't be in time.
    pub async fn answerable_trial(&self) -> anyhow::Result<Trial> {
        let answerable = format!(
            "((trial) => trial && document.querySelector(\"[data-action='like']:enabled, \
              [data-action^='answer-']:enabled\") ? trial : null)(({})())",
            screens::TRIAL_FUNCTION
        );
        Trial::from_attributes(&self.page.wait_for(&answerable).await?)
    }

    /// Waits for the question, after the clip has ended by itself.
    ///
    /// # Errors
    ///
    /// If the clip does not end in time.
    pub async fn hear_out(&self) -> anyhow::Result<Trial> {
        let asks = format!(
            "((trial) => trial?.[2] === 'answer' ? trial : null)(({})())",
            screens::TRIAL_FUNCTION
        );
        Trial::from_attributes(&self.page.wait_for(&asks).await?)
    }

    /// Answers like or not like to the trial shown now.
    ///
    /// # Errors
    ///
    /// If it can't be answered.
    pub async fn answer_like(&self, like: bool, by: By) -> anyhow::Result<()> {
        self.answer(Answer::Like(like), by).await
    }

    /// Answers the trial shown now and waits until it is over: another one, or another screen. A
    /// second question is answered with familiar.
    ///
    /// # Errors
    ///
    /// If it can't be answered, or nothing follows.
    pub async fn answer(&self, answer: Answer, by: By) -> anyhow::Result<()> {
        let trial = self.answerable_trial().await?;
        let given = self.give(answer, by).await;
        let over = format!(
            "((trial) => !trial || trial[0] !== '{}' || trial[1] !== '{}' ? 'over'
                 : document.querySelector(\"[data-action='familiar']:enabled\") ? 'familiar'
                 : null)(({})())",
            trial.index,
            trial.role.name(),
            screens::TRIAL_FUNCTION
        );
        // A driver may call a click that came through a failure, since its button is gone.
        if given.is_err() && self.page.script(&format!("return {over}")).await?.is_null() {
            return given;
        }
        if self.page.wait_for(&over).await? == "familiar" {
            self.act("familiar").await?;
            let over = over.replace(":enabled", ":enabled:not(*)");
            self.page.wait_for(&over).await?;
        }
        Ok(())
    }

    /// Presses the key or button of an answer.
    ///
    /// # Errors
    ///
    /// If the button can't be pressed.
    pub async fn give(&self, answer: Answer, by: By) -> anyhow::Result<()> {
        match (answer, by) {
            (Answer::Like(true), By::Click) => self.act("like").await,
            (Answer::Like(false), By::Click) => self.act("not-like").await,
            (Answer::Like(like), By::Digit) => self.page.press(if like { "1" } else { "0" }).await,
            (Answer::Like(like), By::Letter) => self.page.press(if like { "j" } else { "f" }).await,
            (Answer::Like(like), By::Arrow) => {
                self.page.press(if like { Key::Right } else { Key::Left }).await
            }
            (Answer::Point(point), By::Digit) => self.page.press(point.to_string()).await,
            (Answer::Point(point), By::Click) => self.act(&format!("answer-{point}")).await,
            (Answer::Point(_), By::Arrow | By::Letter) => {
                bail!("a point is no arrow and no letter")
            }
        }
    }

    /// Takes part until the debrief or the end, and gives the trials in order, practice left out.
    ///
    /// # Errors
    ///
    /// If the session stops on its way.
    pub async fn take_part(
        &self,
        mut answer: impl FnMut(&Trial) -> (Answer, By),
    ) -> anyhow::Result<Vec<Trial>> {
        let mut trials: Vec<Trial> = Vec::new();
        for _ in 0..MAX_STEPS {
            let screen = self.wait_for_one_of(&Screen::ON_THE_WAY).await?;
            match screen {
                Screen::Debrief | Screen::Done => return Ok(trials),
                Screen::Trial => {
                    // After the last answer its trial may still be shown for a moment.
                    let Ok(trial) = self.answerable_trial().await else { continue };
                    let again = trials.last().is_some_and(|last| last.index == trial.index);
                    ensure!(!again, "trial {} came twice", trial.index);
                    let (answer, by) = answer(&trial);
                    self.answer(answer, by).await?;
                    trials.push(trial);
                }
                other => self.pass(other).await?,
            }
        }
        bail!("no end after {MAX_STEPS} screens")
    }

    /// What a screen reader was told last: the texts of all live regions, in order.
    ///
    /// # Errors
    ///
    /// If there is no page.
    pub async fn announced(&self) -> anyhow::Result<String> {
        let live =
            "return [...document.querySelectorAll('[aria-live], [role=status], [role=alert]')]
            .map((region) => region.textContent.trim()).filter((text) => text).join(' ')";
        let text: Value = self.page.script(live).await?;
        Ok(text.as_str().unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests;
