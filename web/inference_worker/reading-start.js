// Starts the worker that reads, a program of its own; the page loads this where it is asked for it.
import init from "./reading.js";
await init({ module_or_path: new URL("./reading_bg.wasm", import.meta.url) });
