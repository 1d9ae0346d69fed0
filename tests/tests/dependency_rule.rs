//! Modules of `shared` use each other downwards only, and only some name burn; the website carries
//! no burn at all.

#![allow(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::process::Command;

/// Which modules of `shared` a module may use, each with those that these use in turn; the table in
/// the documentation of `shared` says what they are.
const MAY_USE: &[(&str, &[&str])] = &[
    ("random", &[]),
    ("hash", &[]),
    ("json", &[]),
    ("audio", &[]),
    ("catalog", &["hash", "random"]),
    ("lyrics", &["catalog"]),
    ("spectrogram", &["audio"]),
    ("model", &["spectrogram", "lyrics"]),
    ("eigen", &["random"]),
    ("embedding", &["catalog", "eigen", "json"]),
    ("recommend", &["embedding", "catalog", "random"]),
    ("statistics", &["eigen", "random"]),
    ("evaluation", &["embedding", "catalog", "recommend", "statistics", "random"]),
    (
        "bundle",
        &["catalog", "hash", "json", "spectrogram", "model", "embedding", "recommend", "study"],
    ),
    ("study", &["catalog", "hash", "json", "recommend", "random"]),
    ("analysis", &["study", "hash", "statistics"]),
    ("simulate", &["study", "analysis", "json", "random"]),
    ("figure", &["analysis", "evaluation", "statistics", "spectrogram"]),
];

/// The only places that may name burn.
const BURN: &[&str] = &[
    "shared/src/model",
    "trainer/src/dataset",
    "trainer/src/device",
    "trainer/src/training",
    "trainer/src/commands",
    "web/inference_worker/src",
];

/// A place in the code that breaks the rule.
#[derive(Debug, PartialEq, Eq)]
struct Violation {
    file: String,
    line: usize,
    text: String,
}

/// What may be used by `module`, itself included.
fn allowed(module: &str) -> BTreeSet<&str> {
    let mut allowed = BTreeSet::from([module]);
    let mut waiting = vec![module];
    while let Some(module) = waiting.pop() {
        let direct = MAY_USE.iter().find(|(name, _)| *name == module).map_or(&[][..], |(_, d)| d);
        waiting.extend(direct.iter().filter(|name| allowed.insert(name)));
    }
    allowed
}

/// The module a file of `shared/src` belongs to; `lib.rs` belongs to none.
fn module_of(file: &str) -> Option<&str> {
    let first = file.split('/').next()?;
    let name = first.strip_suffix(".rs").unwrap_or(first);
    (name != "lib").then_some(name)
}

/// The lines that go into the program, numbered from 1: tests, which stand last, may use anything.
fn lines(source: &str) -> impl Iterator<Item = (usize, &str)> {
    let tests = source.find("#[cfg(test)]\nmod ").unwrap_or(source.len());
    source[..tests].lines().enumerate().map(|(at, line)| (at + 1, line))
}

/// The code of a line, without its comment.
fn code(line: &str) -> &str {
    line.split("//").next().unwrap_or_default()
}

/// The modules that stand after `crate::` in some code, a group in braces being opened.
fn modules_named(code: &str) -> Vec<String> {
    let mut found = Vec::new();
    for (at, _) in code.match_indices("crate::") {
        if code[..at].ends_with(|c: char| c.is_alphanumeric() || c == '_' || c == '$') {
            continue;
        }
        let rest = &code[at + "crate::".len()..];
        let names = match rest.strip_prefix('{') {
            Some(group) => first_names(group),
            None => vec![word(rest)],
        };
        found.extend(names.into_iter().filter(|name| !name.is_empty()).map(str::to_owned));
    }
    found
}

/// The first name of each entry of a group, up to its closing brace.
fn first_names(group: &str) -> Vec<&str> {
    let mut depth = 0;
    let mut names = vec![word(group.trim_start())];
    for (at, letter) in group.char_indices() {
        match letter {
            '{' => depth += 1,
            '}' if depth == 0 => break,
            '}' => depth -= 1,
            ',' if depth == 0 => names.push(word(group[at + 1..].trim_start())),
            _ => {}
        }
    }
    names
}

fn word(text: &str) -> &str {
    let end = text.find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(text.len());
    &text[..end]
}

fn names_burn(code: &str) -> bool {
    let at_start =
        |at: usize| !code[..at].ends_with(|c: char| c.is_alphanumeric() || "_\"".contains(c));
    let named = ["burn::", "burn_store::", "burn_train::"];
    named.iter().any(|name| code.match_indices(name).any(|(at, _)| at_start(at)))
}

/// The violations in a file of `shared/src`, given by its path there.
fn upward_uses(file: &str, source: &str) -> Vec<Violation> {
    let Some(module) = module_of(file) else { return Vec::new() };
    let allowed = allowed(module);
    let mut violations = Vec::new();
    // A `use` may take several lines, so that statements are looked at rather than lines.
    let mut statement = String::new();
    for (number, line) in lines(source) {
        statement.push_str(code(line).trim());
        statement.push(' ');
        let in_use = statement.split(' ').take(2).any(|word| word == "use");
        if in_use && !statement.contains(';') {
            continue;
        }
        let wrong = modules_named(&statement).into_iter().filter(|name| is_module(name));
        for name in wrong.filter(|name| !allowed.contains(name.as_str())) {
            violations.push(Violation { file: file.to_owned(), line: number, text: name });
        }
        statement.clear();
    }
    violations
}

fn is_module(name: &str) -> bool {
    MAY_USE.iter().any(|(module, _)| *module == name)
}

/// The lines of a file that name burn without being allowed to.
fn burn_uses(file: &str, source: &str) -> Vec<Violation> {
    if BURN.iter().any(|place| file.starts_with(place)) {
        return Vec::new();
    }
    let lines = lines(source).filter(|(_, line)| names_burn(code(line)));
    let violation = |(number, line): (usize, &str)| Violation {
        file: file.to_owned(),
        line: number,
        text: line.trim().to_owned(),
    };
    lines.map(violation).collect()
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).parent().unwrap().to_owned()
}

/// The sources below a folder of the checkout, by their path from there.
fn sources(folder: &str) -> BTreeMap<String, String> {
    let base = root().join(folder);
    let mut waiting = vec![base.clone()];
    let mut sources = BTreeMap::new();
    while let Some(folder) = waiting.pop() {
        for entry in std::fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                waiting.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                if path.file_name().is_some_and(|name| name == "tests.rs") {
                    continue;
                }
                let name = path.strip_prefix(&base).unwrap().to_string_lossy().replace('\\', "/");
                sources.insert(name, std::fs::read_to_string(&path).unwrap());
            }
        }
    }
    assert!(!sources.is_empty(), "no source in {}", base.display());
    sources
}

#[test]
fn shared_uses_itself_downwards_only() {
    let sources = sources("shared/src");
    let violations: Vec<_> =
        sources.iter().flat_map(|(file, source)| upward_uses(file, source)).collect();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn every_module_of_shared_stands_in_the_rule() {
    let sources = sources("shared/src");
    let unknown: BTreeSet<_> =
        sources.keys().filter_map(|file| module_of(file)).filter(|name| !is_module(name)).collect();
    assert!(unknown.is_empty(), "no rule for {unknown:?}: add them to MAY_USE and to lib.rs");
}

#[test]
fn burn_is_named_only_where_networks_run() {
    let named = ["shared", "trainer", "web", "web/inference_worker", "web/search_worker"]
        .map(|package| format!("{package}/src"));
    let violations: Vec<_> = named
        .iter()
        .flat_map(|folder| {
            sources(folder).into_iter().map(move |(f, s)| (format!("{folder}/{f}"), s))
        })
        .flat_map(|(file, source)| burn_uses(&file, &source))
        .collect();
    assert!(violations.is_empty(), "{violations:#?}");
}

#[test]
fn trainer_and_web_do_not_use_each_other_and_web_carries_no_burn() {
    let web = dependencies_of("web");
    assert!(web.contains("leptos") && web.contains("shared"), "{web:?}");
    let foreign: Vec<_> =
        web.iter().filter(|name| name.starts_with("burn") || *name == "trainer").collect();
    assert!(foreign.is_empty(), "web depends on {foreign:?}");
    let trainer = dependencies_of("trainer");
    assert!(trainer.contains("burn") && !trainer.contains("web"));
    let worker = dependencies_of("inference_worker");
    let is_alone = !worker.contains("leptos") && !worker.contains("trainer");
    assert!(worker.contains("burn") && is_alone, "{worker:?}");
    let search = dependencies_of("search_worker");
    assert!(search.contains("wgpu") && !search.contains("burn"), "{search:?}");
    assert!(!search.contains("leptos") && !search.contains("trainer"), "{search:?}");
}

/// The crates that a package is built from, for any target.
fn dependencies_of(package: &str) -> BTreeSet<String> {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let output = Command::new(cargo)
        .current_dir(root())
        .args(["tree", "--locked", "--prefix", "none", "--format", "{p}", "--edges", "normal"])
        .args(["--target", "all", "--package", package])
        .output()
        .unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let text = String::from_utf8(output.stdout).unwrap();
    text.lines().filter_map(|line| line.split(' ').next()).map(str::to_owned).collect()
}

#[test]
fn the_check_sees_a_violation_in_each_spelling() {
    let upward = |file, source| -> Vec<_> {
        upward_uses(file, source).into_iter().map(|v| (v.line, v.text)).collect()
    };
    let found = |line, name: &str| vec![(line, name.to_owned())];
    assert_eq!(upward("catalog/mod.rs", "use crate::bundle::Bundle;"), found(1, "bundle"));
    assert_eq!(upward("random.rs", "//\nfn f() { crate::catalog::g() }"), found(2, "catalog"));
    assert_eq!(
        upward("audio/x/y.rs", "pub(crate) use crate::{\n  audio::A,\n  model::B,\n};"),
        found(4, "model")
    );
    assert_eq!(upward("audio/x.rs", "pub(crate) use crate::random::Seed;"), found(1, "random"));
    let nested = "use crate::{embedding::{EmbeddingTable, bundle}, random::Seed, study};";
    assert_eq!(upward("recommend/mod.rs", nested), found(1, "study"));
    for fine in [
        "// use crate::bundle::Bundle;",
        "use crate::random::Seed;",
        "use other_crate::bundle;",
        "#[cfg(test)]\nmod tests {\n use crate::bundle::Bundle; }",
    ] {
        assert_eq!(upward("catalog/mod.rs", fine), vec![], "{fine}");
    }
}

#[test]
fn the_check_sees_burn_in_a_foreign_place() {
    assert_eq!(burn_uses("shared/src/recommend/x.rs", "use burn::tensor::Tensor;").len(), 1);
    assert_eq!(burn_uses("web/src/app.rs", "fn f(t: burn_store::X) {}").len(), 1);
    assert_eq!(burn_uses("shared/src/model/x.rs", "use burn::tensor::Tensor;"), vec![]);
    assert_eq!(burn_uses("shared/src/audio/x.rs", "// burn::x\nlet sunburn::x;"), vec![]);
}
