//! A song of one's own in Firefox.

use crate::material::{FORMATS, embeddings_of_formats, sound, website};
use crate::page::{choose, expected, give_lyrics, heard, titles};
use tests::browser::Firefox;

#[tokio::test]
async fn firefox_hears_and_reads_a_song_as_the_trainer_does() -> anyhow::Result<()> {
    Firefox::run("firefox_hears_and_reads_a_song_as_the_trainer_does", own_song).await
}

async fn own_song(firefox: &Firefox) -> anyhow::Result<()> {
    let (website, tables, folder) = (website(), embeddings_of_formats(), tempfile::tempdir()?);
    firefox.page.goto(format!("{}?mode=explore", website.server.address)).await?;
    firefox.wait_for("document.querySelector('[data-action=own-file]')").await?;
    firefox.wait_for("document.querySelector(\"[data-condition='audio'] li\")").await?;
    for file in ["song.mp3", "song_aac.m4a"] {
        assert!(FORMATS.contains(&file));
        choose(firefox, folder.path(), file, &sound(file)).await?;
        heard(firefox).await?;
        give_lyrics(firefox).await?;
        for network in ["audio", "multimodal", "lyrics"] {
            let expected = expected(network, &tables, file)?;
            assert_eq!(titles(firefox, network).await?, expected, "{file}, {network}");
        }
        firefox.click("[data-action=own-clear]").await?;
    }
    assert_eq!(firefox.foreign_requests(), Vec::<String>::new());
    Ok(())
}
