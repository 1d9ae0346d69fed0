// Starts the worker that hears, a program of its own; the page loads this where it is asked for it.
import init from "./listening.js";
const response = await fetch(new URL("./listening_bg.wasm", import.meta.url));
count(response.clone()).catch(() => {});
await init({ module_or_path: response });

/** Tells the page how many bytes are there. */
async function count({ body }) {
  const reader = body.getReader();
  let there = 0;
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    there += piece.value.length;
    postMessage(there);
  }
}
