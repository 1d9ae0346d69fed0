//! Talking with the workers as the page does: a text, and bytes or a file beside it.

use serde_json::{Value, json};
use tests::browser::{Browser, Options};
use tests::website::Website;

/// Keeps the workers of a page and asks them one task after another. The answer to a task is all that
/// was told up to its end, each with the milliseconds since it was asked.
const SCRIPT: &str = "
    window.segue = {
        workers: {},
        async start(name) {
            const stated = document.querySelector(`meta[name='${name}-start']`).content;
            const worker = new Worker(stated, { type: 'module' });
            await new Promise((there, failed) => {
                // Until the program is there, numbers say how much of it is.
                worker.onmessage = ({ data }) => Array.isArray(data) && there();
                worker.onerror = (event) => failed(event.message ?? 'it can not be had');
            });
            this.workers[name] = worker;
        },
        async bytes(file) {
            const response = await fetch(file);
            if (!response.ok) throw new Error(`no ${file}`);
            return new Uint8Array(await response.arrayBuffer());
        },
        ask(name, task, parts) {
            const [worker, told, begun] = [this.workers[name], [], performance.now()];
            return new Promise((resolve, failed) => {
                worker.onerror = (event) => failed(event.message);
                worker.onmessage = ({ data }) => {
                    if (!Array.isArray(data)) return;
                    const [text, ...bytes] = data;
                    const [[kind, value]] = Object.entries(JSON.parse(text));
                    if (kind === 'Sound') this.slices = bytes[3];
                    const sizes = bytes.map((part) => part.length);
                    told.push({ kind, value, sizes, millis: performance.now() - begun });
                    if (['Ready', 'Said', 'Failed'].includes(kind)) resolve(told);
                };
                worker.postMessage([JSON.stringify(task), ...parts]);
            });
        },
        async networks(worker, task, names) {
            const parts = [];
            for (const name of names) {
                const folder = `bundle/models/${name}`;
                parts.push(await this.bytes(`${folder}/model.json`));
                parts.push(await this.bytes(`${folder}/model.bpk`));
                const reads = name !== 'audio';
                parts.push(reads ? await this.bytes(`${folder}/tokenizer.json`) : new Uint8Array());
            }
            return this.ask(worker, { [task]: names }, parts);
        },
        async hear(file, task) {
            return this.ask('listening', { Song: task }, [new Blob([await this.bytes(file)])]);
        },
        async run(worker, kind, task) {
            return this.ask(worker, { [kind]: task }, task.shape || task.heard ? [this.slices] : []);
        },
        async read(task) {
            return this.ask('reading', { Lyrics: task }, task.heard ? [this.slices] : []);
        },
    };";

/// A page whose workers can be asked.
pub(crate) struct Workers<'a> {
    pub(crate) browser: Browser,
    website: &'a Website,
}

/// All that was told about one task.
pub(crate) struct Told(Vec<Value>);

impl<'a> Workers<'a> {
    /// Opens the page.
    pub(crate) async fn open(website: &'a Website) -> anyhow::Result<Self> {
        Self::open_with(website, Options::default()).await
    }

    /// Opens the page in a browser that is started in another way.
    pub(crate) async fn open_with(website: &'a Website, options: Options) -> anyhow::Result<Self> {
        let browser = Browser::start_with(options).await?;
        browser.page.goto(&website.server.address).await?;
        browser.script(SCRIPT).await?;
        Ok(Self { browser, website })
    }

    /// Opens the page and starts this worker.
    pub(crate) async fn start(website: &'a Website, name: &str) -> anyhow::Result<Self> {
        let workers = Self::open(website).await?;
        workers.and(name).await?;
        Ok(workers)
    }

    /// Starts one more.
    pub(crate) async fn and(&self, name: &str) -> anyhow::Result<()> {
        self.browser.promise(&format!("segue.start('{name}')")).await.map(drop)
    }

    /// Has the worker that hears take a network of the bundle.
    pub(crate) async fn take_network(&self, name: &str) -> anyhow::Result<Told> {
        self.ask(&format!("segue.networks('listening', 'Network', ['{name}'])")).await
    }

    /// Has the worker that hears run its network on the slices of the song heard last, which have this shape.
    pub(crate) async fn run(&self, shape: &Value) -> anyhow::Result<Told> {
        let task = json!({"job": 9, "shape": shape, "n_runs": 2});
        self.ask(&format!("segue.run('listening', 'Slices', {task})")).await
    }

    /// Has the worker with the graphics processor run networks on these tokens, with the slices of the song heard last,
    /// which have this shape, or without.
    pub(crate) async fn run_on_graphics(
        &self,
        heard: Option<&Value>,
        tokens: &Value,
    ) -> anyhow::Result<Told> {
        let task = json!({"job": 9, "heard": heard, "networks": tokens, "n_runs": 2});
        self.ask(&format!("segue.run('graphics', 'Song', {task})")).await
    }

    /// Has a worker take networks of the bundle.
    pub(crate) async fn take_networks(&self, worker: &str, names: &[&str]) -> anyhow::Result<Told> {
        let names = json!(names);
        self.ask(&format!("segue.networks('{worker}', 'Networks', {names})")).await
    }

    /// Has a file heard that stands beside the page from now on.
    pub(crate) async fn hear(&self, file: &str, bytes: &[u8]) -> anyhow::Result<Told> {
        self.website.add_file(&format!("songs/{file}"), bytes)?;
        let extension = file.rsplit('.').next();
        let clip = json!({"start_secs": 70.0, "duration_secs": 30.0});
        let task = json!({
            "job": 7, "extension": extension, "clip": clip, "n_columns": 100, "runs_network": true,
        });
        self.ask(&format!("segue.hear('songs/{file}', {task})")).await
    }

    /// Has lyrics read, with the song heard last, whose slices have this shape, or without.
    pub(crate) async fn read(&self, lyrics: &str, heard: Option<&Value>) -> anyhow::Result<Told> {
        self.read_times(1, lyrics, heard).await
    }

    /// The same with networks that run this often.
    pub(crate) async fn read_times(
        &self,
        n_runs: usize,
        lyrics: &str,
        heard: Option<&Value>,
    ) -> anyhow::Result<Told> {
        let task = json!({"job": 8, "lyrics": lyrics, "heard": heard, "n_runs": n_runs});
        self.ask(&format!("segue.read({task})")).await
    }

    /// The page had no error, and the browser ends.
    pub(crate) async fn end(self) -> anyhow::Result<()> {
        self.browser.assert_clean().await?;
        self.browser.end().await
    }

    async fn ask(&self, expression: &str) -> anyhow::Result<Told> {
        Ok(Told(self.browser.promise(expression).await?.as_array().cloned().unwrap_or_default()))
    }
}

impl Told {
    /// What was told under this name.
    ///
    /// # Panics
    ///
    /// If it was not.
    pub(crate) fn of(&self, kind: &str) -> &Value {
        let found = self.0.iter().find(|told| told["kind"] == kind);
        &found.unwrap_or_else(|| panic!("no {kind} in {:?}", self.0))["value"]
    }

    /// The stages of the task, in their order.
    pub(crate) fn stages(&self) -> Vec<&str> {
        self.0.iter().filter_map(|told| told["value"]["stage"].as_str()).collect()
    }

    /// Bytes beside what was told under this name.
    pub(crate) fn sizes(&self, kind: &str) -> Vec<u64> {
        let found = self.0.iter().find(|told| told["kind"] == kind);
        let sizes = found.and_then(|told| told["sizes"].as_array());
        sizes.into_iter().flatten().filter_map(Value::as_u64).collect()
    }

    /// Memory of the worker at the end of the task, in bytes.
    pub(crate) fn memory_bytes(&self) -> u64 {
        self.of("Said")["memory_bytes"].as_u64().unwrap()
    }

    /// What each network said: its name, the song's embedding, and those of the slices one after another.
    pub(crate) fn said(&self) -> Vec<(String, Vec<f32>, Vec<f32>)> {
        let row = |value: &Value| -> Vec<f32> {
            value.as_array().unwrap().iter().map(|value| value.as_f64().unwrap() as f32).collect()
        };
        let said = |said: &Value| {
            let slices = said["slice_embeddings"].as_array().unwrap();
            let name = said["name"].as_str().unwrap().to_owned();
            (name, row(&said["embedding"]), slices.iter().flat_map(row).collect())
        };
        self.of("Said")["said"].as_array().unwrap().iter().map(said).collect()
    }

    /// Why it failed, from the outermost cause to the innermost.
    pub(crate) fn failure(&self) -> String {
        let causes = self.of("Failed")["causes"].as_array().unwrap();
        causes.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(": ")
    }
}
