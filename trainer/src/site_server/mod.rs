//! A static host for a folder: files, and nothing but files.
//!
//! What a static host on the web does for the website, done on this machine: content types, byte
//! ranges for sound (RFC 9110, section 14), entity tags, and caching that never shows a stale file.
//! [`Site::answer`] turns a request into an answer without any socket; [`serve`] puts it on one.

mod byte_range;
mod content_type;
mod request_path;
mod socket;

pub use socket::serve;

use crate::files::{self, FileError};
use byte_range::ByteRange;
use std::fs::File;
use std::io::{self, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::time::UNIX_EPOCH;

/// The folder that is served.
#[derive(Debug, Clone)]
pub struct Site {
    root: PathBuf,
}

/// What a client asks for.
#[derive(Debug, Clone, Copy, Default)]
pub struct Request<'a> {
    /// As sent: the path still percent-encoded, a query after it.
    pub url: &'a str,
    /// The header `Range`.
    pub range: Option<&'a str>,
    /// The header `If-Range`.
    pub if_range: Option<&'a str>,
    /// The header `If-None-Match`.
    pub if_none_match: Option<&'a str>,
}

/// What the client gets.
#[derive(Debug)]
pub struct Answer {
    /// HTTP status.
    pub status: u16,
    /// Names and values.
    pub headers: Vec<(&'static str, String)>,
    /// A sentence or a part of a file.
    pub body: Body,
}

/// What stands in an [`Answer`].
#[derive(Debug)]
pub enum Body {
    /// A sentence for people; empty where the status says it all.
    Text(String),
    /// Nothing is sent: the client already has these `n_bytes`.
    Known {
        /// The length of the file, which the answer states all the same.
        n_bytes: u64,
    },
    /// `n_bytes` of a file, from where it stands.
    File {
        /// Moved to the first byte wanted.
        file: File,
        /// How many bytes.
        n_bytes: u64,
    },
}

impl Site {
    /// Opens a folder to be served.
    ///
    /// # Errors
    ///
    /// If it is not there or has no `index.html`.
    pub fn open(folder: &Path) -> Result<Self, SiteError> {
        let missing = |source| SiteError::NoFolder { folder: folder.to_owned(), source };
        let root = folder.canonicalize().map_err(missing)?;
        if !root.is_dir() {
            return Err(missing(io::Error::from(io::ErrorKind::NotADirectory)));
        }
        if !root.join("index.html").is_file() {
            return Err(SiteError::NoIndex { folder: folder.to_owned() });
        }
        Ok(Self { root })
    }

    /// Answers a `GET`; for a `HEAD` the body is left away by whoever sends it.
    pub fn answer(&self, request: &Request<'_>) -> Answer {
        let Some(path) = request_path::resolve(&self.root, request.url) else {
            return Answer::sentence(404, "There is no such file here.");
        };
        if !path.is_dir() {
            return self.file(&path, request);
        }
        match request_path::with_slash(request.url) {
            Some(location) => {
                let mut answer = Answer::sentence(301, "The folder's address ends with a slash.");
                answer.headers.push(("Location", location));
                answer
            }
            None => match request_path::inside(&self.root, &path.join("index.html")) {
                Some(index) => self.file(&index, request),
                None => Answer::sentence(404, "This folder has no page."),
            },
        }
    }

    fn file(&self, path: &Path, request: &Request<'_>) -> Answer {
        match answer_with_file(path, request) {
            Ok(answer) => answer,
            Err(error) => {
                let name = path.strip_prefix(&self.root).unwrap_or(path).display();
                Answer::sentence(500, &format!("'{name}' can't be read: {error}."))
            }
        }
    }
}

fn answer_with_file(path: &Path, request: &Request<'_>) -> Result<Answer, FileReadError> {
    let mut file = files::open(path)?;
    let meta = file.metadata()?;
    let modified = meta.modified()?.duration_since(UNIX_EPOCH).unwrap_or_default();
    let tag = format!("\"{:x}-{:x}\"", meta.len(), modified.as_nanos());
    let mut headers = vec![
        ("Content-Type", content_type::of(path).to_owned()),
        ("Cache-Control", caching(path).to_owned()),
        ("Accept-Ranges", "bytes".to_owned()),
        ("X-Content-Type-Options", "nosniff".to_owned()),
    ];
    let known = request.if_none_match.is_some_and(|tags| names_tag(tags, &tag));
    let same = request.if_range.is_none_or(|wanted| wanted == tag);
    headers.push(("ETag", tag));
    let n_bytes = meta.len();
    if known {
        return Ok(Answer { status: 304, headers, body: Body::Known { n_bytes } });
    }
    match ByteRange::parse(request.range.filter(|_| same), n_bytes) {
        ByteRange::Whole => Ok(Answer { status: 200, headers, body: Body::File { file, n_bytes } }),
        ByteRange::Part { start, n_bytes: n_wanted } => {
            file.seek(SeekFrom::Start(start))?;
            let last = start + n_wanted - 1;
            headers.push(("Content-Range", format!("bytes {start}-{last}/{n_bytes}")));
            Ok(Answer { status: 206, headers, body: Body::File { file, n_bytes: n_wanted } })
        }
        ByteRange::Outside => {
            let mut answer = Answer::sentence(416, "The file is shorter than that.");
            answer.headers.push(("Content-Range", format!("bytes */{n_bytes}")));
            Ok(answer)
        }
    }
}

/// Trunk puts a hash of the content into the names of what it builds: those never change. All else
/// is asked for again each time, and answered by "not modified" where it is.
fn caching(path: &Path) -> &'static str {
    if content_type::is_named_by_hash(path) {
        "public, max-age=31536000, immutable"
    } else {
        "no-cache"
    }
}

fn names_tag(tags: &str, tag: &str) -> bool {
    tags.split(',')
        .map(|known| known.trim().trim_start_matches("W/"))
        .any(|known| known == tag || known == "*")
}

impl Answer {
    fn sentence(status: u16, text: &str) -> Self {
        let headers = vec![
            ("Content-Type", "text/plain; charset=utf-8".to_owned()),
            ("Cache-Control", "no-cache".to_owned()),
        ];
        Self { status, headers, body: Body::Text(format!("{text}\n")) }
    }
}

/// Why a file found could not be read.
#[derive(Debug, thiserror::Error)]
enum FileReadError {
    #[error(transparent)]
    Open(#[from] FileError),
    #[error(transparent)]
    Read(#[from] io::Error),
}

/// What can go wrong with a site.
#[derive(Debug, thiserror::Error)]
pub enum SiteError {
    /// No such folder.
    #[error(
        "the folder '{}' can't be opened: build the website with `cargo xtask demo --no-serve`, \
         or name the folder to serve", folder.display()
    )]
    NoFolder {
        /// Which.
        folder: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// A folder without a page.
    #[error(
        "the folder '{}' has no index.html: build the website into it with \
         `cargo xtask demo --no-serve`, or name the folder to serve", folder.display()
    )]
    NoIndex {
        /// Which.
        folder: PathBuf,
    },
    /// The socket failed.
    #[error("the socket failed")]
    Socket {
        /// How.
        #[source]
        source: io::Error,
    },
}

#[cfg(test)]
mod tests;
