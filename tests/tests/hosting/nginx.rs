//! nginx in the foreground, with a configuration and folders of its own.

use anyhow::{Context, ensure};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// The server block that the documentation gives.
const DOCUMENTED: &str = include_str!("../../../docs/hosting/nginx.conf");
/// Where Debian keeps nginx's modules.
const MODULES: &str = "/usr/lib/nginx/modules";
const BROTLI: [&str; 2] = ["ngx_http_brotli_filter_module", "ngx_http_brotli_static_module"];
/// How long nginx may take to listen; a loaded machine is slow.
const PATIENCE: Duration = Duration::from_secs(20);

/// How the host is set up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Setup {
    /// As documented.
    Gzip,
    /// As documented, with the lines for brotli.
    Brotli,
    /// No setting at all, and types that lack wasm: a web space as one finds it.
    Bare,
}

/// A running nginx, until this is dropped.
#[derive(Debug)]
pub(crate) struct Nginx {
    /// As `http://127.0.0.1:PORT`.
    pub(crate) origin: String,
    child: Child,
    _own: tempfile::TempDir,
}

impl Nginx {
    /// Serves `www`, in which the study stands as `study-1`.
    pub(crate) fn start(setup: Setup, www: &Path) -> anyhow::Result<Self> {
        let own = tempfile::tempdir()?;
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0))?.local_addr()?.port();
        let config = own.path().join("nginx.conf");
        std::fs::write(&config, configuration(setup, www, own.path(), port)?)?;
        let mut command = Command::new(program()?);
        command.arg("-p").arg(own.path()).arg("-c").arg(&config);
        command.arg("-e").arg(own.path().join("error.log"));
        let child = command.stdin(Stdio::null()).spawn().context("nginx")?;
        let mut nginx = Self { origin: format!("http://127.0.0.1:{port}"), child, _own: own };
        nginx.wait(port)?;
        Ok(nginx)
    }

    fn wait(&mut self, port: u16) -> anyhow::Result<()> {
        let begun = Instant::now();
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            let ended = self.child.try_wait()?;
            ensure!(ended.is_none() && begun.elapsed() < PATIENCE, "nginx: {}", self.errors());
            std::thread::sleep(Duration::from_millis(20));
        }
        Ok(())
    }

    fn errors(&self) -> String {
        std::fs::read_to_string(self._own.path().join("error.log")).unwrap_or_default()
    }
}

impl Drop for Nginx {
    fn drop(&mut self) {
        // It may have ended by itself, which is as good.
        let _ended = self.child.kill();
        let _status = self.child.wait();
    }
}

fn program() -> anyhow::Result<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    // Debian puts it where only root looks.
    let folders = std::env::split_paths(&path).chain([PathBuf::from("/usr/sbin")]);
    let mut programs = folders.map(|folder| folder.join("nginx"));
    let found = programs.find(|program| program.is_file());
    found.context("nginx is missing: `cargo xtask test` installs it")
}

fn configuration(setup: Setup, www: &Path, own: &Path, port: u16) -> anyhow::Result<String> {
    let mut text = "daemon off;\nmaster_process off;\n".to_owned();
    if setup == Setup::Brotli {
        for module in BROTLI {
            let file = Path::new(MODULES).join(module).with_extension("so");
            let found = file.is_file();
            ensure!(found, "'{}' is missing: `cargo xtask test` installs it", file.display());
            text.push_str(&format!("load_module {};\n", file.display()));
        }
    }
    text.push_str(&format!("pid {}/pid;\nevents {{}}\nhttp {{\naccess_log off;\n", own.display()));
    for kind in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
        text.push_str(&format!("{kind}_temp_path {}/{kind};\n", own.display()));
    }
    text.push_str(&server(setup, www, port)?);
    text.push_str("}\n");
    Ok(text)
}

fn server(setup: Setup, www: &Path, port: u16) -> anyhow::Result<String> {
    let (listen, root) = (format!("listen 127.0.0.1:{port};"), format!("root {};", www.display()));
    if setup == Setup::Bare {
        return Ok(format!(
            "types {{ text/html html; text/css css; text/javascript js; }}\n\
             server {{ {listen} {root} }}\n"
        ));
    }
    let mut text = DOCUMENTED.to_owned();
    for (documented, here) in [("listen 80;", &listen), ("root /srv/www;", &root)] {
        ensure!(text.contains(documented), "docs/hosting/nginx.conf lacks '{documented}'");
        text = text.replace(documented, here);
    }
    if setup == Setup::Brotli {
        // As the file says: what follows the lists of types belongs to them.
        text = text.replace("#brotli       ", "").replace("        #brotli", "        brotli");
    }
    Ok(text)
}
