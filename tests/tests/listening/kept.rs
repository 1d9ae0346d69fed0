//! What participants never need is not loaded for them, and what was used is there again.

use crate::material::{FORMATS, NETWORKS, sound, website};
use crate::page::{choose, give_lyrics, heard, open, titles};
use crate::workers::Workers;
use serde_json::json;

/// Files of the workers that are kept on the device, without their hashes.
const KEPT: &str = "(async () => {
        const names = (await caches.keys()).filter((name) => name.startsWith('segue site'));
        const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
        const files = requests.flat().map(({ url }) => new URL(url).pathname.slice(1));
        const ours = files.filter((file) => /^(listening|reading)-/.test(file));
        return ours.map((file) => file.replace(/-?[0-9a-f]{16}/, '')).sort();
    })()";

#[tokio::test]
async fn a_worker_that_was_used_is_there_without_a_network() -> anyhow::Result<()> {
    let website = website();
    let workers = Workers::open(&website).await?;
    workers.browser.wait_for("navigator.serviceWorker.controller").await?;
    assert_eq!(workers.browser.promise(KEPT).await?, json!([]));
    workers.and("listening").await?;
    let files = json!(["listening-start.js", "listening.js", "listening_bg.wasm"]);
    let begun = std::time::Instant::now();
    while workers.browser.promise(KEPT).await? != files {
        assert!(begun.elapsed().as_secs() < 30, "{}", workers.browser.promise(KEPT).await?);
    }
    workers.browser.offline(true).await?;
    workers.and("listening").await?;
    workers.browser.end().await
}

/// How many files of networks are kept on the device.
const KEPT_NETWORKS: &str = "(async () => {
        const names = (await caches.keys()).filter((name) => name.startsWith('segue bundle'));
        const requests = await Promise.all(names.map(async (name) => (await caches.open(name)).keys()));
        return requests.flat().filter(({ url }) => url.includes('/bundle/models/')).length;
    })()";

#[tokio::test]
async fn a_song_is_heard_and_read_without_a_network_once_the_networks_were_used()
-> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    browser.wait_for("navigator.serviceWorker.controller").await?;
    let mut found = Vec::new();
    for is_offline in [false, true] {
        browser.offline(is_offline).await?;
        browser.page.refresh().await?;
        browser.wait_for("document.querySelector('[data-action=own-file]')").await?;
        choose(&browser, folder.path(), FORMATS[0], &sound(FORMATS[0])).await?;
        heard(&browser).await?;
        give_lyrics(&browser).await?;
        for network in NETWORKS {
            found.push(titles(&browser, network).await?);
        }
        // Configuration and weights of three networks, and the vocabularies of two.
        let begun = std::time::Instant::now();
        while browser.promise(KEPT_NETWORKS).await? != json!(8) {
            assert!(begun.elapsed().as_secs() < 30, "{}", browser.promise(KEPT_NETWORKS).await?);
        }
    }
    assert!(found.iter().all(|titles| titles.len() == 10), "{found:?}");
    assert_eq!(found[..3], found[3..]);
    browser.end().await
}
