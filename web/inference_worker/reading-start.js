// Starts the worker that reads, a program of its own; the page loads this where it is asked for it.
import init from "./reading.js";
const response = await fetch(new URL("./reading_bg.wasm", import.meta.url));
// The page shows how many bytes are there.
let fetched = 0;
const counted = new TransformStream({
  transform(piece, controller) {
    fetched += piece.length;
    postMessage(fetched);
    controller.enqueue(piece);
  },
});
await init({ module_or_path: new Response(response.body.pipeThrough(counted), response) });
