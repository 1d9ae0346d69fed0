//! From the path in a request to a file in the folder, and to no file outside of it.

use std::path::{Path, PathBuf};

/// Hidden, and still for everyone to read (RFC 8615).
const WELL_KNOWN: &str = ".well-known";

/// The file or folder that `url` names below `root`, which is canonical; none where there is none,
/// where the name is malformed or hidden, as in `.git/config`, or where it leads outside, be it by `..`
/// or by a symbolic link.
pub(super) fn resolve(root: &Path, url: &str) -> Option<PathBuf> {
    let path = url.split(['?', '#']).next().unwrap_or_default();
    let decoded = percent_decode(path)?;
    let mut file = root.to_owned();
    for segment in decoded.split('/').filter(|segment| !segment.is_empty() && *segment != ".") {
        // A segment is a plain name: no way up, no separator or drive of another system.
        if is_hidden(segment) || segment.contains(['\\', ':', '\0']) {
            return None;
        }
        file.push(segment);
    }
    inside(root, &file)
}

/// Whether a name begins with a dot, as those of a repository, of secrets and of editors do, and the way up.
fn is_hidden(segment: &str) -> bool {
    segment.starts_with('.') && segment != WELL_KNOWN
}

/// The canonical `file`, where it exists and stands below `root`.
pub(super) fn inside(root: &Path, file: &Path) -> Option<PathBuf> {
    file.canonicalize().ok().filter(|real| real.starts_with(root))
}

/// The address of a folder asked for without its last slash, relative to what was asked for.
pub(super) fn with_slash(url: &str) -> Option<String> {
    let (path, query) = match url.split_once('?') {
        Some((path, query)) => (path, format!("?{query}")),
        None => (url, String::new()),
    };
    let name = path.rsplit('/').next().unwrap_or_default();
    (!name.is_empty()).then(|| format!("./{name}/{query}"))
}

/// `%41` to `A`; none for a broken sequence or for what is no UTF-8 then.
fn percent_decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let (digits, after) = after.split_at_checked(2)?;
            let digits = std::str::from_utf8(digits).ok()?;
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = after;
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percent_encoding_is_undone_and_broken_sequences_refused() {
        assert_eq!(percent_decode("/a%20b%C3%A9+").as_deref(), Some("/a bé+"));
        for broken in ["%", "%4", "%zz", "%+1", "%ff"] {
            assert_eq!(percent_decode(broken), None, "{broken}");
        }
    }

    #[test]
    fn names_with_a_dot_before_them_are_hidden() {
        for hidden in ["..", ".git", ".env", ".well-known2", "...", ".htpasswd"] {
            assert!(is_hidden(hidden), "{hidden}");
        }
        for shown in ["index.html", "a.b", WELL_KNOWN, "_headers"] {
            assert!(!is_hidden(shown), "{shown}");
        }
    }

    #[test]
    fn a_folder_is_sent_to_its_own_slash_and_never_to_another_host() {
        assert_eq!(with_slash("/a/b?c=d").as_deref(), Some("./b/?c=d"));
        assert_eq!(with_slash("//example.org").as_deref(), Some("./example.org/"));
        assert_eq!(with_slash("/a/"), None);
    }
}
