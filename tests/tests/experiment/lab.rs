//! A study with a participant in front of it.

use anyhow::Context;
use shared::study::export::{from_csv, from_json};
use shared::study::{Preset, SessionLog, StudyDesign};
use tests::browser::{Browser, Options};
use tests::session::{Participant, Screen};
use tests::website::Website;

/// Notes the text of each file that is saved.
pub(crate) const NOTE_FILES: &str = "
    window.saved = [];
    const create = URL.createObjectURL;
    URL.createObjectURL = (blob) => {
        blob.text().then((text) => window.saved.push(text));
        return create.call(URL, blob);
    };";

/// How many records of sessions the browser keeps, rows and heads.
const N_STORED: &str = "new Promise((done, failed) => {
    const open = indexedDB.open('segue');
    open.onerror = failed;
    open.onsuccess = () => {
        const names = [...open.result.objectStoreNames];
        const reading = open.result.transaction(names);
        const counts = names.map((name) => new Promise((told) => {
            const count = reading.objectStore(name).count();
            count.onsuccess = () => told(count.result);
        }));
        Promise.all(counts).then((all) => {
            open.result.close();
            done(all.reduce((a, b) => a + b, 0));
        });
    };
})";

/// Changes every head that the browser keeps.
const CHANGE_HEADS: &str = "new Promise((done, failed) => {
    const open = indexedDB.open('segue');
    open.onerror = failed;
    open.onsuccess = () => {
        const writing = open.result.transaction('sessions', 'readwrite');
        writing.oncomplete = () => { open.result.close(); done(true); };
        writing.onabort = failed;
        writing.objectStore('sessions').openCursor().onsuccess = (event) => {
            const at = event.target.result;
            if (!at) return;
            const head = JSON.parse(at.value);
            CHANGE
            at.update(JSON.stringify(head));
            at.continue();
        };
    };
})";

/// The default study, short: clips of 1.5 s, one practice trial, no pause.
pub(crate) fn design(n_liked: u32) -> StudyDesign {
    let mut design = Preset::Default.design();
    design.study_id = "test".to_owned();
    design.stop.liked_anchors = Some(n_liked);
    design.clip.seconds = 1.5;
    design.practice_trials = 1;
    design.breaks = None;
    design
}

/// A website with that study, and a browser that has not opened it.
pub(crate) struct Lab {
    pub(crate) website: Website,
    pub(crate) browser: Browser,
}

impl Lab {
    pub(crate) async fn of(design: &StudyDesign) -> anyhow::Result<Self> {
        Self::with(design, Options::default()).await
    }

    pub(crate) async fn with(design: &StudyDesign, options: Options) -> anyhow::Result<Self> {
        let website = Website::with_study(&design.to_json())?;
        let browser = Browser::start_with(options.before_load(NOTE_FILES)).await?;
        Ok(Self { website, browser })
    }

    /// Opens the page with this query.
    pub(crate) async fn open(&self, query: &str) -> anyhow::Result<()> {
        let address = format!("{}?{query}", self.website.server.address);
        Ok(self.browser.page.goto(&address).await?)
    }

    pub(crate) fn participant(&self) -> Participant<'_> {
        Participant::new(&self.browser)
    }

    /// Goes from the debrief to the end.
    pub(crate) async fn finish(&self) -> anyhow::Result<()> {
        let participant = self.participant();
        participant.wait_for_screen(Screen::Debrief).await?;
        participant.act("read").await?;
        participant.wait_for_screen(Screen::Done).await
    }

    /// Whether the browser would ask before the page is left.
    pub(crate) async fn asks_before_leaving(&self) -> anyhow::Result<bool> {
        let leave = "return window.dispatchEvent(new Event('beforeunload', { cancelable: true }))";
        Ok(self.browser.script(leave).await? == false)
    }

    /// The file that a button saves.
    pub(crate) async fn saved(&self, action: &str) -> anyhow::Result<String> {
        self.browser.script("window.saved = []").await?;
        self.participant().act(action).await?;
        let text = self.browser.wait_for("window.saved[0]").await?;
        Ok(text.as_str().context("a file is text")?.to_owned())
    }

    /// The session as the csv tells it, its chain and every cell checked.
    pub(crate) async fn log(&self) -> anyhow::Result<SessionLog> {
        Ok(from_csv(&self.saved("download-csv").await?)?)
    }

    /// How many records of sessions the browser keeps, rows and heads.
    pub(crate) async fn n_stored(&self) -> anyhow::Result<u64> {
        self.browser.promise(N_STORED).await?.as_u64().context("a count is a number")
    }

    /// Changes every head that the browser keeps by a statement about `head`.
    pub(crate) async fn change_heads(&self, statement: &str) -> anyhow::Result<()> {
        self.browser.promise(&CHANGE_HEADS.replace("CHANGE", statement)).await.map(drop)
    }

    /// The session as the JSON tells it.
    pub(crate) async fn log_of_json(&self) -> anyhow::Result<SessionLog> {
        Ok(from_json(&self.saved("download-json").await?)?)
    }
}
