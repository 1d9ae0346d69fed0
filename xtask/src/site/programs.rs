//! The programs beside the page get names with a hash of their content, like everything else: Trunk
//! gives them none.

use crate::disk::{read_text, write};
use crate::fingerprint::Fingerprint;
use crate::stages::Failure;
use std::fs;
use std::path::Path;

/// The programs: the researcher's pages, the worker that searches and the workers that run networks.
const PROGRAMS: [&str; 5] = ["researcher", "searching", "listening", "graphics", "reading"];
/// Those that run networks.
const NETWORKS: &[&str] = PROGRAMS.split_at(2).1;

/// Whether a file of the site belongs to a worker that runs networks.
pub(super) fn runs_networks(file: &str) -> bool {
    NETWORKS.iter().any(|program| file.starts_with(&format!("{program}-")))
}

/// Renames the files of all programs that the page states and gives the page that states the new names.
pub(super) fn named(folder: &Path, html: &str) -> Result<String, Failure> {
    let is_stated = |program: &&&str| html.contains(&format!("{program}-start.js"));
    let mut stated = PROGRAMS.iter().filter(is_stated);
    stated.try_fold(html.to_owned(), |html, program| renamed(folder, &html, program))
}

/// The page without the program for graphics processors: its three elements, the first of which spans
/// several lines.
pub(super) fn without_graphics(html: &str) -> Result<String, Failure> {
    let missing = || Failure::usage("index.html does not name the program 'graphics' as expected");
    let name = html.find("data-bin=\"graphics\"").ok_or_else(missing)?;
    let start = html[..name].rfind("<link").ok_or_else(missing)?;
    let stated = html[name..].find("<meta name=\"graphics-start\"").ok_or_else(missing)? + name;
    let end = html[stated..].find("/>").ok_or_else(missing)? + stated + "/>".len();
    Ok(format!("{}{}", &html[..start], &html[end..]))
}

/// Renames the files of one program: what starts it, its script and its wasm.
fn renamed(folder: &Path, html: &str, program: &str) -> Result<String, Failure> {
    let start = format!("{program}-start.js");
    let script = format!("{program}.js");
    let wasm = format!("{program}_bg.wasm");
    let hash = Fingerprint::new().file(&folder.join(&script))?.file(&folder.join(&wasm))?;
    let new_script = format!("{program}-{hash}.js");
    let new_wasm = format!("{program}-{hash}_bg.wasm");
    let text = read_text(&folder.join(&start))?;
    let text = replaced(&text, &start, &format!("./{script}"), &format!("./{new_script}"))?;
    let text = replaced(&text, &start, &wasm, &new_wasm)?;
    let new_start = format!("{program}-start-{}.js", Fingerprint::new().bytes(text.as_bytes()));
    // The page shows how much of the program is there while it is fetched.
    let bytes = fs::metadata(folder.join(&wasm))
        .map_err(|error| Failure::file("read", &folder.join(&wasm), &error))?
        .len();
    let stated = format!("content=\"{new_start}\" data-bytes=\"{bytes}\"");
    let html = replaced(html, "index.html", &format!("content=\"{start}\""), &stated)?;
    for (old, new) in [(&script, &new_script), (&wasm, &new_wasm)] {
        fs::rename(folder.join(old), folder.join(new))
            .map_err(|error| Failure::file("rename", &folder.join(old), &error))?;
    }
    write(&folder.join(new_start), &text)?;
    fs::remove_file(folder.join(&start))
        .map_err(|error| Failure::file("remove", &folder.join(&start), &error))?;
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

    const STARTS: [&str; 5] = [
        include_str!("../../../web/researcher-start.js"),
        include_str!("../../../web/search_worker/searching-start.js"),
        include_str!("../../../web/inference_worker/listening-start.js"),
        include_str!("../../../web/inference_worker/graphics-start.js"),
        include_str!("../../../web/inference_worker/reading-start.js"),
    ];

    #[test]
    fn the_program_for_graphics_processors_can_be_left_out() {
        let html = include_str!("../../../index.html");
        let without = without_graphics(html).unwrap();
        assert!(!without.contains("graphics"), "{without}");
        for program in PROGRAMS.iter().filter(|program| **program != "graphics") {
            assert!(without.contains(&format!("{program}-start.js")), "{program}: {without}");
        }
        assert_eq!(without.matches("<link").count() + 2, html.matches("<link").count());
        assert!(without_graphics(&without).is_err());
    }

    #[test]
    fn the_names_follow_the_content() {
        let folder = std::env::temp_dir().join(format!("segue-names-{}", std::process::id()));
        let build = |wasm: &str| {
            fs::create_dir_all(&folder).unwrap();
            let mut html = String::new();
            for (program, start) in PROGRAMS.iter().zip(STARTS) {
                write(&folder.join(format!("{program}.js")), "script").unwrap();
                write(&folder.join(format!("{program}_bg.wasm")), wasm).unwrap();
                let file = format!("{program}-start.js");
                write(&folder.join(&file), start).unwrap();
                html.push_str(&format!("<meta name=\"{program}-start\" content=\"{file}\" />"));
            }
            let html = named(&folder, &html).unwrap();
            let mut names: Vec<String> = fs::read_dir(&folder)
                .unwrap()
                .map(|entry| entry.unwrap().file_name().into_string().unwrap())
                .collect();
            names.sort();
            fs::remove_dir_all(&folder).unwrap();
            (names, html)
        };
        let (names, html) = build("one");
        assert_eq!(html.matches("data-bytes=\"3\"").count(), PROGRAMS.len(), "{html}");
        assert_eq!(names.len(), 3 * PROGRAMS.len(), "{names:?}");
        for start in names.iter().filter(|name| name.contains("start")) {
            assert!(html.contains(&format!("content=\"{start}\"")), "{html}");
        }
        assert_eq!(build("one").0, names);
        assert!(build("two").0.iter().all(|name| !names.contains(name)));
    }
}
