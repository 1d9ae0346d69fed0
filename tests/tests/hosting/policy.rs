//! The page under its content security policy.

use super::study::{Studies, with_worker};
use super::{Browser, Website, check_every_file};
use serde_json::json;
use shared::study::Preset;
use tests::programs::Server;

const WATCH: &str = "window.violations = [];
    addEventListener('securitypolicyviolation', (event) => window.violations.push(
        `${event.effectiveDirective} ${event.blockedURI} ${event.sourceFile}:${event.lineNumber}`));";

#[tokio::test]
async fn no_page_does_what_the_policy_forbids() -> anyhow::Result<()> {
    let website = Website::with_study(&Preset::Default.design().to_json())?;
    let server = &website.server;
    let browser = Browser::start().await?;
    let watch = json!({ "source": WATCH });
    browser.page.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", watch).await?;
    for query in
        ["", "?mode=researcher", "?mode=design", "?mode=results", "?mode=pilot", "?mode=sim&seed=1"]
    {
        browser.page.goto(format!("{}{query}", server.address)).await?;
        browser.wait_for("document.querySelector('main h1, main h2')?.textContent").await?;
        with_worker(&browser).await?;
        assert_eq!(browser.script("return window.violations").await?, json!([]), "{query}");
    }
    browser.page.goto(format!("{}?mode=researcher", server.address)).await?;
    browser.text_with("Check every file").await?;
    check_every_file(&browser).await?;
    assert_eq!(browser.script("return window.violations").await?, json!([]));
    browser.end().await
}

/// Else the test above could not fail.
#[tokio::test]
async fn the_policy_holds_and_lets_through_what_a_study_needs() -> anyhow::Result<()> {
    let studies = Studies::new()?;
    let server = Server::start(&studies.file("."))?;
    let receiver = tests_receiver()?;
    let browser = Browser::start().await?;
    let watch = json!({ "source": WATCH });
    browser.page.cdp().send_raw("Page.addScriptToEvaluateOnNewDocument", watch).await?;
    browser.page.goto(&server.address).await?;
    browser.text_with("Segue").await?;
    let script = format!(
        "return (async () => {{
            const add = (name, set) => document.body.append(Object.assign(
                document.createElement(name), set));
            const outcome = {{}};
            add('script', {{ text: 'window.inlineRan = true' }});
            add('style', {{ textContent: 'body {{ color: red }}' }});
            add('img', {{ src: 'http://example.org/a.png' }});
            add('iframe', {{ src: 'http://example.org/' }});
            document.body.setAttribute('style', 'color: red');
            // The driver's own scripts may evaluate text until they first wait.
            await new Promise((resolve) => setTimeout(resolve));
            try {{ new Function('return 1')(); outcome.evaluated = true; }} catch {{}}
            await fetch('http://example.org/').catch(() => {{}});
            const sent = await fetch('{receiver}', {{ method: 'POST', mode: 'no-cors', body: 'x' }})
                .then(() => true, () => false);
            const url = URL.createObjectURL(new Blob(['x']));
            add('audio', {{ src: url }});
            document.body.style.setProperty('width', '50%');
            await new Promise((resolve) => setTimeout(resolve, 300));
            const found = window.violations.map((line) => line.split(' ')[0]);
            return {{ ...outcome, inlineRan: window.inlineRan === true, sent,
                      width: document.body.style.width,
                      found: [...new Set(found)].sort() }};
        }})()"
    );
    let outcome = browser.script(&script).await?;
    let found = ["connect-src", "frame-src", "img-src", "script-src", "script-src-elem"];
    let found: Vec<_> = found.into_iter().chain(["style-src-attr", "style-src-elem"]).collect();
    assert_eq!(outcome, json!({"inlineRan": false, "sent": true, "width": "50%", "found": found}));
    browser.end().await
}

/// An address on this machine that takes one request, as one would try sending with.
fn tests_receiver() -> anyhow::Result<String> {
    let listener = std::net::TcpListener::bind("127.0.0.1:0")?;
    let address = listener.local_addr()?;
    std::thread::spawn(move || {
        use std::io::{Read, Write};
        for stream in listener.incoming() {
            let Ok(mut stream) = stream else { continue };
            let mut request = [0; 2_048];
            let _read = stream.read(&mut request);
            let _written =
                stream.write_all(b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n");
        }
    });
    Ok(format!("http://127.0.0.1:{}/", address.port()))
}
