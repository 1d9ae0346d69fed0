// Starts the worker with the graphics processor, a program of its own; the page loads it where there is one.
import init from "./graphics.js";
await init({ module_or_path: new URL("./graphics_bg.wasm", import.meta.url) });
