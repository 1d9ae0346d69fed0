//! The service worker: `web/service-worker.js` with the version and the files of this build.

use super::programs::runs_networks;
use crate::stages::Failure;
use std::fs;
use std::path::Path;

/// Its name in `web/` and on the site. Without a hash: browsers look for a new version by this name.
pub(super) const FILE: &str = "service-worker.js";

const VERSION: &str = "const VERSION = \"\";";
const FILES: &str = "const FILES = [];";
const FILES_WHEN_USED: &str = "const FILES_WHEN_USED = [];";

/// The worker that keeps `files`, of which the page stands under the address of its folder; those that
/// run networks once they are used, since no participant needs them.
pub(super) fn filled(template: &str, version: &str, files: &[String]) -> Result<String, Failure> {
    for line in [VERSION, FILES, FILES_WHEN_USED] {
        if template.matches(line).count() != 1 {
            return Err(Failure::usage(format!("web/{FILE} must have the line '{line}' once")));
        }
    }
    let [mut at_install, mut when_used] = [String::new(), String::new()];
    for file in files {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_./".contains(c);
        if !file.chars().all(plain) {
            return Err(Failure::usage(format!(
                "the site has a file '{file}': give it a name of letters, digits, '-', '_' and '.'"
            )));
        }
        let address = if file == "index.html" { "./" } else { file };
        let list = if runs_networks(file) { &mut when_used } else { &mut at_install };
        list.push_str(&format!("\n  \"{address}\","));
    }
    Ok(template
        .replace(VERSION, &format!("const VERSION = \"{version}\";"))
        .replace(FILES, &format!("const FILES = [{at_install}\n];"))
        .replace(FILES_WHEN_USED, &format!("const FILES_WHEN_USED = [{when_used}\n];")))
}

/// Every file of the site but the worker, sorted, by its address from the page.
pub(super) fn files_in(folder: &Path) -> Result<Vec<String>, Failure> {
    let mut files = Vec::new();
    collect(folder, "", &mut files)?;
    files.retain(|file| file != FILE);
    files.sort();
    Ok(files)
}

fn collect(folder: &Path, prefix: &str, files: &mut Vec<String>) -> Result<(), Failure> {
    let unreadable = |error| Failure::file("read", folder, &error);
    for entry in fs::read_dir(folder).map_err(unreadable)? {
        let path = entry.map_err(unreadable)?.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if path.is_dir() {
            collect(&path, &format!("{prefix}{name}/"), files)?;
        } else {
            files.push(format!("{prefix}{name}"));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEMPLATE: &str = include_str!("../../../web/service-worker.js");

    #[test]
    fn version_and_files_are_filled_in() {
        let files =
            ["app.svg", "index.html", "listening-start-2.js", "web-1_bg.wasm"].map(str::to_owned);
        let worker = filled(TEMPLATE, "12ab", &files).unwrap();
        assert!(worker.contains("const VERSION = \"12ab\";"), "{worker}");
        let list = "const FILES = [\n  \"app.svg\",\n  \"./\",\n  \"web-1_bg.wasm\",\n];";
        assert!(worker.contains(list), "{worker}");
        let list = "const FILES_WHEN_USED = [\n  \"listening-start-2.js\",\n];";
        assert!(worker.contains(list), "{worker}");
        let left = [VERSION, FILES, FILES_WHEN_USED].map(|line| worker.contains(line));
        assert_eq!(left, [false; 3], "{worker}");
    }

    #[test]
    fn a_changed_template_and_odd_names_are_refused() {
        let changed = TEMPLATE.replace(FILES, "const FILES = [1];");
        assert!(filled(&changed, "1", &[]).unwrap_err().to_string().contains(FILES));
        let odd = filled(TEMPLATE, "1", &["a b\".js".to_owned()]).unwrap_err().to_string();
        assert!(odd.contains("a b\".js"), "{odd}");
    }
}
