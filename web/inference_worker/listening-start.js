// Starts the worker that hears, a program of its own; the page loads this where it is asked for it.
import init from "./listening.js";
await init({ module_or_path: new URL("./listening_bg.wasm", import.meta.url) });
