//! Where things are kept.

use crate::stages::{Failure, run};
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// What the website is compiled to.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";

/// Members of the workspace that keep the path of their checkout.
const MEMBERS: [&str; 6] =
    ["shared", "trainer", "web", "inference_worker", "search_worker", "tests"];

/// Every profile and target they are built with.
const BUILDS: [&[&str]; 5] = [
    &[],
    &["--release"],
    &["--profile", "web", "--target", WASM_TARGET],
    &["--profile", "inference", "--target", WASM_TARGET],
    &["--profile", "graphics", "--target", WASM_TARGET],
];

/// What cargo adds to the flags of `.cargo/config.toml` for what is compiled to [`WASM_TARGET`].
const WASM_FLAGS: &str = "CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS";

/// Where cargo unpacks crates, in its own folder.
const REGISTRIES: &str = "registry/src";
/// The same for those of crates.io.
const CRATES: &str = "registry/src/index.crates.io-1949cf8c6b5b557f";

/// The folders that the steps read and write.
pub(crate) struct Places {
    /// The checkout.
    pub(crate) root: PathBuf,
    /// What every cargo run shares: `CARGO_TARGET_DIR`, else `target` in the cache.
    pub(crate) target: PathBuf,
    /// Tools installed here: they leave the user's own `~/.cargo/bin` alone.
    pub(crate) tools: PathBuf,
    /// The demo catalogue, its networks and its bundle.
    pub(crate) demo: PathBuf,
    /// The finished website, a folder that any static host can serve.
    pub(crate) dist: PathBuf,
}

impl Places {
    /// Finds the folders from the environment.
    pub(crate) fn find() -> Result<Self, Failure> {
        // As cargo says when it runs this: what it said when this was built may be another checkout.
        let package = folder_variable("CARGO_MANIFEST_DIR")
            .unwrap_or_else(|| PathBuf::from(env!("CARGO_MANIFEST_DIR")));
        let root = package
            .parent()
            .ok_or_else(|| Failure::usage("xtask stands in no workspace"))?
            .to_owned();
        let cache = cache_folder()?.join("segue");
        let target = match folder_variable("CARGO_TARGET_DIR") {
            Some(folder) => absolute(&folder)?,
            None => cache.join("target"),
        };
        Ok(Self {
            dist: root.join("dist"),
            root,
            target,
            tools: cache.join("tools"),
            demo: cache.join("demo"),
        })
    }

    /// A program run in the checkout, with the tools on its path and the shared target directory.
    pub(crate) fn program(&self, name: &str) -> Command {
        let mut command = Command::new(name);
        command.current_dir(&self.root).env("CARGO_TARGET_DIR", &self.target);
        // What `cargo run` says about xtask itself is nothing for the programs it starts: cargo
        // would take some of them for changed inputs and build anew.
        for (name, _) in std::env::vars_os() {
            let foreign = name.to_str().is_some_and(|name| {
                ["CARGO_PKG_", "CARGO_MANIFEST_", "CARGO_BIN_", "CARGO_CRATE_"]
                    .iter()
                    .any(|prefix| name.starts_with(prefix))
            });
            if foreign {
                command.env_remove(name);
            }
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        let folders = std::iter::once(self.tools_bin()).chain(std::env::split_paths(&path));
        if let Ok(path) = std::env::join_paths(folders) {
            command.env("PATH", path);
        }
        command
    }

    /// Makes the target directory this checkout's.
    ///
    /// Programs keep the path of the checkout they were built in, and cargo takes those of a moved
    /// or second checkout for its own: what the last checkout built of this workspace is dropped.
    pub(crate) fn take_target(&self) -> Result<(), Failure> {
        let owner = self.target.join("checkout");
        let root = self.root.display().to_string();
        let last = fs::read_to_string(&owner);
        if last.as_ref().is_ok_and(|last| *last == root) {
            return Ok(());
        }
        if self.target.join("debug").is_dir() {
            let last = last.unwrap_or_else(|_| "another checkout".to_owned());
            println!("{} was last used by {last}: its programs are dropped", self.target.display());
            for build in BUILDS {
                let mut clean = self.cargo(&["clean", "--quiet", "--locked"]);
                run(clean.args(build).args(MEMBERS.iter().flat_map(|member| ["-p", member])))?;
            }
        }
        fs::create_dir_all(&self.target)
            .and_then(|()| fs::write(&owner, root))
            .map_err(|error| Failure::file("write", &owner, &error))
    }

    /// Cargo, run as [`Self::program`] says.
    pub(crate) fn cargo(&self, arguments: &[&str]) -> Command {
        let mut command = self.program("cargo");
        command.args(arguments);
        command
    }

    /// A program, or cargo, that builds for the browser.
    pub(crate) fn for_browser(&self, mut command: Command) -> Command {
        command.env(WASM_FLAGS, without_own_paths());
        command
    }

    /// Where the installed tools' programs are.
    pub(crate) fn tools_bin(&self) -> PathBuf {
        self.tools.join("bin")
    }

    /// The program `name`, first among the installed tools, then on the path.
    pub(crate) fn which(&self, name: &str) -> Option<PathBuf> {
        let path = std::env::var_os("PATH").unwrap_or_default();
        std::iter::once(self.tools_bin())
            .chain(std::env::split_paths(&path))
            .map(|folder| folder.join(name))
            .find(|program| program.is_file())
    }
}

impl fmt::Display for Places {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "checkout  {}", self.root.display())?;
        writeln!(f, "target    {}", self.target.display())?;
        writeln!(f, "tools     {}", self.tools.display())?;
        writeln!(f, "demo      {}", self.demo.display())?;
        write!(f, "website   {}", self.dist.display())
    }
}

/// Flags that keep the folders of this machine, and with them the name of its user, out of the website's programs: messages of
/// panics name the files of crates. They are shorter so, too.
fn without_own_paths() -> String {
    let given = std::env::var(WASM_FLAGS).unwrap_or_default();
    let home = folder_variable("CARGO_HOME")
        .or_else(|| folder_variable("HOME").map(|home| home.join(".cargo")));
    let Some(home) = home.map(|home| home.display().to_string()) else { return given };
    // Flags are told apart by spaces.
    if home.contains(char::is_whitespace) {
        return given;
    }
    // The last one that fits counts.
    let folders =
        [REGISTRIES, CRATES].map(|folder| format!("--remap-path-prefix={home}/{folder}="));
    format!("{given} {}", folders.join(" ")).trim_start().to_owned()
}

fn cache_folder() -> Result<PathBuf, Failure> {
    // The XDG rule: a relative path there is to be ignored.
    if let Some(cache) = folder_variable("XDG_CACHE_HOME").filter(|path| path.is_absolute()) {
        return Ok(cache);
    }
    match folder_variable("HOME") {
        Some(home) => absolute(&home.join(".cache")),
        None => Err(Failure::usage(
            "neither XDG_CACHE_HOME nor HOME is set: set one, so that tools and builds can be kept",
        )),
    }
}

fn folder_variable(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

fn absolute(path: &Path) -> Result<PathBuf, Failure> {
    std::path::absolute(path)
        .map_err(|error| Failure::usage(format!("'{}': {error}", path.display())))
}
