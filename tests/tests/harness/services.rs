//! Hosts and services as a page sees them.

use crate::OwnPage;
use std::time::Duration;
use tests::browser::Browser;
use tests::fake_server::{FakeServer, FakeService, Reply, Route, jatos_js};
use tests::static_host::{Fault, StaticHost};

/// The status, or that there was none, of a POST from the page.
fn post(address: &str) -> String {
    format!(
        "fetch('{address}', {{method: 'POST', headers: {{'Content-Type': 'application/json'}},
             body: JSON.stringify({{experimentID: 'abcdefghijkl', filename: 'a.csv', data: 'x'}})}})
             .then((answer) => answer.status, () => 'none')"
    )
}

#[tokio::test]
async fn a_page_of_another_origin_sees_what_was_scripted() -> anyhow::Result<()> {
    let (page, server) = (OwnPage::new("<main>here</main>")?, FakeServer::start()?);
    let browser = Browser::start().await?;
    browser.page.goto(page.address()).await?;
    let replies = [
        Reply::Status(500),
        Reply::WithoutCors,
        Reply::Drop,
        Reply::Hang(Duration::from_millis(50)),
        Reply::AsReal,
        Reply::AsReal,
    ];
    server.script(Route::DataPipe, replies);
    let post = post(&server.address(Route::DataPipe));
    let mut statuses = Vec::new();
    for _ in 0..6 {
        let status = browser.promise(&post).await?;
        statuses.push(status.as_u64().map_or("none".to_owned(), |status| status.to_string()));
    }
    assert_eq!(statuses, ["500", "none", "none", "none", "201", "400"]);
    assert_eq!(server.data_pipe_files()["a.csv"], "x");
    let n_requests = server.received(Route::DataPipe).len();
    assert_eq!(n_requests, 6, "the browser itself must not try again");
    browser.end().await
}

#[tokio::test]
async fn jatos_stands_beside_the_page() -> anyhow::Result<()> {
    let folder = tempfile::tempdir()?;
    std::fs::write(folder.path().join("index.html"), "<script src=jatos.js></script>")?;
    std::fs::write(folder.path().join("jatos.js"), jatos_js(""))?;
    let service = FakeService::default();
    let host = StaticHost::start_with(folder.path(), &service)?;
    let browser = Browser::start().await?;
    browser.page.goto(format!("{}?worker=7", host.address)).await?;
    browser.promise("new Promise((done) => jatos.onLoad(done))").await?;
    assert_eq!(browser.script("return jatos.urlQueryParameters.worker").await?, "7");
    browser.promise("jatos.appendResultData({row: 1})").await?;
    browser.promise("jatos.appendResultData('\\n2')").await?;
    assert_eq!(service.jatos_result(), "{\"row\":1}\n2");
    service.script(Route::JatosResult, [Reply::Status(413)]);
    let refused = browser.promise("jatos.submitResultData('all')").await;
    assert!(refused.is_err_and(|fault| fault.to_string().contains("413")));
    browser.promise("jatos.submitResultData('all')").await?;
    browser.promise("jatos.uploadResultFile('a,b', 'x.csv')").await?;
    browser.promise("jatos.endStudy()").await?;
    assert_eq!(service.jatos_result(), "all");
    assert_eq!(service.jatos_files()["x.csv"], b"a,b");
    assert_eq!(service.received(Route::JatosEnd).len(), 1);
    browser.end().await
}

#[tokio::test]
async fn a_page_sees_a_host_misbehave() -> anyhow::Result<()> {
    let page = OwnPage::with_files("<main>here</main>", &[("song.mp3", &[7; 1_000])])?;
    let browser = Browser::start().await?;
    browser.page.goto(page.address()).await?;
    let get = "fetch('song.mp3').then(async (answer) => answer.status + ' ' +
        (await answer.arrayBuffer()).byteLength, () => 'none').catch(() => 'broken')";
    for (fault, expected) in [
        (Fault::Status(404), "404 12"),
        (Fault::Truncated { n_bytes: 10 }, "broken"),
        (Fault::Cut { n_bytes: 10 }, "200 10"),
        (Fault::WrongBytes, "200 1000"),
        (Fault::Drop, "none"),
        (Fault::Slow { bytes_per_second: 5_000 }, "200 1000"),
    ] {
        page.host.fail_times("song.mp3", fault, 1);
        assert_eq!(browser.promise(get).await?, expected, "{fault:?}");
    }
    assert_eq!(page.host.n_requests("song.mp3"), 6);
    browser.end().await
}
