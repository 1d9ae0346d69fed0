//! `segue serve`.

use crate::site_server::{self, Site};
use anyhow::Context;
use std::io::ErrorKind;
use std::net::{IpAddr, TcpListener};
use std::path::PathBuf;
use std::thread;

/// Serve a folder of files on this machine
///
/// Serves the website that `cargo xtask demo` puts together, or any folder of files with an
/// index.html, as a static host would: with content types, byte ranges and caching.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder
    #[arg(default_value = "dist")]
    folder: PathBuf,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8080)]
    port: u16,
    /// The address to listen at; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1")]
    host: IpAddr,
}

/// Runs the command, until it is interrupted.
///
/// # Errors
///
/// If the folder is not there or has no page, or if the port can't be had.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let site = Site::open(&args.folder)?;
    let listener = listen(args)?;
    let address = listener.local_addr().context("the socket has no address")?;
    println!("serving '{}' at http://{address}/ (Ctrl-C ends it)", args.folder.display());
    site_server::serve(site, listener, n_workers())?;
    Ok(())
}

fn listen(args: &Args) -> anyhow::Result<TcpListener> {
    let (host, port) = (args.host, args.port);
    TcpListener::bind((host, port)).map_err(|error| {
        let fix = match error.kind() {
            ErrorKind::AddrInUse => {
                "is taken: choose another with --port, or a free one with --port 0"
            }
            ErrorKind::PermissionDenied => "is not allowed: choose one above 1023 with --port",
            ErrorKind::AddrNotAvailable => "is not of this machine: choose another --host",
            _ => "can't be listened at",
        };
        anyhow::Error::new(error).context(format!("port {port} at {host} {fix}"))
    })
}

/// Workers mostly wait for disks and clients, so there are more of them than cores.
fn n_workers() -> usize {
    4 * thread::available_parallelism().map_or(2, usize::from)
}
