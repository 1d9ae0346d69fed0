//! What participants never need is not loaded for them, and what was used is there again.

use crate::material::website;
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
