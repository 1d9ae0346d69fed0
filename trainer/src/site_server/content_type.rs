//! What kind of file it is, by its name.

use std::path::Path;

/// The content type; plain bytes where the name says nothing.
pub(super) fn of(path: &Path) -> &'static str {
    match extension(path).as_str() {
        "html" => "text/html; charset=utf-8",
        "css" => "text/css; charset=utf-8",
        "js" | "mjs" => "text/javascript; charset=utf-8",
        "wasm" => "application/wasm",
        "json" | "map" => "application/json",
        "jsonl" => "application/jsonl; charset=utf-8",
        "webmanifest" => "application/manifest+json",
        "csv" => "text/csv; charset=utf-8",
        "txt" | "md" => "text/plain; charset=utf-8",
        "svg" => "image/svg+xml",
        "png" => "image/png",
        "jpg" | "jpeg" => "image/jpeg",
        "webp" => "image/webp",
        "ico" => "image/x-icon",
        "mp3" => "audio/mpeg",
        "ogg" | "oga" => "audio/ogg",
        "flac" => "audio/flac",
        "wav" => "audio/wav",
        "m4a" => "audio/mp4",
        "woff2" => "font/woff2",
        // Weights and embedding tables (safetensors, bpk) among them.
        _ => "application/octet-stream",
    }
}

/// Does the name hold a hash of the content, as in `web-9d1f6d5b1c0a2e3f_bg.wasm`?
pub(super) fn is_named_by_hash(path: &Path) -> bool {
    // Sixteen digits, less the zeros at their start.
    const N_DIGITS: std::ops::RangeInclusive<usize> = 13..=16;
    let stem = path.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    let stem = stem.strip_suffix("_bg").unwrap_or(stem);
    let digits = stem.rsplit_once('-').map(|(_, digits)| digits).unwrap_or_default();
    ["js", "css", "wasm", "svg"].contains(&extension(path).as_str())
        && N_DIGITS.contains(&digits.len())
        && digits.bytes().all(|digit| digit.is_ascii_hexdigit())
}

fn extension(path: &Path) -> String {
    path.extension().map(|name| name.to_string_lossy().to_ascii_lowercase()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_trunk_names_is_kept_for_ever() {
        for (name, expected) in [
            ("web-9d1f6d5b1c0a2e3f_bg.wasm", true),
            ("web-9d1f6d5b1c0a2e3f.js", true),
            ("style-d1f6d5b1c0a2e3f.css", true),
            ("track-9d1f6d5b1c0a2e3f.mp3", false),
            ("start-0e1f6d5b1c0a2e3f.js", true),
            // Browsers look for a new version under this very name.
            ("service-worker.js", false),
            ("app.webmanifest", false),
            ("worker.js", false),
            ("web-short.js", false),
            ("index.html", false),
        ] {
            assert_eq!(is_named_by_hash(Path::new(name)), expected, "{name}");
        }
    }

    #[test]
    fn types_go_by_the_name_whatever_its_case() {
        assert_eq!(of(Path::new("a/B.MP3")), "audio/mpeg");
        assert_eq!(of(Path::new("service-worker.js")), "text/javascript; charset=utf-8");
        assert_eq!(of(Path::new("app.webmanifest")), "application/manifest+json");
        assert_eq!(of(Path::new("a.safetensors")), "application/octet-stream");
        assert_eq!(of(Path::new("plain")), "application/octet-stream");
    }
}
