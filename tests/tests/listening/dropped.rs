//! Files that are dropped on the page, and lyrics from text files.

use crate::material::{FORMATS, LYRICS, sound, website};
use crate::page::{choose_file, heard, open, write_lyrics};
use serde_json::{Value, json};
use tests::browser::Browser;

/// Drags and drops as a browser does; gives whether the page took it into its own hands, while it was above and when
/// it was dropped.
const SCRIPT: &str = "
    window.drop = (target, fill) => {
        const dataTransfer = new DataTransfer();
        fill(dataTransfer);
        return ['dragover', 'drop'].map((name) => {
            const event = new DragEvent(name, { dataTransfer, bubbles: true, cancelable: true });
            document.querySelector(target).dispatchEvent(event);
            return event.defaultPrevented;
        });
    };
    window.dropFiles = (target, ...files) =>
        window.drop(target, (data) => files.forEach((file) => data.items.add(file)));";

/// What stands in the field of the lyrics.
const FIELD: &str = "document.querySelector('[data-action=own-lyrics]').value";

/// What the page says of a file that can't be used.
const ALERT: &str = "document.querySelector('[data-own] [role=alert]')?.textContent";

async fn written(browser: &Browser, lyrics: &str) -> anyhow::Result<()> {
    browser.wait_for(&format!("{FIELD} === {}", Value::from(lyrics))).await.map(drop)
}

#[tokio::test]
async fn songs_and_lyrics_are_told_apart_and_words_go_where_they_are_dropped() -> anyhow::Result<()>
{
    let website = website();
    website.add_file("songs/dropped.mp3", &sound(FORMATS[0]))?;
    let browser = open(&website).await?;
    browser.script(SCRIPT).await?;
    let song = "const bytes = await (await fetch('songs/dropped.mp3')).arrayBuffer();
        const song = new File([bytes], 'dropped.mp3', { type: 'audio/mpeg' });";
    // Beside the section as well, where the browser would leave the page for the file.
    let dropped = format!("(async () => {{ {song} return dropFiles('h1', song); }})()");
    assert_eq!(browser.promise(&dropped).await?, json!([true, true]));
    heard(&browser).await?;
    // Lyrics leave the song as it is, wherever in the section they fall.
    let [first, second] = ["la la", "na na na"].map(Value::from);
    let lyrics = format!(
        "return dropFiles('[data-own]', new File([{first}], 'lyrics.txt', {{ type: 'text/plain' }}))"
    );
    assert_eq!(browser.script(&lyrics).await?, json!([true, true]));
    written(&browser, "la la").await?;
    let lyrics = format!(
        "return dropFiles('[data-action=own-lyrics]', new File([{second}], 'Song.LRC', {{ type: '' }}))"
    );
    assert_eq!(browser.script(&lyrics).await?, json!([true, true]));
    written(&browser, "na na na").await?;
    let genres = "return document.querySelector('[data-own] [data-genres]') !== null";
    assert_eq!(browser.script(genres).await?, json!(true), "the song is gone");
    // Both at once.
    let both = format!(
        "(async () => {{ {song}
             const lyrics = new File([{first}], 'lyrics.txt', {{ type: 'text/plain' }});
             return dropFiles('[data-own]', lyrics, song); }})()"
    );
    assert_eq!(browser.promise(&both).await?, json!([true, true]));
    written(&browser, "la la").await?;
    heard(&browser).await?;
    // Words are left to the browser, which writes them into the field.
    let words =
        "return drop('[data-action=own-lyrics]', (data) => data.setData('text/plain', 'oh'))";
    assert_eq!(browser.script(words).await?, json!([false, false]));
    browser.assert_clean().await?;
    browser.end().await
}

#[tokio::test]
async fn each_fault_of_a_lyrics_file_has_its_sentence() -> anyhow::Result<()> {
    let website = website();
    let folder = tempfile::tempdir()?;
    let browser = open(&website).await?;
    let file = async |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes)?;
        choose_file(&browser, "own-lyrics-file", &path).await
    };
    write_lyrics(&browser, LYRICS).await?;
    for (name, bytes, wanted) in [
        ("large.txt", &b"la ".repeat(1_000_000)[..], "'large.txt' has 3.0 MB, and lyrics may have"),
        (
            "latin.txt",
            b"Zw\xf6lf Boxk\xe4mpfer",
            "'latin.txt' is not text in UTF-8: save it as UTF-8",
        ),
        ("wide.lrc", b"\xff\xfel\0a\0", "'wide.lrc' is not text in UTF-8"),
        ("empty.txt", b"", "'empty.txt' has no words."),
    ] {
        file(name, bytes).await?;
        browser.wait_for(&format!("{ALERT}?.includes({})", Value::from(wanted))).await?;
        written(&browser, LYRICS).await?;
    }
    browser.assert_accessible().await?;
    let unreadable = "window.readable = Blob.prototype.arrayBuffer;
        Blob.prototype.arrayBuffer = async () => { throw new DOMException('It was moved.', 'NotReadableError') };";
    browser.script(unreadable).await?;
    file("moved.txt", b"la").await?;
    browser
        .wait_for(&format!("{ALERT}?.includes(\"'moved.txt' can't be read (It was moved):\")"))
        .await?;
    browser.script("Blob.prototype.arrayBuffer = window.readable").await?;
    // After all that a file is taken; Windows marks UTF-8 at its beginning.
    file("right.txt", "\u{feff}Zwölf Boxkämpfer".as_bytes()).await?;
    written(&browser, "Zwölf Boxkämpfer").await?;
    browser.wait_for(&format!("!{ALERT}")).await?;
    browser.assert_clean().await?;
    browser.end().await
}
