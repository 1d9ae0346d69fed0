// Starts the researcher's pages, a program of their own; the page loads this where it is asked for them.
import init from "./researcher.js";
await init({ module_or_path: new URL("./researcher_bg.wasm", import.meta.url) });
