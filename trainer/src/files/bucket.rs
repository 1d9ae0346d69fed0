//! Objects of a bucket: `s3://BUCKET/NAME`.
//!
//! Where the bucket is and who may use it is read from the environment, by the names that Amazon's own
//! programs use: `AWS_ACCESS_KEY_ID`, `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, and for other services
//! `AWS_ENDPOINT_URL` (with `AWS_ALLOW_HTTP=true` where it has no TLS).

use super::Stamp;
use object_store::aws::AmazonS3Builder;
use object_store::path::Path as Name;
use object_store::{ClientOptions, ObjectMeta, ObjectStore, ObjectStoreExt as _};
use std::collections::BTreeMap;
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::{Arc, LazyLock, Mutex};
use std::time::Duration;
use tokio::runtime::Runtime;

/// A request may take this long: a large object on a slow line.
const TIMEOUT: Duration = Duration::from_secs(600);

type Store = Arc<dyn ObjectStore>;

/// Requests run here, whichever thread waits for them.
static RUNTIME: LazyLock<Result<Runtime, String>> = LazyLock::new(|| {
    // Another part of the program may have chosen one before.
    let _ = rustls::crypto::ring::default_provider().install_default();
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .map_err(|error| error.to_string())
});

static STORES: Mutex<BTreeMap<String, Store>> = Mutex::new(BTreeMap::new());

/// An object's address.
struct Address {
    bucket: String,
    name: Name,
}

impl Address {
    fn of(path: &Path) -> io::Result<Self> {
        let wrong = || {
            let message = format!(
                "'{}' is no address of a bucket; expected s3://BUCKET/NAME",
                path.display()
            );
            io::Error::new(io::ErrorKind::InvalidInput, message)
        };
        let text = path.to_str().ok_or_else(wrong)?.replace('\\', "/");
        let rest = text.strip_prefix("s3://").ok_or_else(wrong)?;
        let (bucket, name) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            return Err(wrong());
        }
        // Audio paths of a catalogue may go up from its folder.
        let mut parts: Vec<&str> = Vec::new();
        for part in Path::new(name).components() {
            match part {
                Component::Normal(part) => parts.push(part.to_str().ok_or_else(wrong)?),
                Component::ParentDir => drop(parts.pop().ok_or_else(wrong)?),
                Component::CurDir | Component::RootDir | Component::Prefix(_) => {}
            }
        }
        // Taken as it is written: the store's own way of joining parts would have letters replaced.
        let name = Name::parse(parts.join("/")).map_err(|_| wrong())?;
        Ok(Self { bucket: bucket.to_owned(), name })
    }

    fn store(&self) -> io::Result<Store> {
        // It chooses the cryptography, without which no store is made.
        LazyLock::force(&RUNTIME);
        let mut stores = STORES.lock().expect("no thread panics while it makes a store");
        if let Some(store) = stores.get(&self.bucket) {
            return Ok(Arc::clone(store));
        }
        let store = AmazonS3Builder::from_env()
            .with_client_options(client_options())
            .with_bucket_name(&self.bucket)
            .build()?;
        let store: Store = Arc::new(store);
        stores.insert(self.bucket.clone(), Arc::clone(&store));
        Ok(store)
    }

    /// The path of an object below this one, which is `folder`.
    fn path_of(&self, meta: &ObjectMeta, folder: &Path) -> PathBuf {
        let name = meta.location.as_ref();
        let below = name.strip_prefix(self.name.as_ref()).unwrap_or(name);
        folder.join(below.trim_start_matches('/'))
    }
}

fn client_options() -> ClientOptions {
    let options = ClientOptions::new().with_timeout(TIMEOUT);
    let may_do_without_tls = std::env::var("AWS_ALLOW_HTTP").is_ok_and(|value| value == "true");
    options.with_allow_http(may_do_without_tls)
}

fn wait<T>(request: impl Future<Output = object_store::Result<T>>) -> io::Result<T> {
    let runtime = RUNTIME.as_ref().map_err(|error| io::Error::other(error.clone()))?;
    runtime.block_on(request).map_err(|error| match error {
        object_store::Error::NotFound { .. } => {
            io::Error::new(io::ErrorKind::NotFound, "there is no such object")
        }
        error => error.into(),
    })
}

pub(super) fn read(path: &Path) -> io::Result<Vec<u8>> {
    let address = Address::of(path)?;
    let store = address.store()?;
    let bytes = wait(async { store.get(&address.name).await?.bytes().await })?;
    Ok(bytes.into())
}

pub(super) fn write(path: &Path, bytes: Vec<u8>) -> io::Result<()> {
    let address = Address::of(path)?;
    let store = address.store()?;
    wait(store.put(&address.name, bytes.into())).map(drop)
}

pub(super) fn stamp(path: &Path) -> io::Result<Stamp> {
    let address = Address::of(path)?;
    let store = address.store()?;
    let meta = wait(store.head(&address.name))?;
    let nanos = meta.last_modified.timestamp_nanos_opt().and_then(|nanos| nanos.try_into().ok());
    Ok(Stamp { n_bytes: meta.size, modified_nanos: nanos.unwrap_or(0) })
}

pub(super) fn remove(path: &Path) -> io::Result<()> {
    let address = Address::of(path)?;
    let store = address.store()?;
    wait(store.delete(&address.name))
}

/// The objects directly below a name, sorted.
pub(super) fn list(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let address = Address::of(folder)?;
    let store = address.store()?;
    let found = wait(store.list_with_delimiter(Some(&address.name)))?;
    let paths = found.objects.iter().map(|meta| address.path_of(meta, folder));
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    Ok(paths)
}

/// All objects below a name, sorted.
pub(super) fn list_below(folder: &Path) -> io::Result<Vec<PathBuf>> {
    use futures_util::TryStreamExt as _;
    let address = Address::of(folder)?;
    let store = address.store()?;
    let found: Vec<ObjectMeta> = wait(store.list(Some(&address.name)).try_collect())?;
    let paths = found.iter().map(|meta| address.path_of(meta, folder));
    let mut paths: Vec<PathBuf> = paths.collect();
    paths.sort();
    Ok(paths)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read() {
        let read =
            |text: &str| Address::of(Path::new(text)).map(|own| (own.bucket, own.name.to_string()));
        let pair = |bucket: &str, name: &str| (bucket.to_owned(), name.to_owned());
        assert_eq!(read("s3://lab/songs/a b.mp3").unwrap(), pair("lab", "songs/a b.mp3"));
        assert_eq!(read("s3://lab/lists/../songs/./a.mp3").unwrap(), pair("lab", "songs/a.mp3"));
        assert_eq!(read("s3://lab").unwrap(), pair("lab", ""));
        let odd = "songs/Björk [Remix] #1 50%5B~.mp3";
        assert_eq!(read(&format!("s3://lab/{odd}")).unwrap(), pair("lab", odd));
        for wrong in ["s3://", "s3:///a", "s3://lab/../../a", "songs/a.mp3"] {
            let error = read(wrong).unwrap_err().to_string();
            assert!(error.contains("s3://BUCKET/NAME"), "{error}");
        }
        let joined = Path::new("s3://lab/prepared").join("records").join("x.json");
        assert_eq!(Address::of(&joined).unwrap().name.to_string(), "prepared/records/x.json");
    }
}
