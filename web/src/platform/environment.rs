//! What the session runs on: the columns of jsPsych's browser check, and no more.
//!
//! Families and major versions, so that trouble can be traced and little can be told of the person:
//! the full user agent, languages, time zone and fonts are not kept. Camera and microphone, which
//! jsPsych has columns for, are never asked for.

use super::clock::{monotonic_millis, within};
use super::latch::Latch;
use super::page::{document, navigator, property, window};
use wasm_bindgen::JsCast;
use wasm_bindgen::prelude::Closure;

/// Frames over which the screen's rate is measured.
const N_FRAMES: usize = 40;
/// How long that may take; a page out of sight gets no frames.
const FRAMES_MILLIS: u32 = 2_000;

/// What the session runs on.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Environment {
    /// Width of the page, in CSS pixels.
    pub(crate) width: u32,
    /// Height of the page, in CSS pixels.
    pub(crate) height: u32,
    /// Whether there is Web Audio.
    pub(crate) webaudio: bool,
    /// Browser, system and kind of device.
    pub(crate) family: Family,
    /// Whether the page could fill the screen.
    pub(crate) fullscreen: bool,
    /// Frames of the screen per second, where they were measured.
    pub(crate) vsync_rate: Option<f64>,
    /// Whether motion shall be reduced.
    pub(crate) reduced_motion: bool,
}

/// Browser, system and kind of device, as families.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Family {
    /// As jsPsych calls it: `chrome`, `edge-chromium`, `firefox`, `safari`, ...
    pub(crate) browser: &'static str,
    /// Major version; empty where it is unknown.
    pub(crate) browser_version: String,
    /// Whether it is a phone or tablet.
    pub(crate) mobile: bool,
    /// `Windows`, `Mac OS`, `Linux`, `Chrome OS`, `Android OS`, `iOS` or `unknown`.
    pub(crate) os: &'static str,
}

impl Environment {
    /// Looks around; measures the screen's rate if asked to, which takes up to 2 s.
    pub(crate) async fn look(with_vsync: bool) -> Self {
        let window = window();
        let pixels = |size: Result<wasm_bindgen::JsValue, _>| {
            size.ok().and_then(|size| size.as_f64()).unwrap_or(0.0) as u32
        };
        let user_agent = navigator().user_agent().unwrap_or_default();
        let is_touch = navigator().max_touch_points() > 1;
        Self {
            width: pixels(window.inner_width()),
            height: pixels(window.inner_height()),
            webaudio: property(&window, "AudioContext").is_some(),
            family: Family::of(&user_agent, is_touch),
            fullscreen: document().fullscreen_enabled(),
            vsync_rate: if with_vsync { vsync_rate().await } else { None },
            reduced_motion: reduced_motion(),
        }
    }
}

/// Whether the participant asked their system for less motion.
pub(crate) fn reduced_motion() -> bool {
    let query = window().match_media("(prefers-reduced-motion: reduce)");
    query.ok().flatten().is_some_and(|query| query.matches())
}

/// The languages that the participant prefers, best first: to choose the page's own, not to keep.
pub(crate) fn languages() -> Vec<String> {
    navigator().languages().iter().filter_map(|language| language.as_string()).collect()
}

impl Family {
    /// From what the browser calls itself, and whether it is worked by touch: a tablet of Apple's
    /// calls itself a Mac.
    fn of(user_agent: &str, is_touch: bool) -> Self {
        // The first that fits: many call themselves by the names of others too.
        const BROWSERS: [(&str, &str); 12] = [
            ("edge-chromium", "Edg/"),
            ("edge-chromium", "EdgA/"),
            ("edge-ios", "EdgiOS/"),
            ("samsung", "SamsungBrowser/"),
            ("opera", "OPR/"),
            ("fxios", "FxiOS/"),
            ("firefox", "Firefox/"),
            ("crios", "CriOS/"),
            ("chromium-webview", "; wv) AppleWebKit"),
            ("chrome", "HeadlessChrome/"),
            ("chrome", "Chrome/"),
            ("safari", "Version/"),
        ];
        const SYSTEMS: [(&str, &str); 8] = [
            ("iOS", "iPhone"),
            ("iOS", "iPad"),
            ("iOS", "iPod"),
            ("Android OS", "Android"),
            ("Chrome OS", "CrOS"),
            ("Windows", "Windows"),
            ("Mac OS", "Mac OS X"),
            ("Linux", "Linux"),
        ];
        let found = BROWSERS.iter().find(|(_, sign)| user_agent.contains(sign));
        let (browser, sign) = found.copied().unwrap_or(("unknown", ""));
        let sign = if browser == "chromium-webview" { "Chrome/" } else { sign };
        let os = SYSTEMS.iter().find(|(_, sign)| user_agent.contains(sign));
        let os = match os.map_or("unknown", |(os, _)| *os) {
            "Mac OS" if is_touch => "iOS",
            os => os,
        };
        Self {
            browser,
            browser_version: major_version(user_agent, sign),
            mobile: matches!(os, "iOS" | "Android OS"),
            os,
        }
    }
}

/// The digits right behind a sign.
fn major_version(user_agent: &str, sign: &str) -> String {
    let behind = user_agent.split_once(sign).filter(|_| !sign.is_empty());
    behind.map_or("", |(_, behind)| behind).chars().take_while(char::is_ascii_digit).collect()
}

/// Frames per second, by the median distance of some frames.
async fn vsync_rate() -> Option<f64> {
    let mut times = Vec::with_capacity(N_FRAMES);
    let all = async {
        while times.len() < N_FRAMES {
            next_frame().await?;
            times.push(monotonic_millis());
        }
        Some(())
    };
    within(FRAMES_MILLIS, all).await??;
    rate(&times)
}

fn rate(times_millis: &[f64]) -> Option<f64> {
    let gaps: Vec<f64> = times_millis.windows(2).map(|pair| pair[1] - pair[0]).collect();
    let middle = gaps.len() / 2;
    let n_below = |limit: f64| gaps.iter().filter(|gap| **gap < limit).count();
    let is_median = |gap: &f64| (n_below(*gap)..=n_below(gap.next_up()) - 1).contains(&middle);
    let median = gaps.iter().copied().find(is_median)?;
    (median > 0.0).then(|| (1_000.0 / median * 10.0).round() / 10.0)
}

async fn next_frame() -> Option<()> {
    let drawn = Latch::new();
    let callback = {
        let drawn = drawn.clone();
        Closure::once_into_js(move || {
            drawn.set(());
        })
    };
    window().request_animation_frame(callback.unchecked_ref()).ok()?;
    drawn.wait().await;
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn browsers_are_told_apart() {
        let webkit = "AppleWebKit/537.36 (KHTML, like Gecko)";
        let ios = "AppleWebKit/605.1.15 (KHTML, like Gecko)";
        for (user_agent, browser, version, os, mobile) in [
            (
                format!(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/156.0.0.0 Safari/537.36"
                ),
                "chrome",
                "156",
                "Windows",
                false,
            ),
            (
                format!(
                    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) {webkit} Chrome/156.0.0.0 Safari/537.36 Edg/155.1"
                ),
                "edge-chromium",
                "155",
                "Windows",
                false,
            ),
            (
                "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0".to_owned(),
                "firefox",
                "140",
                "Linux",
                false,
            ),
            (
                format!(
                    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {ios} Version/19.1 Safari/605.1.15"
                ),
                "safari",
                "19",
                "Mac OS",
                false,
            ),
            (
                format!(
                    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) {ios} CriOS/150.0 Mobile/15E148"
                ),
                "crios",
                "150",
                "iOS",
                true,
            ),
            (
                format!(
                    "Mozilla/5.0 (Linux; Android 15; K) {webkit} SamsungBrowser/29.0 Chrome/136.0.0.0 Mobile"
                ),
                "samsung",
                "29",
                "Android OS",
                true,
            ),
            (
                format!(
                    "Mozilla/5.0 (Linux; Android 15; K; wv) {webkit} Version/4.0 Chrome/140.0.0.0 Mobile"
                ),
                "chromium-webview",
                "140",
                "Android OS",
                true,
            ),
            ("curl/8".to_owned(), "unknown", "", "unknown", false),
        ] {
            let expected = Family { browser, browser_version: version.to_owned(), mobile, os };
            assert_eq!(Family::of(&user_agent, false), expected, "{user_agent}");
        }
        let mac = "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) Version/19.1 Safari/605.1.15";
        assert_eq!((Family::of(mac, true).os, Family::of(mac, true).mobile), ("iOS", true));
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn one_late_frame_does_not_change_the_rate() {
        let times: Vec<f64> =
            (0..20).map(|n| f64::from(n) * 16.667 + if n > 10 { 80.0 } else { 0.0 }).collect();
        assert_eq!(rate(&times), Some(60.0));
        assert_eq!(rate(&[1.0]), None);
        assert_eq!(rate(&[]), None);
    }

    #[cfg(target_arch = "wasm32")]
    #[wasm_bindgen_test]
    async fn this_browser_is_recognised() {
        let environment = Environment::look(true).await;
        assert_eq!(environment.family.browser, "chrome");
        assert!(environment.family.browser_version.parse::<u32>().is_ok());
        assert!(environment.webaudio && environment.width > 0 && environment.height > 0);
        assert!(!languages().is_empty());
    }
}
