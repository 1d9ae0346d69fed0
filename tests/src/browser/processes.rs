//! The processes of a browser.

use anyhow::{Context, ensure};
use std::path::Path;
use std::process::Command;
use std::time::{Duration, Instant};

const PATIENCE: Duration = Duration::from_secs(10);

/// Kills the browser that holds this profile lock, with all that it started, and waits until it is
/// gone. The lock is a link to `HOST-PID`.
pub(super) fn kill_tree(lock: &Path) -> anyhow::Result<()> {
    let holder = std::fs::read_link(lock).context("no browser holds the profile")?;
    let holder = holder.to_string_lossy();
    let pid = holder.rsplit_once('-').and_then(|(_, pid)| pid.parse::<u32>().ok());
    let browser = pid.with_context(|| format!("'{holder}' names no process"))?;
    kill_with_descendants(browser)
}

/// Kills a process with all that it started, and waits until it is gone.
pub(super) fn kill_with_descendants(process: u32) -> anyhow::Result<()> {
    // The process itself first: it must not see the others die and write about it.
    let all = with_descendants(process)?;
    let pids: Vec<String> = all.iter().map(u32::to_string).collect();
    let killed =
        Command::new("sh").arg("-c").arg(format!("kill -9 {}", pids.join(" "))).output()?;
    let begun = Instant::now();
    while is_alive(process) {
        let late = begun.elapsed() > PATIENCE;
        ensure!(!late, "process {process} lives on: {}", String::from_utf8_lossy(&killed.stderr));
        std::thread::sleep(Duration::from_millis(10));
    }
    Ok(())
}

/// A process and all below it, parents first.
fn with_descendants(root: u32) -> anyhow::Result<Vec<u32>> {
    let mut children = Vec::new();
    for entry in std::fs::read_dir("/proc").context("processes are listed in /proc")? {
        let name = entry?.file_name();
        let Some(pid) = name.to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        // A process that ended in between is none.
        children.extend(state_and_parent(pid).map(|(_, parent)| (parent, pid)));
    }
    let mut found = vec![root];
    let mut at = 0;
    while let Some(&parent) = found.get(at) {
        found.extend(children.iter().filter(|(of, _)| *of == parent).map(|(_, pid)| *pid));
        at += 1;
    }
    Ok(found)
}

/// From `/proc/PID/stat`: `PID (NAME) STATE PARENT ...`, where the name may hold anything.
fn state_and_parent(pid: u32) -> Option<(char, u32)> {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let mut words = stat.rsplit_once(')')?.1.split_whitespace();
    Some((words.next()?.chars().next()?, words.next()?.parse().ok()?))
}

/// A killed process whose parent has not looked yet is a zombie, and dead.
fn is_alive(pid: u32) -> bool {
    state_and_parent(pid).is_some_and(|(state, _)| !['Z', 'X'].contains(&state))
}
