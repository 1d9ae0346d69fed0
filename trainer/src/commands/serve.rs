//! `segue serve`.

use crate::site_server::{self, Site};
use anyhow::Context;
use std::io::ErrorKind;
use std::net::{IpAddr, Ipv4Addr, TcpListener};
use std::path::{Path, PathBuf};

/// Serve a folder of files on this machine
///
/// Serves the website that `cargo xtask demo` puts together, or any folder of files with an
/// index.html, as a static host would: with content types, byte ranges and caching. Nothing else is
/// needed: put on a USB stick together with the website, it serves that without a network.
#[derive(Debug, clap::Args)]
pub struct Args {
    /// The folder; else 'dist', else 'dist' beside this program, else the folder of this program
    folder: Option<PathBuf>,
    /// The port; 0 takes a free one
    #[arg(long, default_value_t = 8080, allow_negative_numbers = true)]
    port: u16,
    /// The address to listen at; 0.0.0.0 lets other machines in
    #[arg(long, default_value = "127.0.0.1", value_parser = host)]
    host: IpAddr,
}

/// Runs the command, until it is interrupted.
///
/// # Errors
///
/// If the folder is not there or has no page, or if the port can't be had.
pub fn run(args: &Args) -> anyhow::Result<()> {
    let folder = match &args.folder {
        Some(folder) => folder.clone(),
        None => usual_folder(std::env::current_exe().ok().as_deref()),
    };
    let site = Site::open(&folder)?;
    let listener = listen(args)?;
    let address = listener.local_addr().context("the socket has no address")?;
    println!("serving '{}' at http://{address}/ (Ctrl-C ends it)", folder.display());
    match site_server::serve(site, listener)? {}
}

/// The first folder with a page among those where one would look; `dist` where there is none, so that
/// the error names the usual one.
fn usual_folder(program: Option<&Path>) -> PathBuf {
    const USUAL: &str = "dist";
    let beside = program.and_then(Path::parent);
    let places = [Some(PathBuf::from(USUAL)), beside.map(|folder| folder.join(USUAL))];
    let places = places.into_iter().chain([beside.map(Path::to_owned)]).flatten();
    let mut with_page = places.filter(|folder| folder.join("index.html").is_file());
    with_page.next().unwrap_or_else(|| PathBuf::from(USUAL))
}

/// An address; of names only this machine's own, which needs no network to be found.
fn host(text: &str) -> Result<IpAddr, String> {
    if text.eq_ignore_ascii_case("localhost") {
        return Ok(Ipv4Addr::LOCALHOST.into());
    }
    text.parse().map_err(|_| "expected an IP address, such as 127.0.0.1, or localhost".to_owned())
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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::files;

    #[test]
    fn hosts_are_addresses_and_this_machine() {
        assert_eq!(host("localhost"), Ok(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert_eq!(host("0.0.0.0"), Ok(IpAddr::V4(Ipv4Addr::UNSPECIFIED)));
        assert!(host("::1").unwrap().is_ipv6());
        assert!(host("example.org").unwrap_err().contains("IP address, such as 127.0.0.1"));
    }

    #[test]
    fn on_a_stick_the_website_is_found_beside_the_program() {
        // Tests run in the crate's folder, which has no 'dist'.
        let stick = tempfile::tempdir().unwrap();
        let program = stick.path().join("segue");
        assert_eq!(usual_folder(Some(&program)), Path::new("dist"));
        files::write(&stick.path().join("index.html"), b"page").unwrap();
        assert_eq!(usual_folder(Some(&program)), stick.path());
        files::write(&stick.path().join("dist/index.html"), b"page").unwrap();
        assert_eq!(usual_folder(Some(&program)), stick.path().join("dist"));
        assert_eq!(usual_folder(None), Path::new("dist"));
    }
}
