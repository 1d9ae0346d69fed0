// Starts the worker that searches, a program of its own; the page loads this where songs are looked for.
import init from "./searching.js";
await init({ module_or_path: new URL("./searching_bg.wasm", import.meta.url) });
