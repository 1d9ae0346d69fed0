//! `cargo xtask test`: every check, cheapest first.

use crate::disk::remove_folder;
use crate::places::Places;
use crate::site;
use crate::stages::{Failure, Stages, run};
use crate::tools;
use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// A check: its name, what it is, and how it is done.
struct Step {
    name: &'static str,
    title: &'static str,
    work: fn(&Places) -> Result<(), Failure>,
}

const STEPS: &[Step] = &[
    Step { name: "format", title: "the code is formatted", work: format },
    Step { name: "quick", title: "tests of shared without burn", work: quick },
    Step { name: "lint", title: "no warning from clippy", work: lint },
    Step { name: "site", title: "the website is built", work: website },
    Step { name: "wasm", title: "shared and web compile for the browser", work: wasm },
    Step { name: "build", title: "programs and tests are built", work: build },
    Step { name: "tests", title: "all tests, a real browser among them", work: all_tests },
    Step { name: "wasm-tests", title: "wasm tests in headless Chromium", work: wasm_tests },
    Step { name: "docs", title: "no broken link in the documentation", work: docs },
    Step { name: "cuda", title: "the CUDA path type-checks", work: cuda },
];

/// Done where they are named: they build much that the others do not need.
const MORE_STEPS: &[Step] = &[
    Step { name: "clusters", title: "shares on Slurm, and buckets", work: clusters },
    Step { name: "wgpu", title: "training on wgpu is that on the CPU", work: wgpu },
];

/// Runs the named steps, in their order; without a name all of [`STEPS`].
pub(crate) fn run_tests(
    places: &Places,
    stages: &mut Stages,
    names: &[&str],
) -> Result<(), Failure> {
    let steps = chosen(names)?;
    for step in &steps {
        stages.run(&format!("{}: {}", step.name, step.title), || (step.work)(places))?;
    }
    match steps.len() {
        1 => println!("\nthe step passed"),
        n_steps => println!("\nall {n_steps} steps passed"),
    }
    Ok(())
}

fn chosen(names: &[&str]) -> Result<Vec<&'static Step>, Failure> {
    let all = || STEPS.iter().chain(MORE_STEPS);
    if let Some(unknown) = names.iter().find(|name| all().all(|step| step.name != **name)) {
        let known: Vec<_> = all().map(|step| step.name).collect();
        return Err(Failure::usage(format!(
            "test: there is no step '{unknown}'; the steps are {}",
            known.join(", ")
        )));
    }
    if names.is_empty() {
        return Ok(STEPS.iter().collect());
    }
    Ok(all().filter(|step| names.contains(&step.name)).collect())
}

fn format(places: &Places) -> Result<(), Failure> {
    run(&mut places.cargo(&["fmt", "--all", "--check"]))
}

fn quick(places: &Places) -> Result<(), Failure> {
    let mut test = places.cargo(&["test", "--locked", "-p", "shared", "--no-default-features"]);
    run(test.args(["--features", "sound,tokens"]))
}

fn lint(places: &Places) -> Result<(), Failure> {
    tools::for_native(places)?;
    let mut clippy = places.cargo(&["clippy", "--locked", "--workspace", "--all-targets"]);
    run(clippy.args(["--", "-D", "warnings"]))
}

/// What is compiled for the browser shares the website's profile, and so its dependencies.
const FOR_BROWSER: [&str; 4] = ["--profile", "web", "--target", "wasm32-unknown-unknown"];

/// Clippy rather than check: the website's own code is only seen whole for its own target.
fn wasm(places: &Places) -> Result<(), Failure> {
    tools::for_website(places)?;
    for packages in [
        &["-p", "shared", "--no-default-features"] as &[&str],
        &["-p", "shared"],
        &["-p", "web", "--all-targets"],
        &["-p", "inference_worker", "--all-targets"],
        &["-p", "search_worker", "--all-targets"],
    ] {
        let mut clippy = places.for_browser(places.cargo(&["clippy", "--locked"]));
        run(clippy.args(packages).args(FOR_BROWSER).args(["--", "-D", "warnings"]))?;
    }
    Ok(())
}

fn website(places: &Places) -> Result<(), Failure> {
    tools::for_website(places)?;
    site::build(places, site::Programs::All).map(drop)
}

/// All but the website, which is no program of this machine.
const FOR_MACHINE: [&str; 4] = ["--locked", "--workspace", "--exclude", "web"];

/// Built on its own, so that the browser tests find the program `segue` of this state.
fn build(places: &Places) -> Result<(), Failure> {
    tools::for_native(places)?;
    run(places.cargo(&["build"]).args(FOR_MACHINE).args(["--bins", "--tests"]))
}

fn all_tests(places: &Places) -> Result<(), Failure> {
    tools::for_hosting(places)?;
    tools::for_browser(places)?;
    let axe = tools::for_axe(places)?;
    let mut test = places.cargo(&["test"]);
    test.args(FOR_MACHINE).arg("--no-fail-fast");
    test.env("SEGUE_AXE", axe);
    // The tests that need Firefox say themselves, too, that they were left out.
    let firefox = tools::for_firefox(places);
    if let Err(failure) = &firefox {
        let reason = failure.to_string();
        println!("THE TESTS IN FIREFOX ARE LEFT OUT: {reason}");
        test.env("SEGUE_NO_FIREFOX", reason);
    }
    run(&mut test)
}

fn wasm_tests(places: &Places) -> Result<(), Failure> {
    tools::for_website(places)?;
    let driver = tools::for_browser(places)?;
    let mut test = places.for_browser(places.cargo(&["test", "--locked", "-p", "web"]));
    test.args(FOR_BROWSER);
    test.env("CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUNNER", "wasm-bindgen-test-runner");
    run(test.env("CHROMEDRIVER", driver))
}

fn docs(places: &Places) -> Result<(), Failure> {
    let mut doc = places.cargo(&["doc", "--locked", "--workspace", "--no-deps"]);
    run(doc.env("RUSTDOCFLAGS", "-D warnings"))
}

/// `DOCS_RS` lets the CUDA bindings be checked on a machine without CUDA. The other features are checked in the same go.
fn cuda(places: &Places) -> Result<(), Failure> {
    let features = "cuda,wgpu,s3";
    let mut check = places.cargo(&["check", "--locked", "-p", "trainer", "--features", features]);
    run(check.env("DOCS_RS", "1"))
}

fn clusters(places: &Places) -> Result<(), Failure> {
    tools::for_native(places)?;
    let python = tools::for_clusters(places)?;
    // As the other steps build, so that what does not concern buckets is not built again.
    let with_buckets = |what: &str| -> Command {
        let mut command = places.cargo(&[what]);
        command.args(FOR_MACHINE).args(["--features", "trainer/s3"]);
        command
    };
    run(with_buckets("build").args(["--bin", "segue"]))?;
    let segue = kept(places, "segue-s3")?;
    for script in ["slurm.sh", "s3.sh"] {
        let folder = places.target.join("clusters").join(script);
        remove_folder(&folder)?;
        let mut command =
            places.program(&places.root.join("tests/clusters").join(script).to_string_lossy());
        run(command.arg(&folder).env("SEGUE", &segue).env("PYTHON", &python))?;
    }
    run(with_buckets("test").args(["--lib", "files::"]))
}

/// The program that was built, under a name of its own: the other steps build `segue` without more features.
fn kept(places: &Places, name: &str) -> Result<PathBuf, Failure> {
    let (built, kept) = (places.target.join("debug/segue"), places.target.join("debug").join(name));
    fs::copy(&built, &kept).map_err(|error| Failure::file("copy", &built, &error))?;
    Ok(kept)
}

/// A graphics processor in software will do.
fn wgpu(places: &Places) -> Result<(), Failure> {
    tools::for_native(places)?;
    tools::for_vulkan(places)?;
    let with_wgpu = |what: &str| -> Command {
        places.cargo(&[what, "--locked", "-p", "trainer", "--features", "wgpu"])
    };
    run(with_wgpu("test").args(["--lib", "parity"]))?;
    run(with_wgpu("build").args(["--bin", "segue"]))?;
    // Every command, as whoever owns a card would try them.
    let (segue, folder) = (kept(places, "segue-wgpu")?, places.target.join("gpu-check"));
    remove_folder(&folder)?;
    let mut check = places.program(&places.root.join("scripts/gpu-check").to_string_lossy());
    check.arg("wgpu").arg(&folder).env("SEGUE", &segue).env("GPU_CHECK_SMALL", "1");
    let encoder = places.root.join("tests/golden/text_encoders/distilbert");
    run(check.env("SEGUE_TEXT_ENCODER", encoder))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_keep_their_order_and_unknown_ones_are_refused() {
        let names: Vec<_> =
            chosen(&["docs", "format"]).unwrap().iter().map(|step| step.name).collect();
        assert_eq!(names, ["format", "docs"]);
        assert_eq!(chosen(&[]).unwrap().len(), STEPS.len());
        let more: Vec<_> =
            chosen(&["wgpu", "docs"]).unwrap().iter().map(|step| step.name).collect();
        assert_eq!(more, ["docs", "wgpu"]);
        assert!(chosen(&["dcos"]).err().unwrap().to_string().contains("docs"));
    }
}
