// Starts the worker with the graphics processor, a program of its own; the page loads it where there is one.
import init from "./graphics.js";
const response = await fetch(new URL("./graphics_bg.wasm", import.meta.url));
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
