//! Lyrics in a text file.

use crate::platform::files;
use crate::platform::networks::MOST_LYRICS_BYTES;
use crate::wording::size;
use web_sys::File;

/// Whether a file holds lyrics, by its name or by what the browser takes it for, such as `text/plain`.
pub(super) fn is_lyrics(name: &str, kind: &str) -> bool {
    let extension = name.rsplit_once('.').map(|(_, extension)| extension.to_lowercase());
    kind.starts_with("text/") || matches!(extension.as_deref(), Some("txt" | "lrc"))
}

/// Reads the lyrics of a file.
///
/// # Errors
///
/// If it is too large, can't be read, or holds no text.
pub(super) async fn read(file: &File) -> Result<String, LyricsFileError> {
    let name = file.name();
    check_size(&name, file.size() as u64)?;
    match files::read(file).await {
        Ok(bytes) => lyrics_of(name, bytes),
        Err(message) => {
            let message = message.trim_end_matches('.').to_owned();
            Err(LyricsFileError::Unreadable { name, message })
        }
    }
}

fn check_size(name: &str, n_bytes: u64) -> Result<(), LyricsFileError> {
    if n_bytes > MOST_LYRICS_BYTES as u64 {
        return Err(LyricsFileError::TooLarge { name: name.to_owned(), n_bytes });
    }
    Ok(())
}

/// The text of a file; Windows marks UTF-8 at its beginning.
fn lyrics_of(name: String, bytes: Vec<u8>) -> Result<String, LyricsFileError> {
    let text = String::from_utf8(bytes).ok().filter(|text| !text.contains('\0'));
    let Some(text) = text else { return Err(LyricsFileError::NotUtf8 { name }) };
    let text = text.strip_prefix('\u{feff}').unwrap_or(&text);
    if text.trim().is_empty() {
        return Err(LyricsFileError::Empty { name });
    }
    Ok(text.to_owned())
}

/// Why lyrics can't be taken from a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum LyricsFileError {
    /// More than the lyrics of any song.
    #[error(
        "'{name}' has {}, and lyrics may have up to {}: choose a text file with the words of one song",
        size(*.n_bytes),
        size(MOST_LYRICS_BYTES as u64)
    )]
    TooLarge {
        /// Its name.
        name: String,
        /// Its size in bytes.
        n_bytes: u64,
    },
    /// Moved, changed, or not to be read.
    #[error("'{name}' can't be read ({message}): choose it again, or paste the words")]
    Unreadable {
        /// Its name.
        name: String,
        /// What the browser says.
        message: String,
    },
    /// Another encoding, or no text at all.
    #[error(
        "'{name}' is not text in UTF-8: save it as UTF-8 and choose it again, or paste the words"
    )]
    NotUtf8 {
        /// Its name.
        name: String,
    },
    /// Nothing in it.
    #[error("'{name}' has no words")]
    Empty {
        /// Its name.
        name: String,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use wasm_bindgen_test::wasm_bindgen_test;

    #[wasm_bindgen_test(unsupported = test)]
    fn text_files_are_lyrics_and_everything_else_is_a_song() {
        for (name, kind) in [
            ("lyrics.txt", "text/plain"),
            ("LYRICS.TXT", ""),
            ("song.lrc", ""),
            ("song.lrc", "application/octet-stream"),
            ("words", "text/plain"),
            ("words.md", "text/markdown"),
        ] {
            assert!(is_lyrics(name, kind), "{name} {kind}");
        }
        for (name, kind) in
            [("song.mp3", "audio/mpeg"), ("txt", ""), ("my.txt.mp3", ""), ("song", "video/mp4")]
        {
            assert!(!is_lyrics(name, kind), "{name} {kind}");
        }
    }

    #[wasm_bindgen_test(unsupported = test)]
    fn each_fault_names_the_file_and_says_what_to_do() {
        let file = || "la.txt".to_owned();
        let said = |lyrics: &[u8]| match lyrics_of(file(), lyrics.to_vec()) {
            Ok(text) => text,
            Err(error) => error.to_string(),
        };
        assert_eq!(said("\u{feff}Zwölf\n".as_bytes()), "Zwölf\n");
        for (bytes, wanted) in [
            (&b"Zw\xf6lf"[..], "save it as UTF-8"),
            (b"l\0a\0", "save it as UTF-8"),
            (b"\xff\xfel\0a\0", "save it as UTF-8"),
            (b" \n", "has no words"),
        ] {
            let said = said(bytes);
            assert!(said.starts_with("'la.txt' ") && said.contains(wanted), "{said}");
        }
        let most = MOST_LYRICS_BYTES as u64;
        assert_eq!(check_size("la.txt", most), Ok(()));
        let too_large = check_size("la.txt", most + 900_000).unwrap_err().to_string();
        assert!(too_large.starts_with("'la.txt' has 2.9 MB, and"), "{too_large}");
        assert!(too_large.contains("up to 2.0 MB"), "{too_large}");
    }
}
