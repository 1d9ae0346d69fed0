//! The service worker: versions that never mix, and copies of the bundle that never lie.

use super::Browser;
use super::study::{Studies, fetched, keep_bundle, version_shown, with_worker};
use serde_json::{Value, json};
use shared::bundle::{FileRecord, FileRole, MediaKind};
use tests::programs::Server;

/// A study opened in a browser, its worker in control.
async fn opened(studies: &Studies) -> anyhow::Result<(Server, Browser, String)> {
    let server = Server::start(studies.folder())?;
    let browser = Browser::start().await?;
    let address = format!("{}study-1/", server.address);
    browser.page.goto(&address).await?;
    with_worker(&browser).await?;
    Ok((server, browser, address))
}

/// Sends `skip-waiting` to the worker that waits and says whether it took over within `millis`.
async fn takes_over(browser: &Browser, millis: u64) -> anyhow::Result<Value> {
    let script = format!(
        "return (async () => {{
            const registration = await navigator.serviceWorker.ready;
            while (!registration.waiting) await new Promise((go) => setTimeout(go, 50));
            const change = new Promise((resolve) => navigator.serviceWorker.addEventListener(
                'controllerchange', () => resolve(true)));
            registration.waiting.postMessage({{ type: 'skip-waiting' }});
            const late = new Promise((resolve) => setTimeout(() => resolve(false), {millis}));
            return Promise.race([change, late]);
        }})()"
    );
    browser.script(&script).await
}

#[tokio::test]
async fn a_new_version_waits_until_the_page_asks_and_no_other_is_open() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    studies.add("study-2")?;
    let (server, browser, address) = opened(&studies).await?;
    browser.page.goto(format!("{}study-2/", server.address)).await?;
    with_worker(&browser).await?;
    browser.page.goto(&address).await?;
    let first = version_shown(&browser).await?;
    studies.publish("new")?;
    for _ in 0..2 {
        browser.page.refresh().await?;
        assert_eq!(version_shown(&browser).await?, first, "a reload keeps the version");
    }
    // Another page may be in the middle of a session.
    let page = browser.page.window().await?;
    let other = browser.page.new_tab().await?;
    browser.page.switch_to_window(other).await?;
    browser.page.goto(&address).await?;
    assert_eq!(version_shown(&browser).await?, first);
    browser.click("[data-action=update]").await?;
    browser.text_with("Close the other tab of this site first").await?;
    assert_eq!(takes_over(&browser, 1_000).await?, false);
    browser.page.close_window().await?;
    browser.page.switch_to_window(page).await?;
    assert_eq!(takes_over(&browser, 30_000).await?, true);
    browser.page.refresh().await?;
    assert_eq!(version_shown(&browser).await?, "new");
    let caches = browser.script("return caches.keys().then((names) => names.length)").await?;
    let bundles = "return caches.keys().then((names) =>
        names.filter((name) => name.startsWith('segue bundle')).length)";
    let n_bundles = browser.script(bundles).await?.as_u64().unwrap_or_default();
    assert_eq!(caches, 2 + n_bundles, "one version of each study is kept");

    drop(server);
    browser.page.refresh().await?;
    assert_eq!(version_shown(&browser).await?, "new");
    browser.end().await
}

#[tokio::test]
async fn a_page_put_in_place_of_the_study_is_seen_and_a_broken_host_is_not() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    let (_server, browser, address) = opened(&studies).await?;
    let index = std::fs::read(studies.file("index.html"))?;
    std::fs::remove_file(studies.file("index.html"))?;
    browser.page.goto(&address).await?;
    assert!(version_shown(&browser).await?.is_string(), "a host that lost the page");
    std::fs::write(studies.file("index.html"), "<!doctype html><p>This study is closed.")?;
    browser.page.goto(&address).await?;
    browser.text_with("This study is closed").await?;
    std::fs::write(studies.file("index.html"), index)?;
    browser.page.goto(&address).await?;
    assert!(version_shown(&browser).await?.is_string());
    browser.end().await
}

#[tokio::test]
async fn half_a_version_is_not_installed() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    let (_server, browser, address) = opened(&studies).await?;
    let first = version_shown(&browser).await?;
    // The worker of the new version is on the host before its page.
    let index = std::fs::read(studies.file("index.html"))?;
    studies.publish("new")?;
    std::fs::write(studies.file("index.html"), index)?;
    let script = "return (async () => {
        const registration = await navigator.serviceWorker.ready;
        const next = (await registration.update()).installing;
        await new Promise((resolve) => next.addEventListener('statechange', resolve));
        return next.state;
    })()";
    assert_eq!(browser.script(script).await?, "redundant");
    browser.page.goto(&address).await?;
    assert_eq!(version_shown(&browser).await?, first);
    browser.end().await
}

#[tokio::test]
async fn copies_are_of_one_bundle() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    let (server, browser, address) = opened(&studies).await?;
    assert_eq!(keep_bundle(&browser).await?["failed"], 0);
    let kept = "return caches.keys()
        .then((names) => caches.open(names.find((name) => name.startsWith('segue bundle'))))
        .then((cache) => cache.keys())
        .then((requests) => requests.map((request) => request.url))";
    assert_eq!(browser.script(kept).await?.as_array().map(Vec::len), Some(21));

    // A file that does not fit its manifest is given, as any host would, but not kept.
    let table = studies.file("bundle/embeddings/audio.safetensors");
    let right = std::fs::read_to_string(studies.file("bundle/catalog.json"))?;
    std::fs::write(studies.file("bundle/catalog.json"), "changed")?;
    let catalog = |init| fetched(&browser, "bundle/catalog.json", init);
    assert_eq!(catalog(json!({})).await?["text"], "changed");
    assert_eq!(catalog(json!({"cache": "force-cache"})).await?["text"], right.as_str());

    // A new manifest: what it states otherwise is forgotten, the rest stays.
    let path = studies.file("bundle/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let files = manifest["files"].as_object_mut().expect("files");
    files["catalog.json"]["sha256"] = json!("00".repeat(32));
    std::fs::write(&path, manifest.to_string())?;
    assert!(table.is_file(), "{}", table.display());
    fetched(&browser, "bundle/manifest.json", json!({})).await?;
    drop(server);
    assert!(catalog(json!({})).await?["error"].is_string());
    let manifest = fetched(&browser, "bundle/manifest.json", json!({})).await?;
    assert!(manifest["text"].as_str().is_some_and(|text| text.contains("000000")), "{manifest}");
    let urls = browser.script(kept).await?;
    assert_eq!(urls.as_array().map(Vec::len), Some(20), "{urls}");
    let gone = format!("{address}bundle/catalog.json");
    assert!(!urls.as_array().is_some_and(|urls| urls.contains(&json!(gone))), "{urls}");
    browser.end().await
}

/// Moves what can be heard from the manifest to a list, as in a large bundle; `change` makes a list of another bundle.
fn list_stimuli(studies: &Studies, change: impl FnOnce(&mut Value)) -> anyhow::Result<()> {
    let path = studies.file("bundle/manifest.json");
    let mut manifest: Value = serde_json::from_slice(&std::fs::read(&path)?)?;
    let files = manifest["files"].as_object_mut().expect("files");
    let stimuli: Vec<String> =
        files.keys().filter(|file| file.starts_with("stimuli/")).cloned().collect();
    let mut list = match std::fs::read(studies.file("bundle/lists/0000.json")) {
        Ok(json) => serde_json::from_slice(&json)?,
        Err(_) => json!({"files": {}}),
    };
    for file in stimuli {
        list["files"][&file] = files.remove(&file).expect("it was there");
    }
    change(&mut list["files"]);
    let (n_files, json) =
        (list["files"].as_object().map_or(0, |files| files.len()), list.to_string());
    let record = FileRecord::of(FileRole::FileList, MediaKind::Json, json.as_bytes());
    files.insert("lists/0000.json".to_owned(), serde_json::to_value(record)?);
    let bytes: u64 = list["files"]
        .as_object()
        .map_or(0, |files| files.values().filter_map(|file| file["bytes"].as_u64()).sum());
    let entry = json!({"file": "lists/0000.json", "n_files": n_files, "bytes": bytes});
    manifest["file_lists"] = json!([entry]);
    std::fs::create_dir_all(studies.file("bundle/lists"))?;
    std::fs::write(studies.file("bundle/lists/0000.json"), json)?;
    Ok(std::fs::write(path, manifest.to_string())?)
}

#[tokio::test]
async fn what_a_list_names_is_kept_as_the_list_says() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    list_stimuli(&studies, |_| {})?;
    let (server, browser, _address) = opened(&studies).await?;
    let kept = keep_bundle(&browser).await?;
    assert_eq!((&kept["failed"], &kept["done"]), (&json!(0), &json!(22)), "{kept}");
    let stimulus = std::fs::read_dir(studies.file("bundle/stimuli"))?.next().expect("stimuli")?;
    let name = format!("stimuli/{}", stimulus.file_name().to_string_lossy());
    let url = format!("bundle/{name}");
    let right = std::fs::read_to_string(stimulus.path())?;
    std::fs::write(stimulus.path(), "changed")?;
    let heard = |init| fetched(&browser, &url, init);
    assert_eq!(heard(json!({})).await?["text"], "changed");
    assert_eq!(heard(json!({"cache": "force-cache"})).await?["text"], right.as_str());

    // A list of another bundle: what it says otherwise is forgotten, the rest is kept.
    list_stimuli(&studies, |files| files[&name]["sha256"] = json!("00".repeat(32)))?;
    let again = keep_bundle(&browser).await?;
    assert_eq!((&again["failed"], &again["done"]), (&json!(1), &json!(21)), "{again}");
    drop(server);
    assert!(heard(json!({})).await?["error"].is_string());
    let others = std::fs::read_dir(studies.file("bundle/stimuli"))?.filter_map(Result::ok);
    let other = others.map(|file| file.file_name().to_string_lossy().into_owned());
    let other = other.map(|file| format!("stimuli/{file}")).find(|file| *file != name);
    let other = format!("bundle/{}", other.expect("there are twelve"));
    assert_eq!(fetched(&browser, &other, json!({})).await?["status"], 200);
    browser.end().await
}

#[tokio::test]
async fn ranges_of_a_copy_are_answered_without_a_host() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    let (server, browser, _address) = opened(&studies).await?;
    let stimulus = std::fs::read_dir(studies.file("bundle/stimuli"))?.next().expect("stimuli")?;
    let text = std::fs::read_to_string(stimulus.path())?;
    let n_bytes = text.len();
    let url = format!("bundle/stimuli/{}", stimulus.file_name().to_string_lossy());
    let part = |range: &str| fetched(&browser, &url, json!({"headers": {"range": range}}));
    let passed_through = part("bytes=1-3").await?;
    assert_eq!(passed_through["status"], 206);
    keep_bundle(&browser).await?;
    drop(server);
    assert_eq!(part("bytes=1-3").await?, passed_through);
    assert_eq!(passed_through["text"], &text[1..4]);
    for (range, expected, span) in [
        ("bytes=2-", &text[2..], format!("bytes 2-{}/{n_bytes}", n_bytes - 1)),
        (
            "bytes=-2",
            &text[n_bytes - 2..],
            format!("bytes {}-{}/{n_bytes}", n_bytes - 2, n_bytes - 1),
        ),
        ("bytes=0-999", &text[..], format!("bytes 0-{}/{n_bytes}", n_bytes - 1)),
    ] {
        let answer = part(range).await?;
        assert_eq!(answer, json!({"status": 206, "text": expected, "range": span}), "{range}");
    }
    let beyond = part("bytes=999-").await?;
    assert_eq!(
        (&beyond["status"], &beyond["range"]),
        (&json!(416), &json!(format!("bytes */{n_bytes}")))
    );
    browser.end().await
}
