//! The researcher's program gets names with a hash of its content, like everything else: Trunk gives
//! the programs beside the page none.

use super::{read_text, write};
use crate::fingerprint::Fingerprint;
use crate::stages::Failure;
use std::fs;
use std::path::Path;

const SCRIPT: &str = "researcher.js";
const WASM: &str = "researcher_bg.wasm";
const START: &str = "researcher-start.js";

/// Renames the program's files and gives the page that states the new name.
pub(super) fn named(folder: &Path, html: &str) -> Result<String, Failure> {
    let hash = Fingerprint::new().file(&folder.join(SCRIPT))?.file(&folder.join(WASM))?;
    let script = format!("researcher-{hash}.js");
    let wasm = format!("researcher-{hash}_bg.wasm");
    let start = read_text(&folder.join(START))?;
    let start = replaced(&replaced(&start, START, SCRIPT, &script)?, START, WASM, &wasm)?;
    let start_name = format!("researcher-start-{}.js", Fingerprint::new().bytes(start.as_bytes()));
    let html = replaced(html, "index.html", START, &start_name)?;
    for (old, new) in [(SCRIPT, &script), (WASM, &wasm)] {
        fs::rename(folder.join(old), folder.join(new))
            .map_err(|error| Failure::file("rename", &folder.join(old), &error))?;
    }
    write(&folder.join(start_name), &start)?;
    fs::remove_file(folder.join(START))
        .map_err(|error| Failure::file("remove", &folder.join(START), &error))?;
    Ok(html)
}

fn replaced(text: &str, file: &str, old: &str, new: &str) -> Result<String, Failure> {
    match text.matches(old).count() {
        1 => Ok(text.replace(old, new)),
        n => Err(Failure::usage(format!("{file} has '{old}' {n} times where one was expected"))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_names_follow_the_content() {
        let folder = std::env::temp_dir().join(format!("segue-names-{}", std::process::id()));
        let build = |wasm: &str| {
            fs::create_dir_all(&folder).unwrap();
            write(&folder.join(SCRIPT), "script").unwrap();
            write(&folder.join(WASM), wasm).unwrap();
            let start = include_str!("../../../web/researcher-start.js");
            write(&folder.join(START), start).unwrap();
            let html = "<meta name=\"researcher-start\" content=\"researcher-start.js\" />";
            let html = named(&folder, html).unwrap();
            let mut names: Vec<String> = fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            fs::remove_dir_all(&folder).unwrap();
            (names, html)
        };
        let (names, html) = build("one");
        assert_eq!(names.len(), 3, "{names:?}");
        let start = names.iter().find(|name| name.contains("start")).unwrap();
        assert!(html.contains(&format!("content=\"{start}\"")), "{html}");
        assert_eq!(build("one").0, names);
        assert!(build("two").0.iter().all(|name| !names.contains(name)));
    }
}
