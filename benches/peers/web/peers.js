// What is measured, each some times after runs that do not count, and the median told.
import * as ort from "./ort.all.bundle.min.mjs";

const N_RUNS = 30;
// Graphics processors are imitated where there is none, which takes long.
const N_RUNS_GRAPHICS = 5;
const N_BEFORE = 2;
const RATE_HZ = 22050;
const SECS = 30;
const [N_SLICES, N_MELS, N_FRAMES] = [10, 128, 128];

const median = (times) => [...times].sort((a, b) => a - b)[Math.floor(times.length / 2)];

async function timed(run, nRuns) {
  const times = [];
  for (let at = -N_BEFORE; at < nRuns; at += 1) {
    const begun = performance.now();
    const own = await run();
    const millis = own ?? performance.now() - begun;
    if (at >= 0) times.push(millis);
  }
  return median(times);
}

// The same numbers for everyone: a generator of its own.
function* uniform(seed) {
  for (let state = seed; ; ) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    yield state / 2 ** 32;
  }
}

const drawn = uniform(7);
const slices = Float32Array.from({ length: N_SLICES * N_MELS * N_FRAMES }, () => drawn.next().value);
const sound = Float32Array.from({ length: RATE_HZ * SECS }, (_, at) => {
  const secs = at / RATE_HZ;
  return 0.3 * Math.sin(2 * Math.PI * 220 * secs * (1 + 0.1 * secs)) + 0.2 * (drawn.next().value - 0.5);
});

/** A worker of Segue's, asked as its page asks it. */
class SegueWorker {
  constructor(start) {
    this.worker = new Worker(start, { type: "module" });
  }
  there() {
    return new Promise((resolve, reject) => {
      // Until the program is there numbers come: how many of its bytes are.
      this.worker.onmessage = ({ data }) => typeof data === "number" || resolve();
      this.worker.onerror = (event) => reject(new Error(event.message));
    });
  }
  ask(task, parts) {
    const told = {};
    return new Promise((resolve, reject) => {
      this.worker.onmessage = ({ data: [text] }) => {
        const [[kind, value]] = Object.entries(JSON.parse(text));
        told[kind === "Stage" ? value.stage : kind] = { value, at: performance.now() };
        if (kind === "Failed") reject(new Error(value.causes.join(": ")));
        if (kind === "Ready" || kind === "Said") resolve(told);
      };
      this.worker.postMessage([JSON.stringify(task), ...parts]);
    });
  }
}

const bytes = async (file) => new Uint8Array(await (await fetch(file)).arrayBuffer());

async function segue(name, take) {
  const page = new DOMParser().parseFromString(await (await fetch("../index.html")).text(), "text/html");
  const start = page.querySelector(`meta[name='${name}-start']`).content;
  const worker = new SegueWorker(new URL(`../${start}`, location.href));
  await worker.there();
  const files = [await bytes("model.json"), await bytes("model.bpk"), new Uint8Array()];
  await worker.ask({ [take]: ["audio"] }, files);
  return worker;
}

const shape = [N_SLICES, N_MELS, N_FRAMES];
const onProcessor = { Slices: { job: 1, shape, n_runs: 1 } };
const onGraphics = { Song: { job: 1, heard: shape, networks: [{ network: "audio", windows: [] }], n_runs: 1 } };

async function segueNetwork(worker, task, nRuns) {
  const run = async () => (await worker.ask(task, [new Uint8Array(slices.buffer)])).Said.value.said[0];
  const embedding = (await run()).slice_embeddings.flat();
  const millis = await timed(async () => (await run()).network_millis, nRuns);
  return { millis, embedding };
}

/** What any search on a graphics processor takes at least: a query goes there, a similarity a song comes back. */
async function roundTrip(nSongs, dim) {
  const device = await (await navigator.gpu.requestAdapter()).requestDevice();
  const { COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const size = nSongs * 4;
  const there = device.createBuffer({ size, usage: COPY_SRC | COPY_DST });
  const back = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
  return timed(async () => {
    const begun = performance.now();
    device.queue.writeBuffer(there, 0, new Float32Array(dim));
    const commands = device.createCommandEncoder();
    commands.copyBufferToBuffer(there, 0, back, 0, size);
    device.queue.submit([commands.finish()]);
    await back.mapAsync(GPUMapMode.READ);
    new Float32Array(back.getMappedRange().slice(0));
    back.unmap();
    return performance.now() - begun;
  }, 300);
}

async function onnx(provider, nRuns) {
  ort.env.wasm.numThreads = 1;
  const session = await ort.InferenceSession.create("model.onnx", { executionProviders: [provider] });
  const feeds = { slices: new ort.Tensor("float32", slices, [N_SLICES, 1, N_MELS, N_FRAMES]) };
  const result = async () => (await session.run(feeds)).embedding.getData();
  const embedding = Array.from(await result());
  const millis = await timed(async () => {
    const begun = performance.now();
    await result();
    return performance.now() - begun;
  }, nRuns);
  return { millis, embedding };
}

/** The sound as a WAV file of 32 bit floats, which costs Segue next to nothing to decode. */
function wav() {
  const view = new DataView(new ArrayBuffer(44 + sound.length * 4));
  const text = (at, letters) => [...letters].forEach((c, i) => view.setUint8(at + i, c.charCodeAt(0)));
  text(0, "RIFF");
  view.setUint32(4, 36 + sound.length * 4, true);
  text(8, "WAVEfmt ");
  [[16, 16], [24, RATE_HZ], [28, RATE_HZ * 4], [40, sound.length * 4]].forEach(([at, n]) => view.setUint32(at, n, true));
  [[20, 3], [22, 1], [32, 4], [34, 32]].forEach(([at, n]) => view.setUint16(at, n, true));
  text(36, "data");
  new Float32Array(view.buffer, 44).set(sound);
  return new Blob([view.buffer]);
}

async function segueMel(worker) {
  const file = wav();
  const clip = { start_secs: 0, duration_secs: SECS };
  const task = { job: 2, extension: "wav", clip, n_columns: 640, runs_network: false };
  return timed(async () => {
    const told = await worker.ask({ Song: task }, [file]);
    return told.Sound.at - told.Spectrogram.at;
  }, N_RUNS);
}

async function essentiaMel() {
  const essentia = new Essentia(await EssentiaWASM());
  return timed(() => {
    const frames = essentia.FrameGenerator(sound, 2048, 512);
    for (let at = 0; at < frames.size(); at += 1) {
      const windowed = essentia.Windowing(frames.get(at), true, 2048, "hann").frame;
      const { spectrum } = essentia.Spectrum(windowed, 2048);
      const bands = essentia.MelBands(spectrum, 8000, 1025, false, 0, "unit_tri", N_MELS, RATE_HZ, "power", "slaneyMel", "linear").bands;
      [windowed, spectrum, bands].forEach((vector) => vector.delete());
    }
    frames.delete();
  }, 5);
}

async function meydaMel() {
  Object.assign(Meyda, { bufferSize: 2048, sampleRate: RATE_HZ, melBands: N_MELS, windowingFunction: "hanning" });
  return timed(() => {
    for (let at = 0; at + 2048 <= sound.length; at += 512) {
      Meyda.extract("melBands", sound.subarray(at, at + 2048));
    }
  }, 5);
}

const furthest = (a, b) => a.reduce((most, value, at) => Math.max(most, Math.abs(value - b[at])), 0);

// What is found, part by part: measure.py looks at it, so that a part that never ends can be named.
const found = (window.found = {});
window.part = "starting";
const tell = (name, value) => (found[name] = value);

async function part(name, run) {
  window.part = name;
  await run();
}

async function all() {
  let listening, cpu;
  await part("Segue's worker", async () => (listening = await segue("listening", "Network")));
  await part("network, CPU: Segue", async () => {
    cpu = await segueNetwork(listening, onProcessor, N_RUNS);
    tell("network, CPU: Segue", cpu.millis);
  });
  await part("network, CPU: onnxruntime-web", async () => {
    const ort = await onnx("wasm", N_RUNS);
    tell("network, CPU: onnxruntime-web (one thread)", ort.millis);
    tell("embeddings differ by at most", furthest(cpu.embedding, ort.embedding));
  });
  await part("mel: Segue", async () => tell("mel of 30 s: Segue, drawing included", await segueMel(listening)));
  await part("mel: essentia.js", async () => tell("mel of 30 s: essentia.js", await essentiaMel()));
  await part("mel: Meyda", async () => tell("mel of 30 s: Meyda", await meydaMel()));
  if (!(navigator.gpu && (await navigator.gpu.requestAdapter()))) return;
  await part("round trip, WebGPU", async () => {
    tell("query to WebGPU, 20,000 numbers back, no work", await roundTrip(20_000, 64));
  });
  await part("network, WebGPU: Segue", async () => {
    const gpu = await segueNetwork(await segue("graphics", "Networks"), onGraphics, N_RUNS_GRAPHICS);
    tell("network, WebGPU: Segue", gpu.millis);
    tell("embeddings on WebGPU differ by at most", furthest(cpu.embedding, gpu.embedding));
  });
  await part("network, WebGPU: onnxruntime-web", async () => {
    tell("network, WebGPU: onnxruntime-web", (await onnx("webgpu", N_RUNS_GRAPHICS)).millis);
  });
}

all().then(
  () => (window.part = null),
  (error) => (window.failed = `${window.part}: ${error.stack ?? error}`),
);
