//! What is done to the `index.html` that Trunk writes.
//!
//! Trunk starts the program by a script inside the page, which a strict content security policy
//! forbids; a hash of it would have to be allowed anew with every build, and by the host too where the
//! host sends a policy. So the script becomes a file, named by its content like all others.

use crate::fingerprint::Fingerprint;
use crate::stages::Failure;

/// What the page may do and load (Content Security Policy Level 3). `frame-ancestors` is left out
/// because only a host can set it, by a header; see docs/hosting.md.
const POLICY: [&str; 10] = [
    "default-src 'none'",
    // Compiling wasm, and no `eval` of text.
    "script-src 'self' 'wasm-unsafe-eval'",
    "style-src 'self'",
    "img-src 'self' data: blob:",
    "media-src 'self' blob:",
    // Beside the bundle: answers go to the address that a study names; on this machine to try it out.
    "connect-src 'self' https: http://localhost:* http://127.0.0.1:*",
    "worker-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    // Answers are sent by `fetch`; no page has a form.
    "form-action 'none'",
];

const SCRIPT_BEGINS: &str = "<script type=\"module\"";
const SCRIPT_ENDS: &str = "</script>";
/// The policy holds for what follows it, so it follows what comes first.
const CHARSET: &str = "<meta charset=\"utf-8\"";

/// A page and the script that starts its program.
#[derive(Debug)]
pub(super) struct Page {
    pub(super) html: String,
    pub(super) loader: String,
}

impl Page {
    /// The script's file, with a hash of its content in the name.
    pub(super) fn loader_name(&self) -> String {
        loader_name(&self.loader)
    }
}

fn loader_name(loader: &str) -> String {
    format!("start-{}.js", Fingerprint::new().bytes(loader.as_bytes()))
}

/// Moves the script out of the page and writes the policy in.
pub(super) fn with_policy(html: &str) -> Result<Page, Failure> {
    let (before, rest) = once(html, SCRIPT_BEGINS)?;
    let (script, after) = rest.split_once(SCRIPT_ENDS).ok_or_else(|| unexpected(SCRIPT_ENDS, 0))?;
    let (_attributes, loader) = script.split_once('>').ok_or_else(|| unexpected(">", 0))?;
    let loader = format!("{}\n", loader.trim());
    let name = loader_name(&loader);
    let html = format!("{before}{SCRIPT_BEGINS} src=\"./{name}\">{SCRIPT_ENDS}{after}");
    let policy = POLICY.join("; ");
    let meta = format!("<meta http-equiv=\"Content-Security-Policy\" content=\"{policy}\" />");
    let html = after_charset(&html, &meta)?;
    forbid_inline(&html)?;
    Ok(Page { html, loader })
}

/// Writes the version in, by which the service worker knows its own page.
pub(super) fn with_version(html: &str, version: &str) -> Result<String, Failure> {
    after_charset(html, &format!("<meta name=\"segue-version\" content=\"{version}\" />"))
}

fn after_charset(html: &str, line: &str) -> Result<String, Failure> {
    let (before, rest) = once(html, CHARSET)?;
    let (end, after) = rest.split_once('>').ok_or_else(|| unexpected(">", 0))?;
    Ok(format!("{before}{CHARSET}{end}>\n    {line}{after}"))
}

/// What the policy would stop is found now, not by the first participant.
fn forbid_inline(html: &str) -> Result<(), Failure> {
    let scripts = html.match_indices("<script").all(|(at, _)| {
        html[at..].split_once('>').is_some_and(|(begin, _)| begin.contains(" src="))
    });
    let styles = html.contains("<style") || html.contains(" style=");
    let handlers = [" onload=", " onclick=", " onerror="].iter().any(|name| html.contains(name));
    if scripts && !styles && !handlers {
        return Ok(());
    }
    Err(Failure::usage(
        "index.html has a script, style or handler of its own inside, which its policy forbids: \
         move it to a file",
    ))
}

fn once<'a>(html: &'a str, wanted: &str) -> Result<(&'a str, &'a str), Failure> {
    match html.matches(wanted).count() {
        1 => html.split_once(wanted).ok_or_else(|| unexpected(wanted, 1)),
        n_found => Err(unexpected(wanted, n_found)),
    }
}

fn unexpected(wanted: &str, n_found: usize) -> Failure {
    Failure::usage(format!("index.html has '{wanted}' {n_found} times where one was expected"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HTML: &str = "<!doctype html><html><head>\n    <meta charset=\"utf-8\" />\n<title>S</title>\
        <script type=\"module\" nonce=\"x\">\nimport init from './web-1.js';\nawait init();\n</script>\
        <link rel=\"modulepreload\" href=\"./web-1.js\"></head><body></body></html>";

    #[test]
    fn the_script_becomes_a_file_named_by_its_content() {
        let page = with_policy(HTML).unwrap();
        assert_eq!(page.loader, "import init from './web-1.js';\nawait init();\n");
        let tag = format!("<script type=\"module\" src=\"./{}\"></script>", page.loader_name());
        assert!(page.html.contains(&tag), "{}", page.html);
        assert!(!page.html.contains("await init"), "{}", page.html);
        let other = with_policy(&HTML.replace("web-1", "web-2")).unwrap();
        assert_ne!(other.loader_name(), page.loader_name());
        let digits = page.loader_name().len() - "start-.js".len();
        assert_eq!(digits, 16, "hosts keep names with such a hash for ever");
    }

    #[test]
    fn policy_and_version_stand_before_anything_is_loaded() {
        let page = with_policy(HTML).unwrap();
        let html = with_version(&page.html, "12ab").unwrap();
        let at = |text: &str| html.find(text).unwrap_or_else(|| panic!("'{text}' in {html}"));
        assert!(at("charset") < at("segue-version\" content=\"12ab\""));
        assert!(at("Content-Security-Policy") < at("<title>"));
        assert!(!html.contains("'unsafe-"), "{html}");
        assert!(html.contains("'wasm-unsafe-eval'"), "{html}");
    }

    #[test]
    fn what_the_policy_would_stop_is_refused() {
        for inline in ["<script>a()</script>", "<style>p{}</style>", "<p style=\"color:red\">"] {
            let html = HTML.replace("<body>", &format!("<body>{inline}"));
            let failure = with_policy(&html).unwrap_err().to_string();
            assert!(failure.contains("policy forbids"), "{failure}");
        }
        let two = HTML.replace("<body>", "<body><script type=\"module\">b()</script>");
        assert!(with_policy(&two).unwrap_err().to_string().contains("2 times"));
        assert!(with_policy("<html>").unwrap_err().to_string().contains("0 times"));
    }

    #[test]
    fn the_documentation_states_the_policy() {
        let docs = include_str!("../../../docs/hosting.md");
        for part in POLICY {
            assert!(docs.contains(part), "docs/hosting.md lacks \"{part}\"");
        }
    }
}
