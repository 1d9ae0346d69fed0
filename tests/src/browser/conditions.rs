//! The surroundings of a page in Chromium: device, network, storage, memory.

use super::chromium::Browser;
use serde_json::{Value, json};

/// A connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Network {
    /// As fast as this machine.
    Free,
    /// None. A service worker has a connection of its own: for a network that is really gone, take
    /// the host away as well ([`crate::static_host::StaticHost::go_down`]).
    Offline,
    /// Slower: a time for each answer to begin, and bytes a second in both directions.
    Slow {
        /// Milliseconds.
        latency_millis: u32,
        /// Bytes a second.
        bytes_per_second: u32,
    },
}

/// What a page holds in memory, after the garbage was collected.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Memory {
    /// JavaScript's heap, in bytes. WebAssembly's memory is not part of it.
    pub heap_bytes: f64,
    /// Nodes of all documents, those of no document too.
    pub n_nodes: f64,
    /// Event listeners.
    pub n_listeners: f64,
    /// Documents.
    pub n_documents: f64,
}

impl Browser {
    pub(super) async fn cdp(&self, method: &str, parameters: Value) -> anyhow::Result<Value> {
        Ok(self.page.cdp().send_raw(method, parameters).await?)
    }

    /// As on a phone of this many CSS pixels, touched rather than clicked.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn as_phone(&self, width: u32, height: u32) -> anyhow::Result<()> {
        let metrics =
            json!({"width": width, "height": height, "deviceScaleFactor": 2, "mobile": true});
        self.cdp("Emulation.setDeviceMetricsOverride", metrics).await?;
        self.cdp("Emulation.setTouchEmulationEnabled", json!({"enabled": true})).await?;
        Ok(())
    }

    /// In the dark or in the light.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn dark(&self, dark: bool) -> anyhow::Result<()> {
        let scheme = if dark { "dark" } else { "light" };
        let features = json!([{"name": "prefers-color-scheme", "value": scheme}]);
        self.cdp("Emulation.setEmulatedMedia", json!({"features": features})).await?;
        Ok(())
    }

    /// With few colours of the reader's own in place of the page's, as a contrast theme of Windows has them.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn forced_colours(&self) -> anyhow::Result<()> {
        let features = json!([{"name": "forced-colors", "value": "active"}]);
        self.cdp("Emulation.setEmulatedMedia", json!({"features": features})).await?;
        Ok(())
    }

    /// Takes the connection away, or gives it back.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn offline(&self, offline: bool) -> anyhow::Result<()> {
        self.network(if offline { Network::Offline } else { Network::Free }).await
    }

    /// Gives the tab another connection.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn network(&self, network: Network) -> anyhow::Result<()> {
        let (latency, speed) = match network {
            Network::Free | Network::Offline => (0, -1.0),
            Network::Slow { latency_millis, bytes_per_second } => {
                (latency_millis, f64::from(bytes_per_second))
            }
        };
        self.cdp("Network.enable", json!({})).await?;
        let conditions = json!({
            "offline": network == Network::Offline, "latency": latency,
            "downloadThroughput": speed, "uploadThroughput": speed,
        });
        self.cdp("Network.emulateNetworkConditions", conditions).await?;
        Ok(())
    }

    /// Has the page ask the network itself, past a service worker, which has a connection of its own.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn bypass_worker(&self) -> anyhow::Result<()> {
        self.cdp("Network.enable", json!({})).await?;
        self.cdp("Network.setBypassServiceWorker", json!({"bypass": true})).await?;
        Ok(())
    }

    /// Lets the origin store this many bytes and no more; `None` is as many as before. To be said
    /// before a page of the origin writes: the browser remembers for half a minute how much room
    /// there was.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn storage_quota(&self, origin: &str, bytes: Option<u64>) -> anyhow::Result<()> {
        let mut parameters = json!({"origin": origin.trim_end_matches('/')});
        if let Some(bytes) = bytes {
            parameters["quotaSize"] = bytes.into();
        }
        self.cdp("Storage.overrideQuotaForOrigin", parameters).await?;
        Ok(())
    }

    /// What the page holds in memory.
    ///
    /// # Errors
    ///
    /// If the browser refuses.
    pub async fn memory(&self) -> anyhow::Result<Memory> {
        self.cdp("HeapProfiler.collectGarbage", json!({})).await?;
        self.cdp("Performance.enable", json!({})).await?;
        let metrics = self.cdp("Performance.getMetrics", json!({})).await?;
        let counters = self.cdp("Memory.getDOMCounters", json!({})).await?;
        let metric = |name: &str| {
            let all = metrics["metrics"].as_array()?;
            all.iter().find(|metric| metric["name"] == name)?["value"].as_f64()
        };
        let counter = |name: &str| counters[name].as_f64().unwrap_or(f64::NAN);
        Ok(Memory {
            heap_bytes: metric("JSHeapUsedSize").unwrap_or(f64::NAN),
            n_nodes: counter("nodes"),
            n_listeners: counter("jsEventListeners"),
            n_documents: counter("documents"),
        })
    }
}
