//! What a participant waits for: the bytes before the first trial, and the time from an answer to the
//! next sound, with clips ahead, in Chromium.
//!
//! ```sh
//! cargo xtask site && cargo build --release -p trainer && cargo bench -p tests --bench experiment
//! ```
//!
//! Times are the session's own: from the moment of an answer, as the browser's event tells it, to the
//! moment at which the next clip is audible.

use anyhow::Context;
use shared::study::export::from_json;
use shared::study::{AnsweredTrial, Event, Preset, SessionLog, StudyDesign};
use std::collections::BTreeSet;
use std::process::Command;
use std::time::Duration;
use tests::browser::Browser;
use tests::session::{Answer, By, Participant, Role, Screen};
use tests::study_bundle::StudyBundle;
use tests::website::Website;

/// Songs that are answered.
const N_LIKED: u32 = 12;
/// How long each is listened to: the clips behind it are there by then.
const LISTENING: Duration = Duration::from_millis(700);

#[tokio::main(flavor = "current_thread")]
async fn main() -> anyhow::Result<()> {
    // Clips as `segue prepare` makes them: 10 s of mp3 at 128 kbit/s.
    let songs = StudyBundle { clip_millis: 10_000, n_test_per_genre: 24, ..StudyBundle::default() };
    let website = Website::with_study_of(&songs, &design().to_json())?;
    let browser = Browser::start().await?;
    let participant = Participant::new(&browser);
    browser.page.goto(format!("{}?mode=live&seed=3", website.server.address)).await?;
    participant.wait_for_screen(Screen::Welcome).await?;
    participant.go_to_trial().await?;
    print_bytes(&website, &browser).await?;
    participant
        .take_part(|trial| {
            std::thread::sleep(LISTENING);
            (Answer::Like(trial.role == Role::Anchor), By::Arrow)
        })
        .await?;
    let log = session(&browser, &participant).await?;
    print_times(&log);
    browser.end().await
}

fn design() -> StudyDesign {
    let mut design = Preset::Default.design();
    design.study_id = "bench".to_owned();
    design.stop.liked_anchors = Some(N_LIKED);
    design.practice_trials = 0;
    design.breaks = None;
    design
}

/// The session, from the file that the last page saves.
async fn session(browser: &Browser, participant: &Participant<'_>) -> anyhow::Result<SessionLog> {
    participant.wait_for_screen(Screen::Debrief).await?;
    participant.act("read").await?;
    participant.wait_for_screen(Screen::Done).await?;
    let note = "window.saved = null;
        const create = URL.createObjectURL;
        URL.createObjectURL = (blob) => {
            blob.text().then((text) => { window.saved = text; });
            return create.call(URL, blob);
        };";
    browser.script(note).await?;
    participant.act("download-json").await?;
    let text = browser.wait_for("window.saved").await?;
    Ok(from_json(text.as_str().context("a file is text")?)?)
}

/// Everything that was asked for before the first trial, packed where hosts pack.
async fn print_bytes(website: &Website, browser: &Browser) -> anyhow::Result<()> {
    let names = "return performance.getEntriesByType('resource').map((entry) => entry.name)";
    let names = browser.script(names).await?;
    let address = &website.server.address;
    let mut files: BTreeSet<String> = BTreeSet::from(["index.html".to_owned()]);
    for name in names.as_array().context("a list")? {
        files.extend(name.as_str().and_then(|name| name.strip_prefix(address)).map(str::to_owned));
    }
    let (mut total, mut n_clips) = (0, 0);
    for file in &files {
        let path = website.folder().join(file);
        let raw = std::fs::metadata(&path).with_context(|| file.clone())?.len();
        let is_clip = file.ends_with(".mp3");
        // The clips behind the fourth are fetched while the first is heard.
        n_clips += u32::from(is_clip);
        if is_clip && n_clips > 4 {
            continue;
        }
        let sent = if is_clip { raw } else { packed(&path)?.min(raw) };
        println!("{sent:>9} of {raw:>9}  {file}");
        total += sent;
    }
    println!("{total:>9} bytes before the first trial, four clips among them");
    Ok(())
}

fn packed(path: &std::path::Path) -> anyhow::Result<u64> {
    let output = Command::new("brotli").args(["--best", "--stdout"]).arg(path).output();
    Ok(output.context("this bench needs the program brotli")?.stdout.len() as u64)
}

fn print_times(log: &SessionLog) {
    let answered = |event: &Event| match event {
        Event::TrialAnswered(answered) => Some((**answered).clone()),
        _ => None,
    };
    let trials: Vec<AnsweredTrial> =
        log.rows().iter().filter_map(|row| answered(&row.event)).collect();
    let wait = |pair: &[AnsweredTrial]| {
        let answered_at = pair[0].clip_started_at_millis + pair[0].rt_millis;
        pair[1].clip_started_at_millis.saturating_sub(answered_at)
    };
    let audio = &trials.last().expect("songs were answered").audio;
    let (base, output) = (audio.base_latency_millis, audio.output_latency_millis);
    let latency = base.unwrap_or(0.0) + output.unwrap_or(0.0);
    println!(
        "a sample is heard {latency:.0} ms after the page's clock of sound reaches it: {:.0} ms in the \
         browser's buffers, {:.0} ms in the device's",
        base.unwrap_or(0.0),
        output.unwrap_or(0.0)
    );
    let mut waits: Vec<u64> = trials.windows(2).map(wait).collect();
    waits.sort_unstable();
    let at = |share: f64| waits[((waits.len() - 1) as f64 * share).round() as usize];
    println!(
        "from answer to next sound, {} times: median {} ms, 90 % within {} ms, longest {} ms; without \
         that latency, which every sound has, the median is {:.0} ms",
        waits.len(),
        at(0.5),
        at(0.9),
        at(1.0),
        at(0.5) as f64 - latency
    );
}
