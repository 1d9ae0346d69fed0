//! Browsers: crashed and started again, watched, cut off, misled.

use crate::OwnPage;
use tests::browser::{Autoplay, Browser, Firefox, Network, Options, Source, inject};
use tests::tone::tone_mp3;
use thirtyfour::prelude::*;

/// Remembers in IndexedDB how often it was opened, and says so.
const COUNTER: &str = "<main id=n></main><script>
    const opened = indexedDB.open('counter', 1);
    opened.onupgradeneeded = () => opened.result.createObjectStore('n');
    opened.onerror = () => { document.title = 'refused: ' + opened.error.name; };
    opened.onsuccess = () => {
        const store = opened.result.transaction('n', 'readwrite').objectStore('n');
        store.get(0).onsuccess = (found) => {
            const n = (found.target.result ?? 0) + 1;
            store.put(n, 0);
            store.transaction.oncomplete = () => { document.title = 'opened ' + n; };
        };
    };
</script>";

/// Plays `tone.mp3` when asked to, and `?now` at once.
const PLAYER: &str = "<button onclick=play()>Play</button><script>
    window.context = new AudioContext();
    async function play() {
        context.resume();
        const bytes = await (await fetch('tone.mp3')).arrayBuffer();
        const node = context.createBufferSource();
        node.buffer = await context.decodeAudioData(bytes);
        node.connect(context.destination);
        node.onended = () => document.title = 'ended ' + performance.now();
        node.start();
    }
</script>";

async fn title_with(browser: &Browser, wanted: &str) -> anyhow::Result<()> {
    browser.wait_for(&format!("document.title.startsWith('{wanted}')")).await.map(drop)
}

#[tokio::test]
async fn what_was_stored_outlives_a_crash_of_the_browser() -> anyhow::Result<()> {
    let page = OwnPage::new(COUNTER)?;
    let mut browser = Browser::start().await?;
    browser.page.goto(page.address()).await?;
    title_with(&browser, "opened 1").await?;
    browser.kill()?;
    browser.restart().await?;
    browser.page.goto(page.address()).await?;
    title_with(&browser, "opened 2").await?;
    // An orderly restart keeps it as well; another browser knows nothing of it.
    browser.restart().await?;
    browser.page.goto(page.address()).await?;
    title_with(&browser, "opened 3").await?;
    let other = Browser::start().await?;
    other.page.goto(page.address()).await?;
    title_with(&other, "opened 1").await?;
    other.end().await?;
    browser.end().await
}

#[tokio::test]
async fn a_killed_browser_is_dead_and_can_be_left_so() -> anyhow::Result<()> {
    let mut browser = Browser::start().await?;
    browser.kill()?;
    assert!(browser.page.title().await.is_err(), "the browser still answers");
    browser.end().await
}

#[tokio::test]
async fn tabs_share_a_profile_and_one_is_in_front() -> anyhow::Result<()> {
    let page = OwnPage::new(COUNTER)?;
    let mut browser = Browser::start().await?;
    browser.before_load("window.injected = true").await?;
    browser.page.goto(page.address()).await?;
    title_with(&browser, "opened 1").await?;
    let first = browser.tab().await?;
    let second = browser.new_tab().await?;
    assert_ne!(first, second);
    browser.page.goto(page.address()).await?;
    title_with(&browser, "opened 2").await?;
    assert_eq!(browser.script("return window.injected").await?, true);
    assert_eq!(browser.script("return document.visibilityState").await?, "visible");
    browser.turn_to(&first).await?;
    assert_eq!(browser.page.title().await?, "opened 1");
    assert_eq!(browser.script("return document.visibilityState").await?, "visible");
    browser.end().await
}

#[tokio::test]
async fn errors_breaches_and_foreign_requests_are_caught() -> anyhow::Result<()> {
    let policy = "<meta http-equiv=Content-Security-Policy content=\"script-src 'self'\">";
    let pages = [
        ("<script>console.error('said aloud')</script>", "said aloud"),
        ("<script>throw new Error('not caught')</script>", "not caught"),
        ("<script>Promise.reject(new Error('left alone'))</script>", "left alone"),
        (&format!("{policy}<script>1</script>"), "Content Security Policy"),
    ];
    for (html, expected) in pages {
        let page = OwnPage::new(html)?;
        let browser = Browser::start().await?;
        browser.page.goto(page.address()).await?;
        let fault = browser.assert_clean().await.expect_err(html).to_string();
        assert!(fault.contains(expected), "{fault}");
        browser.assert_clean_but(&[expected]).await?;
        assert!(browser.assert_clean_but(&[expected, "more"]).await.is_err());
        browser.end().await?;
    }
    let page =
        OwnPage::new("<script>console.log('fine'); fetch('https://example.com/a')</script>")?;
    let browser = Browser::start().await?;
    browser.page.goto(page.address()).await?;
    browser.wait_for("performance.getEntriesByType('resource').length > 0").await?;
    let fault = browser.assert_clean().await.expect_err("a foreign request").to_string();
    assert!(fault.contains("example.com:443"), "{fault}");
    browser.end().await
}

#[tokio::test]
async fn a_quiet_page_is_clean() -> anyhow::Result<()> {
    let page = OwnPage::new("<main><h1>Fine</h1></main>")?;
    let browser = Browser::start().await?;
    browser.page.goto(page.address()).await?;
    browser.text_with("Fine").await?;
    // Long enough for a browser that would call home to do so.
    tokio::time::sleep(std::time::Duration::from_secs(2)).await;
    browser.assert_clean().await?;
    browser.assert_accessible().await?;
    browser.end().await
}

#[tokio::test]
async fn axe_finds_planted_violations_under_a_strict_policy() -> anyhow::Result<()> {
    let policy = "<meta http-equiv=Content-Security-Policy content=\"script-src 'self'\">";
    let html = "<main><h1>Planted</h1><img id=dumb src=data:,>\
                <p id=pale style='color:#ccc;background:#fff'>pale</p>\
                <button style='width:9px;height:9px;padding:0;border:0'>a</button>\
                <button style='width:9px;height:9px;padding:0;border:0'>b</button></main>";
    let page = OwnPage::new(&format!("{policy}{html}"))?;
    let browser = Browser::start().await?;
    browser.page.goto(page.address()).await?;
    let violations = browser.axe().await?;
    let of = |rule: &str| violations.iter().find(|violation| violation.rule == rule);
    let dumb = of("image-alt").expect("an image without a text");
    assert_eq!((dumb.impact.as_str(), dumb.selector.as_str()), ("critical", "#dumb"));
    assert!(dumb.help.contains("alternative"), "{dumb}");
    assert_eq!(of("color-contrast").expect("pale text").selector, "#pale");
    assert!(of("target-size").is_some(), "{violations:?}");
    let fault = browser.assert_accessible().await.expect_err("violations").to_string();
    assert!(fault.contains("image-alt (critical) at '#dumb'"), "{fault}");
    browser.assert_clean_but(&[]).await?;
    browser.end().await
}

#[tokio::test]
async fn sound_waits_for_a_gesture_unless_it_need_not() -> anyhow::Result<()> {
    let tone = tone_mp3(500, 300)?;
    let page = OwnPage::with_files(PLAYER, &[("tone.mp3", &tone)])?;
    let browser = Browser::start_with(Options::default().before_load(inject::RECORD_PLAYS)).await?;
    browser.page.goto(page.address()).await?;
    // Looking at the page is no gesture.
    browser.wait_for("document.readyState === 'complete'").await?;
    assert_eq!(browser.script("return navigator.userActivation.hasBeenActive").await?, false);
    browser.script("play()").await?;
    let plays = browser.wait_for("seguePlays.list.length").await?;
    assert_eq!(plays, 1);
    let suspended = &browser.plays().await?[0];
    assert_eq!(suspended.context_state, "suspended");
    browser.click_button("Play").await?;
    browser.wait_for("seguePlays.list.length === 2 && seguePlays.list[1].ended_millis").await?;
    assert_eq!(browser.plays().await?[1].context_state, "running");
    browser.end().await?;

    let free = Options { autoplay: Autoplay::Always, ..Options::default() };
    let browser = Browser::start_with(free).await?;
    browser.page.goto(page.address()).await?;
    browser.wait_for("context.state === 'running'").await?;
    browser.end().await
}

#[tokio::test]
async fn plays_tell_the_song_and_its_samples() -> anyhow::Result<()> {
    let (tone, other) = (tone_mp3(500, 300)?, tone_mp3(520, 300)?);
    let page = OwnPage::with_files(PLAYER, &[("tone.mp3", &tone), ("other.mp3", &other)])?;
    let options = Options { autoplay: Autoplay::Always, ..Options::default() };
    let browser = Browser::start_with(options.before_load(inject::RECORD_PLAYS)).await?;
    browser.page.goto(page.address()).await?;
    browser.click_button("Play").await?;
    title_with(&browser, "ended").await?;
    let plays = browser.plays().await?;
    let [play] = plays.as_slice() else { panic!("{plays:?}") };
    assert_eq!((play.source, play.context_state.as_str()), (Source::Buffer, "running"));
    assert!((play.frequency_hz - 500.0).abs() < 2.0, "{play:?}");
    // LAME says where the sound ends, and the browser cuts there.
    assert!((play.duration_secs - 0.3).abs() < 0.03, "{play:?}");
    assert!(play.sounded_secs.is_some_and(|secs| (0.29..2.0).contains(&secs)), "{play:?}");
    assert_eq!(browser.difference_of_play(0, "tone.mp3").await?, 0.0);
    assert!(browser.difference_of_play(0, "other.mp3").await? > 0.1);
    assert!(browser.difference_of_play(1, "tone.mp3").await.is_err());
    browser.end().await
}

#[tokio::test]
async fn time_can_run_faster() -> anyhow::Result<()> {
    let tone = tone_mp3(500, 3_000)?;
    let page = OwnPage::with_files(PLAYER, &[("tone.mp3", &tone)])?;
    let options = Options { autoplay: Autoplay::Always, ..Options::default() };
    let options = options.before_load(inject::fast_time(10.0)).before_load(inject::RECORD_PLAYS);
    let browser = Browser::start_with(options).await?;
    browser.page.goto(page.address()).await?;
    browser.wait_for("context.state === 'running'").await?;
    let begun = std::time::Instant::now();
    browser.script("play()").await?;
    title_with(&browser, "ended").await?;
    let (took, plays) = (begun.elapsed().as_secs_f64(), browser.plays().await?);
    assert!(took < 2.5, "3 s of sound took {took} s");
    assert!(plays[0].sounded_secs.is_some_and(|secs| secs > 2.95), "by the page: {plays:?}");
    let real = "const page = [Date.now(), performance.now()];
        return new Promise((done) => setTimeout(() => done([Date.now() - page[0],
            performance.now() - page[1]]), 1000))";
    let begun = std::time::Instant::now();
    let clocks = browser.script(real).await?;
    let took = begun.elapsed().as_secs_f64();
    assert!(took < 0.9, "a second of the page took {took} s");
    for at in 0..2 {
        assert!(clocks[at].as_f64().is_some_and(|millis| millis >= 950.0), "{clocks}");
    }
    browser.end().await
}

#[tokio::test]
async fn storage_can_refuse_and_be_full() -> anyhow::Result<()> {
    let page = OwnPage::new(COUNTER)?;
    let options = Options::default().before_load(inject::REFUSE_INDEXED_DB);
    let browser = Browser::start_with(options).await?;
    browser.page.goto(page.address()).await?;
    title_with(&browser, "refused: InvalidStateError").await?;
    browser.end().await?;

    let write = "new Promise((done) => {
        const opened = indexedDB.open('counter');
        opened.onsuccess = () => {
            const transaction = opened.result.transaction('n', 'readwrite');
            const bytes = () => crypto.getRandomValues(new Uint8Array(60_000));
            transaction.objectStore('n').put(Array.from({length: 20}, bytes), 1);
            transaction.oncomplete = () => done('stored');
            transaction.onabort = () => done(transaction.error.name);
        };
    })";
    let mut browser = Browser::start().await?;
    browser.storage_quota(page.address(), Some(1_000_000)).await?;
    browser.page.goto(page.address()).await?;
    title_with(&browser, "opened 1").await?;
    assert_eq!(browser.promise(write).await?, "QuotaExceededError");
    browser.storage_quota(page.address(), None).await?;
    assert_eq!(browser.promise(write).await?, "stored");
    browser.before_load(inject::full_after(0)).await?;
    browser.page.refresh().await?;
    let fault = browser
        .promise(
            "new Promise((done) => {
        const opened = indexedDB.open('counter');
        opened.onsuccess = () => {
            const store = opened.result.transaction('n', 'readwrite').objectStore('n');
            try { store.put(1, 1); done('stored'); } catch (error) { done(error.name); }
        };
    })",
        )
        .await?;
    assert_eq!(fault, "QuotaExceededError");
    browser.before_load(inject::FORBID_INDEXED_DB).await?;
    browser.page.refresh().await?;
    assert!(browser.script("return window.indexedDB").await.is_err());
    browser.end().await
}

#[tokio::test]
async fn surroundings_are_what_the_test_asked_for() -> anyhow::Result<()> {
    let page = OwnPage::new("<main>here</main>")?;
    let options = Options {
        languages: Some("nl-NL,en".to_owned()),
        reduced_motion: true,
        window: (900, 700),
        ..Options::default()
    };
    let browser = Browser::start_with(options.before_load(inject::NO_LOCKS)).await?;
    browser.page.goto(page.address()).await?;
    assert_eq!(browser.script("return navigator.language").await?, "nl-NL");
    assert_eq!(browser.script("return navigator.languages[1]").await?, "en");
    assert_eq!(browser.script("return navigator.locks ?? 'none'").await?, "none");
    let media = "return matchMedia('(prefers-reduced-motion: reduce)').matches";
    assert_eq!(browser.script(media).await?, true);
    assert_eq!(browser.script("return outerWidth").await?, 900);
    let dark = "return matchMedia('(prefers-color-scheme: dark)').matches";
    browser.dark(true).await?;
    assert_eq!(browser.script(dark).await?, true);
    browser.dark(false).await?;
    assert_eq!(browser.script(dark).await?, false);
    browser.as_phone(320, 640).await?;
    assert_eq!(browser.script("return screen.width").await?, 320);
    browser.network(Network::Offline).await?;
    assert_eq!(browser.script("return navigator.onLine").await?, false);
    browser.network(Network::Slow { latency_millis: 400, bytes_per_second: 1_000_000 }).await?;
    let begun = std::time::Instant::now();
    browser.promise("fetch('index.html', {cache: 'no-store'}).then((a) => a.text())").await?;
    assert!(begun.elapsed().as_millis() >= 400, "{:?}", begun.elapsed());
    let before = browser.memory().await?;
    browser.script("window.kept = [...Array(5000)].map(() => document.createElement('p'))").await?;
    let after = browser.memory().await?;
    assert!(after.n_nodes - before.n_nodes >= 5_000.0, "{before:?} {after:?}");
    assert!(after.heap_bytes > before.heap_bytes, "{before:?} {after:?}");
    browser.end().await
}

#[tokio::test]
async fn webgpu_is_there_when_asked_for() -> anyhow::Result<()> {
    let page = OwnPage::new("<main>here</main>")?;
    let browser = Browser::start_with(Options { webgpu: true, ..Options::default() }).await?;
    browser.page.goto(page.address()).await?;
    let adapter = browser.promise("navigator.gpu.requestAdapter().then((a) => !!a)").await?;
    assert_eq!(adapter, true);
    browser.end().await
}

#[tokio::test]
async fn suspended_sound_stays_so() -> anyhow::Result<()> {
    let page = OwnPage::with_files(PLAYER, &[("tone.mp3", &tone_mp3(500, 300)?)])?;
    let options = Options { autoplay: Autoplay::Always, ..Options::default() };
    let browser = Browser::start_with(options.before_load(inject::SUSPEND_AUDIO)).await?;
    browser.page.goto(page.address()).await?;
    browser.click_button("Play").await?;
    let resumed = "Promise.race([context.resume().then(() => 'resumed'),
        new Promise((done) => setTimeout(() => done(context.state), 300))])";
    assert_eq!(browser.promise(resumed).await?, "suspended");
    browser.end().await
}

#[tokio::test]
async fn keys_and_pictures() -> anyhow::Result<()> {
    let page = OwnPage::new(
        "<main>keys:</main><script>
        addEventListener('keydown', (e) => document.querySelector('main').append(' ' + e.key));
    </script>",
    )?;
    let browser = Browser::start().await?;
    browser.page.goto(page.address()).await?;
    browser.press("1").await?;
    browser.press(Key::Left).await?;
    browser.press(" ").await?;
    browser.press("j").await?;
    browser.text_with("keys: 1 ArrowLeft j").await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("seen.png");
    browser.screenshot(&file).await?;
    assert!(std::fs::read(file)?.starts_with(b"\x89PNG"));
    browser.end().await
}

#[tokio::test]
async fn firefox_has_the_same_page() -> anyhow::Result<()> {
    Firefox::run("firefox_has_the_same_page", same_page).await
}

async fn same_page(firefox: &Firefox) -> anyhow::Result<()> {
    let page = OwnPage::with_files(PLAYER, &[("tone.mp3", &tone_mp3(500, 300)?)])?;
    firefox.page.goto(page.address()).await?;
    firefox.click_button("Play").await?;
    firefox.wait_for("document.title.startsWith('ended')").await?;
    let violations = firefox.axe().await?;
    assert!(violations.iter().any(|one| one.rule == "page-has-heading-one"), "{violations:?}");
    assert!(firefox.console().await.is_err(), "only Chromium has a console to read");
    Ok(())
}
