//! Where songs are looked for on the page Explore: in a worker, on the processor or the graphics processor, with the
//! same songs found.

use crate::explore::{choose, open, titles};
use crate::lab::{Lab, design};
use anyhow::Context;
use shared::recommend::Condition;
use tests::browser::{Browser, Options, inject};
use tests::study_bundle::StudyBundle;
use tests::website::Website;

/// What the page says of where songs are looked for, once it says this.
async fn device(lab: &Lab, wanted: &str) -> anyhow::Result<String> {
    let said = "document.querySelector('[data-search-device]')?.textContent";
    let wanted = format!("{said}?.includes('{wanted}') && {said}");
    Ok(lab.browser.wait_for(&wanted).await?.as_str().unwrap_or_default().to_owned())
}

/// Makes sure that some anchors lead where `segue recommend` says.
async fn assert_lists(lab: &Lab) -> anyhow::Result<()> {
    assert_lists_of(lab, &StudyBundle::default()).await
}

async fn assert_lists_of(lab: &Lab, bundle: &StudyBundle) -> anyhow::Result<()> {
    let (songs, recommendations) = (bundle.songs(), bundle.recommendations()?);
    let title = |id| songs.song(id).map(|song| song.title.clone()).context("a song of the bundle");
    for anchor in bundle.pool().tracks().iter().take(3).map(|track| &track.track_id) {
        choose(lab, &title(anchor)?).await?;
        for condition in [Condition::Audio, Condition::Multimodal] {
            let expected = recommendations.of(anchor, condition).iter().take(10);
            let expected: Vec<String> =
                expected.map(|row| title(&row.track_id)).collect::<Result<_, _>>()?;
            let found = titles(lab, condition.name()).await?;
            assert!(expected.len() >= 3, "{expected:?}");
            assert_eq!(found[..expected.len()], expected, "{anchor}, {condition}");
        }
    }
    Ok(())
}

async fn lab(options: Options) -> anyhow::Result<Lab> {
    Lab::with(&design(1), options).await
}

#[tokio::test]
async fn songs_are_the_same_wherever_they_are_looked_for() -> anyhow::Result<()> {
    let lab = lab(Options { webgpu: true, ..Options::default() }).await?;
    for (device_wanted, said) in [
        ("webgpu", "looked for on the graphics processor: "),
        ("cpu", "looked for on the processor: "),
        // One that is imitated is not taken by itself.
        ("", "is only imitated here"),
    ] {
        lab.open(&format!("mode=explore&device={device_wanted}")).await?;
        let text = device(&lab, said).await?;
        assert!(text.contains(" ms for all lists"), "{text}");
        assert_lists(&lab).await?;
    }
    lab.browser.assert_accessible().await?;
    lab.browser.end().await
}

/// More songs than one group of the graphics processor's program takes.
#[tokio::test]
async fn many_songs_are_multiplied_by_the_graphics_processor() -> anyhow::Result<()> {
    let bundle = StudyBundle { n_test_per_genre: 119, clip_millis: 100, ..StudyBundle::default() };
    assert!(bundle.songs().tracks.len() > 256);
    let website = Website::with_study_of(&bundle, &design(1).to_json())?;
    let options = Options { webgpu: true, ..Options::default() };
    let lab = Lab { website, browser: Browser::start_with(options).await? };
    lab.open("mode=explore&device=webgpu").await?;
    device(&lab, "looked for on the graphics processor: ").await?;
    assert_lists_of(&lab, &bundle).await?;
    device(&lab, "looked for on the graphics processor: ").await?;
    lab.browser.end().await
}

/// Where the browser says that its graphics processor is none that is imitated, both devices are timed: once.
#[tokio::test]
async fn both_devices_are_timed_and_the_times_are_kept() -> anyhow::Result<()> {
    let options = Options { webgpu: true, ..Options::default() };
    let lab = lab(options.before_load(inject::GRAPHICS_AS_HARDWARE)).await?;
    open(&lab).await?;
    let text = device(&lab, ", against ").await?;
    assert_lists(&lab).await?;
    let times = lab.browser.wait_for("localStorage.getItem('segue times of searching')").await?;
    let times: serde_json::Value = serde_json::from_str(times.as_str().context("a text")?)?;
    let millis = |name: &str| times[name].as_f64().context("milliseconds");
    let (processor, graphics) = (millis("processor_millis")?, millis("graphics_millis")?);
    assert!(processor > 0.0 && graphics > 0.0, "{times}");
    let quicker =
        if graphics < processor { "on the graphics processor: " } else { "on the processor: " };
    assert!(text.contains(quicker), "{text}, {times}");

    // One that was slower is not asked again.
    open(&lab).await?;
    let wanted = if graphics < processor { ", against " } else { "was slower on an earlier visit" };
    device(&lab, wanted).await?;
    assert_lists(&lab).await?;
    lab.browser.end().await
}

/// A page that is told of a graphics processor which its worker then can't have.
#[tokio::test]
async fn without_a_graphics_processor_that_was_promised_the_processor_goes_on() -> anyhow::Result<()>
{
    let lab = lab(Options::default().before_load(inject::GRAPHICS_PROMISED)).await?;
    lab.open("mode=explore&device=webgpu").await?;
    let text = device(&lab, "The graphics processor failed").await?;
    assert!(text.contains("can't be had") && text.contains("on the processor: "), "{text}");
    assert_lists(&lab).await?;
    lab.browser.end().await
}

/// A lab with WebGPU whose worker that searches is started by this script.
async fn lab_by_way_of(script: &str) -> anyhow::Result<Lab> {
    let options = Options { webgpu: true, ..Options::default() };
    let lab = lab(options.before_load(inject::by_way("searching"))).await?;
    lab.website.add_file("way.js", inject::way(script).as_bytes())?;
    Ok(lab)
}

#[tokio::test]
async fn a_graphics_processor_that_is_taken_away_leaves_the_search_to_the_processor()
-> anyhow::Result<()> {
    let lab = lab_by_way_of(&inject::graphics_lost_at("Next")).await?;
    lab.open("mode=explore&device=webgpu").await?;
    device(&lab, "looked for on the graphics processor: ").await?;
    assert_lists(&lab).await?;
    let text = device(&lab, "The graphics processor failed").await?;
    assert!(text.contains("it was lost") && text.contains("on the processor: "), "{text}");
    lab.browser.end().await
}

/// A driver that hangs, in a worker whose seconds pass in no time.
const HANGS: &str = "
    const waits = setTimeout;
    globalThis.setTimeout = (done, millis, ...rest) => waits(done, millis / 20, ...rest);
    GPUAdapter.prototype.requestDevice = () => new Promise(() => {});";

#[tokio::test]
async fn a_graphics_processor_that_never_answers_leaves_the_search_to_the_processor()
-> anyhow::Result<()> {
    let lab = lab_by_way_of(HANGS).await?;
    lab.open("mode=explore&device=webgpu").await?;
    let text = device(&lab, "The graphics processor failed").await?;
    assert!(
        text.contains("did not answer within") && text.contains("on the processor: "),
        "{text}"
    );
    assert_lists(&lab).await?;
    lab.browser.end().await
}

/// One that turns all signs: the songs that are least alike seem nearest.
const WRONG: &str = "
    const mapped = GPUBuffer.prototype.getMappedRange;
    GPUBuffer.prototype.getMappedRange = function (...how) {
        const products = new Int32Array(mapped.apply(this, how));
        products.forEach((product, at) => { products[at] = -product; });
        return products.buffer;
    };";

#[tokio::test]
async fn a_graphics_processor_that_is_wrong_is_found_out() -> anyhow::Result<()> {
    let lab = lab_by_way_of(WRONG).await?;
    lab.open("mode=explore&device=webgpu").await?;
    let text = device(&lab, "The graphics processor failed").await?;
    assert!(text.contains("finds other songs") && text.contains("on the processor: "), "{text}");
    assert_lists(&lab).await?;
    lab.browser.end().await
}

/// A worker that dies, as without memory, when it is asked for the second time.
const DEAD_AFTER_ONE: &str = "
    window.Worker = class extends Worker {
        constructor(url, options) {
            super(url, options);
            this.isSearch = String(url).includes('searching') && !window.hadOne;
            this.nAsked = 0;
        }
        postMessage(message, ...rest) {
            this.nAsked += Number(this.isSearch && 'Next' in JSON.parse(message[0]));
            if (this.nAsked < 2) return super.postMessage(message, ...rest);
            window.hadOne = true;
            this.terminate();
            const lost = new ErrorEvent('error', { message: 'the worker is gone' });
            setTimeout(() => this.dispatchEvent(lost), 50);
        }
    };";

#[tokio::test]
async fn a_worker_that_dies_is_started_anew() -> anyhow::Result<()> {
    let lab = lab(Options::default().before_load(DEAD_AFTER_ONE)).await?;
    open(&lab).await?;
    choose(&lab, "Song 2").await?;
    lab.browser.wait_for("document.querySelector('[data-action=search-again]')").await?;
    lab.browser.text_with("the worker is gone").await?;
    lab.browser.assert_accessible().await?;
    lab.browser.script("document.querySelector('[data-action=search-again]').click()").await?;
    lab.browser.wait_for("!document.querySelector('[data-action=search-again]')").await?;
    // What was chosen is not forgotten.
    let taste = "document.querySelector('[data-taste] [data-action=choose]')?.textContent";
    lab.browser.wait_for(&format!("{taste} === 'Song 2'")).await?;
    assert!(!titles(&lab, "audio").await?.is_empty());
    device(&lab, "what looked for songs before ended").await?;
    assert_lists(&lab).await?;

    // Whoever chooses another song instead has it looked for, too.
    open(&lab).await?;
    choose(&lab, "Song 2").await?;
    lab.browser.wait_for("document.querySelector('[data-action=search-again]')").await?;
    assert_lists(&lab).await?;
    lab.browser.wait_for("!document.querySelector('[data-action=search-again]')").await?;
    lab.browser.end().await
}

#[tokio::test]
async fn a_program_that_is_not_there_has_its_notice() -> anyhow::Result<()> {
    const GONE: &str = "
        window.isCut = true;
        window.Worker = class extends Worker {
            constructor(url, options) {
                super(window.isCut ? String(url).replace('searching', 'gone') : url, options);
            }
        };";
    let website = Website::with_study(&design(1).to_json())?;
    let browser = Browser::start_with(Options::default().before_load(GONE)).await?;
    let lab = Lab { website, browser };
    lab.open("mode=explore").await?;
    let notice = "document.querySelector('[data-screen=explore] [role=alert]')?.textContent";
    let text = lab.browser.wait_for(notice).await?;
    let text = text.as_str().unwrap_or_default();
    assert!(text.contains("can't be looked for") && text.contains("can't be had"), "{text}");
    lab.browser.script("window.isCut = false").await?;
    lab.browser.script("document.querySelector('[role=alert] button').click()").await?;
    lab.browser.wait_for("document.querySelector('[data-condition=audio] li')").await?;
    assert_lists(&lab).await?;
    lab.browser.end().await
}
