//! Fingers on the screen of a phone.

use super::chromium::Browser;
use serde_json::{Value, json};

/// Steps in which fingers move: a jump is no gesture.
const N_STEPS: u32 = 12;

/// A finger that is put down, moved and lifted: places in CSS pixels from the upper left corner of what is seen.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Finger {
    /// Where it is put down.
    pub from: [f64; 2],
    /// Where it is lifted.
    pub to: [f64; 2],
}

impl Finger {
    fn at(&self, share: f64) -> [f64; 2] {
        [0, 1].map(|axis| self.from[axis] + (self.to[axis] - self.from[axis]) * share)
    }
}

impl Browser {
    /// Puts a finger down and lifts it at once.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn tap(&self, place: [f64; 2]) -> anyhow::Result<()> {
        self.touch("touchStart", &[place]).await?;
        self.touch("touchEnd", &[]).await
    }

    /// Moves fingers over the screen, all at the same time; see [`Self::as_phone`].
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn swipe(&self, fingers: &[Finger]) -> anyhow::Result<()> {
        let at = |share: f64| fingers.iter().map(|own| own.at(share)).collect::<Vec<_>>();
        self.touch("touchStart", &at(0.0)).await?;
        for step in 1..=N_STEPS {
            self.touch("touchMove", &at(f64::from(step) / f64::from(N_STEPS))).await?;
        }
        self.touch("touchEnd", &[]).await
    }

    async fn touch(&self, kind: &str, places: &[[f64; 2]]) -> anyhow::Result<()> {
        let points: Vec<Value> = places
            .iter()
            .enumerate()
            .map(|(id, [x, y])| json!({"id": id, "x": x, "y": y}))
            .collect();
        let parameters = json!({"type": kind, "touchPoints": points});
        self.cdp("Input.dispatchTouchEvent", parameters).await?;
        Ok(())
    }
}
